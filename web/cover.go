package web

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// coverImage draws a cover as a picture by itself, to look at or to save. Other sites can link to it but
// not embed it: our answers are for our own pages (Cross-Origin-Resource-Policy).
func (p *Pages) coverImage(c *gin.Context) {
	slug, ok := strings.CutSuffix(c.Param("file"), ".svg")
	if !ok {
		p.fail(c, errNoPage)
		return
	}
	p.picture(c, "/covers/"+slug, "image/svg+xml", slug, p.Cover)
}

// card draws the picture that networks and messengers show beside a link to the product.
func (p *Pages) card(c *gin.Context) {
	slug, ok := strings.CutSuffix(c.Param("file"), ".png")
	if !ok {
		p.fail(c, errNoPage)
		return
	}
	p.picture(c, cardAddress(slug), "image/png", slug, p.drawCard)
}

// cardsAtOnce bounds the drawing of cards: each takes some ten megabytes of memory meanwhile.
const cardsAtOnce = 2

func (p *Pages) drawCard(w io.Writer, product shop.Product) error {
	p.drawing <- struct{}{}
	defer func() { <-p.drawing }()
	return p.Card(w, product)
}

func cardAddress(slug string) string { return "/cards/" + slug + ".png" }

// shopCard is the card of the pages that are about no product.
func (p *Pages) shopCard(c *gin.Context) {
	p.universal(c, "/card.png", func() (*answer, error) {
		var drawing bytes.Buffer
		title := "Handbooks for schools that teach one student at a time"
		if err := p.drawCard(&drawing, shop.Product{Kind: shop.Bundle, Title: title}); err != nil {
			return nil, fmt.Errorf("draw the card of the shop: %w", err)
		}
		return newAnswer(http.StatusOK, "image/png", drawing.Bytes()), nil
	})
}

func (p *Pages) picture(c *gin.Context, key, contentType, slug string, draw func(io.Writer, shop.Product) error) {
	p.universal(c, key, func() (*answer, error) {
		product, err := p.Store.Product(c.Request.Context(), slug)
		if err != nil {
			return nil, err
		}
		var drawing bytes.Buffer
		if err := draw(&drawing, product); err != nil {
			return nil, fmt.Errorf("draw %s: %w", key, err)
		}
		return newAnswer(http.StatusOK, contentType, drawing.Bytes()), nil
	})
}
