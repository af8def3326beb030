package store

import (
	"context"
	"fmt"
	"sort"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"bookroom/shop"
)

type jobRow struct {
	ID       int64 `gorm:"primaryKey;autoIncrement"`
	Kind     shop.JobKind
	Key      string
	Subject  string
	Detail   string
	Attempts int
	RunAt    utc
}

// queue adds jobs in the transaction that asks for the work. A key that was ever queued is not again. Jobs that are
// mails are in the mail log from here on.
func queue(tx *gorm.DB, jobs []shop.Job) error {
	if len(jobs) == 0 {
		return nil
	}
	rows := make([]jobRow, len(jobs))
	for i, j := range jobs {
		rows[i] = jobRow{Kind: j.Kind, Key: j.Key, Subject: j.Subject, Detail: j.Detail, RunAt: at(j.RunAt)}
	}
	err := tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "key"}}, DoNothing: true}).Create(&rows).Error
	if err != nil {
		return fmt.Errorf("queue jobs: %w", err)
	}
	for _, j := range jobs {
		if j.Kind != shop.JobMail && j.Kind != shop.JobLink {
			continue
		}
		if err := logMail(tx, j); err != nil {
			return err
		}
	}
	return nil
}

// ClaimJobs hands out jobs of these kinds, or of all where none is named, that are due, longest waiting first, for
// the time of the lease: to nobody else meanwhile, and to anybody once it is over and the job was neither finished
// nor put back. RunAt of a claimed job is when its lease ends.
func (s *Store) ClaimJobs(ctx context.Context, now time.Time, limit int, lease time.Duration, kinds ...shop.JobKind) ([]shop.Job, error) {
	ofKinds, args := "", []any{at(now.Add(lease)), at(now)}
	if len(kinds) > 0 {
		ofKinds, args = "AND kind IN ?", append(args, kinds)
	}
	skipLocked := ""
	if s.dialect == PostgreSQL {
		skipLocked = "FOR UPDATE SKIP LOCKED"
	}
	var rows []jobRow
	err := s.write(ctx, func(tx *gorm.DB) error {
		err := tx.Raw(`UPDATE jobs SET attempts = attempts + 1, run_at = ? WHERE id IN (
				SELECT id FROM jobs WHERE state = 'queued' AND run_at <= ? `+ofKinds+` ORDER BY run_at, id LIMIT ? `+skipLocked+`
			) RETURNING id, kind, key, subject, detail, attempts, run_at`, append(args, limit)...).Scan(&rows).Error
		if err != nil {
			return fmt.Errorf("claim jobs: %w", err)
		}
		return nil
	})
	if err != nil {
		return nil, err // what was read of a claim that was broken off is no job
	}
	sort.Slice(rows, func(i, j int) bool { return rows[i].ID < rows[j].ID })
	jobs := make([]shop.Job, len(rows))
	for i, r := range rows {
		jobs[i] = shop.Job{ID: r.ID, Kind: r.Kind, Key: r.Key, Subject: r.Subject, Detail: r.Detail, Attempts: r.Attempts, RunAt: r.RunAt.Time}
	}
	return jobs, nil
}

// KeepJob makes the lease of a claimed job last until then; false when the job was finished or handed to another
// worker since.
func (s *Store) KeepJob(ctx context.Context, j shop.Job, until time.Time) (kept bool, err error) {
	err = s.write(ctx, func(tx *gorm.DB) error {
		done := tx.Exec("UPDATE jobs SET run_at = ? WHERE id = ? AND attempts = ? AND state = 'queued'", at(until), j.ID, j.Attempts)
		if done.Error != nil {
			return fmt.Errorf("keep a job: %w", done.Error)
		}
		kept = done.RowsAffected == 1
		return nil
	})
	return kept, err
}

// FinishJob marks a claimed job as done. Its key stays, so that the same work is not queued again.
func (s *Store) FinishJob(ctx context.Context, j shop.Job, now time.Time) error {
	return s.endClaim(ctx, j, attempt{shop.MailSent, at(now), ""}, "state = 'done', finished_at = ?", at(now))
}

// RetryJob puts a claimed job back until the given time and notes why.
func (s *Store) RetryJob(ctx context.Context, j shop.Job, runAt time.Time, cause string) error {
	return s.endClaim(ctx, j, attempt{shop.MailQueued, utc{}, cause}, "run_at = ?, cause = ?", at(runAt), cause)
}

// GiveUpJob marks a claimed job as failed for good and notes why.
func (s *Store) GiveUpJob(ctx context.Context, j shop.Job, now time.Time, cause string) error {
	return s.endClaim(ctx, j, attempt{shop.MailFailed, utc{}, cause}, "state = 'failed', finished_at = ?, cause = ?", at(now), cause)
}

// attempt is how an attempt at a job ended, as the mail log says it if the job is a mail.
type attempt struct {
	state shop.MailState
	sent  utc
	cause string
}

// endClaim changes a job whose claim is still that of the caller: attempts tells one claim from the
// next. A job that was handed to another worker since is left alone.
func (s *Store) endClaim(ctx context.Context, j shop.Job, a attempt, set string, args ...any) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		done := tx.Exec("UPDATE jobs SET "+set+" WHERE id = ? AND attempts = ? AND state = 'queued'", append(args, j.ID, j.Attempts)...)
		if done.Error != nil {
			return fmt.Errorf("end the claim of a job: %w", done.Error)
		}
		if done.RowsAffected == 0 {
			return nil
		}
		return endMail(tx, j, a)
	})
}
