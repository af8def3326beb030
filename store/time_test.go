package store_test

import (
	"slices"
	"testing"
	"time"

	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

// Times of any zone and precision are kept as the same moment, in UTC and microseconds, and compare as
// moments.
func TestTimesAreKeptInUTC(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		east, west := time.FixedZone("east", 5*3600+1800), time.FixedZone("west", -8*3600)
		moment := storetest.Now().Add(999 * time.Nanosecond)
		order := storetest.NewOrder(t, storetest.MustCart(t, s, storetest.Advisory))
		order.PlacedAt, order.UpdatedAt, order.ExpiresAt = moment.In(east), moment.In(west), moment.In(east).Add(time.Hour)
		job := shop.Job{Kind: shop.JobMail, Key: "k", Subject: "s", RunAt: moment.In(east)}
		mustPlace(t, s, order, shop.Change{Jobs: []shop.Job{job}})

		got := mustOrder(t, s, order.ID)
		for name, at := range map[string]time.Time{"placed": got.PlacedAt, "updated": got.UpdatedAt, "expires": got.ExpiresAt.Add(-time.Hour)} {
			if !at.Equal(storetest.Now()) || at.Location() != time.UTC {
				t.Errorf("%s at %v, want %v", name, at, storetest.Now())
			}
		}
		if !got.PaidAt.IsZero() || !got.AskedAt.IsZero() {
			t.Errorf("never is %v and %v", got.PaidAt, got.AskedAt)
		}
		text := "to_char(placed_at, 'YYYY-MM-DD HH24:MI:SS.US')"
		if s.Dialect() == store.SQLite {
			text = "CAST(placed_at AS TEXT)"
		}
		if stored := read(t, pool(t, s), "SELECT substr("+text+", 1, 26) FROM orders"); !slices.Equal(stored, []string{"2026-03-14 09:26:53.589793"}) {
			t.Errorf("stored as %v", stored)
		}

		if early, err := s.OrdersToAsk(t.Context(), storetest.Now().In(west), 10); err != nil || len(early) != 0 {
			t.Errorf("before its time: %v, %v", early, err)
		}
		if due, err := s.OrdersToAsk(t.Context(), storetest.Now().Add(time.Microsecond).In(west), 10); err != nil || len(due) != 1 {
			t.Errorf("after its time: %v, %v", due, err)
		}
		if early, _ := claimAt(t, s, storetest.Now().Add(-time.Microsecond).In(east), 1); early != nil {
			t.Errorf("before its time: %v", early)
		}
		if due, _ := claimAt(t, s, storetest.Now().In(west), 1); due == nil {
			t.Error("the job is not due in its own second")
		}
	})
}
