package store_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"bookroom/jobs/jobstest"
	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

// mustQueue queues jobs with these keys, each a second after the one before.
func mustQueue(t *testing.T, s *store.Store, keys ...string) {
	t.Helper()
	var change shop.Change
	for i, key := range keys {
		change.Jobs = append(change.Jobs, shop.Job{
			Kind: shop.JobMail, Key: key, Subject: "subject", Detail: "detail", RunAt: storetest.Now().Add(time.Duration(i) * time.Second),
		})
	}
	mustPlace(t, s, storetest.NewOrder(t, storetest.MustCart(t, s, storetest.Starter)), change)
}

func claimAt(t *testing.T, s *store.Store, now time.Time, limit int) (keys []string, jobs []shop.Job) {
	t.Helper()
	jobs, err := s.ClaimJobs(t.Context(), now, limit, time.Minute)
	must(t, err)
	for _, job := range jobs {
		keys = append(keys, job.Key)
	}
	return keys, jobs
}

func TestJobsAreClaimedWhenDue(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		now := storetest.Now()
		mustQueue(t, s, "a", "b", "c", "d")
		if keys, _ := claimAt(t, s, now.Add(-time.Microsecond), 10); keys != nil {
			t.Errorf("before their time: %v", keys)
		}
		keys, jobs := claimAt(t, s, now.Add(2*time.Second), 2)
		if !slices.Equal(keys, []string{"a", "b"}) {
			t.Fatalf("the first two: %v", keys)
		}
		if a := jobs[0]; a.ID == 0 || a.Kind != shop.JobMail || a.Subject != "subject" || a.Detail != "detail" || a.Attempts != 1 ||
			!a.RunAt.Equal(now.Add(2*time.Second+time.Minute)) || a.RunAt.Location() != time.UTC {
			t.Errorf("job %+v", a)
		}
		if keys, _ := claimAt(t, s, now.Add(2*time.Second), 10); !slices.Equal(keys, []string{"c"}) {
			t.Errorf("the rest: %v", keys)
		}
	})
}

func TestJobsEnd(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		now := storetest.Now().Add(time.Minute)
		mustQueue(t, s, "done", "failed", "retried", "abandoned")
		_, jobs := claimAt(t, s, now, 10)
		must(t, s.FinishJob(t.Context(), jobs[0], now))
		must(t, s.GiveUpJob(t.Context(), jobs[1], now, "no such address"))
		must(t, s.RetryJob(t.Context(), jobs[2], now.Add(time.Second), "try later"))

		mustQueue(t, s, "done", "failed", "retried", "abandoned", "new") // keys are unique for ever
		if keys, _ := claimAt(t, s, now, 10); !slices.Equal(keys, []string{"new"}) {
			t.Errorf("claimed at once: %v", keys)
		}
		keys, again := claimAt(t, s, now.Add(time.Second), 10)
		if !slices.Equal(keys, []string{"retried"}) || again[0].Attempts != 2 {
			t.Errorf("claimed after the pause: %+v", again)
		}
		if keys, _ := claimAt(t, s, now.Add(time.Minute), 10); !slices.Equal(keys, []string{"abandoned", "new"}) {
			t.Errorf("claimed after the lease: %v", keys)
		}
		got := read(t, pool(t, s), "SELECT key || ' ' || state || ' ' || cause FROM jobs WHERE kind <> 'read_edition'")
		want := []string{"abandoned queued ", "done done ", "failed failed no such address", "new queued ", "retried queued try later"}
		if !slices.Equal(got, want) {
			t.Errorf("jobs %q", got)
		}
	})
}

// A worker that was too slow must not end the claim of the one that has the job now.
func TestLostLease(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		mustQueue(t, s, "a")
		now := storetest.Now()
		_, slow := claimAt(t, s, now, 1)
		_, quick := claimAt(t, s, now.Add(time.Minute), 1)
		must(t, s.FinishJob(t.Context(), slow[0], now))
		must(t, s.GiveUpJob(t.Context(), slow[0], now, "slow"))
		must(t, s.RetryJob(t.Context(), slow[0], now, "slow"))
		if keys, _ := claimAt(t, s, now.Add(time.Minute), 1); keys != nil {
			t.Errorf("a lost lease gave %v to a third worker", keys)
		}
		must(t, s.RetryJob(t.Context(), quick[0], now.Add(2*time.Minute), "mine"))
		if got := read(t, pool(t, s), "SELECT state || ' ' || cause FROM jobs WHERE kind <> 'read_edition'"); !slices.Equal(got, []string{"queued mine"}) {
			t.Errorf("job %v", got)
		}
	})
}

func TestWorkersNeverShareAJob(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		var keys []string
		for i := range 100 {
			keys = append(keys, fmt.Sprintf("job %02d", i))
		}
		mustQueue(t, s, keys...)
		var (
			workers sync.WaitGroup
			mu      sync.Mutex
			claimed []string
		)
		for range 8 {
			workers.Go(func() {
				for {
					jobs, err := s.ClaimJobs(t.Context(), storetest.Now().Add(time.Hour), 7, time.Minute)
					if err != nil {
						t.Error(err)
						return
					}
					// PostgreSQL may pass by rows that another worker is claiming: an empty hand is the end
					// only when nothing is left.
					if len(jobs) == 0 {
						return
					}
					mu.Lock()
					for _, job := range jobs {
						claimed = append(claimed, job.Key)
					}
					mu.Unlock()
				}
			})
		}
		workers.Wait()
		rest, _ := claimAt(t, s, storetest.Now().Add(time.Hour), 100)
		claimed = append(claimed, rest...)
		slices.Sort(claimed)
		if !slices.Equal(claimed, keys) {
			t.Errorf("%d claims of %d jobs", len(claimed), len(keys))
		}
	})
}

func TestRunnerWorksTheQueueOff(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		jobstest.EachRunsOnce(t, s, func(jobs ...shop.Job) {
			mustPlace(t, s, storetest.NewOrder(t, storetest.MustCart(t, s, storetest.Starter)), shop.Change{Jobs: jobs})
		})
	})
}

func TestLongWorkIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		jobstest.LongWorkIsNotWaitedFor(t, s, func(jobs ...shop.Job) {
			mustPlace(t, s, storetest.NewOrder(t, storetest.MustCart(t, s, storetest.Starter)), shop.Change{Jobs: jobs})
		})
	})
}
