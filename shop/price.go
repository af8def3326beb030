package shop

// Priced is a cart with its prices worked out.
type Priced struct {
	Lines    []OrderLine // without ids
	Currency string
	Subtotal int64 // the lines and the donation
	Discount int64
	Donation int64
	Total    int64 // before tax
}

// Support is what the lines hold above their prices.
func (p Priced) Support() int64 { return support(p.Lines) }

// Price works out what a cart costs at the prices of its products. It refuses an empty cart, a title
// that is not sold, quantities and gifts out of range, two currencies and sums that cannot be charged.
func Price(cart Cart) (Priced, error) {
	if len(cart.Items) == 0 {
		return Priced{}, errCartEmpty
	}
	var p Priced
	for i, item := range cart.Items {
		if !item.Sold() {
			return Priced{}, NewError(Conflict, "not_for_sale",
				"“%s” cannot be bought. %s Take it out of your cart to go on; nothing was charged.", item.Product.Title, item.Unsold())
		}
		if err := CheckQuantity(item.Quantity); err != nil {
			return Priced{}, err
		}
		price := item.Variant.Price
		if price.Amount < 0 || price.Amount > MaxAmount {
			return Priced{}, NewError(Internal, "price_range", "A price is out of range.")
		}
		if err := item.Variant.CheckAmount(item.Unit().Amount); err != nil {
			return Priced{}, err
		}
		if p.Currency == "" {
			p.Currency = price.Currency
		}
		if price.Currency != p.Currency {
			return Priced{}, errTwoCurrencies
		}
		line := item.line(i + 1)
		p.Subtotal += line.Total
		p.Lines = append(p.Lines, line)
	}
	if err := p.addDonation(cart); err != nil {
		return Priced{}, err
	}
	p.Total = p.Subtotal - p.Discount
	if p.Total > MaxAmount {
		return Priced{}, NewError(Invalid, "total_too_large",
			"An order can come to at most %s. Please write to us, or buy in two orders. Nothing was charged.", Money{MaxAmount, p.Currency})
	}
	return p, nil
}

var errTwoCurrencies = NewError(Conflict, "two_currencies",
	"Your cart holds prices in two currencies. Please buy them in two orders. Nothing was charged.")

func (p *Priced) addDonation(cart Cart) error {
	donation := cart.Donation
	if donation.IsZero() {
		return nil
	}
	if donation.Currency != p.Currency {
		return errTwoCurrencies
	}
	if err := cart.CheckDonation(donation.Amount); err != nil {
		return err
	}
	p.Donation = donation.Amount
	p.Subtotal += p.Donation
	return nil
}

func (i CartItem) line(position int) OrderLine {
	line := OrderLine{
		Position: position, ProductID: i.Product.ID, ProductSlug: i.Product.Slug, VariantID: i.Variant.ID, Licence: i.Variant.Kind,
		SKU: i.Variant.SKU, Title: i.Product.Title, Quantity: i.Quantity, UnitPrice: i.Unit().Amount, Support: i.Support().Amount, Total: i.Total().Amount,
	}
	if edition := i.Product.Edition(); edition != nil {
		line.EditionNumber = edition.Number
	}
	return line
}
