package shop

import "time"

// OrderMail is a mail about an order, and how far it has come.
type OrderMail struct {
	ID          string
	Kind        MailKind
	To          string // empty until it was put into words
	State       MailState
	At          time.Time // when it was sent, given up or came back; while it waits, when it is tried next
	DeliveredAt time.Time // when the server of whoever it went to took it; zero where nobody says so
	Cause       string    // of the last failure
	Tries       int
}
