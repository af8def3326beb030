package api

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bookroom/gate"
	"bookroom/payments/stripetest"
	"bookroom/shop"

	"github.com/gin-gonic/gin"
	"github.com/stripe/stripe-go/v76/webhook"
)

// problems has for every code of the contract a way that leads to it.
var problems = map[string]func(*testing.T, *world) answered{
	"invalid_input": func(t *testing.T, w *world) answered {
		return w.send(t, request{method: "PUT", path: "/api/v1/carts/any/items/any", body: `{"quantity": 0}`})
	},
	"malformed_json": func(t *testing.T, w *world) answered {
		return w.send(t, request{method: "PUT", path: "/api/v1/carts/any/items/any", body: `{"quantity": 1} {}`})
	},
	"invalid_cursor": func(t *testing.T, w *world) answered {
		return w.send(t, request{method: "GET", path: "/api/v1/products?cursor=nonsense"})
	},
	"invalid_idempotency_key": func(t *testing.T, w *world) answered {
		return w.send(t, checkout(w.cart(t, advisory), "with a space", buyer))
	},
	"cart_empty": func(t *testing.T, w *world) answered { return w.send(t, checkout(w.cart(t), "k", buyer)) },
	"invalid_amount": func(t *testing.T, w *world) answered {
		path := "/api/v1/carts/" + w.cart(t) + "/items/" + w.variant(t, advisory, shop.Individual)
		return w.send(t, request{method: "PUT", path: path, body: `{"quantity": 1, "amount": 5}`})
	},
	"donation_alone": func(t *testing.T, w *world) answered {
		return w.send(t, request{method: "PUT", path: "/api/v1/carts/" + w.cart(t) + "/donation", body: `{"amount": 500}`})
	},
	"cart_full": func(t *testing.T, w *world) answered {
		cartID := w.cart(t)
		var entries []shop.CatalogEntry
		for i := range shop.MaxCartItems + 1 {
			entries = append(entries, handbook(fmt.Sprintf("one-of-many-%d", i), shop.Money{Amount: 100, Currency: "usd"}))
		}
		w.mustImport(t, entries...)
		for _, entry := range entries[:shop.MaxCartItems] {
			w.put(t, cartID, entry.Product.Slug, 1)
		}
		last := w.variant(t, entries[shop.MaxCartItems].Product.Slug, shop.Individual)
		return w.send(t, request{method: "PUT", path: "/api/v1/carts/" + cartID + "/items/" + last, body: `{"quantity": 1}`})
	},
	"total_too_large": func(t *testing.T, w *world) answered {
		w.mustImport(t, handbook("golden", shop.Money{Amount: shop.MaxAmount, Currency: "usd"}))
		return w.send(t, checkout(w.cart(t, "golden", advisory), "k", buyer))
	},
	"amount_not_chargeable": func(t *testing.T, w *world) answered { return w.send(t, checkout(w.cart(t, penny), "k", buyer)) },
	"invalid_signature": func(t *testing.T, w *world) answered {
		return w.send(t, request{method: "POST", path: "/webhooks/stripe", body: `{}`, header: map[string]string{"Stripe-Signature": "t=1,v1=00"}})
	},
	"invalid_event": func(t *testing.T, w *world) answered { return w.send(t, signed(`{}`)) },
	"cross_origin": func(t *testing.T, w *world) answered {
		return w.send(t, request{method: "POST", path: "/api/v1/carts", header: map[string]string{"Origin": "https://elsewhere.example"}})
	},
	"access_suspended": func(t *testing.T, w *world) answered {
		o := w.bought(t, advisory)
		file := w.read(t, o.OrderToken).Items[0].Files[0].ID
		w.dispute(t)
		return w.send(t, take(o.OrderToken, file))
	},
	"device_unknown": func(t *testing.T, w *world) answered {
		o := w.bought(t, advisory)
		file := w.read(t, o.OrderToken).Items[0].Files[0].ID
		elsewhere := take(o.OrderToken, file)
		elsewhere.header = map[string]string{"X-Forwarded-For": "203.0.113.7"}
		return w.send(t, elsewhere)
	},
	"access_revoked": func(t *testing.T, w *world) answered {
		o := w.bought(t, advisory)
		file := w.read(t, o.OrderToken).Items[0].Files[0].ID
		w.refund(t, 0)
		return w.send(t, take(o.OrderToken, file))
	},
	"not_found": func(t *testing.T, w *world) answered {
		return w.send(t, request{method: "GET", path: "/api/v1/nowhere"})
	},
	"product_not_found": func(t *testing.T, w *world) answered {
		return w.send(t, request{method: "GET", path: "/api/v1/products/nothing"})
	},
	"cart_not_found": func(t *testing.T, w *world) answered {
		return w.send(t, request{method: "GET", path: "/api/v1/carts/nothing"})
	},
	"order_not_found": func(t *testing.T, w *world) answered {
		return w.send(t, request{method: "GET", path: "/api/v1/orders/nothing"})
	},
	"method_not_allowed": func(t *testing.T, w *world) answered {
		return w.send(t, request{method: "PATCH", path: "/api/v1/carts"})
	},
	"variant_not_found": func(t *testing.T, w *world) answered {
		return w.send(t, request{method: "PUT", path: "/api/v1/carts/" + w.cart(t) + "/items/nothing", body: `{"quantity": 1}`})
	},
	"file_not_found": func(t *testing.T, w *world) answered {
		return w.send(t, take(w.bought(t, advisory).OrderToken, "nothing"))
	},
	"not_for_sale": func(t *testing.T, w *world) answered {
		cartID := w.cart(t, outOfSale)
		w.mustStock(t, shop.Archived)
		return w.send(t, checkout(cartID, "k", buyer))
	},
	"two_currencies": func(t *testing.T, w *world) answered {
		return w.send(t, checkout(w.cart(t, advisory, euro), "k", buyer))
	},
	"price_changed": func(t *testing.T, w *world) answered {
		return w.send(t, checkout(w.cart(t, advisory), "k", `{"email": "reader@school.example", "name": "A Reader", "expected_total": 1899}`))
	},
	"cart_changed": func(t *testing.T, w *world) answered {
		cartID := w.cart(t, advisory)
		must[checkedOut](t, w, http.StatusCreated, checkout(cartID, "k", buyer))
		w.put(t, cartID, notes, 1)
		return w.send(t, checkout(cartID, "k", buyer))
	},
	"idempotency_key_reused": func(t *testing.T, w *world) answered {
		cartID := w.cart(t, advisory)
		must[checkedOut](t, w, http.StatusCreated, checkout(cartID, "k", buyer))
		return w.send(t, checkout(cartID, "k", `{"email": "reader@school.example", "name": "Another Reader"}`))
	},
	"order_closed": func(t *testing.T, w *world) answered {
		cartID := w.cart(t, advisory)
		o := must[checkedOut](t, w, http.StatusCreated, checkout(cartID, "k", buyer))
		if err := w.stripe.ExpireSession(w.stored(t, o.OrderToken).SessionID); err != nil {
			t.Fatal(err)
		}
		w.settle(t)
		return w.send(t, checkout(cartID, "k", buyer))
	},
	"already_paid": func(t *testing.T, w *world) answered {
		w.stripe.SetFaults(stripetest.Faults{Drop: []string{"*"}}) // no event tells of the payment
		cartID := w.cart(t, advisory)
		first := must[checkedOut](t, w, http.StatusCreated, checkout(cartID, "k", buyer))
		w.pay(t, *first.PaymentURL)
		w.put(t, cartID, notes, 1)
		return w.send(t, checkout(cartID, "other", buyer))
	},
	"payment_underway": func(t *testing.T, w *world) answered {
		w.stripe.SetFaults(stripetest.Faults{Drop: []string{"*"}}) // no event tells of the payment
		cartID := w.cart(t, advisory)
		first := must[checkedOut](t, w, http.StatusCreated, checkout(cartID, "k", buyer))
		w.payWith(t, *first.PaymentURL, bankDebit)
		return w.send(t, checkout(cartID, "other", `{"email": "reader@school.example", "name": "Another Reader"}`))
	},
	"too_many_free_orders": func(t *testing.T, w *world) answered {
		for range shop.FreeOrders {
			w.order(t, notes)
		}
		return w.send(t, checkout(w.cart(t, notes), "one-too-many", buyer))
	},
	"order_not_paid": func(t *testing.T, w *world) answered {
		return w.send(t, take(w.order(t, advisory).OrderToken, "any"))
	},
	"product_archived": func(t *testing.T, w *world) answered {
		w.mustStock(t, shop.Archived)
		return w.send(t, request{method: "GET", path: "/api/v1/products/" + outOfSale})
	},
	"body_too_large": func(t *testing.T, w *world) answered {
		return w.send(t, request{method: "POST", path: "/api/v1/carts", body: strings.Repeat(" ", maxBody+1)})
	},
	"unsupported_media_type": func(t *testing.T, w *world) answered {
		return w.send(t, request{
			method: "PUT", path: "/api/v1/carts/any/items/any", body: "quantity=1",
			header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"},
		})
	},
	"too_many_requests": func(t *testing.T, _ *world) answered {
		w := mustWorld(t, gate.Limits{Catalog: 1})
		w.send(t, request{method: "GET", path: "/api/v1/products"})
		return w.send(t, request{method: "GET", path: "/api/v1/products"})
	},
	"internal_error": func(t *testing.T, w *world) answered {
		if err := w.store.Close(); err != nil {
			t.Fatal(err)
		}
		return w.send(t, request{method: "GET", path: "/api/v1/products"})
	},
	"file_missing": func(t *testing.T, w *world) answered {
		o := w.bought(t, advisory)
		file := w.read(t, o.OrderToken).Items[0].Files[0]
		w.lose(t)
		return w.send(t, take(o.OrderToken, file.ID))
	},
	"payment_refused": func(t *testing.T, w *world) answered {
		if err := w.stripe.Advance(24 * time.Hour); err != nil { // our time limit lies in Stripe's past
			t.Fatal(err)
		}
		return w.send(t, checkout(w.cart(t, advisory), "k", buyer))
	},
	"payment_unavailable": func(t *testing.T, w *world) answered {
		w.stripe.SetFaults(stripetest.Faults{API: stripetest.APIFault{Kind: stripetest.FaultError}})
		return w.send(t, checkout(w.cart(t, advisory), "k", buyer))
	},
	"files_unavailable": func(t *testing.T, w *world) answered {
		o := w.bought(t, advisory)
		file := w.read(t, o.OrderToken).Items[0].Files[0].ID
		w.bucket.SetDown(true)
		return w.send(t, take(o.OrderToken, file))
	},
}

func TestEveryProblemOfTheContractIsAnsweredAsItSays(t *testing.T) {
	t.Parallel()
	contract := readContract()
	rows := problemRows(contract.spec.Tags.Get("Problems").Description)
	listed := map[string]bool{}
	for _, row := range rows {
		listed[row.Code] = true
	}
	if !maps.Equal(listed, contract.codes) {
		t.Errorf("the table of codes and the enum differ: %v, %v", slices.Sorted(maps.Keys(listed)), slices.Sorted(maps.Keys(contract.codes)))
	}
	all := maps.Clone(problems)
	for _, part := range staffProblems() {
		maps.Copy(all, part)
	}
	for _, row := range rows {
		t.Run(row.Code, func(t *testing.T) {
			t.Parallel()
			provoke, ok := all[row.Code]
			if !ok {
				t.Fatal("nothing leads to this problem")
			}
			a := provoke(t, mustWorld(t, gate.Limits{}))
			if a.code(t) != row.Code || fmt.Sprint(a.status) != row.Status {
				t.Fatalf("got %d %q, want %s %q: %s", a.status, a.code(t), row.Status, row.Code, a.body)
			}
			p := mustRead[problem](t, a)
			if p.Status != a.status || p.Title != http.StatusText(a.status) || p.Type != "/api/docs#"+row.Code || p.Detail == "" {
				t.Errorf("the problem is not whole: %+v", p)
			}
		})
	}
}

func TestUnexpectedErrorShowsAReferenceAndHidesItsCause(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	a := problems["internal_error"](t, w)
	p := mustRead[problem](t, a)
	if len(p.Reference) < 8 || !strings.Contains(w.log.String(), "reference="+p.Reference) {
		t.Errorf("the reference %q is not in the log: %s", p.Reference, w.log)
	}
	if !strings.Contains(w.log.String(), "database is closed") {
		t.Errorf("the log does not tell the cause: %s", w.log)
	}
	for _, secret := range []string{"sql", "database", "closed"} {
		if strings.Contains(a.body, secret) {
			t.Errorf("the answer tells the cause: %s", a.body)
		}
	}
}

func TestErrorThatTheContractDoesNotListIsUnexpected(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	w.engine.GET("/odd", w.api.answer(http.StatusOK, func(*gin.Context) (any, error) {
		return nil, shop.NewError(shop.Conflict, "never_heard_of", "A sentence about order BR-1.")
	}))
	a := w.send(t, request{method: "GET", path: "/odd"})
	if a.status != http.StatusInternalServerError || a.code(t) != "internal_error" || strings.Contains(a.body, "BR-1") {
		t.Errorf("got %d %s", a.status, a.body)
	}
	if !strings.Contains(w.log.String(), "never_heard_of") {
		t.Errorf("the log does not tell the cause: %s", w.log)
	}
}

// What made an error stays known when the error is not shown: that the client left is nobody's fault.
func TestErrorThatTheContractDoesNotListKeepsItsCause(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	ctx, leave := context.WithCancel(t.Context())
	w.engine.GET("/odd", w.api.answer(http.StatusOK, func(c *gin.Context) (any, error) {
		leave()
		return nil, shop.NewError(shop.Conflict, "never_heard_of", "A sentence.").Because(c.Request.Context().Err())
	}))
	w.engine.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/odd", nil))
	if strings.Contains(w.log.String(), "unexpected") {
		t.Errorf("a client that left is logged as a fault: %s", w.log)
	}
}

func TestPartsThatDoNotAnswerAreWorthAnotherTry(t *testing.T) {
	t.Parallel()
	a := problems["files_unavailable"](t, mustWorld(t, gate.Limits{}))
	if a.header.Get("Retry-After") != pause {
		t.Errorf("Retry-After is %q", a.header.Get("Retry-After"))
	}
}

// signed is an event that Stripe's secret has signed.
func signed(payload string) request {
	s := webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: []byte(payload), Secret: testWebhook})
	return request{method: "POST", path: "/webhooks/stripe", body: payload, header: map[string]string{"Stripe-Signature": s.Header}}
}

// charge is what the world's only buyer paid.
func (w *world) charge(tb testing.TB) string {
	tb.Helper()
	for _, event := range w.stripe.Events() {
		if event.Type == "charge.succeeded" {
			return event.Object
		}
	}
	tb.Fatal("nothing was paid")
	return ""
}

// dispute lets the buyer's bank ask for the money, and returns the dispute's id.
func (w *world) dispute(tb testing.TB) string {
	tb.Helper()
	id, err := w.stripe.Dispute(w.charge(tb), "fraudulent")
	if err != nil {
		tb.Fatal(err)
	}
	w.settle(tb)
	return id
}

// refund gives so much of the money back; 0 is all of it.
func (w *world) refund(tb testing.TB, amount int64) {
	tb.Helper()
	if _, err := w.stripe.Refund(w.charge(tb), amount); err != nil {
		tb.Fatal(err)
	}
	w.settle(tb)
}

// lose takes every file from the bucket's disk.
func (w *world) lose(tb testing.TB) {
	tb.Helper()
	lost := 0
	err := filepath.WalkDir(w.files, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		lost++
		return os.Remove(path)
	})
	if err != nil || lost == 0 {
		tb.Fatalf("lost %d files, %v", lost, err)
	}
}
