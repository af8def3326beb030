package store

import (
	"cmp"
	"slices"
	"strings"

	"bookroom/shop"
)

// marker finds what a search has matched in texts.
type marker struct {
	words      map[string]bool
	beginnings []string
	phrases    []phrase // of several words
}

func newMarker(terms []term) marker {
	m := marker{words: map[string]bool{}}
	for _, t := range terms {
		m.addPhrases(t.phrases)
		for _, w := range t.words {
			m.addPhrases(w.phrases)
			for _, form := range w.forms {
				m.words[form] = true
			}
			if w.beginning != "" {
				m.beginnings = append(m.beginnings, w.beginning)
			}
		}
	}
	return m
}

func (m *marker) addPhrases(phrases []phrase) {
	for _, p := range phrases {
		if len(p) == 1 {
			m.words[p[0]] = true
		} else {
			m.phrases = append(m.phrases, p)
		}
	}
}

// highlights marks the products of a page, by their ids. A product in which nothing is marked is left out.
func (m *marker) highlights(products []shop.Product) map[string]shop.Highlights {
	found := map[string]shop.Highlights{}
	for i := range products {
		p := &products[i]
		h := shop.Highlights{Title: m.ranges(p.Title), Subtitle: m.ranges(p.Subtitle), Summary: m.ranges(p.Summary)}
		if len(h.Title)+len(h.Subtitle)+len(h.Summary) > 0 {
			found[p.ID] = h
		}
	}
	return found
}

// ranges are the matched words and phrases of a text, in order and apart from each other.
func (m *marker) ranges(text string) []shop.Range {
	words := textWords(text)
	var found []shop.Range
	for i, w := range words {
		if m.words[w.folded] || slices.ContainsFunc(m.beginnings, func(b string) bool { return strings.HasPrefix(w.folded, b) }) {
			found = append(found, shop.Range{Start: w.start, End: w.end})
		}
		for _, p := range m.phrases {
			if startsWith(words[i:], p) {
				found = append(found, shop.Range{Start: w.start, End: words[i+len(p)-1].end})
			}
		}
	}
	slices.SortFunc(found, func(a, b shop.Range) int { return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End)) })
	var apart []shop.Range
	for _, r := range found {
		if n := len(apart); n > 0 && r.Start < apart[n-1].End {
			apart[n-1].End = max(apart[n-1].End, r.End)
			continue
		}
		apart = append(apart, r)
	}
	return apart
}

func startsWith(words []word, p phrase) bool {
	if len(words) < len(p) {
		return false
	}
	for i := range p {
		if words[i].folded != p[i] {
			return false
		}
	}
	return true
}
