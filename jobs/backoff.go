package jobs

import (
	"math/rand/v2"
	"time"
)

const (
	firstPause = 10 * time.Second
	lastPause  = 6 * time.Hour
	// maxAttempts spread over more than two days, so that a mail server may be away for a weekend.
	maxAttempts = 20
)

// backoff is the pause after the given failed attempt: twice as long each time, up to lastPause. Up to a fifth is
// added at random, so that jobs which failed together do not come back together.
func backoff(attempt int) time.Duration {
	pause := lastPause
	if doublings := attempt - 1; doublings < 16 {
		pause = min(firstPause<<doublings, lastPause)
	}
	return pause + rand.N(pause/5) //nolint:gosec // nobody gains by guessing it
}
