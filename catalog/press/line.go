package press

import (
	"image/color"
	"strings"
	"unicode/utf8"

	"bookroom/catalog/fonts"
)

// run is a piece of a line in one face.
type run struct {
	text string
	face *fonts.Face
	link string
	tag  *element // nil for decoration
	cut  bool     // the rest of its word stands on the next line
}

// word is runs without a space between them; the line may break before it.
type word []run

// textLine is the runs of one line, spaces included.
type textLine []run

func (w word) width(size float64) float64 {
	sum := 0.0
	for _, r := range w {
		sum += r.face.Width(r.text, size)
	}
	return sum
}

// marks places the line's runs one after the other.
func (l textLine) marks(x, baseline, size float64, fill color.NRGBA) []mark {
	var marks []mark
	for _, r := range l {
		marks = append(marks, textMark{x, baseline, r.text, r.face, size, fill, r.link, r.tag})
		x += r.face.Width(r.text, size)
	}
	return marks
}

// breakLines fills lines of that width one after the other. All is set in the one face given, or in the
// faces of text, by the style of the spans, where that is nil. There is at least one line.
func breakLines(spans []span, width, size float64, face func() *fonts.Face) []textLine {
	var lines []textLine
	forcedLines := splitWords(spans, face)
	for i, forced := range forcedLines {
		var current textLine
		used := 0.0
		for _, w := range fitWords(forced, width, size) {
			space := fonts.Regular().Width(" ", size)
			if len(current) > 0 {
				space = current[len(current)-1].face.Width(" ", size)
			}
			if len(current) > 0 && used+space+w.width(size) > width {
				lines = append(lines, current.space(w)) // else who hears it hears one word over the end of a line
				current, used = nil, 0
			}
			if len(current) > 0 {
				current = current.space(w)
				used += space
			}
			for _, r := range w {
				current = current.add(r)
			}
			used += w.width(size)
		}
		if i+1 < len(forcedLines) && len(current) > 0 {
			current = current.add(run{text: " ", face: current[len(current)-1].face})
		}
		lines = append(lines, current)
	}
	return lines
}

// add appends a run, to the last one where that looks the same.
func (l textLine) add(r run) textLine {
	if n := len(l); n > 0 && l[n-1].face == r.face && l[n-1].link == r.link {
		l[n-1].text += r.text
		return l
	}
	return append(l, r)
}

// space appends the space before the next word, if it is one, and keeps a link going over it.
func (l textLine) space(next word) textLine {
	last := l[len(l)-1]
	if last.cut {
		return l
	}
	r := run{text: " ", face: last.face}
	if last.link == next[0].link {
		r.link = last.link
	}
	return l.add(r)
}

// splitWords cuts spans at spaces, and starts a new list of words at each forced end of line.
func splitWords(spans []span, face func() *fonts.Face) [][]word {
	lines := [][]word{nil}
	glued := false // the next run belongs to the last word
	for _, s := range spans {
		f := faceOf(s)
		if face != nil {
			f = face()
		}
		for len(s.text) > 0 {
			last := len(lines) - 1
			switch end := strings.IndexAny(s.text, " \t\n"); {
			case end == 0 && s.text[0] == '\n':
				lines = append(lines, nil)
				s.text, glued = s.text[1:], false
			case end == 0:
				s.text, glued = s.text[1:], false
			default:
				if end < 0 {
					end = len(s.text)
				}
				r := run{text: s.text[:end], face: f, link: s.link}
				if glued {
					words := lines[last]
					words[len(words)-1] = append(words[len(words)-1], r)
				} else {
					lines[last] = append(lines[last], word{r})
				}
				s.text, glued = s.text[end:], true
			}
		}
	}
	return lines
}

func faceOf(s span) *fonts.Face {
	switch {
	case s.bold && s.italic:
		return fonts.BoldItalic()
	case s.bold:
		return fonts.Bold()
	case s.italic:
		return fonts.Italic()
	default:
		return fonts.Regular()
	}
}

// fitWords cuts words that are wider than a line, such as long addresses, into pieces that fit.
func fitWords(words []word, width, size float64) []word {
	var fitting []word
	for _, w := range words {
		if w.width(size) <= width {
			fitting = append(fitting, w)
			continue
		}
		piece := word{}
		for _, r := range w {
			for _, c := range r.text {
				next := run{text: string(c), face: r.face, link: r.link}
				if len(piece) > 0 && piece.width(size)+next.face.Width(next.text, size) > width {
					piece[len(piece)-1].cut = true
					fitting = append(fitting, piece)
					piece = word{}
				}
				piece = word(textLine(piece).add(next))
			}
		}
		fitting = append(fitting, piece)
	}
	return fitting
}

// widest returns the widths of the longest word and of the whole text on one line.
func widest(spans []span, size float64) (longestWord, all float64) {
	for _, line := range splitWords(spans, nil) {
		sum := 0.0
		for i, w := range line {
			width := w.width(size)
			longestWord = max(longestWord, width)
			if i > 0 {
				sum += fonts.Regular().Width(" ", size)
			}
			sum += width
		}
		all = max(all, sum)
	}
	return longestWord, all
}

// shorten cuts a text that is wider than a line and marks that with an ellipsis.
func shorten(text string, face *fonts.Face, width, size float64) string {
	if face.Width(text, size) <= width {
		return text
	}
	for text != "" && face.Width(text+"…", size) > width {
		_, n := utf8.DecodeLastRuneInString(text)
		text = text[:len(text)-n]
	}
	return strings.TrimRight(text, " ") + "…"
}
