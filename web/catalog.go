package web

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"bookroom/shop"
	"bookroom/words"

	"github.com/gin-gonic/gin"
)

// choices is one facet beside the shelf.
type choices struct {
	Key    shop.FacetKey
	Legend shop.Sentence
	Items  []choice
}

// Swatches reports whether the choices have colours of their own.
func (c choices) Swatches() bool { return c.Key == shop.FacetDistinguisher }

type choice struct {
	Key    string
	Name   string
	Count  int64
	Chosen bool
}

// way is a link to another page of the catalog.
type way struct {
	Name    string
	Address string
}

// shelved is a title on the shelf, with what of it a search has matched.
type shelved struct {
	Product shop.Product
	Marks   shop.Highlights
}

func shelve(products []shop.Product, marks map[string]shop.Highlights) []shelved {
	all := make([]shelved, len(products))
	for i, product := range products {
		all[i] = shelved{product, marks[product.ID]}
	}
	return all
}

type catalogPage struct {
	frame
	Filter    filter
	Facets    []choices
	Chips     []way // what is chosen, each with the address without it
	Items     []shelved
	Total     int
	Corrected string // the words that were looked for in place of those that the shop does not have
	Others    []way  // other words that lead to something
	Nearest   []shelved
	Next      string // address of the next page; empty on the last
	First     string // address of the first page; empty on it
}

func (p *Pages) catalog(c *gin.Context) {
	w := p.words(c)
	f := readFilter(c.Request.URL.Query())
	p.public(c, f.Address(), func() (*answer, error) {
		found, err := p.Store.Products(c.Request.Context(), f.query())
		if err != nil {
			return nil, fmt.Errorf("search the catalog: %w", err)
		}
		return p.render(w, http.StatusOK, "catalog", newCatalogPage(w, f, found))
	})
}

func newCatalogPage(w *words.Words, f filter, found shop.ProductPage) catalogPage {
	page := catalogPage{
		frame:  frame{Title: f.title(w), Here: f.Address(), Current: "handbooks", OwnSearch: true},
		Filter: f, Facets: narrowing(w, found.Facets), Items: shelve(found.Items, found.Highlights), Total: found.Total,
		Corrected: found.Corrected, Nearest: shelve(found.Suggested.Products, nil),
	}
	page.Chips = page.chips(w)
	for _, words := range found.Suggested.Queries {
		page.Others = append(page.Others, way{words, f.asking(words).Address()})
	}
	if found.Next != "" {
		next := f
		next.Cursor = found.Next
		page.Next = next.Address()
	}
	if f.Cursor != "" {
		page.First = f.first().Address()
	}
	return page
}

// narrowing puts the facets into words. One that gives no choice is left out.
func narrowing(w *words.Words, groups []shop.FacetGroup) []choices {
	var all []choices
	for _, group := range groups {
		if len(group.Choices) < 2 {
			continue
		}
		c := choices{Key: group.Key, Legend: legend(group.Key)}
		for _, counted := range group.Choices {
			item := choice{Key: counted.Key, Name: w.Say(counted.Name), Count: int64(counted.Count), Chosen: counted.Chosen}
			if group.Key == shop.FacetLanguage {
				item.Name = capital(counted.Name)
			}
			c.Items = append(c.Items, item)
		}
		all = append(all, c)
	}
	return all
}

func legend(facet shop.FacetKey) shop.Sentence {
	switch facet {
	case shop.FacetDistinguisher:
		return shop.Say("Distinguisher")
	case shop.FacetGoal:
		return shop.Say("Learning goal")
	case shop.FacetKind:
		return shop.Say("Kind")
	case shop.FacetFormat:
		return shop.Say("Format")
	case shop.FacetLanguage:
		return shop.Say("Language")
	default:
		return shop.Say("Price")
	}
}

// Subject is the distinguisher or the goal that the page is about; empty when it is about more or less than one.
func (page catalogPage) Subject() string {
	if page.Filter.alone(shop.FacetDistinguisher)+page.Filter.alone(shop.FacetGoal) == "" {
		return ""
	}
	return page.Title
}

// Counts are the ids of what changes beside the titles, as htmx exchanges it. Of the orders the whole
// field is exchanged: options that are moved one by one do not keep which of them is selected.
func (page catalogPage) Counts() string {
	ids := []string{"#sort", "#count:innerHTML", "#show:innerHTML", "#chosen:innerHTML"}
	for _, group := range page.Facets {
		for _, item := range group.Items {
			ids = append(ids, "#n-"+string(group.Key)+"-"+item.Key)
		}
	}
	return strings.Join(ids, ",")
}

// Inside is the address at which the same words are looked for inside the handbooks.
func (page catalogPage) Inside() string {
	return "/handbooks/inside?" + url.Values{"q": {page.Words()}}.Encode()
}

// Words are those that were looked for in the end.
func (page catalogPage) Words() string { return cmp.Or(page.Corrected, page.Filter.Q) }

// Chosen is how many choices are made beside the shelf.
func (page catalogPage) Chosen() int {
	n := 0
	for _, keys := range page.Filter.Chosen {
		n += len(keys)
	}
	return n
}

func (page catalogPage) chips(w *words.Words) []way {
	var chips []way
	if page.Filter.Q != "" {
		chips = append(chips, way{w.Say("“%s”", page.Filter.Q), page.Filter.asking("").Address()})
	}
	for _, group := range page.Facets {
		for _, item := range group.Items {
			if item.Chosen {
				chips = append(chips, way{item.Name, page.Filter.without(group.Key, item.Key).Address()})
			}
		}
	}
	return chips
}
