package press_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/pdfcpu/pdfcpu/pkg/api"

	"bookroom/catalog/press"
)

func TestSheetHasNeitherCoverNorContents(t *testing.T) {
	t.Parallel()
	text := MustRead(t, "# Weekly *log*\n\nName:\n\n___\n\n## Monday\n\n| a | b |\n|---|---|\n| | |\n"+strings.Repeat("\nA line.\n", 40))
	if text.Title() != "Weekly log" {
		t.Errorf("the title is %q", text.Title())
	}
	b := book(text)
	b.Title = text.Title()
	var first, second bytes.Buffer
	for _, out := range []*bytes.Buffer{&first, &second} {
		if err := press.PrintSheet(out, b); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the same sheet gives other bytes")
	}
	if err := api.Validate(bytes.NewReader(first.Bytes()), nil); err != nil {
		t.Fatal(err)
	}
	info, err := api.PDFInfo(bytes.NewReader(first.Bytes()), "", nil, false, nil)
	if err != nil {
		t.Fatal(err)
	}
	if info.PageCount != 2 || info.Title != "Weekly log" {
		t.Errorf("%d pages, title %q", info.PageCount, info.Title)
	}
	bookmarks, err := api.Bookmarks(bytes.NewReader(first.Bytes()), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(bookmarks) != 1 || bookmarks[0].Title != "Weekly log" || len(bookmarks[0].Kids) != 1 || bookmarks[0].Kids[0].Title != "Monday" {
		t.Errorf("bookmarks %+v", bookmarks)
	}
}

func TestSheetRefusesARowHigherThanAPage(t *testing.T) {
	t.Parallel()
	text := MustRead(t, "# A\n\n| a |\n|---|\n| "+strings.Repeat("word ", 5000)+" |\n")
	if err := press.PrintSheet(&bytes.Buffer{}, book(text)); err == nil || !strings.Contains(err.Error(), "line 3") {
		t.Errorf("got %v", err)
	}
}

func TestASheetIsTaggedAndCanBeFilledIn(t *testing.T) {
	t.Parallel()
	b := book(MustRead(t, "# Log\n\nName:\n\n___\n\n## Monday\n\n| a | b |\n|---|---|\n| c | |\n"))
	b.Fillable = true
	var pdf bytes.Buffer
	if err := press.PrintSheet(&pdf, b); err != nil {
		t.Fatal(err)
	}
	r := MustReadBack(t, pdf.Bytes())
	if got := len(r.fields(t)); got != 2 {
		t.Errorf("%d fields", got)
	}
	checkParents(t, r)
	checkHeadings(t, r)
	checkKinds(t, r)
}
