package cover

import (
	"math"
	"strings"

	"bookroom/catalog/fonts"
)

// titleSizes are tried from the largest; each allows so many lines.
var titleSizes = [...]struct {
	size  float64
	lines int
}{{36, 2}, {33, 2}, {30, 3}, {27, 3}, {24, 3}, {20, 4}, {16, 5}}

// wrapTitle breaks a title into lines that fit into width: the largest size at which few lines do,
// broken so that the longest line is as short as it can be. A title that fits at no size is set
// smaller than any of them.
func wrapTitle(title string, width float64) (size float64, lines []string) {
	words := splitWords(title)
	for _, try := range titleSizes {
		for count := 1; count <= min(try.lines, len(words)); count++ {
			lines, ems := balance(words, count)
			if ems*try.size <= width {
				return try.size, lines
			}
		}
	}
	lines, ems := balance(words, min(titleSizes[len(titleSizes)-1].lines, len(words)))
	return width / ems, lines
}

// splitWords cuts a title where a line may end: after spaces, which stay with the word, and slashes.
func splitWords(title string) []string {
	text := strings.Join(strings.Fields(title), " ")
	var words []string
	start := 0
	for i, r := range text {
		if (r == ' ' || r == '/') && i+1 < len(text) && text[i+1] != ' ' {
			words = append(words, text[start:i+1])
			start = i + 1
		}
	}
	return append(words, text[start:])
}

// balance splits words into count lines whose longest is as short as possible, and says how long that is.
func balance(words []string, count int) (lines []string, ems float64) {
	n := len(words)
	ends := lineEnds(words)
	longest := make([]float64, n) // of the best lines from each word on; at first there is one line
	for i := range n {
		longest[i] = ends.width(i, n)
	}
	cuts := make([][]int, count+1) // by the number of lines left: where the first of them ends
	for left := 2; left <= count; left++ {
		cuts[left] = make([]int, n)
		for i := 0; i+left <= n; i++ { // rising, so that longest[cut] is still that of one line less
			best := math.Inf(1)
			for cut := i + 1; cut+left-1 <= n; cut++ {
				if w := max(ends.width(i, cut), longest[cut]); w < best {
					best, cuts[left][i] = w, cut
				}
			}
			longest[i] = best
		}
	}

	start := 0
	for left := count; left > 1; left-- {
		cut := cuts[left][start]
		lines = append(lines, join(words[start:cut]))
		start = cut
	}
	return append(lines, join(words[start:])), longest[0]
}

func join(words []string) string { return strings.TrimSpace(strings.Join(words, "")) }

// ends holds for each word how far from the start of the title it begins, and where it ends without
// its space, in ems.
type ends struct{ begin, end []float64 }

func lineEnds(words []string) ends {
	var e ends
	at := 0.0
	for _, word := range words {
		e.begin = append(e.begin, at)
		e.end = append(e.end, at+fonts.Title().Width(strings.TrimSpace(word), 1))
		at += fonts.Title().Width(word, 1)
	}
	return e
}

// width is that of the line from one word up to, not including, another.
func (e ends) width(from, to int) float64 { return e.end[to-1] - e.begin[from] }

// subtitleSize shrinks a long subtitle until it fits into one line.
func subtitleSize(subtitle string, width float64) float64 {
	const size = 12
	return min(size, width/fonts.Regular().Width(subtitle, 1))
}
