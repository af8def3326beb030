package api

// StaffMailStore is what the API about what was mailed reads.
type StaffMailStore interface{}

func (a *API) mailRoutes() []StaffRoute { return nil }
