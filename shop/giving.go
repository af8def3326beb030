package shop

// The limits of a gift, in minor units. What is below MinGift by itself costs more to move than it brings, and
// what is above MaxGift is more likely a point in the wrong place.
const (
	MinGift = 100
	MaxGift = 1_000_000
)

// GiftPresets are the donations that are offered at a press, in minor units.
func GiftPresets() []int64 { return []int64{500, 1000, 2500} }

// Errors of a gift.
var (
	errFixedPrice = NewError(Invalid, "invalid_amount", "This licence has a fixed price. Nothing was changed.")
	// ErrDonationAlone answers a donation to a cart without a title: there would be nothing to order.
	ErrDonationAlone = NewError(Invalid, "donation_alone", "A donation goes with a title. Put a handbook into your cart first; a free one will do.")
)

// CheckAmount refuses what nobody can pay for one licence.
func (v Variant) CheckAmount(amount int64) error {
	price := v.Price
	switch {
	case amount == price.Amount:
		return nil
	case !v.TakesMore():
		return errFixedPrice
	case price.Amount == 0 && amount < MinGift:
		return NewError(Invalid, "invalid_amount", "Pay nothing, or at least %s.", Money{MinGift, price.Currency})
	case amount < price.Amount:
		return NewError(Invalid, "invalid_amount", "This licence costs at least %s.", price)
	case amount-price.Amount > MaxGift:
		return NewError(Invalid, "invalid_amount", "You can give at most %s here. Please write to us if you want to give more.", Money{MaxGift, price.Currency})
	default:
		return nil
	}
}

// CheckDonation refuses what nobody can give beside the titles of a cart.
func (c Cart) CheckDonation(amount int64) error {
	currency := c.Currency()
	switch {
	case currency == "":
		return ErrDonationAlone
	case amount < MinGift:
		return NewError(Invalid, "invalid_amount", "A donation is at least %s.", Money{MinGift, currency})
	case amount > MaxGift:
		return NewError(Invalid, "invalid_amount", "You can give at most %s here. Please write to us if you want to give more.", Money{MaxGift, currency})
	default:
		return nil
	}
}
