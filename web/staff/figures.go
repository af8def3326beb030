package staff

// FigureStore is what the pages about the dashboard and the order report read.
type FigureStore interface{}

func (d *Desk) figureRoutes() []Route { return nil }
