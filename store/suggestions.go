package store

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"gorm.io/gorm"

	"bookroom/shop"
)

// What is suggested to somebody whose words have found nothing, at most.
const (
	suggestedQueries  = 3
	suggestedProducts = 4
)

// suggest looks for ways on from a search that has found nothing.
func (l productList) suggest(tx *gorm.DB, v *vocabulary) (shop.Suggestions, error) {
	products, err := l.withMost(tx, l.search.terms)
	return shop.Suggestions{Queries: v.otherQueries(&l.search), Products: products}, err
}

// withMost returns the products that have the most of the terms, whatever facets are chosen.
func (l productList) withMost(tx *gorm.DB, terms []term) ([]shop.Product, error) {
	var parts []string
	var each []any
	for _, t := range terms {
		if !t.nowhere() {
			parts, each = append(parts, "SELECT product_id FROM (?) one"), append(each, l.store.having(tx, t))
		}
	}
	if len(parts) == 0 {
		return nil, nil
	}
	var rows []productRow
	err := tx.Table("products").Select(listColumns).
		Joins("JOIN (SELECT product_id, COUNT(*) AS terms FROM ("+strings.Join(parts, " UNION ALL ")+
			") found GROUP BY product_id) most ON most.product_id = products.id", each...).
		Where("products.status = 'published'").
		Order("most.terms DESC, products.title_key, products.id").Limit(suggestedProducts).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("look for products with most of the words: %w", err)
	}
	return fill(tx, rows, newestEdition)
}

// otherQueries puts the words of the shop that are nearest in the place of those that mean nothing to it.
// A word that none is near to is left out.
func (v *vocabulary) otherQueries(s *search) []string {
	var queries []string
	for i := range suggestedQueries {
		query := s.rewritten(v, func(w asked) string {
			near := v.nearby(w.folded)
			if len(near) == 0 {
				return ""
			}
			return v.shown(near[min(i, len(near)-1)])
		})
		if query != "" && s.unknown() && !slices.Contains(queries, query) {
			queries = append(queries, query)
		}
	}
	return queries
}

// nearby lists words that are farther from what was typed than a typing mistake would be.
func (v *vocabulary) nearby(typed string) []string {
	most := 1
	if n := utf8.RuneCountInString(typed); n > 3 {
		most = slips(typed) + 1
	}
	var words []string
	for _, n := range v.near(typed, most, false) {
		words = append(words, n.word)
	}
	return words[:min(len(words), suggestedQueries)]
}
