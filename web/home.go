package web

import (
	"fmt"
	"net/http"
	"time"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// How many titles the home page shows.
const (
	onTheShelves = 11 // beside the headline
	newest       = 4
)

// door leads into the catalog.
type door struct {
	shop.Facet
	Hint string
}

// doorHints say what stands behind each distinguisher, in its own order.
func doors() []door {
	hints := []string{
		"LTI", "Personalization", "Exhibitions and narratives", "Time, space, people", "Fifteen students, one advisor",
		"Trust and ritual", "Shared by everyone", "Adult support", "Preparation and support", "Adults learning together",
	}
	var all []door
	for i, facet := range shop.Distinguishers() {
		all = append(all, door{facet, hints[i]})
	}
	return all
}

type homePage struct {
	frame
	Shelves [][]shop.Product
	Lost    int64 // students who dropped out since SchoolYear
	Since   time.Time
	Newest  []shop.Product
	Total   int
	Doors   []door
	Bundle  *shop.Product
	Apart   shop.Money // what the bundle's handbooks cost one by one; zero when that says nothing
}

func (p *Pages) home(c *gin.Context) {
	now := p.Now()
	since := schoolYear(now)
	lost := droppedOut(since, now)
	w := p.words(c)
	p.moving(c, "/", lost, func() (*answer, error) {
		page := homePage{frame: frame{Title: w.Say("Training handbooks of Big Picture Learning"), Here: "/", Description: w.Say("Handbooks for schools that teach one student at a time. Pay by card, download in a minute, keep every later edition."), About: p.aboutTheShop()}, Lost: lost, Since: since, Doors: doors()}
		if err := p.stock(c, &page); err != nil {
			return nil, err
		}
		return p.render(w, http.StatusOK, "home", page)
	})
}

// stock puts the titles on the page.
func (p *Pages) stock(c *gin.Context, page *homePage) error {
	handbooks, err := p.Store.Products(c.Request.Context(), shop.ProductQuery{Kinds: []shop.ProductKind{shop.Handbook}, Sort: shop.SortNewest, Limit: onTheShelves})
	if err != nil {
		return fmt.Errorf("read the newest handbooks: %w", err)
	}
	bundles, err := p.Store.Products(c.Request.Context(), shop.ProductQuery{Kinds: []shop.ProductKind{shop.Bundle}, Sort: shop.SortNewest, Limit: 1})
	if err != nil {
		return fmt.Errorf("read the newest bundle: %w", err)
	}
	page.Newest = handbooks.Items[:min(newest, len(handbooks.Items))]
	page.Total = handbooks.Total + bundles.Total
	covers := handbooks.Items
	if len(bundles.Items) > 0 {
		page.Bundle = &bundles.Items[0]
		page.Apart = apart(bundles.Items[0])
		covers = append(covers, bundles.Items[0])
	}
	if half := len(covers) / 2; half > 0 {
		page.Shelves = [][]shop.Product{covers[:half], covers[half:]}
	}
	return nil
}

// apart sums up what a bundle's handbooks cost one by one; zero when that is not more than the bundle.
func apart(bundle shop.Product) shop.Money {
	from := bundle.From()
	sum := shop.Money{Currency: from.Currency}
	for _, part := range bundle.Parts {
		if part.Price.Currency != from.Currency {
			return shop.Money{}
		}
		sum.Amount += part.Price.Amount
	}
	if sum.Amount <= from.Amount {
		return shop.Money{}
	}
	return sum
}

// schoolYear is when the present school year began: on September 1.
func schoolYear(now time.Time) time.Time {
	now = now.UTC()
	start := time.Date(now.Year(), time.September, 1, 0, 0, 0, 0, time.UTC)
	if now.Before(start) {
		start = start.AddDate(-1, 0, 0)
	}
	return start
}

// droppedOut counts one student for every twelve seconds.
func droppedOut(since, now time.Time) int64 { return int64(now.Sub(since) / (12 * time.Second)) }
