package stripetest

import (
	"maps"
	"slices"
	"time"
)

// What Stripe takes for a charge and for a dispute, in minor units.
const (
	feePerMille = 29 // 2.9 %
	feeFixed    = 30
	disputeFee  = 1500
)

// settlement is how long a payment is pending before it can be paid out.
const settlement = 2 * 24 * time.Hour

// transaction is a balance transaction: one movement of money.
type transaction struct {
	balanceTransaction
	Payout string `json:"payout,omitempty"` // that took it to the bank; not shown
}

// balanceTransaction is what the API shows.
type balanceTransaction struct {
	ID                string `json:"id"`
	Object            string `json:"object"`
	Amount            int64  `json:"amount"`
	AvailableOn       int64  `json:"available_on"`
	Created           int64  `json:"created"`
	Currency          string `json:"currency"`
	Description       text   `json:"description"`
	ExchangeRate      null   `json:"exchange_rate"`
	Fee               int64  `json:"fee"`
	FeeDetails        []fee  `json:"fee_details"`
	Net               int64  `json:"net"`
	ReportingCategory string `json:"reporting_category"`
	Source            string `json:"source"`
	Status            string `json:"status"`
	Type              string `json:"type"`
}

type fee struct {
	Amount      int64  `json:"amount"`
	Application null   `json:"application"`
	Currency    string `json:"currency"`
	Description string `json:"description"`
	Type        string `json:"type"`
}

func (t *transaction) key() string { return t.ID }

func (t *transaction) view(st *state) any { return t.shownAt(st.now()) }

// shownAt works out the status, which follows from the time.
func (t *transaction) shownAt(now int64) *balanceTransaction {
	shown := t.balanceTransaction
	shown.Status = "pending"
	if t.AvailableOn <= now {
		shown.Status = "available"
	}
	return &shown
}

func listTransactions(st *state, c *call) (any, error) {
	f := c.form
	kind, payout, source, currency := f.text("type"), f.text("payout"), f.text("source"), f.text("currency")
	created := f.span("created")
	if payout != "" {
		if _, ok := st.payouts.get(payout); !ok {
			return nil, noSuch("payout", payout)
		}
	}
	return paginate(st, c, st.transactions.newest(), func(t *transaction) bool {
		return (kind == "" || t.Type == kind) && (payout == "" || t.Payout == payout) &&
			(source == "" || t.Source == source) && (currency == "" || t.Currency == currency) && created.holds(t.Created)
	})
}

// book keeps a movement of money, available at once, and returns it.
func (ch *change) book(kind, category, source, description, currency string, amount, feeAmount int64) *transaction {
	now := ch.now()
	t := &transaction{balanceTransaction: balanceTransaction{
		ID: newID("txn"), Object: "balance_transaction", Amount: amount, AvailableOn: now, Created: now,
		Currency: currency, Description: text(description), Fee: feeAmount, FeeDetails: []fee{}, Net: amount - feeAmount,
		ReportingCategory: category, Source: source, Type: kind,
	}}
	if feeAmount != 0 {
		t.FeeDetails = append(t.FeeDetails, fee{Amount: feeAmount, Currency: currency, Description: "Stripe processing fees", Type: "stripe_fee"})
	}
	ch.put(t)
	return t
}

// bookCharge puts the money of a charge on the balance and returns the id of
// the transaction.
func (ch *change) bookCharge(c *charge) string {
	t := *ch.book("charge", "charge", c.ID, string(c.Description), c.Currency, c.Amount, chargeFee(c.Amount))
	t.AvailableOn = t.Created + int64(settlement/time.Second)
	ch.put(&t)
	return t.ID
}

// chargeFee is 2.9 % + 30 minor units, rounded half up.
func chargeFee(amount int64) int64 { return (amount*feePerMille+500)/1000 + feeFixed }

// balance is what the account holds.
type balance struct {
	Object    string          `json:"object"`
	Available []balanceAmount `json:"available"`
	Livemode  bool            `json:"livemode"`
	Pending   []balanceAmount `json:"pending"`
}

type balanceAmount struct {
	Amount      int64            `json:"amount"`
	Currency    string           `json:"currency"`
	SourceTypes map[string]int64 `json:"source_types"`
}

// showBalance is GET /v1/balance.
func showBalance(st *state, c *call) (any, error) {
	return st.balance(), c.form.done()
}

func (st *state) balance() *balance {
	now := st.now()
	available, pending := map[string]int64{}, map[string]int64{}
	for t := range st.transactions.newest() {
		available[t.Currency] += 0
		pending[t.Currency] += 0
		if t.AvailableOn <= now {
			available[t.Currency] += t.Net
		} else {
			pending[t.Currency] += t.Net
		}
	}
	return &balance{Object: "balance", Available: amounts(available), Pending: amounts(pending)}
}

// amounts lists sums by currency; an account without any has 0 usd.
func amounts(sums map[string]int64) []balanceAmount {
	if len(sums) == 0 {
		sums = map[string]int64{"usd": 0}
	}
	var list []balanceAmount
	for _, currency := range slices.Sorted(maps.Keys(sums)) {
		sum := sums[currency]
		list = append(list, balanceAmount{Amount: sum, Currency: currency, SourceTypes: map[string]int64{"card": sum}})
	}
	return list
}
