package staff

// MemberStore is what the pages about staff, their sign-ins and tokens read.
type MemberStore interface{}

func (d *Desk) memberRoutes() []Route { return nil }
