package shop

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// What a form, a table or the audit trail says of a product is all of it.
func TestFactsAreReadBackAsTheyWere(t *testing.T) {
	t.Parallel()
	word := rapid.StringMatching(`[A-Za-zé|=“”'-]{1,8}( [a-z|0-9]{1,6})?`)
	words := rapid.SliceOfN(word, 0, 4)
	rapid.Check(t, func(t *rapid.T) {
		p := EditedProduct{Product: Product{
			Slug: "a", Kind: Handbook, Title: word.Draw(t, "title"), Authors: words.Draw(t, "authors"), Tags: words.Draw(t, "tags"), Language: "en",
			Description: "## " + word.Draw(t, "heading") + "\n\n- " + word.Draw(t, "point"), Pages: rapid.IntRange(0, 200).Draw(t, "pages"),
		}}
		for _, title := range words.Draw(t, "contents") {
			p.Contents = append(p.Contents, ContentEntry{Title: title, Page: rapid.IntRange(0, 99).Draw(t, "page"), Level: rapid.IntRange(1, 3).Draw(t, "level")})
		}
		currency := rapid.SampledFrom([]string{"usd", "jpy", "kwd"}).Draw(t, "currency")
		for _, kind := range []VariantKind{Individual, SchoolLicence} {
			price := rapid.Int64Range(0, MaxAmount).Draw(t, "price")
			licence := Variant{ID: string(kind), Kind: kind, SKU: "S", Price: Money{price, currency}}
			if rapid.Bool().Draw(t, "more") {
				licence.Suggested = Money{price + 100, currency}
			}
			if rapid.Bool().Draw(t, "on sale") {
				p.Variants = append(p.Variants, licence)
			} else {
				p.Withdrawn = append(p.Withdrawn, licence)
			}
		}
		typed := map[string]string{}
		for _, fact := range p.Facts() {
			typed[fact.Key] = strings.ReplaceAll(fact.Text, "\n", "\r\n") // as browsers send it
		}
		again, wrong := p.ReadFacts(typed)
		if differ := Differences(p, again); len(wrong) > 0 || len(differ) > 0 {
			t.Fatalf("%v %v", differ, wrong)
		}
		if !slices.Equal(p.Contents, again.Contents) || !slices.Equal(p.Authors, again.Authors) {
			t.Fatalf("%+v, want %+v", again.Product, p.Product)
		}
	})
}

func TestWrongFactsAreNamed(t *testing.T) {
	t.Parallel()
	good := EditedProduct{Product: Product{
		Slug: "a", Kind: Handbook, Title: "A", Language: "en", Variants: []Variant{{Kind: Individual, Price: Money{1900, "usd"}}},
	}}
	if err := good.check(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ key, text string }{
		{"slug", "Two Words"}, {"slug", "inside"}, {"slug", "new"}, {"slug", ""}, {"title", " "}, {"title", "a\x00b"}, {"title", strings.Repeat("a", 301)},
		{"summary", "\xff"}, {"description", strings.Repeat("word ", 11_000)}, {"language", "English"}, {"language", ""}, {"authors", "Ana\nBen\nAna"},
		{"tags", strings.Repeat("tag\n", 501)}, {"distinguishers", "lti\nnone"}, {"goals", "lti"}, {"pages", "many"}, {"pages", "-1"}, {"pages", "1000000"},
		{"contents", "One | two"}, {"contents", "| 5"}, {"contents", strings.Repeat("  ", 7) + "Deep"}, {"currency", "dollars"}, {"individual_price", "cheap"}, {"individual_price", "-1"},
		{"individual_price", "1000000"}, {"individual_price", "1.234"}, {"individual_suggested", "19"}, {"individual_suggested", "99999"}, {"individual_on_sale", "perhaps"},
		{"school_on_sale", "yes"},
	} {
		field := strings.Replace(c.key, "school_on_sale", "school_price", 1)
		p, wrong := good.ReadFacts(map[string]string{c.key: c.text})
		if len(wrong) == 0 {
			if err := p.check(); err != nil {
				wrong = AsError(err).Fields
			}
		}
		if _, named := wrong[field]; !named || len(wrong) != 1 {
			t.Errorf("%s %.30q: %v", c.key, c.text, wrong)
		}
	}
}
