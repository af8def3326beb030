package staff

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// ProductStore is what the pages about the catalog read.
type ProductStore interface {
	// DeskProducts is one page of the products in whatever state, those that were changed last first.
	DeskProducts(ctx context.Context, q shop.DeskProductQuery) (shop.DeskProductPage, error)
	// ProductToEdit returns a product in whatever state; an Error of kind NotFound for an unknown slug.
	ProductToEdit(ctx context.Context, slug string) (shop.EditedProduct, error)
	// AllProducts returns every product, by slug.
	AllProducts(ctx context.Context) ([]shop.EditedProduct, error)
	// BundleOwners is the number of addresses with an active right to a product.
	BundleOwners(ctx context.Context, productID string) (int, error)
	Synonyms(ctx context.Context) ([]shop.Synonyms, error)
}

func (d *Desk) productRoutes() []Route {
	return []Route{
		get("/products", shop.SeeCatalog, d.products),
		get("/products/new", shop.EditCatalog, d.newProduct),
		d.post("/products", shop.EditCatalog, d.createProduct),
		get("/products/:slug", shop.SeeCatalog, d.product),
		d.post("/products/:slug", shop.EditCatalog, d.saveProduct),
		d.post("/products/:slug/publish", shop.EditCatalog, d.turnProduct("published", d.Shop.PublishProduct)),
		d.post("/products/:slug/schedule", shop.EditCatalog, d.scheduleProduct),
		d.post("/products/:slug/unschedule", shop.EditCatalog, d.turnProduct("unscheduled", d.Shop.UnscheduleProduct)),
		d.post("/products/:slug/archive", shop.EditCatalog, d.turnProduct("archived", d.Shop.ArchiveProduct)),
		d.post("/products/:slug/parts", shop.EditCatalog, d.setParts),
		d.post("/product-preview", shop.SeeCatalog, d.previewProduct),
		get("/product-table", shop.SeeCatalog, d.productTable),
		get("/product-table.csv", shop.SeeCatalog, d.productTableFile),
		d.post("/product-table", shop.EditCatalog, d.compareTable),
		d.post("/product-table/apply", shop.EditCatalog, d.applyTable),
		get("/synonyms", shop.SeeCatalog, d.synonyms),
		d.post("/synonyms", shop.EditCatalog, d.saveSynonyms),
	}
}

// states are those that a product can be in.
func states() []shop.ProductStatus {
	return []shop.ProductStatus{shop.Draft, shop.Published, shop.Archived}
}

// productStateName is a product's state for people.
func productStateName(status shop.ProductStatus) string {
	switch status {
	case shop.Published:
		return "In the shop"
	case shop.Archived:
		return "Archived"
	default:
		return "Draft"
	}
}

// licencePrice is what a licence of a product costs; a dash where it is not on sale.
func (d *Desk) licencePrice(p shop.EditedProduct, kind shop.VariantKind) string {
	licence, onSale := p.Licence(kind)
	if !onSale {
		return "–"
	}
	return d.words.Money(licence.Price)
}

// productsOnPage is how many products stand on one page of the list.
const productsOnPage = 50

type productsPage struct {
	frame
	Query    shop.DeskProductQuery
	Products []shop.EditedProduct
	Next     string // address of the next page; empty on the last
}

// products lists the products, those that were changed last first.
func (d *Desk) products(c *gin.Context) {
	page := productsPage{frame: d.frame(c, "Handbooks", "/products"), Query: shop.DeskProductQuery{
		Words: c.Query("q"), Limit: productsOnPage, Cursor: c.Query("cursor"),
	}}
	if state := shop.ProductStatus(c.Query("state")); slices.Contains(states(), state) {
		page.Query.Status = state
	}
	if kind := c.Query("kind"); kind != "" {
		page.Query.Kind = kindOf(kind)
	}
	found, err := d.Store.DeskProducts(c.Request.Context(), page.Query)
	if err != nil {
		d.fail(c, err)
		return
	}
	page.Products = found.Items
	if found.Next != "" {
		query := url.Values{"q": {page.Query.Words}, "state": {string(page.Query.Status)}, "kind": {string(page.Query.Kind)}, "cursor": {found.Next}}
		page.Next = Root + "/products?" + query.Encode()
	}
	d.show(c, http.StatusOK, "products", page)
}
