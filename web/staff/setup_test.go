package staff_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"bookroom/gate"
	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
	"bookroom/web"
	"bookroom/web/staff"

	"github.com/gin-gonic/gin"
)

// place is a back office on a database of its own.
type place struct {
	url    string
	shop   *shop.Shop
	store  *store.Store
	desk   *staff.Desk
	engine *gin.Engine
}

// MustOpen opens a back office on a fresh SQLite database with products in it.
func MustOpen(tb testing.TB, configure ...func(*shop.Config)) *place {
	tb.Helper()
	return mustOpen(tb, time.Now, configure...)
}

// MustOpenAt is MustOpen for pages that show what the clock says.
func MustOpenAt(tb testing.TB, now time.Time) *place {
	tb.Helper()
	return mustOpen(tb, func() time.Time { return now })
}

func mustOpen(tb testing.TB, now func() time.Time, configure ...func(*shop.Config)) *place {
	tb.Helper()
	gin.SetMode(gin.ReleaseMode)
	p := &place{store: storetest.Open(tb, storetest.SQLite(tb))}
	storetest.MustProducts(tb, p.store)
	p.engine = gin.New()
	server := httptest.NewServer(p.engine)
	tb.Cleanup(server.Close)
	p.url = server.URL
	log := slog.New(slog.NewTextHandler(tb.Output(), nil))
	config := shop.Config{
		Store: p.store, URL: p.url, Secret: bytes.Repeat([]byte("s"), 32), Defaults: shop.DefaultSettings(), Log: log, Now: time.Now, Wake: func() {},
	}
	for _, change := range configure {
		change(&config)
	}
	p.shop = shop.New(config)
	p.desk = staff.New(staff.Options{
		Shop: p.shop, Store: p.store, Asset: func(name string) (string, error) { return "/assets/" + name, nil }, Preview: p.shopPages(log).Preview,
		Limits: gate.Limits{}, Log: log, Now: now,
	})
	p.engine.Use(gate.Recover(log, p.desk.Fail))
	p.desk.Routes(p.engine)
	return p
}

// shopPages are the pages of the shop beside the back office.
func (p *place) shopPages(log *slog.Logger) *web.Pages {
	draw := func(w io.Writer, _ shop.Product) error { _, err := io.WriteString(w, "<svg/>"); return err }
	return web.New(web.Options{
		Shop: p.shop, Store: p.store, Cover: draw, Card: draw, Motif: func(w io.Writer, _ string) error { return nil }, Log: log, Now: time.Now,
	})
}

// visitor is a browser that follows no redirect by itself.
type visitor struct {
	tb     testing.TB
	client *http.Client
	url    string
	agent  string // what the browser says that it is
}

// reply is an answer that was read to its end.
type reply struct {
	status int
	header http.Header
	body   string
}

// Visit starts a browser in which nobody is signed in.
func (p *place) Visit(tb testing.TB) *visitor {
	tb.Helper()
	jar, err := cookiejar.New(nil)
	must(tb, err)
	return &visitor{tb, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, p.url, "test"}
}

// SignIn starts a browser in which a new member of staff is signed in.
func (p *place) SignIn(tb testing.TB, role shop.Role) *visitor {
	tb.Helper()
	v := p.Visit(tb)
	token, err := p.shop.OpenStaffSession(tb.Context(), storetest.MustStaff(tb, p.store, role), shop.Client{IP: netip.MustParseAddr("192.0.2.7"), Agent: "test"})
	must(tb, err)
	address, err := url.Parse(p.url)
	must(tb, err)
	v.client.Jar.SetCookies(address, []*http.Cookie{{Name: "staff", Value: token, Path: "/"}})
	return v
}

func (v *visitor) do(method, path string, body io.Reader) reply {
	v.tb.Helper()
	request, err := http.NewRequestWithContext(v.tb.Context(), method, v.url+path, body)
	must(v.tb, err)
	if body != nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return v.send(request)
}

func (v *visitor) send(request *http.Request) reply {
	v.tb.Helper()
	request.Header.Set("User-Agent", v.agent)
	answer, err := v.client.Do(request)
	must(v.tb, err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	must(v.tb, err)
	return reply{answer.StatusCode, answer.Header, string(text)}
}

// Get asks for a page by its path.
func (v *visitor) Get(path string) reply { v.tb.Helper(); return v.do(http.MethodGet, path, nil) }

// Post sends a form.
func (v *visitor) Post(path string, form url.Values) reply {
	v.tb.Helper()
	return v.do(http.MethodPost, path, strings.NewReader(form.Encode()))
}

// Expect fails the test unless the answer has that status and all of the texts.
func (r reply) Expect(tb testing.TB, status int, texts ...string) {
	tb.Helper()
	if r.status != status {
		tb.Fatalf("answered %d, want %d: %s", r.status, status, r.body)
	}
	for _, text := range texts {
		if !strings.Contains(r.body, text) {
			tb.Errorf("%q is missing in: %s", text, r.body)
		}
	}
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
