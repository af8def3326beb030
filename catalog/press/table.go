package press

const (
	cellPadding  = 6.0
	cellTop      = 4.5
	roomToWrite  = 30.0 // least height of a row with an empty cell
	thinRule     = 0.6
	heavyRule    = 1.2
	emptyColumns = column / 2 // the width that a column to write in would like to have
)

// table sets a header and rows under it. A table with empty cells is a form: it gets lines between its
// columns and rows high enough to write in.
func (t typesetter) table(b table, width float64) []strip {
	columns := columnWidths(b, width)
	form := isForm(b)

	head := t.row(b.header, columns, true)
	head.marks = append(head.marks, boxMark{0, head.height - heavyRule, width, heavyRule, t.theme.OnPaper})
	strips := []strip{head}
	for _, cells := range b.rows {
		s := t.row(cells, columns, false)
		if form {
			s.height = max(s.height, roomToWrite)
			x := 0.0
			for _, w := range columns[:len(columns)-1] {
				x += w
				s.marks = append(s.marks, boxMark{x - thinRule/2, 0, thinRule, s.height, hairline()})
			}
		}
		s.marks = append(s.marks, boxMark{0, s.height - thinRule, width, thinRule, hairline()})
		again := head
		again.heading, again.together = nil, false
		s.head = &again
		strips = append(strips, s)
	}
	for i := range strips {
		strips[i].line = b.line()
	}
	strips[0].above = 10
	keepTogether(strips)
	strips[len(strips)-1].height += 6
	return strips
}

// keepTogether keeps a small table on one page, and of a larger one the header with the first two rows
// and the last row with the one before.
func keepTogether(strips []strip) {
	const small = pageRoom / 5
	all := heightOf(strips) < small
	last := len(strips) - 1
	for i := range strips[:last] {
		strips[i].together = all || i < 2 || i == last-1
	}
}

func isForm(b table) bool {
	for _, row := range b.rows {
		for _, c := range row {
			if c.empty() {
				return true
			}
		}
	}
	return false
}

func (t typesetter) row(cells []cell, columns []float64, header bool) strip {
	s := strip{}
	x, most := 0.0, 1
	for i, c := range cells {
		spans, fill := c.spans, ink()
		if header {
			spans, fill = allBold(spans), t.theme.OnPaper
		}
		textX, room := x+cellPadding, columns[i]-2*cellPadding
		if i == 0 { // the first column stands flush with the text around
			textX, room = x, columns[i]-cellPadding
		}
		lines := breakLines(spans, room, tableSize, nil)
		for j, l := range lines {
			s.marks = append(s.marks, l.marks(textX, cellTop+float64(j+1)*tableLeading-3.5, tableSize, fill)...)
		}
		most = max(most, len(lines))
		x += columns[i]
	}
	s.height = 2*cellTop + float64(most)*tableLeading
	return s
}

func allBold(spans []span) []span {
	bold := make([]span, len(spans))
	for i, s := range spans {
		s.bold = true
		bold[i] = s
	}
	return bold
}

// columnWidths gives each column its longest word, and shares what is left by how much more each
// would need to stand on one line.
func columnWidths(b table, width float64) []float64 {
	least, wish := make([]float64, len(b.header)), make([]float64, len(b.header))
	for r, row := range append([][]cell{b.header}, b.rows...) {
		for i, c := range row {
			spans := c.spans
			if r == 0 {
				spans = allBold(spans)
			}
			longest, all := widest(spans, tableSize)
			if c.empty() {
				longest, all = 0, emptyColumns
			}
			least[i] = max(least[i], longest+2*cellPadding)
			wish[i] = max(wish[i], min(all, width)+2*cellPadding)
		}
	}

	sumLeast, sumMore := 0.0, 0.0
	for i := range least {
		sumLeast += least[i]
		sumMore += wish[i] - least[i]
	}
	columns := make([]float64, len(least))
	for i := range least {
		switch {
		case sumLeast >= width: // words will be cut
			columns[i] = least[i] * width / sumLeast
		case sumMore == 0:
			columns[i] = least[i] + (width-sumLeast)/float64(len(least))
		default:
			columns[i] = least[i] + (width-sumLeast)*(wish[i]-least[i])/sumMore
		}
	}
	return columns
}
