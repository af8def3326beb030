package shop

import (
	"context"
	"time"
)

// Act is one change by staff, as the audit trail keeps it. The store writes it in the transaction of the
// change itself.
type Act struct {
	By      Actor
	Verb    string // what was done, such as "order.refund"; see AuditVerbs in the documentation of the trail
	Subject Subject
	// Before and After hold what changed, by the name of the field. Values are what JSON can hold; personal
	// data is wrapped in Personal, so that a person can be erased without breaking the chain.
	Before map[string]any
	After  map[string]any
}

// Subject is what an act was done to.
type Subject struct {
	Kind string // order, product, edition, staff, token, setting, person, ...
	ID   string
	Name string // for people: an order's number, a product's slug; never personal data
}

// Personal is a value of an act that says something of a person. The trail's chain holds only a salted hash
// of it; the value itself is kept beside the chain and goes when the person is erased.
type Personal string

// AuditRecord is one record of the trail. Each holds the hash of the one before it, so that none can be
// changed, left out or put in between unnoticed.
type AuditRecord struct {
	Sequence int64 // from 1, without gaps
	At       time.Time
	StaffID  string
	Staff    string // name at that time
	TokenID  string // empty where a person did it at the desk
	IP       string
	Verb     string
	Subject  Subject
	Before   map[string]any // personal values in the clear, or "erased"
	After    map[string]any
	Previous string // hash of the record before; empty for the first
	Hash     string // lower-case hex SHA-256
}

// AuditQuery narrows the trail. Zero fields do not narrow.
type AuditQuery struct {
	Words   string // in verb, subject or staff
	Verb    string
	StaffID string
	Subject Subject // by Kind and ID
	From    time.Time
	To      time.Time
	Before  int64 // only records of a lower sequence: where the page before ended
	Limit   int
}

// AuditStore is what the rules need of the trail beside the changes that it is about.
type AuditStore interface {
	// NoteAct adds an act to the trail that changes nothing else.
	NoteAct(ctx context.Context, act Act, now time.Time) error
}

// NoteAuditExport notes that somebody takes the trail away, and narrowed by what.
func (s *Shop) NoteAuditExport(ctx context.Context, by Actor, filter string) error {
	act := Act{By: by, Verb: "audit.export", Subject: Subject{Kind: "audit"}, After: map[string]any{"filter": filter}}
	return s.config.Store.NoteAct(ctx, act, s.now())
}
