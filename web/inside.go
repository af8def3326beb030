package web

import (
	"fmt"
	"net/http"
	"net/url"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// insideHandbooks is how many handbooks a search inside shows.
const insideHandbooks = 10

// insideFound is what a search inside the handbooks shows a visitor.
type insideFound struct {
	shop.Inside
	Q        string
	Withheld bool // pieces of pages are left out, since the visitor has seen as many as a day allows
}

// Rest is how many handbooks were found beyond those that are shown.
func (f insideFound) Rest() int { return f.Total - len(f.Handbooks) }

// inside searches inside the handbooks for a visitor. Pages that anybody may look at are quoted always, others as
// long as the visitor's allowance lasts.
func (p *Pages) inside(c *gin.Context, q string) (insideFound, error) {
	found, err := p.Store.SearchPages(c.Request.Context(), q, insideHandbooks)
	if err != nil {
		return insideFound{}, fmt.Errorf("search inside the handbooks: %w", err)
	}
	withheld := false
	for _, h := range found.Handbooks {
		for i := range h.Hits {
			hit := &h.Hits[i]
			if hit.Sample == nil && !p.snippets.Take(c, h.Product.Edition().ID, hit.Page) {
				hit.Snippet, withheld = shop.Snippet{}, true
			}
		}
	}
	return insideFound{Inside: found, Q: q, Withheld: withheld}, nil
}

type insidePage struct {
	frame
	Found insideFound
}

func (p *Pages) searchInside(c *gin.Context) {
	q := readFilter(c.Request.URL.Query()).Q
	found, err := p.inside(c, q)
	if err != nil {
		p.fail(c, err)
		return
	}
	w := p.words(c)
	f := frame{Title: w.Say("Inside the handbooks"), Here: "/handbooks/inside", Current: "handbooks", OwnSearch: true}
	if q != "" {
		f.Title, f.Here, f.Private = "“"+q+"”", f.Here+"?"+url.Values{"q": {q}}.Encode(), true
	}
	p.show(c, http.StatusOK, "inside", insidePage{f, found})
}
