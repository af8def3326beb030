package staff

// MailStore is what the pages about what was mailed read.
type MailStore interface{}

func (d *Desk) mailRoutes() []Route { return nil }
