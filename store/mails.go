package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"bookroom/shop"
)

// mailView is a mail with what is said of it elsewhere.
type mailView struct {
	ID          int64
	Key         string
	Kind        shop.MailKind
	OrderID     string
	OrderNumber string
	ToAddress   string
	Language    shop.Language
	Subject     string
	Text        string `gorm:"column:plain"`
	HTML        string
	MessageID   string
	State       shop.MailState
	Attempts    int
	Error       string
	Bounce      string
	QueuedAt    utc
	SentAt      utc
	DeliveredAt utc
	BouncedAt   utc
	ErasedAt    utc
	NextAttempt utc
}

func (r *mailView) mail() shop.MailRecord {
	return shop.MailRecord{
		ID: r.ID, Key: r.Key, Kind: r.Kind, OrderID: r.OrderID, OrderNumber: r.OrderNumber, To: r.ToAddress, Language: r.Language,
		Subject: r.Subject, Text: r.Text, HTML: r.HTML, MessageID: r.MessageID, State: r.State, Attempts: r.Attempts, Error: r.Error,
		Bounce: r.Bounce, QueuedAt: r.QueuedAt.Time, SentAt: r.SentAt.Time, DeliveredAt: r.DeliveredAt.Time, BouncedAt: r.BouncedAt.Time,
		ErasedAt: r.ErasedAt.Time, NextAttempt: r.NextAttempt.Time,
	}
}

const (
	mailColumns = `m.id, m.key, m.kind, COALESCE(m.order_id, '') AS order_id, COALESCE(o.number, '') AS order_number, m.to_address, m.language,
		m.subject, m.message_id, m.state, m.attempts, m.error, m.bounce, m.queued_at, m.sent_at, m.delivered_at, m.bounced_at, m.erased_at,
		CASE m.state WHEN 'queued' THEN j.run_at END AS next_attempt`
	mailTables = " FROM mails m LEFT JOIN orders o ON o.id = m.order_id LEFT JOIN jobs j ON j.key = m.key"
)

// logMail begins the log of a mail whose job has just been queued.
func logMail(tx *gorm.DB, j shop.Job) error {
	kind, _, _ := strings.Cut(j.Detail, " ")
	err := tx.Exec(`INSERT INTO mails (key, kind, order_id, queued_at)
		SELECT jobs.key, ?, orders.id, jobs.run_at FROM jobs LEFT JOIN orders ON orders.id = jobs.subject
		WHERE jobs.key = ? AND jobs.state = 'queued' ON CONFLICT (key) DO NOTHING`, kind, j.Key).Error
	if err != nil {
		return fmt.Errorf("log a mail: %w", err)
	}
	return nil
}

// NoteLetter notes what a mail says that is about to be sent. It is false when there is no job with that key any
// more, or the person it goes to was erased.
func (s *Store) NoteLetter(ctx context.Context, key string, m shop.MailRecord) (bool, error) {
	noted := false
	err := s.write(ctx, func(tx *gorm.DB) error {
		var orderID *string
		if m.OrderID != "" {
			orderID = &m.OrderID
		}
		done := tx.Exec(`INSERT INTO mails (key, kind, order_id, to_address, language, subject, plain, html, message_id, queued_at)
			SELECT key, ?, ?, ?, ?, ?, ?, ?, ?, run_at FROM jobs WHERE key = ?
			ON CONFLICT (key) DO UPDATE SET kind = excluded.kind, order_id = excluded.order_id, to_address = excluded.to_address,
				language = excluded.language, subject = excluded.subject, plain = excluded.plain, html = excluded.html,
				message_id = excluded.message_id
			WHERE mails.erased_at IS NULL`,
			m.Kind, orderID, strings.ToLower(m.To), m.Language, m.Subject, m.Text, m.HTML, m.MessageID, key)
		noted = done.RowsAffected > 0
		return done.Error
	})
	return noted, err
}

// endMail notes in the mail log how a job's attempt ended. What a job is done with without having put it into
// words was not due.
func endMail(tx *gorm.DB, j shop.Job, a attempt) error {
	if a.state == shop.MailSent {
		if err := tx.Exec("DELETE FROM mails WHERE key = ? AND message_id = ''", j.Key).Error; err != nil {
			return fmt.Errorf("drop a mail that was not due: %w", err)
		}
	}
	err := tx.Exec(`UPDATE mails SET attempts = ?, error = ?, sent_at = ?, state = CASE WHEN state IN ('bounced', 'complaint') THEN state ELSE ? END WHERE key = ?`,
		j.Attempts, a.cause, a.sent, a.state, j.Key).Error
	if err != nil {
		return fmt.Errorf("note what became of a mail: %w", err)
	}
	return nil
}

// Mail returns a mail with what it says; shop.ErrMailNotFound where there is none.
func (s *Store) Mail(ctx context.Context, id int64) (shop.MailRecord, error) {
	return readMail(s.reader.WithContext(ctx), "m.id = ?", id)
}

func readMail(tx *gorm.DB, where string, args ...any) (shop.MailRecord, error) {
	var rows []mailView
	if err := tx.Raw("SELECT "+mailColumns+", m.plain, m.html"+mailTables+" WHERE "+where, args...).Scan(&rows).Error; err != nil {
		return shop.MailRecord{}, fmt.Errorf("read mail: %w", err)
	}
	if len(rows) == 0 {
		return shop.MailRecord{}, shop.ErrMailNotFound
	}
	return rows[0].mail(), nil
}

// Mails returns mails of the log, newest first, without what they say.
func (s *Store) Mails(ctx context.Context, q shop.MailQuery) ([]shop.MailRecord, error) {
	var where []string
	var args []any
	narrow := func(condition string, values ...any) {
		where, args = append(where, condition), append(args, values...)
	}
	if q.Before > 0 {
		narrow("m.id < ?", q.Before)
	}
	if q.State != "" {
		narrow("m.state = ?", q.State)
	}
	if q.Kind != "" {
		narrow("m.kind = ?", q.Kind)
	}
	words := strings.ToLower(strings.TrimSpace(q.Words))
	switch {
	case words == "":
	case !isKey(words):
		return nil, nil
	case strings.HasPrefix(words, "br-"):
		narrow("m.order_id = (SELECT id FROM orders WHERE number = ?)", strings.ToUpper(words))
	default:
		narrow("m.to_address >= ? AND m.to_address < ?", words, words+"\U0010FFFF")
	}
	condition := ""
	if len(where) > 0 {
		condition = " WHERE " + strings.Join(where, " AND ")
	}
	var rows []mailView
	err := s.reader.WithContext(ctx).Raw("SELECT "+mailColumns+mailTables+condition+" ORDER BY m.id DESC LIMIT ?", append(args, q.Limit)...).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the mail log: %w", err)
	}
	mails := make([]shop.MailRecord, len(rows))
	for i := range rows {
		mails[i] = rows[i].mail()
	}
	return mails, nil
}

// MailCounts counts the mails that were queued within each of the periods, by what became of them.
func (s *Store) MailCounts(ctx context.Context, periods []shop.Period) ([]shop.MailCounts, error) {
	counts := make([]shop.MailCounts, len(periods))
	err := s.read(ctx, func(tx *gorm.DB) error {
		for i, p := range periods {
			var err error
			if counts[i], err = countMails(tx, p); err != nil {
				return fmt.Errorf("count mails: %w", err)
			}
		}
		return nil
	})
	return counts, err
}

func countMails(tx *gorm.DB, p shop.Period) (shop.MailCounts, error) {
	var rows []struct {
		State shop.MailState
		Mails int64
	}
	err := tx.Raw("SELECT state, COUNT(*) AS mails FROM mails WHERE queued_at >= ? AND queued_at < ? GROUP BY state", at(p.From), at(p.To)).Scan(&rows).Error
	by := map[shop.MailState]int64{}
	for _, row := range rows {
		by[row.State] = row.Mails
	}
	return shop.MailCounts{
		Queued: by[shop.MailQueued], Sent: by[shop.MailSent], Failed: by[shop.MailFailed],
		Bounced: by[shop.MailBounced], Complaints: by[shop.MailComplaint],
	}, err
}

// ResendMail queues a mail's job again under that key and notes the act, once for each key, and returns the new
// mail.
func (s *Store) ResendMail(ctx context.Context, id int64, key string, act shop.Act, now time.Time) (shop.MailRecord, error) {
	var again shop.MailRecord
	err := s.write(ctx, func(tx *gorm.DB) error {
		if err := s.lockText(tx, key); err != nil {
			return fmt.Errorf("lock a mail to be sent again: %w", err)
		}
		var err error
		if again, err = readMail(tx, "m.key = ?", key); !errors.Is(err, shop.ErrMailNotFound) {
			return err
		}
		var job jobRow
		found := tx.Raw("SELECT j.kind, j.subject, j.detail FROM mails m JOIN jobs j ON j.key = m.key WHERE m.id = ? AND m.erased_at IS NULL", id).Scan(&job)
		if found.Error != nil {
			return fmt.Errorf("read the job of a mail: %w", found.Error)
		}
		if found.RowsAffected == 0 || job.Kind != shop.JobMail {
			return shop.ErrNotResendable
		}
		if err := queue(tx, []shop.Job{{Kind: job.Kind, Key: key, Subject: job.Subject, Detail: job.Detail, RunAt: now}}); err != nil {
			return err
		}
		if err := s.audit(tx, act, now); err != nil {
			return err
		}
		again, err = readMail(tx, "m.key = ?", key)
		return err
	})
	return again, err
}
