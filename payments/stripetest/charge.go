package stripetest

// charge is one try to take money.
type charge struct {
	ID                 string         `json:"id"`
	Object             string         `json:"object"`
	Amount             int64          `json:"amount"`
	AmountCaptured     int64          `json:"amount_captured"`
	AmountRefunded     int64          `json:"amount_refunded"`
	BalanceTransaction text           `json:"balance_transaction"`
	BillingDetails     billingDetails `json:"billing_details"`
	Captured           bool           `json:"captured"`
	Created            int64          `json:"created"`
	Currency           string         `json:"currency"`
	Customer           null           `json:"customer"`
	Description        text           `json:"description"`
	Disputed           bool           `json:"disputed"`
	FailureCode        text           `json:"failure_code"`
	FailureMessage     text           `json:"failure_message"`
	FraudDetails       struct{}       `json:"fraud_details"`
	Invoice            null           `json:"invoice"`
	Livemode           bool           `json:"livemode"`
	Metadata           metadata       `json:"metadata"`
	Outcome            *outcome       `json:"outcome"`
	Paid               bool           `json:"paid"`
	PaymentIntent      text           `json:"payment_intent"`
	PaymentMethod      text           `json:"payment_method"`
	MethodDetails      methodDetails  `json:"payment_method_details"`
	ReceiptEmail       text           `json:"receipt_email"`
	ReceiptNumber      null           `json:"receipt_number"`
	ReceiptURL         null           `json:"receipt_url"`
	Refunded           bool           `json:"refunded"`
	Shipping           null           `json:"shipping"`
	Descriptor         text           `json:"statement_descriptor"`
	Suffix             text           `json:"statement_descriptor_suffix"`
	Status             string         `json:"status"` // succeeded, pending, failed
}

type billingDetails struct {
	Address address `json:"address"`
	Email   text    `json:"email"`
	Name    text    `json:"name"`
	Phone   null    `json:"phone"`
}

type outcome struct {
	NetworkStatus string `json:"network_status"`
	Reason        text   `json:"reason"`
	RiskLevel     string `json:"risk_level,omitempty"`
	SellerMessage string `json:"seller_message"`
	Type          string `json:"type"`
}

// methodDetails says how the buyer paid. It is either a card or a bank debit.
type methodDetails struct {
	Type string       `json:"type"`
	Card *cardDetails `json:"card,omitempty"`
	Bank *bankDetails `json:"us_bank_account,omitempty"`
}

type cardDetails struct {
	Brand        string       `json:"brand"`
	Checks       cardChecks   `json:"checks"`
	Country      string       `json:"country"`
	ExpMonth     int64        `json:"exp_month"`
	ExpYear      int64        `json:"exp_year"`
	Funding      string       `json:"funding"`
	Last4        string       `json:"last4"`
	Network      string       `json:"network"`
	ThreeDSecure *threeSecure `json:"three_d_secure"`
	Wallet       null         `json:"wallet"`
}

type cardChecks struct {
	Line1      null   `json:"address_line1_check"`
	PostalCode null   `json:"address_postal_code_check"`
	CVC        string `json:"cvc_check"`
}

type threeSecure struct {
	Flow    string `json:"authentication_flow"`
	Result  string `json:"result"`
	Version string `json:"version"`
}

type bankDetails struct {
	HolderType    string `json:"account_holder_type"`
	AccountType   string `json:"account_type"`
	BankName      string `json:"bank_name"`
	Fingerprint   null   `json:"fingerprint"`
	Last4         string `json:"last4"`
	RoutingNumber string `json:"routing_number"`
}

func (c *charge) key() string     { return c.ID }
func (c *charge) view(*state) any { return c }

func listCharges(st *state, c *call) (any, error) {
	created, intent := c.form.span("created"), c.form.text("payment_intent")
	customer := c.form.text("customer")
	return paginate(st, c, st.charges.newest(), func(ch *charge) bool {
		return customer == "" && (intent == "" || string(ch.PaymentIntent) == intent) && created.holds(ch.Created)
	})
}

// newCharge is a charge for an intent, not kept yet.
func (ch *change) newCharge(of *intent, sess *session, details methodDetails) *charge {
	var buyer billingDetails
	if sess.CustomerDetails != nil {
		buyer.Email = sess.CustomerDetails.Email
	}
	return &charge{
		ID: newID("ch"), Object: "charge", Amount: of.Amount, BillingDetails: buyer, Created: ch.now(),
		Currency: of.Currency, Description: of.Description, Metadata: of.Metadata, PaymentIntent: text(of.ID),
		PaymentMethod: of.PaymentMethod, MethodDetails: details, ReceiptEmail: of.ReceiptEmail,
		Descriptor: of.Descriptor, Suffix: of.Suffix,
	}
}

// succeed takes the money of a charge: it is on the balance from now on.
func (ch *change) succeed(c charge) *charge {
	c.Status, c.Paid, c.Captured, c.AmountCaptured = "succeeded", true, true, c.Amount
	c.FailureCode, c.FailureMessage = "", ""
	c.Outcome = &outcome{NetworkStatus: "approved_by_network", RiskLevel: "normal", SellerMessage: "Payment complete.", Type: "authorized"}
	c.BalanceTransaction = text(ch.bookCharge(&c))
	ch.put(&c)
	ch.emit("charge.succeeded", &c, nil)
	return &c
}

// refuse keeps a charge that failed.
func (ch *change) refuse(c charge, why *decline) *charge {
	c.Status, c.FailureCode, c.FailureMessage = "failed", text(why.code), text(why.message)
	reason := why.declineCode
	if reason == "" {
		reason = why.code
	}
	c.Outcome = &outcome{
		NetworkStatus: "declined_by_network", Reason: text(reason), RiskLevel: "normal",
		SellerMessage: "The bank did not accept the payment.", Type: "issuer_declined",
	}
	ch.put(&c)
	ch.emit("charge.failed", &c, nil)
	return &c
}
