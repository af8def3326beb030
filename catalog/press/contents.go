package press

import (
	"strconv"
	"strings"

	"bookroom/catalog/cover"
	"bookroom/catalog/fonts"
)

// contents sets the list of chapters and sections, each leading to its page. A page of 0 is not printed.
func contents(b Book, headings []Heading, theme cover.Theme) []strip {
	const size, leading, drop = 28, 33, 56
	title := textAt(0, drop+leading-8, "Contents", fonts.Title(), size, ink())
	bookmark := &headingMark{"Contents", 1}
	strips := []strip{{height: drop + leading + 8, together: true, heading: bookmark, marks: []mark{tab(b.Theme), title}}}

	chapter := 0
	for i, h := range headings {
		s := contentsLine(h)
		if h.Level == 1 {
			chapter++
			s.marks = append(s.marks, textAt(marginLeft-columnLeft, s.height-7, strconv.Itoa(chapter), fonts.Title(), 13, theme.OnPaper))
			s.together = i+1 < len(headings) && headings[i+1].Level == 2
		}
		strips = append(strips, s)
	}
	return append(strips, colophon(b)...)
}

func contentsLine(h Heading) strip {
	const room = column - 40
	s := strip{above: 1, height: 18}
	face, size, fill := fonts.Regular(), 10.5, soft()
	if h.Level == 1 {
		s.above, s.height = 11, 24
		face, size, fill = fonts.Title(), 13, ink()
		s.marks = append(s.marks, boxMark{marginLeft - columnLeft, -3, columnRight - marginLeft, 0.6, hairline()})
	}
	baseline := s.height - 7
	number := strconv.Itoa(h.Page)
	return strip{above: s.above, height: s.height, marks: append(s.marks,
		textAt(0, baseline, shorten(h.Title, face, room, size), face, size, fill),
		textAt(column-fonts.Regular().Width(number, 10.5), baseline, number, fonts.Regular(), 10.5, fill),
		jumpMark{0, 0, column, s.height, h.Page},
	)}
}

// colophon says at the end of the contents which edition this is.
func colophon(b Book) []strip {
	text := "Edition " + strconv.Itoa(b.Edition) + ", " + b.Date.Format("2 January 2006") + ". " + strings.Join(b.Authors, ", ") + "."
	var strips []strip
	for i, l := range breakLines([]span{{text: b.Summary + "\n" + text}}, column, 9.5, nil) {
		s := strip{height: 14, marks: l.marks(0, 10, 9.5, soft())}
		if i == 0 {
			s.above = 30
		}
		strips = append(strips, s)
	}
	return strips
}
