package stripetest

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
)

// lineItem is one line of a checkout session.
type lineItem struct {
	ID             string `json:"id"`
	Object         string `json:"object"`
	AmountDiscount int64  `json:"amount_discount"`
	AmountSubtotal int64  `json:"amount_subtotal"`
	AmountTax      int64  `json:"amount_tax"`
	AmountTotal    int64  `json:"amount_total"`
	Currency       string `json:"currency"`
	Description    string `json:"description"`
	Price          price  `json:"price"`
	Quantity       int64  `json:"quantity"`
	// taxCode is the product's; the session keeps those of its lines.
	taxCode string
}

type price struct {
	ID                string   `json:"id"`
	Object            string   `json:"object"`
	Active            bool     `json:"active"`
	BillingScheme     string   `json:"billing_scheme"`
	Created           int64    `json:"created"`
	Currency          string   `json:"currency"`
	Livemode          bool     `json:"livemode"`
	Metadata          metadata `json:"metadata"`
	Product           string   `json:"product"`
	Recurring         null     `json:"recurring"`
	TaxBehavior       string   `json:"tax_behavior"`
	Type              string   `json:"type"`
	UnitAmount        int64    `json:"unit_amount"`
	UnitAmountDecimal string   `json:"unit_amount_decimal"`
}

func (l *lineItem) key() string     { return l.ID }
func (l *lineItem) view(*state) any { return l }

// listLines is GET /v1/checkout/sessions/{id}/line_items.
func listLines(st *state, c *call) (any, error) {
	sess, ok := st.sessions.get(c.id)
	if !ok {
		return nil, noSuch("checkout.session", c.id)
	}
	return paginate(st, c, slices.Values(sess.Hidden.Lines), func(*lineItem) bool { return true })
}

// firstLines is the line_items field of a session: the first ten, as Stripe
// gives them.
func (s *session) firstLines() *page {
	p := &page{Object: "list", URL: "/v1/checkout/sessions/" + s.ID + "/line_items", Data: []any{}}
	for i, line := range s.Hidden.Lines {
		if p.HasMore = i == 10; p.HasMore {
			break
		}
		p.Data = append(p.Data, line)
	}
	return p
}

// readLines reads the lines of a new session.
func readLines(f *form) []*lineItem {
	var lines []*lineItem
	for i := 0; ; i++ {
		name := fmt.Sprintf("line_items[%d]", i)
		if !f.has(name) {
			return lines
		}
		if i == maxLines {
			f.fail(invalid("line_items", "You can have up to %d line items.", maxLines))
			return lines
		}
		lines = append(lines, readLine(f, name))
	}
}

func readLine(f *form, name string) *lineItem {
	if id := f.text(name + "[price]"); id != "" {
		f.fail(invalid(name+"[price]", "No such price: '%s'", id).with("resource_missing"))
	}
	data := name + "[price_data]"
	f.refuse(name+"[adjustable_quantity]", name+"[dynamic_tax_rates]", name+"[tax_rates]", data+"[product]", data+"[recurring]", data+"[unit_amount_decimal]")
	unit, quantity := f.number(data+"[unit_amount]", -1), f.number(name+"[quantity]", 0)
	if unit < 0 || unit > maxAmount {
		f.fail(invalid(data+"[unit_amount]", "This value must be between 0 and %d.", maxAmount).with("parameter_invalid_integer"))
	}
	if quantity < 1 || quantity > 999_999 {
		f.fail(invalid(name+"[quantity]", "This value must be between 1 and 999999.").with("parameter_invalid_integer"))
	}
	currency := f.required(data + "[currency]")
	f.ignore(data+"[product_data][description]", data+"[product_data][images]", data+"[product_data][metadata]")
	taxCode := f.text(data + "[product_data][tax_code]")
	if taxCode != "" && !taxCodePattern.MatchString(taxCode) {
		f.fail(invalid(data+"[product_data][tax_code]", "Invalid tax code: %s", taxCode))
	}
	return &lineItem{
		ID:             newID("li"),
		Object:         "item",
		AmountSubtotal: unit * quantity,
		AmountTotal:    unit * quantity,
		Currency:       currency,
		Description:    f.required(data + "[product_data][name]"),
		Price: price{
			ID:                newID("price"),
			Object:            "price",
			BillingScheme:     "per_unit",
			Currency:          currency,
			Metadata:          metadata{},
			TaxBehavior:       f.choice(data+"[tax_behavior]", "unspecified", "exclusive", "inclusive"),
			Type:              "one_time",
			UnitAmount:        unit,
			UnitAmountDecimal: strconv.FormatInt(unit, 10),
		},
		Quantity: quantity,
		taxCode:  taxCode,
	}
}

var taxCodePattern = regexp.MustCompile(`^txcd_[0-9]{8}$`)
