package web

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"bookroom/shop"
	"bookroom/words"
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
	if !slices.ContainsFunc(sortings(), func(s sorting) bool { return s.Key == f.Sort }) {
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

// Narrow reports whether anything but the sorting is chosen.
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

// sorting is a way in which the catalog can be sorted.
type sorting struct {
	Key    string
	Name   shop.Sentence
	Chosen bool
}

// sortings are those that can be asked for beside how well titles match.
func sortings() []sorting {
	return []sorting{
		{Key: string(shop.SortNewest), Name: shop.Say("Newest edition")}, {Key: string(shop.SortTitle), Name: shop.Say("Title")},
		{Key: string(shop.SortPrice), Name: shop.Say("Price")},
	}
}

// Sorts lists the sortings that make sense for the filter, the one in use chosen. The first one is what
// happens when nothing is chosen, so that a search that follows is sorted by how well titles match.
func (f filter) Sorts() []sorting {
	all := sortings()
	if f.Q != "" {
		all = append([]sorting{{Name: shop.Say("Best match")}}, all...)
	} else {
		all[0].Key = "" // newest first
	}
	for i := range all {
		all[i].Chosen = all[i].Key == f.Sort
	}
	return all
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
