package shop

import (
	"context"
	"time"
)

// RightDecision is what staff decide about one right of an order.
type RightDecision struct {
	Number  string
	RightID string // an entitlement's id
	Reason  string
	Request string // the same for the same press of the button
}

// RevokeRight takes a title's downloads away. It stays so, whatever is heard of the payment, until RestoreRight.
func (s *Shop) RevokeRight(ctx context.Context, by Actor, d RightDecision) (Order, error) {
	return s.decideRight(ctx, d, func(o *Order, e *Entitlement, why string) Act {
		return o.hold(by, "order.revoke", e, Revoked, why)
	})
}

// RestoreRight gives a title's downloads back. Where the payment would not give them by itself, they stay all the
// same, whatever is heard of it, until RevokeRight.
func (s *Shop) RestoreRight(ctx context.Context, by Actor, d RightDecision) (Order, error) {
	return s.decideRight(ctx, d, func(o *Order, e *Entitlement, why string) Act {
		held := Active
		if o.due(*e) == Active {
			held = ""
		}
		return o.hold(by, "order.restore", e, held, why)
	})
}

func (s *Shop) decideRight(ctx context.Context, d RightDecision, decide func(*Order, *Entitlement, string) Act) (Order, error) {
	why, wrong := reason(d.Reason)
	if wrong != nil {
		return Order{}, wrongFields{"reason": *wrong}.err()
	}
	return s.actOnOrder(ctx, d.Number, d.Request, func(o *Order, _ time.Time) (DeskChange, error) {
		for i := range o.Entitlements {
			e := &o.Entitlements[i]
			if e.ID != d.RightID {
				continue
			}
			act := decide(o, e, why)
			if act.Verb == "" {
				return DeskChange{}, nil
			}
			return DeskChange{Act: act, Entitlements: []Entitlement{*e}}, nil
		}
		return DeskChange{}, ErrNoSuchRight
	})
}

// hold fixes a right at a state, or leaves it to the payment where held is empty. The act is empty when that is
// how it stands.
func (o *Order) hold(by Actor, verb string, e *Entitlement, held EntitlementState, why string) Act {
	state, before := held, *e
	if held == "" {
		state = o.due(*e)
	}
	if before.Held == held && before.State == state {
		return Act{}
	}
	e.Held, e.State = held, state
	return o.act(by, verb, map[string]any{"right": before.State, "held": before.Held},
		map[string]any{"title": o.titleOf(e.LineID), "right": e.State, "held": e.Held, "reason": why})
}

// due is what a right comes to by the order's payments alone.
func (o *Order) due(e Entitlement) EntitlementState {
	ended, _ := o.endedLines()
	return o.entitlementState(ended[e.LineID])
}

func (o *Order) titleOf(lineID string) string {
	for _, l := range o.Lines {
		if l.ID == lineID {
			return l.Title
		}
	}
	return ""
}
