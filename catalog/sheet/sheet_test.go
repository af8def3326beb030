package sheet

import (
	"bytes"
	"maps"
	"strings"
	"testing"

	"bookroom/shop"

	"pgregory.net/rapid"
)

func product() shop.EditedProduct {
	return shop.EditedProduct{Version: 3, Product: shop.Product{
		Slug: "advisory", Kind: shop.Handbook, Status: shop.Published, Title: "=1+1", Summary: "“Quoted”, with commas", Description: "## Why\n\n- Because.", Authors: []string{"Ana", "Ben"},
		Language: "en", Pages: 40, Contents: []shop.ContentEntry{{Title: "One | two", Page: 5, Level: 1}, {Title: "Three", Level: 2}},
		Variants: []shop.Variant{{Kind: shop.Individual, SKU: "-1", Price: shop.Money{Amount: 1900, Currency: "usd"}, Suggested: shop.Money{Amount: 2500, Currency: "usd"}}},
	}}
}

func mustWrite(t *testing.T, products ...shop.EditedProduct) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, products); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWhatIsWrittenIsReadBack(t *testing.T) {
	t.Parallel()
	p := product()
	text := mustWrite(t, p)
	for _, harmless := range []string{",'=1+1,", ",'-1"} {
		if !strings.Contains(text, harmless) {
			t.Errorf("%q is missing in %s", harmless, text)
		}
	}
	for name, written := range map[string]string{
		"as it is": text, "without the mark": strings.TrimPrefix(text, byteOrderMark), "of Windows": strings.ReplaceAll(text, "\n", "\r\n"),
	} {
		rows, problems := Read([]byte(written))
		if len(problems) != 0 || len(rows) != 1 || rows[0].Slug != p.Slug || rows[0].Version != 3 || rows[0].Line != 2 {
			t.Fatalf("%s: %+v %v", name, rows, problems)
		}
		again, wrong := p.ReadFacts(rows[0].Typed)
		if differ := shop.Differences(p, again); len(wrong) != 0 || len(differ) != 0 {
			t.Errorf("%s: %v %v", name, differ, wrong)
		}
	}
}

func TestACellIsNeverAFormula(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOf(rapid.RuneFrom([]rune("'=+-@\ta1 "))).Draw(t, "text")
		cell := neutral(text)
		if strings.HasPrefix(cell, "=") || strings.HasPrefix(cell, "+") || strings.HasPrefix(cell, "-") || strings.HasPrefix(cell, "@") || strings.HasPrefix(cell, "\t") {
			t.Fatalf("%q is written as %q", text, cell)
		}
		if back := harmful(cell); back != text {
			t.Fatalf("%q came back as %q", text, back)
		}
	})
}

func TestReadNamesLineAndColumn(t *testing.T) {
	t.Parallel()
	type at struct {
		line   int
		column string
	}
	for text, want := range map[string]at{
		"":                                  {1, ""},
		"title\nx\n":                        {1, "slug"},
		"slug,colour\na,b\n":                {1, "colour"},
		"slug,title,title\n":                {1, "title"},
		"slug,title\na,\"two\nlines\"\nb\n": {4, ""},
		"slug,title\na,\"open\n":            {2, ""},
		"slug,title\na,b\"c\n":              {2, ""},
		"slug,version\na,old\n":             {2, "version"},
		"slug\na\n\xff\n":                   {3, ""},
	} {
		_, problems := Read([]byte(text))
		if len(problems) != 1 || problems[0].Line != want.line || problems[0].Column != want.column {
			t.Errorf("%q: %+v, want %+v", text, problems, want)
		}
	}
}

func TestColumnsMayBeLeftOutAndPartedBySemicolons(t *testing.T) {
	t.Parallel()
	rows, problems := Read([]byte("Slug; title \n advisory ;\"A; B\"\n"))
	if len(problems) != 0 || len(rows) != 1 || rows[0].Slug != "advisory" || !maps.Equal(rows[0].Typed, map[string]string{"title": "A; B"}) {
		t.Errorf("%+v %v", rows, problems)
	}
}
