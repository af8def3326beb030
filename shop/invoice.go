package shop

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// InvoiceStore keeps invoices. See Store.
type InvoiceStore interface {
	// Invoice returns the invoice of an order as it was corrected last; ErrNoInvoice where none was issued.
	Invoice(ctx context.Context, orderID string) (Invoice, error)
	// IssueInvoice gives the order the next number if it has none, and notes whom the invoice is made out to: a new
	// version unless nothing changed. It is ErrManyCorrections after MaxInvoiceVersions.
	IssueInvoice(ctx context.Context, orderID string, to Billing, now time.Time) (Invoice, error)
}

// Billing is whom an invoice is made out to, as the buyer writes it.
type Billing struct {
	Name         string
	Organisation string
	Address      string // up to MaxAddressLines lines
	TaxID        string
}

// Invoice is the numbered bill of an order.
type Invoice struct {
	OrderID   string
	Sequence  int64 // from 1, without gaps in the shop
	IssuedAt  time.Time
	Version   int // from 1; every correction is one more
	WrittenAt time.Time
	Billing   Billing
}

// Number is the invoice's number for people; a correction keeps it.
func (i Invoice) Number() string { return fmt.Sprintf("INV-%06d", i.Sequence) }

// Corrected reports whether it was made out otherwise before.
func (i Invoice) Corrected() bool { return i.Version > 1 }

// The limits of an invoice.
const (
	MaxAddressLines    = 6
	MaxAddress         = 400 // characters
	MaxTaxID           = 60  // characters
	MaxInvoiceVersions = 20
)

// The errors of an invoice.
var (
	ErrNoInvoice       = NewError(NotFound, "invoice_not_found", "This order has no invoice yet. Fill in the invoice details on the order page, and it is made.")
	ErrManyCorrections = NewError(TooMany, "invoice_corrections", "This invoice was corrected many times already. Please write to us, and we correct it for you.")
	ErrNoDocument      = NewError(Conflict, "order_not_paid_yet", "A receipt or an invoice is made when the order is paid. Nothing was saved.")
)

// SuggestedBilling is what the order knows of whom its invoice goes to.
func (o *Order) SuggestedBilling() Billing {
	return Billing{Name: o.Name, Organisation: o.Organisation}
}

// Paper is what a receipt or an invoice says.
type Paper struct {
	Seller  Seller
	Order   Order
	Invoice *Invoice // nil of a receipt
}

// Receipt returns what the receipt of an order says; ErrNoDocument before it is paid.
func (s *Shop) Receipt(ctx context.Context, o Order) (Paper, error) {
	if !o.IsPaid() {
		return Paper{}, ErrNoDocument
	}
	settings, err := s.Settings(ctx)
	return Paper{Seller: settings.Seller, Order: o}, err
}

// Bill returns what the invoice of an order says; ErrNoInvoice where none was issued.
func (s *Shop) Bill(ctx context.Context, o Order) (Paper, error) {
	paper, err := s.Receipt(ctx, o)
	if err != nil {
		return paper, err
	}
	invoice, err := s.Invoice(ctx, o)
	paper.Invoice = &invoice
	return paper, err
}

// Invoice returns the invoice of an order; ErrNoInvoice where none was issued.
func (s *Shop) Invoice(ctx context.Context, o Order) (Invoice, error) {
	return s.config.Store.Invoice(ctx, o.ID)
}

// IssueInvoice makes the invoice of an order out to whoever has its link says, or corrects it.
func (s *Shop) IssueInvoice(ctx context.Context, token string, to Billing, by Client) (Invoice, error) {
	o, err := s.OrderByToken(ctx, token)
	if err != nil {
		return Invoice{}, err
	}
	known, err := s.Knows(ctx, o, by)
	switch {
	case err != nil:
		return Invoice{}, err
	case !known:
		return Invoice{}, ErrUnknownDevice
	case !o.IsPaid():
		return Invoice{}, ErrNoDocument
	}
	if err := to.clean(); err != nil {
		return Invoice{}, err
	}
	return s.config.Store.IssueInvoice(ctx, o.ID, to, s.now())
}

// clean trims what was typed and says what is wrong with it.
func (b *Billing) clean() error {
	wrong := billingFields{}
	var lines []string
	for line := range strings.Lines(b.Address) {
		if line = oneLine(line); line != "" {
			lines = append(lines, line)
		}
	}
	b.Name, b.Organisation, b.TaxID, b.Address = oneLine(b.Name), oneLine(b.Organisation), oneLine(b.TaxID), strings.Join(lines, "\n")
	if b.Name == "" && b.Organisation == "" {
		wrong["invoice_name"] = Say("An invoice needs a name or an organisation.")
	}
	if len(lines) > MaxAddressLines {
		wrong["invoice_address"] = Say("An address has at most %d lines.", MaxAddressLines)
	}
	for field, text := range map[string]struct {
		value   string
		longest int
	}{
		"invoice_name": {b.Name, maxName}, "invoice_organisation": {b.Organisation, maxName},
		"invoice_address": {b.Address, MaxAddress}, "invoice_tax_id": {b.TaxID, MaxTaxID},
	} {
		switch {
		case !utf8.ValidString(text.value) || strings.ContainsFunc(strings.ReplaceAll(text.value, "\n", ""), unicode.IsControl):
			wrong[field] = Say("This holds characters that cannot be printed.")
		case utf8.RuneCountInString(text.value) > text.longest:
			wrong[field] = Say("This is longer than %d characters.", text.longest)
		}
	}
	return wrong.err()
}

// billingFields collects what is wrong with the fields of a form.
type billingFields map[string]Sentence

func (f billingFields) err() error {
	if len(f) == 0 {
		return nil
	}
	e := NewError(Invalid, "invalid_input", "Please check the marked fields of the invoice. Nothing was saved.")
	e.Fields = f
	return e
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// Repayment is money of an order's price that went back.
type Repayment struct {
	At     time.Time
	Amount int64
}

// Repayments are what went back of the price, oldest first; they come to RefundedAmount.
func (o *Order) Repayments() []Repayment {
	returns, rest := o.explained()
	var made []Repayment
	for _, r := range returns {
		if r.Kind == ReturnAssigned {
			rest += r.Amount // it says what money was for, not when it went
			continue
		}
		made = append(made, Repayment{At: r.RequestedAt, Amount: r.Amount})
	}
	if rest > 0 {
		made = append(made, Repayment{At: o.lastRefund(), Amount: rest})
	}
	return made
}
