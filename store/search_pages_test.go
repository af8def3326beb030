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
		mustSavePages(t, s, "a", []string{"Mentors and students", "The mentor’s day\nat work", "School/college, K-12; Größe, 50 %", ""})
		mustSavePages(t, s, "b", []string{"Ángela’s résumé", "Nothing at work", "a mentor speaks"})
		mustSavePages(t, s, "archived", []string{"a mentor"})
		for q, want := range map[string][]string{
			"mentor":                  {"a 1 2", "b 3"},
			"at work":                 {"a 2", "b 2"},
			"mentors work":            {"a 2"},
			"wor mentors":             nil, // only the last word may be a beginning
			"students day":            nil, // on two pages
			"RESUME":                  {"b 1"},
			"angelas":                 {"b 1"},
			"college school":          {"a 3"},
			"k-12":                    {"a 3"},
			"grosse 50%":              {"a 3"},
			"":                        nil,
			"🙂":                       nil,
			`"mentor" OR`:             nil,
			`'); DROP TABLE products`: nil,
			`ment* AND (`:             nil,
			"\\":                      nil,
			"'":                       nil,
			"men\x00tor":              nil,
			"day\xff":                 {"a 2"},
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
		mustSavePages(t, s, "little", []string{filler + "gateway"})
		mustSavePages(t, s, "much", []string{filler + "gateway", filler, "gateway gateway gateway now", "now and then there is a gateway of some sort in it", filler + "the gateway"}, 1, 4)
		found := mustInside(t, s, "gateway")
		if len(found.Handbooks) != 2 || found.Handbooks[0].Product.Slug != "much" || found.Total != 2 || found.Pages != 5 {
			t.Fatalf("found %+v", found)
		}
		much := found.Handbooks[0]
		if much.Total != 4 || len(much.Hits) != 3 || much.Hits[0].Page != 3 || much.Hits[1].Page != 4 {
			t.Errorf("hits %+v of %d", much.Hits, much.Total)
		}
		if much.Hits[0].Sample != nil || much.Hits[1].Sample == nil || much.Hits[1].Sample.Page != 4 {
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
