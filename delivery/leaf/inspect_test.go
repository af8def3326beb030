package leaf

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"

	"bookroom/shop"
)

// MustInspect looks into a PDF that can be read.
func MustInspect(tb testing.TB, pdf []byte) shop.Inspection {
	tb.Helper()
	got, err := reader.Read(tb.Context(), pdf, none)
	if err != nil {
		tb.Fatal(err)
	}
	return got.Inspection
}

func TestInspectOurOwnHandbooks(t *testing.T) {
	t.Parallel()
	got := MustInspect(t, mustPrinted(t))
	if got.Title != "Élan" || got.Language != "fr" || !got.Tagged || got.Refused != "" || got.Pages != len(got.PageMarks) || got.Pages < 3 {
		t.Errorf("%+v", got)
	}
	want := []shop.ContentEntry{{Title: "Première semaine", Page: 3, Level: 1}, {Title: "Wer fragt?", Page: 3, Level: 2}, {Title: "Second chapter", Page: 3, Level: 1}}
	var told []shop.ContentEntry
	for _, entry := range got.Outline {
		if slices.ContainsFunc(want, func(w shop.ContentEntry) bool { return w.Title == entry.Title }) {
			told = append(told, entry)
		}
	}
	if !slices.Equal(told, want) {
		t.Errorf("the bookmarks are %+v", got.Outline)
	}
	if len(got.Fonts) == 0 || len(got.Unembedded()) > 0 {
		t.Errorf("the fonts are %+v", got.Fonts)
	}
	if again := MustInspect(t, mustPrinted(t)); !slices.Equal(again.PageMarks, got.PageMarks) {
		t.Error("the same pages have other marks the next time")
	}
}

// tagged is a PDF of one page with these figures in its structure, each written as the entries of its dictionary.
func tagged(figures ...string) []byte {
	kids, refs := "", 7
	var elements []string
	for i, figure := range figures {
		kids += fmt.Sprintf(" %d 0 R", refs+i)
		elements = append(elements, fmt.Sprintf("<< /Type /StructElem /S /%s /P 6 0 R /Pg 3 0 R /K %d >>", figure, i))
	}
	content := "BT /F1 12 Tf 9 9 Td (One) Tj ET"
	parents := ""
	for i := range figures {
		parents += fmt.Sprintf(" %d 0 R", refs+i)
	}
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R /MarkInfo << /Marked true >> /StructTreeRoot 6 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] /Contents 4 0 R /StructParents 0 /Resources << /Font << /F1 5 0 R >> >> >>",
		fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(content), content),
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
		fmt.Sprintf("<< /Type /StructTreeRoot /K [%s] /RoleMap << /Photo /Figure >> /ParentTree << /Nums [0 [%s]] >> >>", kids, parents),
	}
	return pdfOf(append(objects, elements...)...)
}

func TestFiguresAndTheirDescriptions(t *testing.T) {
	t.Parallel()
	got := MustInspect(t, tagged("Figure /Alt (A bird)", "Figure", "Figure /Alt ( )", "Photo /ActualText (B)", "P"))
	if !got.Tagged || got.Figures != 4 || got.Described != 2 {
		t.Errorf("%d of %d figures are described (tagged: %v), want 2 of 4", got.Described, got.Figures, got.Tagged)
	}
	if !slices.Equal(got.Fonts, []shop.Font{{Name: "Helvetica"}}) {
		t.Errorf("the fonts are %+v, want one that is not embedded", got.Fonts)
	}
	if got.Language != "" || got.Title != "" || len(got.Outline) != 0 {
		t.Errorf("it says nothing of itself: %+v", got)
	}
}

func TestProtectedPDFs(t *testing.T) {
	t.Parallel()
	if _, err := reader.Read(t.Context(), mustEncrypted(t), none); shop.AsError(err).Code != shop.CodePDFEncrypted {
		t.Errorf("with a password to open it: %v", err)
	}
	restricted := model.NewAESConfiguration("", "owner", 256)
	var out bytes.Buffer
	if err := api.Encrypt(bytes.NewReader(mustPrinted(t)), &out, restricted); err != nil {
		t.Fatal(err)
	}
	if got := MustInspect(t, out.Bytes()); got.Refused != shop.PDFEncrypted || got.Pages == 0 {
		t.Errorf("with restrictions only: %+v", got)
	}
}

func TestBookmarksThatLieInThemselvesAreNotFollowed(t *testing.T) {
	t.Parallel()
	for name, bookmark := range map[string]string{
		"its own child": "<< /Title (Round) /Parent 4 0 R /First 5 0 R /Dest [3 0 R /Fit] >>",
		"its own next":  "<< /Title (Round) /Parent 4 0 R /Next 5 0 R /Dest [3 0 R /Fit] >>",
	} {
		pdf := pdfOf("<< /Type /Catalog /Pages 2 0 R /Outlines 4 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
			"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] >>", "<< /First 5 0 R /Last 5 0 R /Count 1 >>", bookmark)
		if got := MustInspect(t, pdf); len(got.Outline) > 1 {
			t.Errorf("%s: %+v", name, got.Outline)
		}
	}
}
