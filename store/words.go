package store

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxWordLength is how many letters of a word count.
const maxWordLength = 64

// word is a word of a text: folded, and the bytes of the text that it stands in.
type word struct {
	folded     string
	start, end int
}

// foldedWords splits a text into its words, without accents, capitals and apostrophes. Both databases
// store and look for these words, so both find the same.
func foldedWords(text string) []string {
	found := textWords(text)
	list := make([]string, len(found))
	for i := range found {
		list[i] = found[i].folded
	}
	return list
}

// textWords are the words of a text as foldedWords splits it.
func textWords(text string) []word {
	r := wordReader{}
	for done := 0; done < len(text); {
		if c := text[done]; c < utf8.RuneSelf && (done+1 == len(text) || text[done+1] < utf8.RuneSelf) {
			r.take(rune(c), done, done+1) // no accent follows it
			done++
			continue
		}
		end := done + max(norm.NFKD.NextBoundaryInString(text[done:], true), 1)
		for _, letter := range norm.NFKD.String(text[done:end]) {
			r.take(letter, done, end)
		}
		done = end
	}
	r.finish()
	return r.words
}

// wordReader puts words together letter by letter.
type wordReader struct {
	words []word
	// of the word that is under way
	letters    strings.Builder
	count      int
	start, end int
}

// take adds one character, which the bytes from start to end of the text stand for.
func (r *wordReader) take(letter rune, start, end int) {
	switch {
	case unicode.Is(unicode.Mn, letter) || letter == '\'' || letter == '’':
		return
	case !unicode.IsLetter(letter) && !unicode.IsNumber(letter):
		r.finish()
		return
	}
	if r.count == 0 {
		r.start = start
	}
	r.end = end
	for _, plain := range plainLetters(unicode.ToLower(letter)) {
		if r.count < maxWordLength {
			r.letters.WriteRune(plain)
			r.count++
		}
	}
}

func (r *wordReader) finish() {
	if r.count == 0 {
		return
	}
	r.words = append(r.words, word{folded: r.letters.String(), start: r.start, end: r.end})
	r.letters.Reset()
	r.count = 0
}

// plainLetters is the letter itself, or what is written for one that has no accent to be taken off.
func plainLetters(letter rune) string {
	switch letter {
	case 'ß':
		return "ss"
	case 'æ':
		return "ae"
	case 'œ':
		return "oe"
	case 'ø':
		return "o"
	case 'ł':
		return "l"
	case 'đ', 'ð':
		return "d"
	case 'þ':
		return "th"
	case 'ı':
		return "i"
	default:
		return string(letter)
	}
}

// titleKey is what titles are sorted by.
func titleKey(title string) string { return strings.Join(foldedWords(title), " ") }

// stem is what a word has in common with its plural, in English and in Spanish: exhibitions and
// exhibition, families and family, planes and plan. It is cruder than a grammar, since nobody says which
// language a query is in.
func stem(folded string) string {
	const short = 4 // letters; the e stays on words that are not longer
	s := folded
	if len(s) < short {
		return s
	}
	if single := strings.TrimSuffix(s, "s"); !endsIn(single, "s", "u", "i") {
		s = single
	}
	if endsIn(s, "xe", "sse", "che", "she") || len(s) > short {
		s = strings.TrimSuffix(s, "e")
	}
	if len(s) >= short && endsIn(s, "y") {
		s = strings.TrimSuffix(s, "y") + "i"
	}
	return s
}

// inflections lists the words that have the same stem, those that nobody writes too; the word itself first.
func inflections(word string) []string {
	common := stem(word)
	roots := []string{common}
	if root, found := strings.CutSuffix(common, "i"); found {
		roots = append(roots, root+"y")
	}
	forms := []string{word}
	for _, root := range roots {
		for _, ending := range []string{"", "s", "es", "e"} {
			if form := root + ending; form != word && stem(form) == common {
				forms = append(forms, form)
			}
		}
	}
	return forms
}

func endsIn(s string, endings ...string) bool {
	return slices.ContainsFunc(endings, func(ending string) bool { return strings.HasSuffix(s, ending) })
}
