package catalog_test

import (
	"archive/zip"
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/pdfcpu/pdfcpu/pkg/api"

	"bookroom/shop"
)

// MustLoadAdvisory loads the handbook of a catalog.
func MustLoadAdvisory(tb testing.TB, more string, files ...string) shop.CatalogEntry {
	tb.Helper()
	entries, err := load(edited("advisory/product.md", "tags: [circle]", more, files...))
	if err != nil {
		tb.Fatal(err)
	}
	return entries[0]
}

func TestFilesStandInTheirOrder(t *testing.T) {
	t.Parallel()
	e := MustLoadAdvisory(t, "formats: [epub, pdf]\narchive: more", "advisory/more/a.txt", "A")
	var got []string
	for i, f := range e.Product.Edition().Files {
		got = append(got, f.Name+" "+f.ContentType)
		if f.Size != int64(len(MustBytes(t, e.Bodies[i]))) {
			t.Errorf("%s has another size than its bytes", f.Name)
		}
	}
	want := []string{"advisory.pdf application/pdf", "advisory.epub application/epub+zip", "extra.zip application/zip", "advisory-more.zip application/zip"}
	if !slices.Equal(got, want) {
		t.Errorf("files %q, want %q", got, want)
	}
}

func TestArchivePrintsTextsAndCopiesTheRest(t *testing.T) {
	t.Parallel()
	folder := []string{
		"advisory/more/.DS_Store", "left by a desktop",
		"advisory/more/Weekly log.md", "\uFEFF# The *log*\r\n\r\n___\r\n",
		"advisory/more/contacts.csv", "name,phone\r\n",
		"advisory/more/README.txt", "Caf\xe9",
	}
	e := MustLoadAdvisory(t, "archive: more", folder...)
	content := MustBytes(t, e.Bodies[2])
	if again := MustLoadAdvisory(t, "archive: more", folder...); !bytes.Equal(content, MustBytes(t, again.Bodies[2])) {
		t.Error("the same folder gives other bytes")
	}
	packed, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, f := range packed.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if files[f.Name], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
		if !f.Modified.Equal(e.Product.Edition().PublishedAt) {
			t.Errorf("%s is of %s", f.Name, f.Modified)
		}
	}
	if len(files) != 3 || string(files["contacts.csv"]) != "name,phone\r\n" || string(files["README.txt"]) != "Caf\xe9" {
		t.Errorf("files %q", files)
	}
	info, err := api.PDFInfo(bytes.NewReader(files["Weekly log.pdf"]), "", nil, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	if info.Title != "The log" || info.PageCount != 1 || info.Author != "Big Picture Learning" {
		t.Errorf("the sheet is %q by %q, %d pages", info.Title, info.Author, info.PageCount)
	}
}

func TestEarlierEditionsFollowTheNewest(t *testing.T) {
	t.Parallel()
	const earlier = `
  - {number: 1, date: 2024-09-02, notes: First edition.}
  - {number: 4, date: 2026-09-01}`
	files := edited("advisory/product.md", "tags: [circle]", "earlier_editions:"+earlier)
	files["advisory/product.md"].Data = []byte(strings.Replace(string(files["advisory/product.md"].Data), "number: 2", "number: 5", 1))
	entries, err := load(files)
	if err != nil {
		t.Fatal(err)
	}
	p := entries[0].Product
	if len(p.Editions) != 3 || len(entries[0].Bodies) != 2 || p.PublishedAt.Format("2006-01-02") != "2026-09-01" {
		t.Fatalf("got %+v", p)
	}
	for i, want := range []struct {
		number, files int
		notes         string
	}{{5, 2, "A new sheet."}, {4, 0, ""}, {1, 0, "First edition."}} {
		if e := p.Editions[i]; e.Number != want.number || len(e.Files) != want.files || e.Notes != want.notes || e.PublishedAt.IsZero() {
			t.Errorf("edition %d is %+v", i, e)
		}
	}
}
