package staff

// OrderStore is what the pages about orders and what staff do with them read.
type OrderStore interface{}

func (d *Desk) orderRoutes() []Route { return nil }
