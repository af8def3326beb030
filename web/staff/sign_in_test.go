package staff_test

import (
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"bookroom/shop"
	"bookroom/signin"
	"bookroom/store/storetest"
)

// clock is moved by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(by)
}

// MustOpenSignIn opens a back office that staff sign in to with passwords, at a clock of the test's.
func MustOpenSignIn(tb testing.TB) (*place, *clock) {
	tb.Helper()
	time := &clock{now: storetest.Now()}
	return mustOpen(tb, time.Now, func(c *shop.Config) {
		var err error
		c.Now = time.Now
		c.Passwords, err = signin.NewPasswords()
		must(tb, err)
		c.Passkeys, err = signin.NewPasskeys(c.URL)
		must(tb, err)
	}), time
}

// somebody is a member of staff who took up an invitation.
type somebody struct {
	*visitor // signed in
	email    string
	password string
	secret   string // of the app
	codes    []string
}

var (
	secretField  = regexp.MustCompile(`id="app-secret" value="([A-Z2-7]+)"`)
	recoveryCode = regexp.MustCompile(`<code>([A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4})</code>`)
)

// MustJoin invites somebody and has them take it up, in half a minute.
func (p *place) MustJoin(tb testing.TB, now *clock, name string, role shop.Role) somebody {
	tb.Helper()
	m := somebody{visitor: p.Visit(tb), email: strings.ToLower(name) + "@bookroom.example", password: "otter lamp cloud brick"}
	address, err := p.shop.AddStaff(tb.Context(), shop.Shell(), m.email, name, role)
	must(tb, err)
	invitation := "/staff/invitations/" + path.Base(address)
	m.Get(invitation).Expect(tb, http.StatusOK, "Welcome, "+name, string(role))
	m.Post(invitation, url.Values{"new": {m.password}, "again": {m.password}}).Leads(tb, invitation+"/factor")
	page := m.Get(invitation + "/factor")
	page.Expect(tb, http.StatusOK, `<svg class="qr"`)
	m.secret = secretField.FindStringSubmatch(page.body)[1]
	page = m.Post(invitation+"/factor", url.Values{"code": {shop.TOTPCode(m.secret, now.Now())}})
	page.Expect(tb, http.StatusOK, "They are shown this once")
	for _, found := range recoveryCode.FindAllStringSubmatch(page.body, -1) {
		m.codes = append(m.codes, found[1])
	}
	now.Advance(30 * time.Second) // no code is good twice
	return m
}

// Leads fails the test unless the answer leads to that address.
func (r reply) Leads(tb testing.TB, address string) {
	tb.Helper()
	if got := r.header.Get("Location"); r.status != http.StatusSeeOther || got != address {
		tb.Fatalf("answered %d to %q, want a way to %q: %s", r.status, got, address, r.body)
	}
}

// password answers the first question.
func (m somebody) typePassword(v *visitor, to string) reply {
	v.tb.Helper()
	return v.Post("/staff/sign-in", url.Values{"email": {m.email}, "password": {m.password}, "to": {to}})
}

// signIn answers both questions.
func (m somebody) signIn(v *visitor, code string) reply {
	v.tb.Helper()
	m.typePassword(v, "").Leads(v.tb, "/staff/sign-in/factor?to=")
	return v.Post("/staff/sign-in/factor", url.Values{"code": {code}})
}

func TestSigningInTakesPasswordAndCode(t *testing.T) {
	t.Parallel()
	p, now := MustOpenSignIn(t)
	m := p.MustJoin(t, now, "Ada", shop.RoleSupport)
	v := p.Visit(t)
	v.Get("/staff/orders?q=BP").Leads(t, "/staff/sign-in?to=%2Fstaff%2Forders%3Fq%3DBP")
	v.Get("/staff/sign-in?to=%2Fstaff%2Forders").Expect(t, http.StatusOK, `name="to" value="/staff/orders"`)
	m.typePassword(v, "/staff/orders").Leads(t, "/staff/sign-in/factor?to=%2Fstaff%2Forders")
	v.Get("/staff/orders").Leads(t, "/staff/sign-in?to=%2Fstaff%2Forders") // half is not enough
	v.Get("/staff/sign-in/factor?to=%2Fstaff%2Forders").Expect(t, http.StatusOK, "10 recovery codes left")
	v.Post("/staff/sign-in/factor", url.Values{"code": {"12345"}}).Expect(t, http.StatusUnauthorized, "This code is not right")
	code := shop.TOTPCode(m.secret, now.Now())
	v.Post("/staff/sign-in/factor", url.Values{"code": {code[:3] + " " + code[3:]}, "to": {"/staff/orders"}}).Leads(t, "/staff/orders")
	v.Get("/staff/orders").Expect(t, http.StatusOK, "Ada, support")

	m.signIn(p.Visit(t), code).Expect(t, http.StatusUnauthorized, "it was used already")

	v.Post("/staff/sign-out", nil).Leads(t, "/staff/sign-in")
	v.Get("/staff/orders").Leads(t, "/staff/sign-in?to=%2Fstaff%2Forders")
}

func TestSigningInLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	p, now := MustOpenSignIn(t)
	m := p.MustJoin(t, now, "Ada", shop.RoleSupport)
	for _, to := range []string{"https://evil.example/", "//evil.example", "/staffing", "/staff/sign-in", "/staff\\@evil.example"} {
		v := p.Visit(t)
		m.typePassword(v, to)
		v.Post("/staff/sign-in/factor", url.Values{"code": {shop.TOTPCode(m.secret, now.Now())}, "to": {to}}).Leads(t, "/staff")
		now.Advance(30 * time.Second)
	}
}

// Nobody learns from the answer who is among the staff.
func TestAnyWrongHalfIsAnsweredTheSame(t *testing.T) {
	t.Parallel()
	p, now := MustOpenSignIn(t)
	there, gone := p.MustJoin(t, now, "Ada", shop.RoleSupport), p.MustJoin(t, now, "Ben", shop.RoleSupport)
	keys, err := p.store.StaffKeysByEmail(t.Context(), gone.email)
	must(t, err)
	must(t, p.shop.DisableStaff(t.Context(), shop.Shell(), keys.Staff.ID))
	_, err = p.shop.AddStaff(t.Context(), shop.Shell(), "cam@bookroom.example", "Cam", shop.RoleSupport)
	must(t, err)
	var first string
	for name, form := range map[string]url.Values{
		"a wrong password":       {"email": {there.email}, "password": {"another lamp cloud brick"}},
		"a wrong address":        {"email": {"dee@bookroom.example"}, "password": {there.password}},
		"a disabled account":     {"email": {gone.email}, "password": {gone.password}},
		"an open invitation":     {"email": {"cam@bookroom.example"}, "password": {there.password}},
		"no password":            {"email": {there.email}},
		"an endless password":    {"email": {there.email}, "password": {strings.Repeat("x", 100_000)}},
		"bytes that are no text": {"email": {"\xff\x00"}, "password": {"\xff\x00"}},
	} {
		got := p.Visit(t).Post("/staff/sign-in", form)
		got.Expect(t, http.StatusUnauthorized, "do not open the back office")
		_, message, _ := strings.Cut(got.body, `role="alert"`)
		message, _, _ = strings.Cut(message, "<form")
		if first == "" {
			first = message
		}
		if message != first || got.header.Get("Set-Cookie") != "" {
			t.Errorf("%s is answered differently: %s", name, got.body)
		}
	}
}

func TestManyAttemptsArePausedAndThePausePasses(t *testing.T) {
	t.Parallel()
	p, now := MustOpenSignIn(t)
	m := p.MustJoin(t, now, "Ada", shop.RoleSupport)
	v := p.Visit(t)
	for range 10 {
		v.Post("/staff/sign-in", url.Values{"email": {"ADA@bookroom.example"}, "password": {"guess after guess"}}).Expect(t, http.StatusUnauthorized)
	}
	refused := m.typePassword(v, "")
	refused.Expect(t, http.StatusTooManyRequests, "Please wait 15 minutes")
	if refused.header.Get("Retry-After") != "900" {
		t.Errorf("Retry-After is %q", refused.header.Get("Retry-After"))
	}
	now.Advance(15*time.Minute + time.Second)
	m.signIn(v, shop.TOTPCode(m.secret, now.Now())).Leads(t, "/staff")
	m.typePassword(v, "")
	for range 10 {
		v.Post("/staff/sign-in/factor", url.Values{"code": {"not a code"}}).Expect(t, http.StatusUnauthorized)
	}
	now.Advance(30 * time.Second)
	v.Post("/staff/sign-in/factor", url.Values{"code": {shop.TOTPCode(m.secret, now.Now())}}).Expect(t, http.StatusTooManyRequests)
}

func TestARecoveryCodeIsGoodOnce(t *testing.T) {
	t.Parallel()
	p, now := MustOpenSignIn(t)
	m := p.MustJoin(t, now, "Ada", shop.RoleSupport)
	if len(m.codes) != 10 {
		t.Fatalf("%d codes were shown", len(m.codes))
	}
	m.signIn(p.Visit(t), strings.ToLower(m.codes[3])).Leads(t, "/staff")
	again := m.signIn(p.Visit(t), m.codes[3])
	again.Expect(t, http.StatusUnauthorized, "it was used already", "9 recovery codes left")
}

func TestTheSecondStepEndsAfterTenMinutes(t *testing.T) {
	t.Parallel()
	p, now := MustOpenSignIn(t)
	m := p.MustJoin(t, now, "Ada", shop.RoleSupport)
	v := p.Visit(t)
	m.typePassword(v, "")
	now.Advance(10 * time.Minute)
	v.Post("/staff/sign-in/factor", url.Values{"code": {shop.TOTPCode(m.secret, now.Now())}}).Expect(t, http.StatusUnauthorized, "Please begin again", `name="password"`)
}

// Somebody looks at their sign-ins for one that is not theirs.
func TestDevicesAreNamedAsPeopleKnowThem(t *testing.T) {
	t.Parallel()
	p, now := MustOpenSignIn(t)
	m := p.MustJoin(t, now, "Ada", shop.RoleSupport)
	for i, c := range []struct{ agent, name string }{
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0", "Edge on Windows"},
		{"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1", "Safari on iPhone"},
		{"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"},
	} {
		v := p.Visit(t)
		v.agent = c.agent
		m.signIn(v, m.codes[i]).Leads(t, "/staff")
		m.Get("/staff/account").Expect(t, http.StatusOK, c.name)
	}
}
