package store

import (
	"slices"
	"strings"
	"unicode/utf8"

	"bookroom/shop"
)

// lead is how much text stands before the first marked word of a snippet, in bytes, where there is as much.
const lead = 50

// place is a word of a text that is looked for.
type place struct {
	shop.Range
	word int // which one of those looked for
}

// snippet quotes the piece of a text that has most of the words, the first such one, cut between words.
func (w pageWords) snippet(text string) shop.Snippet {
	text = strings.ReplaceAll(text, "\n", " ")
	places := w.places(text)
	from, most := 0, 0
	for i := range places {
		begin := max(0, places[i].Start-lead)
		if n := different(places[i:], begin+shop.MaxSnippet); n > most {
			from, most = begin, n
		}
	}
	begin, end := cutAtWords(text, from)
	s := shop.Snippet{Text: text[begin:end], Before: begin > 0, After: end < len(text)}
	for _, p := range places {
		if p.Start >= begin && p.End <= end {
			s.Marks = append(s.Marks, shop.Range{Start: p.Start - begin, End: p.End - begin})
		}
	}
	return s
}

// different counts the different words among places that end before end.
func different(places []place, end int) int {
	var words []int
	for _, p := range places {
		if p.End > end {
			break
		}
		if !slices.Contains(words, p.word) {
			words = append(words, p.word)
		}
	}
	return len(words)
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

// places finds the words in a text as it was written, with its accents and capitals.
func (w pageWords) places(text string) []place {
	var places []place
	for _, written := range textWords(text) {
		if which := w.which(written.folded); which >= 0 {
			places = append(places, place{shop.Range{Start: written.start, End: written.end}, which})
		}
	}
	return places
}

// which returns the word looked for that the folded word is, or -1. The last one may be its beginning.
func (w pageWords) which(folded string) int {
	if i := slices.Index(w, folded); i >= 0 {
		return i
	}
	if last := len(w) - 1; strings.HasPrefix(folded, w[last]) {
		return last
	}
	return -1
}
