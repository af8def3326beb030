package staff_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"bookroom/payments"
	"bookroom/payments/stripetest"
	"bookroom/shop"
	"bookroom/store/storetest"
)

// till is a back office with a Stripe behind it.
type till struct {
	*place
	stripe   *stripetest.Server
	payments *payments.Stripe
}

func MustOpenTill(tb testing.TB) *till {
	tb.Helper()
	simulator, err := stripetest.New(stripetest.Options{})
	must(tb, err)
	server := httptest.NewServer(simulator)
	tb.Cleanup(func() {
		server.Close()
		must(tb, simulator.Close(context.Background()))
	})
	stripe, err := payments.New(payments.Config{SecretKey: "sk_test_1", WebhookSecrets: []string{"whsec_1"}, APIBase: server.URL, Now: time.Now})
	must(tb, err)
	return &till{MustOpen(tb, func(c *shop.Config) { c.Payments = stripe }), simulator, stripe}
}

// MustSell is an order for one individual licence of each product, paid by that card.
func (p *till) MustSell(tb testing.TB, card string, slugs ...string) shop.Order {
	tb.Helper()
	order := storetest.NewOrder(tb, storetest.MustCart(tb, p.store, slugs...))
	order.PlacedAt, order.ExpiresAt = time.Now(), time.Now().Add(time.Hour)
	order, err := p.store.PlaceOrder(tb.Context(), order, shop.Change{})
	must(tb, err)
	p.MustPay(tb, order, card)
	token, err := p.shop.OrderToken(order)
	must(tb, err)
	paid, err := p.shop.RefreshOrder(tb.Context(), token)
	must(tb, err)
	if paid.Status != shop.Paid {
		tb.Fatalf("the order is %s", paid.Status)
	}
	return paid
}

// MustPay pays an order on a page of its own.
func (p *till) MustPay(tb testing.TB, order shop.Order, card string) {
	tb.Helper()
	page, err := p.payments.Start(tb.Context(), shop.PaymentRequest{Order: order, SuccessURL: p.url, CancelURL: p.url, IdempotencyKey: shop.NewSecret()})
	must(tb, err)
	_, err = p.store.AttachPayment(tb.Context(), order.ID, page, time.Now())
	must(tb, err)
	buyer := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := buyer.PostForm(page.URL, url.Values{"card": {card}, "exp": {"12/40"}, "cvc": {"123"}})
	must(tb, err)
	must(tb, answer.Body.Close())
}

var keyField = regexp.MustCompile(`name="key" value="([^"]+)"`)

// keyOf is the key that a form of the page sends.
func keyOf(tb testing.TB, r reply) string {
	tb.Helper()
	found := keyField.FindStringSubmatch(r.body)
	if found == nil {
		tb.Fatalf("the page has no form: %s", r.body)
	}
	return found[1]
}

func (p *till) read(tb testing.TB, number string) shop.Order {
	tb.Helper()
	o, err := p.store.OrderByNumber(tb.Context(), number)
	must(tb, err)
	return o
}

func TestALineIsRefundedAfterItWasConfirmed(t *testing.T) {
	t.Parallel()
	p := MustOpenTill(t)
	order := p.MustSell(t, stripetest.CardSuccess, storetest.Advisory, storetest.Projects)
	ana := p.SignIn(t, shop.RoleSupport)
	address := "/staff/orders/" + order.Number + "/refund"
	page := ana.Get(address)
	page.Expect(t, http.StatusOK, "The Advisory Handbook, $19.00", "Projects in the Real World, $19.00", "All that is left, $38.00")
	form := url.Values{"kind": {"parts"}, "key": {keyOf(t, page)}, "part": {"line-2"}, "ends": {"refunded"}, "reason": {"wrong_title"}, "note": {"She said <so>."}}

	check := ana.Post(address, form)
	check.Expect(t, http.StatusOK, "You are about to give $19.00 back", "Projects in the Real World", "She said &lt;so&gt;.", `value="19.00"`)
	if got := p.read(t, order.Number); len(got.Returns) != 0 {
		t.Fatalf("it was refunded before it was confirmed: %+v", got.Returns)
	}
	form.Set("confirmed", "1")
	form.Set("expect", "19.00")
	form.Set("currency", "usd")
	for range 2 { // the button is pressed twice
		done := ana.Post(address, form)
		if done.status != http.StatusSeeOther {
			t.Fatalf("%d: %s", done.status, done.body)
		}
		ana.Get(done.header.Get("Location")).Expect(t, http.StatusOK, "$19.00 went back to the buyer", "Wrong title or licence: She said &lt;so&gt;.", "refunded by")
	}
	got := p.read(t, order.Number)
	if got.Status != shop.PartiallyRefunded || len(got.Returns) != 1 || got.Returns[0].State != shop.ReturnSucceeded || got.RefundedAmount() != 1900 {
		t.Errorf("the order is %s with %+v", got.Status, got.Returns)
	}

	other := p.SignIn(t, shop.RoleFinance)
	form.Set("key", "another")
	form.Del("confirmed")
	other.Post(address, form).Expect(t, http.StatusConflict, "refunded “Projects in the Real World” on", "Nothing was refunded now")
}

func TestARefundFormComesBackWithWhatIsWrong(t *testing.T) {
	t.Parallel()
	p := MustOpenTill(t)
	order := p.MustSell(t, stripetest.CardSuccess, storetest.Advisory)
	ana := p.SignIn(t, shop.RoleSupport)
	address := "/staff/orders/" + order.Number + "/refund"
	form := url.Values{"kind": {"parts"}, "key": {"k1"}, "ends": {"none"}, "note": {"Kept <text>"}}
	ana.Post(address, form).Expect(t, http.StatusUnprocessableEntity, "Choose one of the reasons.", "Choose what is to be refunded.", "Kept &lt;text&gt;", `value="none" checked`, `value="k1"`)
	form.Set("reason", "goodwill")
	form.Set("all", "1")
	form.Set("confirmed", "1")
	form.Set("expect", "5.00")
	form.Set("currency", "usd")
	ana.Post(address, form).Expect(t, http.StatusConflict, "the sum is another one now", "All that is left, $19.00")
	ana.Get("/staff/orders/BR-1/refund").Expect(t, http.StatusNotFound, "There is no order of that number.")
	p.SignIn(t, shop.RoleCatalog).Get(address).Expect(t, http.StatusForbidden)
}

func TestARefundThatStripeDoesNotAnswerIsFinishedLater(t *testing.T) {
	t.Parallel()
	p := MustOpenTill(t)
	for name, fault := range map[string]stripetest.FaultKind{"before": stripetest.FaultResetBefore, "after": stripetest.FaultResetAfter} {
		order := p.MustSell(t, stripetest.CardSuccess, storetest.Advisory, storetest.Projects)
		p.stripe.SetFaults(stripetest.Faults{API: stripetest.APIFault{Kind: fault, Path: "/v1/refunds"}})
		request := shop.RefundRequest{Number: order.Number, Reason: shop.Goodwill, Parts: []string{"line-1"}, IdempotencyKey: "k"}
		by := shop.Actor{StaffID: "staff-1", Name: "Ana"}
		waits, err := p.shop.Refund(t.Context(), by, request)
		if err != nil || waits.State != shop.ReturnRequested {
			t.Fatalf("%s: %+v (%v)", name, waits, err)
		}
		job := shop.Job{Kind: shop.JobRefund, Subject: waits.ID}
		if err := p.shop.FinishRefund(t.Context(), job); !shop.IsKind(err, shop.Unavailable) {
			t.Errorf("%s: while Stripe is away the job ends with %v", name, err)
		}
		p.stripe.SetFaults(stripetest.Faults{})
		for range 2 {
			must(t, p.shop.FinishRefund(t.Context(), job))
		}
		if again, err := p.shop.Refund(t.Context(), by, request); err != nil || again.ID != waits.ID || again.State != shop.ReturnSucceeded {
			t.Errorf("%s: the same request is answered with %+v (%v)", name, again, err)
		}
		if got := p.read(t, order.Number); got.RefundedAmount() != 1900 || len(got.Returns) != 1 || got.Status != shop.PartiallyRefunded {
			t.Errorf("%s: %d went back, the order is %s", name, got.RefundedAmount(), got.Status)
		}
	}
}

func TestARefundThatStripeRefusesIsSaid(t *testing.T) {
	t.Parallel()
	p := MustOpenTill(t)
	order := p.MustSell(t, stripetest.CardSuccess, storetest.Advisory)
	if _, err := p.stripe.Refund(order.Payments[0].ChargeID, 0); err != nil { // the shop has not heard of it
		t.Fatal(err)
	}
	refused, err := p.shop.Refund(t.Context(), shop.Actor{StaffID: "staff-1", Name: "Ana"}, shop.RefundRequest{Number: order.Number, Reason: shop.Goodwill, IdempotencyKey: "k"})
	if err != nil || refused.State != shop.ReturnRefused || !strings.Contains(refused.Problem, "already been refunded") {
		t.Fatalf("%+v (%v)", refused, err)
	}
	ana, address := p.SignIn(t, shop.RoleSupport), "/staff/orders/"+order.Number+"/refund"
	ana.Get(address+"?done="+refused.ID).Expect(t, http.StatusOK, "Refused", "already been refunded", "came to nothing", "Settled in another way")
	for range 2 {
		ana.Post(address+"/drop", url.Values{"refund": {refused.ID}}).Expect(t, http.StatusSeeOther)
	}
	if got := p.read(t, order.Number); got.Attention != "" || got.Returns[0].State != shop.ReturnDropped {
		t.Errorf("attention %q, %s", got.Attention, got.Returns[0].State)
	}
	ana.Post(address+"/drop", url.Values{"refund": {"nobody's"}}).Expect(t, http.StatusNotFound, "There is no such refund")
}

func TestMoneyThatNobodyExplainedIsAssigned(t *testing.T) {
	t.Parallel()
	p := MustOpenTill(t)
	order := p.MustSell(t, stripetest.CardSuccess, storetest.Advisory, storetest.Projects)
	event := storetest.Payment(order)
	event.ID, event.Kind, event.Amount, event.PaymentIntentID, event.SessionID = "evt_dashboard", shop.ChargeRefunded, 500, order.Payments[0].PaymentIntentID, ""
	storetest.MustApply(t, p.store, event, shop.EventApplied)
	ana := p.SignIn(t, shop.RoleFinance)
	address := "/staff/orders/" + order.Number + "/refund"
	ana.Get(address).Expect(t, http.StatusOK, "$5.00 went back in Stripe’s dashboard", "Say what it was for")
	form := url.Values{"kind": {"assigned"}, "key": {"k-assign"}, "part": {"line-1"}, "ends": {"none"}, "reason": {"goodwill"}}
	ana.Post(address, form).Expect(t, http.StatusOK, "You are about to note what $5.00 were for", "Note it")
	form.Set("confirmed", "1")
	if done := ana.Post(address, form); done.status != http.StatusSeeOther {
		t.Fatalf("%d: %s", done.status, done.body)
	}
	if got := p.read(t, order.Number); got.Attention != "" || got.Unexplained() != 0 {
		t.Errorf("attention %q", got.Attention)
	}
}
