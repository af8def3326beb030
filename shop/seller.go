package shop

// Seller is who sells: what stands at the head of receipts and invoices. Staff
// keep it in the settings; before they do, Name is the shop's name and the
// rest is empty.
type Seller struct {
	// Name is the legal name.
	Name string
	// Address is the postal address, a line each, as it is printed.
	Address []string
	// TaxID is the seller's tax number as it is printed ("EIN 12-3456789"), or empty.
	TaxID string
	// Email is where questions about an invoice go, or empty.
	Email string
	// Logo is a PNG or JPEG picture, or nil.
	Logo []byte
	// LogoType is the media type of Logo: image/png or image/jpeg.
	LogoType string
}
