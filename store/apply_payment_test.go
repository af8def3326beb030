package store_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

func TestPaymentGrantsOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		order := storetest.MustOrder(t, s, storetest.Advisory, storetest.Both)
		must(t, set(s, order.CartID, storetest.MustProduct(t, s, storetest.Projects).Variants[0].ID, 1)) // put in meanwhile
		event := storetest.Payment(order)
		applied := storetest.MustApply(t, s, event, shop.EventApplied)
		again := storetest.MustApply(t, s, event, shop.EventDuplicate)

		for name, got := range map[string]shop.Order{"applied": applied, "duplicate": again, "read": mustOrder(t, s, order.ID)} {
			if got.Status != shop.Paid || !got.PaidAt.Equal(event.At) || len(got.Lines) != 2 || len(got.Entitlements) != 2 || len(got.Payments) != 1 {
				t.Fatalf("%s: %+v", name, got)
			}
			if p := got.Payments[0]; p.PaymentIntentID != event.PaymentIntentID || p.Amount != order.Total || !p.Matches || p.ChargeID != event.ChargeID {
				t.Errorf("%s: payment %+v", name, p)
			}
			for _, e := range got.Entitlements {
				if e.State != shop.Active || e.Email != order.Email || e.OrderID != order.ID {
					t.Errorf("%s: entitlement %+v", name, e)
				}
			}
		}
		if jobs := mustClaim(t, s, 10); len(jobs) != 1 || jobs[0].Kind != shop.JobMail || jobs[0].Subject != order.ID {
			t.Errorf("jobs %+v", jobs)
		}
		if cart := mustCart(t, s, order.CartID); len(cart.Items) != 1 || cart.Items[0].Product.Slug != storetest.Projects {
			t.Errorf("the cart holds %+v", cart.Items)
		}
	})
}

func TestOrderOfAnEventIsFound(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		for name, forget := range map[string]func(*shop.PaymentEvent){
			"by session":  func(e *shop.PaymentEvent) { e.OrderID = "" },
			"by order id": func(e *shop.PaymentEvent) { e.SessionID = "" },
			"by order id, unknown session": func(e *shop.PaymentEvent) {
				e.SessionID = "cs_of_another_shop"
			},
		} {
			t.Run(name, func(t *testing.T) {
				order := storetest.MustOrder(t, s, storetest.Advisory)
				event := storetest.Payment(order)
				forget(&event)
				if got := storetest.MustApply(t, s, event, shop.EventApplied); got.ID != order.ID || got.Status != shop.Paid {
					t.Errorf("got %s %s", got.ID, got.Status)
				}
				refund := storetest.Payment(order)
				refund.ID, refund.Kind, refund.OrderID, refund.SessionID = "evt_refund_"+order.ID, shop.ChargeRefunded, "", ""
				if got := storetest.MustApply(t, s, refund, shop.EventApplied); got.ID != order.ID || got.Status != shop.Refunded || got.Entitlements[0].State != shop.Revoked {
					t.Errorf("refund by payment intent: %s %s", got.ID, got.Status)
				}
			})
		}
		stray := shop.PaymentEvent{ID: "evt_stray", Kind: shop.PaymentSucceeded, Source: shop.FromWebhook, SessionID: "cs_stray", OrderID: "\x00", At: storetest.Now()}
		storetest.MustApply(t, s, stray, shop.EventUnmatched)
		if again := storetest.MustApply(t, s, stray, shop.EventDuplicate); again.ID != "" {
			t.Errorf("a stray event has the order %+v", again)
		}
	})
}

// An event that waits without a payment is nobody's, not that of the next one that names no payment.
func TestEventOfNoPaymentStaysUnmatched(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		order := storetest.MustOrder(t, s, storetest.Advisory)
		stray := shop.PaymentEvent{ID: "evt_stray", Kind: shop.PaymentFailed, Source: shop.FromWebhook, SessionID: "cs_stray", At: storetest.Now()}
		storetest.MustApply(t, s, stray, shop.EventUnmatched)
		expired := storetest.Payment(order)
		expired.Kind, expired.PaymentIntentID = shop.PaymentExpired, ""
		if got := storetest.MustApply(t, s, expired, shop.EventApplied); got.Status != shop.Expired {
			t.Errorf("the order is %s", got.Status)
		}
		if waiting := read(t, pool(t, s), "SELECT id FROM payment_events WHERE outcome = 'unmatched'"); !slices.Equal(waiting, []string{"evt_stray"}) {
			t.Errorf("waiting: %v", waiting)
		}
	})
}

func TestIrrelevantEventIsKept(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		event := shop.PaymentEvent{
			ID: "evt_1", Type: "customer.created", Kind: shop.Irrelevant, Source: shop.FromWebhook, At: storetest.Now(), Payload: []byte(`{"a":"\u0000"}`),
		}
		storetest.MustApply(t, s, event, shop.EventIgnored)
		storetest.MustApply(t, s, event, shop.EventDuplicate)
		var payload []byte
		must(t, pool(t, s).QueryRow("SELECT payload FROM payment_events WHERE outcome = 'ignored'").Scan(&payload))
		if string(payload) != string(event.Payload) {
			t.Errorf("payload %q", payload)
		}
	})
}

func TestTaxIsReadBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		order := storetest.MustOrder(t, s, storetest.Advisory, storetest.Projects)
		event := storetest.Payment(order)
		event.Tax, event.Amount = 333, event.Amount+333
		storetest.MustApply(t, s, event, shop.EventApplied)
		got := mustOrder(t, s, order.ID)
		if got.Tax != 333 || got.Total != 4133 || got.Lines[0].Tax+got.Lines[1].Tax != 333 || got.Lines[0].Total+got.Lines[1].Total != 4133 {
			t.Errorf("got %+v", got)
		}
	})
}

func TestMismatchGoesIntoReview(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		order := storetest.MustOrder(t, s, storetest.Advisory)
		event := storetest.Payment(order)
		event.Amount--
		storetest.MustApply(t, s, event, shop.EventApplied)
		if got := mustOrder(t, s, order.ID); got.Status != shop.Review || len(got.Entitlements) != 0 || got.Attention == "" || len(mustCart(t, s, order.CartID).Items) != 1 {
			t.Errorf("got %+v", got)
		}
	})
}

func TestDisputeAndRefundsInTurn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		order := storetest.MustOrder(t, s, storetest.Advisory, storetest.Both)
		for i, step := range []struct {
			event  func(*shop.PaymentEvent)
			status shop.OrderStatus
			rights []shop.EntitlementState
		}{
			{func(*shop.PaymentEvent) {}, shop.Paid, []shop.EntitlementState{shop.Active, shop.Active}},
			{dispute(shop.DisputeOpen), shop.Disputed, []shop.EntitlementState{shop.Suspended, shop.Suspended}},
			{dispute(shop.DisputeWon), shop.Paid, []shop.EntitlementState{shop.Active, shop.Active}},
			{refund(1900), shop.PartiallyRefunded, []shop.EntitlementState{shop.Revoked, shop.Active}},
			{failedRefund(1900), shop.Paid, []shop.EntitlementState{shop.Active, shop.Active}},
			{refund(6800), shop.Refunded, []shop.EntitlementState{shop.Revoked, shop.Revoked}},
		} {
			event := storetest.Payment(order)
			event.ID, event.At = fmt.Sprintf("evt_%d", i), event.At.Add(time.Duration(i)*time.Minute)
			step.event(&event)
			storetest.MustApply(t, s, event, shop.EventApplied)
			got := mustOrder(t, s, order.ID)
			if rights := statesOf(got); got.Status != step.status || !slices.Equal(rights, step.rights) {
				t.Fatalf("step %d: %s %v, want %s %v", i, got.Status, rights, step.status, step.rights)
			}
		}
		got := mustOrder(t, s, order.ID)
		if len(got.Disputes) != 1 || got.Disputes[0].Status != shop.DisputeWon || got.Disputes[0].Reason != "fraudulent" ||
			len(got.Refunds) != 1 || got.Refunds[0].Amount != 1900 || got.Payments[0].Refunded != 6800 {
			t.Errorf("got %+v", got)
		}
	})
}

func dispute(status shop.DisputeStatus) func(*shop.PaymentEvent) {
	return func(e *shop.PaymentEvent) {
		e.Kind, e.OrderID, e.SessionID = shop.DisputeChanged, "", ""
		e.Dispute = shop.Dispute{
			ID: "dp_" + e.PaymentIntentID, PaymentIntentID: e.PaymentIntentID, Status: status, Amount: e.Amount, Reason: "fraudulent", UpdatedAt: e.At,
		}
	}
}

func refund(amount int64) func(*shop.PaymentEvent) {
	return func(e *shop.PaymentEvent) {
		e.Kind, e.OrderID, e.SessionID, e.Amount = shop.ChargeRefunded, "", "", amount
	}
}

func failedRefund(amount int64) func(*shop.PaymentEvent) {
	return func(e *shop.PaymentEvent) {
		e.Kind, e.OrderID, e.SessionID, e.Amount, e.RefundID = shop.RefundFailed, "", "", amount, "re_"+e.PaymentIntentID
	}
}

// statesOf are the states of an order's rights in the order of its lines.
func statesOf(o shop.Order) []shop.EntitlementState {
	var states []shop.EntitlementState
	for _, line := range o.Lines {
		for _, e := range o.Entitlements {
			if e.LineID == line.ID {
				states = append(states, e.State)
			}
		}
	}
	return states
}

// What is heard before its order is known waits, and is applied with the payment in the order in which
// it happened.
func TestEarlyEventsWait(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		order := storetest.MustOrder(t, s, storetest.Advisory)
		early := func(id string, minutes int, change func(*shop.PaymentEvent)) {
			event := storetest.Payment(order)
			event.ID, event.At = id, event.At.Add(time.Duration(minutes)*time.Minute)
			change(&event)
			storetest.MustApply(t, s, event, shop.EventUnmatched)
		}
		early("evt_4", 4, refund(1900))
		early("evt_3", 3, dispute(shop.DisputeWon))
		early("evt_2", 2, dispute(shop.DisputeOpen))
		early("evt_1", 1, failedRefund(500))
		other := storetest.Payment(order)
		other.ID, other.PaymentIntentID = "evt_other", "pi_other"
		refund(100)(&other)
		storetest.MustApply(t, s, other, shop.EventUnmatched)

		got := storetest.MustApply(t, s, storetest.Payment(order), shop.EventApplied)
		if read := mustOrder(t, s, order.ID); got.Status != shop.Refunded || read.Status != shop.Refunded ||
			!slices.Equal(statesOf(read), []shop.EntitlementState{shop.Revoked}) ||
			len(read.Disputes) != 1 || read.Disputes[0].Status != shop.DisputeWon || read.Disputes[0].Reason != "fraudulent" || len(read.Refunds) != 1 {
			t.Errorf("got %+v", read)
		}
		outcomes := read(t, pool(t, s), "SELECT id || ' ' || outcome || ' ' || COALESCE(order_id, '') FROM payment_events")
		want := []string{"evt_1 applied " + order.ID, "evt_2 applied " + order.ID, "evt_3 applied " + order.ID, "evt_4 applied " + order.ID,
			"evt_other unmatched ", "evt_paid_" + order.ID + " applied " + order.ID}
		if !slices.Equal(outcomes, want) {
			t.Errorf("events %q", outcomes)
		}
	})
}

// A refund that nobody can match yet and the payment that leads to its order come at once: whichever
// the database takes first, the refund counts.
func TestRefundAndPaymentAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		for range 10 {
			order := storetest.MustOrder(t, s, storetest.Advisory)
			applyAtOnce(t, s, refundOf(order), storetest.Payment(order))
			wantRefunded(t, s, order)
		}
	})
}

func refundOf(o shop.Order) shop.PaymentEvent {
	event := storetest.Payment(o)
	event.ID, event.At = "evt_refund_"+o.ID, event.At.Add(time.Minute)
	refund(o.Total)(&event)
	return event
}

func wantRefunded(t *testing.T, s *store.Store, o shop.Order) {
	t.Helper()
	if got := mustOrder(t, s, o.ID); got.Status != shop.Refunded || !slices.Equal(statesOf(got), []shop.EntitlementState{shop.Revoked}) {
		t.Fatalf("the order is %s, its rights %v", got.Status, statesOf(got))
	}
}

func applyAtOnce(t *testing.T, s *store.Store, events ...shop.PaymentEvent) {
	t.Helper()
	var all sync.WaitGroup
	for _, event := range events {
		all.Go(func() {
			if _, err := s.ApplyPayment(t.Context(), event, storetest.Now()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

// The same with the refund held up between looking for its order and being stored. SQLite has one
// writer at a time, so only PostgreSQL can mix the two.
func TestPaymentWhileARefundIsBeingStored(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, storetest.PostgreSQL(t))
	storetest.MustProducts(t, s)
	order := storetest.MustOrder(t, s, storetest.Advisory)
	hold, err := pool(t, s).Begin()
	must(t, err)
	_, err = hold.Exec(`INSERT INTO payment_events VALUES ($1, '', '', 'webhook', false, 'ignored', NULL, '', '', '', 0, 0, '', '', '', '', 0, '', NULL, '', now(), now())`,
		refundOf(order).ID)
	must(t, err)

	var refunded, paid sync.WaitGroup
	refunded.Go(func() { applyAtOnce(t, s, refundOf(order)) })
	waitFor(t, s, "SELECT COUNT(*) = 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
	paid.Go(func() { applyAtOnce(t, s, storetest.Payment(order)) })
	waitFor(t, s, `SELECT (SELECT COUNT(*) = 2 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')
		OR EXISTS (SELECT 1 FROM payments)`)
	must(t, hold.Rollback())
	refunded.Wait()
	paid.Wait()
	wantRefunded(t, s, order)
}

// waitFor asks until the database says yes.
func waitFor(t *testing.T, s *store.Store, query string) {
	t.Helper()
	for yes := false; !yes; {
		must(t, pool(t, s).QueryRowContext(t.Context(), query).Scan(&yes))
	}
}

func TestPaidTwiceAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		for range 20 {
			order := storetest.MustOrder(t, s, storetest.Advisory)
			second := storetest.Payment(order)
			second.ID, second.PaymentIntentID = "evt_second_"+order.ID, "pi_second_"+order.ID
			applyAtOnce(t, s, storetest.Payment(order), second)
			if got := mustOrder(t, s, order.ID); got.Status != shop.Paid || len(got.Payments) != 2 || len(got.Entitlements) != 1 || got.Attention == "" {
				t.Fatalf("got %+v", got)
			}
		}
	})
}

func TestManyDeliveriesGrantOnceEach(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		const orders, times, connections = 20, 10, 8
		var deliveries []shop.PaymentEvent
		for range orders {
			event := storetest.Payment(storetest.MustOrder(t, s, storetest.Advisory))
			for range times {
				deliveries = append(deliveries, event)
			}
		}
		rand.Shuffle(len(deliveries), func(i, j int) { deliveries[i], deliveries[j] = deliveries[j], deliveries[i] })
		queue := make(chan shop.PaymentEvent, len(deliveries))
		for _, event := range deliveries {
			queue <- event
		}
		close(queue)
		outcomes := make(chan shop.EventOutcome, len(deliveries))
		var all sync.WaitGroup
		for range connections {
			all.Go(func() {
				for event := range queue {
					applied, err := s.ApplyPayment(t.Context(), event, storetest.Now())
					if err != nil {
						t.Error(err)
					}
					if applied.Order.Status != shop.Paid {
						t.Errorf("%s answered with an order that is %q", applied.Outcome, applied.Order.Status)
					}
					outcomes <- applied.Outcome
				}
			})
		}
		all.Wait()
		close(outcomes)
		counted := map[shop.EventOutcome]int{}
		for outcome := range outcomes {
			counted[outcome]++
		}
		if counted[shop.EventApplied] != orders || counted[shop.EventDuplicate] != orders*(times-1) {
			t.Errorf("outcomes %v", counted)
		}
		for _, table := range []string{"entitlements", "payments", "payment_events", "jobs WHERE kind <> 'read_edition'"} {
			if rows := read(t, pool(t, s), "SELECT 'row' FROM "+table); len(rows) != orders {
				t.Errorf("%d rows of %s", len(rows), table)
			}
		}
	})
}

// One order hears of its payment by the webhook, by the buyer's return and by the sweep at once.
func TestThreeMessengersGrantOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		order := storetest.MustOrder(t, s, storetest.Advisory, storetest.Projects)
		var events []shop.PaymentEvent
		for _, source := range []shop.EventSource{shop.FromWebhook, shop.FromReturn, shop.FromSweep} {
			event := storetest.Payment(order)
			event.ID, event.Source = "evt_by_"+string(source), source
			events = append(events, event)
		}
		applyAtOnce(t, s, events...)
		if got := mustOrder(t, s, order.ID); len(got.Entitlements) != 2 || len(got.Payments) != 1 || got.Attention != "" {
			t.Errorf("got %+v", got)
		}
		if jobs := mustClaim(t, s, 10); len(jobs) != 1 {
			t.Errorf("jobs %+v", jobs)
		}
	})
}

// An event that contradicts what is known leaves no trace, so that it can be sent again.
func TestFailedEventLeavesNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		paid, other := storetest.MustPaidOrder(t, s, storetest.Advisory), storetest.MustOrder(t, s, storetest.Advisory)
		event := storetest.Payment(other)
		event.PaymentIntentID = paid.Payments[0].PaymentIntentID
		if _, err := s.ApplyPayment(t.Context(), event, storetest.Now()); err == nil {
			t.Fatal("one payment paid two orders")
		}
		if got := mustOrder(t, s, other.ID); got.Status != shop.Pending || len(got.Entitlements) != 0 {
			t.Errorf("the other order is %s", got.Status)
		}
		if got := mustOrder(t, s, paid.ID); len(got.Payments) != 1 {
			t.Errorf("the paid order has %d payments", len(got.Payments))
		}
		event.PaymentIntentID = "pi_its_own"
		storetest.MustApply(t, s, event, shop.EventApplied)
	})
}
