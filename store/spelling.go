package store

import (
	"cmp"
	"slices"
	"unicode"
	"unicode/utf8"
)

// slips is how many letters of a typed word may be wrong. Words with digits are never typing mistakes.
func slips(typed string) int {
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
	var m measure
	for _, known := range v.spellings {
		extra := len(known.letters) - len(letters)
		if -extra > most || extra > most && !beginning {
			continue
		}
		if d := m.distance(letters, known.letters, most, beginning); d > 0 && d <= most {
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
	found := v.near(typed, slips(typed), false)
	if len(found) == 0 && beginning && utf8.RuneCountInString(typed) >= mistakenBeginning {
		found = v.near(typed, slips(typed), true)
	}
	var words []string
	for _, n := range found {
		if n.distance == found[0].distance {
			words = append(words, n.word)
		}
	}
	return words[:min(len(words), maxNearest)]
}

// measure keeps the rows of a distance's table from one word to the next.
type measure struct{ before, last, row []int }

// distance is the least number of letters to add, leave out, change or swap with the next one to turn
// typed into known, or into a beginning of known; any number above most where it is more than that.
func (m *measure) distance(typed, known []rune, most int, beginning bool) int {
	if beginning {
		known = known[:min(len(known), len(typed)+most)]
	}
	m.fit(len(known) + 1)
	for i := range m.row {
		m.row[i] = i
	}
	for i, t := range typed {
		m.before, m.last, m.row = m.last, m.row, m.before
		m.row[0] = i + 1
		least := m.row[0]
		for j, k := range known {
			change := m.last[j]
			if t != k {
				change++
			}
			d := min(m.last[j+1]+1, m.row[j]+1, change)
			if i > 0 && j > 0 && t == known[j-1] && typed[i-1] == k {
				d = min(d, m.before[j-1]+1)
			}
			m.row[j+1] = d
			least = min(least, d)
		}
		if least > most {
			return least
		}
	}
	if beginning {
		return slices.Min(m.row)
	}
	return m.row[len(known)]
}

func (m *measure) fit(n int) {
	for _, row := range []*[]int{&m.before, &m.last, &m.row} {
		if cap(*row) < n {
			*row = make([]int, n, 2*n)
		}
		*row = (*row)[:n]
	}
}
