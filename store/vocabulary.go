package store

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"gorm.io/gorm"

	"bookroom/shop"
)

// vocabulary is every word of the published products and what is known about words, as of one version of
// the catalog. It is never changed once it is made.
type vocabulary struct {
	known     map[string]knownWord
	sorted    []string            // the known words
	forms     map[string][]string // known words by their stem
	spellings []spelling          // what a typing mistake can be corrected to
	synonyms

	// inside are those of the words typed that only pages have; nil for a search of products. See insideOf.
	inside map[string]bool
}

type knownWord struct {
	products int
	shown    string // with its accents, in small letters
}

type spelling struct {
	word    string
	letters []rune
}

// vocabulary returns the words of that version of the catalog.
func (s *Store) vocabulary(tx *gorm.DB, shelf *shelf, version int64) (*vocabulary, error) {
	return s.words.at(version, func() (*vocabulary, error) { return readVocabulary(tx, shelf) })
}

// readVocabulary reads the words of the products on the shelf.
func readVocabulary(tx *gorm.DB, shelf *shelf) (*vocabulary, error) {
	v := &vocabulary{known: map[string]knownWord{}, forms: map[string][]string{}}
	var rows []productRow
	err := tx.Select("id", "title", "subtitle", "summary", "authors", "tags", "contents").
		Where("status = 'published'").Order("title_key, id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read the words of products: %w", err)
	}
	for i := range rows {
		p := rows[i].product()
		texts := newSearchTexts(&p)
		v.add(texts[:], 1)
	}
	_, facets := chosen{}.narrow(shelf.products)
	for _, choice := range slices.SortedFunc(maps.Keys(facets), facetChoice.compare) {
		if choice.facet == shop.FacetDistinguisher || choice.facet == shop.FacetGoal {
			v.add([]string{shop.FacetName(fixedChoices(choice.facet), choice.key)}, facets[choice])
		}
	}
	for word := range v.known {
		v.sorted = append(v.sorted, word)
	}
	slices.Sort(v.sorted)
	for _, word := range v.sorted {
		v.forms[stem(word)] = append(v.forms[stem(word)], word)
	}
	if err := v.readSynonyms(tx); err != nil {
		return nil, err
	}
	for _, word := range slices.Concat(v.sorted, v.synonymsAlone()) {
		v.spellings = append(v.spellings, spelling{word: word, letters: []rune(word)})
	}
	return v, nil
}

// add counts the words of a text that so many products have.
func (v *vocabulary) add(texts []string, products int) {
	here := map[string]bool{}
	for _, text := range texts {
		for _, w := range textWords(text) {
			if here[w.folded] {
				continue
			}
			here[w.folded] = true
			known := v.known[w.folded]
			if known.shown == "" {
				known.shown = strings.ToLower(text[w.start:w.end])
			}
			known.products += products
			v.known[w.folded] = known
		}
	}
}

// formsOf lists the forms of a word, singular and plural, that texts may have: of products it is known which
// they have, of pages it is not.
func (v *vocabulary) formsOf(word string) []string {
	if v.inside != nil {
		return inflections(word)
	}
	return v.forms[stem(word)]
}

// shown is a word as people write it.
func (v *vocabulary) shown(folded string) string {
	if known, ok := v.known[folded]; ok {
		return known.shown
	}
	return folded
}

// begins reports whether a word of the shop begins so.
func (v *vocabulary) begins(beginning string) bool {
	i, _ := slices.BinarySearch(v.sorted, beginning)
	return i < len(v.sorted) && strings.HasPrefix(v.sorted[i], beginning)
}
