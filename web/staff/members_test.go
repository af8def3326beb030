package staff_test

import (
	"encoding/csv"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"bookroom/shop"
)

// mustID is the id of a member of staff.
func (p *place) mustID(tb testing.TB, email string) string {
	tb.Helper()
	keys, err := p.store.StaffKeysByEmail(tb.Context(), email)
	must(tb, err)
	return keys.Staff.ID
}

func TestAdminsManageStaff(t *testing.T) {
	t.Parallel()
	p, now := MustOpenSignIn(t)
	admin := p.MustJoin(t, now, "Ada", shop.RoleAdmin)
	form := url.Values{"email": {"ben"}, "name": {""}, "role": {"owner"}}
	admin.Post("/staff/members", form).Expect(t, http.StatusUnprocessableEntity, "does not look like an e-mail address", "Please write the name", "Please choose one of the roles", `value="ben"`)
	form = url.Values{"email": {"Ben@bookroom.example"}, "name": {"Ben"}, "role": {"support"}}
	admin.Post("/staff/members", form).Leads(t, "/staff/members")
	admin.Get("/staff/members").Expect(t, http.StatusOK, "An invitation is on its way to ben@bookroom.example", "invited")
	admin.Post("/staff/members", form).Expect(t, http.StatusConflict, "is among the staff already", `value="Ben"`)
	ben := "/staff/members/" + p.mustID(t, "ben@bookroom.example")
	admin.Get(ben).Expect(t, http.StatusOK, "Send another invitation", "<dd>none</dd>") // no second factor yet
	admin.Post(ben+"/invite-again", nil).Leads(t, ben)

	cam := p.MustJoin(t, now, "Cam", shop.RoleCatalog)
	at := "/staff/members/" + p.mustID(t, cam.email)
	admin.Post(at+"/invite-again", nil).Expect(t, http.StatusConflict, "not waiting for an invitation")
	cam.Get("/staff/orders").Expect(t, http.StatusForbidden)
	admin.Post(at+"/role", url.Values{"from": {"catalog"}, "role": {"support"}}).Leads(t, at)
	cam.Get("/staff/orders").Expect(t, http.StatusOK)
	admin.Post(at+"/role", url.Values{"from": {"catalog"}, "role": {"admin"}}).Expect(t, http.StatusConflict, "Somebody else changed this")
	admin.Post(at+"/end-sessions", nil).Leads(t, at)
	cam.Get("/staff/orders").Leads(t, "/staff/sign-in?to=%2Fstaff%2Forders")
	cam.signIn(cam.visitor, cam.codes[0]).Leads(t, "/staff")
	admin.Post(at+"/disable", nil).Leads(t, at)
	cam.Get("/staff/orders").Leads(t, "/staff/sign-in?to=%2Fstaff%2Forders")
	cam.typePassword(cam.visitor, "").Expect(t, http.StatusUnauthorized)
	admin.Get(at).Expect(t, http.StatusOK, "disabled", "Let Cam in again")
	admin.Post(at+"/enable", nil).Leads(t, at)
	cam.signIn(cam.visitor, cam.codes[1]).Leads(t, "/staff")
	admin.Post(at+"/reset", nil).Leads(t, at)
	cam.typePassword(cam.visitor, "").Expect(t, http.StatusUnauthorized)
	admin.Get(at).Expect(t, http.StatusOK, "Send another invitation")
	admin.Get("/staff/members/nobody").Expect(t, http.StatusNotFound)
}

func TestTheLastAdminStays(t *testing.T) {
	t.Parallel()
	p, now := MustOpenSignIn(t)
	admin := p.MustJoin(t, now, "Ada", shop.RoleAdmin)
	at := "/staff/members/" + p.mustID(t, admin.email)
	for address, form := range map[string]url.Values{"/role": {"from": {"admin"}, "role": {"support"}}, "/disable": nil, "/reset": nil} {
		admin.Post(at+address, form).Expect(t, http.StatusConflict, "This is the last admin who can sign in")
	}
	p.MustJoin(t, now, "Ben", shop.RoleAdmin)
	admin.Post(at+"/role", url.Values{"from": {"admin"}, "role": {"support"}}).Leads(t, at)
	admin.Get("/staff/members").Expect(t, http.StatusForbidden)
}

func TestTheAuditTrailIsReadAndTakenAway(t *testing.T) {
	t.Parallel()
	p, now := MustOpenSignIn(t)
	admin := p.MustJoin(t, now, "Ada", shop.RoleAdmin)
	admin.Post("/staff/members", url.Values{"email": {"ben@bookroom.example"}, "name": {"=1+1"}, "role": {"support"}})
	at := p.mustID(t, "ben@bookroom.example")
	admin.Post("/staff/members/"+at+"/role", url.Values{"from": {"support"}, "role": {"finance"}})
	admin.Get("/staff/audit").Expect(t, http.StatusOK, "staff.invite", "staff.accept", "<del>support</del> → finance", "That is all.")
	one := admin.Get("/staff/audit?verb=staff.change_role&person=" + p.mustID(t, admin.email) + "&kind=staff&id=" + at)
	one.Expect(t, http.StatusOK, "<td>staff.change_role</td>")
	if strings.Contains(one.body, "<td>staff.invite</td>") {
		t.Error("the filter lets other acts through")
	}
	admin.Get("/staff/audit?from=yesterday").Expect(t, http.StatusUnprocessableEntity, "Please write a day as in")
	admin.Get("/staff/audit?from=2999-01-01").Expect(t, http.StatusOK, "Nothing was changed that fits")

	file := admin.Post("/staff/audit/export", url.Values{"kind": {"staff"}, "id": {at}})
	file.Expect(t, http.StatusOK)
	if got := file.header.Get("Content-Disposition"); !strings.HasPrefix(got, "attachment") {
		t.Errorf("the file comes as %q", got)
	}
	lines, err := csv.NewReader(strings.NewReader(file.body)).ReadAll()
	must(t, err)
	if len(lines) != 3 || lines[1][5] != "staff.change_role" || lines[2][5] != "staff.invite" || lines[1][9] != "role: support → finance" || lines[1][8] != "'=1+1" {
		t.Errorf("the file is %q", lines)
	}
	admin.Get("/staff/audit").Expect(t, http.StatusOK, "audit.export")
}
