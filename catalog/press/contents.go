package press

import (
	"strconv"
	"strings"

	"bookroom/catalog/cover"
	"bookroom/catalog/fonts"
)

// contents sets the list of chapters and sections, each leading to its page. A page of 0 is not printed.
func contents(b Book, headings []Heading, theme cover.Theme, root *element) []strip {
	const size, leading, drop = 28, 33, 56
	part := root.child("Sect")
	title := textAt(0, drop+leading-8, b.Words().Say("Contents"), fonts.Title(), size, ink()).of(part.child("H1"))
	bookmark := &headingMark{b.Words().Say("Contents"), 1}
	strips := []strip{{height: drop + leading + 8, together: true, heading: bookmark, marks: []mark{tab(b.Theme), title}}}

	list := part.child("TOC")
	var chapter *element
	chapters := 0
	for i, h := range headings {
		if h.Level > 1 {
			strips = append(strips, contentsLine(h, chapter.child("TOCI")))
			continue
		}
		chapters++
		item := list.child("TOCI")
		number := item.child("Lbl")
		s := contentsLine(h, item)
		s.marks = append([]mark{chapterNumber(chapters, s.height-7, 13, theme).of(number)}, s.marks...)
		s.together = i+1 < len(headings) && headings[i+1].Level == 2
		strips = append(strips, s)
		chapter = item.child("TOC")
	}
	return append(strips, colophon(b, part)...)
}

// chapterNumber stands in the margin.
func chapterNumber(number int, baseline, size float64, theme cover.Theme) textMark {
	return textAt(marginLeft-columnLeft, baseline, strconv.Itoa(number)+" ", fonts.Title(), size, theme.OnPaper)
}

func contentsLine(h Heading, item *element) strip {
	const room = column - 40
	s := strip{above: 1, height: 18}
	face, size, fill := fonts.Regular(), 10.5, soft()
	if h.Level == 1 {
		s.above, s.height = 11, 24
		face, size, fill = fonts.Title(), 13, ink()
		s.marks = append(s.marks, boxMark{x: marginLeft - columnLeft, y: -3, w: columnRight - marginLeft, h: 0.6, fill: hairline()})
	}
	baseline := s.height - 7
	number := strconv.Itoa(h.Page)
	link := item.child("Reference").child("Link").called(h.Title + " " + number)
	s.marks = append(s.marks,
		textAt(0, baseline, shorten(h.Title, face, room, size)+" ", face, size, fill).of(link),
		textAt(column-fonts.Regular().Width(number, 10.5), baseline, number, fonts.Regular(), 10.5, fill).of(link),
		useMark{0, 0, column, s.height, link, pageLink(h.Page)},
	)
	return s
}

// colophon says at the end of the contents which edition this is.
func colophon(b Book, part *element) []strip {
	text := b.Words().Say("Edition %d, %s. %s.", b.Edition, b.Words().Day(b.Date), strings.Join(b.Authors, ", "))
	var strips []strip
	lines := breakLines([]span{{text: b.Summary + "\n" + text}}, column, 9.5, nil)
	for i, l := range tagged(lines, part.child("P")) {
		s := strip{height: 14, marks: l.marks(0, 10, 9.5, soft())}
		if i == 0 {
			s.above = 30
		}
		strips = append(strips, s)
	}
	return strips
}
