package web

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
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
	Q      string
	Chosen map[shop.FacetKey][]string // the keys that are chosen of each facet
	Sort   string
	Cursor string
}

// facets are what the catalog can be narrowed by, each with its keys; nil where the shelf decides them.
func facets() map[shop.FacetKey][]shop.Facet {
	return map[shop.FacetKey][]shop.Facet{
		shop.FacetDistinguisher: shop.Distinguishers(), shop.FacetGoal: shop.Goals(), shop.FacetKind: shop.Kinds(),
		shop.FacetFormat: shop.Formats(), shop.FacetPrice: shop.Prices(), shop.FacetLanguage: nil,
	}
}

// readFilter leaves out what the catalog cannot be narrowed or sorted by.
func readFilter(query url.Values) filter {
	f := filter{
		Q:      strings.Join(strings.Fields(query.Get("q")), " "),
		Chosen: map[shop.FacetKey][]string{},
		Sort:   query.Get("sort"),
		Cursor: query.Get("cursor"),
	}
	for facet, choices := range facets() {
		keys := languageTags(query[string(facet)])
		if choices != nil {
			keys = among(choices, query[string(facet)])
		}
		if len(keys) > 0 {
			f.Chosen[facet] = keys
		}
	}
	if !slices.ContainsFunc(orders(), func(o order) bool { return o.Key == f.Sort }) {
		f.Sort = ""
	}
	if len(f.Q) > maxSearch {
		f.Q = strings.ToValidUTF8(f.Q[:maxSearch], "")
	}
	return f
}

// among keeps the keys of a list, in its order.
func among(list []shop.Facet, keys []string) []string {
	var known []string
	for _, facet := range list {
		if slices.Contains(keys, facet.Key) {
			known = append(known, facet.Key)
		}
	}
	return known
}

// languageTag is a BCP 47 tag as far as catalogs have them; an address holds so many of them at most.
var languageTag = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$`)

const maxLanguages = 8

// languageTags keeps what can be a language, sorted.
func languageTags(keys []string) []string {
	var tags []string
	for _, key := range keys[:min(len(keys), maxLanguages)] {
		if languageTag.MatchString(key) {
			tags = append(tags, key)
		}
	}
	slices.Sort(tags)
	return slices.Compact(tags)
}

func (f filter) query() shop.ProductQuery {
	q := shop.ProductQuery{
		Q: f.Q, Sort: shop.ProductSort(f.Sort), Cursor: f.Cursor, Distinguishers: f.Chosen[shop.FacetDistinguisher], Goals: f.Chosen[shop.FacetGoal],
		Formats: f.Chosen[shop.FacetFormat], Languages: f.Chosen[shop.FacetLanguage], Prices: f.Chosen[shop.FacetPrice],
	}
	for _, kind := range f.Chosen[shop.FacetKind] {
		q.Kinds = append(q.Kinds, shop.ProductKind(kind))
	}
	return q
}

// Address is the catalog's page for this filter, with only what is set.
func (f filter) Address() string {
	query := url.Values{}
	for name, value := range map[string]string{"q": f.Q, "sort": f.Sort, "cursor": f.Cursor} {
		if value != "" {
			query.Set(name, value)
		}
	}
	for facet, keys := range f.Chosen {
		query[string(facet)] = keys
	}
	if len(query) == 0 {
		return "/handbooks"
	}
	return "/handbooks?" + query.Encode()
}

// Narrow reports whether anything but the order is chosen.
func (f filter) Narrow() bool { return f.Q != "" || len(f.Chosen) > 0 }

// first is the filter's first page.
func (f filter) first() filter {
	f.Cursor = ""
	return f
}

// asking is the first page for other words, under the same choices.
func (f filter) asking(words string) filter {
	f.Q = words
	return f.first()
}

// without is the first page with one choice taken away.
func (f filter) without(facet shop.FacetKey, key string) filter {
	kept := map[shop.FacetKey][]string{}
	for name, keys := range f.Chosen {
		if name == facet {
			keys = slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return k == key })
		}
		if len(keys) > 0 {
			kept[name] = keys
		}
	}
	f.Chosen = kept
	return f.first()
}

// order is one that the catalog can be sorted by.
type order struct {
	Key    string
	Name   shop.Sentence
	Chosen bool
}

// orders are those that can be asked for beside how well titles match.
func orders() []order {
	return []order{
		{Key: string(shop.SortNewest), Name: shop.Say("Newest edition")}, {Key: string(shop.SortTitle), Name: shop.Say("Title")},
		{Key: string(shop.SortPrice), Name: shop.Say("Price")},
	}
}

// Sorts lists the orders that make sense for the filter, the one in use chosen. The first one is what
// happens when nothing is chosen, so that a search that follows is sorted by how well titles match.
func (f filter) Sorts() []order {
	all := orders()
	if f.Q != "" {
		all = append([]order{{Name: shop.Say("Best match")}}, all...)
	} else {
		all[0].Key = "" // newest first
	}
	for i := range all {
		all[i].Chosen = all[i].Key == f.Sort
	}
	return all
}

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

// title names what is on the page, for the tab and the bookmark.
func (f filter) title(w *words.Words) string {
	switch {
	case f.Q != "":
		return w.Say("“%s”", f.Q)
	case f.alone(shop.FacetDistinguisher) != "":
		return w.Say(shop.FacetName(shop.Distinguishers(), f.alone(shop.FacetDistinguisher)))
	case f.alone(shop.FacetGoal) != "":
		return w.Say(shop.FacetName(shop.Goals(), f.alone(shop.FacetGoal)))
	default:
		return w.Say("Handbooks")
	}
}

// alone is the one key that the filter narrows by, if it is one of that facet.
func (f filter) alone(facet shop.FacetKey) string {
	if keys := f.Chosen[facet]; f.Q == "" && len(f.Chosen) == 1 && len(keys) == 1 {
		return keys[0]
	}
	return ""
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
