package payments

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"bookroom/shop"

	"github.com/stripe/stripe-go/v76"
	"github.com/stripe/stripe-go/v76/webhook"
)

// tolerance is how far the time of a signature may lie from now, on either side. Stripe's own library
// checks the past only.
const tolerance = webhook.DefaultTolerance

// Event verifies a delivered event against each of the signing secrets and reads it. An Error of kind
// Invalid means that it was not signed by Stripe just now. Events of other API versions are read too:
// the few fields that are used are the same in all of them.
func (s *Stripe) Event(payload []byte, signature string) (shop.PaymentEvent, error) {
	if err := s.checkTime(signature); err != nil {
		return shop.PaymentEvent{}, badSignature.Because(err)
	}
	var event stripe.Event
	var err error
	for _, secret := range s.secrets {
		event, err = webhook.ConstructEventWithOptions(payload, signature, secret,
			webhook.ConstructEventOptions{IgnoreTolerance: true, IgnoreAPIVersionMismatch: true})
		if err == nil {
			break
		}
	}
	if err != nil {
		return shop.PaymentEvent{}, badSignature.Because(err)
	}
	if event.ID == "" || event.Type == "" || event.Data == nil {
		return shop.PaymentEvent{}, shop.NewError(shop.Invalid, "invalid_event", "This is not a Stripe event.")
	}
	read, err := readEvent(event)
	if err != nil {
		return shop.PaymentEvent{}, shop.NewError(shop.Invalid, "invalid_event", "This event cannot be read.").Because(err)
	}
	if err := checkFigures(read); err != nil {
		return shop.PaymentEvent{}, shop.NewError(shop.Invalid, "invalid_event", "This event has figures that Stripe never sends.").Because(err)
	}
	read.ID, read.Type, read.Livemode = event.ID, string(event.Type), event.Livemode
	read.At = time.Unix(event.Created, 0).UTC()
	if read.Payload, err = withoutLinks(payload); err != nil {
		return shop.PaymentEvent{}, shop.NewError(shop.Invalid, "invalid_event", "This event cannot be read.").Because(err)
	}
	return read, nil
}

// checkFigures refuses what the database could not keep: Stripe's amounts and currencies are always
// of this form.
func checkFigures(e shop.PaymentEvent) error {
	if e.Kind == shop.Irrelevant {
		return nil
	}
	if e.Kind == shop.PaymentSucceeded && (len(e.Currency) != 3 || strings.ToLower(e.Currency) != e.Currency) {
		return fmt.Errorf("currency %q", e.Currency)
	}
	if e.Amount < 0 || e.Amount > maxFigure || e.Tax < 0 || e.Tax > e.Amount {
		return fmt.Errorf("amount %d, tax %d", e.Amount, e.Tax)
	}
	return nil
}

// maxFigure is far beyond what Stripe charges, and far from where sums overflow.
const maxFigure = 1_000_000_000_000

// withoutLinks returns what was received but for the addresses of a session: they hold the secrets of the
// order and of the cart, which no table keeps.
func withoutLinks(payload []byte) ([]byte, error) {
	if !bytes.Contains(payload, []byte(`_url"`)) {
		return payload, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(payload))
	decoder.UseNumber()
	var whole map[string]any
	if err := decoder.Decode(&whole); err != nil {
		return nil, fmt.Errorf("read payload: %w", err)
	}
	session := whole
	if data, ok := whole["data"].(map[string]any); ok {
		session, _ = data["object"].(map[string]any)
	}
	for _, link := range []string{"success_url", "cancel_url", "url"} {
		if session[link] != nil {
			session[link] = "(left out)"
		}
	}
	return json.Marshal(whole)
}

// Letter is a signed event that means nothing, for trying out who takes it.
func (s *Stripe) Letter() (payload []byte, signature string) {
	payload = fmt.Appendf(nil, `{"id":"evt_bookroom_doctor","object":"event","type":"bookroom.doctor","created":%d,"livemode":%t,"data":{"object":{}}}`,
		s.now().Unix(), s.livemode)
	signed := webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: payload, Secret: s.secrets[0], Timestamp: s.now()})
	return payload, signed.Header
}

var badSignature = shop.NewError(shop.Invalid, "invalid_signature", "The Stripe-Signature does not fit this body and time.")

func (s *Stripe) checkTime(signature string) error {
	var times []string
	for part := range strings.SplitSeq(signature, ",") {
		if text, ok := strings.CutPrefix(strings.TrimSpace(part), "t="); ok {
			times = append(times, text)
		}
	}
	if len(times) != 1 { // of several, the library might take another one than we do
		return webhook.ErrInvalidHeader
	}
	seconds, err := strconv.ParseInt(times[0], 10, 64)
	if err != nil {
		return fmt.Errorf("time of signature: %w", err)
	}
	if off := s.now().Sub(time.Unix(seconds, 0)).Abs(); off > tolerance {
		return fmt.Errorf("signed %s away from now", off.Round(time.Second))
	}
	return nil
}

// readEvent reads what the event is about. Types that nothing follows from are Irrelevant.
func readEvent(event stripe.Event) (shop.PaymentEvent, error) {
	switch event.Type {
	case stripe.EventTypeCheckoutSessionCompleted, stripe.EventTypeCheckoutSessionAsyncPaymentSucceeded,
		stripe.EventTypeCheckoutSessionAsyncPaymentFailed, stripe.EventTypeCheckoutSessionExpired:
		return readSession(event)
	case stripe.EventTypeChargeRefunded:
		return readCharge(event)
	case stripe.EventTypeChargeRefundUpdated, "refund.updated", "refund.failed":
		return readRefund(event)
	case stripe.EventTypeChargeDisputeCreated, stripe.EventTypeChargeDisputeUpdated, stripe.EventTypeChargeDisputeClosed,
		stripe.EventTypeChargeDisputeFundsWithdrawn, stripe.EventTypeChargeDisputeFundsReinstated:
		return readDispute(event)
	default:
		return shop.PaymentEvent{Kind: shop.Irrelevant}, nil
	}
}

func readSession(event stripe.Event) (shop.PaymentEvent, error) {
	var session stripe.CheckoutSession
	if err := json.Unmarshal(event.Data.Raw, &session); err != nil {
		return shop.PaymentEvent{}, fmt.Errorf("read session: %w", err)
	}
	read := sessionEvent(&session)
	switch {
	case event.Type == stripe.EventTypeCheckoutSessionExpired:
		read.Kind = shop.PaymentExpired
	case event.Type == stripe.EventTypeCheckoutSessionAsyncPaymentFailed:
		read.Kind = shop.PaymentFailed
	case session.PaymentStatus == stripe.CheckoutSessionPaymentStatusUnpaid:
		read.Kind = shop.PaymentProcessing // the money of a slow method is on its way
	case session.PaymentStatus == "":
		return shop.PaymentEvent{}, fmt.Errorf("session without a payment status")
	default:
		read.Kind = shop.PaymentSucceeded
	}
	return read, nil
}

func readCharge(event stripe.Event) (shop.PaymentEvent, error) {
	var charge stripe.Charge
	if err := json.Unmarshal(event.Data.Raw, &charge); err != nil {
		return shop.PaymentEvent{}, fmt.Errorf("read charge: %w", err)
	}
	if charge.PaymentIntent == nil {
		return shop.PaymentEvent{Kind: shop.Irrelevant}, nil // not made by Checkout, so not one of ours
	}
	return shop.PaymentEvent{
		Kind: shop.ChargeRefunded, OrderID: charge.Metadata[metaOrder], PaymentIntentID: intentID(charge.PaymentIntent),
		ChargeID: charge.ID, Amount: charge.AmountRefunded, Currency: string(charge.Currency),
	}, nil
}

func readRefund(event stripe.Event) (shop.PaymentEvent, error) {
	var refund stripe.Refund
	if err := json.Unmarshal(event.Data.Raw, &refund); err != nil {
		return shop.PaymentEvent{}, fmt.Errorf("read refund: %w", err)
	}
	state := returnState(refund.Status)
	if refund.PaymentIntent == nil || (state != shop.ReturnFailed && refund.Metadata[metaReturn] == "") {
		return shop.PaymentEvent{Kind: shop.Irrelevant}, nil
	}
	read := shop.PaymentEvent{
		Kind: shop.RefundChanged, PaymentIntentID: intentID(refund.PaymentIntent), RefundID: refund.ID,
		Amount: refund.Amount, Currency: string(refund.Currency),
		ReturnID: refund.Metadata[metaReturn], ReturnState: state, Problem: problemOf(&refund),
	}
	if state == shop.ReturnFailed {
		read.Kind = shop.RefundFailed
	}
	if refund.Charge != nil {
		read.ChargeID = refund.Charge.ID
	}
	return read, nil
}

func readDispute(event stripe.Event) (shop.PaymentEvent, error) {
	var dispute stripe.Dispute
	if err := json.Unmarshal(event.Data.Raw, &dispute); err != nil {
		return shop.PaymentEvent{}, fmt.Errorf("read dispute: %w", err)
	}
	status, ok := disputeStatus(dispute.Status)
	if !ok || dispute.PaymentIntent == nil {
		return shop.PaymentEvent{Kind: shop.Irrelevant}, nil
	}
	read := shop.PaymentEvent{
		Kind: shop.DisputeChanged, PaymentIntentID: intentID(dispute.PaymentIntent),
		Amount: dispute.Amount, Currency: string(dispute.Currency),
		Dispute: shop.Dispute{
			ID: dispute.ID, PaymentIntentID: intentID(dispute.PaymentIntent), Status: status, Amount: dispute.Amount,
			Reason: string(dispute.Reason), UpdatedAt: time.Unix(event.Created, 0).UTC(),
		},
	}
	if dispute.Charge != nil {
		read.ChargeID = dispute.Charge.ID
	}
	return read, nil
}

// disputeStatus is false for an inquiry (Stripe's "warning"): no money moves then.
func disputeStatus(status stripe.DisputeStatus) (shop.DisputeStatus, bool) {
	switch status {
	case stripe.DisputeStatusNeedsResponse, stripe.DisputeStatusUnderReview:
		return shop.DisputeOpen, true
	case stripe.DisputeStatusWon:
		return shop.DisputeWon, true
	case stripe.DisputeStatusLost:
		return shop.DisputeLost, true
	default:
		return "", false
	}
}

func intentID(intent *stripe.PaymentIntent) string {
	if intent == nil {
		return ""
	}
	return intent.ID
}

// EventTypes are the events that a webhook endpoint has to be sent.
func EventTypes() []string {
	return []string{
		"checkout.session.completed", "checkout.session.async_payment_succeeded", "checkout.session.async_payment_failed",
		"checkout.session.expired", "charge.refunded", "charge.refund.updated",
		"charge.dispute.created", "charge.dispute.updated", "charge.dispute.closed",
	}
}

// WebhookLacks returns the event types that Stripe does not send to that address; all of them where no
// endpoint is registered or it is switched off. It is for the doctor.
func (s *Stripe) WebhookLacks(ctx context.Context, address string) ([]string, error) {
	params := &stripe.WebhookEndpointListParams{}
	params.Context = ctx
	lacks := EventTypes()
	endpoints := s.api.WebhookEndpoints.List(params)
	for endpoints.Next() {
		e := endpoints.WebhookEndpoint()
		if e.URL != address || e.Status != "enabled" {
			continue
		}
		lacks = slices.DeleteFunc(lacks, func(t string) bool {
			return slices.Contains(e.EnabledEvents, t) || slices.Contains(e.EnabledEvents, "*")
		})
	}
	if err := endpoints.Err(); err != nil {
		return nil, failure(err)
	}
	return lacks, nil
}
