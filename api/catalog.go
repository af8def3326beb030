package api

import (
	"fmt"
	"strconv"
	"time"

	"bookroom/gate"
	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

type productList struct {
	Items       []foundProduct `json:"items"`
	NextCursor  *string        `json:"next_cursor"`
	Total       int            `json:"total"`
	Facets      []facet        `json:"facets"`
	Corrected   *string        `json:"corrected"`
	Suggestions suggestions    `json:"suggestions"`
}

type productSummary struct {
	Slug           string           `json:"slug"`
	URL            string           `json:"url"`
	Kind           shop.ProductKind `json:"kind"`
	Title          string           `json:"title"`
	Subtitle       string           `json:"subtitle"`
	Summary        string           `json:"summary"`
	Authors        []string         `json:"authors"`
	Language       string           `json:"language"`
	Pages          int              `json:"pages"`
	Edition        *int             `json:"edition"`
	Distinguishers []string         `json:"distinguishers"`
	Goals          []string         `json:"goals"`
	Tags           []string         `json:"tags"`
	Variants       []variant        `json:"variants"`
	PublishedAt    time.Time        `json:"published_at"`
	UpdatedAt      time.Time        `json:"updated_at"`
}

type product struct {
	productSummary
	Description   string             `json:"description"`
	Accessibility []string           `json:"accessibility"`
	PDFFindings   []finding          `json:"pdf_findings"`
	Contents      []contentEntry     `json:"contents"`
	Editions      []edition          `json:"editions"`
	Includes      []includedHandbook `json:"includes"`
	SamplePages   []samplePage       `json:"sample_pages"`
}

// finding is a line of the accessibility card of a handbook's PDF.
type finding struct {
	Good bool   `json:"good"`
	Text string `json:"text"`
}

type samplePage struct {
	Page   int    `json:"page"`
	URL    string `json:"url"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Alt    string `json:"alt"`
}

type variant struct {
	ID    string           `json:"id"`
	Kind  shop.VariantKind `json:"kind"`
	SKU   string           `json:"sku"`
	Price money            `json:"price"`
	// Suggested is null where the price is fixed.
	Suggested *money `json:"suggested"`
}

type contentEntry struct {
	Title string `json:"title"`
	Page  int    `json:"page"`
	Level int    `json:"level"`
}

type edition struct {
	Number      int       `json:"number"`
	Notes       string    `json:"notes"`
	PublishedAt time.Time `json:"published_at"`
	Formats     []format  `json:"formats"`
}

type format struct {
	Name        string `json:"name"`
	ContentType string `json:"content_type"`
	Size        int64  `json:"size"`
}

type includedHandbook struct {
	Slug     string `json:"slug"`
	Title    string `json:"title"`
	Subtitle string `json:"subtitle"`
	Summary  string `json:"summary"`
	Edition  int    `json:"edition"`
	Pages    int    `json:"pages"`
	Price    *money `json:"price"`
}

// cached answers from memory for as long as the catalog stays what it was. Only a request that is not
// in memory is held against the contract and rendered.
func (a *API) cached(handle handler) gin.HandlerFunc {
	var cache gate.Cache[document]
	return func(c *gin.Context) {
		version, err := a.Store.CatalogVersion(c.Request.Context())
		if err != nil {
			a.Fail(c, shop.AsError(err))
			return
		}
		key, err := a.contract.key(c)
		if err != nil {
			a.Fail(c, shop.AsError(err))
			return
		}
		kept, ok := cache.Get(version, key)
		if !ok {
			kept, err = a.document(c, handle)
			if err != nil {
				a.Fail(c, shop.AsError(err))
				return
			}
			cache.Put(version, key, kept, kept.size())
		}
		kept.serve(c)
	}
}

func (a *API) document(c *gin.Context, handle handler) (document, error) {
	if err := a.contract.check(c); err != nil {
		return document{}, err
	}
	body, err := render(c, handle)
	return newDocument("application/json", body), err
}

func (a *API) listProducts(c *gin.Context) (any, error) {
	q := shop.ProductQuery{
		Q:              c.Query("q"),
		Distinguishers: given(c, shop.FacetDistinguisher),
		Goals:          given(c, shop.FacetGoal),
		Kinds:          each(given(c, shop.FacetKind), func(kind string) shop.ProductKind { return shop.ProductKind(kind) }),
		Formats:        given(c, shop.FacetFormat),
		Languages:      given(c, shop.FacetLanguage),
		Prices:         given(c, shop.FacetPrice),
		Sort:           shop.ProductSort(c.DefaultQuery("sort", string(shop.SortRelevance))),
		Cursor:         c.Query("cursor"),
	}
	if limit := c.Query("limit"); limit != "" {
		n, err := strconv.Atoi(limit)
		if err != nil {
			return nil, errQuery.Because(err)
		}
		q.Limit = n
	}
	page, err := a.Store.Products(c.Request.Context(), q)
	if err != nil {
		return nil, err
	}
	return productList{
		Items: each(page.Items, func(p shop.Product) foundProduct {
			return foundProduct{productSummary: a.summary(p), Highlights: highlightsOf(p, page.Highlights[p.ID])}
		}),
		NextCursor: optional(page.Next), Total: page.Total, Corrected: optional(page.Corrected), Facets: each(page.Facets, facetOf),
		Suggestions: suggestions{Queries: each(page.Suggested.Queries, same), Products: each(page.Suggested.Products, a.summary)},
	}, nil
}

// given are the values of a facet's parameter, without empty ones.
func given(c *gin.Context, facet shop.FacetKey) []string {
	return notEmpty(c.QueryArray(string(facet)))
}

var errProductArchived = shop.NewError(shop.Gone, "product_archived",
	"This title is not sold any more. Those who own it keep it: their order link still opens it.")

func (a *API) getProduct(c *gin.Context) (any, error) {
	p, err := a.Store.Product(c.Request.Context(), c.Param("slug"))
	if err != nil {
		return nil, err
	}
	if p.Status == shop.Archived {
		return nil, errProductArchived
	}
	var samples []shop.SamplePage
	var card []shop.CardLine
	if newest := p.Edition(); newest != nil {
		samples, card = newest.Samples, newest.Inspection.Card()
	}
	return product{
		productSummary: a.summary(p),
		Description:    p.Description,
		Accessibility:  each(p.Accessibility, same),
		PDFFindings:    each(card, func(l shop.CardLine) finding { return finding{l.Good, l.Text.String()} }),
		Contents:       each(p.Contents, func(e shop.ContentEntry) contentEntry { return contentEntry(e) }),
		Editions:       each(p.Editions, editionOf),
		Includes:       each(p.Parts, includedOf),
		SamplePages:    each(samples, func(s shop.SamplePage) samplePage { return a.samplePage(p.Slug, s) }),
	}, nil
}

func (a *API) summary(p shop.Product) productSummary {
	s := productSummary{
		Slug: p.Slug, URL: a.Shop.URL() + "/handbooks/" + p.Slug, Kind: p.Kind,
		Title: p.Title, Subtitle: p.Subtitle, Summary: p.Summary,
		Authors: each(p.Authors, same), Language: p.Language, Pages: p.Pages,
		Distinguishers: each(p.Distinguishers, same), Goals: each(p.Goals, same), Tags: each(p.Tags, same),
		Variants:    each(p.Variants, variantOf),
		PublishedAt: p.PublishedAt.UTC(), UpdatedAt: p.UpdatedAt.UTC(),
	}
	if newest := p.Edition(); newest != nil {
		s.Edition = &newest.Number
	}
	return s
}

func (a *API) samplePage(slug string, s shop.SamplePage) samplePage {
	alt := fmt.Sprintf("Page %d", s.Page)
	if s.Opening != "" {
		alt += ": " + s.Opening
	}
	return samplePage{Page: s.Page, URL: a.Shop.URL() + "/handbooks/" + slug + "/pages/" + s.Name(), Width: s.Width, Height: s.Height, Alt: alt}
}

func variantOf(v shop.Variant) variant {
	return variant{ID: v.ID, Kind: v.Kind, SKU: v.SKU, Price: money(v.Price), Suggested: optional(money(v.Suggested))}
}

func editionOf(e shop.Edition) edition {
	return edition{
		Number: e.Number, Notes: e.Notes, PublishedAt: e.PublishedAt.UTC(),
		Formats: each(e.Files, func(f shop.File) format {
			return format{Name: f.Name, ContentType: f.ContentType, Size: f.Size}
		}),
	}
}

func includedOf(p shop.Part) includedHandbook {
	included := includedHandbook{
		Slug: p.Slug, Title: p.Title, Subtitle: p.Subtitle, Summary: p.Summary, Edition: p.Edition, Pages: p.Pages,
	}
	if p.Status == shop.Published {
		included.Price = optional(money(p.Price))
	}
	return included
}
