package shop

import (
	"context"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// Attempts to sign in are counted over attemptWindow. Those that are refused for their number do not count, so that
// the window passes for whoever waits.
const (
	attemptWindow    = 15 * time.Minute
	attemptsOfOne    = 10 // for one account: passwords and second factors apart
	attemptsOfClient = 50 // from one address: a staff room shares one
)

// The errors of signing in. The first says the same of a wrong address, a wrong password and an account that is closed.
var (
	ErrSignInFailed = NewError(Unauthorized, "sign_in_failed",
		"This address and password do not open the back office. Please check both; after several attempts there is a pause of 15 minutes.")
	ErrTooManyAttempts = NewError(TooMany, "too_many_attempts",
		"There were many attempts to sign in. Please wait 15 minutes, then the right password and code open as always.")
	ErrCodeWrong = NewError(Unauthorized, "code_wrong",
		"This code is not right, or it was used already. Please wait for the next one in your app, or use another recovery code.")
	ErrBeginAgain = NewError(Unauthorized, "begin_again", "That took longer than 10 minutes, or was begun in another browser. Please begin again.")
	ErrProveAgain = NewError(Forbidden, "prove_again", "Please show your second factor once more before this. Nothing was changed.")
)

// Factors is what somebody can show who gave the right password.
type Factors struct {
	Staff         Staff
	App           bool
	Passkey       bool
	RecoveryCodes int // how many are left
}

// halfSignedIn is what a browser keeps for us while the second factor is missing.
type halfSignedIn struct {
	StaffID string
	Stamp   string // of the password: a change of it ends this
}

const signInTicket = "sign in"

// BeginSignIn checks address and password. The ticket that it returns is good for minutes and opens nothing but the question for the
// second factor. The error is the same, after the same work, whichever half was wrong and whether or not there is such an account.
func (s *Shop) BeginSignIn(ctx context.Context, email, password string, by Client) (ticket string, err error) {
	email = truncate(strings.ToLower(strings.TrimSpace(email)), maxEmail)
	now := s.now()
	limits := []AttemptLimit{{s.accountBucket(email), attemptsOfOne}, {clientBucket(by.IP), attemptsOfClient}}
	if err := s.config.Store.CountAttempt(ctx, limits, now.Add(-attemptWindow), now); err != nil {
		return "", err
	}
	keys, err := s.config.Store.StaffKeysByEmail(ctx, email)
	if err != nil && !IsKind(err, NotFound) {
		return "", err
	}
	password = truncatePassword(password)
	matches, err := s.config.Passwords.Matches(ctx, password, keys.PasswordHash)
	if err != nil {
		return "", fmt.Errorf("check a password: %w", err)
	}
	if !matches || keys.Staff.State != StaffActive {
		return "", s.failSignIn(ctx, keys.Staff, by, ErrSignInFailed)
	}
	return s.writeTicket(signInTicket, halfSignedIn{keys.Staff.ID, stamp(keys.PasswordHash)})
}

// truncatePassword bounds the work of a hash; no password that is longer was ever taken.
func truncatePassword(password string) string { return password[:min(len(password), maxPassword+1)] }

// failSignIn notes a failure in the trail, once a window for each member of staff and once for all that nobody has, and
// returns the error to be told.
func (s *Shop) failSignIn(ctx context.Context, member Staff, by Client, why *Error) error {
	act := Act{By: Actor{Name: "somebody", IP: by.IP.String()}, Verb: "staff.sign_in_failed", Subject: member.subject(), After: map[string]any{"why": why.Code}}
	if member.ID == "" {
		act.By.IP, act.Subject.Name = truncateIP(by.IP), "no account"
	}
	now := s.now()
	if err := s.config.Store.NoteFailedSignIn(ctx, "failed:"+member.ID, act, now.Add(-attemptWindow), now); err != nil {
		return fmt.Errorf("note that somebody could not sign in: %w", err)
	}
	return why
}

// SignInFactors returns what the holder of a ticket can sign in with.
func (s *Shop) SignInFactors(ctx context.Context, ticket string) (Factors, error) {
	keys, err := s.halfSignedIn(ctx, ticket)
	return keys.factors(), err
}

func (k StaffKeys) factors() Factors {
	return Factors{k.Staff, k.TOTP != nil, len(k.Passkeys) > 0, k.RecoveryCodes}
}

func (s *Shop) halfSignedIn(ctx context.Context, ticket string) (StaffKeys, error) {
	var half halfSignedIn
	if err := s.readTicket(signInTicket, ticket, &half); err != nil {
		return StaffKeys{}, err
	}
	keys, err := s.config.Store.StaffKeys(ctx, half.StaffID)
	if err != nil {
		return StaffKeys{}, err
	}
	if keys.Staff.State != StaffActive || stamp(keys.PasswordHash) != half.Stamp {
		return StaffKeys{}, ErrBeginAgain
	}
	return keys, nil
}

// SignInWithCode ends a sign-in with a code of the app or a recovery code, and returns the secret of the new session.
func (s *Shop) SignInWithCode(ctx context.Context, ticket, code string, by Client) (token string, err error) {
	keys, err := s.halfSignedIn(ctx, ticket)
	if err != nil {
		return "", err
	}
	if err := s.countFactor(ctx, keys.Staff); err != nil {
		return "", err
	}
	factor, err := s.factorOf(keys, code)
	return s.finishSignIn(ctx, keys.Staff, factor, err, by)
}

// AskPasskeyToSignIn puts the question for a passkey to the browser of a ticket's holder.
func (s *Shop) AskPasskeyToSignIn(ctx context.Context, ticket string) (PasskeyQuestion, error) {
	keys, err := s.halfSignedIn(ctx, ticket)
	if err != nil {
		return PasskeyQuestion{}, err
	}
	return s.askPasskey(keys, "sign in "+keys.Staff.ID)
}

// SignInWithPasskey ends a sign-in with the answer to that question.
func (s *Shop) SignInWithPasskey(ctx context.Context, ticket string, a PasskeyAnswer, by Client) (token string, err error) {
	keys, err := s.halfSignedIn(ctx, ticket)
	if err != nil {
		return "", err
	}
	if err := s.countFactor(ctx, keys.Staff); err != nil {
		return "", err
	}
	factor, err := s.checkPasskey(keys, "sign in "+keys.Staff.ID, a)
	return s.finishSignIn(ctx, keys.Staff, factor, err, by)
}

// finishSignIn opens a session by a factor, if looking at it was no error.
func (s *Shop) finishSignIn(ctx context.Context, member Staff, f Factor, wrong error, by Client) (token string, err error) {
	session, token := s.newSession(member, by)
	if wrong == nil {
		act := Act{By: member.actor(by), Verb: "staff.sign_in", Subject: member.subject(), After: map[string]any{"with": f.name(), "agent": session.Agent}}
		wrong = s.config.Store.SignIn(ctx, session, f, []string{s.accountBucket(member.Email), factorBucket(member)}, act)
	}
	if IsKind(wrong, Unauthorized) {
		return "", s.failSignIn(ctx, member, by, AsError(wrong))
	}
	return token, wrong
}

// factorOf reads a code that was typed. Whether a recovery code is one of theirs the store finds when it uses it up.
func (s *Shop) factorOf(keys StaffKeys, code string) (Factor, error) {
	code = cleanCode(code)
	if !isTOTPCode(code) {
		return Factor{RecoveryHash: s.recoveryHash(keys.Staff.ID, code)}, nil
	}
	if keys.TOTP == nil {
		return Factor{}, ErrCodeWrong
	}
	secret, err := s.unseal("totp "+keys.Staff.ID, keys.TOTP)
	if err != nil {
		return Factor{}, fmt.Errorf("open the secret of an app: %w", err)
	}
	step, good := totpStep(string(secret), code, s.now(), keys.TOTPStep)
	if !good {
		return Factor{}, ErrCodeWrong
	}
	return Factor{TOTPStep: step}, nil
}

func (s *Shop) countFactor(ctx context.Context, member Staff) error {
	now := s.now()
	return s.config.Store.CountAttempt(ctx, []AttemptLimit{{factorBucket(member), attemptsOfOne}}, now.Add(-attemptWindow), now)
}

// accountBucket is the same for every way to write an address, and tells nothing of it.
func (s *Shop) accountBucket(email string) string {
	return "account:" + hex.EncodeToString(s.keyed("attempt "+email))
}

func factorBucket(member Staff) string { return "factor:" + member.ID }

// clientBucket is an IPv4 address, or the /64 of IPv6 that one client owns the whole of.
func clientBucket(ip netip.Addr) string {
	ip = ip.Unmap()
	if ip.Is6() {
		return "client:" + netip.PrefixFrom(ip, 64).Masked().String()
	}
	return "client:" + ip.String()
}

// stamp changes with the password and tells nothing of it.
func stamp(passwordHash string) string { return hashToken(passwordHash)[:16] }

// SignOut ends the session that somebody is signed in by.
func (s *Shop) SignOut(ctx context.Context, by Actor) error {
	act := Act{By: by, Verb: "staff.sign_out", Subject: by.subject()}
	return s.config.Store.EndStaffSession(ctx, by.StaffID, by.SessionID, act, s.now())
}

func (a Actor) subject() Subject { return Subject{Kind: "staff", ID: a.StaffID, Name: a.Name} }
