package catalog_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"path"
	"reflect"
	"slices"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"

	"bookroom/catalog"
	"bookroom/shop"
)

func TestMain(m *testing.M) {
	api.DisableConfigDir() // pdfcpu would write its configuration into the home folder
	m.Run()
}

var sample = sync.OnceValues(func() ([]shop.CatalogEntry, error) { return load(catalog.Sample()) })

// MustSample returns the sample catalog, which is loaded once for all tests; they must not change it.
func MustSample(tb testing.TB) []shop.CatalogEntry {
	tb.Helper()
	entries, err := sample()
	if err != nil {
		tb.Fatal(err)
	}
	return entries
}

// MustBytes reads a file whole.
func MustBytes(tb testing.TB, body shop.Body) []byte {
	tb.Helper()
	r, err := body()
	if err != nil {
		tb.Fatal(err)
	}
	defer r.Close()
	content, err := io.ReadAll(r)
	if err != nil {
		tb.Fatal(err)
	}
	return content
}

func TestSampleHasSomethingForEveryCase(t *testing.T) {
	t.Parallel()
	handbooks, bundles, free, furtherFiles := 0, 0, 0, 0
	for _, e := range MustSample(t) {
		switch {
		case e.Product.Kind == shop.Bundle:
			bundles++
		default:
			handbooks++
		}
		if e.Product.From().IsZero() {
			free++
		}
		if len(e.Bodies) > 1 {
			furtherFiles++
		}
	}
	if handbooks < 5 || bundles < 1 || free < 1 || furtherFiles < 1 {
		t.Errorf("%d handbooks, %d bundles, %d free, %d with further files", handbooks, bundles, free, furtherFiles)
	}
}

func TestHandbooksComeBeforeTheirBundle(t *testing.T) {
	t.Parallel()
	var seen []string
	for _, e := range MustSample(t) {
		for _, slug := range e.Includes {
			if !slices.Contains(seen, slug) {
				t.Errorf("%s comes before its part %s", e.Product.Slug, slug)
			}
		}
		seen = append(seen, e.Product.Slug)
	}
}

func TestEveryHandbookIsAWholePDF(t *testing.T) {
	t.Parallel()
	for _, e := range MustSample(t) {
		if e.Product.Kind == shop.Bundle {
			continue
		}
		t.Run(e.Product.Slug, func(t *testing.T) {
			t.Parallel()
			p, pdf := e.Product, MustBytes(t, e.Bodies[0])
			strict := model.NewDefaultConfiguration()
			strict.ValidationMode = model.ValidationStrict
			if err := api.Validate(bytes.NewReader(pdf), strict); err != nil {
				t.Fatal(err)
			}
			info, err := api.PDFInfo(bytes.NewReader(pdf), "", nil, false, nil)
			if err != nil {
				t.Fatal(err)
			}
			if info.PageCount != p.Pages || p.Pages < 6 {
				t.Errorf("%d pages, product says %d", info.PageCount, p.Pages)
			}
			if info.Title != p.Title || info.Author != p.Authors[0] || info.Subject != p.Summary {
				t.Errorf("title %q, author %q, subject %q", info.Title, info.Author, info.Subject)
			}
			bookmarks, err := api.Bookmarks(bytes.NewReader(pdf), nil)
			if err != nil {
				t.Fatal(err)
			}
			if got := withoutFront(t, p, bookmarks); !reflect.DeepEqual(got, p.Contents) {
				t.Errorf("bookmarks lead to\n%v\nthe contents say\n%v", got, p.Contents)
			}
		})
	}
}

func TestFillableHandbooksHaveFields(t *testing.T) {
	t.Parallel()
	files := edited("advisory/product.md", "tags:", "fillable: true\ntags:")
	files["advisory/handbook.md"].Data = append(files["advisory/handbook.md"].Data, "\n___\n"...)
	for name, c := range map[string]struct {
		catalog fstest.MapFS
		want    int
	}{
		"fillable": {files, 1},
		"not":      {with("advisory/handbook.md", string(files["advisory/handbook.md"].Data)), 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			entries, err := load(c.catalog)
			if err != nil {
				t.Fatal(err)
			}
			fields, err := api.FormFields(bytes.NewReader(MustBytes(t, entries[0].Bodies[0])), nil)
			if len(fields) != c.want || err != nil && c.want > 0 {
				t.Errorf("%d fields, want %d (%v)", len(fields), c.want, err)
			}
		})
	}
}

// withoutFront takes the cover and the contents from the bookmarks of a handbook.
func withoutFront(t *testing.T, p shop.Product, bookmarks []pdfcpu.Bookmark) []shop.ContentEntry {
	t.Helper()
	word := map[string]string{"en": "Contents", "es": "Contenido"}[p.Language]
	if len(bookmarks) < 3 || bookmarks[0].Title != p.Title || bookmarks[1].Title != word || bookmarks[1].PageFrom != 2 {
		t.Fatalf("bookmarks begin with %v", bookmarks)
	}
	var contents []shop.ContentEntry
	for _, chapter := range bookmarks[2:] {
		contents = append(contents, shop.ContentEntry{Title: chapter.Title, Page: chapter.PageFrom, Level: 1})
		for _, section := range chapter.Kids {
			contents = append(contents, shop.ContentEntry{Title: section.Title, Page: section.PageFrom, Level: 2})
		}
	}
	return contents
}

func TestFilesAreWhatTheirFactsSay(t *testing.T) {
	t.Parallel()
	for _, e := range MustSample(t) {
		edition := e.Product.Edition()
		if edition == nil {
			continue
		}
		for i, f := range edition.Files {
			content := MustBytes(t, e.Bodies[i])
			hash := sha256.Sum256(content)
			if f.Size != int64(len(content)) || f.SHA256 != hex.EncodeToString(hash[:]) || f.ContentType == "" {
				t.Errorf("%s is %d bytes with hash %x, its facts say %+v", f.Name, len(content), hash, f)
			}
			if again := MustBytes(t, e.Bodies[i]); !bytes.Equal(content, again) {
				t.Errorf("%s gives other bytes when it is opened again", f.Name)
			}
		}
	}
}

// Two titles stand for all: between them they have every kind of file that is made.
func TestTheSameCatalogGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	entries, err := catalog.Read(catalog.Sample())
	if err != nil {
		t.Fatal(err)
	}
	some := slices.DeleteFunc(entries, func(e catalog.Entry) bool {
		return e.Product.Slug != "mentors-and-internships" && e.Product.Slug != "la-familia-en-el-equipo"
	})
	second, err := catalog.Render(some)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	for _, again := range second {
		at := slices.IndexFunc(MustSample(t), func(e shop.CatalogEntry) bool { return e.Product.Slug == again.Product.Slug })
		if first := MustSample(t)[at].Product; !reflect.DeepEqual(first, again.Product) {
			t.Errorf("%s differs between two runs:\n%+v\n%+v", first.Slug, first, again.Product)
		}
		for _, f := range again.Product.Edition().Files {
			kinds = append(kinds, path.Ext(f.Name))
		}
	}
	for _, kind := range []string{".pdf", ".epub", ".zip"} {
		if !slices.Contains(kinds, kind) {
			t.Errorf("no %s was compared: only %v", kind, kinds)
		}
	}
}

func BenchmarkLoadSample(b *testing.B) {
	for b.Loop() {
		if _, err := load(catalog.Sample()); err != nil {
			b.Fatal(err)
		}
	}
}
