package api

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"bookroom/gate"
	"bookroom/shop"
	"bookroom/store/storetest"
)

// staffTypes are the types of the back office's API by the names of their schemas, a map for each part.
func staffTypes() []map[string]any {
	return []map[string]any{
		{"Me": me{}},
		{"RefundRequest": refundRequest{}, "Refund": refund{}, "RefundList": refundList{}, "RefundPart": refundPart{}},
		fileTypes(),
		orderTypes(),
		{"Figures": figures{}, "Settings": settings{}, "SettingsRequest": settingsRequest{}},
		mailTypes(),
		productTypes(),
		memberTypes(),
	}
}

// staffProblems has for every code of the back office a way that leads to it, a map for each part.
func staffProblems() []map[string]func(*testing.T, *world) answered {
	return []map[string]func(*testing.T, *world) answered{
		{
			"token_required": func(t *testing.T, w *world) answered {
				return w.send(t, request{method: "GET", path: "/api/v1/staff/me"})
			},
			"not_allowed": func(t *testing.T, w *world) answered {
				return w.send(t, forbidden(t, w))
			},
		},
		refundProblems(),
		orderProblems(),
		fileProblems(),
		figureProblems(),
		mailProblems(),
		productProblems(),
		memberProblems(),
	}
}

// forbidden is a request that a token may not make.
func forbidden(t *testing.T, w *world) request {
	t.Helper()
	for _, route := range w.api.StaffTable() {
		if route.Needs != SignedIn && !slices.Contains(shop.RoleCatalog.Permissions(), route.Needs) {
			return request{method: route.Method, path: StaffRoot + strings.NewReplacer(":", "").Replace(route.Path), header: w.as(t, shop.RoleCatalog)}
		}
	}
	t.Skip("every route is for every token")
	return request{}
}

// as is the header of a new token for all that a role may do, or for those scopes alone.
func (w *world) as(t *testing.T, role shop.Role, scopes ...shop.Permission) map[string]string {
	t.Helper()
	return map[string]string{"Authorization": "Bearer " + storetest.MustToken(t, w.store, storetest.MustStaff(t, w.store, role), scopes...)}
}

func TestATokenSaysWhoItActsFor(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	got := w.send(t, request{method: http.MethodGet, path: "/api/v1/staff/me", header: w.as(t, shop.RoleAdmin, shop.SeeOrders)})
	if got.status != http.StatusOK {
		t.Fatalf("%d: %s", got.status, got.body)
	}
	if who := mustRead[me](t, got); who.Role != shop.RoleAdmin || !slices.Equal(who.Permissions, []shop.Permission{shop.SeeOrders}) {
		t.Errorf("it says %+v", who)
	}
}

// Every route answers every role, and nobody, as the table of permissions says.
func TestEveryStaffRouteAsksForItsPermission(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	tokens := map[shop.Role]map[string]string{"": {}}
	for _, role := range shop.Roles() {
		tokens[role] = w.as(t, role)
	}
	for _, route := range w.api.StaffTable() {
		for role, header := range tokens {
			got := w.send(t, request{method: route.Method, path: StaffRoot + strings.NewReplacer(":", "").Replace(route.Path), header: header})
			may := route.Needs == SignedIn || slices.Contains(role.Permissions(), route.Needs)
			switch {
			case role == "" && got.status != http.StatusUnauthorized:
				t.Errorf("%s %s without a token: %d", route.Method, route.Path, got.status)
			case role != "" && may == (got.status == http.StatusForbidden):
				t.Errorf("%s %s as %s: %d", route.Method, route.Path, role, got.status)
			}
		}
	}
}
