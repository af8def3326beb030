package api

// StaffOrderStore is what the API about orders and what staff do with them reads.
type StaffOrderStore interface{}

func (a *API) orderRoutes() []StaffRoute { return nil }
