package press

import (
	"strconv"

	"bookroom/catalog/cover"
	"bookroom/catalog/fonts"
)

// The type, in points.
const (
	textSize, textLeading = 10.5, 15.75
	tableSize             = 9.5
	tableLeading          = 13.5
	paragraphGap          = 8.0
	itemGap               = 3.5
	indent                = 18.0
)

// typesetter turns blocks into strips.
type typesetter struct {
	theme    cover.Theme
	themeKey string
}

// text sets a whole text, chapters numbered.
func (t typesetter) text(blocks []block) []strip {
	var strips []strip
	chapter := 0
	for i, b := range blocks {
		if h, ok := b.(heading); ok && h.level == 1 {
			chapter++
			strips = append(strips, t.chapter(h, chapter)...)
			continue
		}
		strips = append(strips, t.led(blocks[i:], column)...)
	}
	return strips
}

// led sets the first of some blocks so that it stays with the one that it introduces.
func (t typesetter) led(blocks []block, width float64) []strip {
	strips := t.block(blocks[0], width)
	if len(blocks) > 1 && introduces(blocks[0], blocks[1]) {
		strips[len(strips)-1].together = true
	}
	return strips
}

// introduces tells whether a paragraph leads to the list, table or room to write that follows.
func introduces(b, next block) bool {
	if _, ok := b.(paragraph); !ok {
		return false
	}
	switch next.(type) {
	case list, table, blank:
		return true
	default:
		return false
	}
}

func (t typesetter) block(b block, width float64) []strip {
	switch b := b.(type) {
	case heading:
		return t.heading(b, width)
	case paragraph:
		return t.paragraph(b, width)
	case list:
		return t.list(b, width)
	case table:
		return t.table(b, width)
	case quote:
		return t.quote(b, width)
	default:
		return []strip{{height: 28, line: b.line(), marks: []mark{boxMark{0, 22, width, 0.7, writingLine()}}}}
	}
}

// chapter opens with its number in the margin. The motif hangs from the upper edge of the page, or a
// rule parts it from the chapter before.
func (t typesetter) chapter(h heading, number int) []strip {
	const size, leading, drop = 28, 33, 56
	const toMargin = marginLeft - columnLeft
	var strips []strip
	for _, l := range breakLines(h.spans, column, size, fonts.Title) {
		strips = append(strips, strip{height: leading, together: true, line: h.line(), marks: l.marks(0, leading-8, size, ink())})
	}
	margin := textAt(toMargin, leading-8, strconv.Itoa(number), fonts.Title(), size, t.theme.OnPaper)
	strips[0].marks = append(strips[0].marks, margin)
	strips[0].heading = &headingMark{plain(h.spans), 1}
	strips[len(strips)-1].height += 12

	opening := strip{above: 28, height: drop, together: true, line: h.line(), chapter: &chapterMarks{
		onTop: []mark{tab(t.themeKey)},
		below: []mark{boxMark{toMargin, 22, columnRight - marginLeft, 1.2, t.theme.OnPaper}},
	}}
	return append([]strip{opening}, strips...)
}

// tab is the motif hanging from the upper edge of a page.
func tab(theme string) mark { return motifMark{marginLeft - columnLeft, -pageTop, 60, theme} }

func (t typesetter) heading(h heading, width float64) []strip {
	size, leading, above, below, face, fill := 15.5, 20.0, 17.0, 3.0, fonts.Title, t.theme.OnPaper
	if h.level > 2 {
		size, leading, above, below, face, fill = textSize, textLeading, 11, 0, fonts.Bold, ink()
	}
	var strips []strip
	for i, l := range breakLines(h.spans, width, size, face) {
		s := strip{height: leading, together: true, line: h.line(), marks: l.marks(0, leading-5, size, fill)}
		if i == 0 {
			s.above = above
		}
		strips = append(strips, s)
	}
	if h.level == 2 {
		strips[0].heading = &headingMark{plain(h.spans), 2}
	}
	strips[len(strips)-1].height += below
	return strips
}

func (t typesetter) paragraph(p paragraph, width float64) []strip {
	var strips []strip
	lines := breakLines(p.spans, width, textSize, nil)
	for i, l := range lines {
		s := strip{height: textLeading, line: p.line(), marks: l.marks(0, textLeading-4.5, textSize, ink())}
		if i == 0 {
			s.above = paragraphGap
		}
		s.together = i+1 < len(lines) && (i == 0 || i == len(lines)-2) // no line of it stands alone
		strips = append(strips, s)
	}
	return strips
}

func (t typesetter) list(l list, width float64) []strip {
	var strips []strip
	for i, it := range l.items {
		var inner []strip
		for _, b := range it.blocks {
			inner = append(inner, t.block(b, width-indent)...)
		}
		if len(inner) == 0 { // an item without words is room to write
			inner = []strip{{height: textLeading, line: l.line()}}
		}
		for j := range inner {
			inner[j].marks = shift(inner[j].marks, indent)
		}
		inner[0].above = itemGap
		if i == 0 {
			inner[0].above = paragraphGap
		}
		inner[0].marks = append(inner[0].marks, t.marker(l, i)...)
		strips = append(strips, inner...)
	}
	return strips
}

// marker is what stands before an item: a dot, its number, or a box to tick.
func (t typesetter) marker(l list, i int) []mark {
	const baseline = textLeading - 4.5
	if l.items[i].task {
		const side, line = 8.5, 0.9
		x, y := 1.0, baseline-8.0
		return []mark{boxMark{x, y, side, side, writingLine()}, boxMark{x + line, y + line, side - 2*line, side - 2*line, paper()}}
	}
	if l.first > 0 {
		return []mark{textAt(0, baseline, strconv.Itoa(l.first+i)+".", fonts.Bold(), textSize, t.theme.OnPaper)}
	}
	return []mark{textAt(3, baseline, "•", fonts.Bold(), textSize, t.theme.OnPaper)}
}

// quote is a passage set off by a tint and a bar.
func (t typesetter) quote(q quote, width float64) []strip {
	const bar, left, right, edge = 3, 16, 14, 9
	var inner []strip
	for _, b := range q.blocks {
		inner = append(inner, t.block(b, width-left-right)...)
	}
	if len(inner) == 0 {
		return nil
	}
	inner[0].above = 0
	inner = append(append([]strip{{height: edge}}, inner...), strip{height: edge})
	tint := mix(t.theme.OnPaper, paper(), 0.07)
	for i := range inner {
		s := &inner[i]
		s.line = q.line()
		back := []mark{
			boxMark{0, -s.above, width, s.above + s.height, tint},
			boxMark{0, -s.above, bar, s.above + s.height, t.theme.OnPaper},
		}
		s.marks = append(back, shift(s.marks, left)...)
	}
	inner[0].above, inner[0].together = 10, true
	inner[len(inner)-2].together = true
	return append(inner, strip{height: 4})
}
