package stripetest

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// The states of a dispute.
const (
	disputeNeedsResponse = "needs_response"
	disputeUnderReview   = "under_review"
	disputeWon           = "won"
	disputeLost          = "lost"
)

// evidenceTime is how long there is to answer a dispute.
const evidenceTime = 7 * 24 * time.Hour

// dispute is a buyer's complaint to the bank, which takes the money back until
// it is decided.
type dispute struct {
	ID                 string                `json:"id"`
	Object             string                `json:"object"`
	Amount             int64                 `json:"amount"`
	Transactions       []*balanceTransaction `json:"balance_transactions"`
	Charge             string                `json:"charge"`
	Created            int64                 `json:"created"`
	Currency           string                `json:"currency"`
	Evidence           map[string]text       `json:"evidence"`
	EvidenceDetails    evidenceDetails       `json:"evidence_details"`
	IsChargeRefundable bool                  `json:"is_charge_refundable"`
	Livemode           bool                  `json:"livemode"`
	Metadata           metadata              `json:"metadata"`
	PaymentIntent      text                  `json:"payment_intent"`
	MethodDetails      *disputedMethod       `json:"payment_method_details,omitempty"`
	Reason             string                `json:"reason"`
	Status             string                `json:"status"`
}

type evidenceDetails struct {
	DueBy           int64 `json:"due_by"`
	HasEvidence     bool  `json:"has_evidence"`
	PastDue         bool  `json:"past_due"`
	SubmissionCount int64 `json:"submission_count"`
}

type disputedMethod struct {
	Type string       `json:"type"`
	Card disputedCard `json:"card"`
}

type disputedCard struct {
	Brand      string `json:"brand"`
	ReasonCode string `json:"network_reason_code"`
}

func (d *dispute) key() string     { return d.ID }
func (d *dispute) view(*state) any { return d }

func (d *dispute) decided() bool { return d.Status == disputeWon || d.Status == disputeLost }

// disputeReasons are the reasons that a buyer can give.
func disputeReasons() []string {
	return []string{
		"fraudulent", "bank_cannot_process", "credit_not_processed", "customer_initiated", "debit_not_authorized",
		"duplicate", "general", "incorrect_account_details", "insufficient_funds", "product_not_received",
		"product_unacceptable", "subscription_canceled", "unrecognized",
	}
}

// evidenceFields are the fields that evidence can have.
func evidenceFields() []string {
	return []string{
		"access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure",
		"cancellation_rebuttal", "customer_communication", "customer_email_address", "customer_name",
		"customer_purchase_ip", "customer_signature", "duplicate_charge_documentation", "duplicate_charge_explanation",
		"duplicate_charge_id", "product_description", "receipt", "refund_policy", "refund_policy_disclosure",
		"refund_refusal_explanation", "service_date", "service_documentation", "shipping_address", "shipping_carrier",
		"shipping_date", "shipping_documentation", "shipping_tracking_number", "uncategorized_file", "uncategorized_text",
	}
}

func listDisputes(st *state, c *call) (any, error) {
	chargeID, intentID, created := c.form.text("charge"), c.form.text("payment_intent"), c.form.span("created")
	return paginate(st, c, st.disputes.newest(), func(d *dispute) bool {
		return (chargeID == "" || d.Charge == chargeID) && (intentID == "" || string(d.PaymentIntent) == intentID) && created.holds(d.Created)
	})
}

// openDispute takes the money of a charge back from the account, and the fee.
func (ch *change) openDispute(paid *charge, reason string) *dispute {
	now := ch.now()
	d := &dispute{
		ID: newID("dp"), Object: "dispute", Amount: paid.Amount, Transactions: []*balanceTransaction{}, Charge: paid.ID, Created: now,
		Currency: paid.Currency, Evidence: make(map[string]text),
		EvidenceDetails: evidenceDetails{DueBy: now + int64(evidenceTime/time.Second)},
		Metadata:        metadata{}, PaymentIntent: paid.PaymentIntent, Reason: reason, Status: disputeNeedsResponse,
	}
	for _, field := range evidenceFields() {
		d.Evidence[field] = ""
	}
	if card := paid.MethodDetails.Card; card != nil {
		d.MethodDetails = &disputedMethod{Type: methodCard, Card: disputedCard{Brand: card.Brand, ReasonCode: "10.4"}}
	}
	disputed := *paid
	disputed.Disputed = true
	ch.put(&disputed)
	ch.put(d)
	ch.emit("charge.dispute.created", d, nil)
	withdrawn := ch.withTransaction(d, "dispute", "Chargeback withdrawal for "+paid.ID, -d.Amount, disputeFee)
	ch.emit("charge.dispute.funds_withdrawn", withdrawn, nil)
	return withdrawn
}

// withTransaction moves money for a dispute and keeps the dispute with it.
func (ch *change) withTransaction(d *dispute, category, description string, amount, feeAmount int64) *dispute {
	moved := ch.book("adjustment", category, d.ID, description, d.Currency, amount, feeAmount)
	next := *d
	next.Transactions = append(slices.Clone(d.Transactions), moved.shownAt(moved.Created))
	ch.put(&next)
	return &next
}

// decide ends a dispute. Who wins gets the money back, but not the fee.
func (ch *change) decide(d *dispute, won bool) (*dispute, error) {
	if d.decided() {
		return nil, invalid("", "This dispute is already closed: it was %s.", d.Status).executing()
	}
	next := *d
	next.Status = disputeLost
	if won {
		next.Status = disputeWon
	}
	ch.put(&next)
	ch.emit("charge.dispute.closed", &next, map[string]any{"status": d.Status})
	if !won {
		return &next, nil
	}
	reinstated := ch.withTransaction(&next, "dispute_reversal", "Chargeback reversal for "+d.Charge, d.Amount, 0)
	ch.emit("charge.dispute.funds_reinstated", reinstated, nil)
	return reinstated, nil
}

// updateDispute is POST /v1/disputes/{id}. As in Stripe's test mode, the texts
// winning_evidence and losing_evidence decide the dispute at once.
func updateDispute(ch *change, c *call) (any, error) {
	f := c.form
	evidence := map[string]text{}
	for _, field := range evidenceFields() {
		name := "evidence[" + field + "]"
		if f.values.Has(name) {
			evidence[field] = text(f.text(name))
		}
	}
	submit, changes := f.flag("submit", true), f.metadataChanges("metadata")
	if err := f.done(); err != nil {
		return nil, err
	}
	old, ok := ch.disputes.get(c.id)
	if !ok {
		return nil, noSuch("dispute", c.id)
	}
	if old.decided() {
		return nil, invalid("", "This dispute is already closed: it was %s.", old.Status).executing()
	}
	next := *old
	next.Metadata = old.Metadata.changedBy(changes)
	if len(evidence) > 0 {
		next.Evidence = maps.Clone(old.Evidence)
		maps.Copy(next.Evidence, evidence)
		next.EvidenceDetails.HasEvidence = true
		if submit {
			next.EvidenceDetails.SubmissionCount++
			next.Status = disputeUnderReview
		}
	}
	ch.put(&next)
	ch.emit("charge.dispute.updated", &next, map[string]any{"status": old.Status})
	if next.Status == disputeUnderReview {
		switch strings.TrimSpace(string(next.Evidence["uncategorized_text"])) {
		case "winning_evidence":
			return ch.decide(&next, true)
		case "losing_evidence":
			return ch.decide(&next, false)
		}
	}
	return &next, nil
}

// closeDispute is POST /v1/disputes/{id}/close: the shop gives in.
func closeDispute(ch *change, c *call) (any, error) {
	if err := c.form.done(); err != nil {
		return nil, err
	}
	d, ok := ch.disputes.get(c.id)
	if !ok {
		return nil, noSuch("dispute", c.id)
	}
	return ch.decide(d, false)
}

// Dispute lets the buyer dispute a paid charge, for a reason such as
// fraudulent or product_not_received. It returns the dispute's id.
func (s *Server) Dispute(chargeID, reason string) (id string, err error) {
	if !slices.Contains(disputeReasons(), reason) {
		return "", invalid("reason", "The reason must be one of %s", strings.Join(disputeReasons(), ", "))
	}
	err = s.with(func(ch *change) error {
		paid, ok := ch.charges.get(chargeID)
		if !ok {
			return noSuch("charge", chargeID)
		}
		if !paid.Paid || paid.Disputed || paid.Refunded {
			return invalid("", "Only a paid charge that is neither disputed nor refunded can be disputed.")
		}
		id = ch.openDispute(paid, reason).ID
		return nil
	})
	return id, err
}

// DecideDispute ends a dispute: the shop wins the money back, or loses it.
func (s *Server) DecideDispute(disputeID string, won bool) error {
	return s.with(func(ch *change) error {
		d, ok := ch.disputes.get(disputeID)
		if !ok {
			return noSuch("dispute", disputeID)
		}
		_, err := ch.decide(d, won)
		return err
	})
}
