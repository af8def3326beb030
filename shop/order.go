package shop

import "time"

// OrderStatus is the state of an order. It follows from what is known of its payments: see status.
type OrderStatus string

// The states of an order.
const (
	Pending           OrderStatus = "pending"            // placed, not paid
	Paid              OrderStatus = "paid"               // the money is there, or none was due
	PartiallyRefunded OrderStatus = "partially_refunded" // some of the money went back
	Refunded          OrderStatus = "refunded"           // all of it went back
	Disputed          OrderStatus = "disputed"           // the card holder's bank asks for the money
	Lost              OrderStatus = "lost"               // the bank got it
	Expired           OrderStatus = "expired"            // not paid in time
	Canceled          OrderStatus = "canceled"           // the payment failed, or another order took its place
	Review            OrderStatus = "review"             // the money that came is not the money that was due
)

// Source says how an order came to be.
type Source string

// The sources of an order.
const (
	SourceCard Source = "card" // paid through Stripe
	SourceFree Source = "free" // it cost nothing
	// SourceGranted is an order that staff gave away.
	SourceGranted Source = "granted"
)

// Order is a priced, numbered, immutable snapshot of a cart at the moment of checkout, and what has
// been learned of its payment since. Amounts are minor units of Currency.
type Order struct {
	ID     string
	Number string // for people: BR-100001
	CartID string
	Source Source
	Status OrderStatus

	Email        string
	Name         string
	Organisation string
	PONumber     string
	Language     Language // of the mails about it

	Currency string
	Subtotal int64 // sum of the lines before discount, and the donation
	Discount int64
	Donation int64 // a gift beside the lines; no discount is taken off it
	Tax      int64 // read back from Stripe; zero until paid
	Total    int64 // what is to be paid: Subtotal - Discount + Tax
	Lines    []OrderLine

	// Until LinkUntil, download links live LinkHours, where that is longer than they would; zero where staff
	// have not extended them.
	LinkHours int
	LinkUntil time.Time

	// TokenVersion is part of the order link: raising it makes the old link worthless.
	TokenVersion int

	// IdempotencyKey and Fingerprint tell a repeated checkout from a new one.
	IdempotencyKey string
	Fingerprint    string

	SessionID    string // Stripe Checkout Session; empty until one was started
	SessionState SessionState
	PaymentURL   string
	// AskedAt is when Stripe was last asked about the session; zero if never.
	AskedAt time.Time

	PlacedAt  time.Time
	ExpiresAt time.Time // when an unpaid order stops being payable
	PaidAt    time.Time // zero until paid
	UpdatedAt time.Time

	// Closed is why the order needs no payment any more: Expired or Canceled; empty otherwise. Money
	// that comes in all the same wins over it.
	Closed OrderStatus
	// Attention is what a member of staff should look at; empty when there is nothing.
	Attention string

	Payments     []Payment
	Refunds      []Refund
	Disputes     []Dispute
	Returns      []Return // what staff gave back, or said of money that went back
	Entitlements []Entitlement
}

// OrderLine is one variant as it was sold.
type OrderLine struct {
	ID            string
	Position      int // from 1
	ProductID     string
	ProductSlug   string
	VariantID     string
	Licence       VariantKind
	SKU           string
	Title         string
	EditionNumber int // newest edition at the sale; 0 for a bundle
	Quantity      int
	UnitPrice     int64 // what each licence was sold at, Support included
	Support       int64 // the part of UnitPrice that is above the price: a gift
	Discount      int64
	Tax           int64
	Total         int64 // Quantity × UnitPrice - Discount + Tax
}

// Price is what each licence was on the shelf for.
func (l OrderLine) Price() int64 { return l.UnitPrice - l.Support }

// net is what the line's licences cost, without gift and tax.
func (l OrderLine) net() int64 { return int64(l.Quantity)*l.Price() - l.Discount }

// gift is what the line holds above its price.
func (l OrderLine) gift() int64 { return int64(l.Quantity) * l.Support }

func support(lines []OrderLine) int64 {
	var sum int64
	for _, line := range lines {
		sum += line.gift()
	}
	return sum
}

// SessionState is how far the order's payment page has come.
type SessionState string

// The states of a payment page. The order of an open one may turn out paid at any moment, and one that is
// processing days later, so neither is out of sight before it is closed.
const (
	SessionNone       SessionState = ""           // none was started
	SessionOpen       SessionState = "open"       // can be paid
	SessionProcessing SessionState = "processing" // was used, by a method whose money comes later
	SessionClosed     SessionState = "closed"     // nothing more will come of it
)

// Answers reports whether a checkout that would place the other order of the same cart leads to this one
// instead: it was placed by the same press of the button.
func (o *Order) Answers(other Order) bool { return o.IdempotencyKey == other.IdempotencyKey }

// FreeOrders is how many orders that cost nothing one e-mail address gets within FreeOrdersCounted: each
// sends mail to an address that nobody has shown to be theirs.
const (
	FreeOrders        = 5
	FreeOrdersCounted = time.Hour
)

// TooManyFreeOrders answers one free order too many for an e-mail address.
func TooManyFreeOrders() error {
	e := NewError(TooMany, "too_many_free_orders", "Please check the marked fields. Nothing was ordered or charged.")
	e.Fields = map[string]Sentence{"email": Say("This address has had %d free orders within an hour, which is as many as we mail. Please try again later.", FreeOrders)}
	return e
}

// repeats reports whether the order is the same as another one and can still be paid for a while.
func (o *Order) repeats(other Order) bool {
	return o.Status == Pending && o.SessionState != SessionProcessing && o.Fingerprint == other.Fingerprint && !o.ExpiresAt.Before(other.PlacedAt.Add(ReuseMargin))
}

// Underway reports whether the money is on its way from a bank, so that nobody should pay again.
func (o *Order) Underway() bool { return o.Status == Pending && o.SessionState == SessionProcessing }

// PageIsOpen reports whether a payment page was opened for the order and not used.
func (o *Order) PageIsOpen() bool { return o.Status == Pending && o.SessionState == SessionOpen }

// CanBePaid reports whether its payment page takes money at that moment, as far as is known.
func (o *Order) CanBePaid(now time.Time) bool {
	usable := o.SessionState == SessionOpen || o.SessionState == SessionNone
	return o.Status == Pending && usable && o.PaymentURL != "" && now.Before(o.ExpiresAt)
}

// InLibrary reports whether the order stands in its buyer's library: something came of it, or may without
// the buyer doing more. Anybody can begin an order in another's name.
func (o *Order) InLibrary() bool {
	begun := o.Status == Pending || o.Status == Expired || o.Status == Canceled
	return !begun || o.SessionState == SessionProcessing
}

// IsNewer reports whether a file's edition came out after its title was sold with that line. Of a bundle's
// handbooks the order does not know the editions, but when it was placed.
func (o *Order) IsNewer(line OrderLine, file OwnedFile) bool {
	if line.ProductID == file.ProductID {
		return file.EditionNumber > line.EditionNumber
	}
	return file.EditionNumber > 1 && file.EditionDate.After(o.PlacedAt)
}

// Money returns an amount in the order's currency.
func (o *Order) Money(amount int64) Money { return Money{Amount: amount, Currency: o.Currency} }

// Support is what the lines hold above their prices.
func (o *Order) Support() int64 { return support(o.Lines) }

// TitlesAreFree reports whether the titles cost nothing: all that was paid, if anything, was a gift.
func (o *Order) TitlesAreFree() bool { return o.Due() == o.Support()+o.Donation }

// IsOf reports whether the order is of what the cart holds at this moment, at its prices and with its gifts.
func (o *Order) IsOf(cart Cart) bool {
	priced, err := Price(cart)
	if err != nil || priced.Donation != o.Donation || len(priced.Lines) != len(o.Lines) {
		return false
	}
	ordered := map[string]OrderLine{}
	for _, line := range o.Lines {
		ordered[line.VariantID] = line
	}
	for _, line := range priced.Lines {
		was := ordered[line.VariantID]
		if line.Quantity != was.Quantity || line.UnitPrice != was.UnitPrice || line.Support != was.Support {
			return false
		}
	}
	return true
}

// Due is what has to be paid before tax, which only Stripe knows.
func (o *Order) Due() int64 { return o.Subtotal - o.Discount }

// RefundedAmount is how much of the order's price has gone back, of the payments that the order stands
// on. What came in beyond the price (an order that was paid twice) goes back first and does not count.
// While only wrong amounts have come in, it is how much of them went back.
func (o *Order) RefundedAmount() int64 {
	if !o.IsPaid() {
		var back int64
		for i := range o.Payments {
			back += o.refunded(&o.Payments[i])
		}
		return back
	}
	_, payments := o.standing()
	return o.refundedOf(payments)
}

// refundedOf is RefundedAmount as if there were no payments but these.
func (o *Order) refundedOf(payments []*Payment) int64 {
	var paid, back int64
	for _, p := range payments {
		paid, back = paid+p.Amount, back+o.refunded(p)
	}
	return min(o.Total, max(0, back-max(0, paid-o.Total)))
}

// standing says which of the right payments carry the order, and the state that this makes: those that
// nobody disputes and that were not wholly refunded before those in dispute, and a lost one last.
func (o *Order) standing() (OrderStatus, []*Payment) {
	by := map[DisputeStatus][]*Payment{}
	for i := range o.Payments {
		if p := &o.Payments[i]; p.Matches {
			by[o.disputeOf(p)] = append(by[o.disputeOf(p)], p)
		}
	}
	sound := by[DisputeWon]
	refunded := o.refundedOf(sound)
	switch {
	case len(sound) > 0 && refunded == 0, o.Due() == 0:
		return Paid, sound
	case len(sound) > 0 && refunded < o.Total:
		return PartiallyRefunded, sound
	case len(by[DisputeOpen]) > 0:
		return Disputed, by[DisputeOpen]
	case len(sound) > 0:
		return Refunded, sound
	default:
		return Lost, by[DisputeLost]
	}
}

// disputeOf is the worst state of a payment's disputes; one without any is as good as won.
func (o *Order) disputeOf(p *Payment) DisputeStatus {
	worst := DisputeWon
	for _, d := range o.Disputes {
		switch {
		case d.PaymentIntentID != p.PaymentIntentID:
		case d.Status == DisputeLost:
			return DisputeLost
		case d.Status == DisputeOpen:
			worst = DisputeOpen
		}
	}
	return worst
}

// IsPaid reports whether the money that was due has come in, whatever happened to it since.
func (o *Order) IsPaid() bool {
	if o.Due() == 0 {
		return true
	}
	for _, p := range o.Payments {
		if p.Matches {
			return true
		}
	}
	return false
}

// Payment is the money of one Stripe PaymentIntent. A refund can be heard of before the payment: then
// PaidAt is zero.
type Payment struct {
	PaymentIntentID string
	ChargeID        string
	SessionID       string
	Amount          int64 // what was paid, tax included
	Tax             int64
	Currency        string
	PaidAt          time.Time
	// Matches is true when amount and currency are those of the order.
	Matches bool
	// Refunded is the charge's own cumulative figure, as of RefundedAsOf.
	Refunded     int64
	RefundedAsOf time.Time
}

// Refund is what is known of one refund that failed after it had been counted.
type Refund struct {
	ID              string
	PaymentIntentID string
	Amount          int64
	FailedAt        time.Time
}

// DisputeStatus is how far a dispute has come.
type DisputeStatus string

// The states of a dispute.
const (
	DisputeOpen DisputeStatus = "open"
	DisputeWon  DisputeStatus = "won"
	DisputeLost DisputeStatus = "lost"
)

// Dispute is one claim of a card holder's bank.
type Dispute struct {
	ID              string
	PaymentIntentID string
	Status          DisputeStatus
	Amount          int64
	Reason          string
	UpdatedAt       time.Time
}

// next lists the single steps between states. A step can be skipped when word of it comes late (a
// refund that is heard of before the payment leads from pending straight to refunded), so a change is
// allowed when a chain of steps leads there.
var next = map[OrderStatus][]OrderStatus{
	Pending:           {Paid, Expired, Canceled, Review},
	Expired:           {Paid, Review, Canceled}, // the money came after all, or failed for good
	Canceled:          {Paid, Review},
	Review:            {Paid},
	Paid:              {PartiallyRefunded, Refunded, Disputed},
	PartiallyRefunded: {Refunded, Disputed, Paid},                  // back to paid: the refund failed
	Refunded:          {PartiallyRefunded, Paid, Disputed, Review}, // the same
	Disputed:          {Paid, PartiallyRefunded, Refunded, Lost},
	Lost:              {Paid}, // there was another payment
}

// canBecome reports whether steps lead from one state to the other.
func canBecome(from, to OrderStatus) bool {
	seen := map[OrderStatus]bool{from: true}
	queue := []OrderStatus{from}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		if at == to {
			return true
		}
		for _, step := range next[at] {
			if !seen[step] {
				seen[step] = true
				queue = append(queue, step)
			}
		}
	}
	return false
}

// status derives the order's state from what is known of its payments. Since it looks at facts and
// not at the way they came in, the same facts in any order give the same state.
func (o *Order) status() OrderStatus {
	switch {
	case o.IsPaid():
		status, _ := o.standing()
		return status
	case o.hasPayment() && o.kept() == 0 && o.RefundedAmount() > 0:
		return Refunded
	case o.hasPayment():
		return Review
	case o.Closed != "":
		return o.Closed
	default:
		return Pending
	}
}

func (o *Order) hasPayment() bool {
	for _, p := range o.Payments {
		if !p.PaidAt.IsZero() {
			return true
		}
	}
	return false
}

// kept is what has come in for the order, rightly or not, and has neither gone back nor been lost.
func (o *Order) kept() int64 {
	var sum int64
	for i := range o.Payments {
		if p := &o.Payments[i]; !p.PaidAt.IsZero() && o.disputeOf(p) != DisputeLost {
			sum += p.Amount - o.refunded(p)
		}
	}
	return sum
}

// refunded is the charge's cumulative figure less the refunds that failed after it was taken.
func (o *Order) refunded(p *Payment) int64 {
	sum := p.Refunded
	for _, r := range o.Refunds {
		if r.PaymentIntentID == p.PaymentIntentID && !r.FailedAt.Before(p.RefundedAsOf) {
			sum -= r.Amount
		}
	}
	return max(sum, 0)
}

// Returned is what has gone back of a payment, less what came again since refunds of it failed.
func (o *Order) Returned(p Payment) int64 { return o.refunded(&p) }

// entitlementState is what a line's right comes to in the order's present state. Rights to titles that
// cost nothing stay, whatever becomes of a gift that came with them.
func (o *Order) entitlementState(refunded bool) EntitlementState {
	if o.TitlesAreFree() {
		return Active
	}
	switch o.Status {
	case Paid, PartiallyRefunded, Refunded:
		if refunded {
			return Revoked
		}
		return Active
	case Disputed:
		if refunded {
			return Revoked
		}
		return Suspended
	default:
		return Revoked
	}
}

// shareTax lays the tax that Stripe charged for the whole order on its lines, in proportion to what
// they cost; the last cents go to the first lines, so that the sum is exact. Gifts are not taxed; where
// Stripe taxed an order of nothing else, the lines bear it by their gifts, or the donation alone does.
func (o *Order) shareTax(tax int64) {
	shares := make([]int64, len(o.Lines))
	var whole int64
	for i, line := range o.Lines {
		shares[i] = line.net()
		if o.TitlesAreFree() {
			shares[i] = line.gift()
		}
		whole += shares[i]
	}
	left := tax
	for i := range o.Lines {
		o.Lines[i].Tax = 0
		if whole > 0 {
			o.Lines[i].Tax = tax * shares[i] / whole
		}
		left -= o.Lines[i].Tax
	}
	for i := 0; left > 0 && whole > 0 && i < len(o.Lines); i++ {
		if shares[i] > 0 {
			o.Lines[i].Tax++
			left--
		}
	}
	for i := range o.Lines {
		line := &o.Lines[i]
		line.Total = line.net() + line.gift() + line.Tax
	}
	o.Tax = tax
	o.Total = o.Due() + tax
}
