package store

import (
	"cmp"
	"slices"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"bookroom/shop"
)

// searchFacetRow says that a product can be found by one choice of a facet.
type searchFacetRow struct {
	ProductID string
	Facet     shop.FacetKey
	Key       string
}

// facetRows are all choices by which a product with files in these formats can be found.
func facetRows(p *shop.Product, formats []string) []searchFacetRow {
	keys := map[shop.FacetKey][]string{
		shop.FacetDistinguisher: p.Distinguishers,
		shop.FacetGoal:          p.Goals,
		shop.FacetKind:          {string(p.Kind)},
		shop.FacetFormat:        formats,
		shop.FacetLanguage:      {p.Language},
		shop.FacetPrice:         {shop.PriceKey(p)},
	}
	var rows []searchFacetRow
	for _, facet := range allFacets() {
		for _, key := range slices.Compact(slices.Sorted(slices.Values(keys[facet]))) {
			if key != "" {
				rows = append(rows, searchFacetRow{p.ID, facet, key})
			}
		}
	}
	return rows
}

// chosen are the keys that a list is narrowed to, by facet; a facet without any narrows nothing.
type chosen map[shop.FacetKey][]string

func newChosen(q shop.ProductQuery) chosen {
	c := chosen{}
	for facet, keys := range map[shop.FacetKey][]string{
		shop.FacetDistinguisher: q.Distinguishers, shop.FacetGoal: q.Goals, shop.FacetKind: texts(q.Kinds),
		shop.FacetFormat: q.Formats, shop.FacetLanguage: q.Languages, shop.FacetPrice: q.Prices,
	} {
		if len(keys) > 0 {
			c[facet] = keys
		}
	}
	return c
}

func texts[T ~string](list []T) []string {
	converted := make([]string, len(list))
	for i := range list {
		converted[i] = string(list[i])
	}
	return converted
}

// narrow keeps the products that have one of the chosen keys of each facet. It counts each choice among the
// products that fit in all other facets.
func (c chosen) narrow(products []shelved) (fitting []shelved, counts map[facetChoice]int) {
	counts = map[facetChoice]int{}
	for _, p := range products {
		missed := c.missed(p)
		if len(missed) == 0 {
			fitting = append(fitting, p)
		}
		for _, choice := range p.facets {
			if len(missed) == 0 || len(missed) == 1 && missed[0] == choice.facet {
				counts[choice]++
			}
		}
	}
	return fitting, counts
}

// missed are the facets of which a product has none of the chosen keys.
func (c chosen) missed(p shelved) []shop.FacetKey {
	var missed []shop.FacetKey
	for facet, keys := range c {
		if !slices.ContainsFunc(p.facets, func(f facetChoice) bool { return f.facet == facet && slices.Contains(keys, f.key) }) {
			missed = append(missed, facet)
		}
	}
	return missed
}

func allFacets() []shop.FacetKey {
	return []shop.FacetKey{shop.FacetDistinguisher, shop.FacetGoal, shop.FacetKind, shop.FacetFormat, shop.FacetLanguage, shop.FacetPrice}
}

// facetChoice is one choice of a facet.
type facetChoice struct {
	facet shop.FacetKey
	key   string
}

func (c facetChoice) compare(other facetChoice) int {
	return cmp.Or(cmp.Compare(c.facet, other.facet), cmp.Compare(c.key, other.key))
}

func facetGroups(counts map[facetChoice]int, chosen chosen) []shop.FacetGroup {
	groups := make([]shop.FacetGroup, len(allFacets()))
	for i, facet := range allFacets() {
		groups[i] = facetGroup(facet, counts, chosen[facet])
	}
	return groups
}

func facetGroup(facet shop.FacetKey, counts map[facetChoice]int, keys []string) shop.FacetGroup {
	choices := fixedChoices(facet)
	if facet == shop.FacetLanguage {
		choices = languages(counts, keys)
	}
	group := shop.FacetGroup{Key: facet}
	for _, choice := range choices {
		group.Choices = append(group.Choices, shop.FacetCount{
			Facet: choice, Count: counts[facetChoice{facet, choice.Key}], Chosen: slices.Contains(keys, choice.Key),
		})
	}
	return group
}

// fixedChoices are those of a facet that has the same ones in every shop.
func fixedChoices(facet shop.FacetKey) []shop.Facet {
	switch facet {
	case shop.FacetDistinguisher:
		return shop.Distinguishers()
	case shop.FacetGoal:
		return shop.Goals()
	case shop.FacetKind:
		return shop.Kinds()
	case shop.FacetFormat:
		return shop.Formats()
	case shop.FacetPrice:
		return shop.Prices()
	default:
		return nil
	}
}

// languages are those that there are and those that were chosen, the most common first, each by its own name.
func languages(counts map[facetChoice]int, keys []string) []shop.Facet {
	all := slices.Clone(keys)
	for choice := range counts {
		if choice.facet == shop.FacetLanguage {
			all = append(all, choice.key)
		}
	}
	slices.Sort(all)
	var list []shop.Facet
	for _, key := range slices.Compact(all) {
		list = append(list, shop.Facet{Key: key, Name: languageName(key)})
	}
	slices.SortStableFunc(list, func(a, b shop.Facet) int {
		return cmp.Compare(counts[facetChoice{shop.FacetLanguage, b.Key}], counts[facetChoice{shop.FacetLanguage, a.Key}])
	})
	return list
}

// languageName is what speakers of a language call it, or the key itself where that is unknown.
func languageName(key string) string {
	tag, err := language.Parse(key)
	if err != nil {
		return key
	}
	return cmp.Or(display.Self.Name(tag), key)
}
