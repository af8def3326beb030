// Package web is the shop's pages: the catalog, the cart, the checkout and the page of an order, with
// their templates and assets embedded. Every page works without JavaScript.
//
// It reads from the store and leaves everything that moves money or access to package shop. It knows
// nothing of SQL, Stripe, S3 or how a cover is drawn.
package web

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"bookroom/gate"
	"bookroom/shop"
	"bookroom/words"

	"github.com/alexedwards/scs/v2"
	"github.com/gin-gonic/gin"
	"golang.org/x/sync/singleflight"
)

// Store is what the pages read, and the cart that they change.
type Store interface {
	// CatalogVersion changes whenever anything changes that a catalog page shows.
	CatalogVersion(ctx context.Context) (int64, error)
	Products(ctx context.Context, q shop.ProductQuery) (shop.ProductPage, error)
	// Product returns a published or an archived product; an Error of kind NotFound for any other.
	Product(ctx context.Context, slug string) (shop.Product, error)
	// BundlesWith returns the published bundles that a product is part of.
	BundlesWith(ctx context.Context, productID string) ([]shop.Product, error)

	// SamplePicture returns a page that anybody may look at; an Error of kind NotFound for any other. The hash is the
	// beginning of the picture's SHA-256.
	SamplePicture(ctx context.Context, slug string, page int, hash string) (shop.SamplePicture, error)
	// SearchPages looks for pages that have all the words, in up to limit handbooks.
	SearchPages(ctx context.Context, q string, limit int) (shop.Inside, error)

	CreateCart(ctx context.Context) (shop.Cart, error)
	Cart(ctx context.Context, id string) (shop.Cart, error)
	// CopyCart makes a new cart with what is still sold of another one, what was chosen to be paid and the prices that were seen.
	CopyCart(ctx context.Context, id string) (shop.Cart, error)
	// CartCount is the number of licences in a cart; 0 where there is no such cart.
	CartCount(ctx context.Context, id string) (int, error)
	AddCartItem(ctx context.Context, cartID string, choice shop.CartChoice) (shop.Cart, error)
	SetCartItem(ctx context.Context, cartID string, choice shop.CartChoice) (shop.Cart, error)
	RemoveCartItem(ctx context.Context, cartID, variantID string) (shop.Cart, error)
	// SetDonation takes the donation away when the amount is zero.
	SetDonation(ctx context.Context, cartID string, amount int64) (shop.Cart, error)

	// OwnedFiles lists what an order gives the right to, whatever the right's state.
	OwnedFiles(ctx context.Context, orderID string) ([]shop.OwnedFile, error)
	// BoughtFiles lists the same of the editions that were sold, where there are newer ones by now.
	BoughtFiles(ctx context.Context, orderID string) ([]shop.OwnedFile, error)
	// LibraryOrders is one page of the orders of an address, LibraryFiles what all of them give the right to.
	LibraryOrders(ctx context.Context, q shop.LibraryQuery) (shop.LibraryPage, error)
	LibraryFiles(ctx context.Context, email string) ([]shop.OwnedFile, error)
	SessionStore
}

// Options is what the pages are made of.
type Options struct {
	Shop  *shop.Shop
	Store Store
	// Cover draws a product's cover as SVG, Motif the picture of a distinguisher alone.
	Cover func(w io.Writer, p shop.Product) error
	Motif func(w io.Writer, distinguisher string) error
	// Card draws the picture of a product for social networks as PNG.
	Card   func(w io.Writer, p shop.Product) error
	Limits gate.Limits
	Log    *slog.Logger
	Now    func() time.Time
}

// Pages answers requests for pages.
type Pages struct {
	Options
	assets    assets
	catalogue *words.Catalogue
	archives  seats
	templates map[shop.Language]templates
	cache     gate.Cache[*answer]
	making    singleflight.Group // answers that are to be kept
	drawing   chan struct{}      // holds one for each card that is being drawn
	snippets  *gate.Allowance
	sessions  *scs.SessionManager
	secure    bool // cookies go over https only
}

// New prepares the pages. It panics when an embedded template is broken.
func New(o Options) *Pages {
	p := &Pages{Options: o, secure: strings.HasPrefix(o.Shop.URL(), "https://")}
	p.drawing = make(chan struct{}, cardsAtOnce)
	p.sessions = p.newSessions()
	p.archives.taken = map[string]int{}
	p.assets = readAssets()
	p.snippets = gate.NewAllowance(o.Limits.Snippets, o.Limits.BookSnippets, o.Now)
	p.catalogue = words.Load()
	p.templates = map[shop.Language]templates{}
	for _, l := range shop.Languages() {
		p.templates[l] = parseTemplates(p.funcs(p.catalogue.In(l)))
	}
	return p
}

// Routes adds every page to the router.
func (p *Pages) Routes(r gin.IRouter) {
	files := r // what is the same in every language, and kept by shared caches
	r = r.Group("", p.rememberLanguage)
	limit := func(rate gate.Rate) gin.HandlerFunc { return gate.Limit(rate, gate.ByClient, p.Fail) }
	catalog, carts, checkouts, orders := limit(p.Limits.Catalog), limit(p.Limits.Carts), limit(p.Limits.Checkouts), limit(p.Limits.Orders)
	downloads := gate.Limit(p.Limits.Downloads, byOrder, p.Fail)
	get := func(path string, handlers ...gin.HandlerFunc) {
		r.Match([]string{http.MethodGet, http.MethodHead}, path, handlers...)
	}

	getFile := func(path string, handlers ...gin.HandlerFunc) {
		files.Match([]string{http.MethodGet, http.MethodHead}, path, handlers...)
	}

	get("/", catalog, p.home)
	get("/handbooks", catalog, p.catalog)
	get("/handbooks/", func(c *gin.Context) { c.Redirect(http.StatusMovedPermanently, "/handbooks") })
	get("/handbooks/inside", catalog, p.searchInside)
	get("/handbooks/:slug", catalog, p.product)
	getFile("/handbooks/:slug/pages/:file", catalog, p.samplePicture)
	getFile("/covers/:file", catalog, p.coverImage)
	getFile("/cards/:file", catalog, p.card)
	getFile("/card.png", catalog, p.shopCard)

	get("/cart", carts, p.cart)
	get("/cart/copy/:token", carts, p.cartLink)
	r.POST("/cart/copy/:token", carts, p.readForm, p.takeCart)
	// A form that was refused leaves its address with the browser; asking for it leads back to the cart.
	get("/cart/items", toCart)
	get("/cart/items/:variant", toCart)
	get("/cart/items/:variant/remove", toCart)
	get("/cart/donation", toCart)
	get("/cart/donation/remove", toCart)
	get("/cart/forget", toCart)
	r.POST("/cart/forget", carts, p.readForm, p.forgetOrder)
	r.POST("/cart/items", carts, p.readForm, p.addToCart)
	r.POST("/cart/items/:variant", carts, p.readForm, p.changeItem)
	r.POST("/cart/items/:variant/remove", carts, p.readForm, p.removeFromCart)
	r.POST("/cart/donation", carts, p.readForm, p.giveDonation)
	r.POST("/cart/donation/remove", carts, p.readForm, p.removeDonation)

	get("/checkout", carts, p.checkoutForm)
	r.POST("/checkout", carts, checkouts, p.readForm, p.checkout)
	get("/orders/:token", orders, p.order)
	r.POST("/orders/:token/files/:file", orders, downloads, p.readForm, p.download)
	r.POST("/orders/:token/archive", orders, downloads, p.readForm, p.orderArchive)
	r.POST("/orders/:token/device", orders, downloads, p.readForm, p.askForDevice)
	get("/orders/:token/receipt.pdf", orders, p.receipt)
	get("/orders/:token/invoice.pdf", orders, p.invoice)
	r.POST("/orders/:token/billing", orders, p.readForm, p.issueInvoice)
	get("/orders/:token/billing", toOrder)
	get("/orders/:token/archive", toOrder)
	get("/orders/:token/device", toOrder)
	get("/archives/:token", orders, p.archive)
	get("/devices/:token", orders, p.deviceLink)
	r.POST("/devices/:token", orders, p.readForm, p.confirmDevice)

	library := limit(p.Limits.Library)
	get("/library", orders, p.library)
	get("/library/archive", toLibrary)
	get("/library/leave", toLibrary)
	get("/library/enter/:token", orders, p.libraryLink)
	r.POST("/library", library, p.readForm, p.requestLibrary)
	r.POST("/library/enter/:token", library, p.readForm, p.enterLibrary)
	r.POST("/library/archive", orders, library, p.readForm, p.libraryArchive)
	r.POST("/library/leave", orders, p.readForm, p.leaveLibrary)

	get("/about", catalog, p.text("about", shop.Say("About")))
	get("/help", catalog, p.text("help", shop.Say("Help")))
	get("/terms", catalog, p.text("terms", shop.Say("Licences and terms")))
	get("/privacy", catalog, p.text("privacy", shop.Say("Privacy")))
	getFile("/assets/:file", p.asset)
	getFile("/robots.txt", p.robots)
	getFile("/sitemap.xml", catalog, p.sitemap)
	get("/feed.xml", catalog, p.feed)
}

func byOrder(c *gin.Context) string { return c.Param("token") }

// maxForm bounds what a form may send, in bytes.
const maxForm = 64 << 10

// readForm parses the posted form, so that a broken or an oversized one is told from an empty one.
func (p *Pages) readForm(c *gin.Context) {
	c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, maxForm)
	if err := c.Request.ParseForm(); err != nil {
		p.fail(c, unreadableForm(err))
		c.Abort()
	}
}
