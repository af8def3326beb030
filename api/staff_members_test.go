package api

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"bookroom/gate"
	"bookroom/shop"
	"bookroom/store/storetest"
)

func memberTypes() map[string]any {
	return map[string]any{
		"AuditRecord": auditRecord{}, "AuditSubject": auditSubject{}, "AuditList": auditList{}, "Member": member{}, "MemberList": memberList{},
		"StaffToken": staffToken{}, "StaffTokenList": staffTokenList{},
	}
}

func memberProblems() map[string]func(*testing.T, *world) answered {
	return map[string]func(*testing.T, *world) answered{
		"token_not_found": func(t *testing.T, w *world) answered {
			return w.send(t, request{method: "DELETE", path: "/api/v1/staff/tokens/none", header: w.as(t, shop.RoleAdmin)})
		},
	}
}

func TestTheAuditTrailIsReadPageByPage(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	member := storetest.MustStaff(t, w.store, shop.RoleAdmin)
	for range 3 {
		storetest.MustToken(t, w.store, member, shop.SeeOrders)
	}
	as := w.as(t, shop.RoleFinance)
	path := "/api/v1/staff/audit?limit=2&verb=token.add&staff=" + member.ID
	first := must[auditList](t, w, http.StatusOK, request{method: "GET", path: path, header: as})
	if len(first.Items) != 2 || first.NextCursor == nil || *first.NextCursor != strconv.FormatInt(first.Items[1].Sequence, 10) {
		t.Fatalf("the first page is %+v", first)
	}
	newest := first.Items[0]
	if newest.Staff != member.Name || newest.Subject.Kind != "token" || newest.After["scopes"] == nil || newest.PreviousHash != first.Items[1].Hash {
		t.Errorf("the newest record is %+v", newest)
	}
	last := must[auditList](t, w, http.StatusOK, request{method: "GET", path: path + "&cursor=" + *first.NextCursor, header: as})
	if len(last.Items) != 1 || last.NextCursor != nil || last.Items[0].Sequence >= first.Items[1].Sequence {
		t.Errorf("the last page is %+v", last)
	}
	for query, want := range map[string]int{
		"subject_kind=token&subject_id=" + newest.Subject.ID:      1,
		"q=TOKEN&staff=" + member.ID:                              3,
		"from=9999-01-01T00:00:00Z":                               0,
		"to=1999-01-01T00:00:00Z":                                 0,
		"from=1999-01-01T00:00:00Z&verb=token.add&q=" + "Sam adm": 3,
		"verb=%00": 0,
	} {
		got := must[auditList](t, w, http.StatusOK, request{method: "GET", path: "/api/v1/staff/audit?" + strings.ReplaceAll(query, " ", "+"), header: as})
		if len(got.Items) != want {
			t.Errorf("%s finds %d, want %d", query, len(got.Items), want)
		}
	}
	for _, query := range []string{"cursor=x", "cursor=-1", "limit=0", "from=yesterday", "to=2026-02-30T00:00:00Z"} {
		if got := w.send(t, request{method: "GET", path: "/api/v1/staff/audit?" + query, header: as}); got.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", query, got.status, got.body)
		}
	}
}

func TestMembersAreListed(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	support := storetest.MustStaff(t, w.store, shop.RoleSupport)
	got := w.send(t, request{method: "GET", path: "/api/v1/staff/members", header: w.as(t, shop.RoleAdmin)})
	list := mustRead[memberList](t, got)
	if len(list.Items) != 2 || list.Items[1].ID != support.ID || list.Items[1].Role != shop.RoleSupport || list.Items[1].State != shop.StaffActive {
		t.Errorf("members %s", got.body)
	}
	for _, secret := range []string{"hash", "secret", "credential"} {
		if strings.Contains(string(got.body), secret) {
			t.Errorf("the list tells a %s: %s", secret, got.body)
		}
	}
}

// An admin looks after the tokens of all; who may not look after staff, after their own.
func TestTokensAreListedAndRevoked(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	other, another := w.as(t, shop.RoleSupport, shop.SeeOrders), w.as(t, shop.RoleAdmin, shop.SeeOrders)
	own := w.as(t, shop.RoleAdmin, shop.ManageTokens)
	read := func(header map[string]string) []staffToken {
		return must[staffTokenList](t, w, http.StatusOK, request{method: "GET", path: "/api/v1/staff/tokens", header: header}).Items
	}
	mine, all := read(own), read(w.as(t, shop.RoleAdmin))
	if len(mine) != 1 || mine[0].LastUsedAt == nil || mine[0].State != "good" || len(all) != 4 {
		t.Fatalf("own %+v, all %+v", mine, all)
	}
	revoke := func(id string, header map[string]string) answered {
		return w.send(t, request{method: "DELETE", path: "/api/v1/staff/tokens/" + id, header: header})
	}
	of := func(name string) string {
		for _, token := range all {
			if token.Staff == name {
				return token.ID
			}
		}
		t.Fatalf("nobody is called %s", name)
		return ""
	}
	if got := revoke(of("Sam support"), own); got.status != http.StatusNotFound {
		t.Errorf("somebody else's: %d", got.status)
	}
	if got := revoke(mine[0].ID, other); got.status != http.StatusForbidden {
		t.Errorf("without the scope: %d", got.status)
	}
	admin := w.as(t, shop.RoleAdmin)
	if got := revoke(of("Sam support"), admin); got.status != http.StatusOK || !strings.Contains(string(got.body), `"revoked"`) {
		t.Errorf("as an admin: %d %s", got.status, got.body)
	}
	if got := revoke(mine[0].ID, own); got.status != http.StatusOK {
		t.Errorf("its own: %d", got.status)
	}
	for name, token := range map[string]struct {
		header map[string]string
		status int
	}{"revoked": {other, http.StatusUnauthorized}, "itself": {own, http.StatusUnauthorized}, "another": {another, http.StatusOK}} {
		if got := w.send(t, request{method: "GET", path: "/api/v1/staff/me", header: token.header}); got.status != token.status {
			t.Errorf("%s: %d", name, got.status)
		}
	}
	records, err := w.store.AuditRecords(t.Context(), shop.AuditQuery{Verb: "token.revoke", Limit: 9})
	if err != nil || len(records) != 2 || records[0].Subject.ID != mine[0].ID || records[0].TokenID != mine[0].ID {
		t.Errorf("the trail has %+v (%v)", records, err)
	}
}
