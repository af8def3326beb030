package store_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

func TestOrderIsKeptAsItWasPlaced(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		cart := storetest.MustCart(t, s, storetest.Advisory, storetest.Both)
		want := storetest.NewOrder(t, cart)
		want.Name = "Zoë “O’Brien” 王小明 🎓"
		placed := mustPlace(t, s, want, shop.Change{})
		if placed.ID != want.ID || placed.Number != "BR-100001" {
			t.Fatalf("placed %+v", placed)
		}
		want.Number = placed.Number
		for name, got := range map[string]shop.Order{"placed": placed, "by id": mustOrder(t, s, want.ID), "by key": mustByKey(t, s, want)} {
			if !slices.Equal(got.Lines, want.Lines) {
				t.Errorf("%s: lines %+v", name, got.Lines)
			}
			if head(got) != head(want) || !got.PlacedAt.Equal(want.PlacedAt) || !got.ExpiresAt.Equal(want.ExpiresAt) || !got.PaidAt.IsZero() {
				t.Errorf("%s: %+v", name, got)
			}
		}
		if len(mustCart(t, s, cart.ID).Items) != 2 {
			t.Error("an order that is not paid emptied the cart")
		}
	})
}

func TestFreeOrderIsCompleteAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		order := storetest.NewOrder(t, storetest.MustCart(t, s, storetest.Starter))
		order.Status, order.Source, order.PaidAt = shop.Paid, shop.SourceFree, storetest.Now()
		right := shop.Entitlement{
			ID: shop.NewID(), OrderID: order.ID, LineID: order.Lines[0].ID, ProductID: order.Lines[0].ProductID,
			Licence: shop.Individual, Email: order.Email, State: shop.Active, GrantedAt: storetest.Now(),
		}
		order.Entitlements = []shop.Entitlement{right}
		job := shop.Job{Kind: shop.JobMail, Key: "mail:" + order.ID, Subject: order.ID, Detail: "receipt", RunAt: storetest.Now()}
		mustPlace(t, s, order, shop.Change{Entitlements: order.Entitlements, Jobs: []shop.Job{job}, ClearCart: true})

		got := mustOrder(t, s, order.ID)
		if got.Status != shop.Paid || len(got.Entitlements) != 1 || got.Entitlements[0] != right {
			t.Errorf("order %+v", got)
		}
		if jobs := mustClaim(t, s, 10); len(jobs) != 1 || jobs[0].Key != job.Key || jobs[0].Detail != "receipt" {
			t.Errorf("jobs %+v", jobs)
		}
		if len(mustCart(t, s, order.CartID).Items) != 0 {
			t.Error("the cart still holds what was bought")
		}
	})
}

func TestTheSameKeyLeadsToTheSameOrder(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		first := storetest.MustOrder(t, s, storetest.Advisory)
		cart := mustCart(t, s, first.CartID)

		sameKey := storetest.NewOrder(t, cart)
		sameKey.IdempotencyKey = first.IdempotencyKey
		placed := mustPlace(t, s, sameKey, shop.Change{})
		if placed.ID != first.ID || placed.PaymentURL == "" || len(placed.Lines) != 1 {
			t.Errorf("the same key: %+v", placed)
		}

		samePrint := storetest.NewOrder(t, cart) // whoever knows cart and buyer must not get at the order
		samePrint.Fingerprint = first.Fingerprint
		_, err := s.PlaceOrder(t.Context(), samePrint, shop.Change{})
		wantError(t, err, shop.Conflict, shop.ErrOpenPage.Code)

		other := storetest.NewOrder(t, storetest.MustCart(t, s, storetest.Advisory)) // a key belongs to its cart
		other.IdempotencyKey, other.Fingerprint = first.IdempotencyKey, first.Fingerprint
		if placed := mustPlace(t, s, other, shop.Change{}); placed.ID != other.ID {
			t.Errorf("another cart: %+v", placed)
		}
	})
}

func TestNewOrderTakesThePlaceOfPendingOnes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		first := storetest.MustOrder(t, s, storetest.Advisory)
		second := storetest.NewOrder(t, mustCart(t, s, first.CartID))
		_, err := s.PlaceOrder(t.Context(), second, shop.Change{})
		wantError(t, err, shop.Conflict, shop.ErrOpenPage.Code)
		if open, err := s.OpenOrders(t.Context(), first.CartID); err != nil || len(open) != 1 || open[0].ID != first.ID || open[0].SessionID != first.SessionID {
			t.Fatalf("open orders %+v (%v)", open, err)
		}
		must(t, s.CloseSession(t.Context(), first.SessionID))
		placed := mustPlace(t, s, second, shop.Change{})
		if old := mustOrder(t, s, first.ID); old.Status != shop.Canceled || old.Closed != shop.Canceled || old.SessionState != shop.SessionClosed {
			t.Errorf("the old order is %s, closed %q, its page %s", old.Status, old.Closed, old.SessionState)
		}
		storetest.MustApply(t, s, storetest.Payment(placed), shop.EventApplied)
		must(t, set(s, first.CartID, first.Lines[0].VariantID, 1))
		mustPlace(t, s, storetest.NewOrder(t, mustCart(t, s, first.CartID)), shop.Change{})
		if got := mustOrder(t, s, placed.ID); got.Status != shop.Paid {
			t.Errorf("a paid order became %s", got.Status)
		}
	})
}

func TestAPaymentUnderWayIsLeftAlone(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		slow := storetest.MustOrder(t, s, storetest.Advisory)
		event := storetest.Payment(slow)
		event.Kind = shop.PaymentProcessing
		storetest.MustApply(t, s, event, shop.EventApplied)
		cart := mustCart(t, s, slow.CartID)
		if len(cart.Items) != 0 {
			t.Error("what is being paid for is still in the cart")
		}
		must(t, set(s, cart.ID, storetest.MustProduct(t, s, storetest.Projects).Variants[0].ID, 1))
		mustPlace(t, s, storetest.NewOrder(t, mustCart(t, s, cart.ID)), shop.Change{})
		if got := mustOrder(t, s, slow.ID); got.Status != shop.Pending || got.SessionState != shop.SessionProcessing {
			t.Errorf("the order under way is %s, its page %s", got.Status, got.SessionState)
		}
		asked, err := s.OrdersToAsk(t.Context(), slow.PlacedAt.Add(10*24*time.Hour), 10)
		if err != nil || !slices.ContainsFunc(asked, func(o shop.Order) bool { return o.ID == slow.ID }) {
			t.Errorf("nobody asks about it: %v", err)
		}
		event.ID, event.Kind = shop.NewID(), shop.PaymentFailed
		storetest.MustApply(t, s, event, shop.EventApplied)
		if items := mustCart(t, s, cart.ID).Items; len(items) != 2 {
			t.Errorf("after the payment failed the cart holds %d titles, want both", len(items))
		}
	})
}

func TestAnOrderIsOfWhatTheCartHolds(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		cart := storetest.MustCart(t, s, storetest.Advisory)
		order := storetest.NewOrder(t, cart)
		variant := cart.Items[0].Variant.ID
		for name, change := range map[string]func() error{
			"another quantity": func() error { return set(s, cart.ID, variant, 2) },
			"another title": func() error {
				return set(s, cart.ID, storetest.MustProduct(t, s, storetest.Projects).Variants[0].ID, 1)
			},
			"nothing": func() error {
				_, err := s.RemoveCartItem(t.Context(), cart.ID, variant)
				return err
			},
		} {
			must(t, set(s, cart.ID, variant, 1))
			must(t, change())
			if _, err := s.PlaceOrder(t.Context(), order, shop.Change{}); !errors.Is(err, shop.ErrCartChanged) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// The payment page is made while no transaction is open, so another checkout may come first.
func TestAttachPayment(t *testing.T) {
	t.Parallel()
	attach := func(t *testing.T, s *store.Store, orderID string, page shop.PaymentPage) error {
		noted, err := s.AttachPayment(t.Context(), orderID, page, storetest.Now())
		if err == nil && noted != page {
			t.Errorf("noted %+v for %+v", noted, page)
		}
		return err
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		page := shop.PaymentPage{SessionID: "cs_1", URL: "https://pay.example/1", ExpiresAt: storetest.Now().Add(time.Hour)}
		wantError(t, attach(t, s, shop.NewID(), page), shop.NotFound, "order_not_found")

		slow := mustPlace(t, s, storetest.NewOrder(t, storetest.MustCart(t, s, storetest.Advisory)), shop.Change{})
		quick := mustPlace(t, s, storetest.NewOrder(t, mustCart(t, s, slow.CartID)), shop.Change{})
		for range 2 {
			must(t, attach(t, s, quick.ID, page))
		}
		if got := mustOrder(t, s, quick.ID); got.SessionID != "cs_1" || got.PaymentURL != page.URL || !got.ExpiresAt.Equal(page.ExpiresAt) {
			t.Errorf("attached: %+v", got)
		}
		if len(mustClaim(t, s, 10)) != 0 {
			t.Error("a job was queued for an order without a session")
		}

		late := page
		late.SessionID = "cs_2"
		wantError(t, attach(t, s, slow.ID, late), shop.Conflict, "order_closed")
		if got := mustOrder(t, s, slow.ID); got.SessionID != "cs_2" || got.Status != shop.Canceled {
			t.Errorf("money that comes in would not find its order: %+v", got)
		}
		if jobs := read(t, pool(t, s), "SELECT key FROM jobs WHERE kind <> 'read_edition'"); !slices.Equal(jobs, []string{"expire:cs_2"}) {
			t.Errorf("jobs %v", jobs)
		}

		third := mustPlace(t, s, storetest.NewOrder(t, storetest.MustCart(t, s, storetest.Advisory)), shop.Change{})
		if err := attach(t, s, third.ID, page); err == nil {
			t.Error("one session belongs to two orders")
		}
		second := page
		second.SessionID = "cs_of_another_window"
		if noted, err := s.AttachPayment(t.Context(), quick.ID, second, storetest.Now()); err != nil || noted.SessionID != "cs_1" || noted.URL != page.URL {
			t.Errorf("of two sessions %+v is noted (%v)", noted, err)
		}
		if jobs := read(t, pool(t, s), "SELECT key FROM jobs WHERE kind <> 'read_edition' ORDER BY key"); !slices.Equal(jobs, []string{"expire:cs_2", "expire:cs_of_another_window"}) {
			t.Errorf("jobs %v", jobs)
		}

		event := storetest.Payment(third)
		event.SessionID = "cs_3"
		storetest.MustApply(t, s, event, shop.EventApplied) // told before the page was noted
		late.SessionID = "cs_3"
		must(t, attach(t, s, third.ID, late))
	})
}

func TestOneOrderOfManyPressesAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		cart := storetest.MustCart(t, s, storetest.Advisory, storetest.Projects)
		key := shop.NewSecret()
		placed := make([]shop.Order, 8)
		ours := make([]string, 8)
		var all sync.WaitGroup
		for i := range placed {
			all.Go(func() {
				order := storetest.NewOrder(t, cart)
				order.IdempotencyKey, order.Fingerprint = key, "same"
				ours[i] = order.ID
				var err error
				if placed[i], err = s.PlaceOrder(t.Context(), order, shop.Change{}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		created := 0
		for i, p := range placed {
			if p.ID == ours[i] {
				created++
			}
			if p.ID != placed[0].ID || len(p.Lines) != 2 {
				t.Errorf("placed %+v", p)
			}
		}
		if orders := read(t, pool(t, s), "SELECT id FROM orders"); created != 1 || len(orders) != 1 {
			t.Errorf("%d created, %d there", created, len(orders))
		}
	})
}

// Of checkouts with different contents from one cart, at most one stays payable.
func TestOnePendingOrderOfACart(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		cart := storetest.MustCart(t, s, storetest.Advisory)
		var all sync.WaitGroup
		for range 8 {
			order := storetest.NewOrder(t, cart)
			all.Go(func() {
				if _, err := s.PlaceOrder(t.Context(), order, shop.Change{}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		states := read(t, pool(t, s), "SELECT status FROM orders")
		if len(states) != 8 || states[6] != "canceled" || states[7] != "pending" {
			t.Errorf("states %v", states)
		}
		if numbers := slices.Compact(read(t, pool(t, s), "SELECT number FROM orders")); len(numbers) != 8 {
			t.Errorf("numbers %v", numbers)
		}
	})
}

// An order that is just being paid is not taken from the buyer: whichever comes first, the money counts.
func TestPaymentAtTheMomentOfANewCheckout(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		for range 10 {
			first := storetest.MustOrder(t, s, storetest.Advisory)
			second := storetest.NewOrder(t, mustCart(t, s, first.CartID))
			var all sync.WaitGroup
			all.Go(func() {
				if _, err := s.ApplyPayment(t.Context(), storetest.Payment(first), storetest.Now()); err != nil {
					t.Error(err)
				}
			})
			all.Go(func() {
				_, err := s.PlaceOrder(t.Context(), second, shop.Change{})
				if !errors.Is(err, shop.ErrOpenPage) && !errors.Is(err, shop.ErrCartChanged) {
					t.Errorf("a second order of what is being paid for: %v", err)
				}
			})
			all.Wait()
			if got := mustOrder(t, s, first.ID); got.Status != shop.Paid || len(got.Entitlements) != 1 {
				t.Errorf("the paid order is %s", got.Status)
			}
		}
	})
}

func TestOrdersToAsk(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		var ids []string
		for i := range 4 {
			order := storetest.NewOrder(t, storetest.MustCart(t, s, storetest.Advisory))
			order.PlacedAt = storetest.Now().Add(-time.Duration(i) * time.Minute)
			mustPlace(t, s, order, shop.Change{})
			ids = append([]string{order.ID}, ids...)
		}
		storetest.MustPaidOrder(t, s, storetest.Advisory)
		now := storetest.Now()
		due := func(before time.Time, limit int) []string {
			orders, err := s.OrdersToAsk(t.Context(), before, limit)
			must(t, err)
			var due []string
			for _, order := range orders {
				due = append(due, order.ID)
			}
			return due
		}
		if got := due(now, 10); !slices.Equal(got, ids[:3]) {
			t.Errorf("before now: %v, want %v", got, ids[:3])
		}
		if got := due(now.Add(time.Second), 2); !slices.Equal(got, ids[:2]) {
			t.Errorf("two: %v, want %v", got, ids[:2])
		}
		for _, want := range []bool{true, false} {
			if mine, err := s.NoteAsked(t.Context(), ids[0], now.Add(-time.Minute), now); err != nil || mine != want {
				t.Errorf("NoteAsked: %v, %v, want %v", mine, err, want)
			}
		}
		if got := due(now, 10); !slices.Equal(got, ids[1:3]) {
			t.Errorf("just asked: %v, want %v", got, ids[1:3])
		}
		last := append(slices.Clone(ids[1:]), ids[0]) // which was asked about a moment ago
		if got := due(now.Add(time.Minute), 10); !slices.Equal(got, last) {
			t.Errorf("later: %v, want %v", got, last)
		}
		if mine, err := s.NoteAsked(t.Context(), ids[0], now.Add(time.Second), now.Add(2*time.Second)); err != nil || !mine {
			t.Errorf("asking again: %v, %v", mine, err)
		}
	})
}

func TestOneMayAskAboutAnOrder(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		order := storetest.MustOrder(t, s, storetest.Advisory)
		var all sync.WaitGroup
		mine := make([]bool, 8)
		for i := range mine {
			all.Go(func() {
				var err error
				if mine[i], err = s.NoteAsked(t.Context(), order.ID, storetest.Now().Add(-time.Minute), storetest.Now()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := len(slices.DeleteFunc(mine, func(m bool) bool { return !m })); n != 1 {
			t.Errorf("%d may ask", n)
		}
	})
}

func TestOrderNotFound(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for _, id := range []string{"", "none", "\x00", "\xff", "' OR ''='"} {
			if _, err := s.Order(t.Context(), id); !errors.Is(err, shop.ErrOrderNotFound) {
				t.Errorf("order %q: %v", id, err)
			}
			if _, err := s.OrderByKey(t.Context(), id, id); !errors.Is(err, shop.ErrOrderNotFound) {
				t.Errorf("key %q: %v", id, err)
			}
		}
		storetest.MustProducts(t, s)
		order := storetest.NewOrder(t, storetest.MustCart(t, s, storetest.Advisory))
		order.CartID = "gone"
		if _, err := s.PlaceOrder(t.Context(), order, shop.Change{}); !errors.Is(err, shop.ErrCartNotFound) {
			t.Errorf("an order of no cart: %v", err)
		}
	})
}

// head is what two orders can be compared by at a glance.
func head(o shop.Order) [16]any {
	return [...]any{o.ID, o.Number, o.CartID, o.Source, o.Status, o.Email, o.Name, o.Organisation, o.PONumber, o.Currency,
		o.Subtotal, o.Total, o.TokenVersion, o.IdempotencyKey, o.Fingerprint, o.SessionID}
}

func mustPlace(t *testing.T, s *store.Store, o shop.Order, c shop.Change) shop.Order {
	t.Helper()
	placed, err := s.PlaceOrder(t.Context(), o, c)
	must(t, err)
	return placed
}

func mustByKey(t *testing.T, s *store.Store, o shop.Order) shop.Order {
	t.Helper()
	order, err := s.OrderByKey(t.Context(), o.CartID, o.IdempotencyKey)
	must(t, err)
	return order
}

func mustClaim(t *testing.T, s *store.Store, limit int) []shop.Job {
	t.Helper()
	jobs, err := s.ClaimJobs(t.Context(), storetest.Now().Add(time.Hour), limit, time.Minute)
	must(t, err)
	return jobs
}
