package api

// StaffProductStore is what the API about the catalog reads.
type StaffProductStore interface{}

func (a *API) productRoutes() []StaffRoute { return nil }
