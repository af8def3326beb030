package staff_test

import (
	"net/http"
	"net/url"
	"path"
	"testing"

	"bookroom/shop"
)

func TestAnInvitationIsTakenUpOnce(t *testing.T) {
	t.Parallel()
	p, now := MustOpenSignIn(t)
	address, err := p.shop.AddStaff(t.Context(), shop.Shell(), "ada@bookroom.example", "Ada", shop.RoleAdmin)
	must(t, err)
	invitation := "/staff/invitations/" + path.Base(address)
	v := p.Visit(t)
	for name, c := range map[string]struct {
		chosen, again, says string
	}{
		"short":         {"too short", "too short", "at least 12 characters"},
		"common":        {"password123456", "password123456", "Many people have this one"},
		"their address": {"ada@bookroom1", "ada@bookroom2", "Please type the same password twice"},
		"different":     {"otter lamp cloud brick", "otter lamp cloud", "Please type the same password twice"},
	} {
		got := v.Post(invitation, url.Values{"new": {c.chosen}, "again": {c.again}})
		got.Expect(t, http.StatusUnprocessableEntity, c.says, `aria-invalid="true"`)
		if t.Failed() {
			t.Fatalf("a password that is %s", name)
		}
	}
	v.Get(invitation+"/factor").Expect(t, http.StatusUnauthorized, "Please begin again") // no password yet
	v.Post(invitation, url.Values{"new": {"otter lamp cloud brick"}, "again": {"otter lamp cloud brick"}}).Leads(t, invitation+"/factor")
	page := v.Get(invitation + "/factor")
	secret := secretField.FindStringSubmatch(page.body)[1]
	wrong := v.Post(invitation+"/factor", url.Values{"code": {"000"}})
	wrong.Expect(t, http.StatusUnprocessableEntity, "This is not the code", secret) // the same app goes on
	v.Post(invitation+"/factor", url.Values{"code": {shop.TOTPCode(secret, now.Now())}}).Expect(t, http.StatusOK, "Your recovery codes")
	v.Get("/staff/account").Expect(t, http.StatusOK, "Ada, admin", "10 left")

	p.Visit(t).Get(invitation).Expect(t, http.StatusGone, "was used already")
}

func TestAnInvitationExpires(t *testing.T) {
	t.Parallel()
	p, now := MustOpenSignIn(t)
	address, err := p.shop.AddStaff(t.Context(), shop.Shell(), "ada@bookroom.example", "Ada", shop.RoleAdmin)
	must(t, err)
	invitation := "/staff/invitations/" + path.Base(address)
	now.Advance(shop.InvitationLife)
	p.Visit(t).Get(invitation).Expect(t, http.StatusGone, "has expired")
	p.Visit(t).Post(invitation, url.Values{"new": {"otter lamp cloud brick"}, "again": {"otter lamp cloud brick"}}).Expect(t, http.StatusGone, "has expired")
	p.Visit(t).Get(invitation+"x").Expect(t, http.StatusNotFound, "not one of ours")
}
