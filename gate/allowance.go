package gate

import (
	"fmt"
	"sync"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/ulule/limiter/v3"
	"github.com/ulule/limiter/v3/drivers/store/memory"
)

// Allowance is so many things that each client gets in a day. It counts in memory, as Limit does.
type Allowance struct {
	mu      sync.Mutex
	counter *limiter.Limiter // nil is without limit
}

// NewAllowance gives each client so many in a day. Zero is no limit.
func NewAllowance(aDay int64) *Allowance {
	if aDay == 0 {
		return &Allowance{}
	}
	return &Allowance{counter: limiter.New(memory.NewStore(), limiter.Rate{Period: 24 * time.Hour, Limit: aDay})}
}

// Take asks for so many and returns how many of them the client of the request gets.
func (a *Allowance) Take(c *gin.Context, wanted int) (granted int, err error) {
	if a.counter == nil || wanted == 0 {
		return wanted, nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	ctx, client := c.Request.Context(), ByClient(c)
	left, err := a.counter.Peek(ctx, client)
	if err != nil {
		return 0, fmt.Errorf("look at a client's allowance: %w", err)
	}
	granted = min(wanted, int(left.Remaining))
	if granted == 0 {
		return 0, nil
	}
	if _, err := a.counter.Increment(ctx, client, int64(granted)); err != nil {
		return 0, fmt.Errorf("take from a client's allowance: %w", err)
	}
	return granted, nil
}
