package store_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

// Readers and writers of all sorts at once: nobody is told that the database is locked, and no
// transaction waits for another in a circle. Two stores stand for two processes.
func TestReadersAndWritersAtOnce(t *testing.T) {
	t.Parallel()
	storetest.EachEmpty(t, func(t *testing.T, address string) {
		first, second := storetest.Open(t, address), storetest.Open(t, address)
		must(t, first.Migrate(t.Context()))
		storetest.MustProducts(t, first)
		cart := storetest.MustCart(t, first, storetest.Advisory)
		variant := cart.Items[0].Variant.ID
		entry := storetest.Handbook(storetest.Advisory, "The Advisory Handbook")
		work := []func(context.Context, *store.Store, int) error{
			func(ctx context.Context, s *store.Store, _ int) error {
				_, err := s.Products(ctx, shop.ProductQuery{Q: "advis"})
				return err
			},
			func(ctx context.Context, s *store.Store, _ int) error {
				_, err := s.Cart(ctx, cart.ID)
				return err
			},
			func(ctx context.Context, s *store.Store, i int) error {
				_, err := s.SetCartItem(ctx, cart.ID, shop.CartChoice{VariantID: variant, Quantity: i%shop.MaxQuantity + 1})
				return err
			},
			func(ctx context.Context, s *store.Store, i int) error {
				changed := entry
				changed.Product.Pages = i
				_, err := s.ImportProducts(ctx, []shop.CatalogEntry{changed}, storetest.Now())
				return err
			},
			func(ctx context.Context, s *store.Store, _ int) error {
				placed, err := s.PlaceOrder(ctx, storetest.NewOrder(t, cart), shop.Change{})
				if errors.Is(err, shop.ErrCartChanged) {
					return nil // others are at the same cart
				}
				if err != nil {
					return err
				}
				_, err = s.ApplyPayment(ctx, storetest.Payment(placed), storetest.Now())
				return err
			},
			func(ctx context.Context, s *store.Store, _ int) error {
				jobs, err := s.ClaimJobs(ctx, storetest.Now(), 2, 0)
				if err != nil || len(jobs) == 0 {
					return err
				}
				return s.FinishJob(ctx, jobs[0], storetest.Now())
			},
		}
		var all sync.WaitGroup
		for _, s := range []*store.Store{first, second} {
			for _, do := range work {
				all.Go(func() {
					for i := range 25 {
						if err := do(t.Context(), s, i); err != nil {
							t.Error(err)
							return
						}
					}
				})
			}
		}
		all.Wait()
	})
}
