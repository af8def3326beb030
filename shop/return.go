package shop

import (
	"cmp"
	"slices"
	"time"
)

// Return is money of an order that staff gave back through Stripe, or what they said of money that went back
// without them. It is a fact like a payment: what becomes of the order follows from it.
type Return struct {
	ID      string
	OrderID string
	Kind    ReturnKind
	State   ReturnState

	// PaymentIntentID is the payment that the money goes back to; empty for ReturnAssigned.
	PaymentIntentID string
	Amount          int64    // minor units of the order's currency, tax included
	Parts           []string // what it gives back, by OrderPart.Name; none of a surplus
	Revokes         []string // the lines whose rights end with it, by their ids

	Reason RefundReason
	Note   string // for the desk, never shown to the buyer
	// StaffID, Staff and TokenID are who asked for it; the name is that of the day.
	StaffID, Staff, TokenID string

	// Key and Fingerprint tell a request that was sent twice from a second one.
	Key         string
	Fingerprint string

	RefundID    string // Stripe's; empty until it answered
	Problem     string // why it was refused or failed, in Stripe's words
	RequestedAt time.Time
	SettledAt   time.Time // when it came to its present state; zero while requested
}

// ReturnKind says what a Return is of.
type ReturnKind string

// The kinds of Return.
const (
	ReturnParts    ReturnKind = "parts"    // of the order's total
	ReturnSurplus  ReturnKind = "surplus"  // of money that came in beyond it
	ReturnAssigned ReturnKind = "assigned" // no money moved: it says what a refund made in Stripe's dashboard was for
)

// ReturnState is how far a Return has come.
type ReturnState string

// The states of a Return.
const (
	ReturnRequested ReturnState = "requested" // Stripe has not been heard yet; the same request is sent until it is
	ReturnRefused   ReturnState = "refused"   // Stripe would not: no money moved
	ReturnPending   ReturnState = "pending"   // on its way to the buyer's bank
	ReturnSucceeded ReturnState = "succeeded"
	ReturnFailed    ReturnState = "failed"  // the bank sent it back: the money is with us again
	ReturnDropped   ReturnState = "dropped" // it came to nothing, and staff settled it in another way
)

// returnStates are in the order in which a Return passes through them. News of an earlier one comes late.
var returnStates = []ReturnState{ReturnRequested, ReturnRefused, ReturnPending, ReturnSucceeded, ReturnFailed, ReturnDropped}

// Void reports whether no money went back after all.
func (r Return) Void() bool { return r.Unsettled() || r.State == ReturnDropped }

// Unsettled reports whether it came to nothing, and nobody has said that this is settled.
func (r Return) Unsettled() bool { return r.State == ReturnRefused || r.State == ReturnFailed }

// Confirmed reports whether Stripe has said that the money went, or staff that it had.
func (r Return) Confirmed() bool { return r.State == ReturnPending || r.State == ReturnSucceeded }

// noteReturn merges what an event tells of a Return into it. It is the same whichever news comes first.
func (o *Order) noteReturn(e PaymentEvent) []Return {
	i := slices.IndexFunc(o.Returns, func(r Return) bool {
		return r.ID == e.ReturnID && e.ReturnID != "" || r.RefundID == e.RefundID && e.RefundID != ""
	})
	if i < 0 || e.ReturnState == "" {
		return nil
	}
	r := o.Returns[i]
	if r.RefundID == "" {
		r.RefundID = e.RefundID
	}
	if slices.Index(returnStates, e.ReturnState) > slices.Index(returnStates, r.State) {
		r.State, r.Problem, r.SettledAt = e.ReturnState, e.Problem, e.At
	}
	if j := slices.IndexFunc(o.Refunds, func(f Refund) bool { return f.ID == r.RefundID }); j >= 0 && !r.Void() {
		r.State, r.SettledAt = ReturnFailed, o.Refunds[j].FailedAt // that was heard of first
	}
	o.Returns[i] = r
	return []Return{r}
}

// explained are the returns that the money gone back holds, and how much of it nobody has explained. Confirmed
// ones come first: of one that Stripe was only asked for, the money tells whether it is in there.
func (o *Order) explained() (returns []Return, rest int64) {
	rest = o.RefundedAmount()
	for _, confirmed := range []bool{true, false} {
		for _, r := range o.sortedReturns() {
			if r.Kind != ReturnSurplus && !r.Void() && r.Confirmed() == confirmed && r.Amount <= rest {
				returns = append(returns, r)
				rest -= r.Amount
			}
		}
	}
	return returns, rest
}

func (o *Order) sortedReturns() []Return {
	return slices.SortedFunc(slices.Values(o.Returns), func(a, b Return) int {
		return cmp.Or(a.RequestedAt.Compare(b.RequestedAt), cmp.Compare(a.ID, b.ID))
	})
}

// Unexplained is how much went back that no request of staff is behind and that is not the price of certain
// parts, so that somebody has to say what it was for; 0 where there is none.
func (o *Order) Unexplained() int64 {
	returns, rest := o.explained()
	if o.Status == Refunded || rest == 0 || o.meaningOfRest(returns, rest).known {
		return 0
	}
	return rest
}

// meaningOfRest is what the money that nobody has explained can be for: parts that no return has.
func (o *Order) meaningOfRest(explained []Return, rest int64) meaning {
	taken := map[string]bool{}
	for _, r := range slices.Concat(explained, o.underWay(explained)) {
		for _, name := range r.Parts {
			taken[name] = true
		}
	}
	return meaningOf(slices.DeleteFunc(o.Parts(), func(p OrderPart) bool { return taken[p.Name] }), rest)
}

// underWay are the returns of parts that Stripe was asked for and whose money is not seen to have gone yet.
func (o *Order) underWay(explained []Return) []Return {
	return slices.DeleteFunc(o.sortedReturns(), func(r Return) bool {
		return r.Kind == ReturnSurplus || r.Void() || slices.ContainsFunc(explained, func(e Return) bool { return e.ID == r.ID })
	})
}

// endedLines says which lines' rights have ended by refunds: those that staff chose, and those that money which
// nobody has explained must have been for. known is false when that cannot be told; then no access changes and a
// person decides.
func (o *Order) endedLines() (lines map[string]bool, known bool) {
	returns, rest := o.explained()
	lines = map[string]bool{}
	decided := map[string]bool{} // parts that staff decided about
	for _, r := range returns {
		for _, id := range r.Revokes {
			lines[id] = true
		}
		for _, name := range r.Parts {
			decided[name] = true
		}
	}
	if rest == 0 {
		return lines, true
	}
	if o.Status == Refunded {
		for _, line := range o.Lines {
			lines[line.ID] = lines[line.ID] || !decided[linePart(line)]
		}
		return lines, true
	}
	meant := o.meaningOfRest(returns, rest)
	for id := range meant.lines {
		lines[id] = true
	}
	return lines, meant.known
}

// unreturned is a return that came to nothing and whose parts nobody has given back since; nil where there is none.
func (o *Order) unreturned() *Return {
	if o.Status == Refunded || o.Status == Lost {
		return nil
	}
	taken := o.taken()
	for _, r := range o.sortedReturns() {
		if r.Kind != ReturnParts || !r.Unsettled() {
			continue
		}
		still := slices.ContainsFunc(r.Parts, func(name string) bool { _, gone := taken[name]; return !gone })
		if still || len(r.Parts) == 0 && o.Refundable() > 0 {
			return &r
		}
	}
	return nil
}

// taken says of each part that cannot be refunded any more why that is.
func (o *Order) taken() map[string]Taken {
	taken := map[string]Taken{}
	returns, rest := o.explained()
	for _, r := range slices.Concat(returns, o.underWay(returns)) {
		for _, name := range r.Parts {
			taken[name] = Taken{By: r}
		}
	}
	meant := o.meaningOfRest(returns, rest)
	for _, p := range o.Parts() {
		if _, by := taken[p.Name]; by {
			continue
		}
		switch {
		case o.Status == Refunded, meant.parts[p.Name], meant.lines[p.right()]:
			taken[p.Name] = Taken{}
		case !meant.known, meant.parts == nil && p.Gift:
			taken[p.Name] = Taken{Doubtful: true}
		}
	}
	return taken
}

// Taken says why a part of an order cannot be refunded any more. The zero Taken: it went back in Stripe's own
// dashboard.
type Taken struct {
	By       Return // whose it is; the zero Return where there was none
	Doubtful bool   // money went back that may have been for it: somebody has to say what it was for
}
