package store

import (
	"cmp"
	"fmt"
	"slices"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
	"gorm.io/gorm"

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
	}
	if len(p.Variants) > 0 {
		price := "paid"
		if p.From().IsZero() {
			price = "free"
		}
		keys[shop.FacetPrice] = []string{price}
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
			c[facet] = slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return !isKey(key) })
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

// narrow keeps the products that have one of the chosen keys of each facet but the one that is left out.
func (c chosen) narrow(q *gorm.DB, except shop.FacetKey) *gorm.DB {
	for _, facet := range allFacets() {
		if keys := c[facet]; keys != nil && facet != except {
			q = q.Where("products.id IN (SELECT product_id FROM search_facets WHERE facet = ? AND key IN ?)", facet, keys)
		}
	}
	return q
}

func allFacets() []shop.FacetKey {
	return []shop.FacetKey{shop.FacetDistinguisher, shop.FacetGoal, shop.FacetKind, shop.FacetFormat, shop.FacetLanguage, shop.FacetPrice}
}

// facetChoice is one choice of a facet.
type facetChoice struct {
	facet shop.FacetKey
	key   string
}

// countFacets counts the products of a query by the choices of these facets.
func countFacets(tx, products *gorm.DB, facets ...shop.FacetKey) (map[facetChoice]int, error) {
	var rows []struct {
		Facet shop.FacetKey
		Key   string
		Count int
	}
	err := tx.Session(&gorm.Session{NewDB: true}).Raw(`SELECT f.facet, f.key, COUNT(*) AS count FROM search_facets f
		WHERE f.facet IN ? AND f.product_id IN (?) GROUP BY f.facet, f.key`, facets, products.Select("products.id")).Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("count facets: %w", err)
	}
	counts := map[facetChoice]int{}
	for _, row := range rows {
		counts[facetChoice{row.Facet, row.Key}] = row.Count
	}
	return counts, nil
}

// facets counts each facet under what is chosen in the others: the facets in which nothing is chosen by
// one statement, each of the others by one of its own.
func (l productList) facets(tx *gorm.DB) ([]shop.FacetGroup, error) {
	counts := map[facetChoice]int{}
	count := func(except shop.FacetKey, facets ...shop.FacetKey) error {
		found, err := countFacets(tx, l.matching(tx, except), facets...)
		for choice, n := range found {
			counts[choice] = n
		}
		return err
	}
	var open []shop.FacetKey
	for _, facet := range allFacets() {
		if l.chosen[facet] == nil {
			open = append(open, facet)
		} else if err := count(facet, facet); err != nil {
			return nil, err
		}
	}
	if len(open) > 0 {
		if err := count("", open...); err != nil {
			return nil, err
		}
	}
	groups := make([]shop.FacetGroup, len(allFacets()))
	for i, facet := range allFacets() {
		groups[i] = facetGroup(facet, counts, l.chosen[facet])
	}
	return groups, nil
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

func facetName(c facetChoice) string { return shop.FacetName(fixedChoices(c.facet), c.key) }

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
