package stripetest_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"bookroom/payments/stripetest"
)

var purchase = []string{"payment_intent.created", "charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"}

func TestRefusedEventsComeAgain(t *testing.T) {
	t.Parallel()
	box := newInbox(t)
	box.refuse = 6
	s := MustStart(t, stripetest.Options{WebhookURL: box.url, WebhookSecret: secret, RetryAfter: time.Millisecond})
	s.MustBuy(t, stripetest.CardSuccess)
	mustSettle(t, s.Server)

	got := box.types()
	slices.Sort(got)
	want := slices.Sorted(slices.Values(purchase))
	if !slices.Equal(got, want) {
		t.Errorf("the events are %v, want each of %v once", got, want)
	}
	attempts := 0
	for _, event := range s.Server.Events() {
		attempts += event.Attempts
		if event.Status != "delivered" || event.LastStatus != 200 {
			t.Errorf("%s is %s, last answered %d", event.Type, event.Status, event.LastStatus)
		}
	}
	if attempts != 10 {
		t.Errorf("there were %d attempts, want 6 refused and 4 accepted", attempts)
	}
}

func TestAnEventOnItsWayIsPending(t *testing.T) {
	t.Parallel()
	box := newInbox(t)
	s := MustStart(t, stripetest.Options{WebhookURL: box.url, WebhookSecret: secret, Faults: stripetest.Faults{Reorder: 9}})
	s.MustBuy(t, stripetest.CardSuccess)
	params := &stripe.EventListParams{Types: stripe.StringSlice([]string{"checkout.session.completed", "charge.failed"})}
	pending := func() int64 {
		list := s.API.Events.List(params).EventList().Data
		if len(list) != 1 {
			t.Fatalf("%d events are listed, want 1", len(list))
		}
		return list[0].PendingWebhooks
	}
	if got := pending(); got != 1 {
		t.Errorf("before the delivery %d webhooks are pending, want 1", got)
	}
	s.SetFaults(stripetest.Faults{})
	mustSettle(t, s.Server)
	if got := pending(); got != 0 {
		t.Errorf("after it %d webhooks are pending, want 0", got)
	}
}

func TestFaultsOfTheEvents(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		faults stripetest.Faults
		want   []string
	}{
		"in order": {stripetest.Faults{}, purchase},
		"late":     {stripetest.Faults{Delay: time.Millisecond}, purchase},
		"doubled": {stripetest.Faults{Duplicate: 1}, []string{
			purchase[0], purchase[0], purchase[1], purchase[1], purchase[2], purchase[2], purchase[3], purchase[3],
		}},
		"backwards":        {stripetest.Faults{Reorder: 4}, []string{purchase[3], purchase[2], purchase[1], purchase[0]}},
		"without one type": {stripetest.Faults{Drop: []string{"checkout.session.completed"}}, purchase[:3]},
		"none":             {stripetest.Faults{Drop: []string{"*"}}, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box := newInbox(t)
			s := MustStart(t, stripetest.Options{WebhookURL: box.url, WebhookSecret: secret, Faults: c.faults})
			s.MustBuy(t, stripetest.CardSuccess)
			mustSettle(t, s.Server)
			if got := box.types(); !slices.Equal(got, c.want) {
				t.Errorf("the events are %v, want %v", got, c.want)
			}
		})
	}
}

func TestADroppedEventCanBeDelivered(t *testing.T) {
	t.Parallel()
	box := newInbox(t)
	s := MustStart(t, stripetest.Options{WebhookURL: box.url, WebhookSecret: secret, Faults: stripetest.Faults{Drop: []string{"*"}}})
	s.MustBuy(t, stripetest.CardSuccess)
	last := s.Server.Events()[0]
	if last.Type != "checkout.session.completed" || last.Status != "dropped" {
		t.Fatalf("the last event is %s, %s", last.Type, last.Status)
	}
	for range 2 {
		if err := s.Redeliver(last.ID); err != nil {
			t.Fatal(err)
		}
		mustSettle(t, s.Server)
	}
	if got := box.types(); !slices.Equal(got, []string{last.Type, last.Type}) {
		t.Errorf("the events are %v, want the dropped one twice", got)
	}
	if err := s.Redeliver("evt_x"); err == nil {
		t.Error("an event of nobody was delivered")
	}
}

func TestAnEventTellsWhoCausedIt(t *testing.T) {
	t.Parallel()
	box := newInbox(t)
	s := MustStart(t, stripetest.Options{})
	charge := s.MustBuy(t, stripetest.CardSuccess).PaymentIntent.LatestCharge
	s.SetWebhook(box.url, secret)
	params := &stripe.RefundParams{Charge: &charge.ID}
	params.SetIdempotencyKey("refund-1")
	refund, err := s.Refunds.New(params)
	if err != nil {
		t.Fatal(err)
	}
	mustSettle(t, s.Server)
	box.mu.Lock()
	defer box.mu.Unlock()
	if len(box.events) != 1 {
		t.Fatalf("%d events came, want only what happened since there is a webhook", len(box.events))
	}
	event := box.events[0]
	if event.Request.ID != refund.LastResponse.RequestID || event.Request.IdempotencyKey != "refund-1" || event.APIVersion != stripe.APIVersion {
		t.Errorf("the event is of request %q, key %q, version %s", event.Request.ID, event.Request.IdempotencyKey, event.APIVersion)
	}
	if before := event.Data.PreviousAttributes["refunded"]; before != false {
		t.Errorf("before, refunded was %v", before)
	}
}

func TestTheWebhookIsListed(t *testing.T) {
	t.Parallel()
	s := MustStart(t, stripetest.Options{})
	if list := s.WebhookEndpoints.List(nil).WebhookEndpointList().Data; len(list) != 0 {
		t.Errorf("%d webhooks, want none", len(list))
	}
	s.SetWebhook("https://shop.example/webhooks/stripe", secret)
	list := s.WebhookEndpoints.List(nil).WebhookEndpointList().Data
	if len(list) != 1 || list[0].URL != "https://shop.example/webhooks/stripe" || list[0].Secret != "" {
		t.Errorf("the webhooks are %+v", list)
	}
}
