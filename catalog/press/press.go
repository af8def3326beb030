// Package press makes a PDF from the Markdown of a handbook: cover, contents, chapters, bookmarks, and
// tags that tell screen readers what each thing is. The same book gives the same bytes. It must not know
// where a text comes from, what it costs or who buys it.
//
// The way of a text: Read checks it and turns it into blocks; typeset turns blocks into strips (a line,
// a table row, …) whose marks belong to elements (a heading, a cell, …); paginate stacks strips on pages;
// paint writes pages through fpdf, each mark between the operators that tag it; finish reads them with
// pdfcpu, adds the tree of elements, links and fields, and writes the file.
package press

import (
	"fmt"
	"io"
	"time"

	"bookroom/catalog/cover"
	"bookroom/catalog/fonts"
	"bookroom/shop"
	"bookroom/words"
)

// Book is what is printed.
type Book struct {
	Title    string
	Subtitle string
	Summary  string
	Authors  []string
	Keywords []string
	Language string // BCP 47
	Theme    string // see cover.Cover
	Edition  int
	Fillable bool      // gives each place to write on or to tick a field
	Date     time.Time // of the edition; it is also the date of the file
	Text     *Text
}

// Words are those around the text, in the book's language.
func (b Book) Words() *words.Words { return words.Load().In(shop.Language(b.Language)) }

// Heading is a line of the contents.
type Heading struct {
	Title string
	Level int // 1 for a chapter, 2 for a section
	Page  int // counted from the cover, which is 1
}

// Printed says what came out.
type Printed struct {
	Pages    int
	Contents []Heading
}

// Print writes the book as a PDF in US letter size. It fails where a character of the title, subtitle
// or authors is missing in the typefaces (see Missing), or one row of a table does not fit on a page.
func Print(w io.Writer, b Book) (Printed, error) {
	for _, printed := range append([]string{b.Title, b.Subtitle}, b.Authors...) {
		if r, missing := Missing(printed); missing {
			return Printed{}, fmt.Errorf("%q: %s", printed, missingMessage(r))
		}
	}
	theme := cover.ThemeOf(b.Theme)
	root := &element{kind: "Document"}
	setter := &typesetter{theme: theme, themeKey: b.Theme, fillable: b.Fillable}
	chapters, err := paginate(setter.text(b.Text.blocks, root))
	if err != nil {
		return Printed{}, err
	}
	// The numbers do not change how many pages the contents take, so that can be tried without them.
	draft, err := paginate(contents(b, headings(chapters, 0), theme, root))
	if err != nil {
		return Printed{}, err
	}
	const coverPages = 1
	found := headings(chapters, coverPages+len(draft))
	front, err := paginate(contents(b, found, theme, root))
	if err != nil {
		return Printed{}, err
	}
	pages := append(front, chapters...)
	if err := paint(w, b, root, pages); err != nil {
		return Printed{}, fmt.Errorf("print %q: %w", b.Title, err)
	}
	return Printed{Pages: coverPages + len(pages), Contents: found}, nil
}

// Missing returns the first character that the typefaces cannot show.
func Missing(text string) (r rune, missing bool) {
	faces := fonts.All()
	for _, r := range text {
		for _, face := range faces {
			if !face.Has(r) {
				return r, true
			}
		}
	}
	return 0, false
}

func missingMessage(r rune) string {
	return fmt.Sprintf("the handbook's typefaces have no character %q (U+%04X)", r, r)
}

func headings(pages []page, before int) []Heading {
	var all []Heading
	for i, p := range pages {
		for _, s := range p.strips {
			if s.heading != nil {
				all = append(all, Heading{Title: s.heading.title, Level: s.heading.level, Page: before + i + 1})
			}
		}
	}
	return all
}
