package stripetest_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/client"
	"github.com/stripe/stripe-go/v76/webhook"

	"bookroom/payments/stripetest"
	"bookroom/payments/stripetest/stripeschema"
)

const secret = "whsec_test"

// simulator is a running server with the real client, held against the schema.
type simulator struct {
	*stripetest.Server
	*client.API
	url string
}

// MustStart starts a simulator for one test.
func MustStart(tb testing.TB, opts stripetest.Options) simulator {
	tb.Helper()
	server, err := stripetest.New(opts)
	if err != nil {
		tb.Fatal(err)
	}
	listener := httptest.NewServer(stripeschema.Check(tb, server))
	tb.Cleanup(func() {
		listener.Close()
		if err := server.Close(context.Background()); err != nil {
			tb.Error(err)
		}
	})
	return simulator{Server: server, API: newClient(listener.URL, "sk_test_123", 0), url: listener.URL}
}

func newClient(url, key string, retries int64) *client.API {
	return client.New(key, &stripe.Backends{API: stripe.GetBackendWithConfig(stripe.APIBackend, &stripe.BackendConfig{
		URL: stripe.String(url), MaxNetworkRetries: stripe.Int64(retries), LeveledLogger: &stripe.LeveledLogger{Level: stripe.LevelNull},
	})})
}

// sale is what the tests sell: two lines, 59.00 in all.
func sale() *stripe.CheckoutSessionParams {
	line := func(name string, price, quantity int64) *stripe.CheckoutSessionLineItemParams {
		return &stripe.CheckoutSessionLineItemParams{
			Quantity: stripe.Int64(quantity),
			PriceData: &stripe.CheckoutSessionLineItemPriceDataParams{
				Currency: stripe.String("usd"), UnitAmount: stripe.Int64(price),
				ProductData: &stripe.CheckoutSessionLineItemPriceDataProductDataParams{Name: stripe.String(name)},
			},
		}
	}
	params := &stripe.CheckoutSessionParams{
		Mode:              stripe.String("payment"),
		SuccessURL:        stripe.String("https://shop.example/return?session={CHECKOUT_SESSION_ID}"),
		CancelURL:         stripe.String("https://shop.example/cart"),
		ClientReferenceID: stripe.String("order-7"),
		CustomerEmail:     stripe.String("ana@example.com"),
		LineItems:         []*stripe.CheckoutSessionLineItemParams{line("Advisory", 1900, 1), line("Internships", 2000, 2)},
		PaymentIntentData: &stripe.CheckoutSessionPaymentIntentDataParams{Metadata: map[string]string{"order": "7"}},
	}
	params.AddMetadata("order", "7")
	return params
}

// MustOpen opens a checkout session for the sale.
func (s simulator) MustOpen(tb testing.TB) *stripe.CheckoutSession {
	tb.Helper()
	session, err := s.CheckoutSessions.New(sale())
	if err != nil {
		tb.Fatal(err)
	}
	return session
}

// Pay posts the payment form and returns the answer, redirects not followed.
func (s simulator) Pay(tb testing.TB, page, card string) (status int, location, body string) {
	tb.Helper()
	return post(tb, page, url.Values{"card": {card}, "exp": {"12/34"}, "cvc": {"123"}})
}

// MustBuy opens a session, pays it and returns it with its payment.
func (s simulator) MustBuy(tb testing.TB, card string) *stripe.CheckoutSession {
	tb.Helper()
	session := s.MustOpen(tb)
	if status, _, body := s.Pay(tb, session.URL, card); status != http.StatusSeeOther {
		tb.Fatalf("paying answered %d: %s", status, body)
	}
	return s.MustGet(tb, session.ID)
}

// MustGet retrieves a session with all that hangs on it.
func (s simulator) MustGet(tb testing.TB, id string) *stripe.CheckoutSession {
	tb.Helper()
	params := &stripe.CheckoutSessionParams{}
	params.AddExpand("payment_intent.latest_charge.balance_transaction")
	params.AddExpand("line_items")
	params.AddExpand("total_details.breakdown")
	session, err := s.CheckoutSessions.Get(id, params)
	if err != nil {
		tb.Fatal(err)
	}
	return session
}

func post(tb testing.TB, address string, form url.Values) (status int, location, body string) {
	tb.Helper()
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := browser.PostForm(address, form)
	if err != nil {
		tb.Fatal(err)
	}
	return response.StatusCode, response.Header.Get("Location"), mustRead(tb, response)
}

func get(tb testing.TB, address string) (status int, body string) {
	tb.Helper()
	response, err := http.Get(address)
	if err != nil {
		tb.Fatal(err)
	}
	return response.StatusCode, mustRead(tb, response)
}

func mustRead(tb testing.TB, response *http.Response) string {
	tb.Helper()
	body, err := io.ReadAll(response.Body)
	if err = errors.Join(err, response.Body.Close()); err != nil {
		tb.Fatal(err)
	}
	return string(body)
}

// inbox is a webhook that checks and collects what comes.
type inbox struct {
	url string

	mu     sync.Mutex
	events []stripe.Event
	refuse int // so many deliveries are answered with 500 first
}

func newInbox(tb testing.TB) *inbox {
	box := &inbox{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		payload, err := io.ReadAll(r.Body)
		if err != nil {
			tb.Error(err)
		}
		event, err := webhook.ConstructEvent(payload, r.Header.Get("Stripe-Signature"), secret)
		if err != nil {
			tb.Errorf("an event is not signed as stripe-go expects: %v", err)
		}
		stripeschema.CheckEvent(tb, payload)
		w.WriteHeader(box.take(event))
	}))
	tb.Cleanup(server.Close)
	box.url = server.URL
	return box
}

func (b *inbox) take(event stripe.Event) (status int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.refuse > 0 {
		b.refuse--
		return http.StatusInternalServerError
	}
	b.events = append(b.events, event)
	return http.StatusOK
}

// types lists the types of the events that came, in their order.
func (b *inbox) types() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	types := []string{}
	for _, event := range b.events {
		types = append(types, string(event.Type))
	}
	return types
}

// mustSettle waits until every event has come.
func mustSettle(tb testing.TB, server *stripetest.Server) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := server.Idle(ctx); err != nil {
		tb.Fatal(err)
	}
}

// fixedClock stands still, so that only Advance moves the test clock.
func fixedClock() time.Time { return time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC) }

func mustContain(tb testing.TB, text string, wanted ...string) {
	tb.Helper()
	for _, want := range wanted {
		if !strings.Contains(text, want) {
			tb.Errorf("%q is missing in:\n%s", want, text)
		}
	}
}
