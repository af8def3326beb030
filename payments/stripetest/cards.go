package stripetest

import (
	"strings"
	"unicode"
)

// Stripe's published test card numbers, by what happens when they pay.
// See https://stripe.com/docs/testing.
const (
	CardSuccess            = "4242424242424242"
	CardDeclined           = "4000000000000002"
	CardInsufficientFunds  = "4000000000009995"
	CardLost               = "4000000000009987"
	CardStolen             = "4000000000009979"
	CardExpired            = "4000000000000069"
	CardWrongCVC           = "4000000000000127"
	CardProcessingError    = "4000000000000119"
	Card3DSecure           = "4000002760003184" // each payment must be authenticated
	Card3DSecureSetup      = "4000002500003155" // authenticated unless set up before: here always
	Card3DSecure2          = "4000000000003220"
	Card3DSecureDeclined   = "4000008400001629" // declined although it was authenticated
	CardDisputed           = "4000000000000259" // pays, and the payment is disputed as fraudulent
	CardRefundPending      = "4000000000007726" // pays; its refunds stay pending until they are settled
	cardMastercard         = "5555555555554444"
	cardAmericanExpress    = "378282246310005"
	card3DSecureIsOptional = "4000000000003055"
)

// testCard is a card number and what comes of it.
type testCard struct {
	Number    string
	Brand     string
	Outcome   string // for people
	challenge bool   // asks for 3-D Secure first
	declined  *decline
	disputed  bool
}

// decline is why a bank says no.
type decline struct {
	code        string // as in https://stripe.com/docs/error-codes
	declineCode string // as in https://stripe.com/docs/declines/codes
	message     string // what the buyer reads
}

// testCards lists the numbers that pay, fail or ask, as the page shows them.
func testCards() []testCard {
	generic := &decline{"card_declined", "generic_decline", "Your card was declined."}
	return []testCard{
		{Number: CardSuccess, Brand: "visa", Outcome: "Pays"},
		{Number: cardMastercard, Brand: "mastercard", Outcome: "Pays (Mastercard)"},
		{Number: cardAmericanExpress, Brand: "amex", Outcome: "Pays (American Express, 4-digit CVC)"},
		{Number: Card3DSecure, Brand: "visa", Outcome: "Asks for 3-D Secure, then pays", challenge: true},
		{Number: Card3DSecureSetup, Brand: "visa", Outcome: "Asks for 3-D Secure, then pays", challenge: true},
		{Number: Card3DSecure2, Brand: "visa", Outcome: "Asks for 3-D Secure 2, then pays", challenge: true},
		{Number: card3DSecureIsOptional, Brand: "visa", Outcome: "Knows 3-D Secure, pays without"},
		{Number: Card3DSecureDeclined, Brand: "visa", Outcome: "Asks for 3-D Secure, then is declined", challenge: true, declined: generic},
		{Number: CardDeclined, Brand: "visa", Outcome: "Is declined", declined: generic},
		{Number: CardInsufficientFunds, Brand: "visa", Outcome: "Is declined: insufficient funds", declined: &decline{"card_declined", "insufficient_funds", "Your card has insufficient funds."}},
		{Number: CardLost, Brand: "visa", Outcome: "Is declined: lost card", declined: &decline{"card_declined", "lost_card", "Your card was declined."}},
		{Number: CardStolen, Brand: "visa", Outcome: "Is declined: stolen card", declined: &decline{"card_declined", "stolen_card", "Your card was declined."}},
		{Number: CardExpired, Brand: "visa", Outcome: "Is declined: expired", declined: &decline{"expired_card", "", "Your card has expired."}},
		{Number: CardWrongCVC, Brand: "visa", Outcome: "Is declined: wrong CVC", declined: &decline{"incorrect_cvc", "", "Your card's security code is incorrect."}},
		{Number: CardProcessingError, Brand: "visa", Outcome: "Is declined: processing error", declined: &decline{"processing_error", "", "An error occurred while processing your card. Try again in a little bit."}},
		{Number: CardDisputed, Brand: "visa", Outcome: "Pays, then the buyer disputes the payment", disputed: true},
		{Number: CardRefundPending, Brand: "visa", Outcome: "Pays; its refunds wait for the bank"},
	}
}

// realCard is what happens to a number that is not a test number: it is
// declined, as Stripe declines real cards in test mode.
func realCard(number string) testCard {
	return testCard{Number: number, Brand: "unknown", declined: &decline{
		"card_declined", "test_mode_live_card",
		"Your card was declined. Your request was in test mode, but used a non test card.",
	}}
}

func cardOf(number string) testCard {
	for _, card := range testCards() {
		if card.Number == number {
			return card
		}
	}
	return realCard(number)
}

func (c testCard) last4() string { return c.Number[len(c.Number)-4:] }

// Grouped is the number as it stands on the card.
func (c testCard) Grouped() string {
	var b strings.Builder
	for i, digit := range c.Number {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(digit)
	}
	return b.String()
}

// digits drops the spaces and dashes that people type. It is empty if
// anything else than digits is left.
func digits(typed string) string {
	plain := strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '-' {
			return -1
		}
		return r
	}, typed)
	if strings.Trim(plain, "0123456789") != "" {
		return ""
	}
	return plain
}

// luhn says whether the check digit of a card number is right.
func luhn(number string) bool {
	sum := 0
	for i := range len(number) {
		digit := int(number[len(number)-1-i] - '0')
		if i%2 == 1 {
			if digit *= 2; digit > 9 {
				digit -= 9
			}
		}
		sum += digit
	}
	return sum%10 == 0
}
