package stripetest

import (
	"math"
	"time"
)

// clock is how far the test clock runs ahead.
type clock struct {
	ID     string        `json:"id"`
	Offset time.Duration `json:"offset"`
}

const clockID = "clock_test"

func (c *clock) key() string     { return c.ID }
func (c *clock) view(*state) any { return c }

// never is a time that does not come.
const never = math.MaxInt64

// now is the time on the test clock, in seconds since 1970 as Stripe counts.
func (st *state) now() int64 {
	now := st.wall()
	if c, ok := st.clocks.get(clockID); ok {
		now = now.Add(c.Offset)
	}
	return now.Unix()
}

// Advance moves the test clock forward by d. What becomes due happens at once:
// sessions expire, money becomes available.
func (s *Server) Advance(d time.Duration) error {
	if d < 0 {
		return invalid("duration", "The test clock only runs forward.")
	}
	err := s.change(cause{}, func(ch *change) {
		next := clock{ID: clockID, Offset: d}
		if c, ok := ch.clocks.get(clockID); ok {
			next.Offset += c.Offset
		}
		ch.put(&next)
		ch.expireDue()
	})
	return err
}

// expireOnTime lets sessions expire that nobody asks about.
func (s *Server) expireOnTime() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-s.stopped.Done():
			return
		case <-tick.C:
		}
		if !s.expiryIsDue() {
			continue
		}
		if err := s.change(cause{}, func(*change) {}); err != nil {
			s.log.Error("expiring checkout sessions", "error", err)
		}
	}
}

func (s *Server) expiryIsDue() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.state.nextExpiry <= s.state.now()
}

// expireDue expires the open sessions whose time is over.
func (ch *change) expireDue() {
	now := ch.now()
	if ch.nextExpiry > now {
		return
	}
	next := int64(never)
	for _, id := range ch.sessions.ids {
		sess := ch.sessions.byID[id]
		if sess.Status != statusOpen {
			continue
		}
		if sess.ExpiresAt <= now {
			ch.expire(sess)
			continue
		}
		next = min(next, sess.ExpiresAt)
	}
	ch.nextExpiry = next
}
