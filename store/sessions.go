package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"
)

type sessionRow struct {
	Token     string `gorm:"primaryKey"`
	Data      []byte
	ExpiresAt utc
}

// Session returns what is kept under a session's hashed token, as long as it has not expired.
func (s *Store) Session(ctx context.Context, token string, now time.Time) (data []byte, found bool, err error) {
	var rows []sessionRow
	err = s.reader.WithContext(ctx).Where("token = ? AND expires_at > ?", token, at(now)).Limit(1).Find(&rows).Error
	if err != nil {
		return nil, false, fmt.Errorf("read session: %w", err)
	}
	if len(rows) == 0 {
		return nil, false, nil
	}
	return rows[0].Data, true, nil
}

// KeepSession writes a session, in the place of what was kept under its token.
func (s *Store) KeepSession(ctx context.Context, token string, data []byte, expires time.Time) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		row := sessionRow{Token: token, Data: data, ExpiresAt: at(expires)}
		write := clause.OnConflict{Columns: []clause.Column{{Name: "token"}}, DoUpdates: clause.AssignmentColumns([]string{"data", "expires_at"})}
		if err := tx.Clauses(write).Create(&row).Error; err != nil {
			return fmt.Errorf("write session: %w", err)
		}
		return nil
	})
}

// EndSession removes a session. It is no error when there is none.
func (s *Store) EndSession(ctx context.Context, token string) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		if err := tx.Exec("DELETE FROM sessions WHERE token = ?", token).Error; err != nil {
			return fmt.Errorf("end session: %w", err)
		}
		return nil
	})
}

// DeleteStaleSessions removes sessions that expired before the given time.
func (s *Store) DeleteStaleSessions(ctx context.Context, before time.Time) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		if err := tx.Exec("DELETE FROM sessions WHERE expires_at < ?", at(before)).Error; err != nil {
			return fmt.Errorf("delete stale sessions: %w", err)
		}
		return nil
	})
}
