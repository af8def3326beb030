package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

func mustInside(t *testing.T, s *store.Store, q string) shop.Inside {
	t.Helper()
	found, err := s.SearchPages(t.Context(), q, 10)
	if err != nil {
		t.Fatalf("%q: %v", q, err)
	}
	return found
}

// hits lists what was found as "slug 1 2", in no order.
func hits(found shop.Inside) []string {
	var list []string
	for _, h := range found.Handbooks {
		line := h.Product.Slug
		slices.SortFunc(h.Hits, func(a, b shop.InsideHit) int { return a.Page - b.Page })
		for _, hit := range h.Hits {
			line += fmt.Sprint(" ", hit.Page)
		}
		list = append(list, line)
	}
	slices.Sort(list)
	return list
}

func TestSearchPages(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		archived, draft := storetest.Handbook("archived", "Archived"), storetest.Handbook("draft", "Draft")
		archived.Product.Status, draft.Product.Status = shop.Archived, shop.Draft
		storetest.MustImport(t, s, storetest.Handbook("a", "A"), storetest.Handbook("b", "B"), archived)
		mustSavePages(t, s, "a", []string{"A mentor on the cover", "Mentors and students", "The mentor’s day\nat work", "School/college, K-12; Größe, 50 %", ""})
		mustSavePages(t, s, "b", []string{"Cover", "Ángela’s résumé", "Nothing at work", "a mentor speaks"})
		mustSavePages(t, s, "archived", []string{"Cover", "a mentor"})
		for q, want := range map[string][]string{
			"mentor":                  {"a 2 3", "b 4"},
			"at work":                 {"a 3", "b 3"},
			"mentors work":            {"a 3"},
			"wor mentors":             nil, // only the last word may be a beginning
			"students day":            nil, // on two pages
			"RESUME":                  {"b 2"},
			"angelas":                 {"b 2"},
			"college school":          {"a 4"},
			"k-12":                    {"a 4"},
			"grosse 50%":              {"a 4"},
			"":                        nil,
			"🙂":                       nil,
			`"mentor" OR`:             nil,
			`'); DROP TABLE products`: nil,
			`ment* AND (`:             nil,
			"\\":                      nil,
			"'":                       nil,
			"men\x00tor":              nil,
			"cover":                   nil,
			"day\xff":                 {"a 3"},
		} {
			t.Run(q, func(t *testing.T) {
				found := mustInside(t, s, q)
				if got := hits(found); !slices.Equal(got, want) {
					t.Errorf("%q finds %v, want %v", q, got, want)
				}
				if found.Total != len(want) {
					t.Errorf("%d handbooks in all", found.Total)
				}
			})
		}
	})
}

func TestTheBestPagesComeFirst(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		filler := strings.Repeat("other words of no matter ", 40)
		storetest.MustImport(t, s, storetest.Handbook("much", "Much"), storetest.Handbook("little", "Little"))
		mustSavePages(t, s, "little", []string{"Cover", filler + "gateway"})
		mustSavePages(t, s, "much", []string{"Cover", filler + "gateway", filler, "gateway gateway gateway now", "now and then there is a gateway of some sort in it", filler + "the gateway"}, 2, 5)
		found := mustInside(t, s, "gateway")
		if len(found.Handbooks) != 2 || found.Handbooks[0].Product.Slug != "much" || found.Total != 2 || found.Pages != 5 {
			t.Fatalf("found %+v", found)
		}
		much := found.Handbooks[0]
		if much.Total != 4 || len(much.Hits) != 3 || much.Hits[0].Page != 4 || much.Hits[1].Page != 5 {
			t.Errorf("hits %+v of %d", much.Hits, much.Total)
		}
		if much.Hits[0].Sample != nil || much.Hits[1].Sample == nil || much.Hits[1].Sample.Page != 5 {
			t.Errorf("samples %+v, %+v", much.Hits[0].Sample, much.Hits[1].Sample)
		}
		if p := much.Product; p.Title != "Much" || p.Edition().Number != 1 || len(p.Distinguishers) == 0 || len(p.Variants) == 0 {
			t.Errorf("the handbook is %+v", p)
		}
		if one, err := s.SearchPages(t.Context(), "gateway", 1); err != nil || len(one.Handbooks) != 1 || one.Total != 2 || one.Pages != 5 {
			t.Errorf("one handbook: %+v, %v", one, err)
		}
	})
}

func TestSnippets(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustImport(t, s, storetest.Handbook("a", "A"))
		far := strings.Repeat("word ", 60)
		mustSavePages(t, s, "a", []string{
			"Cover",
			"L’élève\nrévise: ÉLÈVES & “élèves”.",
			far + "the <b>needle</b> in it " + far,
			"first alpha " + far + "alpha, and beta beside it " + far,
			strings.Repeat("é", 400) + " gamma",
			"delta" + strings.Repeat("é", 400),
			"K-12 and e\u0301tude",
		})
		for q, want := range map[string]struct {
			text          string // a part of it
			marked        []string
			before, after bool
		}{
			"eleves":     {"L’élève révise: ÉLÈVES & “élèves”.", []string{"ÉLÈVES", "élèves"}, false, false},
			"eleve":      {"L’élève révise", []string{"ÉLÈVES", "élèves"}, false, false}, // L’élève is one word
			"needle":     {"the <b>needle</b> in it", []string{"needle"}, true, true},
			"beta alpha": {"alpha, and beta beside it", []string{"alpha", "beta"}, true, true},
			"gamma":      {"gamma", []string{"gamma"}, true, false},
			"delta":      {"deltaé", nil, false, true}, // the word is longer than a snippet
			"k-12":       {"K-12", []string{"K", "12"}, false, false},
			"etude":      {"e\u0301tude", []string{"e\u0301tude"}, false, false},
		} {
			found := mustInside(t, s, q)
			if len(found.Handbooks) != 1 || len(found.Handbooks[0].Hits) != 1 {
				t.Errorf("%q finds %+v", q, hits(found))
				continue
			}
			got := found.Handbooks[0].Hits[0].Snippet
			if !strings.Contains(got.Text, want.text) || len(got.Text) > shop.MaxSnippet || got.Before != want.before || got.After != want.after {
				t.Errorf("%q: %+v", q, got)
			}
			var marked []string
			for _, m := range got.Marks {
				marked = append(marked, got.Text[m.Start:m.End])
			}
			if !slices.Equal(marked, want.marked) {
				t.Errorf("%q marks %q, want %q in %q", q, marked, want.marked, got.Text)
			}
			if strings.TrimSpace(got.Text) != got.Text || !utf8.ValidString(got.Text) || strings.Contains(got.Text, "\n") {
				t.Errorf("%q is cut badly: %q", q, got.Text)
			}
		}
	})
}

func TestPagesAreSearchedInTheWordsOfTheShop(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		// The products have one word of these pages, and a word that no page has.
		storetest.MustImport(t, s, storetest.Handbook("a", "Assessment and Internships"), storetest.Handbook("b", "Advisory"))
		mustSavePages(t, s, "a", []string{"Cover", "an internship", "two internships", "LTI forms", "authentic assessments"})
		mustSavePages(t, s, "b", []string{"Cover", "learning through internships", "Three convictions carry it", "assess the menu"})
		for q, want := range map[string]struct {
			found     []string
			corrected string
		}{
			"internship":          {found: []string{"a 2 3 4", "b 2"}},
			"Internships":         {found: []string{"a 2 3 4", "b 2"}},
			"lti":                 {found: []string{"a 2 3 4", "b 2"}},
			"assesment":           {[]string{"a 5"}, "assessment"},
			"autentic assesment":  {nil, ""}, // nobody knows the first word
			"authentic assesment": {[]string{"a 5"}, "authentic assessment"},
			"conviction":          {found: []string{"b 3"}},
			"convict":             {found: []string{"b 3"}},
			"convictions carries": {found: []string{"b 3"}},
			"menu":                {found: []string{"b 4"}},
		} {
			found := mustInside(t, s, q)
			if got := hits(found); !slices.Equal(got, want.found) || found.Corrected != want.corrected {
				t.Errorf("%q finds %v as %q, want %v", q, got, found.Corrected, want)
			}
		}
		lti := mustInside(t, s, "LTI").Handbooks
		if lti[0].Product.Slug != "b" {
			slices.Reverse(lti)
		}
		snippet := lti[0].Hits[0].Snippet
		if want := []shop.Range{{Start: 0, End: len(snippet.Text)}}; !slices.Equal(snippet.Marks, want) {
			t.Errorf("marked %v in %q", snippet.Marks, snippet.Text)
		}

		mustSavePages(t, s, "b", []string{"Cover", "Nothing to be assessed"})
		if found := mustInside(t, s, "convictions"); found.Total != 0 {
			t.Errorf("pages that are gone have %v", hits(found))
		}
	})
}
