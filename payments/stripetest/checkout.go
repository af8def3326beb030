package stripetest

import (
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"
)

// The states of a checkout session and of its payment.
const (
	statusOpen     = "open"
	statusComplete = "complete"
	statusExpired  = "expired"

	paymentUnpaid = "unpaid"
	paymentPaid   = "paid"
)

// The payment methods that the page offers.
const (
	methodCard      = "card"
	methodBankDebit = "us_bank_account" // takes days to succeed or fail
)

const (
	minLifetime = 30 * time.Minute
	maxLifetime = 24 * time.Hour
	minAmount   = 50         // minor units
	maxAmount   = 99_999_999 // minor units
	maxLines    = 100
)

// session is a checkout session with what the simulator remembers beside it.
type session struct {
	checkoutSession
	Hidden sessionMemory `json:"simulator"`
}

// checkoutSession is what the API shows.
type checkoutSession struct {
	ID                  string           `json:"id"`
	Object              string           `json:"object"`
	AmountSubtotal      int64            `json:"amount_subtotal"`
	AmountTotal         int64            `json:"amount_total"`
	AfterExpiration     null             `json:"after_expiration"`
	AllowPromotionCodes null             `json:"allow_promotion_codes"`
	AutomaticTax        automaticTax     `json:"automatic_tax"`
	CancelURL           text             `json:"cancel_url"`
	ClientReferenceID   text             `json:"client_reference_id"`
	Consent             null             `json:"consent"`
	Created             int64            `json:"created"`
	Currency            string           `json:"currency"`
	CustomFields        []null           `json:"custom_fields"`
	CustomText          customText       `json:"custom_text"`
	Customer            null             `json:"customer"`
	CustomerCreation    string           `json:"customer_creation"`
	CustomerDetails     *customerDetails `json:"customer_details"`
	CustomerEmail       text             `json:"customer_email"`
	ExpiresAt           int64            `json:"expires_at"`
	Invoice             null             `json:"invoice"`
	Livemode            bool             `json:"livemode"`
	Locale              text             `json:"locale"`
	Metadata            metadata         `json:"metadata"`
	Mode                string           `json:"mode"`
	PaymentIntent       text             `json:"payment_intent"`
	PaymentLink         null             `json:"payment_link"`
	PaymentMethodTypes  []string         `json:"payment_method_types"`
	PaymentStatus       string           `json:"payment_status"`
	ShippingOptions     []null           `json:"shipping_options"`
	Status              string           `json:"status"`
	SubmitType          text             `json:"submit_type"`
	Subscription        null             `json:"subscription"`
	SuccessURL          string           `json:"success_url"`
	TotalDetails        totalDetails     `json:"total_details"`
	UIMode              string           `json:"ui_mode"`
	URL                 text             `json:"url"` // null unless open
}

// sessionMemory is what the payment needs and the session does not show.
type sessionMemory struct {
	Lines     []*lineItem `json:"lines"`
	TaxCodes  []string    `json:"tax_codes"` // of each line's product; empty where it has none
	Payment   intentData  `json:"payment"`
	Challenge *challenge  `json:"challenge,omitempty"` // a 3-D Secure step not answered yet
	// TaxBasisPoints is the rate that was applied at the payment.
	TaxBasisPoints int64 `json:"tax_basis_points,omitempty"`
}

// intentData is payment_intent_data: what the payment will carry.
type intentData struct {
	Description  text     `json:"description"`
	Metadata     metadata `json:"metadata"`
	ReceiptEmail text     `json:"receipt_email"`
	Descriptor   text     `json:"statement_descriptor"`
	Suffix       text     `json:"statement_descriptor_suffix"`
}

type automaticTax struct {
	Enabled bool `json:"enabled"`
	Status  text `json:"status"`
}

type customText struct {
	AfterSubmit     null `json:"after_submit"`
	ShippingAddress null `json:"shipping_address"`
	Submit          null `json:"submit"`
	Terms           null `json:"terms_of_service_acceptance"`
}

type customerDetails struct {
	Address   *address `json:"address"`
	Email     text     `json:"email"`
	Name      text     `json:"name"`
	Phone     null     `json:"phone"`
	TaxExempt string   `json:"tax_exempt"`
	TaxIDs    null     `json:"tax_ids"`
}

type address struct {
	City       text `json:"city"`
	Country    text `json:"country"`
	Line1      text `json:"line1"`
	Line2      text `json:"line2"`
	PostalCode text `json:"postal_code"`
	State      text `json:"state"`
}

type totalDetails struct {
	AmountDiscount int64      `json:"amount_discount"`
	AmountShipping int64      `json:"amount_shipping"`
	AmountTax      int64      `json:"amount_tax"`
	Breakdown      *breakdown `json:"breakdown,omitempty"`
}

func (s *session) key() string     { return s.ID }
func (s *session) view(*state) any { return &s.checkoutSession }

// createSession is POST /v1/checkout/sessions.
func (s *Server) createSession(ch *change, c *call) (any, error) {
	f, now := c.form, ch.now()
	if mode := f.required("mode"); mode != "" && mode != "payment" {
		f.fail(invalid("mode", "The Stripe simulator plays mode=payment only, not %s.", mode))
	}
	id := newID("cs_test")
	sess := &session{checkoutSession: checkoutSession{
		ID:                 id,
		Object:             "checkout.session",
		AutomaticTax:       automaticTax{Enabled: f.flag("automatic_tax[enabled]", false)},
		CancelURL:          text(f.webAddress("cancel_url")),
		ClientReferenceID:  text(f.text("client_reference_id")),
		Created:            now,
		CustomFields:       []null{},
		CustomerCreation:   f.choice("customer_creation", "if_required", "always"),
		CustomerEmail:      text(f.text("customer_email")),
		ExpiresAt:          f.number("expires_at", now+int64(maxLifetime/time.Second)),
		Locale:             text(f.text("locale")),
		Metadata:           f.metadata("metadata"),
		Mode:               "payment",
		PaymentMethodTypes: paymentMethods(f),
		PaymentStatus:      paymentUnpaid,
		ShippingOptions:    []null{},
		Status:             statusOpen,
		SubmitType:         text(f.choice("submit_type", "", "auto", "book", "donate", "pay")),
		SuccessURL:         f.webAddress("success_url"),
		UIMode:             f.choice("ui_mode", "hosted"),
		URL:                text(c.base + "/c/pay/" + id),
	}}
	sess.Hidden.Payment = readIntentData(f)
	sess.Hidden.Lines = readLines(f)
	f.ignore(ignoredSessionParams()...)
	f.refuse(refusedSessionParams()...)
	sess.check(f)
	if err := f.done(); err != nil {
		return nil, err
	}
	if sess.AutomaticTax.Enabled {
		sess.AutomaticTax.Status = "requires_location_inputs"
	}
	if sess.CustomerEmail != "" {
		sess.CustomerDetails = &customerDetails{Email: sess.CustomerEmail, TaxExempt: "none"}
	}
	for _, line := range sess.Hidden.Lines {
		line.Price.Created = now
		line.Price.Product = newID("prod")
		sess.Hidden.TaxCodes = append(sess.Hidden.TaxCodes, line.taxCode)
	}
	ch.put(sess)
	return sess, nil
}

// ignoredSessionParams change how the page of the real Stripe looks.
func ignoredSessionParams() []string {
	return []string{"billing_address_collection", "custom_text", "payment_method_collection"}
}

// refusedSessionParams are Stripe's, but not played here.
func refusedSessionParams() []string {
	return []string{
		"after_expiration", "allow_promotion_codes", "consent_collection", "currency", "custom_fields", "customer",
		"customer_update", "discounts", "invoice_creation", "payment_intent_data[application_fee_amount]",
		"payment_intent_data[capture_method]", "payment_intent_data[on_behalf_of]",
		"payment_intent_data[setup_future_usage]", "payment_intent_data[shipping]",
		"payment_intent_data[transfer_data]", "payment_intent_data[transfer_group]",
		"payment_method_configuration", "payment_method_options", "phone_number_collection", "redirect_on_completion", "return_url", "setup_intent_data",
		"shipping_address_collection", "shipping_options", "subscription_data", "tax_id_collection",
	}
}

func paymentMethods(f *form) []string {
	methods := f.list("payment_method_types")
	if len(methods) == 0 {
		return []string{methodCard, methodBankDebit}
	}
	for _, method := range methods {
		if method != methodCard && method != methodBankDebit {
			f.fail(invalid("payment_method_types", "The Stripe simulator plays the payment methods %s and %s, not %s.", methodCard, methodBankDebit, method))
		}
	}
	return methods
}

func readIntentData(f *form) intentData {
	return intentData{
		Description:  text(f.text("payment_intent_data[description]")),
		Metadata:     f.metadata("payment_intent_data[metadata]"),
		ReceiptEmail: text(f.text("payment_intent_data[receipt_email]")),
		Descriptor:   text(f.text("payment_intent_data[statement_descriptor]")),
		Suffix:       text(f.text("payment_intent_data[statement_descriptor_suffix]")),
	}
}

// check adds up the lines and holds the session against Stripe's limits.
func (s *session) check(f *form) {
	if s.SuccessURL == "" {
		f.fail(missing("success_url"))
	}
	if len(s.ClientReferenceID) > 200 {
		f.fail(invalid("client_reference_id", "Invalid string: client_reference_id can have up to 200 characters."))
	}
	if s.CustomerEmail != "" {
		if a, err := mail.ParseAddress(string(s.CustomerEmail)); err != nil || a.Address != string(s.CustomerEmail) {
			f.fail(invalid("customer_email", "Invalid email address: %s", s.CustomerEmail).with("email_invalid"))
		}
	}
	lifetime := time.Duration(s.ExpiresAt-s.Created) * time.Second
	if lifetime < minLifetime {
		f.fail(invalid("expires_at", "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation."))
	}
	if lifetime > maxLifetime {
		f.fail(invalid("expires_at", "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation."))
	}
	lines := s.Hidden.Lines
	if len(lines) == 0 {
		f.fail(missing("line_items"))
		return
	}
	s.Currency = lines[0].Currency
	for i, line := range lines {
		if line.Currency != s.Currency {
			f.fail(invalid(fmt.Sprintf("line_items[%d][price_data][currency]", i), "All line items of a Checkout Session must have the same currency."))
		}
		s.AmountSubtotal += line.AmountSubtotal
	}
	s.AmountTotal = s.AmountSubtotal
	if s.AmountTotal < minAmount {
		f.fail(invalid("line_items", "The Checkout Session's total amount due must add up to at least %s", money(minAmount, s.Currency)).with("amount_too_small"))
	}
	if s.AmountTotal > maxAmount {
		f.fail(invalid("line_items", "The Checkout Session's total amount must be no more than %s", money(maxAmount, s.Currency)).with("amount_too_large"))
	}
}

// listSessions is GET /v1/checkout/sessions.
func listSessions(st *state, c *call) (any, error) {
	f := c.form
	intent, status, created := f.text("payment_intent"), f.choice("status", "", statusOpen, statusComplete, statusExpired), f.span("created")
	email := f.text("customer_details[email]")
	return paginate(st, c, st.sessions.newest(), func(s *session) bool {
		return (intent == "" || string(s.PaymentIntent) == intent) &&
			(status == "" || s.Status == status) &&
			(email == "" || s.CustomerDetails != nil && strings.EqualFold(string(s.CustomerDetails.Email), email)) &&
			created.holds(s.Created)
	})
}

// expireSession is POST /v1/checkout/sessions/{id}/expire.
func expireSession(ch *change, c *call) (any, error) {
	if err := c.form.done(); err != nil {
		return nil, err
	}
	return ch.expireByID(c.id)
}

func (ch *change) expireByID(id string) (*session, error) {
	sess, ok := ch.sessions.get(id)
	if !ok {
		return nil, noSuch("checkout.session", id)
	}
	if sess.Status != statusOpen {
		return nil, invalid("", "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of %s.", sess.Status).executing()
	}
	return ch.expire(sess), nil
}

// expire ends an open session without payment.
func (ch *change) expire(open *session) *session {
	sess := *open
	sess.Status, sess.URL = statusExpired, ""
	sess.Hidden.Challenge = nil
	if sess.PaymentIntent != "" {
		ch.cancelIntent(string(sess.PaymentIntent))
	}
	ch.put(&sess)
	ch.emit("checkout.session.expired", &sess, nil)
	return &sess
}

// complete ends an open session with a payment that is made or on its way.
func (ch *change) complete(open *session, paymentStatus string) *session {
	sess := *open
	sess.Status, sess.URL, sess.PaymentStatus = statusComplete, "", paymentStatus
	sess.Hidden.Challenge = nil
	ch.put(&sess)
	ch.emit("checkout.session.completed", &sess, nil)
	return &sess
}

func (s *session) offers(method string) bool { return slices.Contains(s.PaymentMethodTypes, method) }

// successURL is where the buyer goes after paying.
func (s *session) successURL() string {
	return strings.ReplaceAll(s.SuccessURL, "{CHECKOUT_SESSION_ID}", s.ID)
}

// ExpireSession ends an open session without payment.
func (s *Server) ExpireSession(id string) error {
	return s.with(func(ch *change) error {
		_, err := ch.expireByID(id)
		return err
	})
}
