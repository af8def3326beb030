// Package mail puts the shop's messages into words and hands them to a mail server by SMTP.
//
// It knows how a message reads and whether a refusal is for good. It does not know when a message is due, how
// often it is tried, or where orders are kept.
package mail

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"net/mail"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"bookroom/shop"
	"bookroom/words"
)

// Config is what a Mailer needs to know.
type Config struct {
	// URL is the mail server: smtp://user:password@mail.example.org:587 or smtps://…:465. The sign-in may be left
	// out. smtp demands STARTTLS unless the host is this machine; ?tls=none and ?tls=starttls say it explicitly.
	URL string
	// From is the sender as buyers see it: Bookroom <orders@example.org>. A bare address gets the name Bookroom.
	From string
	// Support is the address that answers and messages to staff go to; "" is From.
	Support string
	// Now is the clock that messages are dated by; nil is the system's.
	Now func() time.Time
	// RootCAs are the authorities that the server's certificate may come from; nil is the system's.
	RootCAs *x509.CertPool
}

// Mailer sends the shop's messages. It is safe for use by several goroutines.
type Mailer struct {
	server   server
	from     *mail.Address
	support  *mail.Address
	forms    map[shop.Language]forms
	words    *words.Catalogue
	now      func() time.Time
	settings func(context.Context) (shop.Settings, error) // nil where the Config's names are all there is
}

var _ shop.Mailer = (*Mailer)(nil)

const (
	aboutFrom    = "BOOKROOM_MAIL_FROM should look like Bookroom <orders@example.org>: an address that your mail server may send for"
	aboutSupport = "BOOKROOM_SUPPORT_EMAIL should be one address such as help@example.org"
)

// New checks the settings without connecting. Its errors are one line each, name the setting and never hold the
// password.
func New(c Config) (*Mailer, error) {
	server, err := parseURL(c.URL)
	if err != nil {
		return nil, err
	}
	server.rootCAs = c.RootCAs
	from, err := mail.ParseAddress(c.From)
	if err != nil {
		return nil, fmt.Errorf("%s, not %q", aboutFrom, c.From)
	}
	if from.Name == "" {
		from.Name = "Bookroom"
	}
	support := from
	if c.Support != "" {
		support, err = mail.ParseAddress(c.Support)
		if err != nil || support.Address != c.Support {
			return nil, fmt.Errorf("%s, not %q", aboutSupport, c.Support)
		}
	}
	catalogue := words.Load()
	byLanguage := map[shop.Language]forms{}
	for _, l := range shop.Languages() {
		if byLanguage[l], err = readForms(catalogue.In(l)); err != nil {
			return nil, err
		}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Mailer{server: server, from: from, support: support, forms: byLanguage, words: catalogue, now: c.Now}, nil
}

// Support is the address that people in need of help write to, as the Config says.
func (m *Mailer) Support() string { return m.support.Address }

// Sender is the name in front of the sender's address, as the Config says.
func (m *Mailer) Sender() string { return m.from.Name }

// Following returns a mailer that asks before each message what the sender is called and where answers go.
func (m *Mailer) Following(settings func(context.Context) (shop.Settings, error)) *Mailer {
	following := *m
	following.settings = settings
	return &following
}

// current is the mailer with the names that hold now.
func (m *Mailer) current(ctx context.Context) (*Mailer, error) {
	if m.settings == nil {
		return m, nil
	}
	settings, err := m.settings(ctx)
	if err != nil {
		return nil, fmt.Errorf("who the mail is from: %w", err)
	}
	current := *m
	current.from = &mail.Address{Name: oneLine(settings.MailSender), Address: m.from.Address}
	current.support = &mail.Address{Address: settings.SupportEmail}
	return &current, nil
}

// Write puts a message into words. A *shop.Error of kind Invalid says that its address is none. The same message.Key
// always gives the same Message-ID, so that a copy sent after a crash is known for what it is.
func (m *Mailer) Write(ctx context.Context, message shop.Mail) (shop.Letter, error) {
	m, err := m.current(ctx)
	if err != nil {
		return shop.Letter{}, err
	}
	to, err := m.recipient(message)
	if err != nil {
		return shop.Letter{}, err
	}
	written, err := m.write(message)
	if err != nil {
		return shop.Letter{}, fmt.Errorf("writing the %s mail: %w", message.Kind, err)
	}
	return shop.Letter{
		MessageID: m.messageID(message), Name: to.Name, To: to.Address, Language: m.language(message),
		Subject: written.subject, Text: written.text, HTML: written.html,
	}, nil
}

// Deliver returns when the mail server has taken the letter. A *shop.Error of kind Invalid says that the server will
// never take it for this address, one of kind Unavailable that a later attempt may succeed.
func (m *Mailer) Deliver(ctx context.Context, l shop.Letter) error {
	m, err := m.current(ctx)
	if err != nil {
		return err
	}
	letter := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	letter.FromMailAddress(m.from)
	letter.ToMailAddress(&mail.Address{Name: l.Name, Address: l.To})
	if m.support.Address != m.from.Address {
		letter.ReplyToMailAddress(m.support)
	}
	letter.SetMessageIDWithValue(l.MessageID)
	letter.SetDateWithValue(m.now().UTC())
	letter.SetGenHeader("Content-Language", string(l.Language))
	letter.Subject(l.Subject)
	letter.SetGenHeader("Auto-Submitted", "auto-generated")
	letter.SetGenHeader("X-Auto-Response-Suppress", "All")
	letter.SetBodyString(gomail.TypeTextPlain, l.Text)
	letter.AddAlternativeString(gomail.TypeTextHTML, l.HTML)
	return m.server.deliver(ctx, letter)
}

// Verify connects, secures the line, signs in and says goodbye, as Deliver would, without sending anything.
func (m *Mailer) Verify(ctx context.Context) error {
	talk, err := m.server.dial(ctx)
	if err != nil {
		return err
	}
	defer talk.hangUp()
	if err := talk.client.Quit(); err != nil {
		return m.server.failed(ctx, err)
	}
	return nil
}

// recipient checks the address, which must not bring lines of its own into the conversation with the server.
func (m *Mailer) recipient(message shop.Mail) (*mail.Address, error) {
	if message.Kind == shop.MailReview {
		return m.support, nil
	}
	order := message.Order
	if message.Kind == shop.MailMovedAway {
		order.Name = "" // whoever has that address may be somebody else
	}
	if to := message.Link.To; to != "" {
		return linkRecipient(to, order)
	}
	parsed, err := mail.ParseAddress(order.Email)
	if err != nil || parsed.Address != order.Email {
		return nil, shop.NewError(shop.Invalid, "mail_address_invalid",
			"The mail was not sent: the buyer of order %s left no valid e-mail address. Correct it and send the mail again.",
			order.Number)
	}
	return &mail.Address{Name: oneLine(order.Name), Address: parsed.Address}, nil
}

// linkRecipient is whoever asked for a link.
func linkRecipient(to string, order shop.Order) (*mail.Address, error) {
	parsed, err := mail.ParseAddress(to)
	if err != nil || parsed.Address != to {
		return nil, shop.NewError(shop.Invalid, "mail_address_invalid", "The mail was not sent: its address is not a valid one.")
	}
	return &mail.Address{Name: oneLine(order.Name), Address: parsed.Address}, nil
}

// language is the buyer's; staff are written to in English.
func (m *Mailer) language(message shop.Mail) shop.Language {
	if message.Kind == shop.MailReview {
		return shop.English
	}
	if message.Link.Language != "" {
		return message.Link.Language.Known()
	}
	return message.Order.Language.Known()
}

// messageID shows nothing of the key, which may be anything, and is the same for the same key.
func (m *Mailer) messageID(message shop.Mail) string {
	sum := sha256.Sum256([]byte(message.Key))
	return fmt.Sprintf("%s.%s@%s", message.Kind, hex.EncodeToString(sum[:16]), domain(m.from))
}

func domain(address *mail.Address) string {
	return address.Address[strings.LastIndex(address.Address, "@")+1:]
}
