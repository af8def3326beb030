package mail_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http/httptest"
	netmail "net/mail"
	"slices"
	"strings"
	"testing"
	"time"

	"bookroom/mail"
	"bookroom/mail/mailtest"
	"bookroom/shop"
)

var noon = time.Date(2026, time.March, 14, 12, 0, 0, 0, time.UTC)

func MustSink(tb testing.TB, opts mailtest.Options) *mailtest.Sink {
	tb.Helper()
	sink, err := mailtest.Open(opts)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := sink.Close(); err != nil {
			tb.Error(err)
		}
	})
	return sink
}

func MustMailer(tb testing.TB, c mail.Config) *mail.Mailer {
	tb.Helper()
	if c.From == "" {
		c.From = "Bookroom <orders@example.org>"
	}
	c.Now = func() time.Time { return noon }
	mailer, err := mail.New(c)
	if err != nil {
		tb.Fatal(err)
	}
	return mailer
}

// MustReceive returns the only message of the sink.
func MustReceive(tb testing.TB, sink *mailtest.Sink) mailtest.Message {
	tb.Helper()
	messages, err := sink.Messages()
	if err != nil {
		tb.Fatal(err)
	}
	if len(messages) != 1 {
		tb.Fatalf("the sink has %d messages, want 1", len(messages))
	}
	return messages[0]
}

// receipt is the mail of a paid order of two lines.
func receipt() shop.Mail {
	return shop.Mail{
		Kind:     shop.MailReceipt,
		Key:      "receipt:order-1",
		OrderURL: "https://shop.example.org/orders/tok3n",
		Order: shop.Order{
			Number: "BR-100001", Status: shop.Paid, Source: shop.SourceCard,
			Email: "ada@school.example", Name: "Ada Meyer", Organisation: "River School", PONumber: "PO 77",
			Currency: "usd", Subtotal: 9700, Discount: 500, Tax: 736, Total: 9936,
			Lines: []shop.OrderLine{
				{ID: "line-1", Title: "Advisory Handbook", Licence: shop.Individual, EditionNumber: 2, Quantity: 3, UnitPrice: 1900, Total: 5700},
				{ID: "line-2", Title: "The Whole Shelf", Licence: shop.SchoolLicence, Quantity: 1, UnitPrice: 4000, Total: 4000},
			},
			PlacedAt: noon.Add(-time.Hour), PaidAt: noon,
			Payments: []shop.Payment{{PaymentIntentID: "pi_1", Amount: 9936, Currency: "usd", PaidAt: noon, Matches: true}},
		},
	}
}

// send writes a message and hands it to the mail server.
func send(ctx context.Context, m *mail.Mailer, message shop.Mail) error {
	letter, err := m.Write(ctx, message)
	if err != nil {
		return err
	}
	return m.Deliver(ctx, letter)
}

const receiptText = `Hello Ada Meyer,

Thank you for your order. It is paid, and your files are ready.

Your downloads:
https://shop.example.org/orders/tok3n

Please keep this mail. The link does not expire: it works on any device, next year too, and always offers the newest edition. Whoever has the link can download your files, so pass it on with care.

ORDER BR-100001

Advisory Handbook
Individual licence, edition 2, 3 × $19.00: $57.00

The Whole Shelf
School licence: $40.00

Subtotal: $97.00
Discount: -$5.00
Tax: $7.36
Total paid: $99.36

Paid on March 14, 2026 (UTC)
Ordered by: Ada Meyer, ada@school.example
Organisation: River School
Purchase order number: PO 77

Something is not right? Answer this mail or write to help@example.org, and name order BR-100001. A person reads it.

-- 
Bookroom
`

func TestReceipt(t *testing.T) {
	t.Parallel()
	sink := MustSink(t, mailtest.Options{})
	mailer := MustMailer(t, mail.Config{URL: sink.URL(), Support: "help@example.org"})

	if err := send(t.Context(), mailer, receipt()); err != nil {
		t.Fatal(err)
	}

	got := MustReceive(t, sink)
	if got.Text != receiptText {
		t.Errorf("text:\n%s\nwant:\n%s", got.Text, receiptText)
	}
	if want := "Your downloads and receipt, order BR-100001"; got.Subject != want {
		t.Errorf("subject %q, want %q", got.Subject, want)
	}
	if got.From != "orders@example.org" || got.To != "ada@school.example" || !got.Date.Equal(noon) {
		t.Errorf("from %q to %q at %s", got.From, got.To, got.Date)
	}
	for _, want := range []string{
		`<html lang="en">`, `<a class="button" href="https://shop.example.org/orders/tok3n">Your downloads</a>`,
		"Advisory Handbook", "$57.00", "$99.36", "River School", "PO 77", "mailto:help@example.org",
	} {
		if !strings.Contains(got.HTML, want) {
			t.Errorf("the HTML lacks %s", want)
		}
	}
	for _, unwanted := range []string{"<img", "<script", "url(", "<link", "@import"} {
		if strings.Contains(got.HTML, unwanted) {
			t.Errorf("the HTML has %s: nothing may be loaded from elsewhere", unwanted)
		}
	}
	header := MustHeader(t, got)
	for key, want := range map[string]string{
		"Auto-Submitted": "auto-generated",
		"Reply-To":       "<help@example.org>",
		"User-Agent":     "",
		"X-Mailer":       "",
	} {
		if header.Get(key) != want {
			t.Errorf("%s: %q, want %q", key, header.Get(key), want)
		}
	}
}

func MustHeader(tb testing.TB, m mailtest.Message) netmail.Header {
	tb.Helper()
	parsed, err := netmail.ReadMessage(strings.NewReader(string(m.Source)))
	if err != nil {
		tb.Fatal(err)
	}
	return parsed.Header
}

func TestAReceiptShowsGiftsApart(t *testing.T) {
	t.Parallel()
	sink := MustSink(t, mailtest.Options{})
	mailer := MustMailer(t, mail.Config{URL: sink.URL(), Support: "help@example.org"})
	message := receipt()
	o := &message.Order
	o.Lines[0].UnitPrice, o.Lines[0].Support, o.Lines[0].Total = 2400, 500, 7200
	o.Donation = 2500
	o.Subtotal, o.Total = o.Subtotal+1500+2500, o.Total+1500+2500
	if err := send(t.Context(), mailer, message); err != nil {
		t.Fatal(err)
	}
	want := `edition 2, 3 × $19.00: $57.00

The Whole Shelf
School licence: $40.00

Support for Big Picture Learning: $15.00
Donation to Big Picture Learning: $25.00
Subtotal: $137.00
Discount: -$5.00
Tax: $7.36
Total paid: $139.36
`
	if got := MustReceive(t, sink); !strings.Contains(got.Text, want) {
		t.Errorf("text:\n%s\nwant in it:\n%s", got.Text, want)
	}
}

func TestWordsOfEachKind(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		change    func(*shop.Mail)
		to        string
		subject   string
		says      []string
		saysNever []string
	}{
		{
			name: "a free order names no payment",
			change: func(m *shop.Mail) {
				m.Order.Source, m.Order.Subtotal, m.Order.Discount, m.Order.Tax, m.Order.Total = shop.SourceFree, 0, 0, 0, 0
				m.Order.PaidAt = time.Time{}
			},
			to: "ada@school.example", subject: "Your downloads and receipt, order BR-100001",
			says: []string{"Hello,", "It is free", "Total paid: $0.00", "Ordered on March 14, 2026 (UTC)"}, saysNever: []string{"It is paid", "Subtotal"},
		},
		{
			name:   "a buyer without name, organisation or PO number",
			change: func(m *shop.Mail) { m.Order.Name, m.Order.Organisation, m.Order.PONumber = "", "", "" },
			to:     "ada@school.example", subject: "Your downloads and receipt, order BR-100001",
			says: []string{"Hello,", "Ordered by: ada@school.example\n"}, saysNever: []string{"Organisation", "PO number"},
		},
		{
			name:   "a receipt that is late, after the money went back",
			change: func(m *shop.Mail) { m.Order.Status = shop.Refunded },
			to:     "ada@school.example", subject: "Your receipt, order BR-100001",
			says: []string{"says what can be downloaded now", "https://shop.example.org/orders/tok3n"}, saysNever: []string{"files are ready"},
		},
		{
			name:   "a buyer who reads Spanish",
			change: func(m *shop.Mail) { m.Order.Language = shop.Spanish },
			to:     "ada@school.example", subject: "Sus descargas y su recibo, pedido BR-100001",
			says:      []string{"Hola, Ada Meyer:", "Licencia individual, edición 2, 3 × $19.00: $57.00", "Total pagado: $99.36", "Pagado el 14 de marzo de 2026 (UTC)"},
			saysNever: []string{"Hello", "Total paid", "Paid on", "licence", `lang="en"`},
		},
		{
			name: "a payment that failed for a buyer who reads Spanish",
			change: func(m *shop.Mail) {
				m.Kind, m.Order.Status, m.Order.Language = shop.MailPaymentFailed, shop.Canceled, shop.Spanish
			},
			to: "ada@school.example", subject: "El pago de su pedido BR-100001 no se completó",
			says: []string{"No se cobró nada", "/orders/tok3n"}, saysNever: []string{"Nothing was charged"},
		},
		{
			name: "a payment that failed",
			change: func(m *shop.Mail) {
				m.Kind, m.Order.Status = shop.MailPaymentFailed, shop.Canceled
			},
			to: "ada@school.example", subject: "Your payment for order BR-100001 did not go through",
			says:      []string{"Nothing was charged", "Advisory Handbook", "order again in the shop", "https://shop.example.org/orders/tok3n"},
			saysNever: []string{"paid", "files are ready"},
		},
		{
			name: "one of two lines refunded",
			change: func(m *shop.Mail) {
				m.Kind, m.Order.Status = shop.MailRefunded, shop.PartiallyRefunded
				m.Order.Payments[0].Refunded = 5700
				m.Order.Entitlements = []shop.Entitlement{{LineID: "line-1", State: shop.Revoked}, {LineID: "line-2", State: shop.Active}}
			},
			to: "ada@school.example", subject: "A refund for order BR-100001",
			says: []string{
				"$57.00 in all so far, of the $99.36 that you paid", "no longer download:\n* Advisory Handbook\n",
				"You keep, and can download at any time:\n* The Whole Shelf\n",
			},
		},
		{
			name: "an order for review goes to the staff, without the buyer's link",
			change: func(m *shop.Mail) {
				m.Kind, m.Order.Status = shop.MailReview, shop.Review
				m.Order.Attention = "The amount paid is not the amount due."
				m.Order.Payments = []shop.Payment{{Amount: 9900, Currency: "eur"}}
			},
			to: "desk@example.org", subject: "Order BR-100001 needs a person",
			says:      []string{"The amount paid is not the amount due.", "Due: $99.36", "Received: €99.00", "Nothing is given out"},
			saysNever: []string{"tok3n"},
		},
		{
			name: "an order that was paid twice is the staff's business too, but holds nothing back",
			change: func(m *shop.Mail) {
				m.Kind, m.Order.Attention = shop.MailReview, "This order was paid more than once."
				m.Order.Payments = append(m.Order.Payments, m.Order.Payments[0])
			},
			to: "desk@example.org", subject: "Order BR-100001 needs a person",
			says: []string{"paid more than once", "Received: $99.36, $99.36"}, saysNever: []string{"tok3n", "Nothing is given out"},
		},
		{
			name:   "an order that was moved to the buyer's right address",
			change: func(m *shop.Mail) { m.Kind = shop.MailMovedHere },
			to:     "ada@school.example", subject: "Order BR-100001 is at this address now",
			says: []string{"Hello Ada Meyer,", "https://shop.example.org/orders/tok3n", "The old one does not open"},
		},
		{
			name: "an order that was moved away tells the old address nothing of the new one or the buyer",
			change: func(m *shop.Mail) {
				m.Kind, m.Link.To, m.Order.Language = shop.MailMovedAway, "adda@school.example", shop.Spanish
			},
			to: "adda@school.example", subject: "El pedido BR-100001 está ahora en otra dirección",
			says: []string{"Hola:", "Escríbanos"}, saysNever: []string{"tok3n", "ada@school.example", "Ada", "Advisory"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			sink := MustSink(t, mailtest.Options{})
			mailer := MustMailer(t, mail.Config{URL: sink.URL(), Support: "desk@example.org"})
			message := receipt()
			test.change(&message)

			if err := send(t.Context(), mailer, message); err != nil {
				t.Fatal(err)
			}

			got := MustReceive(t, sink)
			if got.To != test.to || got.Subject != test.subject {
				t.Errorf("to %q, subject %q; want %q, %q", got.To, got.Subject, test.to, test.subject)
			}
			for _, want := range test.says {
				if !strings.Contains(got.Text, want) {
					t.Errorf("the text lacks %q:\n%s", want, got.Text)
				}
			}
			for _, unwanted := range test.saysNever {
				if strings.Contains(got.Text, unwanted) || strings.Contains(got.HTML, unwanted) {
					t.Errorf("the mail has %q:\n%s", unwanted, got.Text)
				}
			}
		})
	}
}

func TestLinksThatAreGoodOnce(t *testing.T) {
	t.Parallel()
	const address = "https://shop.example.org/library/enter/s3cret"
	order := receipt().Order
	for name, c := range map[string]struct {
		mail    shop.Mail
		to      string
		subject string
		says    []string
	}{
		"library": {
			shop.Mail{Kind: shop.MailLibraryLink, Link: shop.MailLink{URL: address, To: "ben@school.example", Language: shop.English}},
			"ben@school.example", "Your link to your library", []string{address, "30 minutes", "You did not ask for it?"},
		},
		"library in Spanish": {
			shop.Mail{Kind: shop.MailLibraryLink, Link: shop.MailLink{URL: address, To: "ben@school.example", Language: shop.Spanish}},
			"ben@school.example", "Su enlace a su biblioteca", []string{address, "30 minutos", "¿No lo pidió usted?"},
		},
		"device": {
			shop.Mail{Kind: shop.MailDeviceLink, Order: order, Link: shop.MailLink{URL: address, To: order.Email, Language: shop.English}},
			order.Email, "Confirm a new device for order BR-100001", []string{address, "Ada Meyer", "It was not you?", "BR-100001"},
		},
		"new edition": {
			shop.Mail{Kind: shop.MailNewEdition, Order: order, Notice: newEdition(), Link: shop.MailLink{URL: address, To: order.Email, Language: shop.English}},
			order.Email, "A new edition of “The Advisory Handbook”", []string{address, "edition 3", "Two chapters more.", "Changed pages: 3, 5–6", "get this mail because"},
		},
		"new edition in Spanish": {
			shop.Mail{Kind: shop.MailNewEdition, Notice: newEdition(), Link: shop.MailLink{URL: address, To: "ben@school.example", Language: shop.Spanish}},
			"ben@school.example", "Una nueva edición de «The Advisory Handbook»", []string{address, "la edición 3", "Two chapters more.", "3, 5–6"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sink := MustSink(t, mailtest.Options{})
			c.mail.Key = "link:1"
			if err := send(t.Context(), MustMailer(t, mail.Config{URL: sink.URL(), Support: "help@example.org"}), c.mail); err != nil {
				t.Fatal(err)
			}
			got := MustReceive(t, sink)
			if got.To != c.to || got.Subject != c.subject {
				t.Errorf("to %q, subject %q", got.To, got.Subject)
			}
			for _, want := range c.says {
				if !strings.Contains(got.Text, want) || !strings.Contains(got.HTML, want) {
					t.Errorf("%q is missing in\n%s\n%s", want, got.Text, got.HTML)
				}
			}
		})
	}
	bad := shop.Mail{Kind: shop.MailLibraryLink, Link: shop.MailLink{URL: address, To: "a@b.example\r\nBcc: c@d.example"}}
	if err := send(t.Context(), MustMailer(t, mail.Config{URL: "smtp://127.0.0.1:1?tls=none"}), bad); !shop.IsKind(err, shop.Invalid) {
		t.Errorf("an address with lines of its own: %v", err)
	}
}

func TestNamesOfAnyScript(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"Zoë Müller", "李小龍", "محمد علي", "Ǆ̈ Ṡ̩ 👩🏽‍🏫", `"Quoted" <b>Bold</b> & Co`, "O’Brien, Anne; (PhD)", strings.Repeat("Ж", 200),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sink := MustSink(t, mailtest.Options{})
			message := receipt()
			message.Order.Name = name
			message.Order.Lines[0].Title = name

			if err := send(t.Context(), MustMailer(t, mail.Config{URL: sink.URL()}), message); err != nil {
				t.Fatal(err)
			}

			got := MustReceive(t, sink)
			if !strings.HasPrefix(got.Text, "Hello "+name+",\n") || !strings.Contains(got.Text, "\n"+name+"\nIndividual") {
				t.Errorf("the name came out as:\n%s", got.Text)
			}
			if strings.Contains(got.HTML, "<b>") {
				t.Error("a name became HTML")
			}
			to, err := MustHeader(t, got).AddressList("To")
			if err != nil {
				t.Fatal(err)
			}
			if len(to) != 1 || to[0].Name != name || to[0].Address != "ada@school.example" {
				t.Errorf("To is %q", to)
			}
		})
	}
}

func TestInputCannotWriteHeaders(t *testing.T) {
	t.Parallel()
	const attack = "Ada\r\nBcc: everybody@example.org\r\n\r\nBuy now\u2028\u202egnp"
	sink := MustSink(t, mailtest.Options{})
	message := receipt()
	message.Order.Name = attack
	message.Order.Organisation = attack
	message.Order.Number = attack
	message.Order.Lines[0].Title = attack
	message.Key = attack

	if err := send(t.Context(), MustMailer(t, mail.Config{URL: sink.URL()}), message); err != nil {
		t.Fatal(err)
	}

	got := MustReceive(t, sink)
	header := MustHeader(t, got)
	keys := []string{}
	for key := range header {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	want := []string{"Auto-Submitted", "Content-Language", "Content-Type", "Date", "From", "Message-Id", "Mime-Version", "Subject", "To", "X-Auto-Response-Suppress"}
	if !slices.Equal(keys, want) {
		t.Errorf("headers %q, want %q", keys, want)
	}
	if !strings.HasPrefix(got.Text, "Hello Ada Bcc: everybody@example.org Buy now gnp,\n") {
		t.Errorf("text:\n%s", got.Text)
	}
}

func TestBadAddressesAreRefusedForGood(t *testing.T) {
	t.Parallel()
	sink := MustSink(t, mailtest.Options{})
	mailer := MustMailer(t, mail.Config{URL: sink.URL()})
	for _, address := range []string{
		"", "nobody", "a@b.example, c@d.example", "Ada <ada@school.example>", "ada@school.example\r\nRCPT TO:<x@y.example>", "ada@\r\n",
	} {
		message := receipt()
		message.Order.Email = address
		err := send(t.Context(), mailer, message)
		if !shop.IsKind(err, shop.Invalid) {
			t.Errorf("%q: %v, want an error of kind invalid", address, err)
		}
		if address != "" && strings.Contains(err.Error(), address) {
			t.Errorf("the error shows the address: %v", err)
		}
	}
	if messages, err := sink.Messages(); err != nil || len(messages) != 0 {
		t.Errorf("sent %d messages, %v", len(messages), err)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		fault mailtest.Fault
		want  shop.Kind
		says  string
	}{
		{"busy", mailtest.Busy, shop.Unavailable, "451"},
		{"no such mailbox", mailtest.UnknownRecipient, shop.Invalid, "550 5.1.1"}, // the server's words name the address
		{"content refused", mailtest.Spam, shop.Invalid, "554 5.6.0"},
		{"the server does not trust us", mailtest.RelayDenied, shop.Unavailable, "550 5.7.1"},
		{"connection lost", mailtest.LostAnswer, shop.Unavailable, "no answer"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			sink := MustSink(t, mailtest.Options{})
			mailer := MustMailer(t, mail.Config{URL: sink.URL()})
			sink.FailNext(1, test.fault)

			err := send(t.Context(), mailer, receipt())
			if !shop.IsKind(err, test.want) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("%v, want an error of kind %s that says %q", err, test.want, test.says)
			}
			if strings.Contains(err.Error(), receipt().Order.Email) {
				t.Errorf("the error shows the recipient: %v", err)
			}
			if err := send(t.Context(), mailer, receipt()); err != nil {
				t.Errorf("the next attempt: %v", err)
			}
			MustReceive(t, sink)
		})
	}
}

func TestCopySentAfterALostAnswerIsTheSameMessage(t *testing.T) {
	t.Parallel()
	sink := MustSink(t, mailtest.Options{})
	mailer := MustMailer(t, mail.Config{URL: sink.URL()})
	sink.FailNext(1, mailtest.LostAnswer)
	if err := send(t.Context(), mailer, receipt()); err == nil {
		t.Fatal("a lost answer is not a success")
	}
	if err := send(t.Context(), mailer, receipt()); err != nil {
		t.Fatal(err)
	}
	got := MustReceive(t, sink)
	if got.Received != 2 || !strings.HasSuffix(got.MessageID, "@example.org") {
		t.Errorf("received %d times as %q, want twice", got.Received, got.MessageID)
	}

	other := receipt()
	other.Key = "receipt:order-2"
	if err := send(t.Context(), mailer, other); err != nil {
		t.Fatal(err)
	}
	if messages, err := sink.Messages(); err != nil || len(messages) != 2 {
		t.Errorf("%d messages, %v; want another key to be another message", len(messages), err)
	}
}

func TestEndOfContextCutsAHangingConversation(t *testing.T) {
	t.Parallel()
	sink := MustSink(t, mailtest.Options{})
	mailer := MustMailer(t, mail.Config{URL: sink.URL()})
	hanging := sink.FailNext(1, mailtest.Hang)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-hanging
		cancel()
	}()
	err := send(ctx, mailer, receipt())
	if !shop.IsKind(err, shop.Unavailable) || !strings.Contains(err.Error(), "did not answer in time") {
		t.Errorf("got %v", err)
	}
}

// certificate is a server's TLS configuration for 127.0.0.1 and the authority that a client has to trust for it.
func certificate(tb testing.TB) (*tls.Config, *x509.CertPool) {
	tb.Helper()
	server := httptest.NewTLSServer(nil)
	tb.Cleanup(server.Close)
	authorities := x509.NewCertPool()
	authorities.AddCert(server.Certificate())
	return &tls.Config{Certificates: server.TLS.Certificates}, authorities
}

// signIn puts a user and a password, as they stand in a URL, into the sink's address.
func signIn(sink *mailtest.Sink, userinfo string) string {
	scheme, address, _ := strings.Cut(sink.URL(), "://")
	return scheme + "://" + userinfo + "@" + address
}

func TestSecurityOfTheLine(t *testing.T) {
	t.Parallel()
	offered, authorities := certificate(t)
	const username, password = "shop@example.org", "s3cret/#"
	const right, wrong = "shop%40example.org:s3cret%2F%23", "shop%40example.org:wr0ngword"
	tests := []struct {
		name    string
		sink    mailtest.Options
		user    string
		query   string
		trust   *x509.CertPool
		refuses string // "" when the mail must get through
	}{
		{"STARTTLS, signed in", mailtest.Options{TLS: offered, Username: username, Password: password}, right, "?tls=starttls", authorities, ""},
		{"TLS from the first byte, signed in", mailtest.Options{TLS: offered, Implicit: true, Username: username, Password: password}, right, "", authorities, ""},
		{"this machine needs no encryption", mailtest.Options{Username: username, Password: password}, right, "", nil, ""},
		{"no sign-in", mailtest.Options{TLS: offered}, "", "?tls=starttls", authorities, ""},
		{"STARTTLS demanded, not offered", mailtest.Options{Username: username, Password: password}, right, "?tls=starttls", authorities, "STARTTLS"},
		{"STARTTLS with a stranger's certificate", mailtest.Options{TLS: offered, Username: username, Password: password}, right, "?tls=starttls", x509.NewCertPool(), "certificate"},
		{"smtps with a stranger's certificate", mailtest.Options{TLS: offered, Implicit: true}, "", "", x509.NewCertPool(), "certificate"},
		{"wrong password", mailtest.Options{Username: username, Password: password}, wrong, "", nil, "535"},
		{"sign-in that the server does not know", mailtest.Options{}, right, "", nil, "AUTH"},
		{"no sign-in where one is asked for", mailtest.Options{Username: username, Password: password}, "", "", nil, "MAIL FROM command: 502 5.7.0"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			sink := MustSink(t, test.sink)
			url := sink.URL() + test.query
			if test.user != "" {
				url = signIn(sink, test.user) + test.query
			}
			mailer := MustMailer(t, mail.Config{URL: url, RootCAs: test.trust})

			err := send(t.Context(), mailer, receipt())

			if test.refuses == "" {
				if err != nil {
					t.Fatal(err)
				}
				MustReceive(t, sink)
				return
			}
			if !shop.IsKind(err, shop.Unavailable) || !strings.Contains(err.Error(), test.refuses) {
				t.Fatalf("got %v, want an error of kind unavailable that says %q", err, test.refuses)
			}
			for _, secret := range []string{"s3cret", "wr0ngword"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error shows the password: %v", err)
				}
			}
		})
	}
}

func TestVerify(t *testing.T) {
	t.Parallel()
	sink := MustSink(t, mailtest.Options{Username: "shop", Password: "s3cret"})
	if err := MustMailer(t, mail.Config{URL: signIn(sink, "shop:s3cret")}).Verify(t.Context()); err != nil {
		t.Error(err)
	}
	err := MustMailer(t, mail.Config{URL: signIn(sink, "shop:wr0ngword")}).Verify(t.Context())
	if err == nil || !strings.Contains(err.Error(), "535") || strings.Contains(err.Error(), "wr0ngword") {
		t.Errorf("wrong password: %v", err)
	}
	if messages, err := sink.Messages(); err != nil || len(messages) != 0 {
		t.Errorf("Verify sent %d messages, %v", len(messages), err)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	const looks = "; it should look like smtp://user:password@mail.example.org:587 or smtps://user:password@mail.example.org:465"
	tests := []struct {
		url, want string // want "" when the URL is fine
	}{
		{"smtp://mail.example.org", ""},
		{"smtp://user:s3cret@mail.example.org:2525?tls=none", ""},
		{"smtps://user:s3cret@mail.example.org", ""},
		{"smtp://user:s3cret@[::1]:25/", ""},
		{"", "SMTP_URL is not set" + looks},
		{"mail.example.org:587", "SMTP_URL must begin with smtp:// or smtps://" + looks},
		{"https://user:s3cret@mail.example.org", "SMTP_URL must begin with smtp:// or smtps://" + looks},
		{"smtp://user:s3cret@:587", "SMTP_URL names no host" + looks},
		{"smtp://user:s3cret@mail.example.org:0", "SMTP_URL has a port that is not a number from 1 to 65535" + looks},
		{"smtp://user:s3cret@mail.example.org:port", "SMTP_URL cannot be read: a special character in the user or password must be written as %XX, # as %23" + looks},
		{"smtp://user:s3cret%zz@mail.example.org", "SMTP_URL cannot be read: a special character in the user or password must be written as %XX, # as %23" + looks},
		{"smtp://mail.example.org/s3cret", "SMTP_URL has something after the host: a / or # in the password must be written as %2F or %23" + looks},
		{"smtp://user#s3cret@mail.example.org", "SMTP_URL has something after the host: a / or # in the password must be written as %2F or %23" + looks},
		{"smtp://user@mail.example.org", "SMTP_URL needs both a user and a password, or neither" + looks},
		{"smtp://:s3cret@mail.example.org", "SMTP_URL needs both a user and a password, or neither" + looks},
		{"smtp://user:s3cret@mail.example.org?tls=maybe", "SMTP_URL has a ?tls= that is not known: there is only tls=none and tls=starttls"},
		{"smtp://user:s3cret@mail.example.org?ssl=1", "SMTP_URL has a setting that is not known after the ?: there is only tls=none and tls=starttls"},
		{"smtps://user:s3cret@mail.example.org?tls=none", "SMTP_URL begins with smtps://, which is always encrypted: leave ?tls= out"},
	}
	for _, test := range tests {
		_, err := mail.New(mail.Config{URL: test.url, From: "orders@example.org"})
		if got := message(err); got != test.want {
			t.Errorf("%s: %q, want %q", test.url, got, test.want)
		}
		if strings.Contains(message(err), "s3cret") {
			t.Errorf("%s: the error shows the password", test.url)
		}
	}

	const url = "smtp://mail.example.org"
	for _, test := range []struct {
		wrong mail.Config
		names string
	}{
		{mail.Config{URL: url}, "BOOKROOM_MAIL_FROM"},
		{mail.Config{URL: url, From: "Bookroom"}, "BOOKROOM_MAIL_FROM"},
		{mail.Config{URL: url, From: "a@example.org", Support: "help"}, "BOOKROOM_SUPPORT_EMAIL"},
		{mail.Config{URL: url, From: "a@example.org", Support: "Help <help@example.org>"}, "BOOKROOM_SUPPORT_EMAIL"},
	} {
		if _, err := mail.New(test.wrong); err == nil || !strings.HasPrefix(err.Error(), test.names+" should ") {
			t.Errorf("%+v: %v, want an error about %s", test.wrong, err, test.names)
		}
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func newEdition() shop.Notice {
	return shop.Notice{
		Edition: shop.Edition{Number: 3, Notes: "Two chapters more."}, Title: "The Advisory Handbook",
		Changes: shop.PageChanges{Known: true, Changed: []int{3, 5, 6}},
	}
}
