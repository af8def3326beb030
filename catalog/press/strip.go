package press

import (
	"fmt"
	"image/color"

	"bookroom/catalog/fonts"
)

// A page in points of 1/72 inch: US letter, with a column for text and a margin to its left in which
// the numbers of the chapters stand.
const (
	pageWidth, pageHeight = 612.0, 792.0

	marginLeft  = 54.0
	columnLeft  = 150.0
	columnRight = 558.0
	column      = columnRight - columnLeft
	pageTop     = 60.0
	pageBottom  = 730.0
	pageRoom    = pageBottom - pageTop
)

// strip is a piece of the column that no page breaks: a line of text, a row of a table, a line to write on.
type strip struct {
	line     int     // of the text
	above    float64 // space before it, left out at the top of a page
	height   float64
	marks    []mark
	together bool         // stays on one page with the next
	head     *strip       // stands above it again when it starts a page: the header of a table
	heading  *headingMark // is a line of the contents
	chapter  *chapterMarks
}

// chapterMarks make a strip start a new page, unless that would leave most of the last one empty.
type chapterMarks struct {
	onTop, below []mark // drawn at the top of a page, and below another chapter
}

type headingMark struct {
	title string
	level int
}

// mark is something drawn. Its place is relative to the upper left corner of its strip.
type mark interface{ draw(s *sheet, x, y float64) }

type textMark struct {
	x, baseline float64
	text        string
	face        *fonts.Face
	size        float64
	fill        color.NRGBA
	link        string
	tag         *element // nil for decoration
}

func textAt(x, baseline float64, text string, face *fonts.Face, size float64, fill color.NRGBA) textMark {
	return textMark{x: x, baseline: baseline, text: text, face: face, size: size, fill: fill}
}

// of makes the text content of an element.
func (t textMark) of(e *element) textMark {
	t.tag = e
	return t
}

type boxMark struct {
	x, y, w, h float64
	fill       color.NRGBA
	tag        *element // nil for decoration
}

// motifMark is the cover's picture, small, on its ground.
type motifMark struct {
	x, y, size float64
	theme      string
}

// useMark makes an area something to press or to fill in.
type useMark struct {
	x, y, w, h float64
	tag        *element
	use        use
}

// placeMark holds the place of an element in which nothing stands.
type placeMark struct{ tag *element }

// shift moves marks within their strip.
func shift(marks []mark, dx float64) []mark {
	moved := make([]mark, len(marks))
	for i, m := range marks {
		switch m := m.(type) {
		case textMark:
			m.x += dx
			moved[i] = m
		case boxMark:
			m.x += dx
			moved[i] = m
		case useMark:
			m.x += dx
			moved[i] = m
		default:
			moved[i] = m
		}
	}
	return moved
}

// decoration leaves of marks what is seen.
func decoration(marks []mark) []mark {
	var seen []mark
	for _, m := range marks {
		switch m := m.(type) {
		case textMark:
			m.tag = nil
			seen = append(seen, m)
		case boxMark:
			m.tag = nil
			seen = append(seen, m)
		case motifMark:
			seen = append(seen, m)
		}
	}
	return seen
}

// page is the strips of one page, each at its distance from the top of the column.
type page struct{ strips []placed }

type placed struct {
	strip
	y float64
}

func (p placed) allMarks() []mark {
	switch {
	case p.chapter == nil:
		return p.marks
	case p.y == 0:
		return append(p.chapter.onTop, p.marks...)
	default:
		return append(p.chapter.below, p.marks...)
	}
}

// chapterRoom is how much of a page may be used when a chapter still starts on it.
const chapterRoom = pageRoom * 0.4

// paginate stacks strips on pages. Strips that stay together start a new page where they do not fit.
func paginate(strips []strip) ([]page, error) {
	var pages []page
	used := pageRoom
	place := func(s strip) {
		if used+s.above+s.height > pageRoom {
			pages = append(pages, page{})
			used = 0
		}
		current := &pages[len(pages)-1]
		if used == 0 && s.head != nil {
			current.strips = append(current.strips, placed{*s.head, 0})
			used = s.head.height
		} else if used > 0 {
			used += s.above
		}
		current.strips = append(current.strips, placed{s, used})
		used += s.height
	}

	for len(strips) > 0 {
		group := strips[:groupLength(strips)]
		if used+heightOf(group) > pageRoom || group[0].chapter != nil && used > chapterRoom {
			used = pageRoom // the page is full
		}
		for _, s := range group {
			if s.aloneHeight() > pageRoom {
				return nil, fmt.Errorf("line %d: a row of the table is higher than a page", s.line)
			}
			place(s)
		}
		strips = strips[len(group):]
	}
	return pages, nil
}

// aloneHeight is what the strip needs on a page of its own.
func (s strip) aloneHeight() float64 {
	if s.head != nil {
		return s.head.height + s.height
	}
	return s.height
}

// groupLength counts the strips at the start that stay together.
func groupLength(strips []strip) int {
	n := 1
	for n < len(strips) && strips[n-1].together {
		n++
	}
	return n
}

func heightOf(group []strip) float64 {
	sum := 0.0
	for _, s := range group {
		sum += s.above + s.height
	}
	return sum
}
