package shop

import (
	"context"
	"time"
)

// Member is a member of staff as admins see them.
type Member struct {
	Staff
	App           bool
	Passkeys      int
	RecoveryCodes int       // how many are left
	Sessions      int       // open ones
	LastSeenAt    time.Time // zero for who was never there
	InvitedUntil  time.Time // of an invitation that can be taken up; zero where there is none
}

// MemberStore is what admins change of members of staff.
type MemberStore interface {
	AddStaff(ctx context.Context, member Staff, passwordHash string, act Act) error
	// SetRole gives a member of staff another role, and is ErrStaffChanged when they do not have the one that is named any more;
	// ErrLastAdmin for the last active admin.
	SetRole(ctx context.Context, staffID string, from, to Role, act Act, now time.Time) error
	// SetStaffState does the same with the state. Who is not active any more has no open session.
	SetStaffState(ctx context.Context, staffID string, from, to StaffState, act Act, now time.Time) error
}

// The errors of managing staff.
var (
	ErrLastAdmin     = NewError(Conflict, "last_admin", "This is the last admin who can sign in, so that stays. Make somebody else an admin first.")
	ErrStaffChanged  = NewError(Conflict, "staff_changed", "Somebody else changed this a moment ago. Nothing was changed by you; please look again.")
	ErrStaffDisabled = NewError(Conflict, "staff_disabled", "This person is kept from signing in, and a reset would let them in again. Nothing was changed.")
	ErrNotInvited    = NewError(Conflict, "not_invited", "This person is not waiting for an invitation. Nothing was sent.")
)

// Shell is who acts from the command line of the server.
func Shell() Actor { return Actor{Name: "the shell", Role: RoleAdmin} }

// ChangeRole gives a member of staff another role, from one that was seen.
func (s *Shop) ChangeRole(ctx context.Context, by Actor, staffID string, from, to Role) error {
	keys, err := s.config.Store.StaffKeys(ctx, staffID)
	if err != nil {
		return err
	}
	if !to.Known() {
		return invalidFields{"role": Say("Please choose one of the roles.")}.unchanged()
	}
	if from == to {
		return nil
	}
	act := Act{By: by, Verb: "staff.change_role", Subject: keys.Staff.subject(), Before: map[string]any{"role": from}, After: map[string]any{"role": to}}
	return s.config.Store.SetRole(ctx, staffID, from, to, act, s.now())
}

// DisableStaff keeps a member of staff from signing in, and ends what they are signed in by; their tokens rest.
func (s *Shop) DisableStaff(ctx context.Context, by Actor, staffID string) error {
	return s.setState(ctx, by, "staff.disable", staffID, StaffDisabled)
}

// EnableStaff lets a member of staff sign in again who was kept from it: with what they had, or by a new invitation where they had
// not taken up theirs.
func (s *Shop) EnableStaff(ctx context.Context, by Actor, staffID string) error {
	return s.setState(ctx, by, "staff.enable", staffID, StaffActive)
}

func (s *Shop) setState(ctx context.Context, by Actor, verb, staffID string, to StaffState) error {
	keys, err := s.config.Store.StaffKeys(ctx, staffID)
	if err != nil {
		return err
	}
	from := keys.Staff.State
	if to == StaffActive && keys.PasswordHash == "" {
		to = StaffInvited
	}
	if from == to {
		return nil
	}
	act := Act{By: by, Verb: verb, Subject: keys.Staff.subject(), Before: map[string]any{"state": from}, After: map[string]any{"state": to}}
	return s.config.Store.SetStaffState(ctx, staffID, from, to, act, s.now())
}

// EndSessionsOf signs a member of staff out everywhere.
func (s *Shop) EndSessionsOf(ctx context.Context, by Actor, staffID string) error {
	keys, err := s.config.Store.StaffKeys(ctx, staffID)
	if err != nil {
		return err
	}
	act := Act{By: by, Verb: "staff.end_sessions", Subject: keys.Staff.subject()}
	return s.config.Store.EndStaffSessions(ctx, staffID, "", act, s.now())
}
