package store_test

import (
	"testing"
	"time"

	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

const movementsByTime = `SELECT SUBSTR(CAST(at AS TEXT), 1, 16) || ' ' || kind || ' ' || amount FROM money_movements`

// back is the news, so many hours after the fixtures' moment, that so much of a payment has gone back in all.
func back(o shop.Order, id string, hours int, amount int64) shop.PaymentEvent {
	return shop.PaymentEvent{
		ID: id, Type: "charge.refunded", Kind: shop.ChargeRefunded, Source: shop.FromWebhook, At: hoursLater(hours),
		PaymentIntentID: "pi_" + o.ID, ChargeID: "ch_" + o.ID, Amount: amount, Currency: "usd",
	}
}

func refundThatFailed(o shop.Order, id string, hours int, amount int64) shop.PaymentEvent {
	return shop.PaymentEvent{
		ID: "evt_" + id, Type: "refund.failed", Kind: shop.RefundFailed, Source: shop.FromWebhook, At: hoursLater(hours),
		PaymentIntentID: "pi_" + o.ID, RefundID: id, Amount: amount, Currency: "usd",
	}
}

func hoursLater(hours int) time.Time {
	return storetest.Now().Truncate(time.Hour).Add(time.Duration(hours) * time.Hour)
}

// Each growth of what a payment has given back is a movement of its own date, however the news come in.
func TestMoneyMovesOnceAndAtItsTime(t *testing.T) {
	t.Parallel()
	for name, sent := range map[string]struct {
		events []func(shop.Order) shop.PaymentEvent
		want   []string
	}{
		"in order, with repetitions": {
			[]func(shop.Order) shop.PaymentEvent{
				paid, refunded("a", 2, 500), refunded("b", 2, 500), refunded("a", 2, 500), refunded("c", 3, 900), failing("re_1", 4, 400), failing("re_1", 4, 400),
			},
			[]string{"2026-03-14 09:27 payment 1900", "2026-03-14 11:00 refund 500", "2026-03-14 12:00 refund 400", "2026-03-14 13:00 refund -400"},
		},
		"the refund before the payment": {
			[]func(shop.Order) shop.PaymentEvent{refunded("a", 2, 500), paid},
			[]string{"2026-03-14 09:27 payment 1900", "2026-03-14 11:00 refund 500"},
		},
		"older news last": {
			[]func(shop.Order) shop.PaymentEvent{paid, refunded("b", 3, 900), refunded("a", 2, 500)},
			[]string{"2026-03-14 09:27 payment 1900", "2026-03-14 12:00 refund 900"},
		},
		"a figure that came down, since a refund failed": {
			[]func(shop.Order) shop.PaymentEvent{paid, refunded("a", 2, 500), failing("re_1", 3, 500), refunded("b", 4, 0), refunded("c", 5, 700)},
			[]string{"2026-03-14 09:27 payment 1900", "2026-03-14 11:00 refund 500", "2026-03-14 12:00 refund -500", "2026-03-14 14:00 refund 700"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				storetest.MustProducts(t, s)
				order := storetest.MustOrder(t, s, storetest.Advisory)
				for _, event := range sent.events {
					_, err := s.ApplyPayment(t.Context(), event(order), storetest.Now())
					must(t, err)
				}
				same(t, "movements", sent.want, read(t, pool(t, s), movementsByTime))
			})
		})
	}
}

func paid(o shop.Order) shop.PaymentEvent { return storetest.Payment(o) }

func refunded(id string, hours int, amount int64) func(shop.Order) shop.PaymentEvent {
	return func(o shop.Order) shop.PaymentEvent { return back(o, "evt_"+id, hours, amount) }
}

func failing(id string, hours int, amount int64) func(shop.Order) shop.PaymentEvent {
	return func(o shop.Order) shop.PaymentEvent { return refundThatFailed(o, id, hours, amount) }
}

// A shop that is brought up to date finds the movements in what Stripe told of them.
func TestMovementsFromBeforeAreFound(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		order := storetest.MustPaidOrder(t, s, storetest.Advisory)
		for _, event := range []shop.PaymentEvent{back(order, "evt_a", 2, 500), back(order, "evt_b", 3, 900), refundThatFailed(order, "re_1", 4, 400)} {
			storetest.MustApply(t, s, event, shop.EventApplied)
		}
		storetest.MustPaidOrder(t, s, storetest.Projects)
		before := read(t, pool(t, s), movementsByTime)
		for _, m := range mustStatus(t, s) {
			if m.Version >= 17 {
				must(t, s.MigrateDown(t.Context()))
			}
		}
		must(t, s.Migrate(t.Context()))
		if after := read(t, pool(t, s), movementsByTime); len(after) != 5 {
			t.Errorf("there are %v", after)
		} else {
			same(t, "movements", before, after)
		}
		compareWithTables(t, s, shop.Period{From: hoursLater(-24).Truncate(24 * time.Hour), To: hoursLater(48).Truncate(24 * time.Hour)})
	})
}
