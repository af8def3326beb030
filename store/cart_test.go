package store_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

func TestCartKeepsWhatIsPutIn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		advisory, both := storetest.MustProduct(t, s, storetest.Advisory), storetest.MustProduct(t, s, storetest.Both)
		cart := storetest.MustCart(t, s)
		school, bundle := advisory.Variants[1].ID, both.Variants[0].ID
		for range 2 { // the same twice is the same
			must(t, set(s, cart.ID, school, 3))
		}
		must(t, set(s, cart.ID, bundle, 1))
		must(t, set(s, cart.ID, school, 2))
		add(t, s, cart.ID, bundle, 4)

		got := mustCart(t, s, cart.ID)
		if len(got.Items) != 2 || got.Count() != 7 || got.Items[0].Quantity != 2 || got.Items[1].Quantity != 5 {
			t.Fatalf("items %+v", got.Items)
		}
		first, second := got.Items[0], got.Items[1]
		if first.Variant.ID != school || first.Variant.Kind != shop.SchoolLicence || first.Product.Slug != storetest.Advisory ||
			first.Product.Edition().Number != 1 || len(first.Product.Edition().Files) != 0 || first.Product.Description != "" {
			t.Errorf("first %+v", first)
		}
		if len(second.Product.Parts) != 2 || second.Product.Edition() != nil {
			t.Errorf("second %+v", second.Product)
		}
		if count, err := s.CartCount(t.Context(), cart.ID); err != nil || count != 7 {
			t.Errorf("count %d, %v", count, err)
		}
		for range 2 {
			if got, err := s.RemoveCartItem(t.Context(), cart.ID, school); err != nil || len(got.Items) != 1 {
				t.Errorf("after removal: %+v, %v", got.Items, err)
			}
		}
	})
}

func TestCartRefuses(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		draft, archived := storetest.Handbook("draft", "Draft"), storetest.Handbook("archived", "Archived")
		draft.Product.Status, archived.Product.Status = shop.Draft, shop.Archived
		storetest.MustImport(t, s, draft, archived)
		gone := storetest.MustProduct(t, s, "archived").Variants[0].ID
		hidden := read(t, pool(t, s), "SELECT v.id FROM variants v JOIN products p ON p.id = v.product_id WHERE p.slug = 'draft'")[0]
		cart := storetest.MustCart(t, s)
		good := storetest.MustProduct(t, s, storetest.Advisory).Variants[0].ID
		for name, c := range map[string]struct {
			cart, variant string
			quantity      int
			kind          shop.Kind
			code          string
		}{
			"no cart":          {"nobody's", good, 1, shop.NotFound, "cart_not_found"},
			"a cart like NUL":  {"a\x00", good, 1, shop.NotFound, "cart_not_found"},
			"no variant":       {cart.ID, "none", 1, shop.NotFound, "variant_not_found"},
			"a variant of NUL": {cart.ID, "\x00", 1, shop.NotFound, "variant_not_found"},
			"a draft":          {cart.ID, hidden, 1, shop.NotFound, "variant_not_found"},
			"archived":         {cart.ID, gone, 1, shop.NotFound, "variant_not_found"},
			"none of it":       {cart.ID, good, 0, shop.Invalid, "invalid_quantity"},
			"less than none":   {cart.ID, good, -1, shop.Invalid, "invalid_quantity"},
			"too many":         {cart.ID, good, shop.MaxQuantity + 1, shop.Invalid, "invalid_quantity"},
		} {
			t.Run(name, func(t *testing.T) {
				wantError(t, set(s, c.cart, c.variant, c.quantity), c.kind, c.code)
				_, err := s.AddCartItem(t.Context(), c.cart, shop.CartChoice{VariantID: c.variant, Quantity: c.quantity})
				wantError(t, err, c.kind, c.code)
			})
		}
		if _, err := s.Cart(t.Context(), "nobody's"); !errors.Is(err, shop.ErrCartNotFound) {
			t.Errorf("reading: %v", err)
		}
		if _, err := s.RemoveCartItem(t.Context(), "nobody's", good); !errors.Is(err, shop.ErrCartNotFound) {
			t.Errorf("removing: %v", err)
		}
		if count, err := s.CartCount(t.Context(), "nobody's"); err != nil || count != 0 {
			t.Errorf("counting: %d, %v", count, err)
		}
		if got := mustCart(t, s, cart.ID); len(got.Items) != 0 {
			t.Errorf("the cart holds %+v", got.Items)
		}
	})
}

func TestCartIsFull(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var entries []shop.CatalogEntry
		for i := range shop.MaxCartItems/2 + 1 {
			entries = append(entries, storetest.Handbook(fmt.Sprintf("h%d", i), "Handbook"))
		}
		storetest.MustImport(t, s, entries...)
		variants := read(t, pool(t, s), "SELECT id FROM variants")
		cart := storetest.MustCart(t, s)
		for _, variant := range variants[:shop.MaxCartItems] {
			must(t, set(s, cart.ID, variant, 1))
		}
		wantError(t, set(s, cart.ID, variants[shop.MaxCartItems], 1), shop.Invalid, "cart_full")
		must(t, set(s, cart.ID, variants[0], 2)) // what is in it can still be changed
		if got := add(t, s, cart.ID, variants[0], shop.MaxQuantity); got.Items[0].Quantity != shop.MaxQuantity {
			t.Errorf("adding stops at %d", got.Items[0].Quantity)
		}
	})
}

// A title that is taken out of the shop while it lies in a cart is shown there, and not sold.
func TestCartShowsWhatIsNotSoldAnyMore(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		withdrawn := storetest.MustProduct(t, s, storetest.Projects).Variants[1]
		cart := storetest.MustCart(t, s, storetest.Advisory)
		must(t, set(s, cart.ID, withdrawn.ID, 1))

		archived, individual := storetest.Handbook(storetest.Advisory, "The Advisory Handbook"), storetest.Handbook(storetest.Projects, "Projects")
		archived.Product.Status = shop.Archived
		individual.Product.Variants = individual.Product.Variants[:1]
		storetest.MustImport(t, s, archived, individual)

		got := mustCart(t, s, cart.ID)
		if len(got.Items) != 2 || got.Items[0].Sold() || got.Items[1].Sold() {
			t.Fatalf("items %+v", got.Items)
		}
		storetest.MustImport(t, s, storetest.Handbook(storetest.Projects, "Projects"))
		if got := mustCart(t, s, cart.ID); !got.Items[1].Sold() || got.Items[1].Variant.ID != withdrawn.ID {
			t.Errorf("back on sale: %+v", got.Items[1])
		}
	})
}

func TestStaleCartsAreDeleted(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		order := storetest.MustOrder(t, s, storetest.Advisory)
		must(t, s.DeleteStaleCarts(t.Context(), time.Now().Add(-time.Hour)))
		mustCart(t, s, order.CartID)
		must(t, s.DeleteStaleCarts(t.Context(), time.Now().Add(time.Hour)))
		if _, err := s.Cart(t.Context(), order.CartID); !errors.Is(err, shop.ErrCartNotFound) {
			t.Errorf("the cart: %v", err)
		}
		mustOrder(t, s, order.ID)
	})
}

func TestCartTakesChangesAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		cart := storetest.MustCart(t, s)
		var all sync.WaitGroup
		for _, slug := range []string{storetest.Advisory, storetest.Projects, storetest.Both, storetest.Starter} {
			variant := storetest.MustProduct(t, s, slug).Variants[0].ID
			for range 5 {
				all.Go(func() {
					if _, err := s.AddCartItem(t.Context(), cart.ID, shop.CartChoice{VariantID: variant, Quantity: 2}); err != nil {
						t.Error(err)
					}
				})
			}
		}
		all.Wait()
		got := mustCart(t, s, cart.ID)
		if len(got.Items) != 4 || got.Count() != 40 {
			t.Errorf("%d titles, %d licences", len(got.Items), got.Count())
		}
	})
}

func set(s *store.Store, cartID, variantID string, quantity int) error {
	_, err := s.SetCartItem(context.Background(), cartID, shop.CartChoice{VariantID: variantID, Quantity: quantity})
	return err
}

func add(t *testing.T, s *store.Store, cartID, variantID string, quantity int) shop.Cart {
	t.Helper()
	cart, err := s.AddCartItem(t.Context(), cartID, shop.CartChoice{VariantID: variantID, Quantity: quantity})
	must(t, err)
	return cart
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func mustCart(t *testing.T, s *store.Store, id string) shop.Cart {
	t.Helper()
	cart, err := s.Cart(t.Context(), id)
	must(t, err)
	return cart
}
