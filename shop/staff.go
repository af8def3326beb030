package shop

import (
	"context"
	"strings"
	"time"
)

// Staff is somebody who signs in to the back office.
type Staff struct {
	ID        string
	Email     string // lower case
	Name      string
	Role      Role
	State     StaffState
	CreatedAt time.Time
	UpdatedAt time.Time
}

// StaffState says whether somebody can sign in.
type StaffState string

// The states of a member of staff.
const (
	StaffInvited  StaffState = "invited" // has not taken up the invitation yet
	StaffActive   StaffState = "active"
	StaffDisabled StaffState = "disabled"
)

// StaffSession is one sign-in, on one device.
type StaffSession struct {
	ID         string
	Staff      Staff
	TokenHash  string // SHA-256 of the cookie's value, lower-case hex
	Agent      string
	IP         string
	CreatedAt  time.Time
	LastSeenAt time.Time
	ProvedAt   time.Time // when the second factor was shown last
	ExpiresAt  time.Time
}

// APIToken lets a program act in the name of the member of staff who made it, within its scopes.
type APIToken struct {
	ID         string
	Staff      Staff
	Name       string
	TokenHash  string // SHA-256 of the token, lower-case hex
	Scopes     []Permission
	CreatedAt  time.Time
	ExpiresAt  time.Time
	LastUsedAt time.Time // zero until used; at most a minute old
	RevokedAt  time.Time // zero while it is good
}

// StaffKeys is what a member of staff signs in with.
type StaffKeys struct {
	Staff         Staff
	PasswordHash  string
	TOTP          []byte // sealed secret of the authenticator app; nil where there is none
	TOTPStep      int64  // the last step whose code was used
	Passkeys      []Passkey
	RecoveryCodes int // how many are left
}

// Factor is a second factor that was shown. The store notes it, so that it is good once. It is of one kind.
type Factor struct {
	TOTPStep     int64
	RecoveryHash string
	Passkey      Passkey
	Asked        time.Time // of a passkey: when the question was put. A question from before its last use is not good any more.
}

// name is what the audit trail calls it.
func (f Factor) name() string {
	switch {
	case f.TOTPStep != 0:
		return "app"
	case f.RecoveryHash != "":
		return "recovery code"
	default:
		return "passkey"
	}
}

// AttemptLimit bounds the attempts that are counted together.
type AttemptLimit struct {
	Bucket string
	Most   int
}

// StaffStore is what signing in needs of the database.
type StaffStore interface {
	// StaffKeys returns what a member of staff signs in with, StaffKeysByEmail by address; ErrStaffNotFound where
	// there is none.
	StaffKeys(ctx context.Context, id string) (StaffKeys, error)
	StaffKeysByEmail(ctx context.Context, email string) (StaffKeys, error)
	// CountAttempt notes an attempt in each of the buckets, or in none and returns ErrTooManyAttempts when one of them has its most since
	// the given time already.
	CountAttempt(ctx context.Context, limits []AttemptLimit, since, now time.Time) error
	// NoteFailedSignIn adds an act to the trail, unless one in the same bucket was added since the given time. It writes as much either
	// way, so that the time it takes does not tell which.
	NoteFailedSignIn(ctx context.Context, bucket string, act Act, since, now time.Time) error
	// SignIn notes a factor, so that it is good once, opens the session, and forgets the attempts in the buckets. It is
	// ErrCodeWrong, or ErrPasskeyRefused, when the factor is not there or was used, and ErrNotSignedIn when its member of staff is not
	// active any more.
	SignIn(ctx context.Context, session StaffSession, f Factor, buckets []string, act Act) error
	// Prove notes a factor as SignIn does, for a session that is open.
	Prove(ctx context.Context, by Actor, f Factor, buckets []string, act Act, now time.Time) error
	// OpenStaffSession keeps a session of an active member of staff.
	OpenStaffSession(ctx context.Context, session StaffSession, act Act) error
	// StaffSession returns the session of that hashed token, if it is open at that moment and its member of staff
	// is active, and notes that it was seen; ErrNotSignedIn otherwise.
	StaffSession(ctx context.Context, tokenHash string, now time.Time) (StaffSession, error)
	// EndStaffSession ends one open session of a member of staff; ErrSessionNotFound where there is none.
	EndStaffSession(ctx context.Context, staffID, sessionID string, act Act, now time.Time) error
	// EndStaffSessions ends all of them, but for the one to be kept, if any is named.
	EndStaffSessions(ctx context.Context, staffID, keep string, act Act, now time.Time) error

	AccountStore
	MemberStore
	InvitationStore
	TokenStore
}

// How long a sign-in lasts: a working day, if it is used, and never longer than a week.
const (
	StaffSessionIdle = 10 * time.Hour
	StaffSessionLife = 7 * 24 * time.Hour
)

// The errors of who is nobody, as far as we can tell.
var (
	ErrNotSignedIn = NewError(Unauthorized, "not_signed_in", "Please sign in first. Nothing was changed.")
	ErrNoToken     = NewError(Unauthorized, "token_required",
		"This needs a token of the back office: send it as “Authorization: Bearer …”. The one that was sent, if any, is unknown, expired or revoked.")
	ErrStaffNotFound   = NewError(NotFound, "staff_not_found", "Nobody of the staff has this address or number. Nothing was changed.")
	ErrSessionNotFound = NewError(NotFound, "session_not_found", "This sign-in has ended already. Nothing had to be changed.")
)

// ErrStaffExists answers a second member of staff under one address.
var ErrStaffExists = NewError(Conflict, "staff_exists", "Somebody with this e-mail address is among the staff already. Nothing was changed.")

// OpenStaffSession signs a member of staff in who has proved to be it, and returns the secret of the session's cookie.
func (s *Shop) OpenStaffSession(ctx context.Context, member Staff, by Client) (token string, err error) {
	session, token := s.newSession(member, by)
	return token, s.config.Store.OpenStaffSession(ctx, session, Act{By: member.actor(by), Verb: "staff.sign_in", Subject: member.subject()})
}

func (s *Shop) newSession(member Staff, by Client) (session StaffSession, token string) {
	now, token := s.now(), NewSecret()
	return StaffSession{
		ID: NewID(), Staff: member, TokenHash: hashToken(token), Agent: truncate(by.Agent, 200), IP: by.IP.String(),
		CreatedAt: now, LastSeenAt: now, ProvedAt: now, ExpiresAt: now.Add(StaffSessionLife),
	}, token
}

// StaffActor returns who a session's secret belongs to; ErrNotSignedIn where there is no such session any more.
func (s *Shop) StaffActor(ctx context.Context, token string, by Client) (Actor, error) {
	session, err := s.config.Store.StaffSession(ctx, hashToken(token), s.now())
	if err != nil {
		return Actor{}, err
	}
	actor := session.Staff.actor(by)
	actor.SessionID, actor.ProvedAt = session.ID, session.ProvedAt
	return actor, nil
}

// TokenActor returns who a token of the API acts for; ErrNoToken for any text that is none.
func (s *Shop) TokenActor(ctx context.Context, authorization string, by Client) (Actor, error) {
	secret, ok := strings.CutPrefix(authorization, "Bearer ")
	if !ok {
		return Actor{}, ErrNoToken
	}
	token, err := s.config.Store.APIToken(ctx, hashToken(secret), s.now())
	if err != nil {
		return Actor{}, err
	}
	actor := token.Staff.actor(by)
	actor.TokenID, actor.Scopes = token.ID, token.Scopes
	return actor, nil
}

func (m Staff) actor(by Client) Actor {
	return Actor{StaffID: m.ID, Name: m.Name, Email: m.Email, Role: m.Role, IP: by.IP.String()}
}

func (m Staff) subject() Subject { return Subject{Kind: "staff", ID: m.ID, Name: m.Name} }
