package main

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// connections is how many clients ask at once.
const connections = 16

// result is what one route did.
type result struct {
	name     string
	requests int
	took     time.Duration
	p50, p99 time.Duration
}

// rate is requests in each second.
func (r result) rate() float64 { return float64(r.requests) / r.took.Seconds() }

// errEnough ends a measurement before its time: there is nothing left to ask for.
var errEnough = errors.New("enough")

// load asks from every connection as fast as it is answered, until the span is over or ask says
// errEnough. ask gets numbers that no other call gets. The first of any other errors ends it.
func load(ctx context.Context, name string, span time.Duration, ask func(n int) error) (result, error) {
	ctx, stop := context.WithTimeout(ctx, span)
	defer stop()
	var (
		next    atomic.Int64
		all     sync.WaitGroup
		mu      sync.Mutex
		took    []time.Duration
		failure error
	)
	start := time.Now()
	for range connections {
		all.Go(func() {
			var mine []time.Duration
			var err error
			for ctx.Err() == nil && err == nil {
				before := time.Now()
				if err = ask(int(next.Add(1) - 1)); err == nil {
					mine = append(mine, time.Since(before))
				}
			}
			mu.Lock()
			defer mu.Unlock()
			took = append(took, mine...)
			if err != nil && !errors.Is(err, errEnough) && failure == nil {
				failure = err
				stop()
			}
		})
	}
	all.Wait()
	r := result{name: name, requests: len(took), took: time.Since(start)}
	if len(took) > 0 {
		slices.Sort(took)
		r.p50, r.p99 = took[len(took)/2], took[len(took)*99/100]
	}
	return r, failure
}
