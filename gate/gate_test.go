package gate_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"bookroom/gate"
	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

func fail(c *gin.Context, e *shop.Error) { c.String(http.StatusTeapot, e.Code) }

// engine is a router behind the whole gate, with what it logs.
func engine(rate gate.Rate) (*gin.Engine, *bytes.Buffer) {
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, nil))
	e := gin.New()
	_ = e.SetTrustedProxies(nil) // cannot fail
	e.Use(gate.Log(log), gate.Recover(log, fail), gate.Headers(gate.Origins{Forms: []string{"https://pay.example"}, HTTPS: true}))
	e.Use(gate.SameOrigin(http.NewCrossOriginProtection(), fail))
	e.POST("/form", func(c *gin.Context) { c.String(http.StatusOK, "done") })
	e.GET("/orders/:token", gate.Limit(rate, gate.ByClient, fail), func(c *gin.Context) { c.String(http.StatusOK, "ok") })
	e.GET("/panic/:token", func(*gin.Context) { panic("secret-in-the-cause") })
	e.GET("/abort", func(*gin.Context) { panic(http.ErrAbortHandler) })
	return e, &out
}

func get(e http.Handler, path, from, forwarded string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodGet, path, nil)
	r.RemoteAddr = from
	if forwarded != "" {
		r.Header.Set("X-Forwarded-For", forwarded)
	}
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	return w
}

func TestTheLogHoldsNoSecretAndNoDevice(t *testing.T) {
	t.Parallel()
	e, out := engine(0)
	get(e, "/orders/secret-token?session_id=secret-query", "203.0.113.77:1", "")
	get(e, "/nowhere/secret-token", "[2001:db8:1:2::77]:1", "")
	for _, want := range []string{"route=/orders/:token", "status=200", "ip=203.0.113.0/24", "route=(none)", "ip=2001:db8:1::/48"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the log lacks %q: %s", want, out)
		}
	}
	if strings.Contains(out.String(), "secret") || strings.Contains(out.String(), ".77") {
		t.Errorf("the log tells too much: %s", out)
	}
}

func TestAPanicIsAnsweredAndLogged(t *testing.T) {
	t.Parallel()
	e, out := engine(0)
	if w := get(e, "/panic/secret-token", "203.0.113.7:1", ""); w.Code != http.StatusTeapot || w.Body.String() != "internal_error" {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
	if !strings.Contains(out.String(), "secret-in-the-cause") || strings.Contains(out.String(), "secret-token") {
		t.Errorf("logged: %s", out)
	}
	defer func() {
		if cause, ok := recover().(error); !ok || !errors.Is(cause, http.ErrAbortHandler) {
			t.Error("an aborted handler was answered")
		}
	}()
	get(e, "/abort", "203.0.113.7:1", "")
}

func TestEachClientHasALimitOfItsOwn(t *testing.T) {
	t.Parallel()
	e, _ := engine(2)
	for _, c := range []struct {
		from, forwarded string
		code            int
		remaining       string
	}{
		{"203.0.113.7:1", "", http.StatusOK, "remaining=1"},
		{"203.0.113.7:2", "198.51.100.1", http.StatusOK, "remaining=0"}, // nobody trusts the header
		{"203.0.113.7:3", "", http.StatusTeapot, "remaining=0"},
		{"203.0.113.8:1", "", http.StatusOK, "remaining=1"},
		{"[2001:db8::1]:1", "", http.StatusOK, "remaining=1"},
		{"[2001:db8::ffff]:1", "", http.StatusOK, "remaining=0"}, // the same network
		{"[2001:db8:0:1::1]:1", "", http.StatusOK, "remaining=1"},
	} {
		w := get(e, "/orders/x", c.from, c.forwarded)
		if w.Code != c.code || !strings.Contains(w.Header().Get("RateLimit"), c.remaining) || w.Header().Get("RateLimit-Policy") != "2;w=60" {
			t.Errorf("%s: %d, %v", c.from, w.Code, w.Header())
		}
		if told := w.Header().Get("Retry-After") != ""; told != (w.Code != http.StatusOK) {
			t.Errorf("%s: Retry-After %q", c.from, w.Header().Get("Retry-After"))
		}
	}
	open, _ := engine(0)
	if w := get(open, "/orders/x", "203.0.113.7:1", ""); w.Code != http.StatusOK || w.Header().Get("RateLimit") != "" {
		t.Errorf("without a limit: %d %v", w.Code, w.Header())
	}
}

func TestFormsOfOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	e, _ := engine(0)
	for origin, want := range map[string]int{"": http.StatusOK, "http://shop.example": http.StatusOK, "http://evil.example": http.StatusTeapot, "null": http.StatusTeapot} {
		r := httptest.NewRequest(http.MethodPost, "http://shop.example/form", nil)
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r)
		if w.Code != want || (want != http.StatusOK && w.Body.String() != "cross_origin") {
			t.Errorf("from %q: %d %s", origin, w.Code, w.Body)
		}
	}
}

func TestEveryAnswerIsLockedDown(t *testing.T) {
	t.Parallel()
	e, _ := engine(0)
	for _, path := range []string{"/orders/x", "/nowhere", "/panic/x"} {
		h := get(e, path, "203.0.113.7:1", "").Header()
		policy := h.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "form-action 'self' https://pay.example", "frame-ancestors 'none'", "base-uri 'none'"} {
			if !strings.Contains(policy, want) {
				t.Errorf("%s: the policy lacks %q: %s", path, want, policy)
			}
		}
		if strings.Contains(policy, "unsafe") || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Strict-Transport-Security") == "" {
			t.Errorf("%s: %v", path, h)
		}
	}
}

func TestTheCacheHoldsOneVersionAndStaysSmall(t *testing.T) {
	t.Parallel()
	var c gate.Cache[string]
	c.Put(1, "a", "old")
	if got, ok := c.Get(1, "a"); !ok || got != "old" {
		t.Errorf("got %q, %t", got, ok)
	}
	if _, ok := c.Get(2, "a"); ok {
		t.Error("an old answer was given for a new catalog")
	}
	c.Put(2, "a", "new")
	c.Put(1, "a", "late") // rendered before the change, put after it
	if got, _ := c.Get(2, "a"); got != "new" {
		t.Errorf("got %q", got)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for n := range 3000 {
				c.Put(2, fmt.Sprint(n), "x")
				c.Get(2, fmt.Sprint(n))
			}
		})
	}
	all.Wait()
}
