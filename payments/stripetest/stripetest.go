// Package stripetest is a stateful Stripe for tests and for the demo: an HTTP
// server that the real stripe-go v76 talks to. It plays Checkout (with the
// hosted payment page), payments, refunds, disputes, payouts, their balance
// transactions and signed events, in the shape of API version 2023-10-16.
//
// It knows Stripe and nothing else: never orders, products or any other part
// of the shop. It takes no real money, refuses live keys, and says on every
// page that it is a simulator.
package stripetest

import (
	"context"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// APIVersion is the only version of Stripe's API that the simulator speaks.
const APIVersion = "2023-10-16"

// Prefixes are the URL paths that a Server answers, for mounting it at the
// root of a mux that it shares: the API, the payment page, its own controls.
func Prefixes() []string { return []string{"/v1/", "/c/pay/", "/_stripe/"} }

// Options say how a simulator is set up. The zero value is one that lives in
// memory and sends no events.
type Options struct {
	// PublicURL is where a browser reaches the payment page, for example
	// http://localhost:8080. Empty: the host of the request that asks.
	PublicURL string
	// WebhookURL receives the events; empty sends none. See SetWebhook.
	WebhookURL string
	// WebhookSecret signs the events, as in whsec_….
	WebhookSecret string
	// Journal is the file that keeps the state, created if it is missing.
	// Every change is on disk before it is answered. Empty: memory only.
	Journal string
	// Now is the time that the test clock starts from; time.Now if nil.
	Now func() time.Time
	// TaxBasisPoints is the sales tax where automatic_tax is on: 825 is 8.25 %.
	TaxBasisPoints int64
	// RetryAfter is the wait before an event that was not accepted is sent
	// again. It doubles up to 30 seconds. 200 ms if zero.
	RetryAfter time.Duration
	// Faults are the troubles to start with. See SetFaults.
	Faults Faults
	// Logger hears about events that were not accepted; silent if nil.
	Logger *slog.Logger
}

// Server is a running simulator. It is safe for concurrent use.
type Server struct {
	opts    Options
	log     *slog.Logger
	handler http.Handler
	pages   *template.Template
	started int64 // on the test clock
	courier *courier
	stop    context.CancelFunc
	stopped context.Context
	work    sync.WaitGroup

	mu       sync.RWMutex // guards what follows
	state    *state
	faults   Faults
	endpoint endpoint

	journal *journal // nil in memory
}

// New starts a simulator: it reads the journal, if there is one, and goes on
// delivering the events that were not accepted before. Close ends it.
func New(opts Options) (*Server, error) {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.RetryAfter == 0 {
		opts.RetryAfter = 200 * time.Millisecond
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	pages, err := parsePages()
	if err != nil {
		return nil, err
	}
	s := &Server{
		opts:     opts,
		log:      opts.Logger,
		pages:    pages,
		started:  opts.Now().Unix(),
		state:    newState(opts.Now),
		faults:   opts.Faults,
		endpoint: endpoint{url: opts.WebhookURL, secret: opts.WebhookSecret},
	}
	if opts.Journal != "" {
		if s.journal, err = openJournal(opts.Journal, s.state.replay); err != nil {
			return nil, fmt.Errorf("stripetest: %w", err)
		}
	}
	s.stopped, s.stop = context.WithCancel(context.Background())
	s.courier = newCourier(s)
	s.handler = s.routes()
	s.work.Go(s.expireOnTime)
	s.courier.send(s.state.undelivered())
	return s, nil
}

// ServeHTTP answers the paths of Prefixes.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.handler.ServeHTTP(w, r) }

// Close stops the deliveries and closes the journal. Events that were not
// accepted stay in the journal and are sent by the next Server on it.
func (s *Server) Close(ctx context.Context) error {
	s.courier.halt()
	done := make(chan struct{})
	go func() { s.work.Wait(); close(done) }()
	var late error
	select {
	case <-done:
	case <-ctx.Done():
		late = fmt.Errorf("stripetest: stopping deliveries: %w", ctx.Err())
	}
	return errors.Join(late, s.journal.close())
}

// SetWebhook says where events go from now on and what signs them.
func (s *Server) SetWebhook(url, secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endpoint = endpoint{url: url, secret: secret}
}

// change makes fn's writes one step: visible at once, durable before change
// returns, and only then are its events sent.
func (s *Server) change(by cause, fn func(*change)) error {
	ch, position := s.apply(by, fn)
	if err := s.journal.sync(position); err != nil {
		return err
	}
	s.courier.send(ch.toSend)
	return nil
}

// with is a change from the controls. It leaves nothing behind if fn fails.
func (s *Server) with(fn func(*change) error) error {
	var refused error
	lost := s.change(cause{}, func(ch *change) {
		refused = ch.try(func() error { return fn(ch) })
	})
	return errors.Join(lost, refused)
}

func (s *Server) apply(by cause, fn func(*change)) (*change, int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch := &change{state: s.state, cause: by, faults: s.faults, endpoint: s.endpoint}
	ch.expireDue()
	fn(ch)
	return ch, s.journal.add(ch.written)
}

// read runs fn on a state that does not change meanwhile and is durable when
// read returns.
func (s *Server) read(fn func(*state)) error {
	if s.expiryIsDue() {
		if err := s.change(cause{}, func(*change) {}); err != nil {
			return err
		}
	}
	s.mu.RLock()
	position := func() int64 {
		defer s.mu.RUnlock()
		fn(s.state)
		return s.journal.position()
	}()
	return s.journal.sync(position)
}
