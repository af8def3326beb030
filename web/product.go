package web

import (
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
	Beside  []shop.Product
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
		page := productPage{frame: frame{
			Title: product.Title, Here: "/handbooks/" + product.Slug, Current: "handbooks",
			Description: product.Summary, About: p.aboutTheProduct(product), Card: cardAddress(product.Slug),
		}, Product: product, Apart: apart(product)}
		if product.Status == shop.Archived {
			return p.render(w, http.StatusGone, "archived", page)
		}
		if page.Beside, err = p.beside(c, product); err != nil {
			return nil, err
		}
		return p.render(w, http.StatusOK, "product", page)
	})
}

// beside finds titles that serve the same distinguisher.
func (p *Pages) beside(c *gin.Context, product shop.Product) ([]shop.Product, error) {
	if len(product.Distinguishers) == 0 || product.Kind == shop.Bundle {
		return nil, nil
	}
	found, err := p.Store.Products(c.Request.Context(), shop.ProductQuery{Distinguishers: product.Distinguishers[:1], Limit: besides + 1})
	if err != nil {
		return nil, fmt.Errorf("read titles beside %s: %w", product.Slug, err)
	}
	var others []shop.Product
	for _, other := range found.Items {
		if other.ID != product.ID && len(others) < besides {
			others = append(others, other)
		}
	}
	return others, nil
}
