package shop

import (
	"context"
	"time"
)

// EmailCorrection moves an order to another e-mail address.
type EmailCorrection struct {
	Number  string
	From    string // the address that was shown when the right one was typed
	To      string
	Request string // the same for the same press of the button
}

// ErrOrderMoved answers a correction of an address that somebody else has corrected meanwhile.
var ErrOrderMoved = NewError(Conflict, "order_moved",
	"Somebody has corrected the address of this order since you looked. Nothing was changed; please look at it again.")

// CorrectEmail moves an order and its rights to another address, makes its old link worthless and tells both
// addresses. It is ErrOrderMoved when the order is not at the address that was shown any more; when it is at
// the new one already, nothing is done.
func (s *Shop) CorrectEmail(ctx context.Context, by Actor, c EmailCorrection) (Order, error) {
	to, err := CleanEmail(c.To)
	if err != nil {
		return Order{}, wrongFields{"email": Say("This does not look like an e-mail address. It should be like name@school.org.")}.err()
	}
	return s.actOnOrder(ctx, c.Number, c.Request, func(o *Order, now time.Time) (DeskChange, error) {
		switch o.Email {
		case to:
			return DeskChange{}, nil
		case c.From:
			return o.move(by, to, now), nil
		default:
			return DeskChange{}, ErrOrderMoved
		}
	})
}

// move gives the order to another address.
func (o *Order) move(by Actor, to string, now time.Time) DeskChange {
	from := o.Email
	o.Email = to
	o.TokenVersion++
	for i := range o.Entitlements {
		o.Entitlements[i].Email = to
	}
	once := NewID()
	away := o.mailJob(MailMovedAway, once, now)
	away.Detail += " " + from
	return DeskChange{
		Act:  o.act(by, "order.email", map[string]any{"email": Personal(from)}, map[string]any{"email": Personal(to)}),
		Jobs: []Job{o.mailJob(MailMovedHere, once, now), away},
	}
}
