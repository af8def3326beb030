package mail

import (
	"embed"
	"fmt"
	htmltemplate "html/template"
	"io"
	"strings"
	texttemplate "text/template"
	"time"
	"unicode"

	"bookroom/shop"
)

//go:embed templates
var templates embed.FS

// form is how one kind of message is written. The text says everything that the HTML says.
type form struct {
	text *texttemplate.Template // defines "subject" and "body"
	html *htmltemplate.Template
}

// readForms reads the templates of every kind of message, each with the layout that they share.
func readForms() (map[shop.MailKind]form, error) {
	funcs := map[string]any{"line": oneLine, "date": date}
	forms := map[shop.MailKind]form{}
	for _, kind := range []shop.MailKind{shop.MailReceipt, shop.MailPaymentFailed, shop.MailRefunded, shop.MailReview} {
		name := "templates/" + string(kind)
		text, err := texttemplate.New("").Funcs(funcs).ParseFS(templates, "templates/layout.txt", name+".txt")
		if err != nil {
			return nil, fmt.Errorf("text of the %s mail: %w", kind, err)
		}
		html, err := htmltemplate.New("").Funcs(funcs).ParseFS(templates, "templates/layout.html", name+".html")
		if err != nil {
			return nil, fmt.Errorf("HTML of the %s mail: %w", kind, err)
		}
		forms[kind] = form{text, html}
	}
	return forms, nil
}

// words are a message as it is read.
type words struct {
	subject, text, html string
}

// view is what the templates see.
type view struct {
	Order    *shop.Order
	OrderURL string
	Subject  string
	Sender   string // the shop's name, as in the From header
	Support  string // address
	Ready    bool   // there is something to download
	Held     bool   // nothing is given out until staff have decided
	Items    []item
	Sums     []sum
	Refunded shop.Money
	Kept     []string     // titles that are still there to download
	Ended    []string     // titles that are not any more
	Payments []shop.Money // what came in
}

type item struct {
	Title, Detail string
	Price         shop.Money // for all copies, before discount and tax
}

type sum struct {
	Label  string
	Amount shop.Money
	Total  bool
}

func (m *Mailer) write(message shop.Mail) (words, error) {
	form, known := m.forms[message.Kind]
	if !known {
		return words{}, fmt.Errorf("there is no mail of the kind %q", message.Kind)
	}
	v := m.view(message)
	subject, err := run(form.text.Lookup("subject"), v)
	if err != nil {
		return words{}, err
	}
	v.Subject = oneLine(subject)
	text, err := run(form.text.Lookup("layout.txt"), v)
	if err != nil {
		return words{}, err
	}
	html, err := run(form.html.Lookup("layout.html"), v)
	if err != nil {
		return words{}, err
	}
	return words{v.Subject, text, html}, nil
}

// template is what text and HTML templates have in common.
type template interface {
	Execute(w io.Writer, data any) error
}

func run(t template, v view) (string, error) {
	var out strings.Builder
	if err := t.Execute(&out, v); err != nil {
		return "", err
	}
	return strings.TrimSpace(out.String()) + "\n", nil
}

func (m *Mailer) view(message shop.Mail) view {
	order := &message.Order
	v := view{
		Order:    order,
		OrderURL: message.OrderURL,
		Sender:   m.from.Name,
		Support:  m.support.Address,
		Ready:    order.Status == shop.Paid || order.Status == shop.PartiallyRefunded,
		Held:     order.Status == shop.Review,
		Items:    items(order),
		Sums:     sums(order),
		Refunded: order.Money(order.RefundedAmount()),
	}
	v.Kept, v.Ended = afterRefund(order)
	for _, payment := range order.Payments {
		v.Payments = append(v.Payments, shop.Money{Amount: payment.Amount, Currency: payment.Currency})
	}
	return v
}

func items(order *shop.Order) []item {
	items := make([]item, len(order.Lines))
	for i, l := range order.Lines {
		detail := l.Licence.Name()
		if l.EditionNumber > 0 {
			detail += fmt.Sprintf(", edition %d", l.EditionNumber)
		}
		if l.Quantity > 1 {
			detail += fmt.Sprintf(", %d × %s", l.Quantity, order.Money(l.UnitPrice))
		}
		items[i] = item{l.Title, detail, order.Money(int64(l.Quantity) * l.UnitPrice)}
	}
	return items
}

// sums are the rows below the items; those that say nothing are left out.
func sums(order *shop.Order) []sum {
	var sums []sum
	if order.Discount != 0 || order.Tax != 0 {
		sums = append(sums, sum{Label: "Subtotal", Amount: order.Money(order.Subtotal)})
	}
	if order.Discount != 0 {
		sums = append(sums, sum{Label: "Discount", Amount: order.Money(-order.Discount)})
	}
	if order.Tax != 0 {
		sums = append(sums, sum{Label: "Tax", Amount: order.Money(order.Tax)})
	}
	sums = append(sums, sum{Label: "Total paid", Amount: order.Money(order.Total), Total: true})
	if refunded := order.RefundedAmount(); refunded != 0 {
		sums = append(sums, sum{Label: "Refunded", Amount: order.Money(-refunded)})
	}
	return sums
}

// afterRefund says by title what can be downloaded now. What is suspended is in neither list.
func afterRefund(order *shop.Order) (kept, ended []string) {
	states := map[string]shop.EntitlementState{}
	for _, e := range order.Entitlements {
		states[e.LineID] = e.State
	}
	for _, l := range order.Lines {
		switch states[l.ID] {
		case shop.Active:
			kept = append(kept, l.Title)
		case shop.Revoked:
			ended = append(ended, l.Title)
		}
	}
	return kept, ended
}

func date(t time.Time) string { return t.UTC().Format("2 January 2006") }

// oneLine makes text fit for a header or a line of plain text: any run of space or control characters becomes one
// space, and the marks that turn the direction of what follows are dropped. Letters of every script stay.
func oneLine(text string) string {
	spaced := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.In(r, unicode.Z):
			return ' '
		case unicode.Is(unicode.Bidi_Control, r):
			return -1
		default:
			return r
		}
	}, strings.ToValidUTF8(text, "\uFFFD"))
	return strings.Join(strings.Fields(spaced), " ")
}
