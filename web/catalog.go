package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"bookroom/shop"
	"bookroom/words"

	"github.com/gin-gonic/gin"
)

// maxSearch bounds the words of a search, in bytes.
const maxSearch = 200

// filter is what the catalog's address asks for.
type filter struct {
	Q             string
	Distinguisher string
	Goal          string
	Kind          string
	Sort          string
	Cursor        string
}

// readFilter leaves out what the catalog cannot be narrowed or sorted by.
func readFilter(query url.Values) filter {
	f := filter{
		Q:             strings.Join(strings.Fields(query.Get("q")), " "),
		Distinguisher: among(shop.Distinguishers(), query.Get("distinguisher")),
		Goal:          among(shop.Goals(), query.Get("goal")),
		Kind:          among(kinds(), query.Get("kind")),
		Sort:          among(orders(), query.Get("sort")),
		Cursor:        query.Get("cursor"),
	}
	if len(f.Q) > maxSearch {
		f.Q = strings.ToValidUTF8(f.Q[:maxSearch], "")
	}
	return f
}

// among returns the key if it is one of the list, and nothing otherwise.
func among(list []shop.Facet, key string) string {
	if slices.ContainsFunc(list, func(f shop.Facet) bool { return f.Key == key }) {
		return key
	}
	return ""
}

func (f filter) query() shop.ProductQuery {
	return shop.ProductQuery{
		Q: f.Q, Distinguishers: chosen(f.Distinguisher), Goals: chosen(f.Goal), Kinds: chosen(shop.ProductKind(f.Kind)),
		Sort: shop.ProductSort(f.Sort), Cursor: f.Cursor,
	}
}

// chosen is a list of the one value, or of none.
func chosen[T ~string](value T) []T {
	if value == "" {
		return nil
	}
	return []T{value}
}

// Address is the catalog's page for this filter, with only what is set.
func (f filter) Address() string {
	query := url.Values{}
	for name, value := range map[string]string{
		"q": f.Q, "distinguisher": f.Distinguisher, "goal": f.Goal, "kind": f.Kind, "sort": f.Sort, "cursor": f.Cursor,
	} {
		if value != "" {
			query.Set(name, value)
		}
	}
	if len(query) == 0 {
		return "/handbooks"
	}
	return "/handbooks?" + query.Encode()
}

// Narrow reports whether anything but the order is chosen.
func (f filter) Narrow() bool {
	return f.Q != "" || f.Distinguisher != "" || f.Goal != "" || f.Kind != ""
}

// Missing says that there is nothing on what was chosen; empty when words were typed that may fit nothing.
func (f filter) Missing() string {
	if f.Q != "" {
		return ""
	}
	kind, on := "handbook", ""
	if f.Kind == string(shop.Bundle) {
		kind = "bundle"
	}
	if f.Distinguisher != "" {
		on = " on " + shop.FacetName(shop.Distinguishers(), f.Distinguisher)
	}
	if f.Goal != "" {
		on += " for the learning goal " + shop.FacetName(shop.Goals(), f.Goal)
	}
	return "There is no " + kind + on + " yet."
}

// choice is one way to narrow the catalog.
type choice struct {
	Key     string
	Name    string
	Chosen  bool
	Address string
}

type choices struct {
	Legend   string
	Swatches bool   // the choices have colours of their own
	All      choice // the way back: none of the items
	Items    []choice
}

// facets lists the choices beside the shelf, of which each group takes one. Choosing starts from the first
// page again.
func (f filter) facets() []choices {
	f.Cursor = ""
	// chosen points into f, which is our own copy.
	group := func(legend, all string, facets []shop.Facet, chosen *string) choices {
		was := *chosen
		choose := func(key, name string) choice {
			*chosen = key
			return choice{Key: key, Name: name, Chosen: key == was, Address: f.Address()}
		}
		c := choices{Legend: legend, All: choose("", all)}
		for _, facet := range facets {
			c.Items = append(c.Items, choose(facet.Key, facet.Name))
		}
		*chosen = was
		return c
	}
	distinguishers := group("Distinguisher", "All distinguishers", shop.Distinguishers(), &f.Distinguisher)
	distinguishers.Swatches = true
	return []choices{
		distinguishers, group("Learning goal", "All learning goals", shop.Goals(), &f.Goal), group("Kind", "All kinds", kinds(), &f.Kind),
	}
}

func kinds() []shop.Facet {
	return []shop.Facet{{Key: string(shop.Handbook), Name: "Handbooks"}, {Key: string(shop.Bundle), Name: "Bundles"}}
}

// orders are what the catalog can be sorted by beside how well titles match.
func orders() []shop.Facet {
	return []shop.Facet{
		{Key: string(shop.SortNewest), Name: "Newest edition"}, {Key: string(shop.SortTitle), Name: "Title"}, {Key: string(shop.SortPrice), Name: "Price"},
	}
}

type sortChoice struct {
	shop.Facet
	Chosen bool
}

// sorts lists the orders that make sense for the filter, the one in use chosen. The first one is what
// happens when nothing is chosen, so that a search that follows is sorted by how well titles match.
func (f filter) sorts() []sortChoice {
	list := orders()
	if f.Q != "" {
		list = append([]shop.Facet{{Name: "Best match"}}, list...)
	} else {
		list[0].Key = "" // newest first
	}
	var all []sortChoice
	for _, order := range list {
		all = append(all, sortChoice{order, order.Key == f.Sort})
	}
	return all
}

type catalogPage struct {
	frame
	Filter filter
	Facets []choices
	Chips  []choice // what is chosen, each with the address without it
	Sorts  []sortChoice
	Items  []shop.Product
	Total  int
	Next   string // address of the next page; empty on the last
	First  string // address of the first page; empty on it
}

func (p *Pages) catalog(c *gin.Context) {
	w := p.words(c)
	f := readFilter(c.Request.URL.Query())
	p.public(c, f.Address(), func() (*answer, error) {
		found, err := p.Store.Products(c.Request.Context(), f.query())
		if err != nil {
			return nil, fmt.Errorf("search the catalog: %w", err)
		}
		page := catalogPage{
			frame: frame{Title: f.title(w), Here: f.Address(), Current: "handbooks"}, Filter: f, Facets: f.facets(), Sorts: f.sorts(), Items: found.Items, Total: found.Total,
		}
		page.Chips = page.chips()
		if found.Next != "" {
			next := f
			next.Cursor = found.Next
			page.Next = next.Address()
		}
		if f.Cursor != "" {
			first := f
			first.Cursor = ""
			page.First = first.Address()
		}
		return p.render(w, http.StatusOK, "catalog", page)
	})
}

// title names what is on the page, for the tab and the bookmark.
func (f filter) title(w *words.Words) string {
	switch {
	case f.Q != "":
		return "“" + f.Q + "”"
	case f.Distinguisher != "":
		return w.Say(shop.FacetName(shop.Distinguishers(), f.Distinguisher))
	case f.Goal != "":
		return w.Say(shop.FacetName(shop.Goals(), f.Goal))
	default:
		return w.Say("Handbooks")
	}
}

func (page catalogPage) chips() []choice {
	var chips []choice
	if f := page.Filter; f.Q != "" {
		without := f
		without.Q, without.Cursor = "", ""
		chips = append(chips, choice{Name: "“" + f.Q + "”", Address: without.Address()})
	}
	for _, group := range page.Facets {
		for _, item := range group.Items {
			if item.Chosen {
				chips = append(chips, choice{Name: item.Name, Address: group.All.Address})
			}
		}
	}
	return chips
}
