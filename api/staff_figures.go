package api

// StaffFigureStore is what the API about the dashboard and the order report reads.
type StaffFigureStore interface{}

func (a *API) figureRoutes() []StaffRoute { return nil }
