package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"bookroom/shop"
)

type staffRow struct {
	ID           string `gorm:"primaryKey"`
	Email        string
	Name         string
	Role         shop.Role
	State        shop.StaffState
	PasswordHash string
	TOTPSecret   []byte `gorm:"column:totp_secret"`
	TOTPStep     int64  `gorm:"column:totp_step"`
	CreatedAt    utc    `gorm:"autoCreateTime:false"`
	UpdatedAt    utc    `gorm:"autoUpdateTime:false"`
}

func (staffRow) TableName() string { return "staff" }

func (r *staffRow) staff() shop.Staff {
	return shop.Staff{
		ID: r.ID, Email: r.Email, Name: r.Name, Role: r.Role, State: r.State, CreatedAt: r.CreatedAt.Time, UpdatedAt: r.UpdatedAt.Time,
	}
}

type staffSessionRow struct {
	ID         string `gorm:"primaryKey"`
	StaffID    string
	TokenHash  string
	Agent      string
	IP         string
	CreatedAt  utc `gorm:"autoCreateTime:false"`
	LastSeenAt utc
	ProvedAt   utc
	ExpiresAt  utc
	EndedAt    utc
}

func (r *staffSessionRow) session(member shop.Staff) shop.StaffSession {
	return shop.StaffSession{
		ID: r.ID, Staff: member, TokenHash: r.TokenHash, Agent: r.Agent, IP: r.IP,
		CreatedAt: r.CreatedAt.Time, LastSeenAt: r.LastSeenAt.Time, ProvedAt: r.ProvedAt.Time, ExpiresAt: r.ExpiresAt.Time,
	}
}

type apiTokenRow struct {
	ID         string `gorm:"primaryKey"`
	StaffID    string
	Name       string
	TokenHash  string
	Scopes     []shop.Permission `gorm:"serializer:json"`
	CreatedAt  utc               `gorm:"autoCreateTime:false"`
	ExpiresAt  utc
	LastUsedAt utc
	RevokedAt  utc
}

func (apiTokenRow) TableName() string { return "api_tokens" }

func (r *apiTokenRow) token(member shop.Staff) shop.APIToken {
	return shop.APIToken{
		ID: r.ID, Staff: member, Name: r.Name, TokenHash: r.TokenHash, Scopes: r.Scopes,
		CreatedAt: r.CreatedAt.Time, ExpiresAt: r.ExpiresAt.Time, LastUsedAt: r.LastUsedAt.Time, RevokedAt: r.RevokedAt.Time,
	}
}

// seenEvery is how exactly the last use of a session or token is known.
const seenEvery = time.Minute

// OpenStaffSession keeps a session of an active member of staff; shop.ErrNotSignedIn for any other.
func (s *Store) OpenStaffSession(ctx context.Context, session shop.StaffSession, act shop.Act) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		if _, err := activeStaff(tx, session.Staff.ID); err != nil {
			return err
		}
		return s.openSession(tx, session, act)
	})
}

func (s *Store) openSession(tx *gorm.DB, session shop.StaffSession, act shop.Act) error {
	row := staffSessionRow{
		ID: session.ID, StaffID: session.Staff.ID, TokenHash: session.TokenHash, Agent: session.Agent, IP: session.IP,
		CreatedAt: at(session.CreatedAt), LastSeenAt: at(session.LastSeenAt), ProvedAt: at(session.ProvedAt), ExpiresAt: at(session.ExpiresAt),
	}
	if err := tx.Create(&row).Error; err != nil {
		return fmt.Errorf("write a staff session: %w", err)
	}
	return s.audit(tx, act, session.CreatedAt)
}

// StaffSessions returns the open sessions of a member of staff, the one seen last first.
func (s *Store) StaffSessions(ctx context.Context, staffID string, now time.Time) ([]shop.StaffSession, error) {
	var rows []staffSessionRow
	err := openSessions(s.reader.WithContext(ctx), now).Where("staff_id = ?", staffID).Order("last_seen_at DESC, id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the sessions of a member of staff: %w", err)
	}
	sessions := make([]shop.StaffSession, len(rows))
	for i := range rows {
		sessions[i] = rows[i].session(shop.Staff{ID: staffID})
	}
	return sessions, nil
}

// openSessions narrows staff_sessions to those that can be used.
func openSessions(tx *gorm.DB, now time.Time) *gorm.DB {
	return tx.Where("ended_at IS NULL AND expires_at > ? AND last_seen_at > ?", at(now), at(now.Add(-shop.StaffSessionIdle)))
}

// EndStaffSession ends one open session of a member of staff; shop.ErrSessionNotFound where there is none.
func (s *Store) EndStaffSession(ctx context.Context, staffID, sessionID string, act shop.Act, now time.Time) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		done := tx.Exec("UPDATE staff_sessions SET ended_at = ? WHERE id = ? AND staff_id = ? AND ended_at IS NULL", at(now), sessionID, staffID)
		if done.Error != nil {
			return fmt.Errorf("end a staff session: %w", done.Error)
		}
		if done.RowsAffected == 0 {
			return shop.ErrSessionNotFound
		}
		return s.audit(tx, act, now)
	})
}

// EndStaffSessions ends all sessions of a member of staff, but for the one to be kept, if any is named.
func (s *Store) EndStaffSessions(ctx context.Context, staffID, keep string, act shop.Act, now time.Time) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		if err := endSessions(tx, staffID, keep, now); err != nil {
			return err
		}
		return s.audit(tx, act, now)
	})
}

func endSessions(tx *gorm.DB, staffID, keep string, now time.Time) error {
	err := tx.Exec("UPDATE staff_sessions SET ended_at = ? WHERE staff_id = ? AND id <> ? AND ended_at IS NULL", at(now), staffID, keep).Error
	if err != nil {
		return fmt.Errorf("end staff sessions: %w", err)
	}
	return nil
}

// StaffSession returns the session of a hashed token, if it is open, was seen of late, and its member of staff is active, and
// notes that it was seen; shop.ErrNotSignedIn otherwise.
func (s *Store) StaffSession(ctx context.Context, tokenHash string, now time.Time) (shop.StaffSession, error) {
	db := s.reader.WithContext(ctx)
	var rows []staffSessionRow
	err := openSessions(db, now).Where("token_hash = ?", tokenHash).Limit(1).Find(&rows).Error
	if err != nil {
		return shop.StaffSession{}, fmt.Errorf("read a staff session: %w", err)
	}
	if len(rows) == 0 {
		return shop.StaffSession{}, shop.ErrNotSignedIn
	}
	member, err := activeStaff(db, rows[0].StaffID)
	if err != nil {
		return shop.StaffSession{}, err
	}
	if now.Sub(rows[0].LastSeenAt.Time) > seenEvery {
		if err := s.noteSeen(ctx, "UPDATE staff_sessions SET last_seen_at = ? WHERE id = ?", at(now), rows[0].ID); err != nil {
			return shop.StaffSession{}, err
		}
	}
	return rows[0].session(member), nil
}

// APIToken returns the token of a hash, if it is good and its member of staff is active, and notes that it was
// used; shop.ErrNoToken otherwise.
func (s *Store) APIToken(ctx context.Context, tokenHash string, now time.Time) (shop.APIToken, error) {
	db := s.reader.WithContext(ctx)
	var rows []apiTokenRow
	err := db.Where("token_hash = ? AND revoked_at IS NULL AND expires_at > ?", tokenHash, at(now)).Limit(1).Find(&rows).Error
	if err != nil {
		return shop.APIToken{}, fmt.Errorf("read a token: %w", err)
	}
	if len(rows) == 0 {
		return shop.APIToken{}, shop.ErrNoToken
	}
	member, err := activeStaff(db, rows[0].StaffID)
	if shop.IsKind(err, shop.Unauthorized) {
		return shop.APIToken{}, shop.ErrNoToken
	}
	if err != nil {
		return shop.APIToken{}, err
	}
	if now.Sub(rows[0].LastUsedAt.Time) > seenEvery {
		if err := s.noteSeen(ctx, "UPDATE api_tokens SET last_used_at = ? WHERE id = ?", at(now), rows[0].ID); err != nil {
			return shop.APIToken{}, err
		}
	}
	return rows[0].token(member), nil
}

func (s *Store) noteSeen(ctx context.Context, statement string, args ...any) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		if err := tx.Exec(statement, args...).Error; err != nil {
			return fmt.Errorf("note a sign of life: %w", err)
		}
		return nil
	})
}

// activeStaff returns a member of staff who may sign in; shop.ErrNotSignedIn for any other.
func activeStaff(tx *gorm.DB, id string) (shop.Staff, error) {
	var rows []staffRow
	if err := tx.Where("id = ? AND state = 'active'", id).Limit(1).Find(&rows).Error; err != nil {
		return shop.Staff{}, fmt.Errorf("read a member of staff: %w", err)
	}
	if len(rows) == 0 {
		return shop.Staff{}, shop.ErrNotSignedIn
	}
	return rows[0].staff(), nil
}

// AddStaff keeps a new member of staff. It is an Error of kind Conflict when the address is taken.
func (s *Store) AddStaff(ctx context.Context, member shop.Staff, passwordHash string, act shop.Act) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		if err := addStaff(tx, member, passwordHash); err != nil {
			return err
		}
		return s.audit(tx, act, member.CreatedAt)
	})
}

// AddToken keeps a new token of an active member of staff; shop.ErrNotSignedIn for any other.
func (s *Store) AddToken(ctx context.Context, t shop.APIToken, act shop.Act) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		if _, err := activeStaff(forUpdate(tx), t.Staff.ID); err != nil {
			return err
		}
		row := apiTokenRow{
			ID: t.ID, StaffID: t.Staff.ID, Name: t.Name, TokenHash: t.TokenHash, Scopes: t.Scopes, CreatedAt: at(t.CreatedAt), ExpiresAt: at(t.ExpiresAt),
		}
		if err := tx.Create(&row).Error; err != nil {
			return fmt.Errorf("write a token: %w", err)
		}
		return s.audit(tx, act, t.CreatedAt)
	})
}

// APITokens returns the tokens that a member of staff made, the newest first.
func (s *Store) APITokens(ctx context.Context, staffID string) ([]shop.APIToken, error) {
	return s.tokens(ctx, func(tx *gorm.DB) *gorm.DB { return tx.Where("staff_id = ?", staffID) })
}

// AllTokens returns the tokens of all members of staff, the newest first.
func (s *Store) AllTokens(ctx context.Context) ([]shop.APIToken, error) {
	return s.tokens(ctx, func(tx *gorm.DB) *gorm.DB { return tx })
}

func (s *Store) tokens(ctx context.Context, of func(*gorm.DB) *gorm.DB) ([]shop.APIToken, error) {
	var tokens []shop.APIToken
	err := s.read(ctx, func(tx *gorm.DB) error {
		var rows []apiTokenRow
		if err := of(tx).Order("id DESC").Find(&rows).Error; err != nil {
			return fmt.Errorf("read tokens: %w", err)
		}
		var members []staffRow
		if err := tx.Find(&members).Error; err != nil { // a school's staff is a handful
			return fmt.Errorf("read whose tokens they are: %w", err)
		}
		byID := map[string]shop.Staff{}
		for i := range members {
			byID[members[i].ID] = members[i].staff()
		}
		for i := range rows {
			tokens = append(tokens, rows[i].token(byID[rows[i].StaffID]))
		}
		return nil
	})
	return tokens, err
}

// RevokeToken ends a token; shop.ErrTokenNotFound where the member of staff has no such one that is not revoked.
func (s *Store) RevokeToken(ctx context.Context, staffID, tokenID string, act shop.Act, now time.Time) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		done := tx.Exec("UPDATE api_tokens SET revoked_at = ? WHERE id = ? AND staff_id = ? AND revoked_at IS NULL", at(now), tokenID, staffID)
		if done.Error != nil {
			return fmt.Errorf("revoke a token: %w", done.Error)
		}
		if done.RowsAffected == 0 {
			return shop.ErrTokenNotFound
		}
		return s.audit(tx, act, now)
	})
}
