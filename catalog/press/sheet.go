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
	root := &element{kind: "Document"}
	setter := &typesetter{theme: cover.ThemeOf(b.Theme), themeKey: b.Theme, fillable: b.Fillable}
	pages, err := paginate(setter.sheet(b.Text.blocks, root))
	if err != nil {
		return err
	}
	s := &sheet{pdf: newDocument(b), root: root}
	for i, p := range pages {
		s.page(b, i+1, p)
	}
	if err := s.finish(w); err != nil {
		return fmt.Errorf("print %q: %w", b.Title, err)
	}
	return nil
}

// sheet sets the title under the motif, and the rest from margin to margin, as parts of root.
func (t *typesetter) sheet(blocks []block, root *element) []strip {
	const size, leading, drop = 24, 29, 20
	const width = columnRight - marginLeft
	title := blocks[0].(heading)
	lines := tagged(breakLines(title.spans, width, size, fonts.Title), t.headingElement(title, root))
	strips := []strip{{height: drop, together: true, marks: []mark{tab(t.themeKey)}}}
	for i, l := range lines {
		s := strip{height: leading, together: true, line: title.line(), marks: l.marks(0, leading-7, size, ink())}
		if i == 0 {
			s.heading = &headingMark{plain(title.spans), 1}
		}
		strips = append(strips, s)
	}
	strips[len(strips)-1].height += 6
	part := root
	for i, b := range blocks[1:] {
		if h, ok := b.(heading); ok && h.level <= 2 {
			part = root.child("Sect")
		}
		strips = append(strips, t.led(blocks[1+i:], width, part)...)
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
