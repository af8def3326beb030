package gate

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// Log writes one line for each request. It names the route's pattern and never the path, since order
// and cart links are secrets.
func Log(log *slog.Logger) gin.HandlerFunc {
	return func(c *gin.Context) {
		start := time.Now()
		c.Next()
		route := c.FullPath()
		if route == "" {
			route = "(none)"
		}
		log.LogAttrs(c.Request.Context(), slog.LevelInfo, "request",
			slog.String("method", c.Request.Method), slog.String("route", route), slog.Int("status", c.Writer.Status()),
			slog.Int("bytes", c.Writer.Size()), slog.Duration("took", time.Since(start)), slog.String("ip", NetworkOf(c).String()))
	}
}

// Fail answers a request with an error, which it passes to Report; each room has its own way to show one.
type Fail func(*gin.Context, *shop.Error)

// Recover turns a panic into an Internal error that fail answers and reports. Its cause holds the stack, so
// that the log tells it once, beside the reference number. Once an answer has begun the panic is only logged.
func Recover(log *slog.Logger, fail Fail) gin.HandlerFunc {
	return func(c *gin.Context) {
		defer func() {
			cause := recover()
			if cause == nil {
				return
			}
			if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(cause)
			}
			e := shop.AsError(fmt.Errorf("panic: %v\n%s", cause, debug.Stack()))
			if c.Writer.Written() {
				Report(c, log, e)
			} else {
				fail(c, e)
			}
			c.Abort()
		}()
		c.Next()
	}
}

// Report logs what an error hides from the person and returns the reference number that they are shown
// for an unexpected one; empty for an error that explains itself.
func Report(c *gin.Context, log *slog.Logger, e *shop.Error) (reference string) {
	if errors.Is(e, context.Canceled) && c.Request.Context().Err() != nil {
		return "" // the client left
	}
	switch e.Kind {
	case shop.Internal:
		reference = rand.Text()[:10]
		log.ErrorContext(c.Request.Context(), "unexpected error", "route", c.FullPath(), "reference", reference, "err", e)
	case shop.Unavailable:
		log.WarnContext(c.Request.Context(), "a part did not answer", "route", c.FullPath(), "err", e)
	}
	return reference
}
