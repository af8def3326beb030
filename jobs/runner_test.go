package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"bookroom/jobs"
	"bookroom/jobs/jobstest"
	"bookroom/shop"
)

// memory is a queue for tests of time, which a database cannot take part in.
type memory struct {
	mu     sync.Mutex
	rows   []row
	claims int // how often it was asked
	broken error
}

type row struct {
	shop.Job
	done, givenUp bool
	cause         string
}

func (m *memory) add(jobs ...shop.Job) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, job := range jobs {
		job.ID = int64(len(m.rows) + 1)
		m.rows = append(m.rows, row{Job: job})
	}
}

func (m *memory) row(id int) row {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.rows[id-1]
}

func (m *memory) ClaimJobs(_ context.Context, now time.Time, limit int, lease time.Duration, kinds ...shop.JobKind) ([]shop.Job, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.claims++
	if m.broken != nil {
		return []shop.Job{{}}, m.broken // what was read before it broke
	}
	var claimed []shop.Job
	for i := range m.rows {
		r := &m.rows[i]
		if len(claimed) == limit || r.done || r.givenUp || r.RunAt.After(now) || len(kinds) > 0 && !slices.Contains(kinds, r.Kind) {
			continue
		}
		r.Attempts++
		r.RunAt = now.Add(lease)
		claimed = append(claimed, r.Job)
	}
	return claimed, nil
}

func (m *memory) KeepJob(_ context.Context, job shop.Job, until time.Time) (bool, error) {
	kept := false
	err := m.change(job, func(r *row) {
		if !r.done && !r.givenUp {
			r.RunAt, kept = until, true
		}
	})
	return kept, err
}

func (m *memory) FinishJob(_ context.Context, job shop.Job, _ time.Time) error {
	return m.change(job, func(r *row) { r.done = true })
}

func (m *memory) RetryJob(_ context.Context, job shop.Job, runAt time.Time, cause string) error {
	return m.change(job, func(r *row) { r.RunAt, r.cause = runAt, cause })
}

func (m *memory) GiveUpJob(_ context.Context, job shop.Job, _ time.Time, cause string) error {
	return m.change(job, func(r *row) { r.givenUp, r.cause = true, cause })
}

func (m *memory) change(job shop.Job, do func(*row)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.broken != nil {
		return m.broken
	}
	if r := &m.rows[job.ID-1]; r.Attempts == job.Attempts {
		do(r)
	}
	return nil
}

// house is a runner in a bubble of fake time, with what it logged.
type house struct {
	queue memory
	log   bytes.Buffer
	wake  chan struct{}
	stop  context.CancelFunc
	ended chan struct{}
}

// start runs jobs of kind "work" with the handler. It must be called in a bubble.
func start(t *testing.T, work jobs.Handler) *house {
	t.Helper()
	h := &house{wake: make(chan struct{}, 1), ended: make(chan struct{})}
	runner := jobs.Runner{
		Queue: &h.queue, Handlers: map[shop.JobKind]jobs.Handler{"work": work}, Parallel: 4, Now: time.Now,
		Logger: slog.New(slog.NewTextHandler(&h.log, nil)), Wake: h.wake,
	}
	ctx, stop := context.WithCancel(t.Context())
	h.stop = stop
	go func() {
		defer close(h.ended)
		runner.Run(ctx)
	}()
	synctest.Wait()
	t.Cleanup(func() {
		stop()
		<-h.ended
	})
	return h
}

func job(key string) shop.Job { return shop.Job{Kind: "work", Key: key, RunAt: time.Now()} }

// pass lets fake time go by and everything due in it happen.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestWakingRunsAJobAtOnceAndThePollFindsItOtherwise(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := start(t, func(context.Context, shop.Job) error { return nil })
		h.queue.add(job("polled"))
		synctest.Wait()
		if h.queue.row(1).done {
			t.Error("done before anybody looked")
		}
		pass(time.Second)
		if !h.queue.row(1).done {
			t.Error("the poll did not find the job within a second")
		}
		h.queue.add(job("woken"))
		h.wake <- struct{}{}
		synctest.Wait()
		if !h.queue.row(2).done {
			t.Error("waking did not run the job at once")
		}
	})
}

func TestIdleRunnerAsksOnceASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := start(t, nil)
		pass(time.Minute)
		if h.queue.claims != 61 {
			t.Errorf("asked %d times in a minute, want 61", h.queue.claims)
		}
	})
}

func TestAtMostFourAtOnceAndAFreedPlaceIsTakenAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		var mu sync.Mutex
		running := 0
		h := start(t, func(context.Context, shop.Job) error {
			mu.Lock()
			running++
			mu.Unlock()
			<-release
			mu.Lock()
			running--
			mu.Unlock()
			return nil
		})
		for range 6 {
			h.queue.add(job("slow"))
		}
		pass(time.Second)
		if running != 4 {
			t.Errorf("%d run at once, want 4", running)
		}
		release <- struct{}{}
		synctest.Wait()
		if !h.queue.row(1).done && !h.queue.row(2).done && !h.queue.row(3).done && !h.queue.row(4).done {
			t.Error("none is done")
		}
		if running != 4 {
			t.Errorf("%d run after one has ended, want 4: the fifth starts without waiting for the poll", running)
		}
		close(release)
	})
}

func TestFailuresAreTriedAgainLaterAndLaterThenGivenUpLoudly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var attempts []time.Time
		h := start(t, func(context.Context, shop.Job) error {
			attempts = append(attempts, time.Now())
			return errors.New("mail server away")
		})
		h.queue.add(job("receipt:1"))
		pass(7 * 24 * time.Hour)

		if len(attempts) != 20 {
			t.Fatalf("%d attempts, want 20", len(attempts))
		}
		for i := range attempts[1:] {
			least := min(10*time.Second<<i, 6*time.Hour)
			pause := attempts[i+1].Sub(attempts[i])
			if most := least + least/5 + time.Second; pause < least || pause > most {
				t.Errorf("pause %d is %s, want %s to %s", i+1, pause, least, most)
			}
		}
		if span := attempts[19].Sub(attempts[0]); span < 48*time.Hour {
			t.Errorf("all attempts within %s: a weekend without a mail server loses the mail", span)
		}
		if got := h.queue.row(1); !got.givenUp || got.cause != "mail server away" {
			t.Errorf("the job is %+v, want given up with its cause", got)
		}
		if log := h.log.String(); strings.Count(log, "level=ERROR") != 1 || !strings.Contains(log, "receipt:1") {
			t.Errorf("log:\n%s", log)
		}
	})
}

func TestAnErrorThatNoRetryHelpsIsGivenUpAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := start(t, func(context.Context, shop.Job) error {
			return errors.Join(errors.New("context"), shop.NewError(shop.Invalid, "mail_refused", "No such mailbox."))
		})
		h.queue.add(job("receipt:1"))
		pass(time.Hour)
		if got := h.queue.row(1); !got.givenUp || got.Attempts != 1 {
			t.Errorf("the job is %+v, want given up at the first attempt", got)
		}
	})
}

func TestAPanicOrAKindOfAnotherRunnerHarmsNoOtherJob(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := start(t, func(_ context.Context, j shop.Job) error {
			if j.Key == "bad" {
				panic("nil map")
			}
			return nil
		})
		h.queue.add(job("bad"), shop.Job{Kind: "juggle", RunAt: time.Now()}, job("good"))
		pass(time.Second)
		if got := h.queue.row(1); got.done || got.cause != "panic: nil map" {
			t.Errorf("the job that panicked is %+v", got)
		}
		if got := h.queue.row(2); got.done || got.Attempts != 0 {
			t.Errorf("the job of another runner's kind is %+v", got)
		}
		if !h.queue.row(3).done {
			t.Error("the good job did not run")
		}
	})
}

func TestAHandlerIsStoppedBeforeItsLeaseEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := start(t, func(ctx context.Context, _ shop.Job) error {
			<-ctx.Done()
			return ctx.Err()
		})
		h.queue.add(job("hangs"))
		pass(time.Second)
		leased := h.queue.row(1).RunAt
		pass(time.Until(leased) - 5*time.Second)
		if got := h.queue.row(1); got.cause != context.DeadlineExceeded.Error() || got.Attempts != 1 {
			t.Errorf("five seconds before its lease ends the job is %+v, want it stopped", got)
		}
	})
}

func TestLongWorkKeepsItsLease(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := &house{ended: make(chan struct{})}
		runner := func(work jobs.Handler) jobs.Runner {
			return jobs.Runner{
				Queue: &h.queue, Handlers: map[shop.JobKind]jobs.Handler{"work": work}, Parallel: 1, Timeout: time.Hour, Now: time.Now,
				Logger: slog.New(slog.NewTextHandler(&h.log, nil)),
			}
		}
		h.queue.add(job("long"))
		ctx, stop := context.WithCancel(t.Context())
		var both sync.WaitGroup
		for range 2 { // the second would take it if the lease ended
			r := runner(func(ctx context.Context, _ shop.Job) error {
				select {
				case <-time.After(50 * time.Minute):
					return nil
				case <-ctx.Done():
					return ctx.Err()
				}
			})
			both.Go(func() { r.Run(ctx) })
		}
		pass(49 * time.Minute)
		if got := h.queue.row(1); got.done || got.Attempts != 1 {
			t.Errorf("after 49 minutes the job is %+v, want it under way at its first attempt", got)
		}
		pass(2 * time.Minute)
		if got := h.queue.row(1); !got.done || got.Attempts != 1 {
			t.Errorf("after 51 minutes the job is %+v, want it done at its first attempt", got)
		}
		stop()
		both.Wait()
	})
}

func TestWorkThatWasTakenOverIsStopped(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var began time.Time
		var stopped time.Duration
		h := start(t, func(ctx context.Context, _ shop.Job) error {
			if !began.IsZero() {
				return nil
			}
			began = time.Now()
			<-ctx.Done()
			stopped = time.Since(began)
			return ctx.Err()
		})
		h.queue.add(job("lost"))
		pass(time.Second)
		h.queue.mu.Lock()
		h.queue.rows[0].Attempts++ // as when this machine slept through its lease
		h.queue.mu.Unlock()
		pass(20 * time.Second)
		if stopped == 0 || stopped > 16*time.Second {
			t.Errorf("stopped after %s, want it at the first renewal", stopped)
		}
	})
}

func TestAStopLetsRunningJobsFinishAndClaimsNoMore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := start(t, func(ctx context.Context, _ shop.Job) error {
			select {
			case <-time.After(15 * time.Second):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		h.queue.add(job("running"))
		pass(time.Second)
		h.stop()
		h.queue.add(job("late"))
		pass(14 * time.Second)
		select {
		case <-h.ended:
			t.Error("ended before its job had finished")
		default:
		}
		pass(time.Second)
		<-h.ended
		if !h.queue.row(1).done || h.queue.row(2).Attempts != 0 {
			t.Errorf("running: %+v, late: %+v", h.queue.row(1), h.queue.row(2))
		}
	})
}

func TestAJobThatOutlastsItsGraceIsStoppedAndGivenBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := start(t, func(ctx context.Context, _ shop.Job) error {
			<-ctx.Done()
			return ctx.Err()
		})
		h.queue.add(job("hangs"))
		pass(time.Second)
		h.stop()
		began := time.Now()
		<-h.ended
		if took := time.Since(began); took != 20*time.Second {
			t.Errorf("the stop took %s, want 20s", took)
		}
		if got := h.queue.row(1); got.done || got.givenUp || got.cause != context.Canceled.Error() {
			t.Errorf("the job is %+v, want it given back", got)
		}
	})
}

func TestABrokenQueueIsLoggedAndAskedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := start(t, func(_ context.Context, job shop.Job) error {
			if job.Key == "" {
				t.Error("what was read of a broken claim was run")
			}
			return nil
		})
		h.queue.mu.Lock()
		h.queue.broken = errors.New("database away")
		h.queue.mu.Unlock()
		h.queue.add(job("waits"))
		pass(3 * time.Second)
		h.queue.mu.Lock()
		h.queue.broken = nil
		h.queue.mu.Unlock()
		pass(time.Second)
		if !h.queue.row(1).done || !strings.Contains(h.log.String(), "database away") {
			t.Errorf("the job is %+v, log:\n%s", h.queue.row(1), h.log.String())
		}
	})
}

func TestSuiteForRealQueues(t *testing.T) {
	t.Parallel()
	t.Run("each runs once", func(t *testing.T) {
		t.Parallel()
		var queue memory
		jobstest.EachRunsOnce(t, &queue, queue.add)
	})
	t.Run("an old holder is ignored", func(t *testing.T) {
		t.Parallel()
		var queue memory
		jobstest.OldHolderIsIgnored(t, &queue, queue.add)
	})
	t.Run("long work is not waited for", func(t *testing.T) {
		t.Parallel()
		var queue memory
		jobstest.LongWorkIsNotWaitedFor(t, &queue, queue.add)
	})
}
