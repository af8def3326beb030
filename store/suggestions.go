package store

import (
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

// withMost returns the products that have the most of the terms, whatever facets are chosen.
func (s *Store) withMost(tx *gorm.DB, shelf *shelf, terms []term) ([]shop.Product, error) {
	condition := "product_search MATCH ?"
	if s.dialect == PostgreSQL {
		condition = "document @@ ?::text::tsquery"
	}
	var each []string
	var matches []any
	for _, t := range terms {
		if !t.nowhere() {
			each = append(each, "SELECT product_id FROM product_search WHERE "+condition)
			matches = append(matches, s.match([]term{t}, len(weights)))
		}
	}
	if len(each) == 0 {
		return nil, nil
	}
	counts, err := numbers(tx.Raw("SELECT product_id, -COUNT(*) AS number FROM ("+strings.Join(each, " UNION ALL ")+") each GROUP BY product_id", matches...))
	if err != nil {
		return nil, err
	}
	found := shelf.found(counts, "")
	slices.SortFunc(found, order(shop.SortRelevance))
	return readListed(tx, found[:min(len(found), suggestedProducts)])
}

// otherQueries puts the words of the shop that are nearest in the place of those that mean nothing to it.
// A word that none is near to is left out.
func (v *vocabulary) otherQueries(s *search) []string {
	if !s.unknown() {
		return nil
	}
	near := map[string][]string{}
	for _, w := range s.words {
		if w.unknown() && near[w.folded] == nil {
			near[w.folded] = v.nearby(w.folded)
		}
	}
	var queries []string
	for i := range suggestedQueries {
		query := s.rewritten(v, func(w asked) string {
			words := near[w.folded]
			if len(words) == 0 {
				return ""
			}
			return v.shown(words[min(i, len(words)-1)])
		})
		if query != "" && !slices.Contains(queries, query) {
			queries = append(queries, query)
		}
	}
	return queries
}

// nearby lists words that are farther from what was typed than a typing mistake would be.
func (v *vocabulary) nearby(typed string) []string {
	most := 1
	if n := utf8.RuneCountInString(typed); n > 3 {
		most = tolerated(typed) + 1
	}
	var words []string
	for _, n := range v.near(typed, most, false) {
		words = append(words, n.word)
	}
	return words[:min(len(words), suggestedQueries)]
}
