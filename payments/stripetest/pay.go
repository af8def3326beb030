package stripetest

import "net/http"

// paidWith is a card as the buyer typed it, without the security code, which
// nobody may keep.
type paidWith struct {
	Number   string `json:"number"`
	ExpMonth int64  `json:"exp_month"`
	ExpYear  int64  `json:"exp_year"`
}

// challenge is a payment that waits for the buyer's answer to 3-D Secure.
type challenge struct {
	Card paidWith `json:"card"`
}

// details describes a card on a charge.
func (p paidWith) details(authenticated bool) methodDetails {
	card := cardOf(p.Number)
	d := &cardDetails{
		Brand: card.Brand, Checks: cardChecks{CVC: "pass"}, Country: "US", ExpMonth: p.ExpMonth, ExpYear: p.ExpYear,
		Funding: "credit", Last4: card.last4(), Network: card.Brand,
	}
	if authenticated {
		d.ThreeDSecure = &threeSecure{Flow: "challenge", Result: "authenticated", Version: "2.2.0"}
	}
	return methodDetails{Type: methodCard, Card: d}
}

// payByCard takes a card for an open session. It returns the session after it
// and why the bank said no, if it did. A session with a challenge is neither
// paid nor refused yet.
func (ch *change) payByCard(open *session, with paidWith, taxBasisPoints int64) (*session, *decline) {
	sess, payment := ch.intentFor(open.taxed(taxBasisPoints))
	if !cardOf(with.Number).challenge {
		return ch.charge(sess, payment, with, false)
	}
	ch.setIntent(payment, "payment_intent.requires_action", func(i *intent) {
		i.Status, i.PaymentMethod = intentNeedsAction, text(newID("pm"))
		i.NextAction = &nextAction{Type: "redirect_to_url", Redirect: redirectAction{URL: string(sess.URL)}}
	})
	waiting := *sess
	waiting.Hidden.Challenge = &challenge{Card: with}
	ch.put(&waiting)
	return &waiting, nil
}

// answerChallenge goes on with a payment after its 3-D Secure step.
func (ch *change) answerChallenge(waiting *session, authenticated bool) (*session, *decline) {
	with := waiting.Hidden.Challenge.Card
	answered := *waiting
	answered.Hidden.Challenge = nil
	ch.put(&answered)
	sess, payment := ch.intentFor(&answered)
	if authenticated {
		return ch.charge(sess, payment, with, true)
	}
	why := &decline{
		code:    "payment_intent_authentication_failure",
		message: "We are unable to authenticate your payment method. Please choose a different payment method and try again.",
	}
	ch.setIntent(payment, "payment_intent.payment_failed", func(i *intent) {
		i.Status, i.PaymentMethod = intentNeedsMethod, ""
		i.LastPaymentError = invalid("", "%s", why.message).with(why.code)
	})
	return sess, why
}

// charge asks the bank for the money.
func (ch *change) charge(sess *session, payment *intent, with paidWith, authenticated bool) (*session, *decline) {
	card := cardOf(with.Number)
	tried := *payment
	tried.PaymentMethod = text(newID("pm"))
	c := ch.newCharge(&tried, sess, with.details(authenticated))
	if why := card.declined; why != nil {
		ch.fail(&tried, ch.refuse(*c, why), why)
		return sess, why
	}
	paid := ch.succeed(*c)
	ch.succeedIntent(&tried, paid)
	done := ch.complete(sess, paymentPaid)
	if card.disputed {
		ch.openDispute(paid, "fraudulent")
	}
	return done, nil
}

// payByBankDebit completes a session with money that is only on its way.
func (ch *change) payByBankDebit(open *session, taxBasisPoints int64) *session {
	sess, payment := ch.intentFor(open.taxed(taxBasisPoints))
	tried := *payment
	tried.PaymentMethod = text(newID("pm"))
	c := ch.newCharge(&tried, sess, methodDetails{Type: methodBankDebit, Bank: &bankDetails{
		HolderType: "individual", AccountType: "checking", BankName: "STRIPE TEST BANK", Last4: "6789", RoutingNumber: "110000000",
	}})
	c.Status = "pending"
	ch.setIntent(&tried, "payment_intent.processing", func(i *intent) {
		i.Status, i.LatestCharge, i.LastPaymentError = intentProcessing, text(c.ID), nil
	})
	ch.put(c)
	ch.emit("charge.pending", c, nil)
	return ch.complete(sess, paymentUnpaid)
}

// settle ends a bank debit: the money came, or it did not.
func (ch *change) settle(sess *session, came bool) error {
	payment, ok := ch.intents.get(string(sess.PaymentIntent))
	if !ok || payment.Status != intentProcessing {
		return invalid("", "There is no bank debit on its way for %s.", sess.ID)
	}
	c, ok := ch.charges.get(string(payment.LatestCharge))
	if !ok {
		return noSuch("charge", string(payment.LatestCharge))
	}
	after := *sess
	if came {
		ch.succeedIntent(payment, ch.succeed(*c))
		after.PaymentStatus = paymentPaid
		ch.put(&after)
		ch.emit("checkout.session.async_payment_succeeded", &after, nil)
		return nil
	}
	why := &decline{code: "payment_method_could_not_be_charged", message: "The customer's bank account could not be debited."}
	ch.fail(payment, ch.refuse(*c, why), why)
	ch.emit("checkout.session.async_payment_failed", &after, nil)
	return nil
}

func (ch *change) succeedIntent(payment *intent, paid *charge) {
	ch.setIntent(payment, "payment_intent.succeeded", func(i *intent) {
		i.Status, i.AmountReceived, i.LatestCharge, i.LastPaymentError = intentSucceeded, paid.Amount, text(paid.ID), nil
	})
}

// fail records a refused charge on its payment intent.
func (ch *change) fail(payment *intent, refused *charge, why *decline) {
	ch.setIntent(payment, "payment_intent.payment_failed", func(i *intent) {
		i.Status, i.LatestCharge, i.PaymentMethod = intentNeedsMethod, text(refused.ID), ""
		i.LastPaymentError = &apiError{
			Type: "card_error", Code: why.code, DeclineCode: why.declineCode, Message: why.message, Charge: refused.ID,
			status: http.StatusPaymentRequired,
		}
	})
}

// SettleBankDebit ends the bank debit of a session that was completed unpaid:
// the money came, or it did not.
func (s *Server) SettleBankDebit(sessionID string, came bool) error {
	return s.with(func(ch *change) error {
		sess, ok := ch.sessions.get(sessionID)
		if !ok {
			return noSuch("checkout.session", sessionID)
		}
		return ch.settle(sess, came)
	})
}
