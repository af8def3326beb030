package reports

import (
	"fmt"
	"io"
	"strings"
	"time"

	"bookroom/shop"
	"bookroom/words"
)

// Document is a receipt, or the invoice of an order, as a PDF in the buyer's language.
type Document struct {
	shop.Paper
	Words *words.Words
}

// Filename is what the document is called when it is downloaded.
func (d Document) Filename() string {
	if d.Invoice != nil {
		return d.Invoice.Number() + ".pdf"
	}
	return d.Order.Number + ".pdf"
}

var (
	heading = style{size: 24, bold: true}
	strong  = style{size: 10, bold: true}
	plain   = style{size: 10}
	small   = style{size: 9, soft: true}
)

// WritePDF writes the document. The same order, invoice and seller give the same bytes.
func (d Document) WritePDF(w io.Writer) error {
	o := &d.Order
	title := d.Words.Say("Receipt")
	if d.Invoice != nil {
		title = d.Words.Say("Invoice")
	}
	p := newPaper(title+" "+strings.TrimSuffix(d.Filename(), ".pdf"), d.Seller.Name, string(d.Words.Language), d.asOf())
	d.head(p, title)
	d.lines(p)
	d.sums(p)
	d.end(p)
	if err := p.pdf.Output(w); err != nil {
		return fmt.Errorf("write the %s of order %s: %w", strings.ToLower(title), o.Number, err)
	}
	return nil
}

// asOf is the time of what the document says.
func (d Document) asOf() time.Time {
	if d.Invoice != nil && d.Invoice.WrittenAt.After(d.Order.UpdatedAt) {
		return d.Invoice.WrittenAt
	}
	return d.Order.UpdatedAt
}

// head writes who sells to whom, and what the document is.
func (d Document) head(p *paper, title string) {
	const column = 250
	y := p.logo(d.Seller.Logo)
	y = p.block(side, y+12, column, strong, d.Seller.Name)
	y = p.block(side, y, column, plain, append(append([]string{}, d.Seller.Address...), d.Seller.TaxID, d.Seller.Email)...)
	sellerEnds := y

	p.writeTo(right, side+12, heading, title)
	y = side + 40
	for _, fact := range d.facts() {
		p.write(right-220, y, small, fact[0])
		p.writeTo(right, y, plain, fact[1])
		y += leading(plain)
	}
	p.y = max(sellerEnds, y) + 14
	p.write(side, p.y, small, d.Words.Say("Made out to"))
	p.y = p.block(side, p.y+leading(plain), right-side, strong, d.to()[0])
	p.y = p.block(side, p.y, right-side, plain, d.to()[1:]...)
	if d.Invoice != nil && d.Invoice.Corrected() {
		p.y = p.block(side, p.y+6, right-side, plain, d.Words.Say("Corrected on %s. This version takes the place of every earlier one of the same number.", d.Words.Day(d.Invoice.WrittenAt)))
	}
	p.y += 16
}

// facts are the numbers and dates.
func (d Document) facts() [][2]string {
	o, w := &d.Order, d.Words
	var facts [][2]string
	add := func(name, value string) {
		if value != "" {
			facts = append(facts, [2]string{name, value})
		}
	}
	if d.Invoice != nil {
		add(w.Say("Invoice number"), d.Invoice.Number())
		add(w.Say("Issued"), w.Day(d.Invoice.IssuedAt))
	}
	add(w.Say("Order number"), o.Number)
	add(w.Say("Ordered"), w.Day(o.PlacedAt))
	add(w.Say("Paid"), d.paidOn())
	add(w.Say("State"), d.state())
	add(w.Say("Purchase order"), o.PONumber)
	return facts
}

func (d Document) paidOn() string {
	if d.Order.PaidAt.IsZero() || d.Order.Total == 0 {
		return ""
	}
	return d.Words.Day(d.Order.PaidAt)
}

// state is the order's state in words, as the order page says it.
func (d Document) state() string {
	w := d.Words
	switch d.Order.Status {
	case shop.PartiallyRefunded:
		return w.Say("Partly refunded")
	case shop.Refunded:
		return w.Say("Refunded")
	case shop.Disputed:
		return w.Say("Payment disputed")
	case shop.Lost:
		return w.Say("Payment taken back")
	case shop.Paid:
		if d.Order.Total == 0 {
			return w.Say("Free of charge")
		}
		return w.Say("Paid")
	default:
		return w.Say("Not paid")
	}
}

// to is whom the document is made out to; the first line is never empty.
func (d Document) to() []string {
	if d.Invoice == nil {
		return []string{d.Order.Name, d.Order.Organisation, d.Order.Email}
	}
	b := d.Invoice.Billing
	first, second := b.Organisation, b.Name
	if first == "" {
		first, second = second, ""
	}
	lines := append([]string{first, second}, strings.Split(b.Address, "\n")...)
	return append(lines, b.TaxID)
}

// The columns of the lines: their right ends.
const (
	quantityEnds = 400
	eachEnds     = 480
	titleWidth   = quantityEnds - 50 - side
)

// lines writes what was bought, and what was given beside it.
func (d Document) lines(p *paper) {
	o, w := &d.Order, d.Words
	d.tableHead(p)
	for _, line := range o.Lines {
		title := line.Title + ", " + w.Say(line.Licence.Name())
		d.row(p, title, w.Number(int64(line.Quantity)), o.Money(line.Price()), o.Money(int64(line.Quantity)*line.Price()))
	}
	if o.Support() > 0 {
		d.row(p, w.Say("Support for Big Picture Learning"), "", shop.Money{}, o.Money(o.Support()))
	}
	if o.Donation > 0 {
		d.row(p, w.Say("Donation to Big Picture Learning"), "", shop.Money{}, o.Money(o.Donation))
	}
}

func (d Document) tableHead(p *paper) {
	w := d.Words
	p.write(side, p.y, small, w.Say("Title and licence"))
	p.writeTo(quantityEnds, p.y, small, w.Say("Licences"))
	p.writeTo(eachEnds, p.y, small, w.Say("Each"))
	p.writeTo(right, p.y, small, w.Say("Amount"))
	p.rule(p.y + 5)
	p.y += leading(plain) + 6
}

// row writes one line of the table; of a gift there is no quantity, and no price for each.
func (d Document) row(p *paper, title, quantity string, each, amount shop.Money) {
	lines := p.wrap(title, titleWidth, plain)
	if p.room(float64(len(lines)) * leading(plain)) {
		d.tableHead(p)
	}
	p.writeTo(quantityEnds, p.y, plain, quantity)
	if quantity != "" {
		p.writeTo(eachEnds, p.y, plain, d.Words.Money(each))
	}
	p.writeTo(right, p.y, plain, d.Words.Money(amount))
	for _, line := range lines {
		p.put(side, p.y, plain, line)
		p.y += leading(plain)
	}
	p.y += 2
}

// sums writes what it comes to, and what of it went back.
func (d Document) sums(p *paper) {
	o, w := &d.Order, d.Words
	p.rule(p.y - 4)
	p.y += leading(plain) - 2
	sum := func(s style, name string, amount int64) {
		p.room(leading(s))
		p.writeTo(eachEnds, p.y, s, name)
		p.writeTo(right, p.y, s, w.Money(o.Money(amount)))
		p.y += leading(s)
	}
	if o.Discount > 0 {
		sum(plain, w.Say("Discount"), -o.Discount)
	}
	if o.Total > 0 {
		sum(plain, w.Say("Tax"), o.Tax)
	}
	sum(strong, w.Say("Total"), o.Total)
	repayments := o.Repayments()
	for _, r := range repayments {
		sum(plain, w.Say("Refunded on %s", w.Day(r.At)), -r.Amount)
	}
	if len(repayments) > 0 {
		sum(strong, w.Say("Paid, less what was refunded"), o.Total-o.RefundedAmount())
	}
}

// end writes what is left to say.
func (d Document) end(p *paper) {
	p.y += 10
	var last []string
	if d.Order.Total == 0 {
		last = append(last, d.Words.Say("This order cost nothing."))
	}
	if p.codes {
		last = append(last, d.Words.Say("Characters that this paper cannot show are given by their Unicode numbers, such as U+0041 for A."))
	}
	for _, text := range last {
		p.room(2 * leading(small))
		p.y = p.block(side, p.y, right-side, small, text)
	}
}
