package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"bookroom/shop"
)

type mailedLinkRow struct {
	ID          string `gorm:"primaryKey"`
	Purpose     shop.LinkPurpose
	Subject     string
	Language    shop.Language
	TokenHash   string
	RequestedAt utc
	ExpiresAt   utc
	UsedAt      utc
}

func (r *mailedLinkRow) link() shop.MailedLink {
	return shop.MailedLink{
		ID: r.ID, Purpose: r.Purpose, Subject: r.Subject, Language: r.Language, TokenHash: r.TokenHash,
		RequestedAt: r.RequestedAt.Time, ExpiresAt: r.ExpiresAt.Time, UsedAt: r.UsedAt.Time,
	}
}

// AskForLink keeps a link and queues the job that mails it. When that many with its purpose and subject
// were asked for since the given time, it does nothing.
func (s *Store) AskForLink(ctx context.Context, l shop.MailedLink, since time.Time, limit int) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		if err := s.lockText(tx, string(l.Purpose)+" "+l.Subject); err != nil {
			return fmt.Errorf("lock the links of a subject: %w", err)
		}
		var asked int
		err := tx.Raw("SELECT COUNT(*) FROM mailed_links WHERE purpose = ? AND subject = ? AND requested_at > ?", l.Purpose, l.Subject, at(since)).
			Scan(&asked).Error
		if err != nil {
			return fmt.Errorf("count links: %w", err)
		}
		if asked >= limit {
			return nil
		}
		row := mailedLinkRow{
			ID: l.ID, Purpose: l.Purpose, Subject: l.Subject, Language: l.Language, TokenHash: l.TokenHash,
			RequestedAt: at(l.RequestedAt), ExpiresAt: at(l.ExpiresAt),
		}
		if err := tx.Create(&row).Error; err != nil {
			return fmt.Errorf("write link: %w", err)
		}
		return queue(tx, []shop.Job{{Kind: shop.JobLink, Key: linkJob + l.ID, Subject: l.ID, Detail: string(l.Purpose.Mail()), RunAt: l.RequestedAt}})
	})
}

// MailedLink returns the link with that id; shop.ErrLinkNotFound where there is none.
func (s *Store) MailedLink(ctx context.Context, id string) (shop.MailedLink, error) {
	return readLink(s.reader.WithContext(ctx), "id = ?", id)
}

// MailedLinkByHash returns the link whose secret has that hash; shop.ErrLinkNotFound where there is none.
func (s *Store) MailedLinkByHash(ctx context.Context, purpose shop.LinkPurpose, hash string) (shop.MailedLink, error) {
	return readLink(s.reader.WithContext(ctx), "token_hash = ? AND purpose = ?", hash, purpose)
}

// UseLink uses a link up: of several at once one gets it. The others, and those who come late, get the
// error that shop.MailedLink.Usable gives.
func (s *Store) UseLink(ctx context.Context, purpose shop.LinkPurpose, hash string, now time.Time) (shop.MailedLink, error) {
	var used shop.MailedLink
	err := s.write(ctx, func(tx *gorm.DB) error {
		var err error
		used, err = useLink(tx, purpose, hash, now)
		return err
	})
	return used, err
}

func useLink(tx *gorm.DB, purpose shop.LinkPurpose, hash string, now time.Time) (shop.MailedLink, error) {
	done := tx.Exec("UPDATE mailed_links SET used_at = ? WHERE token_hash = ? AND purpose = ? AND used_at IS NULL AND expires_at > ?",
		at(now), hash, purpose, at(now))
	if done.Error != nil {
		return shop.MailedLink{}, fmt.Errorf("use link: %w", done.Error)
	}
	l, err := readLink(tx, "token_hash = ? AND purpose = ?", hash, purpose)
	if err == nil && done.RowsAffected == 0 {
		return shop.MailedLink{}, l.Usable(now)
	}
	return l, err
}

func readLink(tx *gorm.DB, where string, args ...any) (shop.MailedLink, error) {
	var rows []mailedLinkRow
	if err := tx.Where(where, args...).Limit(1).Find(&rows).Error; err != nil {
		return shop.MailedLink{}, fmt.Errorf("read link: %w", err)
	}
	if len(rows) == 0 {
		return shop.MailedLink{}, shop.ErrLinkNotFound
	}
	return rows[0].link(), nil
}

// linkJob is the key of the job that mails a link.
const linkJob = "link:"

// DeleteStaleLinks removes links that expired before the given time, with the addresses they went to, their mails
// and the jobs that sent them: no other link has their ids, so no work is done again.
func (s *Store) DeleteStaleLinks(ctx context.Context, before time.Time) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		var stale []string
		if err := tx.Raw("DELETE FROM mailed_links WHERE expires_at < ? RETURNING ? || id", at(before), linkJob).Scan(&stale).Error; err != nil {
			return fmt.Errorf("delete stale links: %w", err)
		}
		for some := range slices.Chunk(stale, 1000) {
			if err := deleteWork(tx, some); err != nil {
				return fmt.Errorf("delete the work of stale links: %w", err)
			}
		}
		return nil
	})
}

// deleteWork removes jobs and their mails by their keys.
func deleteWork(tx *gorm.DB, keys []string) error {
	for _, delete := range []string{
		"DELETE FROM mail_reports WHERE mail_id IN (SELECT id FROM mails WHERE key IN ?)", "DELETE FROM mails WHERE key IN ?", "DELETE FROM jobs WHERE key IN ?",
	} {
		if err := tx.Exec(delete, keys).Error; err != nil {
			return err
		}
	}
	return nil
}
