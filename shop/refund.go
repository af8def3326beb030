package shop

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// RefundStore keeps refunds. See Store.
type RefundStore interface {
	// RequestRefund locks the order, calls Order.Return and writes what follows, with the record of the act. The
	// Return that the same request made before is returned instead.
	RequestRefund(ctx context.Context, r RefundRequest, now time.Time) (Order, Return, error)
	// DropRefund locks the order, calls Order.Drop and writes what follows, with the record of the act.
	DropRefund(ctx context.Context, by Actor, number, id string, now time.Time) error
	// Return returns a refund with its order; ErrReturnNotFound where there is none.
	Return(ctx context.Context, id string) (Order, Return, error)
}

// RefundReason is why money goes back, in the desk's words.
type RefundReason string

// The reasons.
const (
	BuyerAsked     RefundReason = "buyer_asked"
	WrongTitle     RefundReason = "wrong_title"
	NotAsDescribed RefundReason = "not_as_described"
	BoughtTwice    RefundReason = "bought_twice"
	PaidTooMuch    RefundReason = "paid_too_much"
	Goodwill       RefundReason = "goodwill"
	Fraud          RefundReason = "fraud"
)

// RefundReasons are all reasons, in the order in which they are offered.
func RefundReasons() []RefundReason {
	return []RefundReason{BuyerAsked, WrongTitle, NotAsDescribed, BoughtTwice, PaidTooMuch, Goodwill, Fraud}
}

// MaxNote is the longest note at the desk, in characters.
const MaxNote = 500

// RefundRequest asks for money of an order to go back.
type RefundRequest struct {
	ID     string // of the Return; Shop.Refund makes it
	By     Actor
	Number string     // of the order
	Kind   ReturnKind // empty: ReturnParts
	Reason RefundReason
	Note   string

	// Parts names what goes back, each by OrderPart.Name, or a title by its SKU or its line's id. nil is all that is left.
	Parts []string
	// Revoke names the titles whose rights end, in the same way. nil is those that are refunded; empty is none.
	Revoke []string
	// Expect is what it comes to as the asker was shown it; 0 is not compared.
	Expect int64

	IdempotencyKey string
}

// The errors of a refund.
var (
	ErrNoSuchOrder    = NewError(NotFound, "order_not_found", "There is no order of that number.")
	ErrReturnNotFound = NewError(NotFound, "refund_not_found", "There is no such refund.")

	errRefundKeyReused = NewError(Conflict, "idempotency_key_reused",
		"This request was sent before with other contents. Nothing was refunded; send it under a new key if it is another refund.")
	errNothingPaid = NewError(Conflict, "nothing_to_refund", "Nothing was paid for this order, so nothing can go back.")
	errInDispute   = NewError(Conflict, "payment_disputed",
		"The bank of the card holder asks for this money, or has it already. A refund would pay it twice: answer the dispute in Stripe. Nothing was refunded.")
	errSurplusFirst = NewError(Conflict, "surplus_first",
		"More came in for this order than it costs. Refund what is too much first; nothing was refunded now.")
	errNoSurplus  = NewError(Conflict, "no_surplus", "No more came in for this order than it costs. Nothing was refunded.")
	errUnassigned = NewError(Conflict, "refund_unassigned",
		"Money of this order went back in Stripe’s dashboard, and nobody has said for which lines. Say that first, or refund all that is left; nothing was refunded now.")
	errNothingUnassigned = NewError(Conflict, "nothing_to_assign", "It is known of all the money that went back what it was for. Nothing was changed.")
	errExpected          = NewError(Conflict, "refund_changed", "Something happened to this order since the page was shown, so that the sum is another one now. Nothing was refunded; please look again.")
	errNotUnsettled      = NewError(Conflict, "refund_not_failed", "Only a refund that was refused or sent back can be settled in another way. Nothing was changed.")
	errAllRefunded       = NewError(Conflict, "already_refunded", "All that was paid for this order has gone back, or is on its way.")
	errTwoPayments       = NewError(Conflict, "two_payments", "No single payment of this order holds that much. Refund its lines one by one; nothing was refunded now.")
)

// Refund gives money of an order back: what of it, why, and whose rights end. The request is kept before Stripe is
// asked, so that it goes through once, whatever breaks on the way. Where Stripe did not answer in time the Return is
// ReturnRequested, and a job asks until it does. The same request again is answered with the same Return.
func (s *Shop) Refund(ctx context.Context, by Actor, r RefundRequest) (Return, error) {
	r.ID, r.By = NewID(), by
	if err := r.check(); err != nil {
		return Return{}, err
	}
	o, made, err := s.config.Store.RequestRefund(ctx, r, s.now())
	if err != nil {
		return Return{}, err
	}
	s.config.Wake()
	if made.State != ReturnRequested {
		return made, nil
	}
	settled, err := s.sendRefund(ctx, o, made, made.ID != r.ID)
	if err != nil {
		s.config.Log.WarnContext(ctx, "a refund is not done yet and will be tried again", "order", o.Number, "refund", made.ID, "err", err)
		return made, nil
	}
	return settled, nil
}

// WouldRefund says what a request comes to, as far as the order is known. Nothing is kept.
func (s *Shop) WouldRefund(o Order, by Actor, r RefundRequest) (Return, error) {
	r.By = by
	if err := r.check(); err != nil {
		return Return{}, err
	}
	o.Returns, o.Entitlements = slices.Clone(o.Returns), slices.Clone(o.Entitlements)
	would, _, _, err := o.Return(r, s.now())
	return would, err
}

// FinishRefund is the job that asks Stripe for a refund until it has answered.
func (s *Shop) FinishRefund(ctx context.Context, j Job) error {
	o, r, err := s.config.Store.Return(ctx, j.Subject)
	if err != nil || r.State != ReturnRequested {
		return err
	}
	_, err = s.sendRefund(ctx, o, r, true)
	return err
}

// refundPatience bounds one request; who pressed the button waits for the answer.
const refundPatience = 20 * time.Second

// sendRefund asks Stripe for the refund and applies its answer. again says that it may have been asked before.
func (s *Shop) sendRefund(ctx context.Context, o Order, r Return, again bool) (Return, error) {
	// Whoever goes away does not keep the answer from being noted.
	waiting, cancel := context.WithTimeout(context.WithoutCancel(ctx), refundPatience)
	defer cancel()
	event, err := s.config.Payments.Refund(waiting, o, r, again)
	var refused *Error
	switch {
	case errors.As(err, &refused) && refused.Kind == Conflict:
		event = PaymentEvent{
			ID: "refused:" + r.ID, Type: "refund", Kind: RefundChanged, At: s.now(), Livemode: s.config.Payments.Livemode(), Payload: []byte("{}"),
			PaymentIntentID: r.PaymentIntentID, ReturnState: ReturnRefused, Problem: refused.Message.String(),
		}
	case err != nil:
		return r, err
	}
	event.Source, event.OrderID, event.ReturnID = FromSweep, o.ID, r.ID
	if _, err := s.apply(context.WithoutCancel(ctx), event); err != nil {
		return r, err
	}
	_, settled, err := s.config.Store.Return(context.WithoutCancel(ctx), r.ID)
	return settled, err
}

// check says what is wrong with a request whatever the order.
func (r *RefundRequest) check() error {
	r.Note = strings.TrimSpace(r.Note)
	if r.Kind == "" {
		r.Kind = ReturnParts
	}
	wrong := refundFields{}
	if !slices.Contains(RefundReasons(), r.Reason) {
		wrong["reason"] = Say("Choose one of the reasons.")
	}
	if utf8.RuneCountInString(r.Note) > MaxNote {
		wrong["note"] = Say("A note has at most %d characters.", MaxNote)
	}
	if r.Kind == ReturnParts && r.Parts != nil && len(r.Parts) == 0 {
		wrong["lines"] = Say("Choose what is to be refunded.")
	}
	if !slices.Contains([]ReturnKind{ReturnParts, ReturnSurplus, ReturnAssigned}, r.Kind) {
		wrong["kind"] = Say("There is no such kind of refund.")
	}
	if err := wrong.err(); err != nil {
		return err
	}
	return checkKey(r.IdempotencyKey)
}

// refundFields collects what is wrong with the fields of a request.
type refundFields map[string]Sentence

func (f refundFields) err() error {
	if len(f) == 0 {
		return nil
	}
	e := NewError(Invalid, "invalid_input", "Please check the marked fields. Nothing was refunded.")
	e.Fields = f
	return e
}

// fingerprint is the same for the same request only.
func (r *RefundRequest) fingerprint() string {
	content := *r
	content.ID, content.By, content.IdempotencyKey, content.Expect = "", Actor{}, "", 0
	content.Parts, content.Revoke = slices.Clone(r.Parts), slices.Clone(r.Revoke)
	slices.Sort(content.Parts)
	slices.Sort(content.Revoke)
	text, err := json.Marshal(content)
	if err != nil {
		panic("a request of strings and numbers is written as JSON: " + err.Error())
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Return works out what a request comes to at this moment, and adds it to the order. Of a request that was kept
// before, that one is returned and nothing changes. The order has been locked: what it allows now, it allows until
// the change is written.
func (o *Order) Return(request RefundRequest, now time.Time) (Return, Change, Act, error) {
	fingerprint := request.fingerprint()
	if i := slices.IndexFunc(o.Returns, func(r Return) bool { return r.Key == request.IdempotencyKey }); i >= 0 {
		if o.Returns[i].Fingerprint != fingerprint {
			return Return{}, Change{}, Act{}, errRefundKeyReused
		}
		return o.Returns[i], Change{}, Act{}, nil
	}
	r := Return{
		ID: request.ID, OrderID: o.ID, Kind: request.Kind, State: ReturnRequested, Reason: request.Reason, Note: request.Note,
		StaffID: request.By.StaffID, Staff: request.By.Name, TokenID: request.By.TokenID,
		Key: request.IdempotencyKey, Fingerprint: fingerprint, RequestedAt: now,
	}
	if err := o.fill(&r, request); err != nil {
		return Return{}, Change{}, Act{}, err
	}
	if request.Expect != 0 && request.Expect != r.Amount {
		return Return{}, Change{}, Act{}, errExpected
	}
	before := map[string]any{"status": string(o.Status), "refunded": o.Money(o.RefundedAmount()).String()}
	change := Change{Returns: []Return{r}}
	o.Returns = append(o.Returns, r)
	if r.Kind != ReturnAssigned {
		// Later than the answer as a rule, so that Stripe is asked again only where that was not heard.
		change.Jobs = append(change.Jobs, Job{Kind: JobRefund, Key: "refund:" + r.ID, Subject: r.ID, RunAt: now.Add(refundPatience)})
	} else if err := o.settle(&change, o.RefundedAmount(), now); err != nil {
		return Return{}, Change{}, Act{}, err
	}
	return r, change, o.refundAct(r, request.By, before), nil
}

// fill works out amount, parts and revoked lines.
func (o *Order) fill(r *Return, request RefundRequest) error {
	switch r.Kind {
	case ReturnSurplus:
		payment, amount := o.Surplus()
		if amount == 0 {
			return errNoSurplus
		}
		r.PaymentIntentID, r.Amount = payment.PaymentIntentID, amount
		return nil
	case ReturnAssigned:
		return o.fillAssigned(r, request)
	default:
		return o.fillParts(r, request)
	}
}

func (o *Order) fillParts(r *Return, request RefundRequest) error {
	switch {
	case !o.hasPayment() || o.Total == 0:
		return errNothingPaid
	case !o.IsPaid() || o.overpaid():
		return errSurplusFirst
	case o.Status == Disputed, o.Status == Lost:
		return errInDispute
	}
	left := o.Refundable()
	if left == 0 {
		return errAllRefunded
	}
	taken := o.taken()
	parts, err := o.chosen(request.Parts)
	if err != nil {
		return err
	}
	if request.Parts == nil {
		parts = slices.DeleteFunc(o.Parts(), func(p OrderPart) bool { return takenFor(taken, p) })
		r.Amount = left
	}
	for _, p := range parts {
		r.Parts = append(r.Parts, p.Name)
		if request.Parts == nil {
			continue
		}
		if why, gone := taken[p.Name]; gone {
			return why.refuse(p)
		}
		r.Amount += p.Amount
	}
	if r.Amount > left {
		return NewError(Conflict, "too_much", "That comes to %s, and only %s of this order is left. Refund all that is left, or fewer lines; nothing was refunded now.", o.Money(r.Amount), o.Money(left))
	}
	if r.PaymentIntentID, err = o.payer(r.Amount); err != nil {
		return err
	}
	r.Revokes, err = o.revokes(request, parts, r.Amount == left)
	return err
}

// takenFor reports whether a part is certainly gone, so that what is left does not hold it.
func takenFor(taken map[string]Taken, p OrderPart) bool {
	why, gone := taken[p.Name]
	return gone && !why.Doubtful
}

func (o *Order) fillAssigned(r *Return, request RefundRequest) error {
	if r.Amount = o.Unexplained(); r.Amount == 0 {
		return errNothingUnassigned
	}
	parts, err := o.chosen(request.Parts)
	if err != nil {
		return err
	}
	taken := o.taken()
	for _, p := range parts {
		if takenFor(taken, p) {
			return taken[p.Name].refuse(p)
		}
		r.Parts = append(r.Parts, p.Name)
	}
	r.State, r.SettledAt = ReturnSucceeded, r.RequestedAt
	r.Revokes, err = o.revokes(request, parts, false)
	return err
}

// refuse says why a part cannot be refunded.
func (t Taken) refuse(p OrderPart) error {
	title := Say("The donation")
	if p.Title != "" {
		title = Say("“%s”", p.Title)
	}
	const day = "2 January 2006, 15:04 UTC"
	switch {
	case t.Doubtful:
		return errUnassigned
	case t.By.ID == "":
		return NewError(Conflict, "already_refunded", "%s was refunded in Stripe’s dashboard already. Nothing was refunded now.", title)
	case t.By.State == ReturnRequested:
		return NewError(Conflict, "refund_under_way", "%s has been refunding %s since %s: Stripe has not answered yet. Nothing was refunded now.", t.By.Staff, title, t.By.RequestedAt.Format(day))
	default:
		return NewError(Conflict, "already_refunded", "%s refunded %s on %s. Nothing was refunded now.", t.By.Staff, title, t.By.RequestedAt.Format(day))
	}
}

// chosen are the parts that a request names.
func (o *Order) chosen(names []string) ([]OrderPart, error) {
	parts := o.Parts()
	var chosen []OrderPart
	for _, name := range names {
		i := slices.IndexFunc(parts, func(p OrderPart) bool { return p.answers(name) })
		if i < 0 {
			return nil, refundFields{"lines": Say("This order has nothing called %s that was paid for.", name)}.err()
		}
		if !slices.Contains(chosen, parts[i]) {
			chosen = append(chosen, parts[i])
		}
	}
	return chosen, nil
}

// answers reports whether somebody means the part by that name.
func (p OrderPart) answers(name string) bool {
	return name == p.Name || !p.Gift && name != "" && (name == p.SKU || name == p.LineID)
}

// revokes are the lines whose rights end with a refund of those parts: what the request says, or else the titles
// among them, and with the last of the money the titles that cost nothing, too.
func (o *Order) revokes(request RefundRequest, parts []OrderPart, last bool) ([]string, error) {
	var lines []string
	if request.Revoke == nil {
		if o.TitlesAreFree() {
			return nil, nil
		}
		for _, line := range o.Lines {
			refunded := slices.ContainsFunc(parts, func(p OrderPart) bool { return p.right() == line.ID })
			if refunded || last && line.net() == 0 {
				lines = append(lines, line.ID)
			}
		}
		return lines, nil
	}
	for _, name := range request.Revoke {
		i := slices.IndexFunc(o.Lines, func(l OrderLine) bool { return name != "" && (name == linePart(l) || name == l.SKU || name == l.ID) })
		switch {
		case i < 0:
			return nil, refundFields{"revoke": Say("This order has no title called %s.", name)}.err()
		case o.TitlesAreFree():
			return nil, refundFields{"revoke": Say("The titles of this order cost nothing, so they stay with the buyer.")}.err()
		case !slices.Contains(lines, o.Lines[i].ID):
			lines = append(lines, o.Lines[i].ID)
		}
	}
	return lines, nil
}

// Refundable is how much of the order's price can still go back: what neither went back nor was asked for.
func (o *Order) Refundable() int64 {
	if !o.IsPaid() || o.Status == Disputed || o.Status == Lost {
		return 0
	}
	returns, _ := o.explained()
	left := o.Total - o.RefundedAmount()
	for _, r := range o.underWay(returns) {
		left -= r.Amount
	}
	return max(left, 0)
}

// payer is the payment that an amount of the price can be taken from.
func (o *Order) payer(amount int64) (string, error) {
	_, payments := o.standing()
	for _, p := range payments {
		if o.disputeOf(p) == DisputeWon && o.leftOf(p) >= amount {
			return p.PaymentIntentID, nil
		}
	}
	return "", errTwoPayments
}

// leftOf is how much of a payment can still go back.
func (o *Order) leftOf(p *Payment) int64 {
	left := p.Amount - o.refunded(p)
	returns, _ := o.explained()
	for _, r := range o.Returns {
		seen := slices.ContainsFunc(returns, func(e Return) bool { return e.ID == r.ID })
		if r.PaymentIntentID == p.PaymentIntentID && r.State == ReturnRequested && !seen {
			left -= r.Amount
		}
	}
	return max(left, 0)
}

// Surplus is the payment that holds more than the order costs, and how much of it can go back: the wrong payment
// before a right one, and the latest first. The amount is 0 where there is none.
func (o *Order) Surplus() (Payment, int64) {
	excess := o.kept()
	if o.IsPaid() && o.Status != Lost && o.Status != Refunded {
		excess -= o.Total - o.RefundedAmount()
	}
	for _, r := range o.Returns {
		if r.Kind == ReturnSurplus && r.State == ReturnRequested {
			excess -= r.Amount
		}
	}
	payments := slices.SortedFunc(slices.Values(o.Payments), func(a, b Payment) int {
		if a.Matches != b.Matches {
			return map[bool]int{false: -1, true: 1}[a.Matches]
		}
		return cmp.Or(b.PaidAt.Compare(a.PaidAt), cmp.Compare(a.PaymentIntentID, b.PaymentIntentID))
	})
	for i := range payments {
		p := &payments[i]
		if amount := min(excess, o.leftOf(p)); amount > 0 && !p.PaidAt.IsZero() && o.disputeOf(p) == DisputeWon {
			return *p, amount
		}
	}
	return Payment{}, 0
}

// PartLeft is a part of an order and why it cannot be refunded, if so.
type PartLeft struct {
	OrderPart
	Taken *Taken // nil: it can be refunded
}

// PartsLeft are all parts of an order, as a form for refunds shows them.
func (o *Order) PartsLeft() []PartLeft {
	taken := o.taken()
	var parts []PartLeft
	for _, p := range o.Parts() {
		left := PartLeft{OrderPart: p}
		if why, gone := taken[p.Name]; gone {
			left.Taken = &why
		}
		parts = append(parts, left)
	}
	return parts
}

// DropRefund notes that a refund that came to nothing needs no other one: staff settled it with the buyer.
func (s *Shop) DropRefund(ctx context.Context, by Actor, number, id string) error {
	return s.config.Store.DropRefund(ctx, by, number, id, s.now())
}

// Drop notes that a refund that came to nothing is settled. One that was dropped before changes nothing: the Act has
// no verb then.
func (o *Order) Drop(by Actor, id string, now time.Time) (Change, Act, error) {
	i := slices.IndexFunc(o.Returns, func(r Return) bool { return r.ID == id })
	if i < 0 {
		return Change{}, Act{}, ErrReturnNotFound
	}
	r := &o.Returns[i]
	switch {
	case r.State == ReturnDropped:
		return Change{}, Act{}, nil
	case !r.Unsettled():
		return Change{}, Act{}, errNotUnsettled
	}
	act := Act{
		By: by, Verb: "order.drop_refund", Subject: Subject{Kind: "order", ID: o.ID, Name: o.Number},
		Before: map[string]any{"refund": r.ID, "state": string(r.State)}, After: map[string]any{"refund": r.ID, "state": string(ReturnDropped)},
	}
	r.State, r.SettledAt = ReturnDropped, now
	change := Change{Returns: []Return{*r}}
	err := o.settle(&change, o.RefundedAmount(), now)
	return change, act, err
}

// refundAct is what the trail keeps of a refund.
func (o *Order) refundAct(r Return, by Actor, before map[string]any) Act {
	verb := "order.refund"
	if r.Kind == ReturnAssigned {
		verb = "order.assign_refund"
	}
	var ended []string
	for _, line := range o.Lines {
		if slices.Contains(r.Revokes, line.ID) {
			ended = append(ended, fmt.Sprintf("%d: %s", line.Position, line.Title))
		}
	}
	return Act{
		By: by, Verb: verb, Subject: Subject{Kind: "order", ID: o.ID, Name: o.Number}, Before: before,
		After: map[string]any{
			"refund": r.ID, "kind": string(r.Kind), "amount": o.Money(r.Amount).String(), "parts": r.Parts, "revoked": ended,
			"reason": string(r.Reason), "note": Personal(r.Note),
		},
	}
}
