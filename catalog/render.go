package catalog

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"slices"

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
	edition := e.Product.Editions[0]
	out.Product.PublishedAt = edition.PublishedAt
	edition.Files = slices.Clone(edition.Files)
	for i := range edition.Files {
		body := bodyOf(e.folder, edition.Files[i].Name)
		if err := measure(&edition.Files[i], body); err != nil {
			return shop.CatalogEntry{}, err
		}
		out.Bodies = append(out.Bodies, body)
	}
	if e.text != nil {
		pdf, printed, err := e.print()
		if err != nil {
			return shop.CatalogEntry{}, err
		}
		file, body, err := pdfFile(e.Product.Slug, pdf)
		if err != nil {
			return shop.CatalogEntry{}, err
		}
		edition.Files = slices.Insert(edition.Files, 0, file)
		out.Bodies = slices.Insert(out.Bodies, 0, body)
		out.Product.Pages = printed.Pages
		out.Product.Contents = contentsOf(printed)
	}
	out.Product.Editions = []shop.Edition{edition}
	return out, nil
}

func (e Entry) print() ([]byte, press.Printed, error) {
	p := e.Product
	edition := p.Edition()
	var pdf bytes.Buffer
	printed, err := press.Print(&pdf, press.Book{
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
	})
	if err != nil {
		return nil, press.Printed{}, fmt.Errorf("%s: %w", handbookFile, err)
	}
	return pdf.Bytes(), printed, nil
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

func pdfFile(slug string, pdf []byte) (shop.File, shop.Body, error) {
	body := func() (io.ReadSeekCloser, error) { return inMemory{bytes.NewReader(pdf)}, nil }
	file := shop.File{Name: pdfName(slug), ContentType: "application/pdf"}
	return file, body, measure(&file, body)
}

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

// measure fills in a file's size and hash.
func measure(file *shop.File, body shop.Body) error {
	content, err := body()
	if err != nil {
		return err
	}
	defer func() { _ = content.Close() }() // it was only read
	hash := sha256.New()
	if file.Size, err = io.Copy(hash, content); err != nil {
		return fmt.Errorf("read %s: %w", file.Name, err)
	}
	file.SHA256 = hex.EncodeToString(hash.Sum(nil))
	return nil
}
