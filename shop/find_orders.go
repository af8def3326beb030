package shop

import "time"

// OrderQuery narrows the list of all orders. Zero fields do not narrow.
type OrderQuery struct {
	// Words is what was typed: an order's number, an id of Stripe's, an e-mail address, words of a name or an
	// organisation; of addresses and words the beginning is enough.
	Words       string
	Status      OrderStatus
	Source      Source
	Language    Language
	Product     string // slug of a product that was sold
	NeedsPerson bool   // there is an Attention
	From, To    time.Time
	Before      int64 // only orders of a lower Sequence: where the page before ended
	Limit       int
}

// OrderSummary is an order as the list shows it: the order without what belongs to it, and what was sold.
type OrderSummary struct {
	Order
	Sequence int64
	Titles   []string
}

// OrderPage is one page of the list of orders, newest first.
type OrderPage struct {
	Orders []OrderSummary
	// Next is the Before of the page that follows; 0 at the end of the list.
	Next int64
	// Unfinished is true when the search stopped before the page was full: Next goes on with it. It does so
	// where conditions that each fit many orders fit few together, so that no page takes long.
	Unfinished bool
}

// Title is what a product is chosen by.
type Title struct {
	Slug  string
	Title string
}

// OrderCount is how many orders stand in a view, counted up to OrdersCounted.
type OrderCount struct {
	Orders int
	More   bool // there are more
}

// OrdersCounted is how far the views of the list are counted.
const OrdersCounted = 1000
