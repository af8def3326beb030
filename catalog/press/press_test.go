package press_test

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/pdfcpu/pdfcpu/pkg/api"

	"bookroom/catalog/press"
)

func TestMain(m *testing.M) {
	api.DisableConfigDir() // pdfcpu would write its configuration into the home folder
	m.Run()
}

// MustRead reads a text in which nothing is wrong.
func MustRead(tb testing.TB, markdown string) *press.Text {
	tb.Helper()
	text, problems := press.Read([]byte(markdown))
	if len(problems) > 0 {
		tb.Fatalf("problems: %v", problems)
	}
	return text
}

func book(text *press.Text) press.Book {
	return press.Book{
		Title: "A Book", Subtitle: "And its subtitle", Summary: "What it is.", Authors: []string{"Somebody"}, Language: "en",
		Theme: "advisory", Edition: 1, Date: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC), Text: text,
	}
}

func TestReadNamesWhatCannotBePrinted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		markdown string
		want     []press.Problem
	}{
		"nothing":          {"", []press.Problem{{1, `the handbook is empty; start a chapter with "# Title"`}}},
		"no chapter":       {"\n\nText\n", []press.Problem{{3, `text stands before the first chapter; start one with "# Title"`}}},
		"empty heading":    {"# A\n\n##\n", []press.Problem{{3, "the heading is empty"}}},
		"picture":          {"# A\n\nOne\n![x](y.png)\n", []press.Problem{{4, "a picture cannot be printed"}}},
		"HTML":             {"# A\n\nOne\ntwo <br> three\n\n<div>\n</div>\n", []press.Problem{{4, "HTML cannot be printed"}, {6, "HTML cannot be printed"}}},
		"code":             {"# A\n\n    code\n", []press.Problem{{3, "a code block cannot be printed"}}},
		"odd character":    {"# A\n\n- one\n- two *→*\n", []press.Problem{{4, "the handbook's typefaces have no character '→' (U+2192)"}}},
		"odd entity":       {"# A\n\nOne\n\ntwo &rarr;\n", []press.Problem{{5, "the handbook's typefaces have no character '→' (U+2192)"}}},
		"odd in a table":   {"# A\n\n| a | b |\n|---|---|\n| c | ☺ |\n", []press.Problem{{5, "the handbook's typefaces have no character '☺' (U+263A)"}}},
		"odd in a heading": {"# A\n\n## B ☺\n", []press.Problem{{3, "the handbook's typefaces have no character '☺' (U+263A)"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, problems := press.Read([]byte(c.markdown))
			if text != nil || !reflect.DeepEqual(problems, c.want) {
				t.Errorf("got %v, want %v", problems, c.want)
			}
		})
	}
}

func TestContentsFollowTheHeadings(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("A sentence that takes a part of a line. ", 150)
	markdown := "# One & *only*\n\n" + long + "\n\n## First\n\n### Not listed\n\n" + long + "\n\n# Two\n\nShort.\n\n# Three\n\nShort.\n"
	var pdf bytes.Buffer
	printed, err := press.Print(&pdf, book(MustRead(t, markdown)))
	if err != nil {
		t.Fatal(err)
	}
	want := []press.Heading{{"One & only", 1, 3}, {"First", 2, 4}, {"Two", 1, 7}, {"Three", 1, 7}}
	if !reflect.DeepEqual(printed.Contents, want) {
		t.Errorf("contents are %v, want %v", printed.Contents, want)
	}
	if pages, err := api.PageCount(bytes.NewReader(pdf.Bytes()), nil); err != nil || pages != printed.Pages {
		t.Errorf("%d pages (%v), reported as %d", pages, err, printed.Pages)
	}
}

func TestLongContentsTakeSeveralPages(t *testing.T) {
	t.Parallel()
	var markdown strings.Builder
	for i := range 80 {
		fmt.Fprintf(&markdown, "# Chapter %d\n\nText.\n\n", i)
	}
	var pdf bytes.Buffer
	printed, err := press.Print(&pdf, book(MustRead(t, markdown.String())))
	if err != nil {
		t.Fatal(err)
	}
	if first := printed.Contents[0].Page; first < 5 {
		t.Errorf("80 chapters are listed on pages 2 to %d", first-1)
	}
	if err := api.Validate(bytes.NewReader(pdf.Bytes()), nil); err != nil {
		t.Error(err)
	}
}

// texts are well-formed and unusual.
func texts() map[string]string {
	return map[string]string{
		"everything":      everything,
		"form":            form,
		"quoted form":     "# A\n\n> ___\n>\n> - [ ] one\n> -\n>\n> | | b |\n> |---|---|\n> | | |\n",
		"skipped heading": "# A\n\n### B\n\n###### C\n\n## D\n\n> # E",
		"long word":       "# A\n\n" + strings.Repeat("donaudampfschiff", 40),
		"long title":      "# " + strings.Repeat("A very long title ", 20) + "\n\n## " + strings.Repeat("And section ", 30) + "\n\nText.",
		"nested lists":    "# A\n\n1. one\n   - two\n     - three\n\n       with a paragraph\n2. four\n\n-\n- [ ] five\n- [x] six",
		"quoted list":     "# A\n\n> - one\n> - two\n>\n> | a | b |\n> |---|---|\n> | c |   |",
		"empty quote":     "# A\n\n>\n",
		"long table":      "# A\n\n| a | b |\n|---|---|\n" + strings.Repeat("| c | d |\n", 200),
		"ragged table":    "# A\n\n| a | b |\n|---|---|\n| c |\n| d | e | f |",
		"wide table":      "# A\n\n|" + strings.Repeat(" column |", 20) + "\n|" + strings.Repeat("---|", 20) + "\n|" + strings.Repeat(" cell |", 20),
		"only a chapter":  "# A",
		"many rules":      "# A\n\n" + strings.Repeat("___\n\n", 100),
		"links":           "# A\n\nSee [the *page*](https://example.org/a_(b)) or <https://example.org>.  \nNext line\\\nand next.",
		"long quote":      "# A\n\n> " + strings.Repeat("A sentence in a quote. ", 500),
		"reference links": "# A\n\nSee [this].\n\n[this]: https://example.org\n",
	}
}

func TestPrintSetsWhateverIsWellFormed(t *testing.T) {
	t.Parallel()
	for name, markdown := range texts() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			MustPrint(t, book(MustRead(t, markdown)))
		})
	}
}

func TestPrintRefusesWhatWouldBeCut(t *testing.T) {
	t.Parallel()
	row := "# A\n\nText.\n\n| a | b |\n|---|---|\n| c | " + strings.Repeat("A cell without end. ", 500) + "|\n"
	if _, err := press.Print(&bytes.Buffer{}, book(MustRead(t, row))); err == nil || err.Error() != "line 5: a row of the table is higher than a page" {
		t.Errorf("a row that is too high: %v", err)
	}
	b := book(MustRead(t, "# A"))
	b.Title = "A → B"
	if _, err := press.Print(&bytes.Buffer{}, b); err == nil || !strings.Contains(err.Error(), "'→' (U+2192)") {
		t.Errorf("a title with an odd character: %v", err)
	}
}

func TestPrintIsDeterministic(t *testing.T) {
	t.Parallel()
	b := book(MustRead(t, everything))
	b.Fillable = true
	var first, second bytes.Buffer
	for _, pdf := range []*bytes.Buffer{&first, &second} {
		if _, err := press.Print(pdf, b); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("two prints of one book differ")
	}
}
