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
