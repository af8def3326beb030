package api

// StaffPeopleStore is what the API about the persons that the shop knows of reads.
type StaffPeopleStore interface{}

func (a *API) peopleRoutes() []StaffRoute { return nil }
