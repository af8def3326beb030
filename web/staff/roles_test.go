package staff_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"bookroom/shop"
	"bookroom/web/staff"
)

// Every route answers every role, and nobody, as the table of permissions says.
func TestEveryRouteAsksForItsPermission(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	browsers := map[shop.Role]*visitor{"": p.Visit(t)}
	for _, role := range shop.Roles() {
		browsers[role] = p.SignIn(t, role)
	}
	for _, route := range p.desk.Table() {
		for role, browser := range browsers {
			if route.Path == "/sign-out" && role != "" {
				browser = p.SignIn(t, role) // the others are needed for what follows
			}
			path := staff.Root + strings.NewReplacer(":", "").Replace(route.Path)
			var got reply
			if route.Method == http.MethodGet {
				got = browser.Get(path)
			} else {
				got = browser.do(route.Method, path, strings.NewReader(""))
			}
			toSignIn := strings.HasPrefix(got.header.Get("Location"), "/staff/sign-in")
			may := route.Needs == staff.Anyone || role != "" && (route.Needs == staff.SignedIn || slices.Contains(role.Permissions(), route.Needs))
			switch {
			case role == "" && may == toSignIn:
				t.Errorf("%s %s for who is not signed in: %d to %q", route.Method, path, got.status, got.header.Get("Location"))
			case role != "" && may == (got.status == http.StatusForbidden):
				t.Errorf("%s %s as %s: %d", route.Method, path, role, got.status)
			}
		}
	}
}

// No page is reached beside the table, which is what asks for permissions.
func TestEveryRouteIsInTheTable(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	known := map[string]bool{}
	for _, route := range p.desk.Table() {
		known[route.Method+" "+staff.Root+route.Path] = true
		if route.Needs == "" {
			t.Errorf("%s %s says nothing of who may", route.Method, route.Path)
		}
	}
	served := 0
	for _, route := range p.engine.Routes() {
		method := strings.Replace(route.Method, http.MethodHead, http.MethodGet, 1)
		if !known[method+" "+route.Path] {
			t.Errorf("%s %s is not in the table", route.Method, route.Path)
		}
		if route.Method != http.MethodHead {
			served++
		}
	}
	if served != len(known) {
		t.Errorf("%d routes are served, the table has %d", served, len(known))
	}
}
