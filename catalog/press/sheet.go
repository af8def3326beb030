package press

import (
	"fmt"
	"io"

	"bookroom/catalog/cover"
	"bookroom/catalog/fonts"
)

// Title is the text's first heading.
func (t *Text) Title() string { return plain(t.blocks[0].(heading).spans) }

// PrintSheet writes a text of one or a few pages as a PDF without cover and contents: a form to copy and
// to fill in. It uses the whole width of the page. Its title is the text's first heading; of the book it
// takes what a PDF says about itself and the theme. It fails where Print does.
func PrintSheet(w io.Writer, b Book) error {
	pages, err := paginate(typesetter{cover.ThemeOf(b.Theme), b.Theme}.sheet(b.Text.blocks))
	if err != nil {
		return err
	}
	s := sheet{newDocument(b)}
	for i, p := range pages {
		s.page(b, i+1, p)
	}
	if err := s.pdf.Output(w); err != nil {
		return fmt.Errorf("print %q: %w", b.Title, err)
	}
	return nil
}

// sheet sets the title under the motif, and the rest from margin to margin.
func (t typesetter) sheet(blocks []block) []strip {
	const size, leading, drop = 24, 29, 20
	const width = columnRight - marginLeft
	title := blocks[0].(heading)
	var strips []strip
	for _, l := range breakLines(title.spans, width, size, fonts.Title) {
		strips = append(strips, strip{height: leading, together: true, line: title.line(), marks: l.marks(0, leading-7, size, ink())})
	}
	strips[0].heading = &headingMark{plain(title.spans), 1}
	strips[len(strips)-1].height += 6
	strips = append([]strip{{height: drop, together: true, marks: []mark{tab(t.themeKey)}}}, strips...)
	for i := range blocks[1:] {
		strips = append(strips, t.led(blocks[1+i:], width)...)
	}
	for i := range strips {
		strips[i] = strips[i].intoMargin()
	}
	return strips
}

// intoMargin moves a strip from the column to the left margin.
func (s strip) intoMargin() strip {
	s.marks = shift(s.marks, marginLeft-columnLeft)
	if s.head != nil {
		head := s.head.intoMargin()
		s.head = &head
	}
	return s
}
