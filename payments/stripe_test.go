package payments_test

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"bookroom/payments"
	"bookroom/payments/stripetest"
	"bookroom/payments/stripetest/stripeschema"
	"bookroom/shop"

	"github.com/stripe/stripe-go/v76/webhook"
)

const secret = "whsec_now"

// stripe is the simulator with the shop's client before it; all that passes between them is held
// against Stripe's schema.
type stripe struct {
	*payments.Stripe
	simulator *stripetest.Server
	letters   chan letter
}

// letter is what was posted to the webhook.
type letter struct {
	payload   []byte
	signature string
}

func mustStripe(tb testing.TB, change func(*payments.Config)) stripe {
	tb.Helper()
	letters := make(chan letter, 100)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		payload, err := io.ReadAll(r.Body)
		if err != nil {
			tb.Error(err)
		}
		stripeschema.CheckEvent(tb, payload)
		letters <- letter{payload, r.Header.Get("Stripe-Signature")}
	}))
	tb.Cleanup(hook.Close)
	simulator, err := stripetest.New(stripetest.Options{WebhookURL: hook.URL, WebhookSecret: secret, TaxBasisPoints: 825})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := simulator.Close(context.Background()); err != nil {
			tb.Error(err)
		}
	})
	server := httptest.NewServer(stripeschema.Check(tb, simulator))
	tb.Cleanup(server.Close)
	c := payments.Config{SecretKey: "sk_test_1", WebhookSecrets: []string{"whsec_before", secret}, APIBase: server.URL, Now: time.Now}
	if change != nil {
		change(&c)
	}
	s, err := payments.New(c)
	if err != nil {
		tb.Fatal(err)
	}
	return stripe{s, simulator, letters}
}

// request asks for the payment of an order of two lines, 78 dollars in all.
func request() shop.PaymentRequest {
	id := shop.NewID()
	return shop.PaymentRequest{
		Order: shop.Order{
			ID: id, Number: "BR-100001", Email: "reader@school.example", Currency: "usd", Subtotal: 7800, Total: 7800,
			ExpiresAt: time.Now().Add(time.Hour),
			Lines: []shop.OrderLine{
				{Title: "Advisory “Structure”", Licence: shop.Individual, SKU: "ADV-I", Quantity: 1, UnitPrice: 3800},
				{Title: "Évaluation", Licence: shop.SchoolLicence, SKU: "EVA-S", Quantity: 2, UnitPrice: 2000},
				{Title: "A first plan", Licence: shop.Individual, SKU: "PLAN-I", Quantity: 1, UnitPrice: 0},
			},
		},
		SuccessURL: "https://shop.example/orders/secret", CancelURL: "https://shop.example/cart/secret", IdempotencyKey: "checkout-" + id,
	}
}

func (s stripe) mustStart(tb testing.TB, r shop.PaymentRequest) shop.PaymentPage {
	tb.Helper()
	page, err := s.Start(tb.Context(), r)
	if err != nil {
		tb.Fatal(err)
	}
	return page
}

func (s stripe) mustPay(tb testing.TB, page shop.PaymentPage, form url.Values) {
	tb.Helper()
	c := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := c.PostForm(page.URL, form)
	if err != nil {
		tb.Fatal(err)
	}
	if err := answer.Body.Close(); err != nil || answer.StatusCode != http.StatusSeeOther {
		tb.Fatalf("paying: status %d (%v)", answer.StatusCode, err)
	}
}

// mustRead returns the payment page as the buyer sees it.
func (s stripe) mustRead(tb testing.TB, page shop.PaymentPage) string {
	tb.Helper()
	answer, err := http.Get(page.URL) // #nosec G107 -- the simulator's
	if err != nil {
		tb.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	if err := errors.Join(err, answer.Body.Close()); err != nil || answer.StatusCode != http.StatusOK {
		tb.Fatalf("the payment page: status %d (%v)", answer.StatusCode, err)
	}
	return html.UnescapeString(string(body))
}

// mustHear returns the next event that the shop has a use for.
func (s stripe) mustHear(tb testing.TB) shop.PaymentEvent {
	tb.Helper()
	for {
		select {
		case l := <-s.letters:
			e, err := s.Event(l.payload, l.signature)
			if err != nil {
				tb.Fatal(err)
			}
			if e.Kind != shop.Irrelevant {
				return e
			}
		case <-tb.Context().Done():
			tb.Fatal("no event came")
		case <-time.After(30 * time.Second):
			tb.Fatal("no event came")
		}
	}
}

var card = url.Values{"card": {stripetest.CardSuccess}, "exp": {"12/40"}, "cvc": {"123"}}

func TestWhatStripeIsTold(t *testing.T) {
	t.Parallel()
	s := mustStripe(t, nil)
	r := request()
	first := s.mustStart(t, r)
	if again := s.mustStart(t, r); again != first {
		t.Errorf("the same key led to %+v and %+v", first, again)
	}
	if open, err := s.Ask(t.Context(), first.SessionID); err != nil || open.Kind != shop.PaymentOpen || open.OrderID != r.Order.ID {
		t.Errorf("before paying: %+v (%v)", open, err)
	}
	s.mustPay(t, first, card)
	asked, err := s.Ask(t.Context(), first.SessionID)
	if err != nil {
		t.Fatal(err)
	}
	told := s.mustHear(t)
	for source, e := range map[string]shop.PaymentEvent{"asked": asked, "told": told} {
		if e.Kind != shop.PaymentSucceeded || e.OrderID != r.Order.ID || e.SessionID != first.SessionID || e.Amount != 7800 ||
			e.Currency != "usd" || e.Tax != 0 || e.Livemode || len(e.Payload) == 0 {
			t.Errorf("%s: %+v", source, e)
		}
	}
	if asked.PaymentIntentID != told.PaymentIntentID || asked.ChargeID == "" {
		t.Errorf("asked %s (charge %q), told %s", asked.PaymentIntentID, asked.ChargeID, told.PaymentIntentID)
	}
	if err := s.Expire(t.Context(), first.SessionID); !shop.IsKind(err, shop.Conflict) {
		t.Errorf("expiring a paid session: %v", err)
	}
}

func TestThePaymentPageSpeaksTheBuyersLanguage(t *testing.T) {
	t.Parallel()
	s := mustStripe(t, nil)
	for language, names := range map[shop.Language][]string{
		shop.English: {"Évaluation (School licence)", "Support for Big Picture Learning", "Donation to Big Picture Learning"},
		shop.Spanish: {"Évaluation (Licencia escolar)", "Apoyo a Big Picture Learning", "Donativo a Big Picture Learning"},
	} {
		r := request()
		r.Order.Language, r.Order.Donation, r.Order.Lines[0].Support = language, 2500, 500
		page := s.mustRead(t, s.mustStart(t, r))
		for _, name := range names {
			if !strings.Contains(page, name) {
				t.Errorf("%s: the page does not say %q:\n%s", language, name, page)
			}
		}
	}
}

func TestTaxIsReadBack(t *testing.T) {
	t.Parallel()
	s := mustStripe(t, func(c *payments.Config) { c.AutomaticTax = true })
	page := s.mustStart(t, request())
	s.mustPay(t, page, card)
	if e := s.mustHear(t); e.Tax <= 0 || e.Amount != 7800+e.Tax {
		t.Errorf("tax %d of %d", e.Tax, e.Amount)
	}
}

func TestGiftsAreItemsOfTheirOwnAndNotTaxed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		support, donation int64
		free              bool
		tax               int64
	}{
		"support":       {support: 500, tax: 644},
		"donation":      {donation: 2500, tax: 644},
		"both":          {support: 1, donation: 2500, tax: 644},
		"nothing else":  {support: 500, donation: 2500, free: true},
		"no gift":       {tax: 644},
		"a gift to all": {support: 12_000, tax: 644},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := mustStripe(t, func(c *payments.Config) { c.AutomaticTax = true })
			r := request()
			o := &r.Order
			if c.free {
				o.Lines = o.Lines[2:]
				o.Subtotal = 0
			}
			line := &o.Lines[0]
			line.UnitPrice, line.Support = line.UnitPrice+c.support, c.support
			o.Donation = c.donation
			o.Subtotal += c.support + c.donation
			s.mustPay(t, s.mustStart(t, r), card)
			if e := s.mustHear(t); e.Tax != c.tax || e.Amount-e.Tax != o.Due() {
				t.Errorf("paid %d with a tax of %d, want %d with %d", e.Amount, e.Tax, o.Due()+c.tax, c.tax)
			}
		})
	}
}

func TestTheRestOfAPaymentsLife(t *testing.T) {
	t.Parallel()
	s := mustStripe(t, nil)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	hear := func(kind shop.PaymentEventKind, amount int64) shop.PaymentEvent {
		t.Helper()
		e := s.mustHear(t)
		if e.Kind != kind || e.Amount != amount {
			t.Fatalf("heard %s of %d (%s), want %s of %d", e.Kind, e.Amount, e.Type, kind, amount)
		}
		return e
	}
	s.mustPay(t, s.mustStart(t, request()), card)
	paid := hear(shop.PaymentSucceeded, 7800)
	asked, err := s.Ask(t.Context(), paid.SessionID)
	must(err)
	refund, err := s.simulator.Refund(asked.ChargeID, 3800)
	must(err)
	if e := hear(shop.ChargeRefunded, 3800); e.PaymentIntentID != paid.PaymentIntentID || e.OrderID != paid.OrderID {
		t.Errorf("refund: %+v", e)
	}
	must(s.simulator.FailRefund(refund))
	if e := hear(shop.RefundFailed, 3800); e.RefundID != refund || e.PaymentIntentID != paid.PaymentIntentID {
		t.Errorf("failed refund: %+v", e)
	}
	for _, won := range []bool{true, false} {
		s.mustPay(t, s.mustStart(t, request()), card)
		paid := hear(shop.PaymentSucceeded, 7800)
		asked, err := s.Ask(t.Context(), paid.SessionID)
		must(err)
		dispute, err := s.simulator.Dispute(asked.ChargeID, "fraudulent")
		must(err)
		if e := hear(shop.DisputeChanged, 7800); e.Dispute.ID != dispute || e.Dispute.Status != shop.DisputeOpen ||
			e.Dispute.PaymentIntentID != paid.PaymentIntentID || e.Dispute.Reason != "fraudulent" {
			t.Errorf("dispute: %+v", e.Dispute)
		}
		must(s.simulator.DecideDispute(dispute, won))
		want := map[bool]shop.DisputeStatus{true: shop.DisputeWon, false: shop.DisputeLost}[won]
		for e := s.mustHear(t); e.Dispute.Status != want; e = s.mustHear(t) {
			if e.Kind != shop.DisputeChanged {
				t.Fatalf("heard %s before the end of the dispute", e.Kind)
			}
		}
		for drained := false; !drained; {
			must(s.simulator.Idle(t.Context()))
			select {
			case <-s.letters:
			default:
				drained = true
			}
		}
	}
	expired := s.mustStart(t, request())
	must(s.Expire(t.Context(), expired.SessionID))
	hear(shop.PaymentExpired, 7800)
	must(s.Expire(t.Context(), expired.SessionID)) // once more is fine
	slow := s.mustStart(t, request())
	s.mustPay(t, slow, url.Values{"method": {"us_bank_account"}})
	hear(shop.PaymentProcessing, 7800)
	if e, err := s.Ask(t.Context(), slow.SessionID); err != nil || e.Kind != shop.PaymentProcessing {
		t.Errorf("a payment on its way: %s (%v)", e.Kind, err)
	}
	must(s.simulator.SettleBankDebit(slow.SessionID, false))
	hear(shop.PaymentFailed, 7800)
	if e, err := s.Ask(t.Context(), slow.SessionID); err != nil || e.Kind != shop.PaymentFailed {
		t.Errorf("a payment that failed: %s (%v)", e.Kind, err)
	}
}

func TestOnlyStripesOwnLettersAreRead(t *testing.T) {
	t.Parallel()
	now := time.Now()
	s := mustStripe(t, func(c *payments.Config) { c.Now = func() time.Time { return now } })
	session := `{"id":"evt_1","object":"event","type":"checkout.session.completed","created":1,"data":{"object":{"id":"cs_1","payment_status":"paid","currency":"usd"}}}`
	for name, c := range map[string]struct {
		payload string
		secret  string
		off     time.Duration
		good    bool
	}{
		"now":                     {session, secret, 0, true},
		"by the secret before":    {session, "whsec_before", 0, true},
		"just in time":            {session, secret, -299 * time.Second, true},
		"too old":                 {session, secret, -302 * time.Second, false},
		"from the future":         {session, secret, 302 * time.Second, false},
		"by somebody else":        {session, "whsec_other", 0, false},
		"not an event":            {`{"id":"x"}`, secret, 0, false},
		"not JSON":                {`hello`, secret, 0, false},
		"a session of nonsense":   {strings.Replace(session, `"paid"`, `7`, 1), secret, 0, false},
		"in capitals":             {strings.Replace(session, "usd", "USD", 1), secret, 0, false},
		"less than nothing":       {strings.Replace(session, `"paid"`, `"paid","amount_total":-1`, 1), secret, 0, false},
		"more tax than amount":    {strings.Replace(session, `"paid"`, `"paid","amount_total":1,"total_details":{"amount_tax":2}`, 1), secret, 0, false},
		"a session without state": {strings.Replace(session, `"payment_status":"paid"`, `"x":1`, 1), secret, 0, false},
	} {
		signed := webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: []byte(c.payload), Secret: c.secret, Timestamp: now.Add(c.off)})
		e, err := s.Event([]byte(c.payload), signed.Header)
		if c.good != (err == nil) || (err != nil && !shop.IsKind(err, shop.Invalid)) {
			t.Errorf("%s: %+v (%v)", name, e, err)
		}
		if _, err := s.Event([]byte(c.payload+" "), signed.Header); !shop.IsKind(err, shop.Invalid) {
			t.Errorf("%s, changed on its way: %v", name, err)
		}
	}
	old := webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: []byte(session), Secret: secret, Timestamp: now.Add(-24 * time.Hour)})
	if _, err := s.Event([]byte(session), fmt.Sprintf("t=%d,%s", now.Unix(), old.Header)); !shop.IsKind(err, shop.Invalid) {
		t.Errorf("an old signature behind a new time: %v", err)
	}
	for _, header := range []string{"", "t=", "t=x,v1=00", "v1=00", "t=1", strings.Repeat("t=1,", 10_000)} {
		if _, err := s.Event([]byte(session), header); !shop.IsKind(err, shop.Invalid) {
			t.Errorf("signature %.20q: %v", header, err)
		}
	}
}

func TestSettingsAreRefusedByName(t *testing.T) {
	t.Parallel()
	good := payments.Config{SecretKey: "sk_test_1", WebhookSecrets: []string{secret}, Now: time.Now}
	for want, change := range map[string]func(*payments.Config){
		"":                        func(*payments.Config) {},
		"STRIPE_SECRET_KEY":       func(c *payments.Config) { c.SecretKey = "pk_test_public" },
		"STRIPE_WEBHOOK_SECRET":   func(c *payments.Config) { c.WebhookSecrets = nil },
		"STRIPE_API_BASE":         func(c *payments.Config) { c.APIBase = "localhost" },
		"should look like whsec_": func(c *payments.Config) { c.WebhookSecrets = []string{secret, "hidden"} },
		"is a live key":           func(c *payments.Config) { c.SecretKey, c.APIBase = "sk_live_hidden", "http://localhost:1" },
		"is a live": func(c *payments.Config) {
			c.SecretKey, c.APIBase = "rk_live_hidden", "https://api.stripe.com.evil.example"
		},
	} {
		c := good
		change(&c)
		_, err := payments.New(c)
		if (want == "") != (err == nil) || (err != nil && (!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hidden"))) {
			t.Errorf("want %q: %v", want, err)
		}
	}
	live, err := payments.New(payments.Config{SecretKey: "sk_live_1", WebhookSecrets: []string{secret}, Now: time.Now})
	if err != nil || !live.Livemode() {
		t.Errorf("a live key: %v", err)
	}
}

func TestFailuresOfStripeAreToldApart(t *testing.T) {
	t.Parallel()
	s := mustStripe(t, nil)
	s.simulator.SetFaults(stripetest.Faults{API: stripetest.APIFault{Kind: stripetest.FaultError, Times: 1}})
	r := request()
	if _, err := s.Start(t.Context(), r); !shop.IsKind(err, shop.Unavailable) {
		t.Fatalf("Stripe erred: %v", err)
	}
	if page, err := s.Start(t.Context(), r); err != nil || page.URL == "" {
		t.Errorf("the same request when Stripe is well again: %+v (%v)", page, err)
	}
	small := request()
	small.Order.Lines = small.Order.Lines[:1]
	small.Order.Lines[0].UnitPrice = 20
	if _, err := s.Start(t.Context(), small); !shop.IsKind(err, shop.Invalid) {
		t.Errorf("20 cents: %v", err)
	}
	if _, err := s.Ask(t.Context(), "cs_of_nobody"); !shop.IsKind(err, shop.Internal) {
		t.Errorf("an unknown session: %v", err)
	}
	away, err := payments.New(payments.Config{SecretKey: "sk_test_1", WebhookSecrets: []string{secret}, APIBase: "http://127.0.0.1:1", Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := away.Ask(t.Context(), "cs_1"); !shop.IsKind(err, shop.Unavailable) || errors.Is(err, context.Canceled) {
		t.Errorf("nobody there: %v", err)
	}
}

func TestNoSecretLinkIsKeptWithAnEvent(t *testing.T) {
	t.Parallel()
	s := mustStripe(t, nil)
	page := s.mustStart(t, request())
	s.mustPay(t, page, card)
	asked, err := s.Ask(t.Context(), page.SessionID)
	if err != nil {
		t.Fatal(err)
	}
	for source, e := range map[string]shop.PaymentEvent{"asked": asked, "told": s.mustHear(t)} {
		kept := string(e.Payload)
		if strings.Contains(kept, "shop.example") || !strings.Contains(kept, page.SessionID) || !strings.Contains(kept, "7800") {
			t.Errorf("%s: kept as %s", source, kept)
		}
	}
}

func TestALetterOfOurOwnIsTakenAndMeansNothing(t *testing.T) {
	t.Parallel()
	s := mustStripe(t, nil)
	payload, signature := s.Letter()
	if e, err := s.Event(payload, signature); err != nil || e.Kind != shop.Irrelevant {
		t.Errorf("%+v (%v)", e, err)
	}
}

func TestTheDoctorsQuestions(t *testing.T) {
	t.Parallel()
	s := mustStripe(t, nil)
	theirs, err := s.ServerTime(t.Context())
	if err != nil || time.Since(theirs).Abs() > time.Minute {
		t.Errorf("Stripe's time is %s (%v)", theirs, err)
	}
	lacks, err := s.WebhookLacks(t.Context(), "https://nobody.example/webhooks/stripe")
	if err != nil || !slices.Equal(lacks, payments.EventTypes()) {
		t.Errorf("an unknown address lacks %v (%v)", lacks, err)
	}
}
