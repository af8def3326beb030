package payments

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"bookroom/shop"

	"github.com/stripe/stripe-go/v76"
)

// metaReturn is the metadata key of a refund that says which Return of the shop it is.
const metaReturn = "return_id"

// Refund gives the money of a Return back under an idempotency key made of the Return's id, and returns what became
// of it with the charge's own figure of all that went back. again looks among the payment's refunds first: Stripe
// forgets its keys after a day. It is an Error of kind Conflict when Stripe will not do it.
func (s *Stripe) Refund(ctx context.Context, o shop.Order, r shop.Return, again bool) (shop.PaymentEvent, error) {
	if again {
		if event, found, err := s.findRefund(ctx, r); found || err != nil {
			return event, err
		}
	}
	params := &stripe.RefundParams{
		PaymentIntent: stripe.String(r.PaymentIntentID), Amount: stripe.Int64(r.Amount), Reason: stripe.String(string(stripeReason(r.Reason))),
		Metadata: map[string]string{metaOrder: o.ID, "order_number": o.Number, metaReturn: r.ID, "reason": string(r.Reason)},
	}
	params.Context = ctx
	params.AddExpand("charge")
	params.SetIdempotencyKey("refund-" + r.ID)
	refund, err := s.api.Refunds.New(params)
	for n := 2; n <= keysToTry && isRemembered(err); n++ {
		// The request of that key has ended with this failure, so nothing of it is still to come.
		if event, found, err := s.findRefund(ctx, r); found || err != nil {
			return event, err
		}
		params.SetIdempotencyKey(fmt.Sprintf("refund-%s-%d", r.ID, n))
		refund, err = s.api.Refunds.New(params)
	}
	if err != nil {
		return shop.PaymentEvent{}, refundFailure(err)
	}
	return refundAnswer(refund, refund.LastResponse.RawJSON, time.Time{}), nil
}

// findRefund looks for the refund that an earlier request made.
func (s *Stripe) findRefund(ctx context.Context, r shop.Return) (event shop.PaymentEvent, found bool, err error) {
	params := &stripe.RefundListParams{PaymentIntent: stripe.String(r.PaymentIntentID)}
	params.Context = ctx
	params.AddExpand("data.charge")
	list := s.api.Refunds.List(params)
	for list.Next() {
		refund := list.Refund()
		if refund.Metadata[metaReturn] != r.ID {
			continue
		}
		// The charge's figure is of this moment, by Stripe's clock.
		answered, err := http.ParseTime(list.RefundList().LastResponse.Header.Get("Date"))
		if err != nil {
			return shop.PaymentEvent{}, false, refundFailure(err)
		}
		return refundAnswer(refund, list.RefundList().LastResponse.RawJSON, answered.UTC()), true, nil
	}
	if err := list.Err(); err != nil {
		return shop.PaymentEvent{}, false, refundFailure(err)
	}
	return shop.PaymentEvent{}, false, nil
}

// refundAnswer is what a refund, whose charge was asked for with it, tells. asOf is the time of the charge's figure
// where that is later than the refund.
func refundAnswer(refund *stripe.Refund, payload []byte, asOf time.Time) shop.PaymentEvent {
	state := returnState(refund.Status)
	event := shop.PaymentEvent{
		ID: refund.ID + ":" + string(state), Type: "refund", Kind: shop.ChargeRefunded, At: time.Unix(refund.Created, 0).UTC(),
		PaymentIntentID: intentID(refund.PaymentIntent), Currency: string(refund.Currency), Payload: payload,
		RefundID: refund.ID, ReturnState: state, Problem: problemOf(refund),
	}
	if asOf.After(event.At) {
		event.At = asOf
	}
	if charge := refund.Charge; charge != nil {
		event.ChargeID, event.Amount, event.Livemode = charge.ID, charge.AmountRefunded, charge.Livemode
	}
	return event
}

// returnState is how the shop says it. A refund that waits for the buyer is on its way.
func returnState(status stripe.RefundStatus) shop.ReturnState {
	switch status {
	case stripe.RefundStatusSucceeded:
		return shop.ReturnSucceeded
	case stripe.RefundStatusFailed, stripe.RefundStatusCanceled:
		return shop.ReturnFailed
	default:
		return shop.ReturnPending
	}
}

// problemOf says why a refund came back, for the desk.
func problemOf(refund *stripe.Refund) string {
	if returnState(refund.Status) != shop.ReturnFailed {
		return ""
	}
	if refund.FailureReason == "" {
		return "it was canceled in Stripe."
	}
	return "the bank says " + string(refund.FailureReason) + "."
}

// stripeReason is the nearest of the three reasons that Stripe knows; the shop's own goes along in the metadata.
func stripeReason(reason shop.RefundReason) stripe.RefundReason {
	switch reason {
	case shop.BoughtTwice, shop.PaidTooMuch:
		return stripe.RefundReasonDuplicate
	case shop.Fraud:
		return stripe.RefundReasonFraudulent
	default:
		return stripe.RefundReasonRequestedByCustomer
	}
}

// refundFailure tells a refund that Stripe will not make from one that it could not.
func refundFailure(err error) error {
	var known *stripe.Error
	if errors.As(err, &known) && known.HTTPStatusCode < http.StatusInternalServerError && known.Type == stripe.ErrorTypeInvalidRequest &&
		known.HTTPStatusCode != http.StatusUnauthorized && known.HTTPStatusCode != http.StatusForbidden {
		return shop.NewError(shop.Conflict, "refund_refused", "Stripe refused: %s", known.Msg).Because(err)
	}
	return shop.NewError(shop.Unavailable, "refund_unavailable",
		"Stripe did not answer, so it is not known yet whether the money went. The shop asks again by itself.").Because(err)
}
