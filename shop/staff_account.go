package shop

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"time"
)

// AccountStore is what a member of staff changes of their own sign-in. All of it is ErrNotSignedIn for who is not active any more.
type AccountStore interface {
	// ChangePassword keeps another hash and ends the sessions but one.
	ChangePassword(ctx context.Context, staffID, hash, keepSession string, act Act, now time.Time) error
	// SetTOTP keeps the sealed secret of an app, whose code of that step was shown; nil takes the app away, which is
	// ErrLastFactor without a passkey.
	SetTOTP(ctx context.Context, staffID string, sealed []byte, step int64, act Act, now time.Time) error
	AddPasskey(ctx context.Context, staffID string, p Passkey, act Act) error
	// RemovePasskey is ErrLastFactor for the last one of who has no app.
	RemovePasskey(ctx context.Context, staffID, passkeyID string, act Act, now time.Time) error
	// SetRecoveryCodes puts other recovery codes in the place of all.
	SetRecoveryCodes(ctx context.Context, staffID string, hashes []string, act Act, now time.Time) error
}

// proofLasts is how long a second factor counts as just shown.
const proofLasts = 10 * time.Minute

// recoveryCodes is how many somebody gets.
const recoveryCodes = 10

// The errors of one's own account.
var (
	ErrLastFactor      = NewError(Conflict, "last_factor", "This is your only second factor, so it stays. Add another one first.")
	ErrPasskeyNotFound = NewError(NotFound, "passkey_not_found", "This passkey is not there any more. Nothing had to be changed.")
	ErrPasskeyKnown    = NewError(Conflict, "passkey_known", "This passkey is known already. Nothing was changed.")
)

// Proved is nil while a second factor was shown of late, and ErrProveAgain later: it is asked for before any change of
// what somebody signs in with.
func (s *Shop) Proved(by Actor) error {
	if by.SessionID == "" || s.now().Sub(by.ProvedAt) >= proofLasts {
		return ErrProveAgain
	}
	return nil
}

// OwnFactors returns what somebody signs in with.
func (s *Shop) OwnFactors(ctx context.Context, by Actor) (StaffKeys, error) {
	return s.config.Store.StaffKeys(ctx, by.StaffID)
}

// ProveByCode notes that somebody who is signed in has shown a second factor once more.
func (s *Shop) ProveByCode(ctx context.Context, by Actor, code string) error {
	keys, err := s.config.Store.StaffKeys(ctx, by.StaffID)
	if err != nil {
		return err
	}
	if err := s.countFactor(ctx, keys.Staff); err != nil {
		return err
	}
	factor, err := s.factorOf(keys, code)
	if err != nil {
		return err
	}
	return s.prove(ctx, by, keys.Staff, factor)
}

// AskPasskeyToProve and ProveByPasskey do the same with a passkey.
func (s *Shop) AskPasskeyToProve(ctx context.Context, by Actor) (PasskeyQuestion, error) {
	keys, err := s.config.Store.StaffKeys(ctx, by.StaffID)
	if err != nil {
		return PasskeyQuestion{}, err
	}
	return s.askPasskey(keys, "prove "+by.SessionID)
}

// ProveByPasskey takes the answer to AskPasskeyToProve.
func (s *Shop) ProveByPasskey(ctx context.Context, by Actor, a PasskeyAnswer) error {
	keys, err := s.config.Store.StaffKeys(ctx, by.StaffID)
	if err != nil {
		return err
	}
	if err := s.countFactor(ctx, keys.Staff); err != nil {
		return err
	}
	factor, err := s.checkPasskey(keys, "prove "+by.SessionID, a)
	if err != nil {
		return err
	}
	return s.prove(ctx, by, keys.Staff, factor)
}

func (s *Shop) prove(ctx context.Context, by Actor, member Staff, f Factor) error {
	act := Act{By: by, Verb: "staff.prove", Subject: by.subject(), After: map[string]any{"with": f.name()}}
	return s.config.Store.Prove(ctx, by, f, []string{factorBucket(member)}, act, s.now())
}

// EndOwnSession ends one of somebody's own sessions, EndOtherSessions all but the one that they are using.
func (s *Shop) EndOwnSession(ctx context.Context, by Actor, sessionID string) error {
	act := Act{By: by, Verb: "staff.end_session", Subject: by.subject()}
	return s.config.Store.EndStaffSession(ctx, by.StaffID, sessionID, act, s.now())
}

// EndOtherSessions ends all of somebody's own sessions but the one that they are using.
func (s *Shop) EndOtherSessions(ctx context.Context, by Actor) error {
	act := Act{By: by, Verb: "staff.end_sessions", Subject: by.subject()}
	return s.config.Store.EndStaffSessions(ctx, by.StaffID, by.SessionID, act, s.now())
}

// ChangePassword changes somebody's own password and ends their other sessions. What is wrong stands in the fields old, new and again.
func (s *Shop) ChangePassword(ctx context.Context, by Actor, old, chosen, again string) error {
	if err := s.Proved(by); err != nil {
		return err
	}
	keys, err := s.config.Store.StaffKeys(ctx, by.StaffID)
	if err != nil {
		return err
	}
	now := s.now()
	if err := s.config.Store.CountAttempt(ctx, []AttemptLimit{{s.accountBucket(keys.Staff.Email), attemptsOfOne}}, now.Add(-attemptWindow), now); err != nil {
		return err
	}
	matches, err := s.config.Passwords.Matches(ctx, truncatePassword(old), keys.PasswordHash)
	if err != nil {
		return fmt.Errorf("check a password: %w", err)
	}
	wrong := newPasswordFields(keys.Staff, chosen, again)
	if !matches {
		wrong["old"] = Say("This is not your present password.")
	}
	if err := wrong.unchanged(); err != nil {
		return err
	}
	hash, err := s.config.Passwords.Hash(ctx, chosen)
	if err != nil {
		return fmt.Errorf("hash a password: %w", err)
	}
	return s.config.Store.ChangePassword(ctx, by.StaffID, hash, by.SessionID, Act{By: by, Verb: "staff.change_password", Subject: by.subject()}, now)
}

// newPasswordFields says what is wrong with a new password that was typed twice.
func newPasswordFields(of Staff, chosen, again string) invalidFields {
	wrong := invalidFields{}
	if sentence := checkPassword(chosen, of); sentence.Format != "" {
		wrong["new"] = sentence
	} else if chosen != again {
		wrong["again"] = Say("This differs from the first. Please type the same password twice.")
	}
	return wrong
}

// unchanged is what err is, of a form that orders nothing.
func (f invalidFields) unchanged() error {
	if len(f) == 0 {
		return nil
	}
	e := NewError(Invalid, "invalid_input", "Please check the marked fields. Nothing was changed.")
	e.Fields = f
	return e
}

// NewApp is the secret of an authenticator app that nothing knows yet.
type NewApp struct {
	Ticket  string // comes back with the first code
	Secret  string // to be typed
	Address string // to be read by the app from a picture
}

// OfferApp makes up the secret of an app for somebody who is signed in.
func (s *Shop) OfferApp(by Actor) (NewApp, error) {
	if err := s.Proved(by); err != nil {
		return NewApp{}, err
	}
	secret := newTOTPSecret()
	ticket, err := s.writeTicket("app "+by.SessionID, secret)
	return s.newApp(ticket, secret, by.Email), err
}

// App returns what OfferApp made up, from its ticket.
func (s *Shop) App(by Actor, ticket string) (NewApp, error) {
	var secret string
	err := s.readTicket("app "+by.SessionID, ticket, &secret)
	return s.newApp(ticket, secret, by.Email), err
}

func (s *Shop) newApp(ticket, secret, email string) NewApp {
	return NewApp{ticket, secret, totpAddress(secret, email, "Bookroom staff")}
}

// ChangeApp keeps the app of a ticket in the place of another, once it shows the right code.
func (s *Shop) ChangeApp(ctx context.Context, by Actor, ticket, code string) error {
	if err := s.Proved(by); err != nil {
		return err
	}
	app, err := s.App(by, ticket)
	if err != nil {
		return err
	}
	step, err := s.firstStep(app.Secret, code)
	if err != nil {
		return err
	}
	act := Act{By: by, Verb: "staff.change_app", Subject: by.subject()}
	return s.config.Store.SetTOTP(ctx, by.StaffID, s.seal("totp "+by.StaffID, []byte(app.Secret)), step, act, s.now())
}

// firstStep holds the first code of a new app against its secret.
func (s *Shop) firstStep(secret, code string) (int64, error) {
	step, good := totpStep(secret, cleanCode(code), s.now(), 0)
	if !good {
		return 0, invalidFields{"code": Say("This is not the code that the app should show now. Is the clock of the phone right?")}.unchanged()
	}
	return step, nil
}

// RemoveApp takes the authenticator app away from who has a passkey.
func (s *Shop) RemoveApp(ctx context.Context, by Actor) error {
	if err := s.Proved(by); err != nil {
		return err
	}
	return s.config.Store.SetTOTP(ctx, by.StaffID, nil, 0, Act{By: by, Verb: "staff.remove_app", Subject: by.subject()}, s.now())
}

// OfferPasskey asks the browser of somebody who is signed in for a new passkey.
func (s *Shop) OfferPasskey(ctx context.Context, by Actor) (PasskeyQuestion, error) {
	if err := s.Proved(by); err != nil {
		return PasskeyQuestion{}, err
	}
	keys, err := s.config.Store.StaffKeys(ctx, by.StaffID)
	if err != nil {
		return PasskeyQuestion{}, err
	}
	return s.offerPasskey(keys, "add "+by.SessionID)
}

// AddPasskey keeps what the browser answered.
func (s *Shop) AddPasskey(ctx context.Context, by Actor, a PasskeyAnswer) error {
	if err := s.Proved(by); err != nil {
		return err
	}
	keys, err := s.config.Store.StaffKeys(ctx, by.StaffID)
	if err != nil {
		return err
	}
	key, err := s.takePasskey(keys.Staff, "add "+by.SessionID, a)
	if err != nil {
		return err
	}
	return s.config.Store.AddPasskey(ctx, by.StaffID, key, Act{By: by, Verb: "staff.add_passkey", Subject: by.subject(), After: map[string]any{"passkey": key.Name}})
}

// RemovePasskey takes a passkey away.
func (s *Shop) RemovePasskey(ctx context.Context, by Actor, passkeyID string) error {
	if err := s.Proved(by); err != nil {
		return err
	}
	keys, err := s.config.Store.StaffKeys(ctx, by.StaffID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(keys.Passkeys, func(p Passkey) bool { return p.ID == passkeyID })
	if i < 0 {
		return ErrPasskeyNotFound
	}
	act := Act{By: by, Verb: "staff.remove_passkey", Subject: by.subject(), Before: map[string]any{"passkey": keys.Passkeys[i].Name}}
	return s.config.Store.RemovePasskey(ctx, by.StaffID, passkeyID, act, s.now())
}

// NewRecoveryCodes puts other recovery codes in the place of all. They are shown this once.
func (s *Shop) NewRecoveryCodes(ctx context.Context, by Actor) (codes []string, err error) {
	if err := s.Proved(by); err != nil {
		return nil, err
	}
	codes, hashes := s.makeRecoveryCodes(by.StaffID)
	act := Act{By: by, Verb: "staff.new_recovery_codes", Subject: by.subject()}
	return codes, s.config.Store.SetRecoveryCodes(ctx, by.StaffID, hashes, act, s.now())
}

func (s *Shop) makeRecoveryCodes(staffID string) (codes, hashes []string) {
	for range recoveryCodes {
		code := rand.Text()[:12] // 60 bits
		codes = append(codes, code[:4]+"-"+code[4:8]+"-"+code[8:])
		hashes = append(hashes, s.recoveryHash(staffID, code))
	}
	return codes, hashes
}

// recoveryHash is what is kept of a recovery code. Without the shop's secret nobody can try codes against it.
func (s *Shop) recoveryHash(staffID, code string) string {
	return hex.EncodeToString(s.keyed("recovery code " + staffID + " " + code))
}
