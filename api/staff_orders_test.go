package api

import (
	"maps"
	"net/http"
	"testing"

	"bookroom/gate"
	"bookroom/shop"
)

func orderTypes() map[string]any {
	return map[string]any{
		"StaffOrderList": staffOrderList{}, "StaffOrderSummary": staffOrderSummary{}, "StaffOrder": staffOrder{}, "StaffRight": staffRight{},
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
			return w.send(t, deskAct(t, w, "orders/"+w.bought(t, advisory).Order.Number+"/email", "", `{"from": "else@school.example", "to": "new@school.example"}`))
		},
		"no_receipt": func(t *testing.T, w *world) answered {
			return w.send(t, deskAct(t, w, "orders/"+w.order(t, advisory).Order.Number+"/resend", "", ""))
		},
		"no_such_right": func(t *testing.T, w *world) answered {
			return w.send(t, deskAct(t, w, "orders/"+w.bought(t, advisory).Order.Number+"/revoke", "", `{"right": "another", "reason": "A mistake."}`))
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
	for _, act := range []struct{ path, body string }{
		{at + "/resend", ""},
		{at + "/notes", `{"text": "She called."}`},
		{at + "/revoke", `{"right": "` + right + `", "reason": "Bought twice."}`},
		{at + "/email", `{"from": "` + o.Order.Email + `", "to": "new@school.example"}`},
	} {
		for range 2 {
			must[staffOrder](t, w, http.StatusOK, deskAct(t, w, act.path, act.path, act.body))
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
