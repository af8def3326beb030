package leaf

import (
	"bytes"
	"compress/zlib"
	"context"
	"fmt"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"

	"bookroom/catalog/press"
	"bookroom/shop"
)

// reader is shared by all tests, since PDFium takes seconds to be made ready.
var reader = New(compiled())

// compiled is where the shop keeps PDFium, too: compiling it takes a minute under the race detector.
func compiled() string {
	caches, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(caches, "bookroom", "pdfium")
}

func TestMain(m *testing.M) {
	api.DisableConfigDir() // pdfcpu would write its configuration into the home folder
	m.Run()
}

const handbook = "# Première semaine\n\nL’élève **Ángela Ñandú** parle à son mentor; cœur, Łódź, groß.\n\n" +
	"## Wer fragt?\n\nOffice, affluent, first flight.\n\n# Second chapter\n\nThe end of it.\n"

var printed = sync.OnceValues(func() ([]byte, error) {
	text, problems := press.Read([]byte(handbook))
	if len(problems) > 0 {
		return nil, fmt.Errorf("%v", problems)
	}
	var pdf bytes.Buffer
	_, err := press.Print(&pdf, press.Book{
		Title: "Élan", Subtitle: "A beginning", Authors: []string{"Bookroom"}, Language: "fr", Theme: "advisory", Edition: 2,
		Date: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC), Text: text,
	})
	return pdf.Bytes(), err
})

func mustPrinted(tb testing.TB) []byte {
	tb.Helper()
	pdf, err := printed()
	if err != nil {
		tb.Fatal(err)
	}
	return pdf
}

func none(int) []int { return nil }

func TestReadOurOwnHandbooks(t *testing.T) {
	t.Parallel()
	var told int
	got, err := reader.Read(t.Context(), mustPrinted(t), func(pages int) []int { told = pages; return []int{1, 3} })
	if err != nil {
		t.Fatal(err)
	}
	if told < 3 || told != len(got.Texts) {
		t.Fatalf("%d pages were announced, %d read", told, len(got.Texts))
	}
	for page, want := range map[int][]string{
		1: {"Élan", "A beginning"}, 2: {"Contents", "Première semaine", "Second chapter"},
		3: {"L’élève Ángela Ñandú parle à son mentor; cœur, Łódź, groß.", "Office, affluent, first flight.", "Wer fragt?"},
	} {
		for _, text := range want {
			if !strings.Contains(got.Texts[page-1], text) {
				t.Errorf("page %d lacks %q: %q", page, text, got.Texts[page-1])
			}
		}
	}
	if len(got.Pictures) != 2 {
		t.Fatalf("%d pictures", len(got.Pictures))
	}
	for i, page := range []int{1, 3} {
		p := got.Pictures[i]
		config, format, err := image.DecodeConfig(bytes.NewReader(p.Image))
		if err != nil || "image/"+format != p.ContentType || config.Width != p.Width || config.Height != p.Height {
			t.Errorf("page %d says it is %s, %d × %d, and is %s, %+v (%v)", page, p.ContentType, p.Width, p.Height, format, config, err)
		}
		if p.Page != page || p.Width != 900 || p.Height != 1165 { // US letter
			t.Errorf("page %d, %d × %d", p.Page, p.Width, p.Height)
		}
		if len(p.Image) > 60<<10 {
			t.Errorf("the picture of page %d takes %d bytes", page, len(p.Image))
		}
	}
	if blank := inOneColour(t, got.Pictures[1].Image); blank {
		t.Error("nothing is on the picture of page 3")
	}
}

func inOneColour(t *testing.T, picture []byte) bool {
	t.Helper()
	drawn, _, err := image.Decode(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	first := drawn.At(0, 0)
	for y := range drawn.Bounds().Dy() {
		for x := range drawn.Bounds().Dx() {
			if drawn.At(x, y) != first {
				return false
			}
		}
	}
	return true
}

// pdfOf writes a PDF of these objects, of which the first is the catalog. A reader finds them without a table.
func pdfOf(objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	for i, object := range objects {
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, object)
	}
	b.WriteString("trailer\n<< /Root 1 0 R >>\n%%EOF\n")
	return b.Bytes()
}

// pageOf is a PDF of one page with that box and content.
func pageOf(box, filter string, content []byte) []byte {
	return pdfOf("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox "+box+" /Contents 4 0 R >>",
		fmt.Sprintf("<< /Length %d %s >>\nstream\n%s\nendstream", len(content), filter, content))
}

// bomb is content that unpacks to that many bytes of drawing.
func bomb(tb testing.TB, size int) []byte {
	tb.Helper()
	var packed bytes.Buffer
	w := zlib.NewWriter(&packed)
	line := bytes.Repeat([]byte("0 0 m 9 9 l S "), 1000)
	for written := 0; written < size; written += len(line) {
		if _, err := w.Write(line); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return packed.Bytes()
}

func mustEncrypted(tb testing.TB) []byte {
	tb.Helper()
	var locked bytes.Buffer
	if err := api.Encrypt(bytes.NewReader(mustPrinted(tb)), &locked, model.NewAESConfiguration("user", "owner", 256)); err != nil {
		tb.Fatal(err)
	}
	return locked.Bytes()
}

func TestWhatCannotBeReadIsRefused(t *testing.T) {
	t.Parallel()
	whole := mustPrinted(t)
	many := "<< /Type /Pages /Count 2001 /Kids [" + strings.Repeat("3 0 R ", 2001) + "] >>"
	for name, pdf := range map[string][]byte{
		"nothing":        nil,
		"something else": []byte("# A text\n"),
		"its beginning":  whole[:len(whole)/3],
		"locked":         mustEncrypted(t),
		"without pages":  pdfOf("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [] /Count 0 >>"),
		"too many pages": pdfOf("<< /Type /Catalog /Pages 2 0 R >>", many, "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"),
		"too many bytes": make([]byte, maxBytes+1),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := reader.Read(t.Context(), pdf, func(int) []int { return []int{1} })
			if !shop.IsKind(err, shop.Invalid) {
				t.Errorf("%d pages, %v", len(got.Texts), err)
			}
		})
	}
}

func TestStrangePDFsAreBounded(t *testing.T) {
	t.Parallel()
	for name, pdf := range map[string][]byte{
		"a page as large as a hall":  pageOf("[0 0 14400 14400]", "", []byte("0 0 m 14400 14400 l S")),
		"a page as high as heaven":   pageOf("[0 0 1 100000000]", "", []byte("0 0 m 9 9 l S")),
		"a page in a page in itself": pdfOf("<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [2 0 R] /Count 1 >>"),
		"more than memory holds":     pageOf("[0 0 99 99]", "/Filter /FlateDecode", bomb(t, 2*maxMemory)),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := reader.Read(t.Context(), pdf, func(int) []int { return []int{1} })
			if err != nil && !shop.IsKind(err, shop.Invalid) && !shop.IsKind(err, shop.Unavailable) {
				t.Errorf("an error of no kind: %v", err)
			}
			for _, p := range got.Pictures {
				if p.Width > pictureWidth || p.Height > pictureHeight {
					t.Errorf("the picture has %d × %d pixels", p.Width, p.Height)
				}
			}
			if got, err := reader.Read(t.Context(), mustPrinted(t), none); err != nil || len(got.Texts) < 3 {
				t.Errorf("a good PDF after it: %d pages, %v", len(got.Texts), err)
			}
		})
	}
}

func TestReadingStopsWhenItIsToldTo(t *testing.T) {
	t.Parallel()
	slow := New(compiled()) // it is broken off, which nobody else should notice
	defer slow.close()
	ctx, stop := context.WithCancel(t.Context())
	_, err := slow.Read(ctx, mustPrinted(t), func(int) []int { stop(); return slices.Repeat([]int{1}, 100_000) })
	if !shop.IsKind(err, shop.Unavailable) {
		t.Errorf("%v", err)
	}
	if _, err := slow.Read(ctx, mustPrinted(t), none); !shop.IsKind(err, shop.Unavailable) {
		t.Errorf("when it is too late already: %v", err)
	}
}

func TestPhotographsBecomeJPEG(t *testing.T) {
	t.Parallel()
	photograph := image.NewRGBA(image.Rect(0, 0, 256, 256))
	for i := range photograph.Pix {
		photograph.Pix[i] = uint8(i * i / 251)
	}
	got, err := encode(1, photograph)
	if err != nil || got.ContentType != "image/jpeg" {
		t.Errorf("%s, %v", got.ContentType, err)
	}
}

func TestTidy(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"One\r\nTwo  three \r\n\r\n four":  "One\nTwo three\nfour",
		"organi\uFFFE\r\nsation":           "organisation",
		"one-to\uFFFE\r\none":              "one-to-one",
		"self-directed":                    "self-directed",
		"oﬃce ﬂight ﬁrst aﬀord waﬄe":       "office flight first afford waffle",
		"e\u0301le\u0300ve":                "élève",
		"so\u00ADft \u200Bzero\x00\x07":    "soft zero",
		"\uFFFE\uFFFF\xff":                 "",
		"":                                 "",
		strings.Repeat("é", longestPage):   strings.Repeat("é", longestPage/2),
		"a" + strings.Repeat("é", 40<<10):  "a" + strings.Repeat("é", longestPage/2-1),
		"non\u00A0breaking \u2028separate": "non breaking separate",
	} {
		if got := tidy(raw); got != want {
			t.Errorf("%.40q becomes %.60q, want %.60q", raw, got, want)
		}
	}
}

func TestRunningTitlesAreDropped(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ texts, want []string }{
		"at the foot":      {[]string{"Cover", "One\nThe title 2", "Two\nThe title 3", "Three\nThe title 4"}, []string{"Cover", "One", "Two", "Three"}},
		"at the head":      {[]string{"1 The title\nOne\nend", "2 The title\nTwo\nstop", "3 The title\nThree\nfin"}, []string{"One\nend", "Two\nstop", "Three\nfin"}},
		"numbers alone":    {[]string{"One\n1", "Two\n2", "Three\n3"}, []string{"One", "Two", "Three"}},
		"nothing else":     {[]string{"The title 1", "The title 2", "The title 3", ""}, []string{"", "", "", ""}},
		"on few pages":     {[]string{"One\nThe title", "Two\nThe title"}, []string{"One\nThe title", "Two\nThe title"}},
		"on some of many":  {[]string{"a\nx", "b\nx", "c\nx", "d\n.", "e\n,", "f\n-", "g\n!"}, []string{"a\nx", "b\nx", "c\nx", "d\n.", "e\n,", "f\n-", "g\n!"}},
		"within the pages": {[]string{"a\nx\nb", "c\nx\nd", "e\nx\nf"}, []string{"a\nx\nb", "c\nx\nd", "e\nx\nf"}},
	} {
		got := slices.Clone(c.texts)
		if dropRunning(got); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func BenchmarkReady(b *testing.B) {
	for b.Loop() {
		r := New(compiled())
		if _, err := r.wake(); err != nil {
			b.Fatal(err)
		}
		r.close()
	}
}

func BenchmarkRead(b *testing.B) {
	pdf := mustPrinted(b)
	for b.Loop() {
		if _, err := reader.Read(b.Context(), pdf, func(int) []int { return []int{1, 2, 3} }); err != nil {
			b.Fatal(err)
		}
	}
}
