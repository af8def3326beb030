package stripetest

import "strconv"

// breakdown is total_details.breakdown, shown when it is asked for.
type breakdown struct {
	Discounts []null      `json:"discounts"`
	Taxes     []taxAmount `json:"taxes"`
}

type taxAmount struct {
	Amount           int64   `json:"amount"`
	Rate             taxRate `json:"rate"`
	TaxabilityReason string  `json:"taxability_reason"`
	TaxableAmount    int64   `json:"taxable_amount"`
}

type taxRate struct {
	ID          string        `json:"id"`
	Object      string        `json:"object"`
	Active      bool          `json:"active"`
	Country     string        `json:"country"`
	Created     int64         `json:"created"`
	DisplayName string        `json:"display_name"`
	Inclusive   bool          `json:"inclusive"`
	Livemode    bool          `json:"livemode"`
	Metadata    metadata      `json:"metadata"`
	Percentage  taxPercentage `json:"percentage"`
	TaxType     string        `json:"tax_type"`
}

// taxPercentage is a rate in basis points that the API shows as per cent.
type taxPercentage int64

func (p taxPercentage) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, float64(p)/100, 'f', -1, 64), nil
}

// notTaxed is the code of gifts of money (https://docs.stripe.com/tax/tax-codes).
const notTaxed = "txcd_90000001"

// taxOf is the tax on an amount, rounded half up to the minor unit.
func taxOf(amount, basisPoints int64, inclusive bool) int64 {
	whole := int64(10_000)
	if inclusive {
		whole += basisPoints
	}
	return (amount*basisPoints + whole/2) / whole
}

// taxed returns the session with its tax worked out, as Stripe does when it
// knows where the buyer lives: at the payment, not before.
func (s *session) taxed(basisPoints int64) *session {
	if !s.AutomaticTax.Enabled {
		return s
	}
	taxed := *s
	taxed.AutomaticTax.Status = "complete"
	taxed.Hidden.Lines = make([]*lineItem, len(s.Hidden.Lines))
	taxed.TotalDetails.AmountTax, taxed.AmountTotal = 0, 0
	for i, line := range s.Hidden.Lines {
		with := *line
		inclusive := line.Price.TaxBehavior == "inclusive"
		if s.isTaxed(i) {
			with.AmountTax = taxOf(line.AmountSubtotal, basisPoints, inclusive)
		}
		with.AmountTotal = line.AmountSubtotal
		if !inclusive {
			with.AmountTotal += with.AmountTax
		}
		taxed.Hidden.Lines[i] = &with
		taxed.TotalDetails.AmountTax += with.AmountTax
		taxed.AmountTotal += with.AmountTotal
	}
	taxed.Hidden.TaxBasisPoints = basisPoints
	return &taxed
}

// isTaxed reports whether the product of that line bears tax.
func (s *session) isTaxed(line int) bool {
	return line >= len(s.Hidden.TaxCodes) || s.Hidden.TaxCodes[line] != notTaxed // an old journal has no codes
}

// detailsWithBreakdown is total_details with the field that is shown only on
// request.
func (s *session) detailsWithBreakdown() totalDetails {
	details := s.TotalDetails
	details.Breakdown = &breakdown{Discounts: []null{}, Taxes: []taxAmount{}}
	if s.AutomaticTax.Status != "complete" {
		return details
	}
	taxable := -details.AmountTax
	for i, line := range s.Hidden.Lines {
		if s.isTaxed(i) {
			taxable += line.AmountTotal
		}
	}
	details.Breakdown.Taxes = append(details.Breakdown.Taxes, taxAmount{
		Amount:           details.AmountTax,
		TaxabilityReason: "standard_rated",
		TaxableAmount:    taxable,
		Rate: taxRate{
			ID: "txr_simulator", Object: "tax_rate", Active: true, Country: "US", Created: s.Created,
			DisplayName: "Sales Tax", Metadata: metadata{}, Percentage: taxPercentage(s.Hidden.TaxBasisPoints), TaxType: "sales_tax",
		},
	})
	return details
}
