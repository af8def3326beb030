package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"bookroom/shop"
)

type staffRecoveryCodeRow struct {
	StaffID string `gorm:"primaryKey"`
	Hash    string `gorm:"primaryKey"`
	UsedAt  utc
}

// lockStaff reads a member of staff so that changes of them go one after the other; shop.ErrStaffNotFound where there is none.
func lockStaff(tx *gorm.DB, id string) (staffRow, error) {
	var rows []staffRow
	if err := forUpdate(tx).Where("id = ?", id).Limit(1).Find(&rows).Error; err != nil {
		return staffRow{}, fmt.Errorf("lock a member of staff: %w", err)
	}
	if len(rows) == 0 {
		return staffRow{}, shop.ErrStaffNotFound
	}
	return rows[0], nil
}

// ChangePassword keeps another hash and ends the sessions but one.
func (s *Store) ChangePassword(ctx context.Context, staffID, hash, keepSession string, act shop.Act, now time.Time) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		if _, err := activeStaff(forUpdate(tx), staffID); err != nil {
			return err
		}
		if err := tx.Exec("UPDATE staff SET password_hash = ?, updated_at = ? WHERE id = ?", hash, at(now), staffID).Error; err != nil {
			return fmt.Errorf("change a password: %w", err)
		}
		if err := endSessions(tx, staffID, keepSession, now); err != nil {
			return err
		}
		return s.audit(tx, act, now)
	})
}

// SetTOTP keeps the sealed secret of an app, whose code of that step was shown; nil takes the app away, which is shop.ErrLastFactor
// without a passkey.
func (s *Store) SetTOTP(ctx context.Context, staffID string, sealed []byte, step int64, act shop.Act, now time.Time) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		if _, err := activeStaff(forUpdate(tx), staffID); err != nil {
			return err
		}
		err := tx.Exec("UPDATE staff SET totp_secret = ?, totp_step = ?, updated_at = ? WHERE id = ?", bytesOrNull(sealed), step, at(now), staffID).Error
		if err != nil {
			return fmt.Errorf("change an app: %w", err)
		}
		if err := keepsFactor(tx, staffID); err != nil {
			return err
		}
		return s.audit(tx, act, now)
	})
}

// bytesOrNull writes nil as NULL, which SQLite's driver does with no slice.
func bytesOrNull(value []byte) any {
	if value == nil {
		return nil
	}
	return value
}

// keepsFactor is shop.ErrLastFactor for who would be left without a second factor.
func keepsFactor(tx *gorm.DB, staffID string) error {
	var left int
	err := tx.Raw(`SELECT (SELECT COUNT(*) FROM staff_passkeys WHERE staff_id = ?) + (SELECT COUNT(*) FROM staff WHERE id = ? AND totp_secret IS NOT NULL)`,
		staffID, staffID).Scan(&left).Error
	if err != nil {
		return fmt.Errorf("count second factors: %w", err)
	}
	if left == 0 {
		return shop.ErrLastFactor
	}
	return nil
}

// AddPasskey keeps a passkey of a member of staff; shop.ErrPasskeyKnown for one that is there.
func (s *Store) AddPasskey(ctx context.Context, staffID string, p shop.Passkey, act shop.Act) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		if _, err := activeStaff(forUpdate(tx), staffID); err != nil {
			return err
		}
		if err := addPasskey(tx, staffID, p); err != nil {
			return err
		}
		return s.audit(tx, act, p.CreatedAt)
	})
}

func addPasskey(tx *gorm.DB, staffID string, p shop.Passkey) error {
	err := tx.Create(&staffPasskeyRow{ID: p.ID, StaffID: staffID, Name: p.Name, Credential: p.Credential, CreatedAt: at(p.CreatedAt)}).Error
	if errors.Is(err, gorm.ErrDuplicatedKey) {
		return shop.ErrPasskeyKnown
	}
	if err != nil {
		return fmt.Errorf("write a passkey: %w", err)
	}
	return nil
}

// RemovePasskey takes a passkey away; shop.ErrLastFactor for the last one of who has no app.
func (s *Store) RemovePasskey(ctx context.Context, staffID, passkeyID string, act shop.Act, now time.Time) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		if _, err := activeStaff(forUpdate(tx), staffID); err != nil {
			return err
		}
		done := tx.Exec("DELETE FROM staff_passkeys WHERE staff_id = ? AND id = ?", staffID, passkeyID)
		if done.Error != nil {
			return fmt.Errorf("remove a passkey: %w", done.Error)
		}
		if done.RowsAffected == 0 {
			return shop.ErrPasskeyNotFound
		}
		if err := keepsFactor(tx, staffID); err != nil {
			return err
		}
		return s.audit(tx, act, now)
	})
}

// SetRecoveryCodes puts other recovery codes in the place of all.
func (s *Store) SetRecoveryCodes(ctx context.Context, staffID string, hashes []string, act shop.Act, now time.Time) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		if _, err := activeStaff(forUpdate(tx), staffID); err != nil {
			return err
		}
		if err := setRecoveryCodes(tx, staffID, hashes); err != nil {
			return err
		}
		return s.audit(tx, act, now)
	})
}

func setRecoveryCodes(tx *gorm.DB, staffID string, hashes []string) error {
	if err := tx.Exec("DELETE FROM staff_recovery_codes WHERE staff_id = ?", staffID).Error; err != nil {
		return fmt.Errorf("remove recovery codes: %w", err)
	}
	rows := make([]staffRecoveryCodeRow, len(hashes))
	for i, hash := range hashes {
		rows[i] = staffRecoveryCodeRow{StaffID: staffID, Hash: hash}
	}
	if len(rows) == 0 {
		return nil
	}
	if err := tx.Create(&rows).Error; err != nil {
		return fmt.Errorf("write recovery codes: %w", err)
	}
	return nil
}
