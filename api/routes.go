package api

import (
	"context"
	"log/slog"
	"net/http"

	"bookroom/gate"
	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// Store is what the API reads, and the cart that it changes.
type Store interface {
	// CatalogVersion changes whenever anything changes that an answer about the catalog holds.
	CatalogVersion(ctx context.Context) (int64, error)
	Products(ctx context.Context, q shop.ProductQuery) (shop.ProductPage, error)
	// Product returns a published or an archived product; a draft is not found.
	Product(ctx context.Context, slug string) (shop.Product, error)

	CreateCart(ctx context.Context) (shop.Cart, error)
	Cart(ctx context.Context, id string) (shop.Cart, error)
	SetCartItem(ctx context.Context, cartID string, choice shop.CartChoice) (shop.Cart, error)
	RemoveCartItem(ctx context.Context, cartID, variantID string) (shop.Cart, error)
	// SetDonation takes the donation away when the amount is zero.
	SetDonation(ctx context.Context, cartID string, amount int64) (shop.Cart, error)

	// OwnedFiles lists what an order gives the right to, whatever the right's state.
	OwnedFiles(ctx context.Context, orderID string) ([]shop.OwnedFile, error)
	// BoughtFiles lists the same of the editions that were sold, where there are newer ones by now.
	BoughtFiles(ctx context.Context, orderID string) ([]shop.OwnedFile, error)

	StaffFileStore
	StaffProductStore
	StaffOrderStore
	StaffRefundStore
	StaffMailStore
	StaffPeopleStore
	StaffFigureStore
	StaffSettingStore
	StaffMemberStore
}

// Options is what the API is made of.
type Options struct {
	Shop   *shop.Shop
	Store  Store
	Log    *slog.Logger
	Limits gate.Limits
}

// API answers requests.
type API struct {
	Options
	contract *contract
}

// New reads the contract. It panics when the embedded file is broken.
func New(o Options) *API { return &API{Options: o, contract: readContract()} }

const root = "/api/v1"

// Routes adds the API, its documentation and the webhook to the router. Addresses and methods that it
// does not know are the engine's to answer, by Fail.
func (a *API) Routes(r gin.IRouter) {
	r.POST("/webhooks/stripe", a.answer(http.StatusOK, a.receiveEvent))
	r.POST("/webhooks/ses", a.answer(http.StatusOK, a.receiveMailReport))

	get(r, root+"/openapi.yaml", newDocument("application/yaml", source).serve)
	get(r, docsPath, newDocument("text/html; charset=utf-8", a.contract.page(a.Shop.URL())).serve)
	get(r, docsPath+".css", newDocument("text/css; charset=utf-8", style).serve)

	catalog := r.Group(root, a.limit(a.Limits.Catalog))
	get(catalog, "/products", a.cached(a.listProducts))
	get(catalog, "/products/:slug", a.cached(a.getProduct))

	carts := r.Group(root+"/carts", private, a.limit(a.Limits.Carts), a.check)
	carts.POST("", a.answer(http.StatusCreated, a.createCart))
	get(carts, "/:cart", a.answer(http.StatusOK, a.getCart))
	carts.PUT("/:cart/items/:variant", a.answer(http.StatusOK, a.setCartItem))
	carts.DELETE("/:cart/items/:variant", a.answer(http.StatusOK, a.removeCartItem))
	carts.PUT("/:cart/donation", a.answer(http.StatusOK, a.setDonation))
	carts.DELETE("/:cart/donation", a.answer(http.StatusOK, a.removeDonation))

	carts.POST("/:cart/checkout", a.limit(a.Limits.Checkouts), a.answer(http.StatusCreated, a.checkout))

	orders := r.Group(root+"/orders/:token", private, a.limit(a.Limits.Orders), a.check)
	get(orders, "", a.answer(http.StatusOK, a.getOrder))
	orders.POST("/downloads", gate.Limit(a.Limits.Downloads, byOrder, a.Fail), a.answer(http.StatusCreated, a.issueDownload))

	a.staffRoutes(r)
}

// get routes GET, and HEAD with it.
func get(r gin.IRouter, path string, handlers ...gin.HandlerFunc) {
	r.Match([]string{http.MethodGet, http.MethodHead}, path, handlers...)
}

// limit counts by client.
func (a *API) limit(rate gate.Rate) gin.HandlerFunc { return gate.Limit(rate, gate.ByClient, a.Fail) }

func byOrder(c *gin.Context) string { return c.Param("token") }

// private keeps an answer out of caches, and its address, which is a secret, out of referrers.
func private(c *gin.Context) {
	c.Header("Cache-Control", "no-store")
	c.Header("Referrer-Policy", "no-referrer")
}
