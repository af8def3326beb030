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

// StaffStore is what signing in needs of the database.
type StaffStore interface {
	// OpenStaffSession keeps a session of an active member of staff.
	OpenStaffSession(ctx context.Context, session StaffSession) error
	// StaffSession returns the session of that hashed token, if it is open at that moment and its member of staff
	// is active, and notes that it was seen; ErrNotSignedIn otherwise.
	StaffSession(ctx context.Context, tokenHash string, now time.Time) (StaffSession, error)
	// APIToken does the same for a token of the API.
	APIToken(ctx context.Context, tokenHash string, now time.Time) (APIToken, error)
	// AddStaff keeps a new member of staff; ErrStaffExists when the address is taken.
	AddStaff(ctx context.Context, member Staff, passwordHash string, act Act) error
	// AddToken keeps a new token of the API.
	AddToken(ctx context.Context, t APIToken, act Act) error
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
)

// ErrStaffExists answers a second member of staff under one address.
var ErrStaffExists = NewError(Conflict, "staff_exists", "Somebody with this e-mail address is among the staff already. Nothing was changed.")

// OpenStaffSession signs a member of staff in who has proved to be it, and returns the secret of the session's cookie.
func (s *Shop) OpenStaffSession(ctx context.Context, member Staff, by Client) (token string, err error) {
	now, token := s.now(), NewSecret()
	return token, s.config.Store.OpenStaffSession(ctx, StaffSession{
		ID: NewID(), Staff: member, TokenHash: hashToken(token), Agent: truncate(by.Agent, 200), IP: by.IP.String(),
		CreatedAt: now, LastSeenAt: now, ExpiresAt: now.Add(StaffSessionLife),
	})
}

// StaffActor returns who a session's secret belongs to; ErrNotSignedIn where there is no such session any more.
func (s *Shop) StaffActor(ctx context.Context, token string, by Client) (Actor, error) {
	session, err := s.config.Store.StaffSession(ctx, hashToken(token), s.now())
	if err != nil {
		return Actor{}, err
	}
	return session.Staff.actor(by), nil
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
