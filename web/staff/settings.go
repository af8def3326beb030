package staff

// SettingStore is what the pages about the settings read.
type SettingStore interface{}

func (d *Desk) settingRoutes() []Route { return nil }
