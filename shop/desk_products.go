package shop

// DeskProductQuery asks for products in whatever state, those that were changed last first. Zero fields do not narrow.
type DeskProductQuery struct {
	Words  string // each in the title, the address or a SKU
	Status ProductStatus
	Kind   ProductKind
	Limit  int
	Cursor string // DeskProductPage.Next of the page before
}

// DeskProductPage is one page of a list of products.
type DeskProductPage struct {
	Items []EditedProduct
	Next  string // cursor of the next page; empty on the last
}
