package gate

import (
	"net/netip"
	"strconv"
	"time"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
	"github.com/ulule/limiter/v3"
	"github.com/ulule/limiter/v3/drivers/store/memory"
)

// Rate is so many requests in each minute. Zero is no limit.
type Rate int64

// Limits is how much is let through of each kind of request; pages and API count apart.
type Limits struct {
	Catalog   Rate
	Carts     Rate // checkouts included
	Checkouts Rate
	Orders    Rate // downloads included
	Downloads Rate // counts by order, all others by client
	Library   Rate // links by mail, and their use
	Staff     Rate // the back office
	// Snippets is how many passages of the handbooks a client is shown in a day, BookSnippets how many of one.
	Snippets, BookSnippets int
}

// DefaultLimits are generous to a person, to a staff room behind one address and to a small program,
// and tight enough for a shop on one machine.
func DefaultLimits() Limits {
	return Limits{Catalog: 600, Carts: 240, Checkouts: 60, Orders: 240, Downloads: 60, Library: 20, Staff: 1200, Snippets: 600, BookSnippets: 15}
}

// Times returns the limits multiplied.
func (l Limits) Times(n Rate) Limits {
	return Limits{
		Catalog: n * l.Catalog, Carts: n * l.Carts, Checkouts: n * l.Checkouts, Orders: n * l.Orders, Downloads: n * l.Downloads,
		Library: n * l.Library, Staff: n * l.Staff, Snippets: int(n) * l.Snippets, BookSnippets: int(n) * l.BookSnippets,
	}
}

// ByClient counts by the client's address; an IPv6 client by its /64, since it owns the whole of it.
func ByClient(c *gin.Context) string {
	ip := ClientIP(c)
	if ip.Is6() {
		return netip.PrefixFrom(ip, 64).Masked().String()
	}
	return ip.String()
}

// Limit lets each key through at that rate and answers the rest by fail with an Error of kind TooMany.
// Every answer says what is left, in the RateLimit fields of the IETF draft. Counts live in memory:
// several instances each count their own.
func Limit(rate Rate, key func(*gin.Context) string, fail Fail) gin.HandlerFunc {
	if rate == 0 {
		return func(*gin.Context) {}
	}
	counter := limiter.New(memory.NewStore(), limiter.Rate{Period: time.Minute, Limit: int64(rate)})
	return func(c *gin.Context) {
		count, err := counter.Get(c.Request.Context(), key(c))
		if err != nil {
			fail(c, shop.AsError(err))
			c.Abort()
			return
		}
		wait := strconv.FormatInt(max(1, count.Reset-time.Now().Unix()), 10)
		h := c.Writer.Header()
		h.Set("RateLimit-Policy", strconv.FormatInt(count.Limit, 10)+";w=60")
		h.Set("RateLimit", "limit="+strconv.FormatInt(count.Limit, 10)+", remaining="+strconv.FormatInt(count.Remaining, 10)+", reset="+wait)
		if count.Reached {
			h.Set("Retry-After", wait)
			fail(c, shop.NewError(shop.TooMany, "too_many_requests",
				"That was a lot of requests in a short time. Nothing was changed; please try again in %s seconds.", wait))
			c.Abort()
		}
	}
}
