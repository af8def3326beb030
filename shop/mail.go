package shop

import (
	"context"
	"fmt"
	"strings"
)

// MailKind names a message that the shop sends.
type MailKind string

// The messages.
const (
	MailReceipt       MailKind = "receipt"        // to the buyer: what was bought and the order link
	MailPaymentFailed MailKind = "payment_failed" // to the buyer: a slow payment did not go through
	MailRefunded      MailKind = "refunded"       // to the buyer: money went back, and what that does to the files
	MailReview        MailKind = "review"         // to staff: an order needs a person
	MailLibraryLink   MailKind = "library_link"   // to whoever asked for their library: the way in
	MailMovedHere     MailKind = "moved_here"     // to the buyer: the order was moved to this address
	MailMovedAway     MailKind = "moved_away"     // to the address that an order was moved away from
	MailDeviceLink    MailKind = "device_link"    // to the buyer: an order was opened on a device that it does not know
	MailNewEdition    MailKind = "new_edition"    // to an owner: a handbook of theirs has a new edition

	MailStaffInvitation MailKind = "staff_invitation" // to a member of staff: choose what to sign in with
)

// MailKinds returns every kind of message.
func MailKinds() []MailKind {
	return []MailKind{MailReceipt, MailPaymentFailed, MailRefunded, MailReview, MailLibraryLink, MailMovedHere, MailMovedAway, MailDeviceLink, MailNewEdition, MailStaffInvitation}
}

// Mail is a message before it is put into words. Every secret in it is the end of a link named in secrets. It goes to the buyer of its order; to whom a message to
// staff goes is the mailer's own setting.
type Mail struct {
	Kind     MailKind
	Key      string // the same for the same message: a copy sent after a crash is recognised by it
	Order    Order
	OrderURL string
	Link     MailLink // of MailLibraryLink, which is about no order, of MailDeviceLink, and of MailNewEdition; MailMovedAway has only To
	Notice   Notice   // of MailNewEdition
}

// MailLink is a link that is good once, or the address of the library, and to whom it goes.
type MailLink struct {
	URL      string
	To       string // e-mail address
	Name     string // whose it is, of MailStaffInvitation
	Language Language
}

// shortestSecret is how many letters 128 bits take at least; the end of an address that is shorter is none.
const shortestSecret = 22

// secrets are the parts of a message that open something for whoever has them: the ends of its links.
func (m Mail) secrets() []string {
	var secrets []string
	if m.Kind == MailNewEdition {
		return nil // its link leads to where anybody can ask for their library
	}
	for _, url := range []string{m.OrderURL, m.Link.URL} {
		if secret := url[strings.LastIndexByte(url, '/')+1:]; len(secret) >= shortestSecret {
			secrets = append(secrets, secret)
		}
	}
	return secrets
}

// Letter is a message in words, ready to be sent.
type Letter struct {
	MessageID string // without angle brackets; the same for the same Mail.Key
	Name      string // of whom it goes to; may be empty
	To        string // e-mail address
	Language  Language
	Subject   string
	Text      string
	HTML      string
}

// Mailer puts messages into words and hands them to a mail server. A *Error of kind Invalid says that
// no retry can help (the server refuses the address for good).
type Mailer interface {
	Write(context.Context, Mail) (Letter, error)
	// Deliver returns when the mail server has taken the letter.
	Deliver(context.Context, Letter) error
}

// send puts a message into words, notes them in the mail log, and sends it. What became of it is noted with
// the end of its job. A message whose job is gone, or whose reader was erased meanwhile, is not sent.
func (s *Shop) send(ctx context.Context, m Mail) error {
	letter, err := s.config.Mailer.Write(ctx, m)
	if err != nil {
		return err
	}
	noted, err := s.config.Store.NoteLetter(ctx, m.Key, m.record(letter))
	if err != nil {
		return fmt.Errorf("note a mail that goes out: %w", err)
	}
	if !noted {
		return nil
	}
	return s.config.Mailer.Deliver(ctx, letter)
}

// hidden stands in the mail log where a mail has a secret.
const hidden = "hidden"

// record is what the mail log keeps of a letter.
func (m Mail) record(l Letter) MailRecord {
	open := func(text string) string {
		for _, secret := range m.secrets() {
			text = strings.ReplaceAll(text, secret, hidden)
		}
		return text
	}
	return MailRecord{
		Kind: m.Kind, OrderID: m.Order.ID, MessageID: l.MessageID, To: l.To, Language: l.Language,
		Subject: open(l.Subject), Text: open(l.Text), HTML: open(l.HTML),
	}
}
