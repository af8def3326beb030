package payments

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"bookroom/shop"
	"bookroom/words"

	"github.com/stripe/stripe-go/v76"
)

// digitalBook is Stripe Tax's code for books that are downloaded and kept
// (https://docs.stripe.com/tax/tax-codes).
const digitalBook = "txcd_10302000"

// cashDonation is Stripe Tax's code for gifts of money, which bear no tax.
const cashDonation = "txcd_90000001"

// metaOrder is the metadata key that carries the order's id on the session, the PaymentIntent and, by
// Stripe's own copying, the charge.
const metaOrder = "order_id"

// keysToTry bounds how often a failure that Stripe remembers is asked for anew.
const keysToTry = 5

// Start makes a Checkout Session for the order. The same idempotency key returns the same session.
// Stripe remembers its own failures under a key for a day as well: those are asked for anew.
func (s *Stripe) Start(ctx context.Context, r shop.PaymentRequest) (shop.PaymentPage, error) {
	o, w := r.Order, s.words.In(r.Order.Language)
	metadata := map[string]string{metaOrder: o.ID, "order_number": o.Number}
	params := &stripe.CheckoutSessionParams{
		Mode:              stripe.String(string(stripe.CheckoutSessionModePayment)),
		ClientReferenceID: stripe.String(o.ID),
		CustomerEmail:     stripe.String(o.Email),
		SuccessURL:        stripe.String(r.SuccessURL),
		CancelURL:         stripe.String(r.CancelURL),
		Locale:            stripe.String(string(o.Language.Known())),
		ExpiresAt:         stripe.Int64(o.ExpiresAt.Unix()),
		AutomaticTax:      &stripe.CheckoutSessionAutomaticTaxParams{Enabled: stripe.Bool(s.tax)},
		PaymentIntentData: &stripe.CheckoutSessionPaymentIntentDataParams{
			Description: stripe.String(w.Say("Order %s", o.Number)), Metadata: metadata,
		},
	}
	params.Context = ctx
	params.Metadata = metadata
	params.SetIdempotencyKey(r.IdempotencyKey)
	params.LineItems = lineItems(o, w)
	session, err := s.api.CheckoutSessions.New(params)
	for n := 2; n <= keysToTry && isRemembered(err); n++ {
		params.SetIdempotencyKey(fmt.Sprintf("%s-%d", r.IdempotencyKey, n))
		session, err = s.api.CheckoutSessions.New(params)
	}
	if err != nil {
		return shop.PaymentPage{}, failure(err)
	}
	return shop.PaymentPage{SessionID: session.ID, URL: session.URL, ExpiresAt: time.Unix(session.ExpiresAt, 0).UTC()}, nil
}

// lineItems are the titles at their prices, and the gifts as items of their own: they are taxed otherwise.
func lineItems(o shop.Order, w *words.Words) []*stripe.CheckoutSessionLineItemParams {
	var items []*stripe.CheckoutSessionLineItemParams
	add := func(name, taxCode, sku string, quantity int, amount int64) {
		items = append(items, &stripe.CheckoutSessionLineItemParams{
			Quantity: stripe.Int64(int64(quantity)),
			PriceData: &stripe.CheckoutSessionLineItemPriceDataParams{
				Currency: stripe.String(o.Currency), UnitAmount: stripe.Int64(amount), TaxBehavior: stripe.String("exclusive"),
				ProductData: &stripe.CheckoutSessionLineItemPriceDataProductDataParams{
					Name: stripe.String(name), TaxCode: stripe.String(taxCode), Metadata: map[string]string{"sku": sku},
				},
			},
		})
	}
	for _, line := range o.Lines {
		add(line.Title+" ("+w.Say(line.Licence.Name())+")", digitalBook, line.SKU, line.Quantity, line.Price())
	}
	if support := o.Support(); support > 0 {
		add(w.Say("Support for Big Picture Learning"), cashDonation, "support", 1, support)
	}
	if o.Donation > 0 {
		add(w.Say("Donation to Big Picture Learning"), cashDonation, "donation", 1, o.Donation)
	}
	return items
}

// isRemembered reports whether the error is one of Stripe's own that an earlier request had got.
func isRemembered(err error) bool {
	var known *stripe.Error
	return errors.As(err, &known) && known.HTTPStatusCode >= http.StatusInternalServerError &&
		known.LastResponse != nil && known.LastResponse.Header.Get("Idempotent-Replayed") == "true"
}

// Ask returns what Stripe says of a session at this moment. Its event has an id made of the session and
// its state, so that the same answer counts once.
func (s *Stripe) Ask(ctx context.Context, sessionID string) (shop.PaymentEvent, error) {
	params := &stripe.CheckoutSessionParams{}
	params.Context = ctx
	params.AddExpand("payment_intent.latest_charge")
	session, err := s.api.CheckoutSessions.Get(sessionID, params)
	if err != nil {
		return shop.PaymentEvent{}, failure(err)
	}
	event := sessionEvent(session)
	event.Kind = sessionKind(session)
	event.ID = sessionID + ":" + string(event.Kind)
	event.Type = "checkout.session"
	event.Livemode = session.Livemode
	event.At = s.now().UTC()
	if event.Payload, err = withoutLinks(session.LastResponse.RawJSON); err != nil {
		return shop.PaymentEvent{}, failure(err)
	}
	if event.Kind == shop.PaymentSucceeded && session.PaymentIntent != nil && session.PaymentIntent.LatestCharge != nil {
		event.At = time.Unix(session.PaymentIntent.LatestCharge.Created, 0).UTC()
	}
	return event, nil
}

// Expire makes a session unpayable. One that is expired already is fine; one that was completed is an
// Error of kind Conflict.
func (s *Stripe) Expire(ctx context.Context, sessionID string) error {
	params := &stripe.CheckoutSessionExpireParams{}
	params.Context = ctx
	_, err := s.api.CheckoutSessions.Expire(sessionID, params)
	if err == nil {
		return nil
	}
	var known *stripe.Error
	if !errors.As(err, &known) || known.Type != stripe.ErrorTypeInvalidRequest {
		return failure(err)
	}
	event, askErr := s.Ask(ctx, sessionID)
	switch {
	case askErr != nil:
		return askErr
	case event.Kind == shop.PaymentExpired:
		return nil
	default:
		return shop.NewError(shop.Conflict, "session_complete", "This payment page was used already.").Because(err)
	}
}

// sessionKind reads the state of a session that was asked for.
func sessionKind(session *stripe.CheckoutSession) shop.PaymentEventKind {
	switch {
	case isPaid(session):
		return shop.PaymentSucceeded
	case session.Status == stripe.CheckoutSessionStatusExpired:
		return shop.PaymentExpired
	case session.Status == stripe.CheckoutSessionStatusOpen:
		return shop.PaymentOpen
	case session.PaymentIntent != nil && session.PaymentIntent.Status == stripe.PaymentIntentStatusRequiresPaymentMethod,
		session.PaymentIntent != nil && session.PaymentIntent.Status == stripe.PaymentIntentStatusCanceled:
		return shop.PaymentFailed
	default:
		return shop.PaymentProcessing
	}
}

func isPaid(session *stripe.CheckoutSession) bool {
	return session.PaymentStatus == stripe.CheckoutSessionPaymentStatusPaid ||
		session.PaymentStatus == stripe.CheckoutSessionPaymentStatusNoPaymentRequired
}

// sessionEvent is what every event about a session has in common.
func sessionEvent(session *stripe.CheckoutSession) shop.PaymentEvent {
	event := shop.PaymentEvent{
		// A session without a PaymentIntent (nothing was due) counts as its own payment.
		SessionID: session.ID, OrderID: session.Metadata[metaOrder], PaymentIntentID: session.ID,
		Amount: session.AmountTotal, Currency: string(session.Currency),
	}
	if event.OrderID == "" {
		event.OrderID = session.ClientReferenceID
	}
	if session.TotalDetails != nil {
		event.Tax = session.TotalDetails.AmountTax
	}
	if pi := session.PaymentIntent; pi != nil {
		event.PaymentIntentID = pi.ID
		if pi.LatestCharge != nil {
			event.ChargeID = pi.LatestCharge.ID
		}
	}
	return event
}
