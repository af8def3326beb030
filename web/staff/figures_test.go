package staff_test

import (
	"encoding/csv"
	"net/http"
	"strings"
	"testing"
	"time"

	"bookroom/shop"
	"bookroom/store/storetest"
)

// sold has an order paid at that moment, and $5.00 of it refunded an hour later.
func (p *place) sold(tb testing.TB, at time.Time) shop.Order {
	tb.Helper()
	o := storetest.MustOrder(tb, p.store, storetest.Advisory)
	paid := storetest.Payment(o)
	paid.At = at
	storetest.MustApply(tb, p.store, paid, shop.EventApplied)
	return storetest.MustApply(tb, p.store, shop.PaymentEvent{
		ID: "evt_back_" + o.ID, Type: "charge.refunded", Kind: shop.ChargeRefunded, Source: shop.FromWebhook, At: at.Add(time.Hour),
		PaymentIntentID: "pi_" + o.ID, ChargeID: "ch_" + o.ID, Amount: 500, Currency: "usd",
	}, shop.EventApplied)
}

// noon is a Wednesday in November, at noon in New York.
func noon() time.Time { return time.Date(2026, 11, 18, 17, 0, 0, 0, time.UTC) }

func TestTheDashboardSaysWhatHappened(t *testing.T) {
	t.Parallel()
	p := MustOpenAt(t, noon())
	for _, at := range []time.Time{noon().Add(-2 * time.Hour), noon().Add(-26 * time.Hour), noon().AddDate(0, 0, -8), noon().AddDate(0, -2, 0), noon().AddDate(-1, 0, -1)} {
		p.sold(t, at)
	}
	admin := p.SignIn(t, shop.RoleAdmin).Get("/staff")
	admin.Expect(t, http.StatusOK, "Wednesday, November 18, 2026, 12:00 in America/New_York",
		`<th scope="row">Orders</th><td class="r"><b>1</b></td><td class="r soft">1</td><td class="r"><b>2</b></td><td class="r soft">1</td><td class="r"><b>4</b></td><td class="r soft">1</td>`,
		`<th scope="row">Revenue</th><td class="r"><b>$19.00</b></td><td class="r soft">$19.00</td><td class="r"><b>$38.00</b></td><td class="r soft">$19.00</td><td class="r"><b>$76.00</b></td><td class="r soft">$19.00</td>`,
		`<th scope="row">Refunds</th><td class="r"><b>$5.00</b></td><td class="r soft">$5.00</td>`,
		`role="img"`, "Revenue: $76.00 in all, most in Nov 16 with $38.00.", `<th scope="row">Nov 16</th><td class="r">$38.00</td><td class="r">$10.00</td>`,
		// A refund that is not the price of a line is for a person to decide.
		"Orders that need a decision")
	p.SignIn(t, shop.RoleFinance).Get("/staff?by=day").Expect(t, http.StatusOK, `<th scope="row">Nov 18</th><td class="r">$19.00</td><td class="r">$5.00</td>`)
}

func TestMoneyAndOrdersAreForThoseWhoMaySeeThem(t *testing.T) {
	t.Parallel()
	p := MustOpenAt(t, noon())
	order := p.sold(t, noon().Add(-2*time.Hour))
	for role, sees := range map[shop.Role]struct{ money, orders bool }{
		shop.RoleAdmin: {true, true}, shop.RoleFinance: {true, true}, shop.RoleSupport: {false, true}, shop.RoleCatalog: {false, false},
	} {
		page := p.SignIn(t, role).Get("/staff")
		page.Expect(t, http.StatusOK, `<th scope="row">Orders</th><td class="r"><b>1</b>`)
		if got := strings.Contains(page.body, "$"); got != sees.money && !sees.orders {
			t.Errorf("%s sees money: %v", role, got)
		}
		if got := strings.Contains(page.body, "Revenue"); got != sees.money {
			t.Errorf("%s sees revenue: %v", role, got)
		}
		if got := strings.Contains(page.body, order.Number); got != sees.orders {
			t.Errorf("%s sees orders: %v", role, got)
		}
	}
}

func TestTheOrderReportIsADownloadThatIsWrittenDown(t *testing.T) {
	t.Parallel()
	p := MustOpenAt(t, noon())
	order := p.sold(t, time.Date(2026, 11, 18, 4, 59, 0, 0, time.UTC)) // still the 17th in New York
	finance := p.SignIn(t, shop.RoleFinance)
	for day, want := range map[string]string{"2026-11-17": "19.00 0.00", "2026-11-18": "0.00 5.00"} {
		file := finance.Get("/staff/orders.csv?from=" + day + "&to=" + day)
		file.Expect(t, http.StatusOK, order.Number)
		rows, err := csv.NewReader(strings.NewReader(file.body)).ReadAll()
		must(t, err)
		if got := rows[1][15] + " " + rows[1][16]; len(rows) != 2 || got != want {
			t.Errorf("on %s the report says %q, want %q", day, got, want)
		}
		if got := file.header.Get("Content-Disposition"); got != `attachment; filename="orders `+day+` to `+day+`.csv"` {
			t.Errorf("the file is %s", got)
		}
	}
	finance.Get("/staff/orders.csv?from=2026-11-18&to=2026-11-17").Expect(t, http.StatusUnprocessableEntity, "The last day cannot be before the first.", `value="2026-11-17"`)
	finance.Get("/staff/orders.csv?from=&to=tomorrow").Expect(t, http.StatusUnprocessableEntity, `id="from-e"`, `id="to-e"`)
	records, err := p.store.AuditRecords(t.Context(), shop.AuditQuery{Verb: "report.export", Limit: 10})
	must(t, err)
	if len(records) != 2 {
		t.Errorf("%d exports are written down, want 2", len(records))
	}
}
