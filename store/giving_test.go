package store_test

import (
	"errors"
	"testing"

	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

// mustOpenPrice is a handbook at $19.00 that suggests $25.00.
func mustOpenPrice(t *testing.T, s *store.Store, price int64) shop.Variant {
	t.Helper()
	entry := storetest.Handbook("open-price", "Pay What Helps")
	entry.Product.Variants[0].Price.Amount = price
	entry.Product.Variants[0].Suggested = shop.Money{Amount: price + 600, Currency: "usd"}
	storetest.MustImport(t, s, entry)
	return storetest.MustProduct(t, s, "open-price").Variants[0]
}

func choose(s *store.Store, t *testing.T, cartID, variantID string, amount int64) error {
	_, err := s.SetCartItem(t.Context(), cartID, shop.CartChoice{VariantID: variantID, Quantity: 2, Amount: &amount})
	return err
}

func TestCartKeepsWhatIsGiven(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		v := mustOpenPrice(t, s, 1900)
		if v.Suggested != (shop.Money{Amount: 2500, Currency: "usd"}) {
			t.Fatalf("suggested %v", v.Suggested)
		}
		cart := storetest.MustCart(t, s)
		wantError(t, choose(s, t, cart.ID, v.ID, 1899), shop.Invalid, "invalid_amount")
		must(t, choose(s, t, cart.ID, v.ID, 2400))
		item := add(t, s, cart.ID, v.ID, 1).Items[0] // adding keeps what was chosen
		if item.Quantity != 3 || item.Unit().Amount != 2400 || item.Support().Amount != 500 || item.Seen != v.Price {
			t.Errorf("chosen: %+v", item)
		}
		must(t, set(s, cart.ID, v.ID, 1)) // setting without an amount is for the price
		if item := mustCart(t, s, cart.ID).Items[0]; item.Unit() != v.Price || item.Chosen != (shop.Money{}) {
			t.Errorf("for the price: %+v", item)
		}

		must(t, choose(s, t, cart.ID, v.ID, 2400))
		v = mustOpenPrice(t, s, 2600) // the price has overtaken what was chosen
		item = mustCart(t, s, cart.ID).Items[0]
		if item.Unit().Amount != 2600 || !item.Repriced() || item.Seen.Amount != 1900 {
			t.Errorf("after the price rose: %+v", item)
		}
		if item = add(t, s, cart.ID, v.ID, 1).Items[0]; item.Repriced() || item.Chosen != (shop.Money{}) {
			t.Errorf("seen again: %+v", item)
		}
	})
}

func TestDonationGoesWithTitles(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		cart := storetest.MustCart(t, s)
		give := func(cartID string, amount int64) error {
			_, err := s.SetDonation(t.Context(), cartID, amount)
			return err
		}
		if err := give(cart.ID, 500); !errors.Is(err, shop.ErrDonationAlone) {
			t.Errorf("to an empty cart: %v", err)
		}
		variant := storetest.MustProduct(t, s, storetest.Starter).Variants[0].ID
		must(t, set(s, cart.ID, variant, 1))
		wantError(t, give(cart.ID, 1), shop.Invalid, "invalid_amount")
		wantError(t, give("nobody's", 500), shop.NotFound, "cart_not_found")
		for _, amount := range []int64{500, 2500, 0, 0, 700} {
			must(t, give(cart.ID, amount))
			if got := mustCart(t, s, cart.ID).Donation; got.Amount != amount {
				t.Errorf("gave %d, the cart holds %v", amount, got)
			}
		}
		_, err := s.RemoveCartItem(t.Context(), cart.ID, variant)
		must(t, err)
		must(t, set(s, cart.ID, variant, 1))
		if got := mustCart(t, s, cart.ID).Donation; got.Amount != 0 {
			t.Errorf("a donation of %v outlived its titles", got)
		}
	})
}

// A payment can take the titles out of a cart while a donation is put into it.
func TestADonationWithoutTitlesIsNone(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		cart := storetest.MustCart(t, s)
		_, err := pool(t, s).ExecContext(t.Context(), "INSERT INTO cart_donations (cart_id, amount, currency) VALUES ($1, 500, 'usd')", cart.ID)
		must(t, err)
		if got := mustCart(t, s, cart.ID).Donation; got != (shop.Money{}) {
			t.Errorf("a cart without titles holds a donation of %v", got)
		}
		variant := storetest.MustProduct(t, s, storetest.Starter).Variants[0].ID
		if got := add(t, s, cart.ID, variant, 1).Donation; got != (shop.Money{}) {
			t.Errorf("it comes back with a title: %v", got)
		}
	})
}

// mustGivingOrder is an order of two licences with $5.00 of support each and a donation of $10.00.
func mustGivingOrder(t *testing.T, s *store.Store) (shop.Order, shop.Variant) {
	t.Helper()
	v := mustOpenPrice(t, s, 1900)
	cart := storetest.MustCart(t, s)
	must(t, choose(s, t, cart.ID, v.ID, 2400))
	cart, err := s.SetDonation(t.Context(), cart.ID, 1000)
	must(t, err)
	order := mustPlace(t, s, storetest.NewOrder(t, cart), shop.Change{})
	return order, v
}

func TestOrderKeepsItsGifts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		placed, _ := mustGivingOrder(t, s)
		got := mustOrder(t, s, placed.ID)
		if got.Donation != 1000 || got.Subtotal != 5800 || got.Lines[0].UnitPrice != 2400 || got.Lines[0].Support != 500 || got.Support() != 1000 {
			t.Errorf("kept: %+v", got)
		}
		storetest.MustApply(t, s, storetest.Payment(placed), shop.EventApplied)
		if cart := mustCart(t, s, placed.CartID); len(cart.Items) != 0 || cart.Donation.Amount != 0 {
			t.Errorf("after paying the cart holds %+v", cart)
		}
	})
}

func TestGiftsComeBackWithAPaymentThatFailed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		placed, v := mustGivingOrder(t, s)
		event := storetest.Payment(placed)
		event.Kind = shop.PaymentProcessing
		storetest.MustApply(t, s, event, shop.EventApplied)
		if cart := mustCart(t, s, placed.CartID); len(cart.Items) != 0 || cart.Donation.Amount != 0 {
			t.Errorf("under way, the cart holds %+v", cart)
		}
		event.ID, event.Kind = shop.NewID(), shop.PaymentFailed
		storetest.MustApply(t, s, event, shop.EventApplied)
		cart := mustCart(t, s, placed.CartID)
		if len(cart.Items) != 1 || cart.Items[0].Unit().Amount != 2400 || cart.Items[0].Seen != v.Price || cart.Donation.Amount != 1000 {
			t.Errorf("after it failed, the cart holds %+v", cart)
		}
	})
}

// A donation that was changed while the order was paid belongs to the next one, unless nothing else is left.
func TestAnotherDonationStaysWithOtherTitles(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		for name, c := range map[string]struct {
			titles bool
			left   int64
		}{"with another title": {true, 2500}, "with nothing": {false, 0}} {
			placed, _ := mustGivingOrder(t, s)
			if c.titles {
				must(t, set(s, placed.CartID, storetest.MustProduct(t, s, storetest.Projects).Variants[0].ID, 1))
			}
			_, err := s.SetDonation(t.Context(), placed.CartID, 2500)
			must(t, err)
			storetest.MustApply(t, s, storetest.Payment(placed), shop.EventApplied)
			if got := mustCart(t, s, placed.CartID).Donation.Amount; got != c.left {
				t.Errorf("%s: %d is left", name, got)
			}
		}
	})
}

func TestAnOrderIsOfThePricesAndGiftsOfItsCart(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		v := mustOpenPrice(t, s, 1900)
		for name, change := range map[string]func(cartID string) error{
			"another amount":    func(id string) error { return choose(s, t, id, v.ID, 2300) },
			"the price":         func(id string) error { return set(s, id, v.ID, 2) },
			"a donation":        func(id string) error { _, err := s.SetDonation(t.Context(), id, 900); return err },
			"no donation":       func(id string) error { _, err := s.SetDonation(t.Context(), id, 0); return err },
			"a price that rose": func(string) error { mustOpenPrice(t, s, 2000); return nil },
		} {
			mustOpenPrice(t, s, 1900)
			cart := storetest.MustCart(t, s)
			must(t, choose(s, t, cart.ID, v.ID, 2400))
			cart, err := s.SetDonation(t.Context(), cart.ID, 1000)
			must(t, err)
			order := storetest.NewOrder(t, cart)
			must(t, change(cart.ID))
			if _, err := s.PlaceOrder(t.Context(), order, shop.Change{}); !errors.Is(err, shop.ErrCartChanged) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// Carts and orders from before gifts are read as they were, with the prices of that day as those seen.
func TestGiftsCanBeAddedToAFilledDatabase(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		order := storetest.MustPaidOrder(t, s, storetest.Advisory)
		cart := storetest.MustCart(t, s, storetest.Advisory)
		for _, m := range mustStatus(t, s) {
			if m.Version >= 9 {
				must(t, s.MigrateDown(t.Context()))
			}
		}
		must(t, s.Migrate(t.Context()))
		if item := mustCart(t, s, cart.ID).Items[0]; item.Seen != item.Variant.Price || item.Chosen != (shop.Money{}) || item.Repriced() {
			t.Errorf("the item is %+v", item)
		}
		if got := mustOrder(t, s, order.ID); got.Donation != 0 || got.Support() != 0 || got.Total != order.Total {
			t.Errorf("the order is %+v", got)
		}
	})
}
