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
	"time"

	"bookroom/gate"
	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// engine is a router behind the whole gate, with what it logs.
func engine(rate gate.Rate) (*gin.Engine, *bytes.Buffer) {
	var out bytes.Buffer
	log := slog.New(slog.NewTextHandler(&out, nil))
	fail := func(c *gin.Context, e *shop.Error) {
		c.Header("Reference", gate.Report(c, log, e))
		c.String(http.StatusTeapot, e.Code)
	}
	e := gin.New()
	_ = e.SetTrustedProxies(nil) // cannot fail
	e.Use(gate.Log(log), gate.Recover(log, fail), gate.Headers(gate.Origins{Forms: []string{"https://pay.example"}, HTTPS: true}))
	e.Use(gate.SameOrigin(http.NewCrossOriginProtection(), fail))
	e.POST("/form", func(c *gin.Context) { c.String(http.StatusOK, "done") })
	e.GET("/orders/:token", gate.Limit(rate, gate.ByClient, fail), func(c *gin.Context) { c.String(http.StatusOK, "ok") })
	e.GET("/panic/:token", func(*gin.Context) { panic("secret-in-the-cause") })
	e.GET("/panic-late", func(c *gin.Context) {
		c.String(http.StatusOK, "half an ans")
		panic("secret-in-the-cause")
	})
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

// One entry of the log tells what happened and where, under the number that the person is shown.
func TestAPanicIsAnsweredAndLoggedOnce(t *testing.T) {
	t.Parallel()
	e, out := engine(0)
	w := get(e, "/panic/secret-token", "203.0.113.7:1", "")
	if w.Code != http.StatusTeapot || w.Body.String() != "internal_error" {
		t.Errorf("answered %d %s", w.Code, w.Body)
	}
	logged := panicsIn(out.String())
	if len(logged) != 1 || strings.Contains(out.String(), "secret-token") {
		t.Fatalf("logged: %s", out)
	}
	for _, want := range []string{"secret-in-the-cause", "gate_test.go:", "route=/panic/:token", "reference=" + w.Header().Get("Reference")} {
		if !strings.Contains(logged[0], want) {
			t.Errorf("the log of the panic lacks %q: %s", want, logged[0])
		}
	}
}

func TestAPanicInTheMidstOfAnAnswerIsLoggedOnce(t *testing.T) {
	t.Parallel()
	e, out := engine(0)
	if w := get(e, "/panic-late", "203.0.113.7:1", ""); w.Body.String() != "half an ans" {
		t.Errorf("answered %s", w.Body)
	}
	if logged := panicsIn(out.String()); len(logged) != 1 || !strings.Contains(logged[0], "gate_test.go:") {
		t.Errorf("logged: %s", out)
	}
}

// panicsIn returns the lines of a log that tell of a panic.
func panicsIn(log string) []string {
	var told []string
	for line := range strings.Lines(log) {
		if strings.Contains(line, "secret-in-the-cause") {
			told = append(told, line)
		}
	}
	return told
}

func TestAnAbortedHandlerIsNotAnswered(t *testing.T) {
	t.Parallel()
	e, _ := engine(0)
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

func TestTheCacheHoldsOneVersion(t *testing.T) {
	t.Parallel()
	var c gate.Cache[string]
	c.Put(1, "a", "old", 3)
	if got, ok := c.Get(1, "a"); !ok || got != "old" {
		t.Errorf("got %q, %t", got, ok)
	}
	if _, ok := c.Get(2, "a"); ok {
		t.Error("an old answer was given for a new catalog")
	}
	c.Put(2, "a", "new", 3)
	c.Put(1, "a", "late", 4) // rendered before the change, put after it
	if got, _ := c.Get(2, "a"); got != "new" {
		t.Errorf("got %q", got)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for n := range 3000 {
				c.Put(2, fmt.Sprint(n), "x", 1)
				c.Get(2, fmt.Sprint(n))
			}
		})
	}
	all.Wait()
}

// The bounds of the cache, in bytes.
const (
	budget  = 32 << 20
	largest = 1 << 20
	longest = 1000
)

// Whatever visitors ask for, what the cache holds stays within its budget.
func TestTheCacheStaysSmall(t *testing.T) {
	t.Parallel()
	for name, flood := range map[string]struct {
		answers, key, size int
	}{
		"large answers":          {100, 20, largest},
		"answers of a page":      {2000, 20, 95_000},
		"long addresses":         {100_000, longest, 1},
		"small answers":          {200_000, 8, 0},
		"answers beyond the max": {100, 20, largest + 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var c gate.Cache[struct{}]
			address := func(n int) string { return fmt.Sprintf("%0*d", flood.key, n) }
			for n := range flood.answers {
				c.Put(1, address(n), struct{}{}, flood.size)
			}
			kept := 0
			for n := range flood.answers {
				if _, ok := c.Get(1, address(n)); ok {
					kept++
				}
			}
			// A key is held by its own bytes and a header of two words at least.
			if held := kept * (flood.key + 16 + flood.size); held > budget {
				t.Errorf("%d answers of %d bytes are kept: %d bytes", kept, flood.size, held)
			}
			if kept == 0 && flood.size <= largest {
				t.Error("nothing is kept")
			}
		})
	}
}

func TestWhatIsTooLargeIsNotKept(t *testing.T) {
	t.Parallel()
	var c gate.Cache[string]
	for _, test := range []struct {
		key  string
		size int
		kept bool
	}{
		{"largest", largest, true},
		{"too large", largest + 1, false},
		{strings.Repeat("k", longest), 1, true},
		{strings.Repeat("k", longest+1), 1, false},
	} {
		c.Put(1, test.key, "x", test.size)
		if _, ok := c.Get(1, test.key); ok != test.kept {
			t.Errorf("a key of %d bytes with %d bytes is kept: %t", len(test.key), test.size, ok)
		}
	}
}

// An answer that takes the place of another one weighs alone: the cache is not emptied for it.
func TestAnAnswerReplacesAnother(t *testing.T) {
	t.Parallel()
	var c gate.Cache[int]
	c.Put(1, "beside", 7, 1)
	for n := range 200 {
		c.Put(1, "page", n, largest)
	}
	if page, _ := c.Get(1, "page"); page != 199 {
		t.Errorf("the page is the one put at %d", page)
	}
	if _, ok := c.Get(1, "beside"); !ok {
		t.Error("replacing one answer emptied the cache")
	}
	c.Put(1, "page", 200, 1)
	for n := range 31 { // of its 32 MiB only a little is taken
		c.Put(1, fmt.Sprint("more", n), n, largest)
	}
	if _, ok := c.Get(1, "beside"); !ok {
		t.Error("an answer that was replaced by a smaller one is still counted")
	}
}

func TestEachKindOfErrorHasAStatus(t *testing.T) {
	t.Parallel()
	for kind, status := range map[shop.Kind]int{
		shop.Invalid: 400, shop.NotFound: 404, shop.Conflict: 409, shop.Gone: 410, shop.Forbidden: 403,
		shop.TooMany: 429, shop.TooLarge: 413, shop.Unavailable: 503, shop.Internal: 500, "unheard of": 500,
	} {
		if got := gate.Status(shop.NewError(kind, "code", "")); got != status {
			t.Errorf("%s is %d, want %d", kind, got, status)
		}
	}
	for code, status := range map[string]int{gate.CodeMethod: 405, gate.CodeMediaType: 415} {
		if got := gate.Status(shop.NewError(shop.Invalid, code, "")); got != status {
			t.Errorf("%s is %d, want %d", code, got, status)
		}
	}
}

func TestAnAllowanceLastsForADayAndIsEachClientsOwn(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)
	some, endless := gate.NewAllowance(4, 2, func() time.Time { return now }), gate.NewAllowance(0, 0, time.Now)
	take := func(a *gate.Allowance, from, work string, page int) bool {
		c, _ := gin.CreateTestContext(httptest.NewRecorder())
		c.Request = httptest.NewRequest(http.MethodGet, "/", nil)
		c.Request.RemoteAddr = from
		return a.Take(c, work, page)
	}
	const ours, theirs = "203.0.113.7:1", "203.0.113.8:1"
	for i, step := range []struct {
		from, work string
		page       int
		want       bool
	}{
		{ours, "a", 1, true}, {"203.0.113.7:2", "a", 2, true}, {ours, "a", 1, true}, {ours, "a", 3, false}, // two of each
		{ours, "b", 1, true}, {ours, "c", 1, true}, {ours, "d", 1, false}, {ours, "b", 2, false}, {ours, "c", 1, true}, // four in all
		{theirs, "a", 3, true}, {"[2001:db8::1]:1", "a", 1, true}, {"[2001:db8::1]:1", "a", 2, true}, {"[2001:db8::ffff]:1", "a", 3, false}, // the same network
	} {
		if got := take(some, step.from, step.work, step.page); got != step.want {
			t.Errorf("step %d: %s is shown page %d of %s: %t", i+1, step.from, step.page, step.work, got)
		}
	}
	now = now.Add(16 * time.Hour)
	if !take(some, ours, "d", 1) {
		t.Error("the next day brings nothing new")
	}
	for page := range 1000 {
		if !take(endless, ours, "a", page) {
			t.Fatalf("page %d of an endless allowance is withheld", page)
		}
	}
}

func TestOnlyThePageThatAsksMaySendElsewhere(t *testing.T) {
	t.Parallel()
	e := gin.New()
	e.Use(gate.Headers(gate.Origins{}))
	e.GET("/plain", func(c *gin.Context) { c.String(http.StatusOK, "") })
	e.GET("/sends", func(c *gin.Context) {
		gate.AllowSending(c, "https://files.example")
		c.String(http.StatusOK, "")
	})
	for path, want := range map[string]string{"/plain": "connect-src 'self';", "/sends": "connect-src 'self' https://files.example;"} {
		answer := httptest.NewRecorder()
		e.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		if policy := answer.Header().Get("Content-Security-Policy"); !strings.Contains(policy, want) {
			t.Errorf("%s: %q lacks %q", path, policy, want)
		}
	}
}
