package store

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"bookroom/shop"
)

// lead is how much text stands before the first marked word of a snippet, in bytes, where there is as much.
const lead = 50

// quoter quotes texts for a search. It has a marker for each of the search's terms.
type quoter []marker

func newQuoter(terms []term) quoter {
	q := make(quoter, len(terms))
	for i := range terms {
		q[i] = newMarker(terms[i : i+1])
	}
	return q
}

// place is where a text has what is looked for.
type place struct {
	shop.Range
	term int
}

// snippet quotes the piece of a text that has most of the terms, the first such one, cut between words.
func (q quoter) snippet(text string) shop.Snippet {
	text = strings.ReplaceAll(text, "\n", " ")
	places := q.places(text)
	from, most := 0, 0
	for i := range places {
		begin := max(0, places[i].Start-lead)
		if n := different(places[i:], begin+shop.MaxSnippet); n > most {
			from, most = begin, n
		}
	}
	begin, end := cutAtWords(text, from)
	s := shop.Snippet{Text: text[begin:end], Before: begin > 0, After: end < len(text)}
	marked := begin // up to where: what two terms mark is marked once
	for _, p := range places {
		if p.Start >= marked && p.End <= end {
			s.Marks = append(s.Marks, shop.Range{Start: p.Start - begin, End: p.End - begin})
			marked = p.End
		}
	}
	return s
}

// different counts the different terms among places that end before end.
func different(places []place, end int) int {
	var terms []int
	for _, p := range places {
		if p.End > end {
			break
		}
		if !slices.Contains(terms, p.term) {
			terms = append(terms, p.term)
		}
	}
	return len(terms)
}

// cutAtWords returns a piece of the text that begins with a word near from and ends with a word. A word that is longer
// than a snippet is cut.
func cutAtWords(text string, from int) (begin, end int) {
	begin = from
	if from > 0 {
		begin = runeStart(text, from)
		if space := strings.IndexByte(text[begin:min(len(text), begin+lead)], ' '); space >= 0 {
			begin += space + 1
		}
	}
	if end = begin + shop.MaxSnippet; end >= len(text) {
		return begin, len(text)
	}
	if space := strings.LastIndexByte(text[begin:end+1], ' '); space > 0 {
		return begin, begin + space
	}
	return begin, runeStart(text, end)
}

// runeStart is where the character begins that the byte is of.
func runeStart(text string, at int) int {
	for !utf8.RuneStart(text[at]) {
		at--
	}
	return at
}

// places finds the terms in a text as it was written, with its accents and capitals, in order; a longer one first.
func (q quoter) places(text string) []place {
	var places []place
	for i := range q {
		for _, r := range q[i].ranges(text) {
			places = append(places, place{r, i})
		}
	}
	slices.SortFunc(places, func(a, b place) int { return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End)) })
	return places
}
