package staff

// RefundStore is what the pages about refunds and documents read.
type RefundStore interface{}

func (d *Desk) refundRoutes() []Route { return nil }
