// Package staff is the back office: the pages under /staff, with their templates embedded. Whoever works here
// signs in first; what a role may do is the table in package shop, and is checked at one place, the table of
// routes. The pages are in English. Every page works without JavaScript, but for the sending of files.
//
// It reads from the store and leaves every change to package shop. It knows nothing of SQL, Stripe, S3 or mail.
package staff

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"bookroom/gate"
	"bookroom/shop"
	"bookroom/words"

	"github.com/gin-gonic/gin"
)

// Store is what the pages read.
type Store interface {
	AuditStore
	FileStore
	ProductStore
	OrderStore
	MailStore
	PeopleStore
	FigureStore
	SettingStore
	MemberStore
	AccountStore
}

// Options is what the back office is made of.
type Options struct {
	Shop  *shop.Shop
	Store Store
	// Asset is the address of a style sheet, script or font.
	Asset func(name string) (string, error)
	// Preview is the page of a product as buyers would see it, in whatever state it is.
	Preview func(ctx context.Context, p shop.Product) ([]byte, error)
	Bucket  string // its origin, which files are sent to: https://files.example.org
	Limits  gate.Limits
	Log     *slog.Logger
	Now     func() time.Time
}

// Desk answers requests for the pages of the back office.
type Desk struct {
	Options
	words     *words.Words
	templates templates
	secure    bool // cookies go over https only
}

// New prepares the pages. It panics when an embedded template is broken.
func New(o Options) *Desk {
	d := &Desk{Options: o, words: words.Load().In(shop.English), secure: strings.HasPrefix(o.Shop.URL(), "https://")}
	d.templates = parseTemplates(d.funcs())
	return d
}

// Root is where the back office begins.
const Root = "/staff"

// Who a route is for who needs no permission.
const (
	Anyone   shop.Permission = "anyone"    // also who is not signed in
	SignedIn shop.Permission = "signed in" // every role
)

// Route is one address of the back office, and what one needs to use it.
type Route struct {
	Method string
	Path   string // below Root
	Needs  shop.Permission
	handle gin.HandlerFunc
}

// Table is every route of the back office.
func (d *Desk) Table() []Route {
	return slices.Concat(
		d.signInRoutes(),
		d.invitationRoutes(),
		d.accountRoutes(),
		d.tokenRoutes(),
		d.memberRoutes(),
		d.auditRoutes(),
		d.fileRoutes(),
		d.productRoutes(),
		d.orderRoutes(),
		d.refundRoutes(),
		d.mailRoutes(),
		d.peopleRoutes(),
		d.figureRoutes(),
		d.settingRoutes(),
	)
}

// Routes adds every page to the router.
func (d *Desk) Routes(r gin.IRouter) {
	r = r.Group(Root, d.private, gate.Limit(d.Limits.Staff, gate.ByClient, d.Fail))
	for _, route := range d.Table() {
		handlers := []gin.HandlerFunc{d.allow(route.Needs), route.handle}
		if route.Method != http.MethodGet {
			r.Handle(route.Method, route.Path, handlers...)
			continue
		}
		r.Match([]string{http.MethodGet, http.MethodHead}, route.Path, handlers...)
	}
}

// get and post make lines of the table.
func get(path string, needs shop.Permission, handle gin.HandlerFunc) Route {
	return Route{http.MethodGet, path, needs, handle}
}

// maxForm bounds what a form may send, in bytes.
const maxForm = 1 << 20

func (d *Desk) post(path string, needs shop.Permission, handle gin.HandlerFunc) Route {
	return Route{http.MethodPost, path, needs, func(c *gin.Context) {
		c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxForm)
		if err := c.Request.ParseForm(); err != nil {
			d.fail(c, unreadableForm(err))
			return
		}
		handle(c)
	}}
}

// private keeps pages out of caches, and their addresses out of other sites.
func (d *Desk) private(c *gin.Context) {
	c.Header("Cache-Control", "private, no-store")
	c.Header("Referrer-Policy", "same-origin")
}
