package web

import (
	"strings"
	"testing"
	"time"

	"bookroom/shop"
)

func TestPrices(t *testing.T) {
	t.Parallel()
	for money, want := range map[shop.Money]string{
		{}:                                "Free",
		{Currency: "usd"}:                 "Free",
		{Amount: 3800, Currency: "usd"}:   "$38",
		{Amount: 3850, Currency: "usd"}:   "$38.50",
		{Amount: 100000, Currency: "usd"}: "$1000",
		{Amount: 1200, Currency: "jpy"}:   "1200 JPY",
		{Amount: 3800, Currency: "cad"}:   "38 CAD",
		{Amount: 3800, Currency: "kwd"}:   "3.800 KWD",
	} {
		if got := price(money); got != want {
			t.Errorf("%+v is printed as %q, want %q", money, got, want)
		}
	}
}

func TestSizes(t *testing.T) {
	t.Parallel()
	for bytes, want := range map[int64]string{
		0: "0 bytes", 999: "999 bytes", 1000: "1 KB", 67_400: "67 KB", 999_499: "999 KB", 999_999: "1.0 MB", 8_440_000: "8.4 MB", 2_000_000_000: "2.0 GB",
	} {
		if got := size(bytes); got != want {
			t.Errorf("%d bytes are printed as %q, want %q", bytes, got, want)
		}
	}
}

func TestNumbersAndLists(t *testing.T) {
	t.Parallel()
	for _, pair := range [][2]string{
		{number(0), "0"}, {number(999), "999"}, {number(1000), "1,000"}, {number(592670), "592,670"}, {number(-1234567), "-1,234,567"}, {number(-123), "-123"},
		{count(1, "title"), "1 title"}, {count(0, "title"), "0 titles"}, {count(1200, "title"), "1,200 titles"},
		{list(nil), ""}, {list([]string{"Ana"}), "Ana"}, {list([]string{"Ana", "Ben"}), "Ana and Ben"}, {list([]string{"Ana", "Ben", "Cem"}), "Ana, Ben and Cem"},
		{fileKind("plan.tar.gz"), "GZ"}, {fileKind("README"), ""}, {language("es-MX"), "Mexican Spanish"}, {language("en"), "English"}, {language("?"), "?"},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%q, want %q", pair[0], pair[1])
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
	seen := map[string]shop.OrderStatus{}
	for _, status := range []shop.OrderStatus{
		shop.Pending, shop.Paid, shop.PartiallyRefunded, shop.Refunded, shop.Disputed, shop.Lost, shop.Expired, shop.Canceled, shop.Review,
	} {
		words := wordsFor(shop.Order{Status: status, Email: "ana@school.example", Currency: "usd", Subtotal: 3800, PaymentURL: "https://pay.example"})
		if words.Tone == "" || words.Name == "" || words.Title == "" || !strings.HasSuffix(words.Text, ".") {
			t.Errorf("%s is not put into words: %+v", status, words)
		}
		if other, twice := seen[words.Title]; twice {
			t.Errorf("%s and %s are told in the same words", status, other)
		}
		seen[words.Title] = status
	}
	notStarted := wordsFor(shop.Order{Status: shop.Pending, Currency: "usd", Subtotal: 3800})
	if _, told := seen[notStarted.Title]; told || !strings.Contains(notStarted.Text, "nothing was charged") {
		t.Errorf("a payment that was not started: %+v", notStarted)
	}
}
