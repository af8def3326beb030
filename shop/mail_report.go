package shop

import (
	"context"
	"time"
)

// MailReportKind says what became of a mail after it was sent.
type MailReportKind string

// The kinds of report.
const (
	ReportDelivered MailReportKind = "delivered"
	ReportBounced   MailReportKind = "bounced"
	ReportComplaint MailReportKind = "complaint"
)

// MailReport is one report of the mail provider, verified to be the provider's.
type MailReport struct {
	ID        string // the same when it is delivered twice
	Kind      MailReportKind
	MessageID string   // of our letter; empty where the report does not name it
	To        []string // the addresses that it is about, in lower case
	Detail    string   // why it came back, in the words of the provider
	At        time.Time
}

// MailReportOutcome is what came of a report.
type MailReportOutcome string

// The outcomes of a report.
const (
	ReportApplied   MailReportOutcome = "applied"
	ReportDuplicate MailReportOutcome = "duplicate"
	ReportUnmatched MailReportOutcome = "unmatched" // about no mail of ours
	ReportIgnored   MailReportOutcome = "ignored"   // about something else
	ReportConfirmed MailReportOutcome = "confirmed" // the provider asked whether it may report, and may
)

// MailReports reads what the mail provider sends to the shop, which anybody could make up.
type MailReports interface {
	// Read verifies a message and returns the report in it, if there is one. Its errors are of kind Invalid when it
	// is not the provider's, Unavailable when that could not be found out.
	Read(ctx context.Context, payload []byte) (MailReport, MailReportOutcome, error)
}

// TakesMailReports says whether the shop is set up to hear what became of its mails.
func (s *Shop) TakesMailReports() bool { return s.config.MailReports != nil }

// ReceiveMailReport takes one message of the mail provider. The same one twice counts once.
func (s *Shop) ReceiveMailReport(ctx context.Context, payload []byte) (MailReportOutcome, error) {
	report, outcome, err := s.config.MailReports.Read(ctx, payload)
	if err != nil || outcome != ReportApplied {
		return outcome, err
	}
	outcome, err = s.config.Store.ApplyMailReport(ctx, report, s.now())
	if err == nil && outcome == ReportUnmatched {
		s.config.Log.WarnContext(ctx, "a mail report fits no mail", "report", report.ID, "kind", report.Kind)
	}
	return outcome, err
}
