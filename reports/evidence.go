package reports

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"codeberg.org/go-pdf/fpdf"

	"bookroom/catalog/fonts"
	"bookroom/shop"
)

// Evidence is what a card holder's bank is told of a disputed order.
type Evidence struct {
	Order     shop.Order
	History   shop.OrderHistory // its downloads in the sequence in which they are to be listed
	Shop      string            // the shop's public address
	WrittenAt time.Time
}

// Measures of the page, in millimetres and points.
const (
	margin   = 20.0
	lineHigh = 5.2
	textSize = 10.0
	labelled = 45.0 // where the values begin
)

// WriteEvidence writes the evidence as a PDF, in English.
func WriteEvidence(w io.Writer, e Evidence) error {
	s := newSheet("Evidence for order "+e.Order.Number, e.WrittenAt)
	s.title("Evidence for order " + e.Order.Number)
	s.text(fmt.Sprintf("Written on %s by the shop at %s. All times are UTC.", utcMoment(e.WrittenAt), e.Shop))
	e.customer(s)
	e.sold(s)
	e.payments(s)
	e.terms(s)
	e.delivered(s)
	e.downloads(s)
	return s.write(w)
}

func (e Evidence) customer(s *sheet) {
	s.heading("The customer")
	s.row("Name", e.Order.Name)
	s.row("E-mail address", e.Order.Email)
	s.row("Organisation", e.Order.Organisation)
	s.row("Purchase order", e.Order.PONumber)
	s.row("Networks", strings.Join(e.networks(), ", "))
}

// networks are where the files were asked for from, each once.
func (e Evidence) networks() []string {
	var list []string
	seen := map[string]bool{"": true}
	for _, d := range e.History.Downloads {
		if !seen[d.IP] {
			seen[d.IP] = true
			list = append(list, d.IP)
		}
	}
	return list
}

func (e Evidence) sold(s *sheet) {
	o := &e.Order
	s.heading("What was ordered")
	s.row("Placed", utcMoment(o.PlacedAt))
	for _, l := range o.Lines {
		what := fmt.Sprintf("%s, %s", l.Title, l.Licence.Name())
		if l.EditionNumber > 0 {
			what += fmt.Sprintf(", edition %d", l.EditionNumber)
		}
		s.row(o.Money(l.Total).String(), fmt.Sprintf("%s, %d × %s", what, l.Quantity, o.Money(l.UnitPrice)))
	}
	if o.Donation > 0 {
		s.row(o.Money(o.Donation).String(), "Donation")
	}
	s.row("Tax", o.Money(o.Tax).String())
	s.row("Total", o.Money(o.Total).String())
	s.text("The goods are files: training handbooks to be downloaded, in PDF and other formats. They were ready at once after the payment.")
}

func (e Evidence) payments(s *sheet) {
	o := &e.Order
	s.heading("The payment")
	for _, p := range o.Payments {
		s.row("Paid", cmp.Or(utcMoment(p.PaidAt), "not heard of yet"))
		s.row("Amount", shop.Money{Amount: p.Amount, Currency: p.Currency}.String())
		s.row("Stripe", strings.TrimSpace(p.PaymentIntentID+" "+p.ChargeID))
	}
	s.row("Refunded", o.Money(o.RefundedAmount()).String())
	for _, d := range o.Disputes {
		s.row("Dispute", fmt.Sprintf("%s, %s, %s, %s", d.ID, o.Money(d.Amount), strings.ReplaceAll(d.Reason, "_", " "), utcMoment(d.UpdatedAt)))
	}
}

func (e Evidence) terms(s *sheet) {
	s.heading("The terms")
	s.text(fmt.Sprintf("The licences and terms, with those of refunds, stand at %s/terms, which every page of the shop links to. The order was placed under them on %s.", e.Shop, utcMoment(e.Order.PlacedAt)))
}

func (e Evidence) delivered(s *sheet) {
	s.heading("What was mailed")
	for i := len(e.History.Mails) - 1; i >= 0; i-- {
		m := e.History.Mails[i]
		s.row(utcMoment(m.At), fmt.Sprintf("%s, to %s: %s", m.Kind.Name(), cmp.Or(m.To, e.Order.Email), m.State))
	}
	if len(e.History.Mails) == 0 {
		s.text("Nothing yet.")
	}
}

func (e Evidence) downloads(s *sheet) {
	s.heading("What was downloaded")
	for _, d := range e.History.Downloads {
		s.row(utcMoment(d.IssuedAt), fmt.Sprintf("%s, from network %s, with %s", d.Filename, cmp.Or(d.IP, "unknown"), cmp.Or(d.Agent, "an unknown program")))
	}
	if len(e.History.Downloads) == 0 {
		s.text("Nothing yet.")
	}
}

func utcMoment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05")
}

// sheet is a document that is being written, from top to bottom.
type sheet struct{ pdf *fpdf.Fpdf }

func newSheet(title string, at time.Time) *sheet {
	pdf := fpdf.New("P", "mm", "Letter", "")
	pdf.SetTitle(title, true)
	pdf.SetCreator("Bookroom", true)
	pdf.SetCreationDate(at.UTC())
	pdf.SetModificationDate(at.UTC())
	pdf.SetCatalogSort(true)
	pdf.SetLang("en-US")
	pdf.SetMargins(margin, margin, margin)
	pdf.SetAutoPageBreak(true, margin)
	for _, face := range []*fonts.Face{fonts.Regular(), fonts.Bold()} {
		pdf.AddUTF8FontFromBytes(face.Family, face.Style, face.TTF())
	}
	pdf.SetFooterFunc(func() {
		pdf.SetY(-margin + 5)
		pdf.SetFont("text", "", textSize-2)
		pdf.CellFormat(0, lineHigh, fmt.Sprintf("%s, page %d", title, pdf.PageNo()), "", 0, "C", false, 0, "")
	})
	pdf.AddPage()
	return &sheet{pdf}
}

func (s *sheet) title(text string) {
	s.pdf.SetFont("text", "B", textSize+8)
	s.pdf.MultiCell(0, 9, printable(text), "", "L", false)
}

func (s *sheet) heading(text string) {
	s.pdf.Ln(lineHigh)
	s.pdf.SetFont("text", "B", textSize+3)
	s.pdf.MultiCell(0, lineHigh+2, printable(text), "", "L", false)
}

func (s *sheet) text(text string) {
	s.pdf.SetFont("text", "", textSize)
	s.pdf.MultiCell(0, lineHigh, printable(text), "", "L", false)
}

// row writes a label and what it is of; nothing where that is empty.
func (s *sheet) row(label, value string) {
	if value == "" {
		return
	}
	s.pdf.SetFont("text", "B", textSize)
	s.pdf.CellFormat(labelled, lineHigh, printable(label), "", 0, "L", false, 0, "")
	s.pdf.SetFont("text", "", textSize)
	s.pdf.MultiCell(0, lineHigh, printable(value), "", "L", false)
}

func (s *sheet) write(w io.Writer) error {
	if err := s.pdf.Output(w); err != nil {
		return fmt.Errorf("write a PDF: %w", err)
	}
	return nil
}

// printable replaces what the typeface cannot show. fpdf breaks off at characters beyond the first plane.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case fonts.Regular().Has(r):
			return r
		case unicode.IsSpace(r):
			return ' '
		default:
			return '?'
		}
	}, text)
}
