package shop

import "time"

// JobKind names the work of a job.
type JobKind string

// The kinds of job.
const (
	JobMail          JobKind = "mail"           // Subject: an order's id; Detail: the MailKind, and after a space to whom, if not to the buyer
	JobExpireSession JobKind = "expire_session" // Subject: a payment session's id
	JobRefund        JobKind = "refund"         // Subject: a Return's id
	JobReadEdition   JobKind = "read_edition"   // Subject: an edition's id
	JobLink          JobKind = "link"           // Subject: the id of a MailedLink, whose mail is due; Detail: the MailKind
	JobCheckUpload   JobKind = "check_upload"   // Subject: the id of an Upload that has arrived
	JobInspect       JobKind = "inspect_file"   // Subject: the SHA-256 of a PDF
	JobNotice        JobKind = "notice"         // Subject: an edition's id, whose owners are told; Detail: the turn
	JobInvitation    JobKind = "invitation"     // Subject: an Invitation's id, whose mail is due
)

// Job is work outside the database that follows from a change, written in the change's transaction
// and run afterwards, at least once.
type Job struct {
	ID       int64
	Kind     JobKind
	Key      string // unique for ever: the same work is queued once
	Subject  string
	Detail   string
	Attempts int // how often it was claimed, this time included
	RunAt    time.Time
}
