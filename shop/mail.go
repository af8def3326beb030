package shop

import "context"

// MailKind names a message that the shop sends.
type MailKind string

// The messages.
const (
	MailReceipt       MailKind = "receipt"        // to the buyer: what was bought and the order link
	MailPaymentFailed MailKind = "payment_failed" // to the buyer: a slow payment did not go through
	MailRefunded      MailKind = "refunded"       // to the buyer: money went back, and what that does to the files
	MailReview        MailKind = "review"         // to staff: an order needs a person
	MailLibraryLink   MailKind = "library_link"   // to whoever asked for their library: the way in
	MailDeviceLink    MailKind = "device_link"    // to the buyer: an order was opened on a device that it does not know
	MailNewEdition    MailKind = "new_edition"    // to an owner: a handbook of theirs has a new edition
)

// Mail is a message before it is put into words. It goes to the buyer of its order; to whom a message to
// staff goes is the mailer's own setting.
type Mail struct {
	Kind     MailKind
	Key      string // the same for the same message: a copy sent after a crash is recognised by it
	Order    Order
	OrderURL string
	Link     MailLink // of MailLibraryLink, which is about no order, of MailDeviceLink, and of MailNewEdition
	Notice   Notice   // of MailNewEdition
}

// MailLink is a link that is good once, or the address of the library, and to whom it goes.
type MailLink struct {
	URL      string
	To       string // e-mail address
	Language Language
}

// Mailer puts a message into words and hands it to a mail server. A *Error of kind Invalid says that
// no retry can help (the server refuses the address for good).
type Mailer interface {
	Send(context.Context, Mail) error
}
