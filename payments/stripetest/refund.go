package stripetest

// refund gives money of a charge back.
type refund struct {
	ID                 string            `json:"id"`
	Object             string            `json:"object"`
	Amount             int64             `json:"amount"`
	BalanceTransaction text              `json:"balance_transaction"`
	Charge             string            `json:"charge"`
	Created            int64             `json:"created"`
	Currency           string            `json:"currency"`
	Destination        refundDestination `json:"destination_details"`
	FailureTransaction string            `json:"failure_balance_transaction,omitempty"`
	FailureReason      string            `json:"failure_reason,omitempty"`
	Metadata           metadata          `json:"metadata"`
	PaymentIntent      text              `json:"payment_intent"`
	Reason             text              `json:"reason"`
	ReceiptNumber      null              `json:"receipt_number"`
	Status             string            `json:"status"`
}

// refundPending is the status of a refund that the buyer's bank has not taken yet.
const refundPending = "pending"

type refundDestination struct {
	Type string `json:"type"`
}

func (r *refund) key() string     { return r.ID }
func (r *refund) view(*state) any { return r }

func listRefunds(st *state, c *call) (any, error) {
	chargeID, intentID, created := c.form.text("charge"), c.form.text("payment_intent"), c.form.span("created")
	return paginate(st, c, st.refunds.newest(), func(r *refund) bool {
		return (chargeID == "" || r.Charge == chargeID) && (intentID == "" || string(r.PaymentIntent) == intentID) && created.holds(r.Created)
	})
}

// createRefund is POST /v1/refunds.
func createRefund(ch *change, c *call) (any, error) {
	f := c.form
	chargeID, intentID := f.text("charge"), f.text("payment_intent")
	amount, data := f.number("amount", 0), f.metadata("metadata")
	reason := f.choice("reason", "", "duplicate", "fraudulent", "requested_by_customer")
	f.refuse("currency", "customer", "instructions_email", "origin", "refund_application_fee", "reverse_transfer")
	if chargeID == "" && intentID == "" {
		f.fail(invalid("", "One of the following params should be provided for this request: payment_intent or charge.").with("parameter_missing"))
	}
	if f.values.Has("amount") && amount < 1 {
		f.fail(invalid("amount", "Invalid positive integer").with("parameter_invalid_integer"))
	}
	if err := f.done(); err != nil {
		return nil, err
	}
	paid, err := ch.chargeToRefund(chargeID, intentID)
	if err != nil {
		return nil, err
	}
	return ch.refund(paid, amount, reason, data)
}

// chargeToRefund finds the charge by its own id or by that of its intent.
func (ch *change) chargeToRefund(chargeID, intentID string) (*charge, error) {
	if chargeID == "" {
		payment, ok := ch.intents.get(intentID)
		if !ok {
			return nil, badReference("payment_intent", intentID)
		}
		if payment.Status != intentSucceeded {
			return nil, invalid("", "This PaymentIntent (%s) does not have a successful charge to refund.", intentID).executing()
		}
		chargeID = string(payment.LatestCharge)
	}
	paid, ok := ch.charges.get(chargeID)
	if !ok {
		return nil, badReference("charge", chargeID)
	}
	return paid, nil
}

func badReference(param, id string) *apiError {
	return invalid(param, "No such %s: '%s'", param, id).with("resource_missing")
}

// refund gives amount back, or all that is left if amount is 0.
func (ch *change) refund(paid *charge, amount int64, reason string, data metadata) (*refund, error) {
	left := paid.Amount - paid.AmountRefunded
	switch {
	case !paid.Paid:
		return nil, invalid("", "Charge %s was not paid: there is nothing to refund.", paid.ID).executing()
	case paid.Disputed:
		return nil, invalid("", "Charge %s has been charged back; cannot issue a refund.", paid.ID).with("charge_disputed").executing()
	case paid.Refunded:
		return nil, invalid("", "Charge %s has already been refunded.", paid.ID).with("charge_already_refunded").executing()
	case amount > left:
		return nil, invalid("amount", "Refund amount (%s) is greater than unrefunded amount on charge (%s)", money(amount, paid.Currency), money(left, paid.Currency)).executing()
	case amount == 0:
		amount = left
	}
	r := &refund{
		ID: newID("re"), Object: "refund", Amount: amount, Charge: paid.ID, Created: ch.now(), Currency: paid.Currency,
		Destination: refundDestination{Type: paid.MethodDetails.Type}, Metadata: data, PaymentIntent: paid.PaymentIntent,
		Reason: text(reason), Status: "succeeded",
	}
	if card := paid.MethodDetails.Card; card != nil && card.Last4 == cardOf(CardRefundPending).last4() {
		r.Status = refundPending
	}
	r.BalanceTransaction = text(ch.book("refund", "refund", r.ID, "REFUND FOR CHARGE", r.Currency, -amount, 0).ID)
	ch.put(r)
	ch.setRefunded(paid, paid.AmountRefunded+amount, "charge.refunded")
	return r, nil
}

func (ch *change) setRefunded(paid *charge, total int64, eventType string) {
	next := *paid
	next.AmountRefunded, next.Refunded = total, total == paid.Amount
	ch.put(&next)
	ch.emit(eventType, &next, map[string]any{"amount_refunded": paid.AmountRefunded, "refunded": paid.Refunded})
}

// updateRefund is POST /v1/refunds/{id}.
func updateRefund(ch *change, c *call) (any, error) {
	changes := c.form.metadataChanges("metadata")
	if err := c.form.done(); err != nil {
		return nil, err
	}
	old, ok := ch.refunds.get(c.id)
	if !ok {
		return nil, noSuch("refund", c.id)
	}
	next := *old
	next.Metadata = old.Metadata.changedBy(changes)
	ch.put(&next)
	ch.emit("charge.refund.updated", &next, map[string]any{"metadata": old.Metadata})
	return &next, nil
}

// refundsOf is the refunds field of a charge.
func (st *state) refundsOf(c *charge) *page {
	p := &page{Object: "list", URL: "/v1/charges/" + c.ID + "/refunds", Data: []any{}}
	for r := range st.refunds.newest() {
		if r.Charge != c.ID {
			continue
		}
		if p.HasMore = len(p.Data) == 10; p.HasMore {
			break
		}
		p.Data = append(p.Data, r)
	}
	return p
}

// failRefund is what happens when the buyer's bank sends a refund back: the
// money returns to the balance, and the charge is not refunded any more.
func (ch *change) failRefund(old *refund) error {
	paid, ok := ch.charges.get(old.Charge)
	if !ok || old.Status == "failed" {
		return invalid("", "Refund %s is %s: it cannot fail any more.", old.ID, old.Status)
	}
	next := *old
	next.Status, next.FailureReason = "failed", "expired_or_canceled_card"
	next.FailureTransaction = ch.book("refund_failure", "refund_failure", old.ID, "REFUND FAILURE", old.Currency, old.Amount, 0).ID
	ch.put(&next)
	ch.emit("charge.refund.updated", &next, map[string]any{"status": old.Status})
	ch.setRefunded(paid, paid.AmountRefunded-old.Amount, "charge.updated")
	return nil
}

// settleRefund is what happens when the buyer's bank has taken a refund.
func (ch *change) settleRefund(old *refund) error {
	if old.Status != refundPending {
		return invalid("", "Refund %s is %s: nothing waits for it any more.", old.ID, old.Status)
	}
	next := *old
	next.Status = "succeeded"
	ch.put(&next)
	ch.emit("charge.refund.updated", &next, map[string]any{"status": old.Status})
	return nil
}

// Refund gives money back as somebody in Stripe's dashboard would. An amount
// of 0 refunds all that is left. It returns the refund's id.
func (s *Server) Refund(chargeID string, amount int64) (id string, err error) {
	if amount < 0 {
		return "", invalid("amount", "Invalid positive integer")
	}
	err = s.with(func(ch *change) error {
		paid, ok := ch.charges.get(chargeID)
		if !ok {
			return noSuch("charge", chargeID)
		}
		r, err := ch.refund(paid, amount, "requested_by_customer", metadata{})
		if err != nil {
			return err
		}
		id = r.ID
		return nil
	})
	return id, err
}

// SettleRefund lets a refund that is pending arrive at the buyer's bank.
func (s *Server) SettleRefund(refundID string) error {
	return s.with(func(ch *change) error {
		r, ok := ch.refunds.get(refundID)
		if !ok {
			return noSuch("refund", refundID)
		}
		return ch.settleRefund(r)
	})
}

// FailRefund lets a refund come back from the buyer's bank.
func (s *Server) FailRefund(refundID string) error {
	return s.with(func(ch *change) error {
		r, ok := ch.refunds.get(refundID)
		if !ok {
			return noSuch("refund", refundID)
		}
		return ch.failRefund(r)
	})
}
