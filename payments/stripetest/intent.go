package stripetest

// The states of a payment intent.
const (
	intentNeedsMethod = "requires_payment_method"
	intentNeedsAction = "requires_action"
	intentProcessing  = "processing"
	intentSucceeded   = "succeeded"
	intentCanceled    = "canceled"
)

// intent is a payment intent: one attempt to be paid, over several tries.
type intent struct {
	ID                 string      `json:"id"`
	Object             string      `json:"object"`
	Amount             int64       `json:"amount"`
	AmountCapturable   int64       `json:"amount_capturable"`
	AmountReceived     int64       `json:"amount_received"`
	CanceledAt         *int64      `json:"canceled_at"`
	CancellationReason text        `json:"cancellation_reason"`
	CaptureMethod      string      `json:"capture_method"`
	ClientSecret       string      `json:"client_secret"`
	ConfirmationMethod string      `json:"confirmation_method"`
	Created            int64       `json:"created"`
	Currency           string      `json:"currency"`
	Customer           null        `json:"customer"`
	Description        text        `json:"description"`
	Invoice            null        `json:"invoice"`
	LastPaymentError   *apiError   `json:"last_payment_error"`
	LatestCharge       text        `json:"latest_charge"`
	Livemode           bool        `json:"livemode"`
	Metadata           metadata    `json:"metadata"`
	NextAction         *nextAction `json:"next_action"`
	PaymentMethod      text        `json:"payment_method"`
	PaymentMethodTypes []string    `json:"payment_method_types"`
	Processing         null        `json:"processing"`
	ReceiptEmail       text        `json:"receipt_email"`
	Shipping           null        `json:"shipping"`
	Descriptor         text        `json:"statement_descriptor"`
	Suffix             text        `json:"statement_descriptor_suffix"`
	Status             string      `json:"status"`
}

// nextAction is what the buyer must do: here, always on the hosted page.
type nextAction struct {
	Type     string         `json:"type"`
	Redirect redirectAction `json:"redirect_to_url"`
}

type redirectAction struct {
	ReturnURL text   `json:"return_url"`
	URL       string `json:"url"`
}

func (i *intent) key() string     { return i.ID }
func (i *intent) view(*state) any { return i }

func listIntents(st *state, c *call) (any, error) {
	created := c.form.span("created")
	customer := c.form.text("customer")
	return paginate(st, c, st.intents.newest(), func(i *intent) bool {
		return customer == "" && created.holds(i.Created)
	})
}

// intentFor returns the payment intent of a session, made at the first try as
// Stripe does since 2022-08-01, and the session that names it.
func (ch *change) intentFor(sess *session) (*session, *intent) {
	if known, ok := ch.intents.get(string(sess.PaymentIntent)); ok {
		return sess, known
	}
	data := sess.Hidden.Payment
	id := newID("pi")
	made := &intent{
		ID: id, Object: "payment_intent", Amount: sess.AmountTotal, CaptureMethod: "automatic",
		ClientSecret: id + "_secret_simulator", ConfirmationMethod: "automatic", Created: ch.now(),
		Currency: sess.Currency, Description: data.Description, Metadata: data.Metadata,
		PaymentMethodTypes: sess.PaymentMethodTypes, ReceiptEmail: data.ReceiptEmail,
		Descriptor: data.Descriptor, Suffix: data.Suffix, Status: intentNeedsMethod,
	}
	named := *sess
	named.PaymentIntent = text(id)
	ch.put(made)
	ch.put(&named)
	ch.emit("payment_intent.created", made, nil)
	return &named, made
}

// setIntent changes a payment intent and tells of it by an event.
func (ch *change) setIntent(old *intent, eventType string, set func(*intent)) *intent {
	next := *old
	next.NextAction = nil
	set(&next)
	ch.put(&next)
	ch.emit(eventType, &next, nil)
	return &next
}

func (ch *change) cancelIntent(id string) {
	old, ok := ch.intents.get(id)
	if !ok || old.Status == intentCanceled {
		return
	}
	now := ch.now()
	ch.setIntent(old, "payment_intent.canceled", func(i *intent) {
		i.Status, i.CanceledAt, i.CancellationReason = intentCanceled, &now, "automatic"
	})
}
