package shop

import "time"

// MailState is how far a mail has come.
type MailState string

// The states of a mail. Sent says that our mail server took it; whoever was meant may not have it yet.
const (
	MailQueued  MailState = "queued" // a failed attempt leaves it here: it is tried again
	MailSent    MailState = "sent"
	MailFailed  MailState = "failed" // given up
	MailBounced MailState = "bounced"
)

// OrderMail is a mail about an order, and how far it has come.
type OrderMail struct {
	ID    string
	Kind  MailKind
	To    string // empty: to the order's own address
	State MailState
	At    time.Time // when it was sent, given up or came back; while it waits, when it is tried next
	Cause string    // of the last failure
	Tries int
}
