package shop

import (
	"slices"
	"time"
)

// PaymentEventKind says what an event tells of an order. Stripe's own names are not used here, since
// several of them mean the same to the shop.
type PaymentEventKind string

// The kinds of payment event.
const (
	PaymentSucceeded  PaymentEventKind = "payment_succeeded"
	PaymentProcessing PaymentEventKind = "payment_processing" // a slow method: the money is on its way
	PaymentFailed     PaymentEventKind = "payment_failed"     // a slow method came to nothing
	PaymentExpired    PaymentEventKind = "payment_expired"    // the payment page was not used in time
	PaymentOpen       PaymentEventKind = "payment_open"       // nothing has happened yet
	ChargeRefunded    PaymentEventKind = "charge_refunded"    // whole or part; the figure is cumulative
	RefundFailed      PaymentEventKind = "refund_failed"
	RefundChanged     PaymentEventKind = "refund_changed" // of one that staff asked for: its state is another one now
	DisputeChanged    PaymentEventKind = "dispute_changed"
	Irrelevant        PaymentEventKind = "irrelevant" // kept, and nothing follows from it
)

// PaymentEvent is one thing that the payment provider told us, in the shop's words.
type PaymentEvent struct {
	ID       string // unique; a second one with the same id is dropped
	Type     string // the provider's own name
	Kind     PaymentEventKind
	Source   EventSource
	Livemode bool
	At       time.Time // when it happened, by the provider's clock
	Payload  []byte    // as received, without the secret links of a session

	// How the order is found: by the first of these that is known.
	OrderID         string
	SessionID       string
	PaymentIntentID string

	ChargeID string
	Amount   int64 // PaymentSucceeded: paid in all. ChargeRefunded: refunded so far. RefundFailed: of that refund
	Tax      int64
	Currency string

	RefundID string
	Dispute  Dispute

	// Of a refund that staff asked for: which one it is, what has become of it, and why where it came to nothing.
	ReturnID    string
	ReturnState ReturnState
	Problem     string
}

// EventSource says how an event reached us.
type EventSource string

// The sources of a payment event.
const (
	FromWebhook EventSource = "webhook"
	FromReturn  EventSource = "return" // Stripe was asked when the buyer came back
	FromSweep   EventSource = "sweep"  // Stripe was asked by the shop itself: about an order that had been pending for long, or for a refund
)

// EventOutcome is what became of an event.
type EventOutcome string

// The outcomes of an event.
const (
	EventApplied   EventOutcome = "applied"
	EventDuplicate EventOutcome = "duplicate" // seen before; nothing was done
	EventIgnored   EventOutcome = "ignored"   // kept, and nothing follows from it
	EventUnmatched EventOutcome = "unmatched" // no order known yet; applied when one turns up
)

// Change is what an applied event asks the store to write, in the transaction that stores the event.
// The order is passed beside it, already changed; the slices hold only what is new or different.
type Change struct {
	Payments     []Payment
	Refunds      []Refund
	Disputes     []Dispute
	Returns      []Return
	Lines        []OrderLine // when tax became known
	Entitlements []Entitlement
	Jobs         []Job
	// ClearCart takes what was bought out of the cart that the order was made from.
	ClearCart bool
	// RefillCart puts it back, after a payment that had been under way for days came to nothing.
	RefillCart bool
}

// Apply merges what the event tells into the order and works out what follows. It is the whole state
// machine: pure, and indifferent to events that come twice, late or out of order. The same facts end
// in the same state. An error means that the facts contradict the table of states, which no sequence
// of events should bring about; nothing must be written then.
func (o *Order) Apply(e PaymentEvent, now time.Time) (Change, error) {
	var c Change
	refundedBefore, underway := o.RefundedAmount(), o.SessionState == SessionProcessing
	if e.SessionID != "" && o.SessionID != "" && e.SessionID != o.SessionID && e.Kind != PaymentSucceeded {
		return c, nil // of a second page, that nobody was shown; only its money would matter
	}
	switch e.Kind {
	case PaymentSucceeded:
		o.endSession(e)
		c.Payments, c.Lines = o.addPayment(e)
	case ChargeRefunded:
		c.Payments = o.noteRefund(e)
		c.Returns = o.noteReturn(e)
	case RefundFailed:
		c.Refunds = o.addFailedRefund(e)
		c.Returns = o.noteReturn(e)
	case RefundChanged:
		c.Returns = o.noteReturn(e)
	case DisputeChanged:
		c.Disputes = o.noteDispute(e)
	case PaymentProcessing:
		if o.Status == Pending && (o.SessionState == SessionOpen || o.SessionState == SessionNone) {
			o.SessionState = SessionProcessing
			c.ClearCart = true // what is being paid for is not bought again
		}
	case PaymentFailed:
		if !o.hasPayment() && o.Closed != Canceled {
			c.Jobs = append(c.Jobs, o.mailJob(MailPaymentFailed, "", now))
			c.RefillCart = o.SessionState == SessionProcessing
		}
		o.endSession(e)
		o.close(Canceled)
	case PaymentExpired:
		o.endSession(e)
		o.close(Expired)
	case PaymentOpen, Irrelevant:
		return c, nil
	}
	err := o.settle(&c, refundedBefore, now)
	c.ClearCart = c.ClearCart && !underway // it was cleared then, and may hold the next order by now
	return c, err
}

// settle brings status, entitlements and the work that follows up to the order's facts.
func (o *Order) settle(c *Change, refundedBefore int64, now time.Time) error {
	before := o.Status
	o.Status = o.status()
	if !canBecome(before, o.Status) {
		return NewError(Internal, "order_state", "The order cannot go from %s to %s.", before, o.Status)
	}
	o.UpdatedAt = now
	if !o.IsPaid() {
		if o.Status == Review && before != Review {
			o.Attention = o.mismatch()
			c.Jobs = append(c.Jobs, o.mailJob(MailReview, "", now))
		}
		return nil
	}
	refunded := o.RefundedAmount()
	switch {
	case len(o.Entitlements) == 0:
		o.PaidAt = o.paidAt(now)
		c.ClearCart = true
		c.Jobs = append(c.Jobs, o.mailJob(MailReceipt, "", now))
	case refunded > refundedBefore:
		c.Jobs = append(c.Jobs, o.mailJob(MailRefunded, o.Money(refunded).Decimal()+" "+o.lastRefund().Format(time.RFC3339), now))
	}
	lines, known := o.endedLines()
	o.note(c, now)
	c.Entitlements = o.entitle(lines, known, now)
	return nil
}

// note keeps Attention true and tells staff once of each new reason.
func (o *Order) note(c *Change, now time.Time) {
	attention, unexplained, failed := "", o.Unexplained(), o.unreturned()
	switch {
	case o.overpaid():
		attention = "This order was paid more than once. Refund what is too much."
	case unexplained > 0:
		attention = "A refund of " + o.Money(unexplained).String() + " is not the price of certain lines. Access was left as it was; decide which lines it is for."
	case failed != nil:
		attention = "A refund of " + o.Money(failed.Amount).String() + " came to nothing, so the money is still here: " + failed.Problem + " Refund it again, or settle it with the buyer."
	}
	if attention != "" && attention != o.Attention {
		c.Jobs = append(c.Jobs, o.mailJob(MailReview, attention, now))
	}
	o.Attention = attention
}

// entitle brings the entitlements in line with the order's state and returns those that changed.
// The first time it grants one for each line. Where it is not known which lines a refund was for, what
// was revoked stays revoked and the rest stays usable.
func (o *Order) entitle(refunded map[string]bool, known bool, now time.Time) []Entitlement {
	if len(o.Entitlements) == 0 {
		for _, line := range o.Lines {
			o.Entitlements = append(o.Entitlements, Entitlement{
				ID: NewID(), OrderID: o.ID, LineID: line.ID, ProductID: line.ProductID, Licence: line.Licence,
				Email: o.Email, Organisation: o.Organisation, State: o.entitlementState(refunded[line.ID]), GrantedAt: now,
			})
		}
		return slices.Clone(o.Entitlements)
	}
	var changed []Entitlement
	for i := range o.Entitlements {
		e := &o.Entitlements[i]
		gone := refunded[e.LineID] || (!known && e.State == Revoked)
		if state := e.unlessHeld(o.entitlementState(gone)); state != e.State {
			e.State = state
			changed = append(changed, *e)
		}
	}
	return changed
}

// endSession notes that the payment page is of no more use, unless the event is about another one.
func (o *Order) endSession(e PaymentEvent) {
	if e.SessionID == "" || o.SessionID == "" || e.SessionID == o.SessionID {
		o.SessionState = SessionClosed
	}
}

// close ends an order that was not paid. The failure of a payment says more than the expiry of its
// page, so it wins whichever comes first.
func (o *Order) close(as OrderStatus) {
	if o.Closed != Canceled {
		o.Closed = as
	}
}

// payment returns the payment of that PaymentIntent, adding one where there is none yet.
func (o *Order) payment(id string) *Payment {
	for i := range o.Payments {
		if o.Payments[i].PaymentIntentID == id {
			return &o.Payments[i]
		}
	}
	o.Payments = append(o.Payments, Payment{PaymentIntentID: id, Currency: o.Currency})
	return &o.Payments[len(o.Payments)-1]
}

func (o *Order) addPayment(e PaymentEvent) ([]Payment, []OrderLine) {
	first := !o.IsPaid()
	p := o.payment(e.PaymentIntentID)
	if !p.PaidAt.IsZero() {
		return nil, nil
	}
	p.SessionID, p.Amount, p.Tax, p.Currency, p.PaidAt = e.SessionID, e.Amount, e.Tax, e.Currency, e.At
	if e.ChargeID != "" {
		p.ChargeID = e.ChargeID
	}
	p.Matches = e.Currency == o.Currency && e.Tax >= 0 && e.Amount-e.Tax == o.Due()
	if !p.Matches || !first {
		return []Payment{*p}, nil
	}
	o.shareTax(e.Tax)
	return []Payment{*p}, slices.Clone(o.Lines)
}

func (o *Order) noteRefund(e PaymentEvent) []Payment {
	p := o.payment(e.PaymentIntentID)
	if e.At.Before(p.RefundedAsOf) || (e.At.Equal(p.RefundedAsOf) && e.Amount <= p.Refunded) {
		return nil // older news than what is known
	}
	p.Refunded, p.RefundedAsOf = e.Amount, e.At
	if e.ChargeID != "" {
		p.ChargeID = e.ChargeID
	}
	return []Payment{*p}
}

func (o *Order) addFailedRefund(e PaymentEvent) []Refund {
	for _, r := range o.Refunds {
		if r.ID == e.RefundID {
			return nil
		}
	}
	r := Refund{ID: e.RefundID, PaymentIntentID: e.PaymentIntentID, Amount: e.Amount, FailedAt: e.At}
	o.Refunds = append(o.Refunds, r)
	return []Refund{r}
}

func (o *Order) noteDispute(e PaymentEvent) []Dispute {
	for i := range o.Disputes {
		d := &o.Disputes[i]
		if d.ID != e.Dispute.ID {
			continue
		}
		if d.Status != DisputeOpen || e.Dispute.Status == DisputeOpen {
			return nil // a dispute is closed once, and for good
		}
		*d = e.Dispute
		return []Dispute{*d}
	}
	o.Disputes = append(o.Disputes, e.Dispute)
	return []Dispute{e.Dispute}
}

func (o *Order) paidAt(now time.Time) time.Time {
	for _, p := range o.Payments {
		if p.Matches {
			return p.PaidAt
		}
	}
	return now
}

// overpaid reports whether we hold more than the order costs: it was paid twice, or a payment of
// another amount came beside the right one.
func (o *Order) overpaid() bool {
	if o.Status == Lost || o.Status == Refunded {
		return o.kept() > 0
	}
	return o.kept() > o.Total-o.RefundedAmount()
}

func (o *Order) lastRefund() time.Time {
	var last time.Time
	for _, p := range o.Payments {
		if p.RefundedAsOf.After(last) {
			last = p.RefundedAsOf
		}
	}
	return last
}

func (o *Order) mismatch() string {
	for _, p := range o.Payments {
		if !p.PaidAt.IsZero() && !p.Matches {
			return "The payment of " + Money{p.Amount, p.Currency}.String() + " is not the " + o.Money(o.Due()).String() +
				" before tax that was due. Nothing was granted; refund it in Stripe or settle it with the buyer."
		}
	}
	return ""
}

// mailJob is the job that sends a message about the order. what tells several of one kind apart.
func (o *Order) mailJob(kind MailKind, what string, now time.Time) Job {
	key := "mail:" + string(kind) + ":" + o.ID
	if what != "" {
		key += ":" + what
	}
	return Job{Kind: JobMail, Key: key, Subject: o.ID, Detail: string(kind), RunAt: now}
}
