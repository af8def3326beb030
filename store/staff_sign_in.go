package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"bookroom/shop"
)

type staffPasskeyRow struct {
	ID         string `gorm:"primaryKey"`
	StaffID    string
	Name       string
	Credential []byte
	CreatedAt  utc `gorm:"autoCreateTime:false"`
	LastUsedAt utc
}

func (r *staffPasskeyRow) passkey() shop.Passkey {
	return shop.Passkey{ID: r.ID, Name: r.Name, Credential: r.Credential, CreatedAt: r.CreatedAt.Time, LastUsedAt: r.LastUsedAt.Time}
}

type staffAttemptRow struct {
	ID     string `gorm:"primaryKey"`
	Bucket string
	At     utc
}

// StaffKeys returns what a member of staff signs in with; shop.ErrStaffNotFound where there is none.
func (s *Store) StaffKeys(ctx context.Context, id string) (shop.StaffKeys, error) {
	return s.staffKeys(ctx, "id = ?", id)
}

// StaffKeysByEmail does the same by the address.
func (s *Store) StaffKeysByEmail(ctx context.Context, email string) (shop.StaffKeys, error) {
	return s.staffKeys(ctx, "email = ?", email)
}

func (s *Store) staffKeys(ctx context.Context, where, key string) (shop.StaffKeys, error) {
	if !isKey(key) {
		return shop.StaffKeys{}, shop.ErrStaffNotFound
	}
	var keys shop.StaffKeys
	err := s.read(ctx, func(tx *gorm.DB) error {
		var row staffRow // stays empty for nobody, who is asked for as much as anybody: the time does not tell who is there
		if err := tx.Where(where, key).Limit(1).Find(&row).Error; err != nil {
			return fmt.Errorf("read a member of staff: %w", err)
		}
		keys = shop.StaffKeys{Staff: row.staff(), PasswordHash: row.PasswordHash, TOTP: row.TOTPSecret, TOTPStep: row.TOTPStep}
		var passkeys []staffPasskeyRow
		if err := tx.Where("staff_id = ?", row.ID).Order("created_at, id").Find(&passkeys).Error; err != nil {
			return fmt.Errorf("read passkeys: %w", err)
		}
		for i := range passkeys {
			keys.Passkeys = append(keys.Passkeys, passkeys[i].passkey())
		}
		err := tx.Raw("SELECT COUNT(*) FROM staff_recovery_codes WHERE staff_id = ? AND used_at IS NULL", row.ID).Scan(&keys.RecoveryCodes).Error
		if err != nil {
			return fmt.Errorf("count recovery codes: %w", err)
		}
		if row.ID == "" {
			return shop.ErrStaffNotFound
		}
		return nil
	})
	return keys, err
}

// CountAttempt notes an attempt in each of the buckets, or in none and returns shop.ErrTooManyAttempts when one of them has its most
// since the given time already.
func (s *Store) CountAttempt(ctx context.Context, limits []shop.AttemptLimit, since, now time.Time) error {
	limits = slices.SortedFunc(slices.Values(limits), func(a, b shop.AttemptLimit) int { return cmp.Compare(a.Bucket, b.Bucket) })
	return s.write(ctx, func(tx *gorm.DB) error {
		for _, limit := range limits { // in the order of their names, so that nobody waits for whom they block
			before, err := s.countAttempt(tx, limit.Bucket, since, now)
			if err != nil {
				return err
			}
			if before >= limit.Most {
				return shop.ErrTooManyAttempts
			}
		}
		return nil
	})
}

// countAttempt notes an attempt in a bucket and returns how many were made there before it since the given time.
func (s *Store) countAttempt(tx *gorm.DB, bucket string, since, now time.Time) (before int, err error) {
	if err := s.lockText(tx, bucket); err != nil {
		return 0, fmt.Errorf("lock attempts: %w", err)
	}
	if err := tx.Raw("SELECT COUNT(*) FROM staff_attempts WHERE bucket = ? AND at > ?", bucket, at(since)).Scan(&before).Error; err != nil {
		return 0, fmt.Errorf("count attempts: %w", err)
	}
	if err := tx.Create(&staffAttemptRow{ID: shop.NewID(), Bucket: bucket, At: at(now)}).Error; err != nil {
		return 0, fmt.Errorf("note an attempt: %w", err)
	}
	return before, nil
}

// DeleteStaleAttempts removes attempts to sign in that were made before the given time.
func (s *Store) DeleteStaleAttempts(ctx context.Context, before time.Time) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		if err := tx.Exec("DELETE FROM staff_attempts WHERE at < ?", at(before)).Error; err != nil {
			return fmt.Errorf("delete stale attempts: %w", err)
		}
		return nil
	})
}

// DeleteStaleSignIns removes sessions and invitations of staff that ran out before the given time.
func (s *Store) DeleteStaleSignIns(ctx context.Context, before time.Time) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		for _, table := range []string{"staff_sessions", "staff_invitations"} {
			if err := tx.Exec("DELETE FROM "+table+" WHERE expires_at < ?", at(before)).Error; err != nil {
				return fmt.Errorf("delete stale rows of %s: %w", table, err)
			}
		}
		return nil
	})
}

// NoteFailedSignIn adds an act to the trail, unless one in the same bucket was added since the given time. It writes as much either way,
// so that the time it takes does not tell which.
func (s *Store) NoteFailedSignIn(ctx context.Context, bucket string, act shop.Act, since, now time.Time) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		before, err := s.countAttempt(tx, bucket, since, now)
		if err != nil || before > 0 {
			return err
		}
		return s.audit(tx, act, now)
	})
}

// SignIn notes a factor, so that it is good once, opens the session, and forgets the attempts in the buckets. It is
// shop.ErrCodeWrong, or shop.ErrPasskeyRefused, when the factor is not there or was used, and shop.ErrNotSignedIn for who is not active.
func (s *Store) SignIn(ctx context.Context, session shop.StaffSession, f shop.Factor, buckets []string, act shop.Act) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		if _, err := activeStaff(forUpdate(tx), session.Staff.ID); err != nil {
			return err
		}
		if err := useFactor(tx, session.Staff.ID, f, buckets, session.CreatedAt); err != nil {
			return err
		}
		return s.openSession(tx, session, act)
	})
}

// Prove notes a factor as SignIn does, for a session that is open.
func (s *Store) Prove(ctx context.Context, by shop.Actor, f shop.Factor, buckets []string, act shop.Act, now time.Time) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		if err := useFactor(tx, by.StaffID, f, buckets, now); err != nil {
			return err
		}
		done := tx.Exec("UPDATE staff_sessions SET proved_at = ? WHERE id = ? AND ended_at IS NULL", at(now), by.SessionID)
		if done.Error != nil {
			return fmt.Errorf("note a second factor: %w", done.Error)
		}
		if done.RowsAffected == 0 {
			return shop.ErrNotSignedIn
		}
		return s.audit(tx, act, now)
	})
}

// useFactor uses a factor up by one conditional update: of two at once one gets through.
func useFactor(tx *gorm.DB, staffID string, f shop.Factor, buckets []string, now time.Time) error {
	var done *gorm.DB
	refused := shop.ErrCodeWrong
	switch {
	case f.TOTPStep != 0:
		done = tx.Exec("UPDATE staff SET totp_step = ? WHERE id = ? AND totp_secret IS NOT NULL AND totp_step < ?", f.TOTPStep, staffID, f.TOTPStep)
	case f.RecoveryHash != "":
		done = tx.Exec("UPDATE staff_recovery_codes SET used_at = ? WHERE staff_id = ? AND hash = ? AND used_at IS NULL", at(now), staffID, f.RecoveryHash)
	default:
		refused = shop.ErrPasskeyRefused
		done = tx.Exec(`UPDATE staff_passkeys SET credential = ?, last_used_at = ? WHERE staff_id = ? AND id = ? AND (last_used_at IS NULL OR last_used_at < ?)`,
			f.Passkey.Credential, at(now), staffID, f.Passkey.ID, at(f.Asked))
	}
	if done.Error != nil {
		return fmt.Errorf("use a second factor: %w", done.Error)
	}
	if done.RowsAffected == 0 {
		return refused
	}
	if err := tx.Exec("DELETE FROM staff_attempts WHERE bucket IN ?", buckets).Error; err != nil {
		return fmt.Errorf("forget attempts: %w", err)
	}
	return nil
}
