package press

import "github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

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
func (t *typesetter) table(b table, width float64, parent *element) []strip {
	columns := columnWidths(b, width)
	form := isForm(b)
	part := parent.child("Table")

	head := t.row(b.header, columns, headerParts(b, part), true)
	head.marks = append(head.marks, boxMark{y: head.height - heavyRule, w: width, h: heavyRule, fill: t.theme.OnPaper})
	again := head
	again.marks = decoration(head.marks)
	strips := []strip{head}
	for i, cells := range b.rows {
		parts := rowParts(b, i, part)
		s := t.row(cells, columns, parts, false)
		if form {
			s.height = max(s.height, roomToWrite)
			x := 0.0
			for _, w := range columns[:len(columns)-1] {
				x += w
				s.marks = append(s.marks, boxMark{x: x - thinRule/2, w: thinRule, h: s.height, fill: hairline()})
			}
		}
		s.marks = append(s.marks, boxMark{y: s.height - thinRule, w: width, h: thinRule, fill: hairline()})
		if t.fillable {
			s.marks = append(s.marks, t.rowFields(b, i, columns, parts, s.height)...)
		}
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

// headerParts are the cells of the header.
func headerParts(b table, parent *element) []*element {
	row := parent.child("TR")
	parts := make([]*element, len(b.header))
	for i := range parts {
		parts[i] = row.child("TH").with("Table", "Scope", types.Name("Column"))
	}
	return parts
}

// rowParts are the cells of a row. The first one heads the row where the others are to be filled in, and
// where nothing heads its own column.
func rowParts(b table, number int, parent *element) []*element {
	row := parent.child("TR")
	parts := make([]*element, len(b.header))
	for i := range parts {
		parts[i] = row.child("TD")
	}
	if first := b.rows[number][0]; !first.empty() && (isForm(b) || b.header[0].empty()) {
		parts[0] = row.child("TH").with("Table", "Scope", types.Name("Row"))
	}
	return parts
}

// rowFields are fields over the empty cells of a row, within the lines around them.
func (t *typesetter) rowFields(b table, number int, columns []float64, parts []*element, height float64) []mark {
	const inset = 1.5
	var marks []mark
	x := 0.0
	for i, c := range b.rows[number] {
		if c.empty() {
			field := parts[i].child("Form").called(t.cellName(b, number, i))
			marks = append(marks, useMark{x + inset, inset, columns[i] - 2*inset, height - 2*inset, field, writing{tableSize}})
		}
		x += columns[i]
	}
	return marks
}

// cellName names a cell to write in by what heads its row and its column.
func (t *typesetter) cellName(b table, row, column int) string {
	inRow, inColumn := plain(b.rows[row][0].spans), plain(b.header[column].spans)
	switch {
	case inRow != "" && inColumn != "":
		return inRow + ": " + inColumn
	case inRow != "":
		return inRow
	case inColumn != "":
		return numbered(inColumn, row+1)
	default:
		return t.fieldName()
	}
}

// row sets cells beside each other, each the content of its part.
func (t *typesetter) row(cells []cell, columns []float64, parts []*element, header bool) strip {
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
		lines := tagged(breakLines(spans, room, tableSize, nil), parts[i])
		if c.empty() {
			s.marks = append(s.marks, placeMark{parts[i]})
		}
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
