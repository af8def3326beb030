package staff_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"bookroom/shop"
)

func TestChangesOfASignInAskForTheSecondFactorAgain(t *testing.T) {
	t.Parallel()
	p, now := MustOpenSignIn(t)
	m := p.MustJoin(t, now, "Ada", shop.RoleSupport)
	m.Get("/staff/account/password").Expect(t, http.StatusOK, "Present password")
	now.Advance(10 * time.Minute)
	m.Get("/staff/account/password").Leads(t, "/staff/account/prove?to=%2Fstaff%2Faccount%2Fpassword")
	m.Post("/staff/account/recovery-codes", nil).Leads(t, "/staff/account/prove?to=")
	proof := url.Values{"code": {"000000"}, "to": {"/staff/account/password"}}
	m.Post("/staff/account/prove", proof).Expect(t, http.StatusUnauthorized, "This code is not right", `value="/staff/account/password"`)
	proof.Set("code", shop.TOTPCode(m.secret, now.Now()))
	m.Post("/staff/account/prove", proof).Leads(t, "/staff/account/password")
	m.Get("/staff/account/password").Expect(t, http.StatusOK)
}

func TestAChangedPasswordSignsOutTheOtherDevices(t *testing.T) {
	t.Parallel()
	p, now := MustOpenSignIn(t)
	m := p.MustJoin(t, now, "Ada", shop.RoleSupport)
	other := p.Visit(t)
	m.signIn(other, shop.TOTPCode(m.secret, now.Now())).Leads(t, "/staff")
	form := url.Values{"old": {"not the old one"}, "new": {"river stone paper moon"}, "again": {"river stone paper moon"}}
	m.Post("/staff/account/password", form).Expect(t, http.StatusUnprocessableEntity, "This is not your present password", `id="old-e"`)
	form.Set("old", m.password)
	m.Post("/staff/account/password", form).Leads(t, "/staff/account")
	m.Get("/staff/account").Expect(t, http.StatusOK, "Your password is changed")
	other.Get("/staff/account").Leads(t, "/staff/sign-in?to=%2Fstaff%2Faccount")
	p.Visit(t).Post("/staff/sign-in", url.Values{"email": {m.email}, "password": {m.password}}).Expect(t, http.StatusUnauthorized)
}

var endOfSession = regexp.MustCompile(`/staff/account/sessions/[^/"]+/end`)

func TestSessionsCanBeEnded(t *testing.T) {
	t.Parallel()
	p, now := MustOpenSignIn(t)
	m := p.MustJoin(t, now, "Ada", shop.RoleSupport)
	second, third := p.Visit(t), p.Visit(t)
	m.signIn(second, m.codes[0]).Leads(t, "/staff")
	end := endOfSession.FindString(m.Get("/staff/account").body)
	m.Post(end, nil).Leads(t, "/staff/account")
	second.Get("/staff/account").Leads(t, "/staff/sign-in?to=%2Fstaff%2Faccount")
	m.Post(end, nil).Expect(t, http.StatusNotFound, "has ended already")

	m.signIn(second, m.codes[1])
	m.signIn(third, m.codes[2])
	third.Post("/staff/account/sessions/end", nil).Leads(t, "/staff/account")
	second.Get("/staff/account").Leads(t, "/staff/sign-in?to=%2Fstaff%2Faccount")
	m.Get("/staff/account").Leads(t, "/staff/sign-in?to=%2Fstaff%2Faccount")
	third.Get("/staff/account").Expect(t, http.StatusOK, "This one")
	now.Advance(shop.StaffSessionIdle)
	third.Get("/staff/account").Leads(t, "/staff/sign-in?to=%2Fstaff%2Faccount")
}

func TestTheLastSecondFactorStays(t *testing.T) {
	t.Parallel()
	p, now := MustOpenSignIn(t)
	m := p.MustJoin(t, now, "Ada", shop.RoleSupport)
	m.Post("/staff/account/app/remove", nil).Expect(t, http.StatusConflict, "This is your only second factor")
	m.Get("/staff/account").Expect(t, http.StatusOK, "Set up another")
}

func TestAnotherAppTakesThePlaceOfTheFirst(t *testing.T) {
	t.Parallel()
	p, now := MustOpenSignIn(t)
	m := p.MustJoin(t, now, "Ada", shop.RoleSupport)
	page := m.Get("/staff/account/app").body
	another := m
	another.secret = secretField.FindStringSubmatch(page)[1]
	ticket := regexp.MustCompile(`name="ticket" value="([^"]+)"`).FindStringSubmatch(page)[1]
	m.Post("/staff/account/app", url.Values{"ticket": {ticket}, "code": {"1"}}).Expect(t, http.StatusUnprocessableEntity, "This is not the code", another.secret)
	m.Post("/staff/account/app", url.Values{"ticket": {ticket}, "code": {shop.TOTPCode(another.secret, now.Now())}}).Leads(t, "/staff/account")
	now.Advance(30 * time.Second)
	m.signIn(p.Visit(t), shop.TOTPCode(m.secret, now.Now())).Expect(t, http.StatusUnauthorized)
	another.signIn(p.Visit(t), shop.TOTPCode(another.secret, now.Now())).Leads(t, "/staff")
}

func TestNewRecoveryCodesEndTheEarlierOnes(t *testing.T) {
	t.Parallel()
	p, now := MustOpenSignIn(t)
	m := p.MustJoin(t, now, "Ada", shop.RoleSupport)
	page := m.Post("/staff/account/recovery-codes", nil)
	page.Expect(t, http.StatusOK, "They are shown this once")
	m.signIn(p.Visit(t), m.codes[0]).Expect(t, http.StatusUnauthorized)
	m.signIn(p.Visit(t), recoveryCode.FindStringSubmatch(page.body)[1]).Leads(t, "/staff")
}

func TestATokenIsShownOnceAndEndsWhenRevoked(t *testing.T) {
	t.Parallel()
	p, now := MustOpenSignIn(t)
	m := p.MustJoin(t, now, "Ada", shop.RoleAdmin)
	form := url.Values{"name": {""}, "expires": {"2020-01-01"}}
	m.Post("/staff/account/tokens", form).Expect(t, http.StatusUnprocessableEntity, "what the token is for", "Please choose one at least", "within a year")
	form = url.Values{"name": {"Bookkeeping"}, "scopes": {string(shop.SeeOrders), string(shop.SeeMoney)}, "expires": {now.Now().AddDate(0, 1, 0).Format(time.DateOnly)}}
	made := m.Post("/staff/account/tokens", form)
	made.Expect(t, http.StatusOK, "It is shown this once")
	secret := regexp.MustCompile(`brk_[A-Z2-7]+`).FindString(made.body)
	by, err := p.shop.TokenActor(t.Context(), "Bearer "+secret, shop.Client{})
	must(t, err)
	if by.Email != m.email || !by.May(shop.SeeMoney) || by.May(shop.EditSettings) {
		t.Errorf("the token is of %+v", by)
	}
	list := m.Get("/staff/account/tokens")
	list.Expect(t, http.StatusOK, "Bookkeeping", "orders.read, money.read")
	if strings.Contains(list.body, secret) {
		t.Error("the token is shown twice")
	}
	revoke := regexp.MustCompile(`/staff/account/tokens/[^/"]+/revoke`).FindString(list.body)
	m.Post(revoke, nil).Leads(t, "/staff/account/tokens")
	if _, err := p.shop.TokenActor(t.Context(), "Bearer "+secret, shop.Client{}); !shop.IsKind(err, shop.Unauthorized) {
		t.Errorf("a revoked token: %v", err)
	}
	m.Get("/staff/account/tokens").Expect(t, http.StatusOK, "revoked")
	now.Advance(10 * time.Minute)
	m.Post("/staff/account/tokens", form).Leads(t, "/staff/account/prove?to=")
}
