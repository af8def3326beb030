package shop

import (
	"context"
	"slices"
	"strings"
	"time"
)

// TokenStore keeps tokens of the API.
type TokenStore interface {
	// APIToken returns the token of that hash, if it is good at that moment and its member of staff is active, and notes that it was
	// used; ErrNoToken otherwise.
	APIToken(ctx context.Context, tokenHash string, now time.Time) (APIToken, error)
	// AddToken keeps a new token of an active member of staff; ErrNotSignedIn for any other.
	AddToken(ctx context.Context, t APIToken, act Act) error
	// APITokens returns the tokens that a member of staff made, the newest first.
	APITokens(ctx context.Context, staffID string) ([]APIToken, error)
	// AllTokens returns the tokens of all members of staff, the newest first.
	AllTokens(ctx context.Context) ([]APIToken, error)
	// RevokeToken ends a token; ErrTokenNotFound where the member of staff has no such one that is good.
	RevokeToken(ctx context.Context, staffID, tokenID string, act Act, now time.Time) error
}

// TokenPrefix begins every token, so that programs which look for leaked secrets know one.
const TokenPrefix = "brk_"

// LongestToken is the longest life of a token: a year.
const LongestToken = 366 * 24 * time.Hour

// ErrTokenNotFound answers a token that cannot be revoked.
var ErrTokenNotFound = NewError(NotFound, "token_not_found", "This token is not there, or was revoked already. Nothing had to be changed.")

// State says whether a token is good at a moment.
func (t APIToken) State(now time.Time) string {
	switch {
	case !t.RevokedAt.IsZero():
		return "revoked"
	case !now.Before(t.ExpiresAt):
		return "expired"
	default:
		return "good"
	}
}

// MakeToken makes a token in somebody's own name, within what their role may do, that ends at the given time. Its secret is shown this
// once. What is wrong stands in the fields name, scopes and expires.
func (s *Shop) MakeToken(ctx context.Context, by Actor, name string, scopes []Permission, expires time.Time) (t APIToken, secret string, err error) {
	if err := s.Proved(by); err != nil {
		return APIToken{}, "", err
	}
	now, wrong := s.now(), invalidFields{}
	name = truncate(strings.TrimSpace(name), maxKeyName)
	if name == "" {
		wrong["name"] = Say("Please say what the token is for, so that you know it again.")
	}
	if len(scopes) == 0 || slices.ContainsFunc(scopes, func(p Permission) bool { return !by.May(p) }) {
		wrong["scopes"] = Say("Please choose one at least, of those that your role has.")
	}
	if !expires.After(now) || expires.Sub(now) > LongestToken {
		wrong["expires"] = Say("Please choose a day from tomorrow on and within a year.")
	}
	if err := wrong.unchanged(); err != nil {
		return APIToken{}, "", err
	}
	secret = TokenPrefix + NewSecret() + NewSecret()
	t = APIToken{
		ID: NewID(), Staff: Staff{ID: by.StaffID}, Name: name, TokenHash: hashToken(secret), Scopes: scopes, CreatedAt: now,
		ExpiresAt: expires.UTC().Truncate(time.Microsecond),
	}
	act := Act{By: by, Verb: "token.add", Subject: t.subject(), After: map[string]any{"scopes": scopes, "expires": t.ExpiresAt.Format(time.DateOnly)}}
	return t, secret, s.config.Store.AddToken(ctx, t, act)
}

// TokensFor returns the tokens that somebody looks after: an admin those of all, others their own.
func (s *Shop) TokensFor(ctx context.Context, by Actor) ([]APIToken, error) {
	if by.May(ManageStaff) {
		return s.config.Store.AllTokens(ctx)
	}
	return s.config.Store.APITokens(ctx, by.StaffID)
}

// RevokeToken ends one of the tokens that somebody looks after.
func (s *Shop) RevokeToken(ctx context.Context, by Actor, tokenID string) error {
	tokens, err := s.TokensFor(ctx, by)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(tokens, func(t APIToken) bool { return t.ID == tokenID })
	if i < 0 {
		return ErrTokenNotFound
	}
	return s.config.Store.RevokeToken(ctx, tokens[i].Staff.ID, tokenID, Act{By: by, Verb: "token.revoke", Subject: tokens[i].subject()}, s.now())
}

func (t APIToken) subject() Subject { return Subject{Kind: "token", ID: t.ID, Name: t.Name} }
