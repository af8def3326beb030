package web

import (
	"strings"
	"testing"
	"time"

	"bookroom/shop"
	"bookroom/words"
)

func TestTheKindOfAFileIsInItsName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{"guide.pdf": "PDF", "plan.tar.gz": "GZ", "README": ""} {
		if got := fileKind(name); got != want {
			t.Errorf("%s is a %q, not %q", name, got, want)
		}
	}
}

func TestTheSchoolYear(t *testing.T) {
	t.Parallel()
	for now, want := range map[string]struct {
		since string
		lost  int64
	}{
		"2026-09-01T00:00:00Z":      {"2026-09-01", 0},
		"2026-09-01T00:00:23Z":      {"2026-09-01", 1},
		"2026-08-31T23:59:59Z":      {"2025-09-01", 2_627_999},
		"2027-01-01T00:00:00Z":      {"2026-09-01", 878_400},
		"2026-09-01T01:00:00+05:00": {"2025-09-01", 2_626_800},
	} {
		at, err := time.Parse(time.RFC3339, now)
		if err != nil {
			t.Fatal(err)
		}
		since := schoolYear(at)
		if got := since.Format(time.DateOnly); got != want.since {
			t.Errorf("at %s the school year began on %s, want %s", now, got, want.since)
		}
		if got := droppedOut(since, at); got != want.lost {
			t.Errorf("at %s it was %d students, want %d", now, got, want.lost)
		}
	}
}

// Every state of an order is put into words of its own.
func TestEveryStateHasWords(t *testing.T) {
	t.Parallel()
	english := words.Load().In(shop.English)
	seen := map[string]shop.OrderStatus{}
	for _, status := range []shop.OrderStatus{
		shop.Pending, shop.Paid, shop.PartiallyRefunded, shop.Refunded, shop.Disputed, shop.Lost, shop.Expired, shop.Canceled, shop.Review,
	} {
		state := stateOf(english, shop.Order{Status: status, Email: "ana@school.example", Currency: "usd", Subtotal: 3800, PaymentURL: "https://pay.example"})
		if state.Tone == "" || state.Name == "" || state.Title == "" || !strings.HasSuffix(state.Text, ".") {
			t.Errorf("%s is not put into words: %+v", status, state)
		}
		if other, twice := seen[state.Title]; twice {
			t.Errorf("%s and %s are told in the same words", status, other)
		}
		seen[state.Title] = status
	}
	notStarted := stateOf(english, shop.Order{Status: shop.Pending, Currency: "usd", Subtotal: 3800})
	if _, told := seen[notStarted.Title]; told || !strings.Contains(notStarted.Text, "nothing was charged") {
		t.Errorf("a payment that was not started: %+v", notStarted)
	}
}
