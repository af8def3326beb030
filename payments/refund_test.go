package payments_test

import (
	"testing"

	"bookroom/payments/stripetest"
	"bookroom/shop"
)

// mustSell pays an order of 78 dollars and returns it with the payment.
func (s stripe) mustSell(tb testing.TB, number string) (shop.Order, shop.Return) {
	tb.Helper()
	r := request()
	with := map[string][]string{"card": {number}, "exp": card["exp"], "cvc": card["cvc"]}
	s.mustPay(tb, s.mustStart(tb, r), with)
	paid := s.mustHear(tb)
	return r.Order, shop.Return{ID: shop.NewID(), PaymentIntentID: paid.PaymentIntentID, Amount: 3800, Reason: shop.WrongTitle}
}

func TestARefundIsMadeOnce(t *testing.T) {
	t.Parallel()
	s := mustStripe(t, nil)
	o, r := s.mustSell(t, stripetest.CardSuccess)
	first, err := s.Refund(t.Context(), o, r, false)
	if err != nil {
		t.Fatal(err)
	}
	if first.Kind != shop.ChargeRefunded || first.Amount != 3800 || first.ReturnState != shop.ReturnSucceeded || first.RefundID == "" ||
		first.PaymentIntentID != r.PaymentIntentID || first.ChargeID == "" || first.At.IsZero() || len(first.Payload) == 0 {
		t.Errorf("the answer is %+v", first)
	}
	for name, again := range map[string]bool{"the same key": false, "looked for": true} {
		second, err := s.Refund(t.Context(), o, r, again)
		if err != nil || second.RefundID != first.RefundID || second.Amount != 3800 || second.ID != first.ID {
			t.Errorf("%s: %+v (%v)", name, second, err)
		}
	}
	other := r
	other.ID, other.Amount = shop.NewID(), 4001
	if _, err := s.Refund(t.Context(), o, other, true); !shop.IsKind(err, shop.Conflict) {
		t.Errorf("more than is left: %v", err)
	}
	other.ID, other.Amount = shop.NewID(), 4000
	if rest, err := s.Refund(t.Context(), o, other, false); err != nil || rest.Amount != 7800 || rest.RefundID == first.RefundID {
		t.Errorf("the rest: %+v (%v)", rest, err)
	}
}

func TestARefundWhoseAnswerIsLostIsFound(t *testing.T) {
	t.Parallel()
	for _, fault := range []stripetest.FaultKind{stripetest.FaultError, stripetest.FaultResetBefore, stripetest.FaultResetAfter} {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			s := mustStripe(t, nil)
			o, r := s.mustSell(t, stripetest.CardSuccess)
			s.simulator.SetFaults(stripetest.Faults{API: stripetest.APIFault{Kind: fault, Path: "/v1/refunds"}})
			if _, err := s.Refund(t.Context(), o, r, false); !shop.IsKind(err, shop.Unavailable) {
				t.Fatalf("Stripe erred: %v", err)
			}
			s.simulator.SetFaults(stripetest.Faults{})
			for range 2 {
				if e, err := s.Refund(t.Context(), o, r, true); err != nil || e.Amount != 3800 || e.ReturnState != shop.ReturnSucceeded {
					t.Fatalf("asked again: %+v (%v)", e, err)
				}
			}
		})
	}
}

func TestWhatBecomesOfARefundIsHeard(t *testing.T) {
	t.Parallel()
	s := mustStripe(t, nil)
	hear := func(kind shop.PaymentEventKind) shop.PaymentEvent {
		t.Helper()
		for e := s.mustHear(t); ; e = s.mustHear(t) {
			if e.Kind == kind {
				return e
			}
		}
	}
	for end, want := range map[shop.PaymentEventKind]shop.ReturnState{shop.RefundChanged: shop.ReturnSucceeded, shop.RefundFailed: shop.ReturnFailed} {
		o, r := s.mustSell(t, stripetest.CardRefundPending)
		asked, err := s.Refund(t.Context(), o, r, false)
		if err != nil || asked.ReturnState != shop.ReturnPending || asked.Amount != 3800 {
			t.Fatalf("asked: %+v (%v)", asked, err)
		}
		settle := s.simulator.SettleRefund
		if end == shop.RefundFailed {
			settle = s.simulator.FailRefund
		}
		if err := settle(asked.RefundID); err != nil {
			t.Fatal(err)
		}
		e := hear(end)
		if e.ReturnID != r.ID || e.RefundID != asked.RefundID || e.ReturnState != want || (e.Problem == "") != (want == shop.ReturnSucceeded) {
			t.Errorf("heard %+v", e)
		}
	}
}
