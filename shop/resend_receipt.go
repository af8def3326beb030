package shop

import (
	"context"
	"time"
)

// ErrNoReceipt answers the wish to send a receipt again that was never due.
var ErrNoReceipt = NewError(Conflict, "no_receipt", "This order gives nothing yet, so there is no receipt to send. Ask Stripe about its payment first.")

// ResendReceipt sends the receipt, with the order's link, to the buyer once more. The same request sends it once.
func (s *Shop) ResendReceipt(ctx context.Context, by Actor, number, request string) (Order, error) {
	return s.actOnOrder(ctx, number, request, func(o *Order, now time.Time) (DeskChange, error) {
		if len(o.Entitlements) == 0 {
			return DeskChange{}, ErrNoReceipt
		}
		return DeskChange{
			Act:  o.act(by, "order.resend", nil, map[string]any{"to": Personal(o.Email)}),
			Jobs: []Job{o.mailJob(MailReceipt, "again:"+NewID(), now)},
		}, nil
	})
}
