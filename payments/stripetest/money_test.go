package stripetest_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"bookroom/payments/stripetest"
)

func TestRefunds(t *testing.T) {
	t.Parallel()
	box := newInbox(t)
	s := MustStart(t, stripetest.Options{WebhookURL: box.url, WebhookSecret: secret})
	charge := s.MustBuy(t, stripetest.CardSuccess).PaymentIntent.LatestCharge

	part, err := s.Refunds.New(&stripe.RefundParams{PaymentIntent: &charge.PaymentIntent.ID, Amount: stripe.Int64(1900), Reason: stripe.String("duplicate")})
	if err != nil {
		t.Fatal(err)
	}
	if part.Amount != 1900 || part.Charge.ID != charge.ID || part.Status != "succeeded" || part.Reason != "duplicate" {
		t.Errorf("the refund is %+v", part)
	}
	mustSettle(t, s.Server)
	_, err = s.Refunds.New(&stripe.RefundParams{Charge: &charge.ID, Amount: stripe.Int64(4001)})
	mustRefuse(t, err, http.StatusBadRequest, "", "Refund amount ($40.01) is greater than unrefunded amount on charge ($40.00)")

	rest, err := s.Refunds.New(&stripe.RefundParams{Charge: &charge.ID})
	if err != nil {
		t.Fatal(err)
	}
	if rest.Amount != 4000 {
		t.Errorf("the rest is %d, want 4000", rest.Amount)
	}
	_, err = s.Refunds.New(&stripe.RefundParams{Charge: &charge.ID})
	mustRefuse(t, err, http.StatusBadRequest, "charge_already_refunded", "has already been refunded")

	params := &stripe.ChargeParams{}
	params.AddExpand("refunds.data.balance_transaction")
	after, err := s.Charges.Get(charge.ID, params)
	if err != nil {
		t.Fatal(err)
	}
	if !after.Refunded || after.AmountRefunded != 5900 || len(after.Refunds.Data) != 2 || after.Refunds.Data[0].BalanceTransaction.Net != -4000 {
		t.Errorf("the charge is refunded %t, %d, by %d", after.Refunded, after.AmountRefunded, len(after.Refunds.Data))
	}
	list := s.Refunds.List(&stripe.RefundListParams{Charge: &charge.ID})
	if got := list.RefundList().Data; len(got) != 2 || got[0].ID != rest.ID {
		t.Errorf("the list has %d refunds", len(got))
	}

	update := &stripe.RefundParams{}
	update.AddMetadata("ticket", "5")
	if changed, err := s.Refunds.Update(part.ID, update); err != nil || changed.Metadata["ticket"] != "5" {
		t.Errorf("updating gave %v", err)
	}

	mustSettle(t, s.Server)
	box.mu.Lock()
	defer box.mu.Unlock()
	var totals []int64
	for _, event := range box.events {
		if event.Type == "charge.refunded" {
			var charge stripe.Charge
			if err := json.Unmarshal(event.Data.Raw, &charge); err != nil {
				t.Fatal(err)
			}
			totals = append(totals, charge.AmountRefunded)
		}
	}
	if !slices.Equal(totals, []int64{1900, 5900}) {
		t.Errorf("charge.refunded told of %v, want 1900 and then 5900", totals)
	}
}

func TestARefundThatComesBack(t *testing.T) {
	t.Parallel()
	s := MustStart(t, stripetest.Options{})
	charge := s.MustBuy(t, stripetest.CardSuccess).PaymentIntent.LatestCharge
	id, err := s.Refund(charge.ID, 1900)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.FailRefund(id); err != nil {
		t.Fatal(err)
	}
	failed, err := s.Refunds.Get(id, nil)
	if err != nil {
		t.Fatal(err)
	}
	after, err := s.Charges.Get(charge.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	if failed.Status != "failed" || failed.FailureReason == "" || after.AmountRefunded != 0 {
		t.Errorf("the refund is %s (%s), the charge refunded by %d", failed.Status, failed.FailureReason, after.AmountRefunded)
	}
	if balance := mustBalance(t, s); balance != 0 {
		t.Errorf("%d is available, want the refund and its return to cancel out", balance)
	}
	if err := s.FailRefund(id); err == nil {
		t.Error("the same refund fails twice")
	}
}

func TestDisputes(t *testing.T) {
	t.Parallel()
	evidence := func(text string) func(*testing.T, simulator, string) {
		return func(t *testing.T, s simulator, id string) {
			params := &stripe.DisputeParams{Evidence: &stripe.DisputeEvidenceParams{UncategorizedText: &text}}
			if _, err := s.Disputes.Update(id, params); err != nil {
				t.Fatal(err)
			}
		}
	}
	decided := func(won bool) func(*testing.T, simulator, string) {
		return func(t *testing.T, s simulator, id string) {
			if err := s.DecideDispute(id, won); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, c := range map[string]struct {
		end     func(*testing.T, simulator, string)
		status  stripe.DisputeStatus
		balance int64 // what the dispute leaves: the fee is never given back
		last    string
	}{
		"won":           {decided(true), "won", -1500, "charge.dispute.funds_reinstated"},
		"lost":          {decided(false), "lost", -7400, "charge.dispute.closed"},
		"good evidence": {evidence("winning_evidence"), "won", -1500, "charge.dispute.funds_reinstated"},
		"bad evidence":  {evidence("losing_evidence"), "lost", -7400, "charge.dispute.closed"},
		"evidence":      {evidence("We sent it."), "under_review", -7400, "charge.dispute.updated"},
		"given in": {func(t *testing.T, s simulator, id string) {
			if _, err := s.Disputes.Close(id, nil); err != nil {
				t.Fatal(err)
			}
		}, "lost", -7400, "charge.dispute.closed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			box := newInbox(t)
			s := MustStart(t, stripetest.Options{WebhookURL: box.url, WebhookSecret: secret})
			charge := s.MustBuy(t, stripetest.CardDisputed).PaymentIntent.LatestCharge
			list := s.Disputes.List(&stripe.DisputeListParams{Charge: &charge.ID}).DisputeList().Data
			if !charge.Disputed || len(list) != 1 || list[0].Reason != "fraudulent" || list[0].Status != "needs_response" || list[0].Amount != 5900 {
				t.Fatalf("the charge is disputed %t by %+v", charge.Disputed, list)
			}
			_, err := s.Refunds.New(&stripe.RefundParams{Charge: &charge.ID})
			mustRefuse(t, err, http.StatusBadRequest, "charge_disputed", "charged back")

			mustSettle(t, s.Server)
			c.end(t, s, list[0].ID)
			after, err := s.Disputes.Get(list[0].ID, nil)
			if err != nil {
				t.Fatal(err)
			}
			if after.Status != c.status {
				t.Errorf("the dispute is %s, want %s", after.Status, c.status)
			}
			if balance := mustBalance(t, s); balance != c.balance {
				t.Errorf("%d is available, want %d", balance, c.balance)
			}
			mustSettle(t, s.Server)
			got := box.types()
			if !slices.Contains(got, "charge.dispute.created") || !slices.Contains(got, "charge.dispute.funds_withdrawn") || got[len(got)-1] != c.last {
				t.Errorf("the events are %v, want %s last", got, c.last)
			}
		})
	}
}

func TestAnOpenedDisputeCanBeDecidedOnce(t *testing.T) {
	t.Parallel()
	s := MustStart(t, stripetest.Options{})
	charge := s.MustBuy(t, stripetest.CardSuccess).PaymentIntent.LatestCharge
	if _, err := s.Dispute(charge.ID, "boredom"); err == nil {
		t.Error("a dispute for a reason that Stripe does not have")
	}
	id, err := s.Dispute(charge.ID, "product_not_received")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Dispute(charge.ID, "fraudulent"); err == nil {
		t.Error("a second dispute of the same charge")
	}
	if err := s.DecideDispute(id, true); err != nil {
		t.Fatal(err)
	}
	_, err = s.Disputes.Close(id, nil)
	mustRefuse(t, err, http.StatusBadRequest, "", "already closed")
}

func TestPayoutsGroupWhatIsAvailable(t *testing.T) {
	t.Parallel()
	box := newInbox(t)
	s := MustStart(t, stripetest.Options{Now: fixedClock, WebhookURL: box.url, WebhookSecret: secret})
	s.MustBuy(t, stripetest.CardSuccess)
	refunded := s.MustBuy(t, stripetest.CardSuccess).PaymentIntent.LatestCharge
	if _, err := s.Payout("usd"); err == nil {
		t.Error("a payout before anything is available")
	}
	if err := s.Advance(48 * time.Hour); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Refund(refunded.ID, 1000); err != nil {
		t.Fatal(err)
	}
	s.MustBuy(t, stripetest.CardSuccess) // is pending, stays behind

	id, err := s.Payout("usd")
	if err != nil {
		t.Fatal(err)
	}
	params := &stripe.PayoutParams{}
	params.AddExpand("balance_transaction")
	payout, err := s.Payouts.Get(id, params)
	if err != nil {
		t.Fatal(err)
	}
	const want = 2*5699 - 1000
	if payout.Amount != want || payout.Status != "paid" || payout.BalanceTransaction.Net != -want || payout.ReconciliationStatus != "completed" {
		t.Errorf("the payout is %d, %s, booked %d; want %d", payout.Amount, payout.Status, payout.BalanceTransaction.Net, want)
	}

	var sum int64
	var kinds []string
	movements := s.BalanceTransactions.List(&stripe.BalanceTransactionListParams{Payout: &id})
	for movements.Next() {
		movement := movements.BalanceTransaction()
		kinds = append(kinds, string(movement.Type))
		sum += movement.Net
	}
	if !slices.Equal(kinds, []string{"payout", "refund", "charge", "charge"}) || sum != 0 {
		t.Errorf("the payout has %v, that leave %d (%v)", kinds, sum, movements.Err())
	}
	balance, err := s.Balance.Get(nil)
	if err != nil {
		t.Fatal(err)
	}
	if balance.Available[0].Amount != 0 || balance.Pending[0].Amount != 5699 {
		t.Errorf("the balance is %d and %d pending", balance.Available[0].Amount, balance.Pending[0].Amount)
	}
	if list := s.Payouts.List(&stripe.PayoutListParams{Status: stripe.String("paid")}).PayoutList().Data; len(list) != 1 {
		t.Errorf("%d payouts are paid, want 1", len(list))
	}
	charges := s.BalanceTransactions.List(&stripe.BalanceTransactionListParams{Type: stripe.String("charge"), CreatedRange: &stripe.RangeQueryParams{GreaterThan: fixedClock().Unix()}})
	if got := charges.BalanceTransactionList().Data; len(got) != 1 {
		t.Errorf("%d charges were booked later, want 1", len(got))
	}
	mustSettle(t, s.Server)
	if got := box.types(); !slices.Contains(got, "payout.paid") {
		t.Errorf("the events are %v", got)
	}
}

func mustBalance(tb testing.TB, s simulator) (available int64) {
	tb.Helper()
	balance, err := s.Balance.Get(nil)
	if err != nil {
		tb.Fatal(err)
	}
	return balance.Available[0].Amount
}

func TestARefundThatWaitsForTheBank(t *testing.T) {
	t.Parallel()
	box := newInbox(t)
	s := MustStart(t, stripetest.Options{WebhookURL: box.url, WebhookSecret: secret})
	for name, c := range map[string]struct {
		end     func(id string) error
		status  stripe.RefundStatus
		balance int64 // refunded of the charge
	}{
		"arrives":   {s.SettleRefund, stripe.RefundStatusSucceeded, 1900},
		"sent back": {s.FailRefund, stripe.RefundStatusFailed, 0},
	} {
		charge := s.MustBuy(t, stripetest.CardRefundPending).PaymentIntent.LatestCharge
		params := &stripe.RefundParams{PaymentIntent: &charge.PaymentIntent.ID, Amount: stripe.Int64(1900)}
		params.AddExpand("charge")
		refund, err := s.Refunds.New(params)
		if err != nil {
			t.Fatal(err)
		}
		if refund.Status != stripe.RefundStatusPending || refund.Charge.AmountRefunded != 1900 {
			t.Errorf("%s: the refund is %s, the charge refunded by %d", name, refund.Status, refund.Charge.AmountRefunded)
		}
		if err := c.end(refund.ID); err != nil {
			t.Fatal(err)
		}
		if err := s.SettleRefund(refund.ID); err == nil {
			t.Errorf("%s: it arrives after all", name)
		}
		look := &stripe.RefundParams{}
		look.AddExpand("charge")
		after, err := s.Refunds.Get(refund.ID, look)
		if err != nil {
			t.Fatal(err)
		}
		if after.Status != c.status || after.Charge.AmountRefunded != c.balance {
			t.Errorf("%s: the refund is %s, the charge refunded by %d", name, after.Status, after.Charge.AmountRefunded)
		}
	}
	mustSettle(t, s.Server)
	if n := len(slices.DeleteFunc(box.types(), func(t string) bool { return t != "charge.refund.updated" })); n != 2 {
		t.Errorf("%d events tell what became of the refunds", n)
	}
}
