package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"bookroom/shop"
)

type staffInvitationRow struct {
	ID        string `gorm:"primaryKey"`
	StaffID   string
	TokenHash string
	CreatedAt utc `gorm:"autoCreateTime:false"`
	ExpiresAt utc
	UsedAt    utc
}

// InviteStaff keeps a new member of staff with an invitation, and queues its mail; shop.ErrStaffExists when the address is taken.
func (s *Store) InviteStaff(ctx context.Context, i shop.Invitation, mailed bool, act shop.Act) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		if err := addStaff(tx, i.Staff, ""); err != nil {
			return err
		}
		if err := invite(tx, i, mailed); err != nil {
			return err
		}
		return s.audit(tx, act, i.CreatedAt)
	})
}

func addStaff(tx *gorm.DB, member shop.Staff, passwordHash string) error {
	row := staffRow{
		ID: member.ID, Email: member.Email, Name: member.Name, Role: member.Role, State: member.State, PasswordHash: passwordHash,
		CreatedAt: at(member.CreatedAt), UpdatedAt: at(member.UpdatedAt),
	}
	err := tx.Omit("TOTPSecret").Create(&row).Error // so that it is NULL; see bytesOrNull
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return shop.ErrStaffExists
	}
	if err != nil {
		return fmt.Errorf("write a member of staff: %w", err)
	}
	return nil
}

// invite puts an invitation in the place of earlier ones.
func invite(tx *gorm.DB, i shop.Invitation, mailed bool) error {
	if err := tx.Exec("UPDATE staff_invitations SET used_at = ? WHERE staff_id = ? AND used_at IS NULL", at(i.CreatedAt), i.Staff.ID).Error; err != nil {
		return fmt.Errorf("end earlier invitations: %w", err)
	}
	row := staffInvitationRow{ID: i.ID, StaffID: i.Staff.ID, TokenHash: i.TokenHash, CreatedAt: at(i.CreatedAt), ExpiresAt: at(i.ExpiresAt)}
	if err := tx.Create(&row).Error; err != nil {
		return fmt.Errorf("write an invitation: %w", err)
	}
	if !mailed {
		return nil
	}
	return queue(tx, []shop.Job{{Kind: shop.JobInvitation, Key: "invitation:" + i.ID, Subject: i.ID, RunAt: i.CreatedAt}})
}

// ReinviteStaff puts an invitation in the place of earlier ones. With reset it takes away all that the member of staff signs in with,
// ends their sessions, revokes their tokens, and makes them invited: shop.ErrLastAdmin for the last active admin and shop.ErrStaffDisabled
// for who is kept from signing in, unless the act is the shell's. Without, it is shop.ErrNotInvited for anybody who is not.
func (s *Store) ReinviteStaff(ctx context.Context, i shop.Invitation, reset, mailed bool, act shop.Act) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		if err := s.lockText(tx, adminLock); err != nil {
			return fmt.Errorf("lock admins: %w", err)
		}
		row, err := lockStaff(tx, i.Staff.ID)
		if err != nil {
			return err
		}
		switch {
		case reset:
			err = resetStaff(tx, row, act.By.StaffID == "", i.CreatedAt)
		case row.State != shop.StaffInvited:
			err = shop.ErrNotInvited
		}
		if err != nil {
			return err
		}
		if err := invite(tx, i, mailed); err != nil {
			return err
		}
		return s.audit(tx, act, i.CreatedAt)
	})
}

func resetStaff(tx *gorm.DB, row staffRow, shell bool, now time.Time) error {
	if row.State == shop.StaffDisabled && !shell {
		return shop.ErrStaffDisabled // an invitation would let them in again
	}
	admins, err := activeAdmins(tx)
	if err != nil {
		return err
	}
	if row.Role == shop.RoleAdmin && row.State == shop.StaffActive && admins == 1 && !shell {
		return shop.ErrLastAdmin
	}
	err = tx.Exec("UPDATE staff SET state = 'invited', password_hash = '', totp_secret = NULL, totp_step = 0, updated_at = ? WHERE id = ?", at(now), row.ID).Error
	if err != nil {
		return fmt.Errorf("reset a member of staff: %w", err)
	}
	if err := tx.Exec("DELETE FROM staff_passkeys WHERE staff_id = ?", row.ID).Error; err != nil {
		return fmt.Errorf("remove passkeys: %w", err)
	}
	if err := setRecoveryCodes(tx, row.ID, nil); err != nil {
		return err
	}
	if err := tx.Exec("UPDATE api_tokens SET revoked_at = ? WHERE staff_id = ? AND revoked_at IS NULL", at(now), row.ID).Error; err != nil {
		return fmt.Errorf("revoke tokens: %w", err)
	}
	return endSessions(tx, row.ID, "", now)
}

// Invitation returns an invitation by its id; shop.ErrInvitationNotFound where there is none.
func (s *Store) Invitation(ctx context.Context, id string) (shop.Invitation, error) {
	return readInvitation(s.reader.WithContext(ctx), "id = ?", id)
}

// InvitationByHash does the same by the hash of its secret.
func (s *Store) InvitationByHash(ctx context.Context, hash string) (shop.Invitation, error) {
	return readInvitation(s.reader.WithContext(ctx), "token_hash = ?", hash)
}

func readInvitation(tx *gorm.DB, where, key string) (shop.Invitation, error) {
	var rows []staffInvitationRow
	if err := tx.Where(where, key).Limit(1).Find(&rows).Error; err != nil {
		return shop.Invitation{}, fmt.Errorf("read an invitation: %w", err)
	}
	if len(rows) == 0 {
		return shop.Invitation{}, shop.ErrInvitationNotFound
	}
	r := &rows[0]
	var member staffRow
	if err := tx.Where("id = ?", r.StaffID).Take(&member).Error; err != nil {
		return shop.Invitation{}, fmt.Errorf("read who is invited: %w", err)
	}
	return shop.Invitation{
		ID: r.ID, Staff: member.staff(), TokenHash: r.TokenHash, CreatedAt: r.CreatedAt.Time, ExpiresAt: r.ExpiresAt.Time, UsedAt: r.UsedAt.Time,
	}, nil
}

// AcceptInvitation uses an invitation up: of several at once one gets through; the others get the error that shop.Invitation.Usable
// gives. It makes the member of staff active with those keys and opens the session.
func (s *Store) AcceptInvitation(ctx context.Context, i shop.Invitation, keys shop.NewKeys, session shop.StaffSession, act shop.Act) error {
	now := session.CreatedAt
	return s.write(ctx, func(tx *gorm.DB) error {
		if _, err := lockStaff(tx, i.Staff.ID); err != nil {
			return err
		}
		present, err := readInvitation(tx, "id = ?", i.ID)
		if err != nil {
			return err
		}
		if err := present.Usable(now); err != nil {
			return err
		}
		if err := tx.Exec("UPDATE staff_invitations SET used_at = ? WHERE id = ?", at(now), i.ID).Error; err != nil {
			return fmt.Errorf("use an invitation: %w", err)
		}
		err = tx.Exec("UPDATE staff SET state = 'active', password_hash = ?, totp_secret = ?, totp_step = ?, updated_at = ? WHERE id = ?",
			keys.PasswordHash, bytesOrNull(keys.TOTP), keys.TOTPStep, at(now), i.Staff.ID).Error
		if err != nil {
			return fmt.Errorf("let a member of staff in: %w", err)
		}
		if keys.Passkey.ID != "" {
			if err := addPasskey(tx, i.Staff.ID, keys.Passkey); err != nil {
				return err
			}
		}
		if err := setRecoveryCodes(tx, i.Staff.ID, keys.RecoveryHashes); err != nil {
			return err
		}
		return s.openSession(tx, session, act)
	})
}
