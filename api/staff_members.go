package api

// StaffMemberStore is what the API about staff, their sign-ins and tokens reads.
type StaffMemberStore interface{}

func (a *API) memberRoutes() []StaffRoute { return nil }
