package mail

import (
	"embed"
	"fmt"
	htmltemplate "html/template"
	"io"
	"strings"
	texttemplate "text/template"
	"unicode"

	"bookroom/shop"
	"bookroom/words"
)

//go:embed templates
var templates embed.FS

// form is how one kind of message is written. The text says everything that the HTML says.
type form struct {
	text *texttemplate.Template // defines "subject" and "body"
	html *htmltemplate.Template
}

// forms are the messages of one language.
type forms map[shop.MailKind]form

// readForms reads the templates of every kind of message, each with the layout that they share.
func readForms(w *words.Words) (forms, error) {
	funcs := map[string]any{
		"line": oneLine, "day": w.Day, "lang": func() shop.Language { return w.Language },
		"t": w.Say, "h": w.HTML,
	}
	forms := forms{}
	for _, kind := range shop.MailKinds() {
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

// written is a message as it is read.
type written struct {
	subject, text, html string
}

// view is what the templates see.
type view struct {
	Order    *shop.Order
	OrderURL string
	LinkURL  string // of a message with a link that is good once, or to the library
	Notice   *shop.Notice
	Invited  string // the name of who is invited
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
	Price         shop.Money // for all copies, before discount and tax and without gift
}

type sum struct {
	Label  string
	Amount shop.Money
	Total  bool
}

func (m *Mailer) write(message shop.Mail) (written, error) {
	form, known := m.forms[m.language(message)][message.Kind]
	if !known {
		return written{}, fmt.Errorf("there is no mail of the kind %q", message.Kind)
	}
	v := m.view(message, m.words.In(m.language(message)))
	subject, err := run(form.text.Lookup("subject"), v)
	if err != nil {
		return written{}, err
	}
	v.Subject = oneLine(subject)
	text, err := run(form.text.Lookup("layout.txt"), v)
	if err != nil {
		return written{}, err
	}
	html, err := run(form.html.Lookup("layout.html"), v)
	if err != nil {
		return written{}, err
	}
	return written{v.Subject, text, html}, nil
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

func (m *Mailer) view(message shop.Mail, w *words.Words) view {
	order := &message.Order
	v := view{
		Order:    order,
		OrderURL: message.OrderURL,
		LinkURL:  message.Link.URL,
		Notice:   &message.Notice,
		Invited:  message.Link.Name,
		Sender:   m.from.Name,
		Support:  m.support.Address,
		Ready:    order.Status == shop.Paid || order.Status == shop.PartiallyRefunded,
		Held:     order.Status == shop.Review,
		Items:    items(order, w),
		Sums:     sums(order, w),
		Refunded: order.Money(order.RefundedAmount()),
	}
	v.Kept, v.Ended = afterRefund(order)
	for _, payment := range order.Payments {
		v.Payments = append(v.Payments, shop.Money{Amount: payment.Amount, Currency: payment.Currency})
	}
	return v
}

func items(order *shop.Order, w *words.Words) []item {
	items := make([]item, len(order.Lines))
	for i, l := range order.Lines {
		detail := w.Say(l.Licence.Name())
		if l.EditionNumber > 0 {
			detail = w.Say("%s, edition %d", detail, l.EditionNumber)
		}
		if l.Quantity > 1 {
			detail = w.Say("%s, %d × %s", detail, l.Quantity, order.Money(l.Price()))
		}
		items[i] = item{l.Title, detail, order.Money(int64(l.Quantity) * l.Price())}
	}
	return items
}

// sums are the rows below the items; those that say nothing are left out.
func sums(order *shop.Order, w *words.Words) []sum {
	var sums []sum
	if support := order.Support(); support != 0 {
		sums = append(sums, sum{Label: w.Say("Support for Big Picture Learning"), Amount: order.Money(support)})
	}
	if order.Donation != 0 {
		sums = append(sums, sum{Label: w.Say("Donation to Big Picture Learning"), Amount: order.Money(order.Donation)})
	}
	if order.Discount != 0 || order.Tax != 0 {
		sums = append(sums, sum{Label: w.Say("Subtotal"), Amount: order.Money(order.Subtotal)})
	}
	if order.Discount != 0 {
		sums = append(sums, sum{Label: w.Say("Discount"), Amount: order.Money(-order.Discount)})
	}
	if order.Tax != 0 {
		sums = append(sums, sum{Label: w.Say("Tax"), Amount: order.Money(order.Tax)})
	}
	sums = append(sums, sum{Label: w.Say("Total paid"), Amount: order.Money(order.Total), Total: true})
	if refunded := order.RefundedAmount(); refunded != 0 {
		sums = append(sums, sum{Label: w.Say("Refunded"), Amount: order.Money(-refunded)})
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
