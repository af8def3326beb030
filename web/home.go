package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"time"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// How many titles the home page shows.
const (
	onTheShelves = 12 // beside the headline
	newest       = 4
	bundlesShown = 3
)

// door leads into the catalog.
type door struct {
	shop.Facet
	Hint shop.Sentence
}

// doors are the distinguishers in their own order, each with what stands behind it.
func doors() []door {
	hints := []shop.Sentence{
		shop.Say("LTI: interests, internships, mentors"), shop.Say("Personalization"), shop.Say("Exhibitions and narratives"),
		shop.Say("Time, space, people"), shop.Say("Fifteen students, one advisor"), shop.Say("Trust and ritual"),
		shop.Say("Shared by everyone"), shop.Say("Adult support"), shop.Say("Preparation and support"), shop.Say("Adults learning together"),
	}
	var all []door
	for i, facet := range shop.Distinguishers() {
		all = append(all, door{facet, hints[i]})
	}
	return all
}

// offer is a bundle beside what its handbooks cost one by one.
type offer struct {
	Product shop.Product
	Apart   shop.Money // zero when that says nothing
}

func offers(bundles []shop.Product) []offer {
	all := make([]offer, len(bundles))
	for i, bundle := range bundles {
		all[i] = offer{bundle, apart(bundle)}
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
	Largest *offer // the bundle with the most handbooks
	Others  []offer
}

func (p *Pages) home(c *gin.Context) {
	now := p.Now()
	calendar := p.Shop.KnownSettings(c.Request.Context()).Calendar
	since := calendar.Year(now)
	lost := droppedOut(since, now)
	w := p.words(c)
	p.moving(c, "/", lost, func() (*answer, error) {
		page := homePage{
			frame: frame{
				Title: w.Say("Training handbooks of Big Picture Learning"), Here: "/", About: p.aboutTheShop(),
				Description: w.Say("Handbooks for schools that teach one student at a time. Pay by card, download in a minute, keep every later edition."),
			},
			Lost: lost, Since: calendar.Date(since), Doors: doors(),
		}
		if err := p.stock(c, &page); err != nil {
			return nil, err
		}
		return p.render(w, http.StatusOK, "home", page)
	})
}

// stock puts the titles on the page.
func (p *Pages) stock(c *gin.Context, page *homePage) error {
	handbooks, err := p.Store.Products(c.Request.Context(), shop.ProductQuery{Kinds: []shop.ProductKind{shop.Handbook}, Sort: shop.SortNewest})
	if err != nil {
		return fmt.Errorf("read the newest handbooks: %w", err)
	}
	bundles, err := p.Store.Products(c.Request.Context(), shop.ProductQuery{Kinds: []shop.ProductKind{shop.Bundle}, Sort: shop.SortNewest, Limit: bundlesShown})
	if err != nil {
		return fmt.Errorf("read the newest bundles: %w", err)
	}
	page.Newest = handbooks.Items[:min(newest, len(handbooks.Items))]
	page.Total = handbooks.Total + bundles.Total
	wall := varied(handbooks.Items)
	wall = wall[:min(onTheShelves, len(wall))]
	if half := len(wall) / 2; half > 0 {
		page.Shelves = [][]shop.Product{wall[:half], wall[half:]}
	}
	if len(bundles.Items) == 0 {
		return nil
	}
	largestFirst := func(a, b shop.Product) int { return cmp.Compare(len(b.Parts), len(a.Parts)) }
	sets := offers(slices.SortedStableFunc(slices.Values(bundles.Items), largestFirst))
	page.Largest, page.Others = &sets[0], sets[1:]
	return nil
}

// varied puts one handbook of each distinguisher first, so that the wall shows all their colours.
func varied(handbooks []shop.Product) []shop.Product {
	var first, rest []shop.Product
	seen := map[string]bool{}
	for _, handbook := range handbooks {
		if len(handbook.Distinguishers) == 0 || seen[handbook.Distinguishers[0]] {
			rest = append(rest, handbook)
			continue
		}
		seen[handbook.Distinguishers[0]] = true
		first = append(first, handbook)
	}
	return append(first, rest...)
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

// droppedOut counts one student for every twelve seconds.
func droppedOut(since, now time.Time) int64 { return int64(now.Sub(since) / (12 * time.Second)) }
