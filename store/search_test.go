package store_test

import (
	"slices"
	"strings"
	"testing"

	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

// titled is a handbook with these words and no others.
func titled(slug, title string, tags []string, summary string, contents ...string) shop.CatalogEntry {
	entry := storetest.Handbook(slug, title)
	p := &entry.Product
	p.Subtitle, p.Summary, p.Tags, p.Distinguishers, p.Goals, p.Contents = "", summary, tags, nil, nil, nil
	for i, text := range contents {
		p.Contents = append(p.Contents, shop.ContentEntry{Title: text, Page: i + 1, Level: 1})
	}
	return entry
}

func TestSearch(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		facets := titled("facets", "Elsewhere", nil, "")
		facets.Product.Distinguishers, facets.Product.Goals = []string{"college"}, []string{"quantitative-reasoning"}
		storetest.MustImport(t, s,
			titled("resume", "Writing a Résumé", []string{"work"}, "How students write one."),
			titled("contents", "Aardvark", nil, "", "Mentor, mentor, mentor", "The mentor's day", "Mentor again"),
			titled("summary", "Badger", nil, "Finding a mentor"),
			titled("tags", "Civet", []string{"mentor"}, ""),
			titled("title", "Dolphin Mentor", nil, ""),
			titled("title2", "Cheetah Mentor", nil, ""),
			titled("split", "Internship", []string{"safety"}, "Rules"),
			titled("long", "Größe und Straße", nil, "Ærø łódź"),
			titled("numbers", "K-12 in 2026", nil, "50% off: C++"),
			facets,
		)
		draft := titled("draft", "Mentor in the Making", nil, "")
		draft.Product.Status = shop.Draft
		storetest.MustImport(t, s, draft)
		for q, want := range map[string][]string{
			"mentor":                  {"title2", "title", "tags", "summary", "contents"},
			"MENT":                    {"title2", "title", "tags", "summary", "contents"},
			"resume":                  {"resume"},
			"Résumé":                  {"resume"},
			"re\u0301sume\u0301":      {"resume"},
			"resum writing":           {"resume"}, // a word too short by a letter
			"writing resum":           {"resume"},
			"internship rules safety": {"split"},
			"internship mentor":       nil, // every word counts
			"mentors day":             {"contents"},
			"mentor’s da":             {"contents"},
			"school/college":          {"facets"},
			"quantitative":            {"facets"},
			"grosse strasse":          {"long"},
			"aero lodz":               {"long"},
			"k12":                     nil,
			"k-12":                    {"numbers"},
			"K 12":                    {"numbers"},
			"50%":                     {"numbers"},
			"c++":                     {"title2", "tags", "facets", "numbers"}, // words that begin with c
			"because":                 nil,                                     // only in the description
			"🙂":                       nil,
			"🙂 mentor":                {"title2", "title", "tags", "summary", "contents"},
			`"`:                       nil,
			`mentor"`:                 {"title2", "title", "tags", "summary", "contents"},
			`"mentor" OR "badger"`:    nil,
			`mentor NOT badger`:       nil,
			`title:mentor`:            nil,
			`mentor* AND (`:           nil,
			`NEAR(mentor badger)`:     nil,
			`mentor:* | !nobody`:      nil,
			`'); DROP TABLE products`: nil,
			"men\x00tor":              nil,
			"mentor \xff\xfe":         {"title2", "title", "tags", "summary", "contents"},
			`{title} : mentor`:        nil,
			`\`:                       nil,
			`'`:                       nil,
			"^mentor":                 {"title2", "title", "tags", "summary", "contents"},
		} {
			t.Run(q, func(t *testing.T) {
				if got := mustList(t, s, shop.ProductQuery{Q: q}); !slices.Equal(got, want) {
					t.Errorf("%q finds %v, want %v", q, got, want)
				}
			})
		}
	})
}

func TestSearchTakesAnyLength(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustImport(t, s, titled("a", "Mentor", nil, ""), titled("b", strings.Repeat("x", 5000), []string{strings.Repeat("y ", 20000)}, ""))
		for name, c := range map[string]struct {
			q    string
			want []string
		}{
			"the same word":     {strings.Repeat("mentor ", 2000), []string{"a"}},
			"one endless word":  {strings.Repeat("x", 10000), []string{"b"}},
			"many other words":  {strings.Repeat("q w e r t ", 1000), nil},
			"many signs":        {strings.Repeat(`"'*()`, 2000), nil},
			"half a character":  {strings.Repeat("é", 5001)[1:], nil},
			"a word after many": {"mentor" + strings.Repeat(" ", 10000), []string{"a"}},
		} {
			t.Run(name, func(t *testing.T) {
				if got := mustList(t, s, shop.ProductQuery{Q: c.q}); !slices.Equal(got, c.want) {
					t.Errorf("found %v, want %v", got, c.want)
				}
			})
		}
	})
}

// A mistake that is near to hundreds of words, again and again, is still a question that a database takes.
func TestSearchTakesManyNearWords(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var tags []string
		for a := 'a'; a <= 'z'; a++ {
			for b := 'a'; b <= 'z'; b++ {
				tags = append(tags, "mistak"+string(a)+string(b)+"ns")
			}
		}
		storetest.MustImport(t, s, titled("near", "Near", tags, ""))
		if got := mustList(t, s, shop.ProductQuery{Q: strings.Repeat("mistakéns ", 16)}); !slices.Equal(got, []string{"near"}) {
			t.Errorf("found %v", got)
		}
	})
}

func TestSearchFollowsChanges(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustImport(t, s, titled("a", "Mentor", nil, ""))
		storetest.MustImport(t, s, titled("a", "Teacher", nil, ""))
		if old, now := mustList(t, s, shop.ProductQuery{Q: "mentor"}), mustList(t, s, shop.ProductQuery{Q: "teacher"}); len(old) != 0 || len(now) != 1 {
			t.Errorf("the old title finds %v, the new one %v", old, now)
		}
	})
}
