package staff

// PeopleStore is what the pages about the persons that the shop knows of read.
type PeopleStore interface{}

func (d *Desk) peopleRoutes() []Route { return nil }
