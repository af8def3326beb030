package shop

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// ReceiveEvent verifies what was posted to the webhook, keeps it and applies it once. An error of kind
// Invalid means that it is not from Stripe; any other error that Stripe should send it again.
func (s *Shop) ReceiveEvent(ctx context.Context, payload []byte, signature string) (EventOutcome, error) {
	event, err := s.config.Payments.Event(payload, signature)
	if err != nil {
		return "", err
	}
	event.Source = FromWebhook
	applied, err := s.apply(ctx, event)
	return applied.Outcome, err
}

// apply is where every word about a payment ends up, whoever brought it.
func (s *Shop) apply(ctx context.Context, event PaymentEvent) (Applied, error) {
	if event.Livemode != s.config.Payments.Livemode() {
		event.Kind = Irrelevant
	}
	applied, err := s.config.Store.ApplyPayment(ctx, event, s.now())
	if err != nil {
		return Applied{}, fmt.Errorf("apply %s (%s): %w", event.ID, event.Type, err)
	}
	s.config.Wake()
	return applied, nil
}

// askPatience bounds one question to Stripe; a page or the next order waits for the answer.
const askPatience = 8 * time.Second

// ask asks Stripe about a session and applies the answer, unless nothing has happened there.
func (s *Shop) ask(ctx context.Context, sessionID string, source EventSource) (PaymentEventKind, Applied, error) {
	waiting, cancel := context.WithTimeout(ctx, askPatience)
	defer cancel()
	event, err := s.config.Payments.Ask(waiting, sessionID)
	if err != nil || event.Kind == PaymentOpen {
		return event.Kind, Applied{}, err
	}
	event.Source = source
	applied, err := s.apply(ctx, event)
	return event.Kind, applied, err
}

// askPause keeps a page that reloads itself from asking Stripe at every load.
const askPause = 2 * time.Second

// RefreshOrder returns the order that a link belongs to. While it can be paid Stripe is asked, so that a
// buyer who comes back from paying does not depend on the webhook. When Stripe has no good answer, the
// order is returned as it is known.
func (s *Shop) RefreshOrder(ctx context.Context, token string) (Order, error) {
	o, err := s.OrderByToken(ctx, token)
	if err != nil || o.SessionID == "" || (o.Status != Pending && o.SessionState != SessionOpen) {
		return o, err
	}
	now := s.now()
	mine, err := s.config.Store.NoteAsked(ctx, o.ID, now.Add(-askPause), now)
	if err != nil || !mine {
		return o, err
	}
	_, applied, err := s.ask(ctx, o.SessionID, FromReturn)
	if err != nil {
		s.config.Log.WarnContext(ctx, "Stripe had no good answer about a pending order", "order", o.Number, "err", err)
		return o, nil
	}
	if applied.Outcome != EventApplied && applied.Outcome != EventDuplicate {
		return o, nil
	}
	return s.config.Store.Order(ctx, o.ID)
}

// The sweep asks about an order at most this often, and about this many in one go.
const (
	sweepPause = 90 * time.Second
	sweepBatch = 100
)

// Sweep asks Stripe about orders that have been pending for a while, or whose payment page may still be
// used, so that a payment is found even when no event told of it and the buyer never came back; orders
// that nobody can pay any more are closed. It returns how many orders changed. One order's trouble does
// not keep it from the others, but it ends when Stripe does not answer. When the context ends, the order
// at hand is finished and the rest left for the next sweep.
func (s *Shop) Sweep(ctx context.Context) (int, error) {
	now := s.now()
	orders, err := s.config.Store.OrdersToAsk(ctx, now.Add(-sweepPause), sweepBatch)
	if err != nil {
		return 0, fmt.Errorf("find pending orders: %w", err)
	}
	changed := 0
	var failures []error
	for _, o := range orders {
		if ctx.Err() != nil {
			break
		}
		applied, err := s.sweepOne(context.WithoutCancel(ctx), o)
		if err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", o.Number, err))
		}
		if IsKind(err, Unavailable) {
			break // Stripe would keep the others waiting too
		}
		if applied.Outcome == EventApplied {
			changed++
		}
	}
	return changed, errors.Join(failures...)
}

func (s *Shop) sweepOne(ctx context.Context, o Order) (Applied, error) {
	now := s.now()
	mine, err := s.config.Store.NoteAsked(ctx, o.ID, now.Add(-sweepPause), now)
	if err != nil || !mine {
		return Applied{}, err
	}
	if o.SessionID != "" {
		_, applied, err := s.ask(ctx, o.SessionID, FromSweep)
		return applied, err
	}
	if now.Before(o.ExpiresAt) {
		return Applied{}, nil
	}
	// No payment page was ever shown: nothing can come in.
	return s.apply(ctx, PaymentEvent{
		ID: "unstarted:" + o.ID, Type: "unstarted", Kind: PaymentExpired, Source: FromSweep,
		Livemode: s.config.Payments.Livemode(), At: now, Payload: []byte("{}"), OrderID: o.ID,
	})
}

// ExpireSession is the job that closes a payment page that no order needs.
func (s *Shop) ExpireSession(ctx context.Context, j Job) error {
	_, err := s.closePage(ctx, j.Subject)
	return err
}

// SendMail is the job that sends a message about an order. A buyer who was erased is not written to.
func (s *Shop) SendMail(ctx context.Context, j Job) error {
	if MailKind(j.Detail) == MailNewEdition {
		return s.sendNotice(ctx, j)
	}
	o, err := s.config.Store.Order(ctx, j.Subject)
	if err != nil {
		return fmt.Errorf("read order of mail: %w", err)
	}
	detail, to, _ := strings.Cut(j.Detail, " ")
	kind := MailKind(detail)
	if o.BuyerErased() && kind != MailReview {
		return nil
	}
	url, err := s.OrderURL(o)
	if err != nil {
		return err
	}
	return s.send(ctx, Mail{Kind: kind, Key: j.Key, Order: o, OrderURL: url, Link: MailLink{To: to}})
}
