package api

import (
	"net/http"
	"slices"

	"bookroom/gate"
	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// StaffRoute is one address of the back office's API, and what one needs to use it.
type StaffRoute struct {
	Method string
	Path   string // below the root of the back office's API
	Needs  shop.Permission
	status int
	handle handler
}

// StaffRoot is where the back office's API begins.
const StaffRoot = root + "/staff"

// StaffTable is every route of the back office's API.
func (a *API) StaffTable() []StaffRoute {
	return slices.Concat(
		[]StaffRoute{{http.MethodGet, "/me", SignedIn, http.StatusOK, a.getMe}},
		a.fileRoutes(),
		a.productRoutes(),
		a.orderRoutes(),
		a.refundRoutes(),
		a.mailRoutes(),
		a.peopleRoutes(),
		a.figureRoutes(),
		a.settingRoutes(),
		a.memberRoutes(),
	)
}

// SignedIn is what a route needs that every good token may use.
const SignedIn shop.Permission = "signed in"

func (a *API) staffRoutes(r gin.IRouter) {
	staff := r.Group(StaffRoot, private, a.limit(a.Limits.Staff))
	for _, route := range a.StaffTable() {
		handlers := []gin.HandlerFunc{a.allow(route.Needs), a.check, a.answer(route.status, route.handle)}
		if route.Method == http.MethodGet {
			get(staff, route.Path, handlers...)
			continue
		}
		staff.Handle(route.Method, route.Path, handlers...)
	}
}

// actorKey is what the actor of a token is kept under during a request.
const actorKey = "actor"

// allow lets through whose token may; it is the one check of the back office's API.
func (a *API) allow(needs shop.Permission) gin.HandlerFunc {
	return func(c *gin.Context) {
		actor, err := a.Shop.TokenActor(c.Request.Context(), c.GetHeader("Authorization"), shop.Client{IP: gate.ClientIP(c), Agent: c.Request.UserAgent()})
		if err == nil && needs != SignedIn {
			err = actor.Allow(needs)
		}
		if shop.IsKind(err, shop.Unauthorized) {
			c.Header("WWW-Authenticate", `Bearer realm="bookroom"`)
		}
		if err != nil {
			a.Fail(c, shop.AsError(err))
			return
		}
		c.Set(actorKey, actor)
	}
}

// actor is who a token acts for.
func actor(c *gin.Context) shop.Actor {
	by, _ := c.Get(actorKey)
	known, _ := by.(shop.Actor)
	return known
}

// me is who a token acts for, and what it may do.
type me struct {
	Name        string            `json:"name"`
	Email       string            `json:"email"`
	Role        shop.Role         `json:"role"`
	Permissions []shop.Permission `json:"permissions"`
}

func (a *API) getMe(c *gin.Context) (any, error) {
	by := actor(c)
	may := me{by.Name, by.Email, by.Role, []shop.Permission{}}
	for _, p := range by.Role.Permissions() {
		if by.May(p) {
			may.Permissions = append(may.Permissions, p)
		}
	}
	return may, nil
}
