package shop

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
)

// Invitation is a link by which somebody chooses what they sign in with: the first time, or after a reset. It is good once.
type Invitation struct {
	ID        string
	Staff     Staff
	TokenHash string // SHA-256 of the secret, lower-case hex
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    time.Time // zero until used, or until another took its place
}

// NewKeys is what somebody chose who took up an invitation.
type NewKeys struct {
	PasswordHash   string
	TOTP           []byte  // sealed; nil for who chose a passkey
	TOTPStep       int64   // of the code that was shown
	Passkey        Passkey // without an id for who chose an app
	RecoveryHashes []string
}

// InvitationStore keeps invitations.
type InvitationStore interface {
	// InviteStaff keeps a new member of staff with an invitation, and queues its mail; ErrStaffExists when the address is taken.
	InviteStaff(ctx context.Context, i Invitation, mailed bool, act Act) error
	// ReinviteStaff puts an invitation in the place of earlier ones. With reset it takes away all that the member of staff signs in
	// with, ends their sessions, and makes them invited: ErrLastAdmin for the last active admin, unless the act is the shell's. Without,
	// it is ErrNotInvited for anybody who is not.
	ReinviteStaff(ctx context.Context, i Invitation, reset, mailed bool, act Act) error
	// Invitation returns an invitation by its id, InvitationByHash by the hash of its secret; ErrInvitationNotFound where there is none.
	Invitation(ctx context.Context, id string) (Invitation, error)
	InvitationByHash(ctx context.Context, hash string) (Invitation, error)
	// AcceptInvitation uses an invitation up: of several at once one gets through; the others get the error that Usable gives. It
	// makes the member of staff active with those keys and opens the session.
	AcceptInvitation(ctx context.Context, i Invitation, keys NewKeys, session StaffSession, act Act) error
}

// InvitationLife is how long an invitation is good: over a weekend.
const InvitationLife = 72 * time.Hour

// The errors of an invitation.
var (
	ErrInvitationNotFound = NewError(NotFound, "invitation_not_found", "This invitation is not complete, or not one of ours. Please use the whole link, or ask an admin for another.")
	ErrInvitationUsed     = NewError(Gone, "invitation_used", "This invitation was used already, or another took its place. Please sign in, or use the newest one.")
	ErrInvitationExpired  = NewError(Gone, "invitation_expired", "This invitation has expired: each one is good for three days. Please ask an admin for another.")
)

// Usable returns nil while the invitation can be taken up, and otherwise why it cannot.
func (i Invitation) Usable(now time.Time) error {
	switch {
	case !i.UsedAt.IsZero() || i.Staff.State != StaffInvited:
		return ErrInvitationUsed
	case !now.Before(i.ExpiresAt):
		return ErrInvitationExpired
	default:
		return nil
	}
}

// InviteStaff makes somebody a member of staff and mails them an invitation.
func (s *Shop) InviteStaff(ctx context.Context, by Actor, email, name string, role Role) (Staff, error) {
	i, err := s.invite(ctx, by, email, name, role, true)
	return i.Staff, err
}

// AddStaff does the same without a mail, and returns the invitation's address: for the shell, which may come before the mail server.
func (s *Shop) AddStaff(ctx context.Context, by Actor, email, name string, role Role) (address string, err error) {
	i, err := s.invite(ctx, by, email, name, role, false)
	return s.invitationURL(i.ID), err
}

func (s *Shop) invite(ctx context.Context, by Actor, email, name string, role Role, mailed bool) (Invitation, error) {
	now, wrong := s.now(), invalidFields{}
	email, err := CleanEmail(email)
	if err != nil {
		wrong["email"] = Say("This does not look like an e-mail address.")
	}
	name = truncate(strings.TrimSpace(name), maxStaffName)
	if name == "" {
		wrong["name"] = Say("Please write the name as others should see it.")
	}
	if !role.Known() {
		wrong["role"] = Say("Please choose one of the roles.")
	}
	if err := wrong.unchanged(); err != nil {
		return Invitation{}, err
	}
	member := Staff{ID: NewID(), Email: email, Name: name, Role: role, State: StaffInvited, CreatedAt: now, UpdatedAt: now}
	act := Act{By: by, Verb: "staff.invite", Subject: member.subject(), After: map[string]any{"role": role, "email": Personal(email)}}
	i := s.newInvitation(member)
	if err := s.config.Store.InviteStaff(ctx, i, mailed, act); err != nil {
		return Invitation{}, err
	}
	s.wakeFor(mailed)
	return i, nil
}

// The longest name of a member of staff, in bytes.
const maxStaffName = 100

func (s *Shop) newInvitation(member Staff) Invitation {
	now := s.now()
	i := Invitation{ID: NewID(), Staff: member, CreatedAt: now, ExpiresAt: now.Add(InvitationLife)}
	i.TokenHash = hashToken(s.invitationToken(i.ID))
	return i
}

func (s *Shop) wakeFor(mailed bool) {
	if mailed {
		s.config.Wake()
	}
}

// ResendInvitation mails somebody another invitation in the place of the one that they have not taken up.
func (s *Shop) ResendInvitation(ctx context.Context, by Actor, staffID string) error {
	keys, err := s.config.Store.StaffKeys(ctx, staffID)
	if err != nil {
		return err
	}
	_, err = s.reinvite(ctx, by, keys.Staff, "staff.invite_again", false, true)
	return err
}

// ResetStaff takes away what a member of staff signs in with, and mails them an invitation to choose anew.
func (s *Shop) ResetStaff(ctx context.Context, by Actor, staffID string) error {
	keys, err := s.config.Store.StaffKeys(ctx, staffID)
	if err != nil {
		return err
	}
	_, err = s.reinvite(ctx, by, keys.Staff, "staff.reset", true, true)
	return err
}

// ResetStaffByEmail does the same without a mail, and returns the invitation's address.
func (s *Shop) ResetStaffByEmail(ctx context.Context, by Actor, email string) (address string, err error) {
	keys, err := s.config.Store.StaffKeysByEmail(ctx, strings.ToLower(strings.TrimSpace(email)))
	if err != nil {
		return "", err
	}
	i, err := s.reinvite(ctx, by, keys.Staff, "staff.reset", true, false)
	return s.invitationURL(i.ID), err
}

func (s *Shop) reinvite(ctx context.Context, by Actor, member Staff, verb string, reset, mailed bool) (Invitation, error) {
	i := s.newInvitation(member)
	act := Act{By: by, Verb: verb, Subject: member.subject()}
	if err := s.config.Store.ReinviteStaff(ctx, i, reset, mailed, act); err != nil {
		return Invitation{}, err
	}
	s.wakeFor(mailed)
	return i, nil
}

// SendInvitation is the job that mails an invitation. One that cannot be taken up any more is not sent.
func (s *Shop) SendInvitation(ctx context.Context, j Job) error {
	i, err := s.config.Store.Invitation(ctx, j.Subject)
	if err != nil {
		return fmt.Errorf("read an invitation to be mailed: %w", err)
	}
	if i.Usable(s.now()) != nil {
		return nil //nolint:nilerr // why does not matter: nobody waits for it
	}
	return s.send(ctx, Mail{
		Kind: MailStaffInvitation, Key: j.Key, Link: MailLink{URL: s.invitationURL(i.ID), To: i.Staff.Email, Name: i.Staff.Name, Language: English},
	})
}

func (s *Shop) invitationURL(id string) string {
	return s.config.URL + "/staff/invitations/" + s.invitationToken(id)
}

// invitationToken is the secret of the invitation with that id: 256 bits that follow from it.
func (s *Shop) invitationToken(id string) string {
	return base64.RawURLEncoding.EncodeToString(s.keyed("invitation " + id))
}

// LookAtInvitation returns the invitation of a link that can be taken up now.
func (s *Shop) LookAtInvitation(ctx context.Context, token string) (Invitation, error) {
	i, err := s.config.Store.InvitationByHash(ctx, hashToken(token))
	if err != nil {
		return Invitation{}, err
	}
	return i, i.Usable(s.now())
}

// settingUp is what a browser keeps for us between the steps of taking up an invitation. Nothing is changed before the last one.
type settingUp struct {
	PasswordHash string
	Secret       string // of the authenticator app
}

// ChooseFirstPassword is the first step of taking up an invitation. What is wrong stands in the fields new and again.
func (s *Shop) ChooseFirstPassword(ctx context.Context, token, chosen, again string) (ticket string, err error) {
	i, err := s.LookAtInvitation(ctx, token)
	if err != nil {
		return "", err
	}
	if err := newPasswordFields(i.Staff, chosen, again).unchanged(); err != nil {
		return "", err
	}
	hash, err := s.config.Passwords.Hash(ctx, chosen)
	if err != nil {
		return "", fmt.Errorf("hash a password: %w", err)
	}
	return s.writeTicket("set up "+i.ID, settingUp{hash, newTOTPSecret()})
}

// FirstApp returns the app that somebody can set up in the second step.
func (s *Shop) FirstApp(ctx context.Context, token, ticket string) (Invitation, NewApp, error) {
	i, steps, err := s.settingUp(ctx, token, ticket)
	return i, s.newApp(ticket, steps.Secret, i.Staff.Email), err
}

func (s *Shop) settingUp(ctx context.Context, token, ticket string) (Invitation, settingUp, error) {
	i, err := s.LookAtInvitation(ctx, token)
	if err != nil {
		return Invitation{}, settingUp{}, err
	}
	var steps settingUp
	return i, steps, s.readTicket("set up "+i.ID, ticket, &steps)
}

// OfferFirstPasskey asks for a passkey in the place of an app.
func (s *Shop) OfferFirstPasskey(ctx context.Context, token, ticket string) (PasskeyQuestion, error) {
	i, _, err := s.settingUp(ctx, token, ticket)
	if err != nil {
		return PasskeyQuestion{}, err
	}
	return s.offerPasskey(StaffKeys{Staff: i.Staff}, "set up "+i.ID)
}

// AcceptWithApp is the last step: by the first code of the app. Whoever took the invitation up is signed in, and sees their recovery codes
// this once.
func (s *Shop) AcceptWithApp(ctx context.Context, token, ticket, code string, by Client) (session string, codes []string, err error) {
	i, steps, err := s.settingUp(ctx, token, ticket)
	if err != nil {
		return "", nil, err
	}
	step, err := s.firstStep(steps.Secret, code)
	if err != nil {
		return "", nil, err
	}
	keys := NewKeys{PasswordHash: steps.PasswordHash, TOTP: s.seal("totp "+i.Staff.ID, []byte(steps.Secret)), TOTPStep: step}
	return s.accept(ctx, i, keys, by, "app")
}

// AcceptWithPasskey is the same by a passkey.
func (s *Shop) AcceptWithPasskey(ctx context.Context, token, ticket string, a PasskeyAnswer, by Client) (session string, codes []string, err error) {
	i, steps, err := s.settingUp(ctx, token, ticket)
	if err != nil {
		return "", nil, err
	}
	key, err := s.takePasskey(i.Staff, "set up "+i.ID, a)
	if err != nil {
		return "", nil, err
	}
	return s.accept(ctx, i, NewKeys{PasswordHash: steps.PasswordHash, Passkey: key}, by, "passkey")
}

func (s *Shop) accept(ctx context.Context, i Invitation, keys NewKeys, by Client, with string) (token string, codes []string, err error) {
	codes, keys.RecoveryHashes = s.makeRecoveryCodes(i.Staff.ID)
	session, token := s.newSession(i.Staff, by)
	act := Act{By: i.Staff.actor(by), Verb: "staff.accept", Subject: i.Staff.subject(), After: map[string]any{"with": with}}
	return token, codes, s.config.Store.AcceptInvitation(ctx, i, keys, session, act)
}
