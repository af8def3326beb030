package staff

// ProductStore is what the pages about the catalog read.
type ProductStore interface{}

func (d *Desk) productRoutes() []Route { return nil }
