package leaf

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// longestPage bounds the text that is kept of a page, in bytes; a page full of small print has 10,000.
const longestPage = 64 << 10

// broken is a word that was divided at the end of a line: PDFium marks the hyphen that it took away. Signs of
// what is not visible may stand between.
var broken = regexp.MustCompile("(\\pL[\\pL\\pN’'-]*)[\uFFFE\u00AD\x02][ \t]*\r?\n[ \t]*")

// ligatures are letters that a typeface draws as one.
var ligatures = strings.NewReplacer("ﬀ", "ff", "ﬁ", "fi", "ﬂ", "fl", "ﬃ", "ffi", "ﬄ", "ffl", "ﬅ", "st", "ﬆ", "st")

// tidy makes a page's text fit to be searched and quoted: lines of words with one space between, words
// whole, letters composed, and nothing in it that cannot be seen.
func tidy(text string) string {
	text = strings.ToValidUTF8(text, " ")
	text = broken.ReplaceAllStringFunc(text, mend)
	text = norm.NFC.String(ligatures.Replace(strings.Map(visible, text)))
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			lines = append(lines, line)
		}
	}
	text = strings.Join(lines, "\n")
	if len(text) > longestPage {
		text = strings.ToValidUTF8(text[:longestPage], "")
	}
	return text
}

// mend puts the two halves of a word together. A word with a hyphen before was divided at another of its
// own ("one-to-", "one"); any other is taken for one that the line was too short for.
func mend(half string) string {
	word := strings.TrimRight(half, "\uFFFE\u00AD\x02 \t\r\n")
	if strings.Contains(word, "-") {
		return word + "-"
	}
	return word
}

// visible drops what does not print and stands between no words; control characters become spaces.
func visible(r rune) rune {
	switch {
	case r == '\n':
		return r
	case unicode.IsControl(r) || r == utf8.RuneError:
		return ' '
	case unicode.In(r, unicode.Cf, unicode.Co) || r&0xFFFE == 0xFFFE: // the last ones are no characters at all
		return -1
	default:
		return r
	}
}

// fewestRunning is on how many pages a line has to stand to be taken for a running title.
const fewestRunning = 3

// dropRunning takes running titles and page numbers away: first and last lines that stand on half of the pages, but
// for their numbers. A search for the words of a title would find every page by them.
func dropRunning(texts []string) {
	count := map[string]int{}
	for _, text := range texts {
		first, last := edges(text)
		count[first]++
		if last != first {
			count[last]++
		}
	}
	running := func(line string) bool { return count[line] >= max(fewestRunning, (len(texts)+1)/2) }
	for i, text := range texts {
		first, last := edges(text)
		if running(first) {
			_, text, _ = strings.Cut(text, "\n")
		}
		if running(last) {
			text = text[:max(0, strings.LastIndexByte(text, '\n'))]
		}
		texts[i] = text
	}
}

// edges are the first and the last line of a page, without their numbers.
func edges(text string) (first, last string) {
	first, _, _ = strings.Cut(text, "\n")
	last = text[strings.LastIndexByte(text, '\n')+1:]
	return withoutNumbers(first), withoutNumbers(last)
}

func withoutNumbers(line string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsNumber(r) {
			return -1
		}
		return r
	}, line))
}
