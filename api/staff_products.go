package api

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"bookroom/catalog/sheet"
	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// StaffProductStore is what the API about the catalog reads.
type StaffProductStore interface {
	DeskProducts(ctx context.Context, q shop.DeskProductQuery) (shop.DeskProductPage, error)
	// ProductToEdit returns a product in whatever state; an Error of kind NotFound for an unknown slug.
	ProductToEdit(ctx context.Context, slug string) (shop.EditedProduct, error)
	AllProducts(ctx context.Context) ([]shop.EditedProduct, error)
}

func (a *API) productRoutes() []StaffRoute {
	edit := func(method, path string, handle handler) StaffRoute {
		return StaffRoute{method, path, shop.EditCatalog, http.StatusOK, handle}
	}
	return []StaffRoute{
		{http.MethodGet, "/products", shop.SeeCatalog, http.StatusOK, a.listStaffProducts},
		{http.MethodPost, "/products", shop.EditCatalog, http.StatusCreated, a.createProduct},
		{http.MethodGet, "/products/:slug", shop.SeeCatalog, http.StatusOK, a.getStaffProduct},
		edit(http.MethodPut, "/products/:slug", a.putProduct),
		edit(http.MethodPost, "/products/:slug/publish", a.turnProduct(a.Shop.PublishProduct)),
		edit(http.MethodPut, "/products/:slug/schedule", a.scheduleProduct),
		edit(http.MethodDelete, "/products/:slug/schedule", a.turnProduct(a.Shop.UnscheduleProduct)),
		edit(http.MethodPost, "/products/:slug/archive", a.turnProduct(a.Shop.ArchiveProduct)),
		edit(http.MethodPut, "/products/:slug/handbooks", a.putHandbooks),
		{http.MethodGet, "/product-table", shop.SeeCatalog, http.StatusOK, a.getProductTable},
		edit(http.MethodPut, "/product-table", a.putProductTable),
	}
}

type staffProductList struct {
	Items      []staffProduct `json:"items"`
	NextCursor *string        `json:"next_cursor"`
}

// staffProduct is a product as staff work on it.
type staffProduct struct {
	Slug           string             `json:"slug"`
	Kind           shop.ProductKind   `json:"kind"`
	Status         shop.ProductStatus `json:"status"`
	Version        int                `json:"version"`
	PublishAt      *time.Time         `json:"publish_at"`
	PublishedAt    *time.Time         `json:"published_at"`
	UpdatedAt      time.Time          `json:"updated_at"`
	Title          string             `json:"title"`
	Subtitle       string             `json:"subtitle"`
	Summary        string             `json:"summary"`
	Description    string             `json:"description"`
	Authors        []string           `json:"authors"`
	Language       string             `json:"language"`
	Pages          int                `json:"pages"`
	Tags           []string           `json:"tags"`
	Distinguishers []string           `json:"distinguishers"`
	Goals          []string           `json:"goals"`
	Accessibility  []string           `json:"accessibility"`
	Contents       []contentEntry     `json:"contents"`
	Licences       []licence          `json:"licences"`
	Handbooks      []string           `json:"handbooks"`
	Edition        *int               `json:"edition"`
}

// productInput is what a client makes of a product.
type productInput struct {
	Slug           string           `json:"slug"`
	Kind           shop.ProductKind `json:"kind"`
	Title          string           `json:"title"`
	Subtitle       string           `json:"subtitle"`
	Summary        string           `json:"summary"`
	Description    string           `json:"description"`
	Authors        []string         `json:"authors,omitempty"`
	Language       string           `json:"language"`
	Pages          int              `json:"pages"`
	Tags           []string         `json:"tags,omitempty"`
	Distinguishers []string         `json:"distinguishers,omitempty"`
	Goals          []string         `json:"goals,omitempty"`
	Accessibility  []string         `json:"accessibility,omitempty"`
	Contents       []contentEntry   `json:"contents,omitempty"`
	Licences       []licence        `json:"licences,omitempty"`
}

// licence is a licence with whether it is on sale.
type licence struct {
	Kind      shop.VariantKind `json:"kind"`
	OnSale    bool             `json:"on_sale"`
	SKU       string           `json:"sku"`
	Price     money            `json:"price"`
	Suggested *money           `json:"suggested"`
}

func staffProductOf(p shop.EditedProduct) staffProduct {
	out := staffProduct{
		Slug: p.Slug, Kind: p.Kind, Status: p.Status, Version: p.Version, PublishAt: moment(p.PublishAt), PublishedAt: moment(p.PublishedAt), UpdatedAt: p.UpdatedAt.UTC(),
		Title: p.Title, Subtitle: p.Subtitle, Summary: p.Summary, Description: p.Description, Authors: each(p.Authors, same), Language: p.Language,
		Pages: p.Pages, Tags: each(p.Tags, same), Distinguishers: each(p.Distinguishers, same), Goals: each(p.Goals, same),
		Accessibility: each(p.Accessibility, same), Contents: each(p.Contents, func(e shop.ContentEntry) contentEntry { return contentEntry(e) }),
		Handbooks: each(p.Parts, func(part shop.Part) string { return part.Slug }),
	}
	licenceOf := func(onSale bool) func(shop.Variant) licence {
		return func(v shop.Variant) licence {
			return licence{v.Kind, onSale, v.SKU, money(v.Price), optional(money(v.Suggested))}
		}
	}
	out.Licences = append(each(p.Variants, licenceOf(true)), each(p.Withdrawn, licenceOf(false))...)
	if newest := p.Edition(); newest != nil {
		out.Edition = &newest.Number
	}
	return out
}

// product is what the client makes of the version of a product.
func (in productInput) product(version int) shop.EditedProduct {
	p := shop.EditedProduct{Version: version, Product: shop.Product{
		Slug: in.Slug, Kind: in.Kind, Title: in.Title, Subtitle: in.Subtitle, Summary: in.Summary, Description: in.Description, Authors: in.Authors,
		Language: in.Language, Pages: in.Pages, Tags: in.Tags, Distinguishers: in.Distinguishers, Goals: in.Goals, Accessibility: in.Accessibility,
		Contents: each(in.Contents, func(e contentEntry) shop.ContentEntry { return shop.ContentEntry(e) }),
	}}
	for _, l := range in.Licences {
		v := shop.Variant{Kind: l.Kind, SKU: l.SKU, Price: shop.Money(l.Price)}
		if l.Suggested != nil {
			v.Suggested = shop.Money(*l.Suggested)
		}
		if l.OnSale {
			p.Variants = append(p.Variants, v)
		} else {
			p.Withdrawn = append(p.Withdrawn, v)
		}
	}
	return p
}

func (a *API) listStaffProducts(c *gin.Context) (any, error) {
	q := shop.DeskProductQuery{
		Words: c.Query("q"), Status: shop.ProductStatus(c.Query("status")), Kind: shop.ProductKind(c.Query("kind")), Cursor: c.Query("cursor"), Limit: shop.DefaultPage,
	}
	if limit := c.Query("limit"); limit != "" {
		n, err := strconv.Atoi(limit)
		if err != nil {
			return nil, errQuery.Because(err)
		}
		q.Limit = n
	}
	page, err := a.Store.DeskProducts(c.Request.Context(), q)
	if err != nil {
		return nil, err
	}
	return staffProductList{Items: each(page.Items, staffProductOf), NextCursor: optional(page.Next)}, nil
}

func (a *API) createProduct(c *gin.Context) (any, error) {
	var in productInput
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	p, err := a.Shop.CreateProduct(c.Request.Context(), actor(c), in.product(0))
	return tagged(c, p, err)
}

func (a *API) getStaffProduct(c *gin.Context) (any, error) {
	p, err := a.Store.ProductToEdit(c.Request.Context(), c.Param("slug"))
	return tagged(c, p, err)
}

func (a *API) putProduct(c *gin.Context) (any, error) {
	version, err := ifMatch(c)
	if err != nil {
		return nil, err
	}
	var in productInput
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	p, err := a.Shop.SaveProduct(c.Request.Context(), actor(c), c.Param("slug"), in.product(version))
	return a.changed(c, p, err)
}

// turnProduct puts a product of the version that If-Match names into the shop, or takes it out.
func (a *API) turnProduct(turn func(ctx context.Context, by shop.Actor, slug string, version int) (shop.EditedProduct, error)) handler {
	return func(c *gin.Context) (any, error) {
		version, err := ifMatch(c)
		if err != nil {
			return nil, err
		}
		p, err := turn(c.Request.Context(), actor(c), c.Param("slug"), version)
		return a.changed(c, p, err)
	}
}

type scheduleRequest struct {
	PublishAt time.Time `json:"publish_at"`
}

func (a *API) scheduleProduct(c *gin.Context) (any, error) {
	version, err := ifMatch(c)
	if err != nil {
		return nil, err
	}
	var in scheduleRequest
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	p, err := a.Shop.ScheduleProduct(c.Request.Context(), actor(c), c.Param("slug"), version, in.PublishAt)
	return a.changed(c, p, err)
}

type handbooksRequest struct {
	Handbooks []string `json:"handbooks"`
	ForOwners *bool    `json:"for_owners"`
}

func (a *API) putHandbooks(c *gin.Context) (any, error) {
	version, err := ifMatch(c)
	if err != nil {
		return nil, err
	}
	var in handbooksRequest
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	change := shop.PartsChange{Slug: c.Param("slug"), Version: version, Handbooks: in.Handbooks, ForOwners: in.ForOwners}
	p, err := a.Shop.SetParts(c.Request.Context(), actor(c), change)
	return a.changed(c, p, err)
}

// tagged answers with a product and the ETag that its next change has to name.
func tagged(c *gin.Context, p shop.EditedProduct, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	c.Header("ETag", fmt.Sprintf(`"%d"`, p.Version))
	return staffProductOf(p), nil
}

// changed answers with a product that was changed. When somebody else was quicker, the problem holds the product as it is.
func (a *API) changed(c *gin.Context, p shop.EditedProduct, err error) (any, error) {
	if err != nil && shop.AsError(err).Code == shop.ErrProductChanged.Code {
		current, readErr := a.Store.ProductToEdit(c.Request.Context(), c.Param("slug"))
		if readErr == nil {
			c.Header("ETag", fmt.Sprintf(`"%d"`, current.Version))
			c.Set(currentKey, staffProductOf(current))
		}
	}
	return tagged(c, p, err)
}

// ifMatch is the version that the client has seen.
func ifMatch(c *gin.Context) (int, error) {
	version, err := strconv.Atoi(strings.Trim(c.GetHeader("If-Match"), `"`))
	if err != nil {
		return 0, invalid(map[string]string{"If-Match": "This should be the ETag of the product as you have seen it."})
	}
	return version, nil
}

type productTable struct {
	CSV string `json:"csv"`
}

func (a *API) getProductTable(c *gin.Context) (any, error) {
	products, err := a.Store.AllProducts(c.Request.Context())
	if err != nil {
		return nil, err
	}
	var table bytes.Buffer
	if err := sheet.Write(&table, products); err != nil {
		return nil, err
	}
	return productTable{table.String()}, nil
}

type productTableRequest struct {
	CSV      string         `json:"csv"`
	Versions map[string]int `json:"versions,omitempty"`
}

type tableChange struct {
	Saved     bool            `json:"saved"`
	Changes   []productChange `json:"changes"`
	Unchanged int             `json:"unchanged"`
}

type productChange struct {
	Slug         string       `json:"slug"`
	Version      int          `json:"version"`
	ChangedSince bool         `json:"changed_since"`
	Differences  []difference `json:"differences"`
}

type difference struct {
	Field  string `json:"field"`
	Before string `json:"before"`
	After  string `json:"after"`
}

// putProductTable changes many products, or says what it would change.
func (a *API) putProductTable(c *gin.Context) (any, error) {
	var in productTableRequest
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	rows, problems := sheet.Read([]byte(in.CSV))
	if len(problems) > 0 {
		return nil, wrongTable(problems)
	}
	dryRun := c.Query("dry_run") == "true"
	var change shop.TableChange
	var err error
	if dryRun {
		change, err = a.Shop.CompareRows(c.Request.Context(), rows)
	} else {
		change, err = a.Shop.ApplyRows(c.Request.Context(), actor(c), rows, in.Versions)
	}
	if len(change.Problems) > 0 {
		return nil, wrongTable(change.Problems)
	}
	out := tableChangeOf(change, err == nil && !dryRun)
	if err != nil && shop.AsError(err).Code == shop.ErrProductChanged.Code {
		c.Set(currentKey, out)
	}
	return out, err
}

func tableChangeOf(change shop.TableChange, saved bool) tableChange {
	return tableChange{Saved: saved, Unchanged: change.Unchanged, Changes: each(change.Changes, func(p shop.ProductChange) productChange {
		return productChange{p.Slug, p.Version, p.Since, each(p.Differences, func(d shop.Difference) difference { return difference{d.Key, d.Before, d.After} })}
	})}
}

// wrongTable names the cells of a table that cannot be taken: "line 3, individual_price".
func wrongTable(problems []shop.RowProblem) error {
	e := shop.NewError(shop.Invalid, "invalid_table", "Some cells of the table cannot be taken. Nothing was changed.")
	e.Fields = map[string]shop.Sentence{}
	for _, p := range problems {
		cell := fmt.Sprintf("line %d", p.Line)
		if p.Column != "" {
			cell += ", " + p.Column
		}
		e.Fields[cell] = p.Why
	}
	return e
}
