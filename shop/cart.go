package shop

import "time"

// The limits of a cart.
const (
	MaxQuantity  = 100
	MaxCartItems = 50
)

// Cart is what somebody has put together. Its id is the only key to it: whoever knows it may change
// it. It holds no prices; they are those of the products at the moment of looking.
type Cart struct {
	ID        string
	Items     []CartItem
	UpdatedAt time.Time
}

// CartItem is one variant in a cart, with the product as it is now.
type CartItem struct {
	Variant  Variant
	Product  Product // without description, contents and files
	Quantity int
}

// Unsold says why the item cannot be bought now; empty when it can.
func (i CartItem) Unsold() string {
	switch {
	case i.Product.Status == Archived:
		return "This title is not sold any more."
	case i.Product.Status != Published:
		return "This title is not on sale at the moment."
	default:
		return ""
	}
}

// Total is what the item costs at the price of this moment.
func (i CartItem) Total() Money {
	return Money{Amount: int64(i.Quantity) * i.Variant.Price.Amount, Currency: i.Variant.Price.Currency}
}

// Count is the number of licences in the cart.
func (c Cart) Count() int {
	n := 0
	for _, item := range c.Items {
		n += item.Quantity
	}
	return n
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
