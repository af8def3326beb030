package api

// StaffSettingStore is what the API about the settings reads.
type StaffSettingStore interface{}

func (a *API) settingRoutes() []StaffRoute { return nil }
