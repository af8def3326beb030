package gate

import (
	"sync"
	"time"

	"github.com/gin-gonic/gin"
)

// Allowance is how many passages each client is shown in a day (UTC): so many in all, and so many of one
// work. What a client was shown already counts once. It counts in memory, as Limit does.
type Allowance struct {
	aDay, ofEach int // zero is without limit
	now          func() time.Time

	mu    sync.Mutex
	today time.Time
	shown map[passage]bool
	taken map[passage]int // the page is zero: by client and work; the work is empty, too: by client
}

type passage struct {
	client, work string
	page         int
}

// mostShown bounds the memory of an Allowance: with so many passages shown to all clients the day begins anew.
const mostShown = 200_000

// NewAllowance gives each client so many passages a day, and so many of each work. Zero is no limit.
func NewAllowance(aDay, ofEach int, now func() time.Time) *Allowance {
	return &Allowance{aDay: aDay, ofEach: ofEach, now: now}
}

// Take reports whether the client of the request may be shown a page of a work, and counts it when it is the
// first time.
func (a *Allowance) Take(c *gin.Context, work string, page int) bool {
	if a.aDay == 0 && a.ofEach == 0 {
		return true
	}
	inAll := passage{client: ByClient(c)}
	ofWork := passage{client: inAll.client, work: work}
	wanted := passage{inAll.client, work, page}
	a.mu.Lock()
	defer a.mu.Unlock()
	if today := a.now().UTC().Truncate(24 * time.Hour); !today.Equal(a.today) || len(a.shown) >= mostShown {
		a.today, a.shown, a.taken = today, map[passage]bool{}, map[passage]int{}
	}
	if a.shown[wanted] {
		return true
	}
	if a.aDay > 0 && a.taken[inAll] >= a.aDay || a.ofEach > 0 && a.taken[ofWork] >= a.ofEach {
		return false
	}
	a.shown[wanted] = true
	a.taken[inAll]++
	a.taken[ofWork]++
	return true
}
