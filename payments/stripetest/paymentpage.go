package stripetest

import (
	"errors"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// typed is what the buyer wrote into the payment form. The security code is
// looked at and forgotten.
type typed struct {
	Method string
	Card   string
	Exp    string
	Email  string
}

// mistakes are the sentences beside the fields. A mistake that no field can
// help with stands above the form.
type mistakes struct {
	Form, Card, Exp, CVC string
}

func (m mistakes) any() bool { return m != mistakes{} }

type paymentPage struct {
	Session     checkoutSession
	Lines       []*lineItem
	Typed       typed
	Mistakes    mistakes
	Cards       []testCard
	OffersDebit bool
}

type messagePage struct {
	Title, Text    string
	Link, LinkText string
}

// showPayment is GET /c/pay/{id}.
func (s *Server) showPayment(w http.ResponseWriter, r *http.Request) {
	sess, err := s.session(r.PathValue("id"))
	if err != nil {
		s.showFailure(w, err)
		return
	}
	if !s.showEnded(w, sess) {
		s.showOpen(w, http.StatusOK, sess, typed{Method: methodCard}, mistakes{})
	}
}

// takePayment is POST /c/pay/{id}: the payment form, or the answer to 3-D
// Secure.
func (s *Server) takePayment(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 1<<16)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "The form could not be read.", http.StatusBadRequest)
		return
	}
	sess, err := s.session(r.PathValue("id"))
	if err != nil {
		s.showFailure(w, err)
		return
	}
	if sess.Status == statusComplete {
		s.goOn(w, r, sess)
		return
	}
	if s.showEnded(w, sess) {
		return
	}
	if answer := r.PostFormValue("three_d_secure"); answer != "" {
		s.takeChallenge(w, r, sess, answer == "complete")
		return
	}
	form := typed{Method: r.PostFormValue("method"), Card: r.PostFormValue("card"), Exp: r.PostFormValue("exp"), Email: r.PostFormValue("email")}
	if form.Method == methodBankDebit && sess.offers(methodBankDebit) {
		s.finish(w, r, sess.ID, form, func(ch *change, open *session) (*session, *decline) {
			return ch.payByBankDebit(open.boughtBy(form.Email), s.opts.TaxBasisPoints), nil
		})
		return
	}
	form.Method = methodCard
	card, wrong := readCard(form, r.PostFormValue("cvc"), time.Unix(s.now(), 0).UTC())
	if wrong.any() {
		s.showOpen(w, http.StatusUnprocessableEntity, sess, form, wrong)
		return
	}
	s.finish(w, r, sess.ID, form, func(ch *change, open *session) (*session, *decline) {
		return ch.payByCard(open.boughtBy(form.Email), card, s.opts.TaxBasisPoints)
	})
}

func (s *Server) takeChallenge(w http.ResponseWriter, r *http.Request, sess *session, authenticated bool) {
	if sess.Hidden.Challenge == nil {
		s.showOpen(w, http.StatusConflict, sess, typed{Method: methodCard}, mistakes{Form: "This payment does not wait for 3-D Secure any more. Please pay again."})
		return
	}
	s.finish(w, r, sess.ID, typed{Method: methodCard}, func(ch *change, open *session) (*session, *decline) {
		if open.Hidden.Challenge == nil {
			return open, nil
		}
		return ch.answerChallenge(open, authenticated)
	})
}

// finish makes a try to pay and shows what came of it. A session that ended in
// the meantime is not paid again.
func (s *Server) finish(w http.ResponseWriter, r *http.Request, id string, form typed, pay func(*change, *session) (*session, *decline)) {
	var sess *session
	var why *decline
	lost := s.change(cause{}, func(ch *change) {
		sess, _ = ch.sessions.get(id) // is known: sessions stay
		if sess.Status == statusOpen {
			sess, why = pay(ch, sess)
		}
	})
	switch {
	case lost != nil:
		s.showFailure(w, lost)
	case why != nil:
		s.showOpen(w, http.StatusPaymentRequired, sess, form, why.beside())
	case sess.Status == statusComplete:
		s.goOn(w, r, sess)
	case !s.showEnded(w, sess):
		s.showOpen(w, http.StatusOK, sess, form, mistakes{})
	}
}

// goOn leads the buyer back to the shop after paying.
func (s *Server) goOn(w http.ResponseWriter, r *http.Request, paid *session) {
	http.Redirect(w, r, paid.successURL(), http.StatusSeeOther) //nolint:gosec // success_url may lead anywhere: who holds the key chose it
}

// beside says which field a refusal belongs to.
func (d *decline) beside() mistakes {
	switch d.code {
	case "incorrect_cvc":
		return mistakes{CVC: d.message}
	case "expired_card":
		return mistakes{Exp: d.message}
	default:
		return mistakes{Card: d.message}
	}
}

// boughtBy completes the buyer's details with what the page asked for.
func (s *session) boughtBy(email string) *session {
	if s.CustomerEmail != "" {
		return s
	}
	next := *s
	next.CustomerDetails = &customerDetails{Email: text(email), TaxExempt: "none"}
	return &next
}

// readCard checks the card as Stripe's page does before it asks the bank.
func readCard(form typed, cvc string, now time.Time) (paidWith, mistakes) {
	var wrong mistakes
	number := digits(form.Card)
	switch {
	case len(number) < 13:
		wrong.Card = "Your card number is incomplete."
	case len(number) > 19 || !luhn(number):
		wrong.Card = "Your card number is invalid."
	}
	month, err := readExpiry(form.Exp)
	switch {
	case err != nil:
		wrong.Exp = "Your card's expiration date is incomplete."
	case !now.Before(month.AddDate(0, 1, 0)):
		wrong.Exp = "Your card's expiration date is in the past."
	}
	if code := digits(cvc); len(code) < 3 || len(code) > 4 {
		wrong.CVC = "Your card's security code is incomplete."
	}
	return paidWith{Number: number, ExpMonth: int64(month.Month()), ExpYear: int64(month.Year())}, wrong
}

var expiry = regexp.MustCompile(`^(0?[1-9]|1[0-2])\s*/?\s*(?:20)?(\d\d)$`)

// readExpiry returns the first day of the month, the last in which a card is
// good, from what people type: 3/26, 03 / 2026, 0326.
func readExpiry(typed string) (time.Time, error) {
	parts := expiry.FindStringSubmatch(strings.TrimSpace(typed))
	if parts == nil {
		return time.Time{}, errors.New("not a month and a year")
	}
	return time.Parse("1/2006", parts[1]+"/20"+parts[2])
}

// session returns a session as it is now.
func (s *Server) session(id string) (*session, error) {
	var sess *session
	var known bool
	if err := s.read(func(st *state) { sess, known = st.sessions.get(id) }); err != nil {
		return nil, err
	}
	if !known {
		return nil, noSuch("checkout.session", id)
	}
	return sess, nil
}

func (s *Server) now() int64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.state.now()
}

// showOpen shows the payment form, or the 3-D Secure step if it is due.
func (s *Server) showOpen(w http.ResponseWriter, status int, sess *session, form typed, wrong mistakes) {
	priced := sess.taxed(s.opts.TaxBasisPoints)
	page := paymentPage{
		Session: priced.checkoutSession, Lines: priced.Hidden.Lines, Typed: form, Mistakes: wrong, Cards: testCards(),
		OffersDebit: sess.offers(methodBankDebit),
	}
	name := "pay.html"
	if sess.Hidden.Challenge != nil {
		name = "challenge.html"
	}
	s.show(w, status, name, page, sess.SuccessURL)
}

// showEnded shows that a session is paid or expired. It returns false, and
// shows nothing, if the session is open.
func (s *Server) showEnded(w http.ResponseWriter, sess *session) bool {
	switch sess.Status {
	case statusComplete:
		s.show(w, http.StatusOK, "message.html", messagePage{
			Title: "This payment is complete", Text: "Nothing more is charged.",
			Link: sess.successURL(), LinkText: "Go on to the shop",
		}, "")
		return true
	case statusExpired:
		s.show(w, http.StatusGone, "message.html", messagePage{
			Title: "This payment page has expired", Text: "Nothing was charged. You can start again from the shop.",
			Link: string(sess.CancelURL), LinkText: "Back to the shop",
		}, "")
		return true
	}
	return false
}

func (s *Server) showFailure(w http.ResponseWriter, err error) {
	e := asAPIError(err)
	page := messagePage{Title: "This payment page could not be shown", Text: e.Message}
	if e.status == http.StatusNotFound {
		page = messagePage{Title: "There is no such payment page", Text: "The address is wrong, or the simulator forgot it."}
	}
	s.show(w, e.status, "message.html", page, "")
}
