package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"bookroom/shop"
)

// adminLock makes changes of who is an admin go one after the other, so that the last one stays.
const adminLock = "staff admins"

// SetRole gives a member of staff another role; shop.ErrStaffChanged when they do not have the one that is named any more, and
// shop.ErrLastAdmin for the last active admin.
func (s *Store) SetRole(ctx context.Context, staffID string, from, to shop.Role, act shop.Act, now time.Time) error {
	return s.changeStaff(ctx, act, now, func(tx *gorm.DB) *gorm.DB {
		return tx.Exec("UPDATE staff SET role = ?, updated_at = ? WHERE id = ? AND role = ?", to, at(now), staffID, from)
	})
}

// SetStaffState does the same with the state. Who is not active any more has no open session.
func (s *Store) SetStaffState(ctx context.Context, staffID string, from, to shop.StaffState, act shop.Act, now time.Time) error {
	return s.changeStaff(ctx, act, now, func(tx *gorm.DB) *gorm.DB {
		done := tx.Exec("UPDATE staff SET state = ?, updated_at = ? WHERE id = ? AND state = ?", to, at(now), staffID, from)
		if done.Error == nil && to != shop.StaffActive {
			done.Error = endSessions(tx, staffID, "", now)
		}
		return done
	})
}

func (s *Store) changeStaff(ctx context.Context, act shop.Act, now time.Time, change func(*gorm.DB) *gorm.DB) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		if err := s.lockText(tx, adminLock); err != nil {
			return fmt.Errorf("lock admins: %w", err)
		}
		before, err := activeAdmins(tx)
		if err != nil {
			return err
		}
		done := change(tx)
		if done.Error != nil {
			return fmt.Errorf("change a member of staff: %w", done.Error)
		}
		if done.RowsAffected == 0 {
			return shop.ErrStaffChanged
		}
		after, err := activeAdmins(tx)
		if err != nil {
			return err
		}
		if before > 0 && after == 0 {
			return shop.ErrLastAdmin
		}
		return s.audit(tx, act, now)
	})
}

func activeAdmins(tx *gorm.DB) (int, error) {
	var admins int
	if err := tx.Raw("SELECT COUNT(*) FROM staff WHERE role = 'admin' AND state = 'active'").Scan(&admins).Error; err != nil {
		return 0, fmt.Errorf("count admins: %w", err)
	}
	return admins, nil
}

// memberRow is a member of staff with what is counted of them.
type memberRow struct {
	Row           staffRow `gorm:"embedded"`
	App           bool
	Passkeys      int
	RecoveryCodes int
	Sessions      int
	SeenAt        utc
	InvitedUntil  utc
}

const membersQuery = `SELECT s.*, s.totp_secret IS NOT NULL AS app,
	(SELECT COUNT(*) FROM staff_passkeys p WHERE p.staff_id = s.id) AS passkeys,
	(SELECT COUNT(*) FROM staff_recovery_codes r WHERE r.staff_id = s.id AND r.used_at IS NULL) AS recovery_codes,
	(SELECT COUNT(*) FROM staff_sessions o WHERE o.staff_id = s.id AND o.ended_at IS NULL AND o.expires_at > @now AND o.last_seen_at > @idle) AS sessions,
	(SELECT MAX(o.last_seen_at) FROM staff_sessions o WHERE o.staff_id = s.id) AS seen_at,
	(SELECT MAX(i.expires_at) FROM staff_invitations i WHERE i.staff_id = s.id AND i.used_at IS NULL AND i.expires_at > @now) AS invited_until
	FROM staff s`

// Members returns all members of staff by name.
func (s *Store) Members(ctx context.Context, now time.Time) ([]shop.Member, error) {
	return s.members(ctx, membersQuery+" ORDER BY s.name, s.id", "", now)
}

// Member returns one; shop.ErrStaffNotFound where there is none.
func (s *Store) Member(ctx context.Context, id string, now time.Time) (shop.Member, error) {
	if !isKey(id) {
		return shop.Member{}, shop.ErrStaffNotFound
	}
	members, err := s.members(ctx, membersQuery+" WHERE s.id = @id", id, now)
	if err != nil {
		return shop.Member{}, err
	}
	if len(members) == 0 {
		return shop.Member{}, shop.ErrStaffNotFound
	}
	return members[0], nil
}

func (s *Store) members(ctx context.Context, query, id string, now time.Time) ([]shop.Member, error) {
	var rows []memberRow
	args := map[string]any{"now": at(now), "idle": at(now.Add(-shop.StaffSessionIdle)), "id": id}
	if err := s.reader.WithContext(ctx).Raw(query, args).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read members of staff: %w", err)
	}
	members := make([]shop.Member, len(rows))
	for i := range rows {
		r := &rows[i]
		members[i] = shop.Member{
			Staff: r.Row.staff(), App: r.App, Passkeys: r.Passkeys, RecoveryCodes: r.RecoveryCodes, Sessions: r.Sessions,
			LastSeenAt: r.SeenAt.Time, InvitedUntil: r.InvitedUntil.Time,
		}
	}
	return members, nil
}
