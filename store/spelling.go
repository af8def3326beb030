package store

import (
	"cmp"
	"slices"
	"unicode"
	"unicode/utf8"

	"bookroom/shop"
)

// tolerated is how many letters of a typed word may be wrong. Words with digits are never typing mistakes.
func tolerated(typed string) int {
	for _, r := range typed {
		if unicode.IsNumber(r) {
			return 0
		}
	}
	switch n := utf8.RuneCountInString(typed); {
	case n < 4:
		return 0
	case n < 8:
		return 1
	default:
		return 2
	}
}

// nearWord is a word of the shop that somebody may have meant.
type nearWord struct {
	word     string
	distance int
	other    int // 1 if its first letter is another one
	products int // that have it
}

// near lists the other words at most that far from what was typed, nearest first, then those
// with the same first letter, then the most common. With beginning it is enough that a word begins so.
func (v *vocabulary) near(typed string, most int, beginning bool) []nearWord {
	if most == 0 {
		return nil
	}
	letters := []rune(typed)
	var found []nearWord
	var slips shop.Slips
	for _, known := range v.spellings {
		extra := len(known.letters) - len(letters)
		if -extra > most || extra > most && !beginning {
			continue
		}
		if d := slips.Between(letters, known.letters, most, beginning); d > 0 && d <= most {
			n := nearWord{word: known.word, distance: d, products: v.known[known.word].products}
			if known.letters[0] != letters[0] {
				n.other = 1
			}
			found = append(found, n)
		}
	}
	slices.SortFunc(found, func(a, b nearWord) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.other, b.other), cmp.Compare(b.products, a.products), cmp.Compare(a.word, b.word))
	})
	return found
}

// mistakenBeginning is how many letters of a word have to be there before they are taken for the beginning of
// another one; fewer are near to too many.
const mistakenBeginning = 5

// maxNearest bounds how many words a mistake is read as at once.
const maxNearest = 32

// nearest lists the words that what was typed is most likely to mean, the best first: those that are equally
// near, so that the one which was meant is among them.
func (v *vocabulary) nearest(typed string, beginning bool) []string {
	found := v.near(typed, tolerated(typed), false)
	if len(found) == 0 && beginning && utf8.RuneCountInString(typed) >= mistakenBeginning {
		found = v.near(typed, tolerated(typed), true)
	}
	var words []string
	for _, n := range found {
		if n.distance == found[0].distance {
			words = append(words, n.word)
		}
	}
	return words[:min(len(words), maxNearest)]
}
