package stripetest

// payout brings what is available to the bank account.
type payout struct {
	ID                   string   `json:"id"`
	Object               string   `json:"object"`
	Amount               int64    `json:"amount"`
	ArrivalDate          int64    `json:"arrival_date"`
	Automatic            bool     `json:"automatic"`
	BalanceTransaction   text     `json:"balance_transaction"`
	Created              int64    `json:"created"`
	Currency             string   `json:"currency"`
	Description          text     `json:"description"`
	Destination          text     `json:"destination"`
	FailureCode          null     `json:"failure_code"`
	FailureMessage       null     `json:"failure_message"`
	Livemode             bool     `json:"livemode"`
	Metadata             metadata `json:"metadata"`
	Method               string   `json:"method"`
	OriginalPayout       null     `json:"original_payout"`
	ReconciliationStatus string   `json:"reconciliation_status"`
	ReversedBy           null     `json:"reversed_by"`
	SourceType           string   `json:"source_type"`
	StatementDescriptor  text     `json:"statement_descriptor"`
	Status               string   `json:"status"`
	Type                 string   `json:"type"`
}

func (p *payout) key() string     { return p.ID }
func (p *payout) view(*state) any { return p }

func listPayouts(st *state, c *call) (any, error) {
	f := c.form
	status, destination := f.text("status"), f.text("destination")
	created, arrival := f.span("created"), f.span("arrival_date")
	return paginate(st, c, st.payouts.newest(), func(p *payout) bool {
		return (status == "" || p.Status == status) && (destination == "" || string(p.Destination) == destination) &&
			created.holds(p.Created) && arrival.holds(p.ArrivalDate)
	})
}

// Payout brings everything that is available in a currency to the bank, as
// Stripe does each day. It returns the payout's id.
func (s *Server) Payout(currency string) (id string, err error) {
	err = s.with(func(ch *change) error {
		p, err := ch.payOut(currency)
		if err != nil {
			return err
		}
		id = p.ID
		return nil
	})
	return id, err
}

func (ch *change) payOut(currency string) (*payout, error) {
	now := ch.now()
	var sum int64
	var taken []*transaction
	for t := range ch.transactions.newest() {
		if t.Payout == "" && t.Currency == currency && t.AvailableOn <= now {
			taken = append(taken, t)
			sum += t.Net
		}
	}
	if sum <= 0 {
		return nil, invalid("", "There is nothing available to pay out in %s. A payment is available after two days: move the clock.", currency).with("balance_insufficient")
	}
	p := &payout{
		ID: newID("po"), Object: "payout", Amount: sum, ArrivalDate: now, Automatic: true, Created: now, Currency: currency,
		Description: "STRIPE PAYOUT", Destination: "ba_simulator", Metadata: metadata{}, Method: "standard",
		ReconciliationStatus: "completed", SourceType: methodCard, Status: "in_transit", Type: "bank_account",
	}
	out := ch.book("payout", "payout", p.ID, "STRIPE PAYOUT", currency, -sum, 0)
	for _, t := range append(taken, out) {
		with := *t
		with.Payout = p.ID
		ch.put(&with)
	}
	p.BalanceTransaction = text(out.ID)
	ch.put(p)
	ch.emit("payout.created", p, nil)
	arrived := *p
	arrived.Status = "paid"
	ch.put(&arrived)
	ch.emit("payout.paid", &arrived, nil)
	ch.emit("payout.reconciliation_completed", &arrived, nil)
	return &arrived, nil
}
