package shop

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"time"
)

// LinkPurpose says what a link by mail is good for.
type LinkPurpose string

// The purposes of a link by mail.
const (
	LinkLibrary LinkPurpose = "library" // opens all orders of an e-mail address
	LinkDevice  LinkPurpose = "device"  // makes a device known to an order
)

// Mail is the message that brings a link.
func (p LinkPurpose) Mail() MailKind {
	if p == LinkDevice {
		return MailDeviceLink
	}
	return MailLibraryLink
}

// MailedLink is a link that goes out by mail, is good for a while, and once. The secret in it is derived
// from its id, so that a mail that is sent twice holds the same one; the store knows the secret's hash.
type MailedLink struct {
	ID          string
	Purpose     LinkPurpose
	Subject     string // LinkLibrary: an e-mail address; LinkDevice: an order's id
	Language    Language
	TokenHash   string // SHA-256 of the secret, lower-case hex
	RequestedAt time.Time
	ExpiresAt   time.Time
	UsedAt      time.Time // zero until used
}

// LinkStore keeps links that go out by mail.
type LinkStore interface {
	// AskForLink keeps a link and queues the job that mails it. When that many with its purpose and
	// subject were asked for since the given time, it does nothing.
	AskForLink(ctx context.Context, l MailedLink, since time.Time, limit int) error
	// MailedLink returns a link by its id, MailedLinkByHash by the hash of its secret; ErrLinkNotFound
	// where there is none.
	MailedLink(ctx context.Context, id string) (MailedLink, error)
	MailedLinkByHash(ctx context.Context, purpose LinkPurpose, hash string) (MailedLink, error)
	// UseLink uses a link up. Of several at once one gets it; the others, and those who come late, get
	// the error that Usable gives.
	UseLink(ctx context.Context, purpose LinkPurpose, hash string, now time.Time) (MailedLink, error)
	// HasOrders reports whether the library of that address would hold anything.
	HasOrders(ctx context.Context, email string) (bool, error)
}

// LinkLife is how long a link by mail is good, and the time in which one address, or one order, gets at most
// linksAtOnce of them: so whoever gets no more has one that still opens.
const (
	LinkLife    = 30 * time.Minute
	linksAtOnce = 3
)

// The errors of a link that opens nothing.
var (
	ErrLinkNotFound = NewError(NotFound, "link_not_found",
		"This link is not complete, or it is too old for us to know it. Please use the whole link from the newest mail, or ask for a new one.")
	ErrLinkUsed = NewError(Gone, "link_used",
		"This link was used already: each one opens once. Please ask for a new one; it takes a minute.")
	ErrLinkExpired = NewError(Gone, "link_expired",
		"This link has expired: each one is good for 30 minutes. Please ask for a new one; it takes a minute.")
)

// Usable returns nil while the link opens something, and otherwise why it does not.
func (l MailedLink) Usable(now time.Time) error {
	switch {
	case !l.UsedAt.IsZero():
		return ErrLinkUsed
	case !now.Before(l.ExpiresAt):
		return ErrLinkExpired
	default:
		return nil
	}
}

func (l MailedLink) isGood(now time.Time) bool { return l.Usable(now) == nil }

// askForLink has a link mailed, unless enough of them went out of late. Nobody is told which.
func (s *Shop) askForLink(ctx context.Context, purpose LinkPurpose, subject string, in Language) error {
	now := s.now()
	l := MailedLink{ID: NewID(), Purpose: purpose, Subject: subject, Language: in.Known(), RequestedAt: now, ExpiresAt: now.Add(LinkLife)}
	l.TokenHash = hashToken(s.linkToken(l.ID))
	if err := s.config.Store.AskForLink(ctx, l, now.Add(-LinkLife), linksAtOnce); err != nil {
		return fmt.Errorf("ask for a link to a %s: %w", purpose, err)
	}
	s.config.Wake()
	return nil
}

// lookAtLink returns the link of that secret if it can be used now.
func (s *Shop) lookAtLink(ctx context.Context, purpose LinkPurpose, token string) (MailedLink, error) {
	l, err := s.config.Store.MailedLinkByHash(ctx, purpose, hashToken(token))
	if err != nil {
		return MailedLink{}, err
	}
	return l, l.Usable(s.now())
}

// SendLink is the job that mails a link. One that has expired meanwhile is not sent, nor is one to an
// address that never ordered anything or was erased.
func (s *Shop) SendLink(ctx context.Context, j Job) error {
	l, err := s.config.Store.MailedLink(ctx, j.Subject)
	switch {
	case IsKind(err, NotFound):
		return nil // it was so old that it was cleared away
	case err != nil:
		return fmt.Errorf("read a link to be mailed: %w", err)
	case !l.isGood(s.now()), IsErased(l.Subject):
		return nil
	}
	mail := Mail{Kind: l.Purpose.Mail(), Key: j.Key, Link: MailLink{To: l.Subject, Language: l.Language}}
	if l.Purpose == LinkDevice {
		return s.sendDeviceLink(ctx, l, mail)
	}
	known, err := s.config.Store.HasOrders(ctx, l.Subject)
	if err != nil || !known {
		return err
	}
	mail.Link.URL = s.config.URL + "/library/enter/" + s.linkToken(l.ID)
	return s.send(ctx, mail)
}

// linkToken is the secret of the link with that id: 256 bits that follow from it.
func (s *Shop) linkToken(id string) string {
	h := hmac.New(sha256.New, s.config.Secret)
	h.Write([]byte("mailed link\x00" + id))
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// hashToken is what the store knows of a secret.
func hashToken(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
