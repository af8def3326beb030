package catalog

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"bookroom/catalog/epub"
	"bookroom/catalog/press"
	"bookroom/shop"
)

// Render prints the handbooks of a catalog and looks at its files, so that the shop can import it.
func Render(entries []Entry) ([]shop.CatalogEntry, error) {
	ready := make([]shop.CatalogEntry, 0, len(entries))
	for _, e := range entries {
		entry, err := e.render()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.Product.Slug, err)
		}
		ready = append(ready, entry)
	}
	return ready, nil
}

func (e Entry) render() (shop.CatalogEntry, error) {
	out := shop.CatalogEntry{Product: e.Product, Includes: e.Includes}
	if len(e.Product.Editions) == 0 {
		return out, nil
	}
	var files editionFiles
	if e.text != nil {
		printed, err := e.printText(&files)
		if err != nil {
			return shop.CatalogEntry{}, err
		}
		out.Product.Pages = printed.Pages
		out.Product.Contents = contentsOf(printed)
	}
	edition := e.Product.Editions[0]
	for _, f := range edition.Files {
		if err := files.add(f.Name, bodyOf(e.folder, f.Name)); err != nil {
			return shop.CatalogEntry{}, err
		}
	}
	if e.archive != nil {
		packed, err := e.packArchive()
		if err != nil {
			return shop.CatalogEntry{}, err
		}
		if err := files.addMade(archiveName(e.Product.Slug, e.archive.folder), packed); err != nil {
			return shop.CatalogEntry{}, err
		}
	}
	out.Product.PublishedAt = edition.PublishedAt
	out.Product.Editions = slices.Clone(e.Product.Editions)
	out.Product.Editions[0].Files, out.Bodies = files.facts, files.bodies
	return out, nil
}

// printText makes what the handbook's text becomes.
func (e Entry) printText(files *editionFiles) (press.Printed, error) {
	book := e.book()
	var pdf, ebook bytes.Buffer
	printed, err := press.Print(&pdf, book)
	if err != nil {
		return press.Printed{}, fmt.Errorf("%s: %w", handbookFile, err)
	}
	if err := files.addMade(pdfName(e.Product.Slug), pdf.Bytes()); err != nil {
		return press.Printed{}, err
	}
	if !e.epub {
		return printed, nil
	}
	if err := epub.Write(&ebook, e.Product.Slug, book); err != nil {
		return press.Printed{}, fmt.Errorf("%s: %w", handbookFile, err)
	}
	return printed, files.addMade(epubName(e.Product.Slug), ebook.Bytes())
}

func (e Entry) book() press.Book {
	p := e.Product
	edition := p.Edition()
	return press.Book{
		Title:    p.Title,
		Subtitle: p.Subtitle,
		Summary:  p.Summary,
		Authors:  p.Authors,
		Keywords: p.Tags,
		Language: p.Language,
		Theme:    CoverTheme(p),
		Edition:  edition.Number,
		Fillable: e.fillable,
		Date:     edition.PublishedAt,
		Text:     e.text,
	}
}

// editionFiles are the files of an edition with their bytes, in the same order.
type editionFiles struct {
	facts  []shop.File
	bodies []shop.Body
}

func (e *editionFiles) addMade(name string, content []byte) error {
	return e.add(name, func() (io.ReadSeekCloser, error) { return inMemory{bytes.NewReader(content)}, nil })
}

func (e *editionFiles) add(name string, body shop.Body) error {
	file := shop.File{Name: name, ContentType: shop.FileKindOf(name).ContentType}
	if err := file.Measure(body); err != nil {
		return err
	}
	e.facts, e.bodies = append(e.facts, file), append(e.bodies, body)
	return nil
}

// CoverTheme is the key that a product's cover is drawn with: that of its first distinguisher.
func CoverTheme(p shop.Product) string {
	if p.Kind == shop.Bundle {
		return "bundle"
	}
	if len(p.Distinguishers) == 0 {
		return "goals"
	}
	return p.Distinguishers[0]
}

func contentsOf(printed press.Printed) []shop.ContentEntry {
	var contents []shop.ContentEntry
	for _, h := range printed.Contents {
		contents = append(contents, shop.ContentEntry{Title: h.Title, Page: h.Page, Level: h.Level})
	}
	return contents
}

func pdfName(slug string) string { return slug + ".pdf" }

func epubName(slug string) string { return slug + ".epub" }

// bodyOf opens a file of a folder; one that cannot seek is read into memory.
func bodyOf(folder fs.FS, name string) shop.Body {
	return func() (io.ReadSeekCloser, error) {
		file, err := folder.Open(name)
		if err != nil {
			return nil, fmt.Errorf("open %s: %w", name, err)
		}
		if seekable, ok := file.(io.ReadSeekCloser); ok {
			return seekable, nil
		}
		defer func() { _ = file.Close() }() // it was only read
		content, err := io.ReadAll(file)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		return inMemory{bytes.NewReader(content)}, nil
	}
}

type inMemory struct{ *bytes.Reader }

func (inMemory) Close() error { return nil }
