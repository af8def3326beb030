package jobs

import (
	"context"
	"time"

	"bookroom/shop"
)

// Queue keeps the jobs. It is used by several goroutines and by several processes at once.
type Queue interface {
	// ClaimJobs takes up to limit jobs of these kinds that are due at now, earliest first, and counts the attempt.
	// Nobody else gets them until the lease has passed; then they are due again. No kinds are all kinds.
	ClaimJobs(ctx context.Context, now time.Time, limit int, lease time.Duration, kinds ...shop.JobKind) ([]shop.Job, error)
	// KeepJob makes the lease of a claimed job last until then; false when the job is not the caller's any more.
	KeepJob(ctx context.Context, job shop.Job, until time.Time) (bool, error)
	// FinishJob ends a claimed job. This and the two that follow do nothing to a job that has been claimed again
	// since, which its Attempts tell.
	FinishJob(ctx context.Context, job shop.Job, now time.Time) error
	// RetryJob gives a claimed job back until runAt, with the cause for those who look.
	RetryJob(ctx context.Context, job shop.Job, runAt time.Time, cause string) error
	// GiveUpJob ends a claimed job that did not succeed. It stays, with the cause, for people to see.
	GiveUpJob(ctx context.Context, job shop.Job, now time.Time, cause string) error
}
