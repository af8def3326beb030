package shop

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// PaymentWindow is how long an order can be paid after checkout. Stripe takes 30 minutes to 24 hours.
const PaymentWindow = 2 * time.Hour

// ReuseMargin is how long a pending order must still be payable for a second checkout to lead to it:
// a little more than the shortest life that Stripe gives a payment page.
const ReuseMargin = 35 * time.Minute

// The longest texts that a buyer may give, in characters.
const (
	maxEmail    = 254
	maxName     = 200
	maxPONumber = 64
)

// CheckoutRequest is what a buyer fills in.
type CheckoutRequest struct {
	CartID       string
	Email        string
	Name         string
	Organisation string // may be empty
	PONumber     string // may be empty
	// Language is that of the mails and of the payment page; English if it is none of the shop's.
	Language Language
	// IdempotencyKey is the same for the same press of the button. Empty counts as a new one.
	IdempotencyKey string
	// Latest is the link's token of the order that this buyer placed last; empty where that is not known.
	Latest string
	// ExpectedTotal is the total that the buyer saw; nil when none was shown.
	ExpectedTotal *int64
	By            Client // the order is at home with it
}

// CheckedOut is where a checkout leads.
type CheckedOut struct {
	Order      Order
	Token      string
	OrderURL   string
	PaymentURL string // empty when nothing has to be paid
}

// Checkout makes an order of the cart at today's prices. An order that costs nothing is complete at
// once; for any other one a payment page is made. Pressed twice it returns the same order, and so it does
// for the same details from whoever has the order's link. Errors of kind Unavailable mean that Stripe could not be reached: nothing was charged, the cart is as it was
// and the same request can be sent again.
func (s *Shop) Checkout(ctx context.Context, r CheckoutRequest) (CheckedOut, error) {
	if err := r.clean(); err != nil {
		return CheckedOut{}, err
	}
	cart, err := s.config.Store.Cart(ctx, r.CartID)
	if err != nil {
		return CheckedOut{}, err
	}
	earlier, err := s.config.Store.OrderByKey(ctx, r.CartID, r.IdempotencyKey)
	if err != nil && !IsKind(err, NotFound) {
		return CheckedOut{}, err
	}
	if err == nil && (earlier.Status != Pending || earlier.SessionState == SessionProcessing || !r.describes(earlier) || s.tooLateToStart(earlier)) {
		return s.repeat(earlier, r)
	}
	priced, err := Price(cart)
	if err != nil {
		return CheckedOut{}, err
	}
	if r.ExpectedTotal != nil && *r.ExpectedTotal != priced.Total {
		return CheckedOut{}, NewError(Conflict, "price_changed",
			"Your order now comes to %s: a price, a number or a title has changed since you looked. Nothing was charged; please check it and go on.",
			Money{priced.Total, priced.Currency})
	}
	order := s.newOrder(r, priced)
	if earlier.ID != "" && earlier.Fingerprint != order.Fingerprint {
		return CheckedOut{}, ErrCartChanged
	}
	if err := s.resume(ctx, &order, r.Latest); err != nil {
		return CheckedOut{}, err
	}
	var change Change
	if order.Due() == 0 {
		if err := order.settle(&change, 0, s.now()); err != nil {
			return CheckedOut{}, err
		}
	}
	placed, err := s.place(ctx, order, change)
	if err != nil {
		return CheckedOut{}, err
	}
	s.config.Wake()
	if placed.IdempotencyKey == r.IdempotencyKey {
		if err := s.remember(ctx, placed, r.By); err != nil {
			return CheckedOut{}, err
		}
	}
	return s.startPayment(ctx, placed)
}

// resume gives a new order the key of the one with that link, so that it leads there, if that is the same
// order and can still be paid for a while: a second window goes on where the first one was. It takes the
// link, since whoever knows a cart and who buys it must not get at the order by ordering once more.
func (s *Shop) resume(ctx context.Context, o *Order, token string) error {
	if token == "" {
		return nil
	}
	latest, err := s.OrderByToken(ctx, token)
	if IsKind(err, NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if latest.CartID == o.CartID && latest.repeats(*o) {
		o.IdempotencyKey = latest.IdempotencyKey
	}
	return nil
}

// place writes the order when no other order of the cart can be paid any more, so that a buyer with
// two windows never pays twice. Another checkout may come between; that is tried a few times.
func (s *Shop) place(ctx context.Context, o Order, c Change) (Order, error) {
	for range 3 {
		if err := s.closePages(ctx, o); err != nil {
			return Order{}, err
		}
		placed, err := s.config.Store.PlaceOrder(ctx, o, c)
		if !errors.Is(err, ErrOpenPage) {
			return placed, err
		}
	}
	return Order{}, ErrCartChanged
}

// closePages makes the payment pages of the cart's other orders unusable.
func (s *Shop) closePages(ctx context.Context, o Order) error {
	open, err := s.config.Store.OpenOrders(ctx, o.CartID)
	if err != nil {
		return err
	}
	for _, old := range open {
		if old.Answers(o) {
			continue
		}
		applied, err := s.closePage(ctx, old.SessionID)
		if err != nil {
			return err
		}
		switch {
		case applied.Order.ID == "":
		case applied.Order.IsPaid():
			return errAlreadyPaid
		case applied.Order.SessionState == SessionProcessing:
			return errUnderway
		}
	}
	return nil
}

// closePage makes a payment page unusable. When it was used already, what came of that is applied and
// returned; otherwise the outcome is empty.
func (s *Shop) closePage(ctx context.Context, sessionID string) (Applied, error) {
	err := s.config.Payments.Expire(ctx, sessionID)
	if IsKind(err, Conflict) {
		_, applied, err := s.ask(ctx, sessionID, FromReturn)
		return applied, err
	}
	if err != nil {
		return Applied{}, err
	}
	return Applied{}, s.config.Store.CloseSession(ctx, sessionID)
}

var (
	// ErrOrderClosed answers a checkout whose order cannot be paid any more.
	ErrOrderClosed = NewError(Conflict, "order_closed",
		"This order was closed without being paid. Nothing was charged; please check your cart and go on.")
	// ErrKeyReused answers an idempotency key that has led to another buyer's order.
	ErrKeyReused = NewError(Conflict, "idempotency_key_reused",
		"This Idempotency-Key was used with other details before. Nothing was ordered; send a new key.")
	// ErrCartChanged answers an order of what the cart does not hold any more.
	ErrCartChanged = NewError(Conflict, "cart_changed",
		"Your cart has changed since you pressed the button. Nothing was charged; please check it and go on.")
	// ErrOpenPage says that another order of the cart can still be paid; a checkout sees to that first.
	ErrOpenPage = NewError(Conflict, "open_page", "Another order from this cart can still be paid.")
	errUnderway = NewError(Conflict, "payment_underway",
		"A bank payment for an order from this cart is under way, so nothing more was charged. Its titles were taken out of your cart; please check it and go on.")
	errAlreadyPaid = NewError(Conflict, "already_paid",
		"You have just paid an order from this cart in another window. Nothing more was charged; your receipt is on its way.")
)

// repeat answers a key that has led to an order before.
func (s *Shop) repeat(o Order, r CheckoutRequest) (CheckedOut, error) {
	switch {
	case !r.describes(o):
		return CheckedOut{}, ErrKeyReused
	case o.Status == Expired || o.Status == Canceled || s.tooLateToStart(o):
		return CheckedOut{}, ErrOrderClosed
	default:
		return s.checkedOut(o)
	}
}

// tooLateToStart reports whether an order without a payment page would get one that lives shorter than
// Stripe allows.
func (s *Shop) tooLateToStart(o Order) bool {
	return o.Status == Pending && o.PaymentURL == "" && o.ExpiresAt.Before(s.now().Add(ReuseMargin))
}

// startPatience bounds the wait for a payment page; a buyer waits for it.
const startPatience = 25 * time.Second

// startPayment makes the payment page of a placed order that has none yet.
func (s *Shop) startPayment(ctx context.Context, o Order) (CheckedOut, error) {
	if o.Status != Pending || o.PaymentURL != "" {
		return s.checkedOut(o)
	}
	orderURL, err := s.OrderURL(o)
	if err != nil {
		return CheckedOut{}, err
	}
	waiting, cancel := context.WithTimeout(ctx, startPatience)
	defer cancel()
	page, err := s.config.Payments.Start(waiting, PaymentRequest{
		Order: o, SuccessURL: orderURL, CancelURL: s.CartCopyURL(o.CartID), IdempotencyKey: "checkout-" + o.ID,
	})
	if err != nil {
		return CheckedOut{}, err
	}
	if page, err = s.config.Store.AttachPayment(ctx, o.ID, page, s.now()); err != nil {
		return CheckedOut{}, fmt.Errorf("attach payment page to %s: %w", o.Number, err)
	}
	o.SessionID, o.PaymentURL = page.SessionID, page.URL
	return s.checkedOut(o)
}

func (s *Shop) checkedOut(o Order) (CheckedOut, error) {
	token, err := s.OrderToken(o)
	if err != nil {
		return CheckedOut{}, err
	}
	done := CheckedOut{Order: o, Token: token, OrderURL: s.config.URL + "/orders/" + token}
	if o.Status == Pending && o.SessionState != SessionProcessing {
		done.PaymentURL = o.PaymentURL
	}
	return done, nil
}

func (s *Shop) newOrder(r CheckoutRequest, p Priced) Order {
	now := s.now()
	o := Order{
		ID: NewID(), CartID: r.CartID, Source: SourceCard, Status: Pending,
		Email: r.Email, Name: r.Name, Organisation: r.Organisation, PONumber: r.PONumber, Language: r.Language.Known(),
		Currency: p.Currency, Subtotal: p.Subtotal, Discount: p.Discount, Donation: p.Donation, Total: p.Total, Lines: p.Lines,
		TokenVersion: 1, IdempotencyKey: r.IdempotencyKey, Fingerprint: r.fingerprint(p),
		PlacedAt: now, UpdatedAt: now, ExpiresAt: now.Add(PaymentWindow),
	}
	if o.Due() == 0 {
		o.Source = SourceFree
	}
	for i := range o.Lines {
		o.Lines[i].ID = NewID()
	}
	return o
}

// describes reports whether the request asks for that order again.
func (r CheckoutRequest) describes(o Order) bool {
	return r.Email == o.Email && r.Name == o.Name && r.Organisation == o.Organisation && r.PONumber == o.PONumber && r.Language.Known() == o.Language
}

// fingerprint is the same for the same buyer, language, lines, prices and gifts.
func (r CheckoutRequest) fingerprint(p Priced) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %q %q %s %s %d %d", r.Email, r.Name, r.Organisation, r.PONumber, r.Language.Known(), p.Currency, p.Total, p.Donation)
	for _, line := range p.Lines {
		fmt.Fprintf(h, " %s×%d@%d+%d", line.VariantID, line.Quantity, line.Price(), line.Support)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// clean trims what the buyer typed and says what is wrong with it.
func (r *CheckoutRequest) clean() error {
	wrong := invalidFields{}
	if email, err := CleanEmail(r.Email); err != nil {
		wrong["email"] = Say("This does not look like an e-mail address. It should be like name@school.org.")
	} else {
		r.Email = email
	}
	for _, text := range []struct {
		field   string
		missing Sentence
		value   *string
		longest int
	}{
		{"name", Say("Please tell us your name; it goes on the receipt."), &r.Name, maxName},
		{"organisation", Sentence{}, &r.Organisation, maxName},
		{"po_number", Sentence{}, &r.PONumber, maxPONumber},
	} {
		*text.value = strings.Join(strings.Fields(*text.value), " ")
		switch {
		case *text.value == "" && text.missing.Format != "":
			wrong[text.field] = text.missing
		case !utf8.ValidString(*text.value) || strings.ContainsFunc(*text.value, unicode.IsControl):
			wrong[text.field] = Say("This holds characters that cannot be printed.")
		case strings.Contains(*text.value, "://") || text.field != "po_number" && slices.ContainsFunc(strings.Fields(*text.value), looksLikeHost):
			// It goes into a mail to whatever address was typed: the shop carries nobody's links to strangers.
			wrong[text.field] = Say("Please leave web addresses out of this.")
		case utf8.RuneCountInString(*text.value) > text.longest:
			wrong[text.field] = Say("This is longer than %d characters.", text.longest)
		}
	}
	if r.IdempotencyKey == "" {
		r.IdempotencyKey = NewSecret()
	}
	if err := checkKey(r.IdempotencyKey); err != nil {
		return err
	}
	return wrong.err()
}

// checkKey refuses what no header can carry as an idempotency key.
func checkKey(key string) error {
	if key == "" || len(key) > 255 || strings.ContainsFunc(key, func(c rune) bool { return c < '!' || c > '~' }) {
		return NewError(Invalid, "invalid_idempotency_key", "An Idempotency-Key is 1 to 255 printable ASCII characters without spaces.")
	}
	return nil
}

var (
	hostLike = regexp.MustCompile(`(?i)^www\.|[\pL\pN]\.\pL{2,}|[\pL\pN]\.[\pL\pN]+[/:]`)
	titled   = regexp.MustCompile(`^\p{Lu}\p{Ll}?\.\p{Lu}\p{Ll}+(['’]s)?$`) // St.Mary's, M.Ed
)

// looksLikeHost reports whether mail programs could make a link of a word.
func looksLikeHost(word string) bool {
	return hostLike.MatchString(word) && !titled.MatchString(strings.Trim(word, ".,;()"))
}

var errEmail = errors.New("not an e-mail address")

// CleanEmail returns the address in the form in which addresses are compared: trimmed, the whole of it
// in lower case. Names around the address, spaces and hosts without a dot are refused.
func CleanEmail(text string) (string, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	parsed, err := mail.ParseAddress(text)
	if err != nil || parsed.Address != text || len(text) > maxEmail || strings.ContainsFunc(text, unicode.IsSpace) {
		return "", errEmail
	}
	host := text[strings.LastIndexByte(text, '@')+1:]
	if !strings.Contains(strings.Trim(host, "."), ".") || strings.HasPrefix(host, "[") {
		return "", errEmail
	}
	return text, nil
}
