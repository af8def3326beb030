package shop

import "time"

// The limits of a cart.
const (
	MaxQuantity  = 100
	MaxCartItems = 50
)

// Cart is what somebody has put together. Its id is the only key to it: whoever knows it may change
// it. It decides no prices; they are those of the products at the moment of looking.
type Cart struct {
	ID        string
	Items     []CartItem
	Donation  Money // beside the items; the zero Money is none
	UpdatedAt time.Time
}

// CartItem is one variant in a cart, with the product as it is now.
type CartItem struct {
	Variant  Variant
	Product  Product // without description, contents and files
	Quantity int
	// Chosen is what the buyer wants to pay for each licence; the zero Money is its price.
	Chosen Money
	// Seen is the price when the buyer last put the item in or changed it.
	Seen Money
}

// Sold reports whether the item can be bought now.
func (i CartItem) Sold() bool { return i.Product.Status == Published }

// Unsold says why the item cannot be bought now; the empty Sentence when it can.
func (i CartItem) Unsold() Sentence {
	switch {
	case i.Sold():
		return Sentence{}
	case i.Product.Status == Archived:
		return Say("This title is not sold any more.")
	default:
		return Say("This title is not on sale at the moment.")
	}
}

// Unit is what one licence comes to at this moment: the price, or what was chosen above it.
func (i CartItem) Unit() Money {
	price := i.Variant.Price
	if i.Variant.TakesMore() && i.Chosen.Currency == price.Currency && i.Chosen.Amount > price.Amount {
		return i.Chosen
	}
	return price
}

// Support is the part of Unit that is above the price: a gift.
func (i CartItem) Support() Money {
	return Money{Amount: i.Unit().Amount - i.Variant.Price.Amount, Currency: i.Variant.Price.Currency}
}

// Total is what the item comes to at this moment.
func (i CartItem) Total() Money {
	return Money{Amount: int64(i.Quantity) * i.Unit().Amount, Currency: i.Variant.Price.Currency}
}

// Repriced reports whether the price is another one than the buyer has seen.
func (i CartItem) Repriced() bool { return i.Seen.Currency != "" && i.Seen != i.Variant.Price }

// Currency is that of the first item that is sold; empty where there is none.
func (c Cart) Currency() string {
	for _, item := range c.Items {
		if item.Sold() {
			return item.Variant.Price.Currency
		}
	}
	return ""
}

// Count is the number of licences in the cart.
func (c Cart) Count() int {
	n := 0
	for _, item := range c.Items {
		n += item.Quantity
	}
	return n
}

// CartChoice is how much of a licence somebody wants.
type CartChoice struct {
	VariantID string
	Quantity  int
	// Amount is what to pay for each licence, in minor units of its currency; nil leaves that open.
	Amount *int64
}

// Errors of a cart.
var (
	errCartEmpty = NewError(Invalid, "cart_empty", "Your shopping cart is empty. Nothing was ordered or charged.")
	errQuantity  = NewError(Invalid, "invalid_quantity", "A quantity is a whole number from 1 to %d.", MaxQuantity)
	// ErrCartNotFound answers an id that no cart has.
	ErrCartNotFound = NewError(NotFound, "cart_not_found", "There is no such shopping cart. It may have been cleared away after a long time.")
	// ErrCartFull answers one title too many.
	ErrCartFull = NewError(Invalid, "cart_full", "A shopping cart holds at most %d titles. Please check out in two orders.", MaxCartItems)
	// ErrVariantNotFound answers a variant that is not on sale.
	ErrVariantNotFound = NewError(NotFound, "variant_not_found", "This title is not on sale. It was not added to your cart.")
)

// CheckQuantity refuses a quantity that no cart takes.
func CheckQuantity(quantity int) error {
	if quantity < 1 || quantity > MaxQuantity {
		return errQuantity
	}
	return nil
}
