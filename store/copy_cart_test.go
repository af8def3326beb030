package store_test

import (
	"errors"
	"testing"

	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

func TestACopyOfACartHoldsWhatIsSold(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		gone := storetest.Handbook("gone", "Gone")
		storetest.MustImport(t, s, gone)
		open := mustOpenPrice(t, s, 1900)
		cart := storetest.MustCart(t, s)
		withdrawn := storetest.MustProduct(t, s, "gone").Variants[0].ID
		must(t, set(s, cart.ID, withdrawn, 1))
		must(t, choose(s, t, cart.ID, open.ID, 2400))
		must(t, set(s, cart.ID, storetest.MustProduct(t, s, storetest.Starter).Variants[0].ID, 3))
		_, err := s.SetDonation(t.Context(), cart.ID, 700)
		must(t, err)
		gone.Product.Status = shop.Archived
		storetest.MustImport(t, s, gone)
		mustOpenPrice(t, s, 2000)

		made, err := s.CopyCart(t.Context(), cart.ID)
		must(t, err)
		if len(made.Items) != 2 || made.ID == cart.ID || made.Donation.Amount != 0 || made.Items[1].Quantity != 3 {
			t.Fatalf("the copy is %+v", made)
		}
		if item := made.Items[0]; item.Quantity != 2 || item.Unit().Amount != 2400 || item.Seen.Amount != 1900 || !item.Repriced() {
			t.Errorf("its first item is %+v", item)
		}
		if before := mustCart(t, s, cart.ID); len(before.Items) != 3 || before.Donation.Amount != 700 {
			t.Errorf("the cart that was copied is %+v", before)
		}
		if _, err := s.CopyCart(t.Context(), "nobody's"); !errors.Is(err, shop.ErrCartNotFound) {
			t.Errorf("a copy of nothing: %v", err)
		}
	})
}

func TestADonationIsNotCopiedAlone(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		gone := storetest.Handbook("gone", "Gone")
		storetest.MustImport(t, s, gone)
		cart := storetest.MustCart(t, s, "gone")
		_, err := s.SetDonation(t.Context(), cart.ID, 700)
		must(t, err)
		gone.Product.Status = shop.Archived
		storetest.MustImport(t, s, gone)
		made, err := s.CopyCart(t.Context(), cart.ID)
		must(t, err)
		if got := read(t, pool(t, s), "SELECT cart_id FROM cart_donations"); len(got) != 1 || len(made.Items) != 0 {
			t.Errorf("the copy %+v, donations of %v", made, got)
		}
	})
}
