package shop

import (
	"context"
)

// ErrNothingToAsk answers the wish to ask Stripe about an order that it does not know.
var ErrNothingToAsk = NewError(Conflict, "nothing_to_ask", "No payment page was ever opened for this order, so Stripe knows nothing of it.")

// ReapplyEvent applies a payment event as it was received once more. Facts that are known already change nothing,
// so it can be repeated without harm.
func (s *Shop) ReapplyEvent(ctx context.Context, by Actor, number, eventID string) (Applied, error) {
	o, err := s.config.Store.OrderByNumber(ctx, number)
	if err != nil {
		return Applied{}, err
	}
	act := o.act(by, "order.reapply", nil, map[string]any{"event": eventID})
	applied, err := s.config.Store.ReapplyEvent(ctx, number, eventID, act, s.now())
	if err == nil {
		s.config.Wake()
	}
	return applied, err
}

// AskStripe asks Stripe at this moment what became of the order's payment and applies the answer. It returns the
// order as it is afterwards.
func (s *Shop) AskStripe(ctx context.Context, by Actor, number string) (Order, error) {
	o, err := s.config.Store.OrderByNumber(ctx, number)
	if err != nil {
		return Order{}, err
	}
	if o.SessionID == "" {
		return Order{}, ErrNothingToAsk
	}
	kind, applied, err := s.ask(ctx, o.SessionID, FromSweep)
	if err != nil {
		return Order{}, err
	}
	act := o.act(by, "order.ask_stripe", map[string]any{"status": o.Status}, map[string]any{"answer": kind, "outcome": applied.Outcome})
	if err := s.config.Store.NoteAct(ctx, act, s.now()); err != nil {
		return Order{}, err
	}
	return s.config.Store.OrderByNumber(ctx, number)
}
