package api

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"bookroom/gate"
	"bookroom/payments/stripetest"
	"bookroom/shop"
)

func orderTypes() map[string]any {
	return map[string]any{
		"StaffOrderList": staffOrderList{}, "StaffOrderSummary": staffOrderSummary{}, "StaffOrder": staffOrder{}, "StaffRight": staffRight{},
		"StaffLine": staffLine{}, "StaffPayment": staffPayment{}, "StaffDispute": staffDispute{},
		"StaffTrouble": staffTrouble{}, "Happening": happening{}, "EmailRequest": emailRequest{}, "NoteRequest": noteRequest{},
		"RightRequest": rightRequest{}, "ExtendRequest": extendRequest{}, "GrantRequest": grantRequest{},
	}
}

// deskAct asks for an act on an order.
func deskAct(t *testing.T, w *world, path, key, body string) request {
	t.Helper()
	r := request{method: http.MethodPost, path: "/api/v1/staff/" + path, body: body, header: maps.Clone(w.as(t, shop.RoleSupport))}
	if key != "" {
		r.header["Idempotency-Key"] = key
	}
	return r
}

// orderProblems are the ways to what can keep an act on an order from being done.
func orderProblems() map[string]func(*testing.T, *world) answered {
	return map[string]func(*testing.T, *world) answered{
		"order_moved": func(t *testing.T, w *world) answered {
			return w.send(t, deskAct(t, w, "orders/"+w.bought(t, advisory).Order.Number+"/email", "k", `{"from": "else@school.example", "to": "new@school.example"}`))
		},
		"no_receipt": func(t *testing.T, w *world) answered {
			return w.send(t, deskAct(t, w, "orders/"+w.order(t, advisory).Order.Number+"/resend", "k", ""))
		},
		"nothing_to_ask": func(t *testing.T, w *world) answered {
			return w.send(t, deskAct(t, w, "orders/"+w.order(t, notes).Order.Number+"/ask", "", ""))
		},
		"no_such_right": func(t *testing.T, w *world) answered {
			return w.send(t, deskAct(t, w, "orders/"+w.bought(t, advisory).Order.Number+"/revoke", "k", `{"right": "another", "reason": "A mistake."}`))
		},
	}
}

func TestStaffWorkOnOrdersOverTheAPI(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	o := w.bought(t, advisory)
	at := "orders/" + o.Order.Number
	see := request{method: http.MethodGet, path: "/api/v1/staff/" + at, header: w.as(t, shop.RoleFinance)}
	right := must[staffOrder](t, w, http.StatusOK, see).Rights[0].ID
	// One key for all: what is asked for tells requests apart as well.
	for _, act := range []struct{ path, body string }{
		{at + "/resend", ""},
		{at + "/notes", `{"text": "She called."}`},
		{at + "/revoke", `{"right": "` + right + `", "reason": "Bought twice."}`},
		{at + "/email", `{"from": "` + o.Order.Email + `", "to": "new@school.example"}`},
	} {
		for range 2 {
			must[staffOrder](t, w, http.StatusOK, deskAct(t, w, act.path, "one", act.body))
		}
	}
	got := must[staffOrder](t, w, http.StatusOK, see)
	if got.Email != "new@school.example" || got.Rights[0].State != shop.Revoked || !got.Rights[0].Held {
		t.Errorf("the order is %+v", got)
	}
	kinds := map[shop.HappeningKind]int{}
	for _, h := range got.Timeline {
		kinds[h.Kind]++
	}
	if kinds[shop.HappenedNote] != 1 || kinds[shop.HappenedAct] != 3 || kinds[shop.HappenedCheckout] != 1 {
		t.Errorf("the timeline has %v", kinds)
	}
	grant := `{"email": "ada@met.example", "product": "` + advisory + `", "licence": "individual", "reason": "A pilot school."}`
	first := must[staffOrder](t, w, http.StatusCreated, deskAct(t, w, "grants", "one", grant))
	if again := must[staffOrder](t, w, http.StatusCreated, deskAct(t, w, "grants", "one", grant)); again.Number != first.Number {
		t.Errorf("granted %s and %s", first.Number, again.Number)
	}
	list := must[staffOrderList](t, w, http.StatusOK, request{method: http.MethodGet, path: "/api/v1/staff/orders?source=granted&q=ada", header: w.as(t, shop.RoleSupport)})
	if len(list.Orders) != 1 || list.Orders[0].Number != first.Number || list.Next != nil {
		t.Errorf("the list is %+v", list)
	}
}

func TestAnOrderOverTheAPIHasItsMoney(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	o := w.bought(t, advisory, starter)
	w.dispute(t)
	got := must[staffOrder](t, w, http.StatusOK, seeOrder(t, w, o.Order.Number, ""))
	if len(got.Lines) != 2 || got.Lines[0].Slug != advisory || got.Lines[0].UnitPrice.Amount != 1900 || got.Subtotal.Amount != 4400 {
		t.Errorf("the lines are %+v of %+v", got.Lines, got.Subtotal)
	}
	if len(got.Payments) != 1 || got.Payments[0].Amount != got.Total || !got.Payments[0].Matches || got.Payments[0].PaidAt == nil {
		t.Errorf("the payments are %+v of %+v", got.Payments, got.Total)
	}
	if len(got.Disputes) != 1 || got.Disputes[0].Status != shop.DisputeOpen || got.Disputes[0].PaymentIntent != got.Payments[0].PaymentIntent {
		t.Errorf("the disputes are %+v", got.Disputes)
	}
	if len(got.Troubles) == 0 || got.Troubles[0].Code != "dispute_open" {
		t.Errorf("the troubles are %+v", got.Troubles)
	}
}

func seeOrder(t *testing.T, w *world, number, older string) request {
	t.Helper()
	return request{method: http.MethodGet, path: "/api/v1/staff/orders/" + number + "?older=" + url.QueryEscape(older), header: w.as(t, shop.RoleSupport)}
}

func TestALongTimelineComesInPages(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	number := w.bought(t, advisory).Order.Number
	by := shop.Actor{StaffID: "staff", Name: "At the desk", Role: shop.RoleSupport}
	for n := range happeningsShown + 5 {
		if _, err := w.api.Shop.NoteOnOrder(t.Context(), by, number, fmt.Sprintf("Note %d", n), ""); err != nil {
			t.Fatal(err)
		}
	}
	first := must[staffOrder](t, w, http.StatusOK, seeOrder(t, w, number, ""))
	if len(first.Timeline) != happeningsShown || first.Older == nil {
		t.Fatalf("%d happenings, older %v", len(first.Timeline), first.Older)
	}
	rest := must[staffOrder](t, w, http.StatusOK, seeOrder(t, w, number, *first.Older))
	if rest.Older != nil {
		t.Errorf("there is more after %d happenings", len(rest.Timeline))
	}
	told := map[string]int{}
	for _, h := range append(first.Timeline, rest.Timeline...) {
		if h.Kind == shop.HappenedNote {
			told[h.Facts[0]]++
		}
	}
	for n := range happeningsShown + 5 {
		if note := fmt.Sprintf("Note %d", n); told[note] != 1 {
			t.Errorf("%s is told %d times", note, told[note])
		}
	}
	if last := rest.Timeline[len(rest.Timeline)-1]; last.Kind != shop.HappenedCheckout {
		t.Errorf("the oldest is %+v", last)
	}
	if got := w.send(t, seeOrder(t, w, number, "nowhere")); got.code(t) != "invalid_cursor" {
		t.Errorf("a mark that is none: %d %s", got.status, got.body)
	}
}

func TestStripeIsAskedAboutAnOrder(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	w.stripe.SetFaults(stripetest.Faults{Drop: []string{"*"}}) // no event tells of the payment
	o := w.order(t, advisory)
	w.pay(t, *o.PaymentURL)
	ask := deskAct(t, w, "orders/"+o.Order.Number+"/ask", "", "")
	for range 2 {
		if got := must[staffOrder](t, w, http.StatusOK, ask); got.Status != shop.Paid || len(got.Rights) != 1 {
			t.Errorf("the order is %+v", got)
		}
	}
}

func TestActsOfStaffNeedAKey(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	number := w.bought(t, advisory).Order.Number
	for _, key := range []string{"", "with a space", strings.Repeat("x", 256)} {
		if got := w.send(t, deskAct(t, w, "orders/"+number+"/notes", key, `{"text": "She called."}`)); got.code(t) != "invalid_input" {
			t.Errorf("the key %q: %d %s", key, got.status, got.body)
		}
	}
}
