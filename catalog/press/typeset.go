package press

import (
	"slices"
	"strconv"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

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
	fillable bool

	level int // of the last heading
	fieldNames
}

// text sets a whole text, chapters numbered, as parts of root.
func (t *typesetter) text(blocks []block, root *element) []strip {
	var strips []strip
	number := 0
	chapter, part := root, root
	for i, b := range blocks {
		h, isHeading := b.(heading)
		if isHeading && h.level == 1 {
			number++
			chapter = root.child("Sect")
			part = chapter
			strips = append(strips, t.chapter(h, number, chapter)...)
			continue
		}
		if isHeading && h.level == 2 {
			part = chapter.child("Sect")
		}
		set := t.block(b, column, part)
		if i+1 < len(blocks) && introduces(b, blocks[i+1]) {
			set[len(set)-1].together = true
		}
		strips = append(strips, set...)
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

// block sets a block as a part of another.
func (t *typesetter) block(b block, width float64, parent *element) []strip {
	switch b := b.(type) {
	case heading:
		return t.heading(b, width, parent)
	case paragraph:
		return t.paragraph(b, width, parent)
	case list:
		return t.list(b, width, parent)
	case table:
		return t.table(b, width, parent)
	case quote:
		return t.quote(b, width, parent)
	default:
		return []strip{t.blank(b.line(), width, parent)}
	}
}

// headingElement never goes down by more than one level, which would confuse who moves by headings.
func (t *typesetter) headingElement(h heading, parent *element) *element {
	t.level = min(h.level, t.level+1)
	t.says(plain(h.spans))
	return parent.child("H" + strconv.Itoa(t.level))
}

// chapter opens with its number in the margin. The motif hangs from the upper edge of the page, or a
// rule parts it from the chapter before.
func (t *typesetter) chapter(h heading, number int, parent *element) []strip {
	const size, leading, drop = 28, 33, 56
	const toMargin = marginLeft - columnLeft
	part := t.headingElement(h, parent)
	var strips []strip
	for _, l := range tagged(breakLines(h.spans, column, size, fonts.Title), part) {
		strips = append(strips, strip{height: leading, together: true, line: h.line(), marks: l.marks(0, leading-8, size, ink())})
	}
	margin := chapterNumber(number, leading-8, size, t.theme).of(part.child("Lbl"))
	strips[0].marks = append([]mark{margin}, strips[0].marks...)
	strips[0].heading = &headingMark{plain(h.spans), 1}
	strips[len(strips)-1].height += 12

	opening := strip{above: 28, height: drop, together: true, line: h.line(), chapter: &chapterMarks{
		onTop: []mark{tab(t.themeKey)},
		below: []mark{boxMark{x: toMargin, y: 22, w: columnRight - marginLeft, h: 1.2, fill: t.theme.OnPaper}},
	}}
	return append([]strip{opening}, strips...)
}

// tab is the motif hanging from the upper edge of a page.
func tab(theme string) mark { return motifMark{marginLeft - columnLeft, -pageTop, 60, theme} }

func (t *typesetter) heading(h heading, width float64, parent *element) []strip {
	size, leading, above, below, face, fill := 15.5, 20.0, 17.0, 3.0, fonts.Title, t.theme.OnPaper
	if h.level > 2 {
		size, leading, above, below, face, fill = textSize, textLeading, 11, 0, fonts.Bold, ink()
	}
	var strips []strip
	lines := tagged(breakLines(h.spans, width, size, face), t.headingElement(h, parent))
	for i, l := range lines {
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

func (t *typesetter) paragraph(p paragraph, width float64, parent *element) []strip {
	t.says(plain(p.spans))
	var strips []strip
	lines := tagged(breakLines(p.spans, width, textSize, nil), parent.child("P"))
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

// blank sets a line to write on.
func (t *typesetter) blank(line int, width float64, parent *element) strip {
	const above, under = 4, 22
	s := strip{height: 28, line: line, marks: []mark{boxMark{y: under, w: width, h: 0.7, fill: writingLine()}}}
	if t.fillable {
		field := parent.child("P").child("Form").called(t.fieldName())
		s.marks = append(s.marks, useMark{0, above, width, under - above, field, writing{textSize}})
	}
	return s
}

func (t *typesetter) list(l list, width float64, parent *element) []strip {
	var strips []strip
	part := parent.child("L").with("List", "ListNumbering", l.numbering())
	for i, it := range l.items {
		child, about := part.child("LI"), t.fieldNames
		marker := t.marker(l, i, child.child("Lbl"))
		inner := t.item(it, l.line(), width-indent, child.child("LBody"))
		for j := range inner {
			inner[j].marks = shift(inner[j].marks, indent)
		}
		inner[0].above = itemGap
		if i == 0 {
			inner[0].above = paragraphGap
		}
		inner[0].marks = append(marker, inner[0].marks...)
		strips = append(strips, inner...)
		if len(it.blocks) > 0 {
			t.fieldNames = about // its words are about nothing but itself
		}
	}
	return strips
}

// numbering says what stands before the items.
func (l list) numbering() types.Name {
	switch {
	case l.first > 0:
		return "Decimal"
	case slices.ContainsFunc(l.items, func(i item) bool { return i.task }):
		return "Square"
	default:
		return "Disc"
	}
}

// item sets what stands in an item. One without words is room to write.
func (t *typesetter) item(it item, line int, width float64, part *element) []strip {
	var strips []strip
	for _, b := range it.blocks {
		strips = append(strips, t.block(b, width, part)...)
	}
	if len(strips) > 0 {
		return strips
	}
	room := strip{height: textLeading, line: line, marks: []mark{placeMark{part}}}
	if t.fillable {
		field := part.child("Form").called(t.fieldName())
		room.marks = append(room.marks, useMark{0, 0, width, textLeading, field, writing{textSize}})
	}
	return []strip{room}
}

// marker is what stands before an item: a dot, its number, or a box to tick.
func (t *typesetter) marker(l list, i int, label *element) []mark {
	const baseline = textLeading - 4.5
	switch {
	case l.items[i].task:
		return t.box(l.items[i], label, 1, baseline-8)
	case l.first > 0:
		return []mark{textAt(0, baseline, strconv.Itoa(l.first+i)+". ", fonts.Bold(), textSize, t.theme.OnPaper).of(label)}
	default:
		return []mark{textAt(3, baseline, "• ", fonts.Bold(), textSize, t.theme.OnPaper).of(label)}
	}
}

// box is a box to tick.
func (t *typesetter) box(it item, label *element, x, y float64) []mark {
	const side, line = 8.5, 0.9
	drawn := label
	if t.fillable {
		drawn = nil
	} else {
		label.actual = "☐ "
	}
	marks := []mark{
		boxMark{x, y, side, side, writingLine(), drawn},
		boxMark{x + line, y + line, side - 2*line, side - 2*line, paper(), drawn},
	}
	if t.fillable {
		field := label.child("Form").called(t.tickName(it))
		marks = append(marks, useMark{x, y, side, side, field, ticking{}})
	}
	return marks
}

// quote is a passage set off by a tint and a bar.
func (t *typesetter) quote(q quote, width float64, parent *element) []strip {
	const bar, left, right, edge = 3, 16, 14, 9
	part := parent.child("BlockQuote")
	var inner []strip
	for _, b := range q.blocks {
		inner = append(inner, t.block(b, width-left-right, part)...)
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
			boxMark{y: -s.above, w: width, h: s.above + s.height, fill: tint},
			boxMark{y: -s.above, w: bar, h: s.above + s.height, fill: t.theme.OnPaper},
		}
		s.marks = append(back, shift(s.marks, left)...)
	}
	inner[0].above, inner[0].together = 10, true
	inner[len(inner)-2].together = true
	return append(inner, strip{height: 4})
}
