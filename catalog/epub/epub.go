// Package epub makes an EPUB 3.3 of a handbook: the text that package press prints, for readers that lay
// out the pages themselves. The same book gives the same bytes. It must not know where a text comes
// from, what it costs or who buys it.
//
// Its rules are the W3C's, https://www.w3.org/TR/epub-33/. What lies in the ZIP file:
//
//	mimetype, META-INF/container.xml  say that it is an EPUB and where its package document lies
//	EPUB/content.opf                  the package document: facts, all files, the order of reading
//	EPUB/nav.xhtml                    the contents
//	EPUB/cover.xhtml, title.xhtml, chapter-1.xhtml, …
//	EPUB/style.css, cover.png, motif.svg, fonts
package epub

import (
	"bytes"
	"embed"
	"encoding/xml"
	"fmt"
	"html/template"
	"io"
	"strconv"
	"sync"

	"github.com/google/uuid"

	"bookroom/catalog/cover"
	"bookroom/catalog/fonts"
	"bookroom/catalog/press"
)

// Write writes the book as an EPUB. The slug and the edition's number make its identifier, which no
// other book may have.
func Write(w io.Writer, slug string, b press.Book) error {
	b.Date = b.Date.UTC()
	p := publication{Book: b, Identifier: identifier(slug, b.Edition), CoverText: b.Words().Say("Cover: %s", b.Title)}
	if err := p.make(); err != nil {
		return fmt.Errorf("make the EPUB of %q: %w", b.Title, err)
	}
	return p.pack(w)
}

func identifier(slug string, edition int) string {
	name := fmt.Sprintf("bookroom:%s:%d", slug, edition)
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte(name)).URN()
}

// publication is a book on its way to an EPUB; its pages are templates over it.
type publication struct {
	press.Book
	Identifier string
	CoverText  string // what the cover shows, in words
	Chapters   []chapter
	Resources  []resource

	packageDocument []byte
	container       []byte
}

// chapter is a chapter of the book on a page of its own.
type chapter struct {
	press.Chapter
	File     string
	Language string
}

// resource is a file that the package document names.
type resource struct {
	ID         string
	Name       string // its path from the package document on
	MediaType  mediaType
	Properties string // of the manifest, such as "nav"
	InSpine    bool   // is read, in the order of the resources
	content    []byte
}

// mediaType is an attribute of the manifest. As a mere text its "+" would be escaped, which is right but
// more than some readers understand.
type mediaType = template.HTMLAttr

const (
	xhtml    mediaType = `media-type="application/xhtml+xml"`
	svg      mediaType = `media-type="image/svg+xml"`
	png      mediaType = `media-type="image/png"`
	css      mediaType = `media-type="text/css"`
	trueType mediaType = `media-type="font/ttf"`
)

// make makes all files; the package document comes last, since it lists them.
func (p *publication) make() error {
	for i, c := range p.Text.Chapters() {
		p.Chapters = append(p.Chapters, chapter{c, fmt.Sprintf("chapter-%d.xhtml", i+1), p.Language})
	}
	if err := p.addPages(); err != nil {
		return err
	}
	if err := p.addPictures(); err != nil {
		return err
	}
	if err := p.addStyle(); err != nil {
		return err
	}
	var err error
	if p.packageDocument, err = fill("content.opf", p); err != nil {
		return err
	}
	p.container, err = fill("container.xml", p)
	return err
}

func (p *publication) add(r resource) {
	r.ID = "r" + strconv.Itoa(len(p.Resources)+1)
	p.Resources = append(p.Resources, r)
}

// addPages adds what is read, in the order of reading.
func (p *publication) addPages() error {
	for _, page := range []struct{ name, properties string }{{"cover.xhtml", ""}, {"title.xhtml", ""}, {"nav.xhtml", "nav"}} {
		content, err := fill(page.name, p)
		if err != nil {
			return err
		}
		p.add(resource{Name: page.name, MediaType: xhtml, Properties: page.properties, InSpine: true, content: content})
	}
	for _, c := range p.Chapters {
		content, err := fill("chapter.xhtml", c)
		if err != nil {
			return err
		}
		p.add(resource{Name: c.File, MediaType: xhtml, InSpine: true, content: content})
	}
	return nil
}

func (p *publication) addPictures() error {
	var front, motif bytes.Buffer
	sheet := cover.Cover{Title: p.Title, Subtitle: p.Subtitle, Theme: p.Theme, Edition: p.Edition, Language: p.Language}
	if err := sheet.WriteImagePNG(&front); err != nil {
		return fmt.Errorf("draw the cover: %w", err)
	}
	if err := cover.WriteMotifSVG(&motif, p.Theme); err != nil {
		return fmt.Errorf("draw the motif: %w", err)
	}
	p.add(resource{Name: "cover.png", MediaType: png, Properties: "cover-image", content: front.Bytes()})
	p.add(resource{Name: "motif.svg", MediaType: svg, content: motif.Bytes()})
	return nil
}

func (p *publication) addStyle() error {
	style, err := pages.ReadFile("pages/style.css")
	if err != nil {
		return fmt.Errorf("read the style sheet: %w", err)
	}
	p.add(resource{Name: "style.css", MediaType: css, content: style})
	for _, face := range fonts.All() {
		p.add(resource{Name: "fonts/" + face.Family + face.Style + ".ttf", MediaType: trueType, content: face.TTF()})
	}
	return nil
}

//go:embed pages
var pages embed.FS

var templates = sync.OnceValues(func() (*template.Template, error) {
	return template.ParseFS(pages, "pages/*.xhtml", "pages/content.opf", "pages/container.xml")
})

// fill fills in a page. The templates are HTML, which escapes text as XML needs it too, but knows no XML
// declaration.
func fill(name string, data any) ([]byte, error) {
	all, err := templates()
	if err != nil {
		return nil, fmt.Errorf("read the pages: %w", err)
	}
	out := bytes.NewBufferString(xml.Header)
	if err := all.ExecuteTemplate(out, name, data); err != nil {
		return nil, fmt.Errorf("write %s: %w", name, err)
	}
	return out.Bytes(), nil
}
