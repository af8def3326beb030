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

func TestOneStudentDropsOutEveryTwelveSeconds(t *testing.T) {
	t.Parallel()
	since := time.Date(2026, 8, 1, 4, 0, 0, 0, time.UTC)
	for after, want := range map[time.Duration]int64{0: 0, 23 * time.Second: 1, 24 * time.Hour: 7200} {
		if got := droppedOut(since, since.Add(after)); got != want {
			t.Errorf("after %s it was %d students, want %d", after, got, want)
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
