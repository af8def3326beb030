package reports_test

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"bookroom/reports"
	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

// The dashboard and the report say the same of the same period: whatever the zone, also where the clocks change
// within it, and whether or not what happened has been added up yet.
func TestFiguresEqualTheReport(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		random := rand.New(rand.NewPCG(2026, 11))
		// The days around which clocks change: in New York, in Madrid and in Havana at midnight, on Lord Howe by half an hour.
		changes := []time.Time{
			time.Date(2026, 3, 8, 7, 0, 0, 0, time.UTC), time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC),
			time.Date(2026, 10, 3, 15, 30, 0, 0, time.UTC), time.Date(2026, 11, 1, 5, 0, 0, 0, time.UTC),
		}
		near := func() time.Time {
			change := changes[random.IntN(len(changes))]
			return change.Add(time.Duration(random.Int64N(int64(72*time.Hour)) - int64(36*time.Hour))).Truncate(time.Second)
		}
		for i := range 24 {
			sell(t, s, random, near)
			if i == 15 {
				must(t, s.SumFigures(t.Context()))
			}
		}
		for range 2 {
			for range 40 {
				calendar := shop.Calendar{Zone: zone(t, random), SchoolYear: shop.YearDay{Month: time.August, Day: 1}}
				from := calendar.Day(near())
				compare(t, s, calendar.Zone, shop.Period{From: from, To: calendar.Later(from, 0, 0, 1+random.IntN(4))})
			}
			compare(t, s, time.UTC, shop.Period{From: changes[0].AddDate(-1, 0, 0), To: changes[3].AddDate(1, 0, 0)})
			must(t, s.SumFigures(t.Context()))
		}
	})
}

func zone(t *testing.T, random *rand.Rand) *time.Location {
	t.Helper()
	names := []string{"America/New_York", "Europe/Madrid", "America/Havana", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Kiritimati", "UTC"}
	found, err := time.LoadLocation(names[random.IntN(len(names))])
	must(t, err)
	return found
}

// sell has an order paid, and some of them refunded in parts; some refunds fail.
func sell(t *testing.T, s *store.Store, random *rand.Rand, near func() time.Time) {
	t.Helper()
	o := storetest.MustOrder(t, s, storetest.Advisory)
	paid := storetest.Payment(o)
	paid.At = near()
	if random.IntN(8) == 0 {
		paid.Currency = "eur" // money that is not the money due
	}
	storetest.MustApply(t, s, paid, shop.EventApplied)
	back := int64(0)
	for i := range random.IntN(4) {
		back += int64(1 + random.IntN(int(o.Total/4)))
		storetest.MustApply(t, s, refund(o, i, back, paid.At.Add(time.Duration(random.Int64N(int64(48*time.Hour)))).Truncate(time.Second)), shop.EventApplied)
	}
	if back > 0 && random.IntN(2) == 0 {
		storetest.MustApply(t, s, shop.PaymentEvent{
			ID: "evt_failed_" + o.ID, Type: "refund.failed", Kind: shop.RefundFailed, Source: shop.FromWebhook, At: paid.At.Add(72 * time.Hour),
			PaymentIntentID: "pi_" + o.ID, RefundID: "re_" + o.ID, Amount: 1, Currency: o.Currency,
		}, shop.EventApplied)
	}
}

// refund is the news that so much of an order's payment has gone back in all.
func refund(o shop.Order, n int, back int64, at time.Time) shop.PaymentEvent {
	return shop.PaymentEvent{
		ID: fmt.Sprintf("evt_back_%d_%s", n, o.ID), Type: "charge.refunded", Kind: shop.ChargeRefunded, Source: shop.FromWebhook, At: at,
		PaymentIntentID: "pi_" + o.ID, ChargeID: "ch_" + o.ID, Amount: back, Currency: o.Currency,
	}
}

func compare(t *testing.T, s *store.Store, zone *time.Location, p shop.Period) {
	t.Helper()
	figures, err := s.Figures(t.Context(), []shop.Period{p})
	must(t, err)
	orders, received, returned := sums(t, s, p)
	if got := figures[0].Count(shop.FigureOrders); got != orders {
		t.Errorf("%s, %v: %d orders on the dashboard, %d in the report", zone, p, got, orders)
	}
	for _, currency := range []string{"usd", "eur"} {
		if got := figures[0].Amount(shop.FigureRevenue, currency); got != received[currency] {
			t.Errorf("%s, %v: received %d %s on the dashboard, %d in the report", zone, p, got, currency, received[currency])
		}
		if got := figures[0].Amount(shop.FigureRefunds, currency); got != returned[currency] {
			t.Errorf("%s, %v: refunded %d %s on the dashboard, %d in the report", zone, p, got, currency, returned[currency])
		}
	}
}

// sums adds up the report as somebody would in a spreadsheet.
func sums(t *testing.T, s *store.Store, p shop.Period) (orders int64, received, returned map[string]int64) {
	t.Helper()
	var file strings.Builder
	must(t, reports.OrdersCSV(&file, s.OrderReport(t.Context(), p)))
	rows, err := csv.NewReader(strings.NewReader(file.String())).ReadAll()
	must(t, err)
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	cents := func(text string) int64 {
		minor, err := strconv.ParseInt(strings.Replace(text, ".", "", 1), 10, 64)
		must(t, err)
		return minor
	}
	received, returned = map[string]int64{}, map[string]int64{}
	counted := map[string]bool{}
	for _, row := range rows[1:] {
		currency, number := row[column["currency"]], row[column["number"]]
		received[currency] += cents(row[column["received_in_period"]])
		returned[currency] += cents(row[column["refunded_in_period"]])
		if text := row[column["paid_utc"]]; text != "" && !counted[number] {
			paid, err := time.Parse(time.RFC3339, text)
			must(t, err)
			if !paid.Before(p.From) && paid.Before(p.To) {
				orders++
				counted[number] = true
			}
		}
	}
	return orders, received, returned
}

func lines(all ...shop.ReportedOrder) iter.Seq2[shop.ReportedOrder, error] {
	return func(yield func(shop.ReportedOrder, error) bool) {
		for _, line := range all {
			if !yield(line, nil) {
				return
			}
		}
	}
}

func TestNothingThatWasTypedIsAFormula(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"=HYPERLINK(1)": "'=HYPERLINK(1)", "+1": "'+1", "-1": "'-1", "@SUM(1)": "'@SUM(1)", "\tx": "'\tx", "The School": "The School",
		"Größe, \"A\"\nB": "Größe, \"A\"\nB",
	} {
		var file strings.Builder
		must(t, reports.OrdersCSV(&file, lines(shop.ReportedOrder{Number: "BR-1", Organisation: typed, Currency: "jpy", Returned: -5, Total: 1200})))
		rows, err := csv.NewReader(strings.NewReader(file.String())).ReadAll()
		must(t, err)
		if got := rows[1][6]; got != want {
			t.Errorf("%q became %q", typed, got)
		}
		if got := rows[1][16] + " " + rows[1][13]; got != "-5 1200" {
			t.Errorf("amounts are %q", got)
		}
	}
}

func TestAReportThatBreaksOffIsAnError(t *testing.T) {
	t.Parallel()
	broken := errors.New("the line is cut")
	err := reports.OrdersCSV(io.Discard, func(yield func(shop.ReportedOrder, error) bool) {
		_ = yield(shop.ReportedOrder{Currency: "usd"}, nil) && yield(shop.ReportedOrder{}, broken)
	})
	if !errors.Is(err, broken) {
		t.Errorf("it ended with %v", err)
	}
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
