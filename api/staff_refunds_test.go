package api

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"bookroom/gate"
	"bookroom/payments/stripetest"
	"bookroom/shop"
)

// refunding asks for a refund of an order.
func refunding(t *testing.T, w *world, number, key, body string) request {
	t.Helper()
	r := request{method: http.MethodPost, path: "/api/v1/staff/orders/" + number + "/refunds", body: body, header: maps.Clone(w.as(t, shop.RoleSupport))}
	if key != "" {
		r.header["Idempotency-Key"] = key
	}
	return r
}

// tell applies an event about a payment of an order, beyond what the simulator says.
func (w *world) tell(t *testing.T, o checkedOut, kind shop.PaymentEventKind, intent string, amount int64) {
	t.Helper()
	stored := w.stored(t, o.OrderToken)
	if intent == "" {
		intent = stored.Payments[0].PaymentIntentID
	}
	event := shop.PaymentEvent{
		ID: shop.NewID(), Type: "test", Kind: kind, Source: shop.FromWebhook, At: time.Now().Add(time.Minute), Payload: []byte("{}"), OrderID: stored.ID,
		PaymentIntentID: intent, Amount: amount, Currency: "usd",
	}
	if _, err := w.store.ApplyPayment(t.Context(), event, time.Now()); err != nil {
		t.Fatal(err)
	}
}

// refundProblems are the ways to what can keep a refund from being made.
func refundProblems() map[string]func(*testing.T, *world) answered {
	const all = `{"reason": "goodwill"}`
	ask := func(t *testing.T, w *world, o checkedOut, key, body string) answered {
		t.Helper()
		return w.send(t, refunding(t, w, o.Order.Number, key, body))
	}
	return map[string]func(*testing.T, *world) answered{
		"already_refunded": func(t *testing.T, w *world) answered {
			o := w.bought(t, advisory, starter)
			ask(t, w, o, "k1", `{"reason": "goodwill", "lines": ["line-1"]}`)
			return ask(t, w, o, "k2", `{"reason": "goodwill", "lines": ["line-1"]}`)
		},
		"refund_under_way": func(t *testing.T, w *world) answered {
			o := w.bought(t, advisory, starter)
			w.stripe.SetFaults(stripetest.Faults{API: stripetest.APIFault{Kind: stripetest.FaultResetBefore, Path: "/v1/refunds"}})
			ask(t, w, o, "k1", `{"reason": "goodwill", "lines": ["line-1"]}`)
			return ask(t, w, o, "k2", `{"reason": "goodwill", "lines": ["line-1"]}`)
		},
		"nothing_to_refund": func(t *testing.T, w *world) answered { return ask(t, w, w.order(t, notes), "k", all) },
		"payment_disputed": func(t *testing.T, w *world) answered {
			o := w.bought(t, advisory)
			w.dispute(t)
			return ask(t, w, o, "k", all)
		},
		"surplus_first": func(t *testing.T, w *world) answered {
			o := w.bought(t, advisory)
			w.tell(t, o, shop.PaymentSucceeded, "pi_second", 1900)
			return ask(t, w, o, "k", all)
		},
		"no_surplus": func(t *testing.T, w *world) answered {
			return ask(t, w, w.bought(t, advisory), "k", `{"reason": "paid_too_much", "kind": "surplus"}`)
		},
		"two_payments": func(t *testing.T, w *world) answered {
			o := w.bought(t, advisory)
			w.tell(t, o, shop.PaymentSucceeded, "pi_second", 1900)
			w.tell(t, o, shop.ChargeRefunded, "pi_second", 1000)
			w.tell(t, o, shop.ChargeRefunded, "", 900)
			return ask(t, w, o, "k", all)
		},
		"too_much": func(t *testing.T, w *world) answered {
			o := w.bought(t, advisory, starter)
			w.tell(t, o, shop.ChargeRefunded, "", 500)
			ask(t, w, o, "k1", `{"reason": "goodwill", "kind": "assigned", "lines": ["line-1"]}`)
			w.tell(t, o, shop.ChargeRefunded, "", 2400)
			ask(t, w, o, "k2", `{"reason": "goodwill", "kind": "assigned", "revoke": []}`)
			return ask(t, w, o, "k3", `{"reason": "goodwill", "lines": ["line-2"]}`)
		},
		"refund_unassigned": func(t *testing.T, w *world) answered {
			o := w.bought(t, advisory, starter)
			w.tell(t, o, shop.ChargeRefunded, "", 500)
			return ask(t, w, o, "k", `{"reason": "goodwill", "lines": ["line-1"]}`)
		},
		"nothing_to_assign": func(t *testing.T, w *world) answered {
			return ask(t, w, w.bought(t, advisory), "k", `{"reason": "goodwill", "kind": "assigned", "lines": ["line-1"]}`)
		},
		"refund_changed": func(t *testing.T, w *world) answered {
			return ask(t, w, w.bought(t, advisory), "k", `{"reason": "goodwill", "expected_amount": 1}`)
		},
	}
}

func TestALineIsRefundedOnce(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	o := w.bought(t, advisory, starter)
	const body = `{"reason": "wrong_title", "note": "Asked by phone", "lines": ["line-1"], "revoke": []}`
	r := refunding(t, w, o.Order.Number, "k1", body)
	first := must[refund](t, w, http.StatusCreated, r)
	if first.State != shop.ReturnSucceeded || first.Amount.Amount != 1900 || !slices.Equal(first.Lines, []string{"line-1"}) || len(first.Revoked) != 0 || first.RefundID == nil {
		t.Errorf("refunded %+v", first)
	}
	if again := must[refund](t, w, http.StatusCreated, r); again.ID != first.ID || *again.RefundID != *first.RefundID {
		t.Errorf("the same request again made %+v", again)
	}
	if got := w.send(t, refunding(t, w, o.Order.Number, "k1", `{"reason": "goodwill"}`)); got.code(t) != "idempotency_key_reused" {
		t.Errorf("the key for something else: %d %s", got.status, got.body)
	}
	w.settle(t)
	list := must[refundList](t, w, http.StatusOK, request{method: http.MethodGet, path: r.path, header: w.as(t, shop.RoleFinance)})
	if len(list.Refunds) != 1 || list.Refundable.Amount != 2500 || list.Parts[0].Refundable || !list.Parts[1].Refundable || list.Surplus.Amount+list.Unassigned.Amount != 0 {
		t.Errorf("the list is %+v", list)
	}
	if got := w.read(t, o.OrderToken); got.Refunded.Amount != 1900 || got.Items[0].Access != "active" {
		t.Errorf("the buyer sees %+v", got)
	}
}

func TestARefundNeedsItsKeyAndItsReason(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	o := w.bought(t, advisory)
	for name, r := range map[string]request{
		"no key":         refunding(t, w, o.Order.Number, "", `{"reason": "goodwill"}`),
		"no reason":      refunding(t, w, o.Order.Number, "k", `{}`),
		"another reason": refunding(t, w, o.Order.Number, "k", `{"reason": "because"}`),
		"no lines":       refunding(t, w, o.Order.Number, "k", `{"reason": "goodwill", "lines": []}`),
		"nobody's line":  refunding(t, w, o.Order.Number, "k", `{"reason": "goodwill", "lines": ["line-7"]}`),
		"a long note":    refunding(t, w, o.Order.Number, "k", fmt.Sprintf(`{"reason": "goodwill", "note": %q}`, slices.Repeat([]byte("x"), shop.MaxNote+1))),
	} {
		if got := w.send(t, r); got.status != http.StatusBadRequest || got.code(t) != "invalid_input" {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	if got := w.send(t, refunding(t, w, "BR-1", "k", `{"reason": "goodwill"}`)); got.code(t) != "order_not_found" {
		t.Errorf("nobody's order: %d %s", got.status, got.body)
	}
}
