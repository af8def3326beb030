package api

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"bookroom/gate"
	"bookroom/payments/stripetest"
	"bookroom/shop"
)

// secretsOf lists what an answer about an order must never hold.
func (w *world) secretsOf(tb testing.TB, token string) []string {
	tb.Helper()
	o := w.stored(tb, token)
	secrets := []string{"files/", "cs_test", "pi_", "ch_", o.ID, o.CartID, "fingerprint", "attention", "someone.else@school.example"}
	for _, right := range o.Entitlements {
		secrets = append(secrets, right.ID)
	}
	return secrets
}

func TestPaidOrder(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	must[checkedOut](t, w, http.StatusCreated, checkout(w.cart(t, notes), "k", `{"email": "someone.else@school.example", "name": "Someone Else"}`))

	placed := w.send(t, checkout(w.cart(t, advisory, starter), "first", buyer))
	done := mustRead[checkedOut](t, placed)
	if placed.status != http.StatusCreated || done.Order.Status != shop.Pending || done.PaymentURL == nil || done.Order.ExpiresAt == nil {
		t.Fatalf("%d %s", placed.status, placed.body)
	}
	if placed.header.Get("Location") != root+"/orders/"+done.OrderToken || done.OrderURL != w.url+"/orders/"+done.OrderToken {
		t.Errorf("Location %q, order_url %q", placed.header.Get("Location"), done.OrderURL)
	}
	if done.Order.Email != "reader@school.example" || done.Order.Total != (money{4400, "usd"}) {
		t.Errorf("order %+v", done.Order)
	}
	for _, item := range done.Order.Items {
		if item.Access != "none" || item.AccessReason == nil || len(item.Files) != 0 {
			t.Errorf("before it is paid: %+v", item)
		}
	}
	w.pay(t, *done.PaymentURL)
	w.settle(t)

	read := w.send(t, request{method: "GET", path: root + "/orders/" + done.OrderToken})
	mustHold(t, read.body, []string{`"status":"paid"`, `"payment_url":null`, `"expires_at":null`}, w.secretsOf(t, done.OrderToken))
	if read.header.Get("Cache-Control") != "no-store" || read.header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("headers %v", read.header)
	}
	paid := mustRead[order](t, read)
	if len(paid.Items) != 2 || len(paid.Items[0].Files) != 1 || len(paid.Items[1].Files) != 2 {
		t.Fatalf("items %+v", paid.Items)
	}
	file := paid.Items[0].Files[0]
	if file.Name != advisory+".pdf" || file.Edition != 2 || len(file.SHA256) != 64 || file.Slug != advisory {
		t.Errorf("file %+v", file)
	}
	if paid.Items[1].Edition != nil || paid.Items[1].Slug != starter {
		t.Errorf("bundle %+v", paid.Items[1])
	}

	taken := w.send(t, take(done.OrderToken, file.ID))
	mustHold(t, taken.body, []string{"X-Amz-Signature=", "&X-Amz"}, nil)
	link := mustRead[download](t, taken)
	if taken.status != http.StatusCreated || link.Filename != file.Name || taken.header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("%d %+v %v", taken.status, link, taken.header)
	}
	if got := fetch(t, link.URL); got != "%PDF of "+advisory {
		t.Errorf("the file is %q", got)
	}
	if logged := w.log.String(); strings.Contains(logged, done.OrderToken) || strings.Contains(logged, "X-Amz") {
		t.Errorf("a secret is in the log: %s", logged)
	}
}

func fetch(tb testing.TB, url string) string {
	tb.Helper()
	answer, err := http.Get(url)
	if err != nil {
		tb.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		tb.Fatalf("status %d, %v: %s", answer.StatusCode, err, body)
	}
	return string(body)
}

func TestFreeOrderIsCompleteAtOnce(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	done := w.order(t, notes)
	if done.PaymentURL != nil || done.Order.Status != shop.Paid || len(done.Order.Items[0].Files) != 1 || done.Order.PaidAt == nil {
		t.Errorf("%+v", done)
	}
	must[download](t, w, http.StatusCreated, take(done.OrderToken, done.Order.Items[0].Files[0].ID))
}

func TestCheckoutPressedTwiceIsOneOrder(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	cartID := w.cart(t, advisory)
	first := must[checkedOut](t, w, http.StatusCreated, checkout(cartID, "k", buyer))
	second := must[checkedOut](t, w, http.StatusCreated, checkout(cartID, "k", buyer))
	if second.OrderToken != first.OrderToken || *second.PaymentURL != *first.PaymentURL {
		t.Errorf("another order: %+v", second)
	}
	w.pay(t, *first.PaymentURL)
	w.settle(t)
	paid := must[checkedOut](t, w, http.StatusCreated, checkout(cartID, "k", buyer))
	if paid.OrderToken != first.OrderToken || paid.PaymentURL != nil || paid.Order.Status != shop.Paid {
		t.Errorf("after paying: %+v", paid)
	}
}

// Whoever knows a cart and its buyer does not get at the buyer's order, and one page at most can be paid.
func TestCheckoutWithoutTheKeyIsAnotherOrder(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	cartID := w.cart(t, advisory)
	first := must[checkedOut](t, w, http.StatusCreated, checkout(cartID, "k", buyer))
	withoutKey := must[checkedOut](t, w, http.StatusCreated, request{method: "POST", path: root + "/carts/" + cartID + "/checkout", body: buyer})
	if withoutKey.OrderToken == first.OrderToken {
		t.Error("the order is handed out")
	}
	w.pay(t, *withoutKey.PaymentURL)
	if again := w.send(t, checkout(cartID, "k", buyer)); again.code(t) != "order_closed" {
		t.Errorf("the first order: %d %s", again.status, again.body)
	}
}

func TestCheckoutGoesOnWhenStripeIsBack(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	cartID := w.cart(t, advisory)
	w.stripe.SetFaults(stripetest.Faults{API: stripetest.APIFault{Kind: stripetest.FaultResetBefore}})
	failed := w.send(t, checkout(cartID, "k", buyer))
	mustHold(t, failed.body, []string{"payment_unavailable", "Nothing was charged"}, []string{"stripe.com", "127.0.0.1", "EOF", "reset"})
	if kept := must[cart](t, w, http.StatusOK, request{method: "GET", path: root + "/carts/" + cartID}); len(kept.Items) != 1 {
		t.Errorf("the cart holds %+v", kept.Items)
	}
	w.stripe.SetFaults(stripetest.Faults{})
	must[checkedOut](t, w, http.StatusCreated, checkout(cartID, "k", buyer))
}

func TestCheckoutNamesTheFieldsThatAreWrong(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	cartID := w.cart(t, advisory)
	for _, test := range []struct{ name, body, has string }{
		{"nothing", `{}`, `"field":"email"`},
		{"no name", `{"email": "reader@school.example"}`, `"field":"name"`},
		{"a blank name", `{"email": "reader@school.example", "name": "  "}`, "Please tell us your name"},
		{"no address", `{"email": "reader", "name": "A Reader"}`, "does not look like an e-mail address"},
		{"a long name", `{"email": "reader@school.example", "name": "` + strings.Repeat("é", 201) + `"}`, "longer than 200 characters"},
		{"a bell", `{"email": "reader@school.example", "name": "A\u0007Reader"}`, "cannot be printed"},
		{"a price", `{"email": "reader@school.example", "name": "A Reader", "total": 1}`, `"field":"total"`},
		{"a negative total", `{"email": "reader@school.example", "name": "A Reader", "expected_total": -1}`, "at least 0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := w.send(t, checkout(cartID, "k-"+test.name[:1], test.body))
			if a.status != http.StatusBadRequest || a.code(t) != "invalid_input" {
				t.Errorf("%d %s", a.status, a.body)
			}
			mustHold(t, a.body, []string{test.has}, []string{"reader@school.example"})
		})
	}
}

func TestAnyNameInUnicodeIsKept(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	name := `Zoë "O'Brien" <李雷> & Söhne 🎓`
	body, err := encode(checkoutRequest{Email: "reader@school.example", Name: name, Organisation: name, PONumber: "№ 7", Language: shop.Spanish})
	if err != nil {
		t.Fatal(err)
	}
	done := must[checkedOut](t, w, http.StatusCreated, checkout(w.cart(t, notes), "k", string(body)))
	if o := w.read(t, done.OrderToken); o.Name != name || o.Organisation != name || o.PONumber != "№ 7" {
		t.Errorf("%+v", o)
	}
}

func TestBuyerWhoReturnsDoesNotDependOnAnEvent(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	w.stripe.SetFaults(stripetest.Faults{Drop: []string{"*"}})
	done := w.order(t, advisory)
	w.pay(t, *done.PaymentURL)
	if o := w.read(t, done.OrderToken); o.Status != shop.Paid || len(o.Items[0].Files) != 1 {
		t.Errorf("%+v", o)
	}
}

func TestOrderIsShownWhenStripeIsDown(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	done := w.order(t, advisory)
	w.stripe.SetFaults(stripetest.Faults{API: stripetest.APIFault{Kind: stripetest.FaultError}})
	if o := w.read(t, done.OrderToken); o.Status != shop.Pending || o.PaymentURL == nil {
		t.Errorf("%+v", o)
	}
}

// A bank takes days, in which nobody should be led to pay again.
func TestOrderWhoseBankPaymentIsUnderWayCannotBePaid(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	done := w.order(t, advisory)
	if before := w.read(t, done.OrderToken); before.PaymentURL == nil || before.ExpiresAt == nil {
		t.Errorf("before it is paid: %+v", before)
	}
	w.payWith(t, *done.PaymentURL, bankDebit)
	w.settle(t)
	if o := w.read(t, done.OrderToken); o.Status != shop.Pending || o.PaymentURL != nil || o.ExpiresAt != nil {
		t.Errorf("while the money is on its way: %+v", o)
	}
}

func TestAccessFollowsTheMoney(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		happen func(*testing.T, *world)
		status shop.OrderStatus
		access []string // of the two items
	}{
		{"paid", func(*testing.T, *world) {}, shop.Paid, []string{"active", "active"}},
		{"one item refunded", func(t *testing.T, w *world) { w.refund(t, 1900) }, shop.PartiallyRefunded, []string{"revoked", "active"}},
		{"all refunded", func(t *testing.T, w *world) { w.refund(t, 0) }, shop.Refunded, []string{"revoked", "revoked"}},
		{"disputed", func(t *testing.T, w *world) { w.dispute(t) }, shop.Disputed, []string{"suspended", "suspended"}},
		{"dispute won", func(t *testing.T, w *world) { w.decide(t, w.dispute(t), true) }, shop.Paid, []string{"active", "active"}},
		{"dispute lost", func(t *testing.T, w *world) { w.decide(t, w.dispute(t), false) }, shop.Lost, []string{"revoked", "revoked"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := mustWorld(t, gate.Limits{})
			done := w.bought(t, advisory, starter)
			test.happen(t, w)
			o := w.read(t, done.OrderToken)
			if o.Status != test.status {
				t.Errorf("status %s, want %s", o.Status, test.status)
			}
			for i, want := range test.access {
				item := o.Items[i]
				usable := want == "active"
				if item.Access != want || (item.AccessReason == nil) != usable || (len(item.Files) > 0) != usable {
					t.Errorf("item %d: access %s, reason %v, %d files; want %s", i, item.Access, item.AccessReason, len(item.Files), want)
				}
			}
		})
	}
}

func (w *world) decide(tb testing.TB, dispute string, won bool) {
	tb.Helper()
	if err := w.stripe.DecideDispute(dispute, won); err != nil {
		tb.Fatal(err)
	}
	w.settle(tb)
}

func TestClosedOrderSaysSo(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	done := w.order(t, advisory)
	if err := w.stripe.ExpireSession(w.stored(t, done.OrderToken).SessionID); err != nil {
		t.Fatal(err)
	}
	w.settle(t)
	o := w.read(t, done.OrderToken)
	if o.Status != shop.Expired || o.PaymentURL != nil || o.Items[0].Access != "none" || !strings.Contains(*o.Items[0].AccessReason, "closed") {
		t.Errorf("%+v", o)
	}
}

func TestForeignTokensAndFilesOpenNothing(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	mine := w.bought(t, advisory)
	theirs := w.order(t, notes)
	if a := w.send(t, take(theirs.OrderToken, w.read(t, mine.OrderToken).Items[0].Files[0].ID)); a.code(t) != "file_not_found" {
		t.Errorf("another order's file: %d %s", a.status, a.body)
	}
	token := mine.OrderToken
	for _, forged := range []string{token[:len(token)-1], token + "A", flip(token, 3), flip(token, len(token)-3), strings.ToLower(token), "%00", "."} {
		for _, r := range []request{{method: "GET", path: root + "/orders/" + forged}, take(forged, "any")} {
			a := w.send(t, r)
			if a.status != http.StatusNotFound {
				t.Errorf("%s %s: %d", r.method, forged, a.status)
			}
			mustHold(t, a.body, nil, []string{"BR-", "reader@school.example"})
		}
	}
}

// flip changes one character of a token.
func flip(token string, i int) string {
	changed := "A"
	if token[i] == 'A' {
		changed = "B"
	}
	return token[:i] + changed + token[i+1:]
}

func TestDownloadRefuses(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	done := w.order(t, notes)
	path := root + "/orders/" + done.OrderToken + "/downloads"
	for _, test := range []struct {
		name, body string
		status     int
		has        string
	}{
		{"no file", `{}`, 400, `"field":"file_id"`},
		{"a number", `{"file_id": 7}`, 400, "This should be a text."},
		{"NUL", `{"file_id": "\u0000"}`, 404, "file_not_found"},
		{"the key in the bucket", `{"file_id": "files/` + done.Order.Items[0].Files[0].SHA256 + `"}`, 404, "file_not_found"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := w.send(t, request{method: "POST", path: path, body: test.body})
			if a.status != test.status {
				t.Errorf("status %d, want %d", a.status, test.status)
			}
			mustHold(t, a.body, []string{test.has}, []string{"X-Amz"})
		})
	}
	if a := w.send(t, request{method: "GET", path: path}); a.status != http.StatusMethodNotAllowed {
		t.Errorf("GET must never issue a link: %d", a.status)
	}
}

func TestDownloadsAreLimitedByOrder(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{Downloads: 1})
	for i := range 2 {
		done := w.order(t, notes)
		file := done.Order.Items[0].Files[0].ID
		must[download](t, w, http.StatusCreated, take(done.OrderToken, file))
		if a := w.send(t, take(done.OrderToken, file)); a.status != http.StatusTooManyRequests {
			t.Errorf("order %d: %d", i, a.status)
		}
	}
}

func TestWebhook(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	event := func(id, kind string) string {
		return fmt.Sprintf(`{"id": %q, "object": "event", "type": %q, "created": 1764000000, "livemode": false, "data": {"object": {"id": "cus_1", "object": "customer"}}}`, id, kind)
	}
	for _, test := range []struct {
		name   string
		in     request
		status int
		body   string
	}{
		{"of no interest", signed(event("evt_1", "customer.created")), 200, `{"outcome":"ignored"}`},
		{"again", signed(event("evt_1", "customer.created")), 200, `{"outcome":"duplicate"}`},
		{"changed on the way", changed(signed(event("evt_2", "customer.created"))), 400, "invalid_signature"},
		{"not signed", request{method: "POST", path: "/webhooks/stripe", body: event("evt_3", "customer.created")}, 400, "invalid_signature"},
		{"too large", signed(strings.Repeat(" ", maxEvent+1)), 413, "body_too_large"},
		{"by GET", request{method: "GET", path: "/webhooks/stripe"}, 405, "method_not_allowed"},
	} { // one after the other: the second is the first one again
		a := w.send(t, test.in)
		if a.status != test.status || !strings.Contains(a.body, test.body) {
			t.Errorf("%s: %d %s", test.name, a.status, a.body)
		}
		mustHold(t, a.body, nil, []string{testWebhook, "v1="})
	}
	if err := w.store.Close(); err != nil {
		t.Fatal(err)
	}
	if a := w.send(t, signed(event("evt_4", "customer.created"))); a.status != http.StatusInternalServerError {
		t.Errorf("Stripe has to send an event again that was not stored: %d", a.status)
	}
}

func changed(r request) request {
	r.body = strings.Replace(r.body, "customer", "consumer", 1)
	return r
}

// Away from home the order's link alone shows how the order stands, and nothing of its buyer.
func TestAnOrderOnANetworkThatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	o := w.bought(t, advisory)
	elsewhere := request{method: "GET", path: "/api/v1/orders/" + o.OrderToken, header: map[string]string{"X-Forwarded-For": "203.0.113.7"}}
	got := must[order](t, w, http.StatusOK, elsewhere)
	if got.Number != o.Order.Number || got.Status != shop.Paid || got.Items[0].Title == "" {
		t.Errorf("the order is %+v", got)
	}
	if got.Email+got.Name+got.Organisation+got.PONumber != "" || len(got.Items[0].Files) != 0 || got.Items[0].AccessReason == nil {
		t.Errorf("it shows too much: %+v", got)
	}
	if home := w.read(t, o.OrderToken); home.Email == "" || len(home.Items[0].Files) == 0 {
		t.Errorf("at home it shows too little: %+v", home)
	}
}
