package shop

import (
	"context"
	"strconv"
	"time"
)

// MailState is how far a mail has come.
type MailState string

// The states of a mail. Sent says that our mail server took it; whoever was meant may not have it yet.
const (
	MailQueued    MailState = "queued" // a failed attempt leaves it here: it is tried again
	MailSent      MailState = "sent"
	MailFailed    MailState = "failed" // given up
	MailBounced   MailState = "bounced"
	MailComplaint MailState = "complaint" // whoever got it called it spam
)

// MailStates returns every state.
func MailStates() []MailState {
	return []MailState{MailQueued, MailSent, MailFailed, MailBounced, MailComplaint}
}

// MailRecord is a mail in the mail log, from the moment it is queued. To whom it goes and what it says is empty
// until it is put into words, and again when that person was erased. Secrets are hidden in what it says.
type MailRecord struct {
	ID          int64
	Key         string // of its job
	Kind        MailKind
	OrderID     string // empty where it is about no order
	OrderNumber string
	To          string // e-mail address
	Language    Language
	Subject     string
	Text        string // of a single record, not of a list
	HTML        string // as Text
	MessageID   string
	State       MailState
	Attempts    int
	Error       string // of the last failure
	Bounce      string // why it came back
	QueuedAt    time.Time
	SentAt      time.Time // these are zero until they happen
	DeliveredAt time.Time
	BouncedAt   time.Time
	ErasedAt    time.Time
	NextAttempt time.Time // zero unless queued
}

// Resendable reports whether the mail can be written and sent anew. A link that is good once is asked for anew by
// whoever wants it.
func (m MailRecord) Resendable() bool {
	return m.OrderID != "" && m.ErasedAt.IsZero() && m.Kind != MailDeviceLink && m.Kind != MailLibraryLink && m.Kind != MailNewEdition
}

// MailQuery narrows the mail log. Zero fields do not narrow.
type MailQuery struct {
	State  MailState
	Kind   MailKind
	Words  string // an order's number, or what an address begins with
	Before int64  // only mails with a lower id: where the page before ended
	Limit  int
}

// MailCounts says how many mails that were queued in a period are in each state.
type MailCounts struct {
	Queued, Sent, Failed, Bounced, Complaints int64
}

// Lost are those that did not come to whom they were meant for, as far as is known.
func (c MailCounts) Lost() int64 { return c.Failed + c.Bounced + c.Complaints }

// MailLog keeps every mail with what came of it.
type MailLog interface {
	// NoteLetter notes what a mail says that is about to be sent. It is false when there is no job with that key
	// any more, or the person it goes to was erased: then it must not be sent.
	NoteLetter(ctx context.Context, key string, m MailRecord) (bool, error)
	// Mail returns a mail with what it says; ErrMailNotFound where there is none.
	Mail(ctx context.Context, id int64) (MailRecord, error)
	// ResendMail queues a mail's job again under that key, for which it does so once, and returns the new mail.
	ResendMail(ctx context.Context, id int64, key string, act Act, now time.Time) (MailRecord, error)
	// ApplyMailReport notes what became of a mail, once for each report.
	ApplyMailReport(ctx context.Context, r MailReport, now time.Time) (MailReportOutcome, error)
}

// The errors of mails.
var (
	ErrMailNotFound  = NewError(NotFound, "mail_not_found", "There is no such mail. Mails with links that are good once are kept for a day.")
	ErrNotResendable = NewError(Conflict, "mail_not_resendable",
		"This mail cannot be sent again: it held a link that is good once, or the person it went to was erased. Nothing was sent; who needs a link can ask for a new one.")
	errRequestID = NewError(Invalid, "invalid_request_id", "The request has no id to tell it from others. Please open the page again.")
)

// maxRequestID is how long the id of a request may be, in bytes.
const maxRequestID = 255

// ResendMail has a mail written and sent anew, to the address that its order has now. The same request does so
// once, however often it comes.
func (s *Shop) ResendMail(ctx context.Context, by Actor, id int64, requestID string) (MailRecord, error) {
	if requestID == "" || len(requestID) > maxRequestID {
		return MailRecord{}, errRequestID
	}
	mail, err := s.config.Store.Mail(ctx, id)
	if err != nil {
		return MailRecord{}, err
	}
	if !mail.Resendable() {
		return MailRecord{}, ErrNotResendable
	}
	number := strconv.FormatInt(id, 10)
	act := Act{
		By: by, Verb: "mail.resend", Subject: Subject{Kind: "mail", ID: number, Name: mail.OrderNumber},
		After: map[string]any{"kind": string(mail.Kind), "sent_to": Personal(mail.To)},
	}
	again, err := s.config.Store.ResendMail(ctx, id, "resend:"+number+":"+hashToken(requestID), act, s.now())
	if err != nil {
		return MailRecord{}, err
	}
	s.config.Wake()
	return again, nil
}
