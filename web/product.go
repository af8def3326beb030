package web

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

type productPage struct {
	frame
	Product shop.Product
	Apart   shop.Money // what a bundle's handbooks cost one by one; zero when that says nothing
	Within  []offer    // the bundles that the handbook is part of
	Beside  []shelved
	Preview bool // shown to staff before it is saved: nothing can be bought
	// Trouble is what is wrong with the amount that was typed for the licence of the id Wrong.
	Trouble      *trouble
	Wrong, Typed string
}

// Saved is what a bundle costs less than its handbooks one by one.
func (page productPage) Saved() shop.Money {
	from := page.Product.From()
	return shop.Money{Amount: page.Apart.Amount - from.Amount, Currency: from.Currency}
}

// Chosen reports whether a licence is the one that is marked: the first, or the one whose form came back.
func (page productPage) Chosen(v shop.Variant) bool {
	if page.Wrong != "" {
		return v.ID == page.Wrong
	}
	return v.ID == page.Product.Variants[0].ID
}

// Amount is what stands in the field for a licence whose buyers may pay more.
func (page productPage) Amount(v shop.Variant) string {
	if v.ID == page.Wrong {
		return page.Typed
	}
	return v.Price.Decimal()
}

// besides is how many other titles stand below a product.
const besides = 4

func (p *Pages) product(c *gin.Context) {
	slug := c.Param("slug")
	if lower := strings.ToLower(slug); lower != slug {
		c.Redirect(http.StatusMovedPermanently, "/handbooks/"+url.PathEscape(lower))
		return
	}
	w := p.words(c)
	p.public(c, "/handbooks/"+slug, func() (*answer, error) {
		product, err := p.Store.Product(c.Request.Context(), slug)
		if err != nil {
			return nil, err
		}
		page, err := p.productPage(c.Request.Context(), product)
		if err != nil {
			return nil, err
		}
		if product.Status == shop.Archived {
			return p.render(w, http.StatusGone, "archived", page)
		}
		return p.render(w, http.StatusOK, "product", page)
	})
}

func (p *Pages) productPage(ctx context.Context, product shop.Product) (productPage, error) {
	page := productPage{frame: frame{
		Title: product.Title, Here: "/handbooks/" + product.Slug, Current: "handbooks",
		Description: product.Summary, About: p.aboutTheProduct(product), Card: cardAddress(product.Slug),
	}, Product: product, Apart: apart(product)}
	var err error
	if page.Beside, err = p.beside(ctx, product); err != nil || product.Status == shop.Archived {
		return page, err
	}
	bundles, err := p.Store.BundlesWith(ctx, product.ID)
	page.Within = offers(bundles)
	return page, err
}

// productAgain shows the form as it was sent, with what is wrong with the amount beside it.
func (p *Pages) productAgain(c *gin.Context, product shop.Product, cause error, variant, typed string) {
	page, err := p.productPage(c.Request.Context(), product)
	if err != nil || product.Variant(variant).ID == "" {
		p.fail(c, errors.Join(err, cause))
		return
	}
	page.Trouble, page.Wrong, page.Typed = p.tell(c, cause), variant, typed
	p.show(c, statusOf(cause), "product", page)
}

// beside finds handbooks that serve the same distinguishers; beside a bundle stand the other bundles.
func (p *Pages) beside(ctx context.Context, product shop.Product) ([]shelved, error) {
	query := shop.ProductQuery{Kinds: []shop.ProductKind{product.Kind}, Limit: besides + 1}
	if product.Kind == shop.Handbook {
		query.Distinguishers = product.Distinguishers
	}
	found, err := p.Store.Products(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("read titles beside %s: %w", product.Slug, err)
	}
	var others []shelved
	for _, other := range found.Items {
		if other.ID != product.ID && len(others) < besides {
			others = append(others, shelved{Product: other})
		}
	}
	return others, nil
}

// card is what was found in the PDF of a product's newest edition about how well anybody can read it.
func card(product shop.Product) []shop.CardLine {
	if edition := product.Edition(); edition != nil {
		return edition.Inspection.Card()
	}
	return nil
}
