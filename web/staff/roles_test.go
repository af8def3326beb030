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
