// Package jobstest holds what must be true of a runner on any queue, so that each real queue can be tried with it.
package jobstest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"bookroom/jobs"
	"bookroom/shop"
)

// EachRunsOnce works off many jobs with two runners at once. Every job must be run once and be finished: nothing is
// left to claim, even after every lease has passed. add queues jobs that are due at once.
func EachRunsOnce(t *testing.T, queue jobs.Queue, add func(...shop.Job)) {
	t.Helper()
	const many = 40
	for i := range many {
		add(shop.Job{Kind: "count", Key: fmt.Sprintf("count-%d", i), Subject: fmt.Sprint(i), RunAt: time.Now().UTC()})
	}

	var mu sync.Mutex
	runs := map[string]int{}
	all := make(chan struct{})
	count := func(_ context.Context, job shop.Job) error {
		mu.Lock()
		defer mu.Unlock()
		runs[job.Key]++
		if len(runs) == many && runs[job.Key] == 1 {
			close(all)
		}
		return nil
	}
	ctx, stop := context.WithCancel(t.Context())
	var runners sync.WaitGroup
	for range 2 {
		runner := jobs.Runner{
			Queue: queue, Handlers: map[shop.JobKind]jobs.Handler{"count": count},
			Parallel: 4, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
		}
		runners.Go(func() { runner.Run(ctx) })
	}
	select {
	case <-all:
	case <-time.After(time.Minute):
		t.Error("not every job was run within a minute")
	}
	stop()
	runners.Wait()

	for key, n := range runs {
		if n != 1 {
			t.Errorf("%s ran %d times", key, n)
		}
	}
	left, err := queue.ClaimJobs(t.Context(), time.Now().Add(24*time.Hour), many, time.Minute)
	if err != nil || len(left) != 0 {
		t.Errorf("%d jobs are left, %v", len(left), err)
	}
}

// OldHolderIsIgnored lets a lease pass: the job is claimed again, and what its first holder says counts no more.
func OldHolderIsIgnored(t *testing.T, queue jobs.Queue, add func(...shop.Job)) {
	t.Helper()
	ctx, now := t.Context(), time.Now().UTC()
	claim := func(at time.Time) []shop.Job {
		t.Helper()
		claimed, err := queue.ClaimJobs(ctx, at, 10, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		return claimed
	}
	add(shop.Job{Kind: "count", Key: "held", RunAt: now})

	first := claim(now)
	if len(first) != 1 || first[0].Attempts != 1 {
		t.Fatalf("claimed %+v, want one job at its first attempt", first)
	}
	if held := claim(now.Add(59 * time.Second)); len(held) != 0 {
		t.Fatalf("claimed %+v during its lease", held)
	}
	second := claim(now.Add(61 * time.Second))
	if len(second) != 1 || second[0].Attempts != 2 {
		t.Fatalf("claimed %+v after the lease, want one job at its second attempt", second)
	}

	old := errors.Join(
		queue.FinishJob(ctx, first[0], now),
		queue.GiveUpJob(ctx, first[0], now, "too late"),
		queue.RetryJob(ctx, first[0], now, "too late"),
	)
	if old != nil {
		t.Errorf("word from the old holder: %v", old)
	}
	if kept, err := queue.KeepJob(ctx, first[0], now.Add(-time.Hour)); kept || err != nil {
		t.Errorf("the old holder keeps the job: %v, %v", kept, err)
	}
	if taken := claim(now.Add(62 * time.Second)); len(taken) != 0 {
		t.Errorf("the old holder gave back %+v", taken)
	}
	if kept, err := queue.KeepJob(ctx, second[0], now.Add(10*time.Minute)); !kept || err != nil {
		t.Errorf("the holder cannot keep the job: %v, %v", kept, err)
	}
	if early := claim(now.Add(9 * time.Minute)); len(early) != 0 {
		t.Errorf("claimed %+v although its lease was renewed", early)
	}
	if err := queue.RetryJob(ctx, second[0], now.Add(time.Hour), "try again"); err != nil {
		t.Fatal(err)
	}
	if early := claim(now.Add(59 * time.Minute)); len(early) != 0 {
		t.Errorf("claimed %+v before its time", early)
	}
	third := claim(now.Add(time.Hour))
	if len(third) != 1 || third[0].Attempts != 3 {
		t.Fatalf("claimed %+v, want one job at its third attempt", third)
	}
	if err := queue.GiveUpJob(ctx, third[0], now.Add(time.Hour), "no use"); err != nil {
		t.Fatal(err)
	}
	if ended := claim(now.Add(24 * time.Hour)); len(ended) != 0 {
		t.Errorf("claimed %+v after it was given up", ended)
	}
}

// LongWorkIsNotWaitedFor queues much work that does not end, and a job behind it that another runner does: it is done.
func LongWorkIsNotWaitedFor(t *testing.T, queue jobs.Queue, add func(...shop.Job)) {
	t.Helper()
	now := time.Now().UTC()
	for i := range 16 {
		add(shop.Job{Kind: "long", Key: fmt.Sprintf("long-%d", i), RunAt: now.Add(-time.Minute)})
	}
	add(shop.Job{Kind: "short", Key: "short", RunAt: now})
	ctx, stop := context.WithCancel(t.Context())
	began, done, end := make(chan struct{}, 16), make(chan struct{}), make(chan struct{})
	long := func(context.Context, shop.Job) error {
		began <- struct{}{}
		<-end
		return nil
	}
	short := func(context.Context, shop.Job) error {
		close(done)
		return nil
	}
	var runners sync.WaitGroup
	run := func(parallel int, kind shop.JobKind, handler jobs.Handler) {
		runner := jobs.Runner{
			Queue: queue, Handlers: map[shop.JobKind]jobs.Handler{kind: handler}, Parallel: parallel, Now: time.Now, Logger: slog.New(slog.DiscardHandler),
		}
		runners.Go(func() { runner.Run(ctx) })
	}
	run(1, "long", long)
	<-began
	run(4, "short", short)
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Error("the short job waited for the long ones")
	}
	if len(began) != 0 {
		t.Error("another long job began beside the first")
	}
	stop()
	close(end)
	runners.Wait()
}
