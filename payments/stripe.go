// Package payments is Stripe behind the shop's small interface: it turns orders into Checkout Sessions
// and Stripe's events into the shop's own.
//
// It names what is paid for in the buyer's language. It decides nothing about money or access, and knows neither the database nor HTTP routes.
package payments

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"bookroom/shop"
	"bookroom/words"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/client"
)

// Config is how Stripe is reached.
type Config struct {
	SecretKey string // sk_test_…, sk_live_… or a restricted key of either mode
	// WebhookSecrets are the signing secrets that are valid now; several while one is being replaced.
	WebhookSecrets []string
	APIBase        string // empty is Stripe's own address
	AutomaticTax   bool   // Stripe Tax works out the tax
	Now            func() time.Time
}

// Stripe is the shop's payment provider. It is safe for concurrent use.
type Stripe struct {
	api      *client.API
	words    *words.Catalogue
	secrets  []string
	livemode bool
	tax      bool
	now      func() time.Time
}

// timeout bounds one request to Stripe, and retries how often a failed one is sent again. Together they
// stay below the time that a browser waits.
const (
	timeout = 15 * time.Second
	retries = 2
)

// New returns Stripe under that configuration. The error names the setting that is wrong, and never
// shows a key.
func New(c Config) (*Stripe, error) {
	mode, ok := keyMode(c.SecretKey)
	if !ok {
		return nil, errors.New("STRIPE_SECRET_KEY should look like sk_test_… or sk_live_…: copy it from https://dashboard.stripe.com/apikeys")
	}
	if len(c.WebhookSecrets) == 0 {
		return nil, errors.New("STRIPE_WEBHOOK_SECRET is missing: it looks like whsec_…; `stripe listen` prints one, and so does the page of your endpoint at https://dashboard.stripe.com/webhooks")
	}
	for _, secret := range c.WebhookSecrets {
		if secret == "" || strings.ContainsAny(secret, " \t\n") {
			return nil, errors.New("STRIPE_WEBHOOK_SECRET should be one secret such as whsec_…, or several with commas between them")
		}
	}
	base, err := apiBase(c.APIBase)
	if err != nil {
		return nil, err
	}
	for _, secret := range c.WebhookSecrets {
		if base == stripe.APIURL && (!strings.HasPrefix(secret, "whsec_") || strings.Contains(secret, "…")) {
			return nil, errors.New("STRIPE_WEBHOOK_SECRET should look like whsec_…: copy it from the page of your endpoint at https://dashboard.stripe.com/webhooks")
		}
	}
	if mode == live && base != stripe.APIURL {
		return nil, fmt.Errorf("STRIPE_SECRET_KEY is a live key, but STRIPE_API_BASE sends it to %s: remove STRIPE_API_BASE, or use a test key", base)
	}
	backend := stripe.GetBackendWithConfig(stripe.APIBackend, &stripe.BackendConfig{
		URL: stripe.String(base), MaxNetworkRetries: stripe.Int64(retries), EnableTelemetry: stripe.Bool(false),
		HTTPClient:    &http.Client{Timeout: timeout, Transport: transport()},
		LeveledLogger: &stripe.LeveledLogger{Level: stripe.LevelNull}, // errors are returned, and logged by who handles them
	})
	return &Stripe{
		api:   client.New(c.SecretKey, &stripe.Backends{API: backend, Connect: backend, Uploads: backend}),
		words: words.Load(), secrets: c.WebhookSecrets, livemode: mode == live, tax: c.AutomaticTax, now: c.Now,
	}, nil
}

// Livemode says whether real money moves.
func (s *Stripe) Livemode() bool { return s.livemode }

// ServerTime is what time Stripe has, to the second, by the Date of an answer that the key was good
// enough for. It is for the doctor.
func (s *Stripe) ServerTime(ctx context.Context) (time.Time, error) {
	params := &stripe.BalanceParams{}
	params.Context = ctx
	balance, err := s.api.Balance.Get(params)
	if err != nil {
		return time.Time{}, failure(err)
	}
	return http.ParseTime(balance.LastResponse.Header.Get("Date"))
}

type mode int

const (
	test mode = iota
	live
)

func keyMode(key string) (mode, bool) {
	for prefix, m := range map[string]mode{"sk_test_": test, "rk_test_": test, "sk_live_": live, "rk_live_": live} {
		if rest, ok := strings.CutPrefix(key, prefix); ok && rest != "" {
			return m, true
		}
	}
	return test, false
}

func apiBase(text string) (string, error) {
	if text == "" {
		return stripe.APIURL, nil
	}
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return "", errors.New("STRIPE_API_BASE should look like http://localhost:12111; leave it out to reach Stripe itself")
	}
	return strings.TrimRight(text, "/"), nil
}

// transport keeps enough idle connections for a busy shop: Go's default of two per host would open a
// new one for most checkouts.
func transport() *http.Transport {
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, MaxIdleConnsPerHost: 64, IdleConnTimeout: 90 * time.Second,
		TLSHandshakeTimeout: 10 * time.Second,
	}
}

// failure turns what stripe-go returns into the shop's words.
func failure(err error) error {
	var known *stripe.Error
	if !errors.As(err, &known) || known.HTTPStatusCode >= 500 || known.HTTPStatusCode == http.StatusTooManyRequests ||
		known.HTTPStatusCode == http.StatusConflict {
		return shop.NewError(shop.Unavailable, "payment_unavailable",
			"We could not reach Stripe. Nothing was charged. Your cart is kept; try again in a minute.").Because(err)
	}
	if known.Code == stripe.ErrorCodeAmountTooSmall || known.Code == stripe.ErrorCodeAmountTooLarge {
		return shop.NewError(shop.Invalid, "amount_not_chargeable",
			"Stripe cannot charge this amount. Nothing was charged and your cart is kept; please write to us.").Because(err)
	}
	return shop.NewError(shop.Internal, "payment_refused",
		"Stripe did not accept our request. Nothing was charged and your cart is kept; please write to us.").Because(err)
}
