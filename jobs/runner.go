// Package jobs runs the work that follows from a change: it claims job rows, runs them, tries again what may pass
// and gives up loudly on what will not.
//
// It does not know what a job does, nor where the rows are kept.
package jobs

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"bookroom/shop"
)

// Handler does the work of one job. It may be called again for work that it has done already, when the process
// died before that was written down. An error of kind shop.Invalid says that no retry can help.
type Handler func(context.Context, shop.Job) error

// Runner works off the jobs of a queue that it has handlers for. All fields but Timeout and Wake must be set. Several
// runners may share a queue: work that takes long gets a runner of its own, so that nothing else waits for it.
type Runner struct {
	Queue    Queue
	Handlers map[shop.JobKind]Handler
	Parallel int           // jobs at once
	Timeout  time.Duration // what a handler gets; 0 is 30 seconds
	Now      func() time.Time
	Logger   *slog.Logger
	Wake     <-chan struct{} // makes the runner look at once; nil never does
}

const (
	poll = time.Second // how often the queue is asked when nobody wakes the runner

	usualTimeout = 30 * time.Second
	noting       = 5 * time.Second // what it may take to write down how a job went
	// lease is longer than both together, so that no two runners are at one job. A job whose runner was killed runs
	// again when it has passed. It is renewed for as long as a handler works, so it may be shorter than a Timeout.
	lease      = 45 * time.Second
	renewEvery = 15 * time.Second

	// grace is what running jobs get to finish after a stop.
	grace = 20 * time.Second
)

// Run works until ctx ends, and then until the running jobs have finished. Those that take longer than their grace
// are told to stop and are tried again later.
func (r *Runner) Run(ctx context.Context) {
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	context.AfterFunc(ctx, func() { time.AfterFunc(grace, stop) })

	workers := make(chan struct{}, r.Parallel) // holds one for each running job
	freed := make(chan struct{}, 1)            // a job has ended, there is room for another
	var running sync.WaitGroup
	defer running.Wait()
	turn := time.NewTicker(poll)
	defer turn.Stop()
	for ctx.Err() == nil {
		room := r.Parallel - len(workers)
		claimed := r.claim(ctx, room)
		for _, job := range claimed {
			workers <- struct{}{}
			running.Go(func() {
				r.work(working, job)
				<-workers
				signal(freed)
			})
		}
		var again <-chan struct{}
		if len(claimed) == room { // more may be waiting
			again = freed
		}
		select {
		case <-ctx.Done():
		case <-turn.C:
		case <-r.Wake:
		case <-again:
		}
	}
}

// signal leaves word that somebody should look; once is enough.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (r *Runner) claim(ctx context.Context, room int) []shop.Job {
	if room == 0 {
		return nil
	}
	claimed, err := r.Queue.ClaimJobs(ctx, r.Now(), room, lease, slices.Collect(maps.Keys(r.Handlers))...)
	if err == nil {
		return claimed
	}
	if ctx.Err() == nil {
		r.Logger.ErrorContext(ctx, "jobs cannot be claimed", "err", err)
	}
	return nil
}

// work runs a job and writes down how it went. When that fails, the job runs again after its lease.
func (r *Runner) work(ctx context.Context, job shop.Job) {
	log := r.Logger.With("job", job.ID, "kind", job.Kind, "key", job.Key, "attempt", job.Attempts)
	outcome := r.handle(ctx, log, job)

	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noting)
	defer cancel()
	if err := r.note(ctx, log, job, outcome); err != nil {
		log.ErrorContext(ctx, "how the job went cannot be written down; it runs again when its lease has passed", "err", err)
	}
}

func (r *Runner) note(ctx context.Context, log *slog.Logger, job shop.Job, err error) error {
	switch {
	case err == nil:
		return r.Queue.FinishJob(ctx, job, r.Now())
	case shop.IsKind(err, shop.Invalid) || job.Attempts >= maxAttempts:
		log.ErrorContext(ctx, "job given up", "err", err)
		return r.Queue.GiveUpJob(ctx, job, r.Now(), err.Error())
	default:
		pause := backoff(job.Attempts)
		log.WarnContext(ctx, "job failed, it will be tried again", "err", err, "pause", pause)
		return r.Queue.RetryJob(ctx, job, r.Now().Add(pause), err.Error())
	}
}

// handle turns a panic into an error, so that one bad job cannot stop the others.
func (r *Runner) handle(ctx context.Context, log *slog.Logger, job shop.Job) (err error) {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(r.Timeout, usualTimeout))
	defer cancel()
	defer r.keep(ctx, log, job, cancel)()
	defer func() {
		if cause := recover(); cause != nil {
			log.ErrorContext(ctx, "job panicked", "panic", cause, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", cause)
		}
	}()
	return r.Handlers[job.Kind](ctx, job)
}

// keep renews the lease of a job until the function that it returns is called. When the job is not ours any more its
// handler is told to stop: somebody else is at it. A database that does not answer is asked again at the next turn.
func (r *Runner) keep(ctx context.Context, log *slog.Logger, job shop.Job, lost func()) (stop func()) {
	ctx, end := context.WithCancel(ctx)
	var kept sync.WaitGroup
	kept.Go(func() {
		turn := time.NewTicker(renewEvery)
		defer turn.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-turn.C:
			}
			ours, err := r.Queue.KeepJob(ctx, job, r.Now().Add(lease))
			switch {
			case err != nil && ctx.Err() == nil:
				log.WarnContext(ctx, "the lease of a job cannot be renewed", "err", err)
			case err == nil && !ours:
				log.WarnContext(ctx, "a job was taken over, so it is stopped here")
				lost()
				return
			}
		}
	})
	return func() {
		end()
		kept.Wait()
	}
}
