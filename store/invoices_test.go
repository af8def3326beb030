package store_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

func TestAnInvoiceIsIssuedAndCorrected(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		order := storetest.MustPaidOrder(t, s, storetest.Advisory)
		if _, err := s.Invoice(t.Context(), order.ID); !errors.Is(err, shop.ErrNoInvoice) {
			t.Fatalf("before it is issued: %v", err)
		}
		issue := func(to shop.Billing, later time.Duration) shop.Invoice {
			t.Helper()
			i, err := s.IssueInvoice(t.Context(), order.ID, to, storetest.Now().Add(later))
			must(t, err)
			return i
		}
		to := shop.Billing{Name: "Ada", Organisation: "The School", Address: "1 Main Street\nProvidence", TaxID: "EIN 12-3456789"}
		first := issue(to, 0)
		if first.Number() != "INV-000001" || first.Version != 1 || first.Corrected() || first.Billing != to || !first.IssuedAt.Equal(storetest.Now()) {
			t.Errorf("issued %+v", first)
		}
		if same := issue(to, time.Hour); same != first {
			t.Errorf("the same again: %+v", same)
		}
		to.Address = "2 Main Street"
		second := issue(to, 2*time.Hour)
		if second.Number() != first.Number() || !second.Corrected() || !second.IssuedAt.Equal(first.IssuedAt) || !second.WrittenAt.Equal(storetest.Now().Add(2*time.Hour)) {
			t.Errorf("corrected: %+v", second)
		}
		if read, err := s.Invoice(t.Context(), order.ID); err != nil || read != second {
			t.Errorf("read: %+v (%v)", read, err)
		}
		if kept := read(t, pool(t, s), "SELECT address FROM order_billing ORDER BY version"); !slices.Equal(kept, []string{"1 Main Street\nProvidence", "2 Main Street"}) {
			t.Errorf("the history is %q", kept)
		}
		for n := range shop.MaxInvoiceVersions - 2 {
			to.TaxID = fmt.Sprint(n)
			issue(to, 3*time.Hour)
		}
		to.TaxID = "one more"
		if _, err := s.IssueInvoice(t.Context(), order.ID, to, storetest.Now()); !errors.Is(err, shop.ErrManyCorrections) {
			t.Errorf("one correction too many: %v", err)
		}
	})
}

func TestInvoicesAreNumberedWithoutGaps(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		const many = 6
		orders := make([]shop.Order, many)
		for i := range orders {
			orders[i] = storetest.MustPaidOrder(t, s, storetest.Advisory)
		}
		numbers := make([]string, 2*many)
		var all sync.WaitGroup
		for i := range numbers { // each twice at once
			all.Go(func() {
				invoice, err := s.IssueInvoice(t.Context(), orders[i%many].ID, shop.Billing{Name: "Ada"}, storetest.Now())
				if err != nil {
					t.Error(err)
				}
				numbers[i] = invoice.Number()
			})
		}
		all.Wait()
		if !slices.Equal(numbers[:many], numbers[many:]) {
			t.Errorf("one order has two numbers: %v", numbers)
		}
		for n := range many {
			if want := fmt.Sprintf("INV-%06d", n+1); !slices.Contains(numbers, want) {
				t.Errorf("%s is missing in %v", want, numbers)
			}
		}
		if _, err := s.IssueInvoice(t.Context(), "nobody's", shop.Billing{Name: "Ada"}, storetest.Now()); err == nil {
			t.Error("an invoice of no order was issued")
		}
		if next, err := s.IssueInvoice(t.Context(), storetest.MustPaidOrder(t, s, storetest.Advisory).ID, shop.Billing{Name: "Ada"}, storetest.Now()); err != nil || next.Number() != "INV-000007" {
			t.Errorf("after one that failed comes %s (%v)", next.Number(), err)
		}
	})
}
