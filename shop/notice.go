package shop

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
)

// NoticeState says how far the mails that tell of an edition have come.
type NoticeState string

// The states of a notice; empty where nobody began one.
const (
	NoticeSending NoticeState = "sending"
	NoticePaused  NoticeState = "paused"
	NoticeDone    NoticeState = "done"
)

// Notice tells the owners of a handbook of its newest edition.
type Notice struct {
	Edition Edition
	Slug    string
	Title   string
	Changes PageChanges // against the edition before
	State   NoticeState
	// Owners counts the addresses that would be written to: those with an active right to the handbook, by itself or
	// in a bundle, that is older than the edition. Once mails go out it is how many there were then.
	Owners   int
	Progress NoticeProgress
}

// NoticeProgress counts recipients.
type NoticeProgress struct {
	Waiting int
	Queued  int // handed over to be sent, not sent yet
	Sent    int
	LeftOut int // their right ended or their address changed before it was their turn
	Failed  int // the mail server refused them for good, or for days
}

// NoticeRecipient is one address that is told of an edition.
type NoticeRecipient struct {
	ID        string
	EditionID string
	Slug      string
	Order     Order  // one that gives the address its right
	Email     string // that the right belongs to now; empty where there is none
	Hash      string // of the address that it belonged to when the mails were begun
	Due       bool   // it is their turn, and nothing was sent yet
	Owns      bool   // an order of the same address still gives an active right to the handbook
}

// NoticeStore is what the rules need of the database to tell owners.
type NoticeStore interface {
	// Notice returns what there is to tell of a handbook's newest edition; an Error of kind NotFound where there is no
	// such product, and ErrNoEdition.
	Notice(ctx context.Context, slug string) (Notice, error)
	// StartNotice notes whom to write to and queues the first batch; a notice that was begun is left as it is.
	StartNotice(ctx context.Context, editionID string, act Act, now time.Time) error
	// PauseNotice stops batches; those that were handed over still go out.
	PauseNotice(ctx context.Context, editionID string, act Act, now time.Time) error
	// ResumeNotice queues the next batch of a paused notice.
	ResumeNotice(ctx context.Context, editionID string, act Act, now time.Time) error
	// QueueNoticeBatch queues the mails of the next recipients and the job for those after them, unless the notice is
	// paused or has another turn.
	QueueNoticeBatch(ctx context.Context, editionID, turn string, limit int, pause time.Duration, now time.Time) error
	// NoticeRecipient returns a recipient; ErrRecipientNotFound where there is none.
	NoticeRecipient(ctx context.Context, id string) (NoticeRecipient, error)
	// NoteNoticed notes that a recipient was sent the mail, or is left out.
	NoteNoticed(ctx context.Context, id string, sent bool) error
}

// The errors of notices.
var (
	ErrNoEdition         = NewError(Conflict, "no_edition", "This handbook has no edition with files yet, so there is nothing to tell.")
	ErrRecipientNotFound = NewError(NotFound, "recipient_not_found", "Nobody of that name is told of an edition.")
	ErrFirstEdition      = NewError(Conflict, "first_edition", "This is the handbook's first edition: nobody owns an earlier one.")
	ErrNoOwners          = NewError(Conflict, "no_owners", "Nobody owns an earlier edition of this handbook, so there is nobody to tell.")
)

// AddressHash is what a notice remembers of an address: the same address gets its mail once.
func AddressHash(editionID, email string) string {
	sum := sha256.Sum256([]byte(editionID + "\x00" + strings.ToLower(email)))
	return hex.EncodeToString(sum[:])
}

// StartNotice begins to tell the owners of a handbook of its newest edition, each once.
func (s *Shop) StartNotice(ctx context.Context, by Actor, slug string) error {
	return s.changeNotice(ctx, by, slug, "notice.start", func(n Notice, act Act) error {
		switch {
		case n.State != "":
			return nil
		case n.Edition.Number == 1:
			return ErrFirstEdition
		case n.Owners == 0:
			return ErrNoOwners
		}
		act.After["owners"] = n.Owners
		return s.config.Store.StartNotice(ctx, n.Edition.ID, act, s.now())
	})
}

// PauseNotice stops telling owners until ResumeNotice. Mails that were handed over, one batch, still go out.
func (s *Shop) PauseNotice(ctx context.Context, by Actor, slug string) error {
	return s.changeNotice(ctx, by, slug, "notice.pause", func(n Notice, act Act) error {
		return s.config.Store.PauseNotice(ctx, n.Edition.ID, act, s.now())
	})
}

// ResumeNotice goes on with what PauseNotice stopped.
func (s *Shop) ResumeNotice(ctx context.Context, by Actor, slug string) error {
	return s.changeNotice(ctx, by, slug, "notice.resume", func(n Notice, act Act) error {
		return s.config.Store.ResumeNotice(ctx, n.Edition.ID, act, s.now())
	})
}

func (s *Shop) changeNotice(ctx context.Context, by Actor, slug, verb string, change func(Notice, Act) error) error {
	n, err := s.config.Store.Notice(ctx, slug)
	if err != nil {
		return err
	}
	act := Act{
		By: by, Verb: verb, Subject: Subject{Kind: "edition", ID: n.Edition.ID, Name: slug},
		Before: map[string]any{"state": n.State}, After: map[string]any{},
	}
	if err := change(n, act); err != nil {
		return err
	}
	s.config.Wake()
	return nil
}

// TestNotice sends the mail that owners would get to the member of staff who asks, at once.
func (s *Shop) TestNotice(ctx context.Context, by Actor, slug string, in Language) error {
	n, err := s.config.Store.Notice(ctx, slug)
	if err != nil {
		return err
	}
	letter, err := s.config.Mailer.Write(ctx, Mail{
		Kind: MailNewEdition, Key: "test:" + NewID(), Link: MailLink{URL: s.config.URL + "/library", To: by.Email, Language: in}, Notice: n,
	})
	if err != nil {
		return err
	}
	return s.config.Mailer.Deliver(ctx, letter)
}

// How owners are told: so many mails, then a pause, so that a mail server is not flooded and staff can stop it.
const (
	noticeBatch = 50
	noticePause = 5 * time.Second
)

// SendNoticeBatch does the work of a JobNotice.
func (s *Shop) SendNoticeBatch(ctx context.Context, j Job) error {
	err := s.config.Store.QueueNoticeBatch(ctx, j.Subject, j.Detail, noticeBatch, noticePause, s.now())
	if err == nil {
		s.config.Wake()
	}
	return err
}

// NoticeMailKey begins the key of each mail's job; the recipient's id follows.
const NoticeMailKey = "mail:new_edition:"

// sendNotice sends one owner the mail about an edition, if they still own the handbook.
func (s *Shop) sendNotice(ctx context.Context, j Job) error {
	id, _ := strings.CutPrefix(j.Key, NoticeMailKey)
	recipient, err := s.config.Store.NoticeRecipient(ctx, id)
	if errors.Is(err, ErrRecipientNotFound) {
		return nil // they were erased
	}
	if err != nil {
		return fmt.Errorf("read whom to tell: %w", err)
	}
	if !recipient.Due {
		return nil
	}
	if !recipient.Owns || AddressHash(recipient.EditionID, recipient.Email) != recipient.Hash {
		return s.config.Store.NoteNoticed(ctx, id, false)
	}
	n, err := s.config.Store.Notice(ctx, recipient.Slug)
	if err != nil {
		return err
	}
	if n.Edition.ID != recipient.EditionID { // a newer one came out meanwhile, which has a notice of its own
		return s.config.Store.NoteNoticed(ctx, id, false)
	}
	if err := s.send(ctx, Mail{
		Kind: MailNewEdition, Key: j.Key, Order: recipient.Order, Notice: n,
		Link: MailLink{URL: s.config.URL + "/library", To: recipient.Email, Language: recipient.Order.Language},
	}); err != nil {
		return err
	}
	return s.config.Store.NoteNoticed(ctx, id, true)
}
