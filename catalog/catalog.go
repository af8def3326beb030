// Package catalog reads a folder of products and makes what the shop imports: checked products, and
// handbooks as PDF and EPUB. It also holds the sample catalog. It must not know where products are kept
// or how files are delivered.
//
// A catalog has a folder for each product, named by its slug:
//
//	advisory-structure/product.md   facts in YAML between two lines of "---", then the description
//	advisory-structure/handbook.md  the text of the handbook, which becomes advisory-structure.pdf
//	advisory-structure/…            further files, named under "files", and a folder named under "archive"
//
// Facts of a product:
//
//	kind              handbook or bundle
//	status            draft, published or archived
//	title, subtitle, summary
//	language          such as en or es-MX
//	authors           a list of names
//	distinguishers    a list of keys of shop.Distinguishers; the first gives the cover its colour
//	goals             a list of keys of shop.Goals
//	tags              a list of words to find it by
//	accessibility     a list of facts, each a short sentence
//	licences          individual and school, each with a price such as 38.00 usd; 0 is free
//	edition           number, date (2026-09-01) and notes on what changed; not for a bundle
//	earlier_editions  a list of such, which the shop tells of and has no files of
//	formats           pdf and epub, what the text is made into; pdf alone if left out
//	fillable          true where the places to write on and to tick become fields in the PDF; false if left out
//	files             a list of files in the folder that belong to the edition, beside what is made
//	archive           a folder within, whose files become one ZIP file, those in Markdown as PDFs
//	look_inside       pages of the PDF that anybody may look at, such as [3, 5, 6, 8]; at most six of them and a
//	                  third of the whole are shown, those named first; left out, the contents and the first pages
//	pages             how many, for a handbook without handbook.md
//	includes          a bundle's handbooks by slug
//
// Subtitle, distinguishers, goals, tags, accessibility, notes, earlier editions, formats, fillable, files,
// archive, look_inside and pages may be left out. A draft needs no edition yet.
package catalog

import (
	"fmt"
	"io/fs"
	"strings"

	"bookroom/catalog/press"
	"bookroom/shop"
)

// Entry is a product that was read and found whole, but not printed yet.
type Entry struct {
	// Product lacks what printing tells: pages, contents, and the size and hash of files.
	Product  shop.Product
	Includes []string // slugs of a bundle's handbooks

	folder   fs.FS
	text     *press.Text // nil where there is no handbook.md
	fillable bool        // its places to write on become fields
	epub     bool        // the text is also made into an EPUB
	archive  *archive    // nil where there is none
}

// Problem is one thing that is wrong with a catalog.
type Problem struct {
	File    string // its path within the catalog
	Line    int    // counted from 1; 0 where it is the whole file
	Message string
}

// Error reads "advisory-structure/product.md:7: status …".
func (p Problem) Error() string {
	if p.Line == 0 {
		return p.File + ": " + p.Message
	}
	return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Message)
}

// Problems is everything that is wrong with a catalog, in the order of its files and lines.
type Problems []Problem

// Error has a line for each problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}
