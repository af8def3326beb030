package stripetest

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/stripe/stripe-go/v76/webhook"
)

const (
	maxRetryWait    = 30 * time.Second
	deliveryTimeout = 20 * time.Second
)

// courier brings events to the webhook and comes back until they are accepted.
type courier struct {
	server *Server
	client *http.Client

	mu   sync.Mutex
	held []string      // events that wait for others, to be delivered out of order
	rest chan struct{} // closed and made anew whenever an event needs no more work
}

func newCourier(s *Server) *courier {
	transport := &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: time.Minute}
	return &courier{
		server: s,
		client: &http.Client{
			Transport:     transport,
			Timeout:       deliveryTimeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		rest: make(chan struct{}),
	}
}

// send delivers the events of one change in their order, unless a fault says
// otherwise. It does not wait for them.
func (c *courier) send(events []string) {
	wanted := c.server.currentFaults().Reorder
	c.mu.Lock()
	defer c.mu.Unlock()
	events = c.reorder(events, wanted)
	if len(events) == 0 || c.server.stopped.Err() != nil {
		return
	}
	c.server.work.Go(func() {
		for _, id := range events {
			if !c.deliver(id) {
				c.server.work.Go(func() { c.retry(id) })
			}
		}
	})
}

// reorder holds events back until there are as many as wanted, and then
// returns them last first. The caller holds c.mu.
func (c *courier) reorder(events []string, wanted int) []string {
	if wanted < 2 && len(c.held) == 0 {
		return events
	}
	c.held = append(c.held, events...)
	if len(c.held) < wanted {
		c.rested()
		return nil
	}
	released := c.held
	c.held = nil
	slices.Reverse(released)
	return released
}

// halt lets no event out any more.
func (c *courier) halt() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.server.stop()
}

// retry comes back with an event until it is accepted or the server stops.
func (c *courier) retry(id string) {
	for wait := c.server.opts.RetryAfter; ; wait = min(2*wait, maxRetryWait) {
		if !c.pause(wait) || c.deliver(id) {
			return
		}
	}
}

// pause returns false if the server stopped meanwhile.
func (c *courier) pause(d time.Duration) bool {
	if d <= 0 {
		return c.server.stopped.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-c.server.stopped.Done():
		return false
	case <-timer.C:
		return true
	}
}

// deliver makes one attempt and notes how it ended. It returns false if the
// event must be brought again.
func (c *courier) deliver(id string) bool {
	faults := c.server.currentFaults()
	if !c.pause(faults.Delay) {
		return true // the next server on the journal takes it up
	}
	status, err := c.postCopies(id, 1+faults.Duplicate)
	if c.server.stopped.Err() != nil && err != nil {
		return true
	}
	if err != nil {
		c.server.log.Warn("the webhook did not accept an event", "event", id, "error", err)
	}
	lost := c.server.change(cause{}, func(ch *change) {
		old, ok := ch.deliveries.get(deliveryID(id))
		if !ok {
			return
		}
		next := *old
		next.Attempts++
		next.LastStatus, next.LastError = status, ""
		if err != nil {
			next.LastError = err.Error()
		} else {
			next.Status = deliveryDelivered
		}
		ch.put(&next)
	})
	if lost != nil {
		c.server.log.Error("noting a delivery", "event", id, "error", lost)
	}
	if err != nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rested()
	return true
}

// rested wakes Idle. The caller holds c.mu.
func (c *courier) rested() {
	close(c.rest)
	c.rest = make(chan struct{})
}

// postCopies sends an event several times at once. It returns the last status
// and the first failure.
func (c *courier) postCopies(id string, copies int) (status int, err error) {
	type result struct {
		status int
		err    error
	}
	results := make(chan result, copies)
	for range copies {
		go func() {
			status, err := c.post(id)
			results <- result{status, err}
		}()
	}
	for range copies {
		r := <-results
		status = r.status
		if err == nil {
			err = r.err
		}
	}
	return status, err
}

// post brings an event to the webhook once, signed now.
func (c *courier) post(id string) (status int, err error) {
	payload, to, err := c.server.payload(id)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(c.server.stopped, deliveryTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to.url, bytes.NewReader(payload))
	if err != nil {
		return 0, err
	}
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	request.Header.Set("User-Agent", "Stripe/1.0 (simulator)")
	request.Header.Set("Stripe-Signature", sign(payload, to.secret))
	response, err := c.client.Do(request)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(io.Discard, io.LimitReader(response.Body, 1<<20)) // so that the connection serves again
	if err = errors.Join(err, response.Body.Close()); err != nil {
		return response.StatusCode, err
	}
	if response.StatusCode < 200 || response.StatusCode > 299 {
		return response.StatusCode, fmt.Errorf("the webhook answered %s", response.Status)
	}
	return response.StatusCode, nil
}

// sign makes the Stripe-Signature header. The receiver compares its time with
// a real clock, so it is never that of the test clock.
func sign(payload []byte, secret string) string {
	now := time.Now()
	return fmt.Sprintf("t=%d,v1=%s", now.Unix(), hex.EncodeToString(webhook.ComputeSignature(now, payload, secret)))
}

func (s *Server) payload(eventID string) ([]byte, endpoint, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	e, ok := s.state.events.get(eventID)
	if !ok {
		return nil, endpoint{}, noSuch("event", eventID)
	}
	if s.endpoint.url == "" {
		return nil, endpoint{}, invalid("", "There is no webhook to deliver to.")
	}
	body, err := json.Marshal(e)
	return body, s.endpoint, err
}

// Redeliver sends an event once more, whatever became of it before.
func (s *Server) Redeliver(eventID string) error {
	return s.with(func(ch *change) error {
		if _, ok := ch.events.get(eventID); !ok {
			return noSuch("event", eventID)
		}
		if ch.endpoint.url == "" {
			return invalid("", "There is no webhook to deliver to.")
		}
		next := delivery{ID: deliveryID(eventID), Event: eventID}
		if old, ok := ch.deliveries.get(next.ID); ok {
			next = *old
		}
		next.Status = deliveryPending
		ch.put(&next)
		ch.toSend = append(ch.toSend, eventID)
		return nil
	})
}

// Idle waits until no event is on its way: each was accepted, dropped, or is
// held back by the fault Reorder.
func (s *Server) Idle(ctx context.Context) error {
	for {
		s.courier.mu.Lock()
		rest, held := s.courier.rest, len(s.courier.held)
		s.courier.mu.Unlock()
		s.mu.RLock()
		pending := len(s.state.pending)
		s.mu.RUnlock()
		if pending <= held {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("stripetest: %d events are still on their way: %w", pending-held, ctx.Err())
		case <-rest:
		}
	}
}
