package shop

import (
	"context"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// OrderDeskStore keeps what staff do with orders. Every method is one transaction.
type OrderDeskStore interface {
	// OrderByNumber returns an order with all that belongs to it; ErrNoSuchOrder where there is none.
	OrderByNumber(ctx context.Context, number string) (Order, error)
	// ActOnOrder locks an order, calls decide with it and writes what that changes and returns, and the act with
	// it. A request that was carried out before changes nothing: decide is not called. It returns the order as
	// it is afterwards.
	ActOnOrder(ctx context.Context, number, request string, now time.Time, decide func(*Order) (DeskChange, error)) (Order, error)
	// GrantOrder numbers and writes an order that staff give away, with what follows from it, and the act. An
	// order that was granted by the same request is returned instead.
	GrantOrder(ctx context.Context, o Order, c Change, act Act) (Order, error)
	// ReapplyEvent applies a stored payment event to its order once more; ErrNoSuchEvent where the order has none.
	ReapplyEvent(ctx context.Context, number, eventID string, act Act, now time.Time) (Applied, error)
	// VariantToGrant returns a variant of a product that is no draft, with that product; ErrNoSuchVariant
	// where there is none.
	VariantToGrant(ctx context.Context, slug string, licence VariantKind) (Product, Variant, error)
	// SaveOrderView keeps a view for whoever does it; ErrViewTaken when there is another one of that name.
	SaveOrderView(ctx context.Context, v OrderView, act Act, now time.Time) error
	// DeleteOrderView forgets a view of whoever does it; one that is not theirs, or gone already, is left alone.
	DeleteOrderView(ctx context.Context, id string, act Act, now time.Time) error
}

// DeskChange is what an act of staff asks the store to write. The order is changed beside it: its address, the
// version of its link and the life of its download links are written as they are then.
type DeskChange struct {
	Act          Act
	Entitlements []Entitlement // those whose State or Held is another one
	Jobs         []Job
	Note         string
}

// The errors of the order desk.
var (
	ErrNoSuchEvent = NewError(NotFound, "no_such_event", "This order has no such payment event.")
	ErrNoSuchRight = NewError(NotFound, "no_such_right", "This order has no such right. Its titles may have changed since you looked; please reload the page.")
)

// longest texts that staff may give, in characters.
const (
	maxReason = 500
	maxNote   = 4000
)

// deskText cleans what staff typed: it has to be there, printable and not too long. Lines are kept.
func deskText(text string, longest int, missing Sentence) (string, *Sentence) {
	text = strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
	unprintable := func(c rune) bool { return unicode.IsControl(c) && c != '\n' && c != '\t' }
	var wrong Sentence
	switch {
	case text == "":
		wrong = missing
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unprintable):
		wrong = Say("This holds characters that cannot be printed.")
	case utf8.RuneCountInString(text) > longest:
		wrong = Say("This is longer than %d characters.", longest)
	default:
		return text, nil
	}
	return text, &wrong
}

func reason(text string) (string, *Sentence) {
	return deskText(text, maxReason, Say("Please say why: the audit trail keeps the reason."))
}

// wrongFields collects what is wrong with a form of the back office.
type wrongFields map[string]Sentence

func (f wrongFields) add(field string, wrong *Sentence) {
	if wrong != nil {
		f[field] = *wrong
	}
}

func (f wrongFields) err() error {
	if len(f) == 0 {
		return nil
	}
	e := NewError(Invalid, "invalid_input", "Please check the marked fields. Nothing was changed.")
	e.Fields = f
	return e
}

// actOnOrder is ActOnOrder, with a request of its own where none is given.
func (s *Shop) actOnOrder(ctx context.Context, number, request string, decide func(*Order, time.Time) (DeskChange, error)) (Order, error) {
	if request == "" {
		request = NewSecret()
	}
	now := s.now()
	o, err := s.config.Store.ActOnOrder(ctx, number, request, now, func(o *Order) (DeskChange, error) { return decide(o, now) })
	if err == nil {
		s.config.Wake()
	}
	return o, err
}

// act is an act on the order.
func (o *Order) act(by Actor, verb string, before, after map[string]any) Act {
	return Act{By: by, Verb: verb, Subject: Subject{Kind: "order", ID: o.ID, Name: o.Number}, Before: before, After: after}
}
