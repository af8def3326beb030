package api

// StaffRefundStore is what the API about refunds and documents reads.
type StaffRefundStore interface{}

func (a *API) refundRoutes() []StaffRoute { return nil }
