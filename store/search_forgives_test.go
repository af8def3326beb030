package store_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

// mustLibrary brings in titles that differ in words, languages and authors.
func mustLibrary(t testing.TB, s *store.Store) {
	t.Helper()
	spanish := titled("familias", "Familias en la escuela", nil, "El plan de aprendizaje y la evaluación auténtica.")
	spanish.Product.Language = "es"
	authored := titled("authored", "Field Notes", nil, "")
	authored.Product.Authors = []string{"Élodie Washor"}
	hidden := titled("hidden", "Apprenticeship Secrets", nil, "")
	hidden.Product.Status = shop.Draft
	storetest.MustImport(t, s,
		titled("advisory", "Advisory Structure", []string{"circle"}, "How an advisory begins."),
		titled("exhibitions", "Public Exhibitions", nil, "Showing what was learned to a panel."),
		titled("internship", "Internship Handbook", nil, "Finding mentors."),
		titled("plans", "Planning with Families", nil, "A learning plan for every student."),
		titled("assessment", "Authentic Assessment", nil, "Narratives instead of grades."),
		titled("development", "Professional Development Days", nil, ""),
		titled("professional", "Professional Letters", nil, "On the development of a school."),
		spanish, authored, hidden,
	)
}

func TestSearchForgives(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mustLibrary(t, s)
		for _, c := range []struct {
			q         string
			want      []string
			corrected string
		}{
			{"advisry", []string{"advisory"}, "advisory"},
			{"Assesment!", []string{"assessment", "familias"}, "assessment!"},
			{"internshp", []string{"internship"}, "internship"},
			{"exhbition", []string{"exhibitions"}, "exhibition"},
			{"xhibitions panel", []string{"exhibitions"}, "exhibitions panel"},
			{"the pannel", nil, "the panel"},
			{"pubilc exhib", []string{"exhibitions"}, "public exhib"},
			{"math", nil, ""},
			{"exhbi", []string{"exhibitions"}, "exhibitions"},
			{"evaluacoin", []string{"assessment", "familias"}, "evaluación"},
			{"exhibition", []string{"exhibitions"}, ""},
			{"advisories", []string{"advisory"}, ""},
			{"family", []string{"familias", "plans"}, ""},
			{"familia escuelas", []string{"familias"}, ""},
			{"elodie", []string{"authored"}, ""},
			{"washor", []string{"authored"}, ""},
			{"LTI", []string{"internship"}, ""},
			{"learning through internship", []string{"internship"}, ""},
			{"pasantías", []string{"internship"}, ""},
			{"pasant", []string{"internship"}, ""},
			{"PD", []string{"development"}, ""},
			{"professional development", []string{"development", "professional"}, ""},
			{"profesional developmnt", []string{"development", "professional"}, "professional development"},
			{"plan de aprendizaje", []string{"familias", "plans"}, ""},
			{"plan de aprendisaje", []string{"familias", "plans"}, "plan de aprendizaje"},
			{"desarrollo profesional", []string{"development"}, ""},
			{"learning plans", []string{"familias", "plans"}, ""},
			{"internship lti mentor", []string{"internship"}, ""},
			{"apprenticeship", nil, ""}, // a draft's word is not told
			{"aprenticeship", nil, ""},
			{"pnl", nil, ""}, // too short to be a mistake
			{"advisory2", nil, ""},
		} {
			t.Run(c.q, func(t *testing.T) {
				page := mustPage(t, s, shop.ProductQuery{Q: c.q})
				if got := slugs(page.Items); !slices.Equal(got, c.want) || page.Corrected != c.corrected {
					t.Errorf("%q finds %v as %q, want %v as %q", c.q, got, page.Corrected, c.want, c.corrected)
				}
			})
		}
	})
}

func TestExactTitleComesFirst(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustImport(t, s, titled("more", "Advice: the Advisory", nil, ""), titled("just", "The Advisory", nil, ""),
			titled("tag", "A Start", []string{"the advisory"}, ""))
		for _, q := range []string{"the advisory", "The Ádvisory!", "the advisroy"} {
			for limit := 1; limit <= 3; limit++ {
				var got []string
				query := shop.ProductQuery{Q: q, Limit: limit}
				for {
					page := mustPage(t, s, query)
					got = append(got, slugs(page.Items)...)
					if query.Cursor = page.Next; query.Cursor == "" {
						break
					}
				}
				if want := []string{"just", "more", "tag"}; !slices.Equal(got, want) {
					t.Errorf("%q, %d at a time: %v, want %v", q, limit, got, want)
				}
			}
		}
	})
}

func TestNothingFoundLeadsOn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mustLibrary(t, s)
		for _, c := range []struct {
			q        string
			queries  []string
			products []string
		}{
			{"zzzzzzzz", nil, nil},
			{"mentors narratives", nil, []string{"assessment", "internship"}},
			{"authentic narratives panel", nil, []string{"assessment", "exhibitions"}},
			{"dance advisory", []string{"advisory"}, []string{"advisory"}}, // nothing is near to dance
			{"panxyl mentors", []string{"panel mentors"}, []string{"internship"}},
			{"🙂", nil, nil},
		} {
			t.Run(c.q, func(t *testing.T) {
				page := mustPage(t, s, shop.ProductQuery{Q: c.q})
				if page.Total != 0 || len(page.Items) != 0 {
					t.Fatalf("%q finds %v", c.q, slugs(page.Items))
				}
				if got := slugs(page.Suggested.Products); !slices.Equal(got, c.products) {
					t.Errorf("%q suggests the products %v, want %v", c.q, got, c.products)
				}
				if !slices.Equal(page.Suggested.Queries, c.queries) {
					t.Errorf("%q suggests %q, want %q", c.q, page.Suggested.Queries, c.queries)
				}
				for _, group := range page.Facets {
					for _, choice := range group.Choices {
						if choice.Count != 0 {
							t.Errorf("%s %s has %d of no products", group.Key, choice.Key, choice.Count)
						}
					}
				}
			})
		}
		narrowed := mustPage(t, s, shop.ProductQuery{Q: "advisory", Languages: []string{"es"}})
		if got := slugs(narrowed.Suggested.Products); narrowed.Total != 0 || !slices.Equal(got, []string{"advisory"}) {
			t.Errorf("in Spanish it finds %d and suggests %v", narrowed.Total, got)
		}
	})
}

func TestMarksShowWhatWasMatched(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mustLibrary(t, s)
		for _, c := range []struct{ q, slug, title, summary string }{
			{"advis", "advisory", "[Advisory] Structure", "How an [advisory] begins."},
			{"adviosry structure", "advisory", "[Advisory] [Structure]", "How an [advisory] begins."},
			{"exhibition", "exhibitions", "Public [Exhibitions]", "Showing what was learned to a panel."},
			{"evaluacion", "familias", "Familias en la escuela", "El plan de aprendizaje y la [evaluación] auténtica."},
			{"learning plan", "familias", "Familias en la escuela", "El [plan de aprendizaje] y la evaluación auténtica."},
			{"lti", "internship", "[Internship] Handbook", "Finding mentors."},
		} {
			page := mustPage(t, s, shop.ProductQuery{Q: c.q})
			i := slices.Index(slugs(page.Items), c.slug)
			if i < 0 {
				t.Errorf("%q does not find %s", c.q, c.slug)
				continue
			}
			p := page.Items[i]
			h := page.Highlights[p.ID]
			if title, summary := marked(p.Title, h.Title), marked(p.Summary, h.Summary); title != c.title || summary != c.summary {
				t.Errorf("%q marks %s and %s, want %s and %s", c.q, title, summary, c.title, c.summary)
			}
		}
		if page := mustPage(t, s, shop.ProductQuery{}); len(page.Highlights) != 0 {
			t.Errorf("without words %v is marked", page.Highlights)
		}
	})
}

func marked(text string, ranges []shop.Range) string {
	var b strings.Builder
	for _, piece := range shop.Pieces(text, ranges) {
		if piece.Match {
			b.WriteString("[" + piece.Text + "]")
		} else {
			b.WriteString(piece.Text)
		}
	}
	return b.String()
}

// One slip within a long word of a title still finds it.
func TestEverySlipFindsItsTitle(t *testing.T) {
	t.Parallel()
	titles := []string{
		"Advisory Structure", "Learning Through Internships", "Exhibitions Beyond Grades", "Families Welcome", "Quantitative Reasoning",
		"Évaluation Authentique", "Leadership Together", "Mentoring Handbook", "Empirical Questions",
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var entries []shop.CatalogEntry
		for i, title := range titles {
			entries = append(entries, titled(fmt.Sprintf("t%d", i), title, nil, ""))
		}
		storetest.MustImport(t, s, entries...)
		rapid.Check(t, func(rt *rapid.T) {
			i := rapid.IntRange(0, len(titles)-1).Draw(rt, "title")
			words := strings.Fields(titles[i])
			n := rapid.IntRange(0, len(words)-1).Draw(rt, "word")
			letters := []rune(words[n])
			if len(letters) < 5 {
				return
			}
			at := rapid.IntRange(0, len(letters)-2).Draw(rt, "letter")
			if rapid.Bool().Draw(rt, "leave out") {
				letters = slices.Delete(letters, at, at+1)
			} else {
				letters[at], letters[at+1] = letters[at+1], letters[at]
			}
			words[n] = string(letters)
			for _, q := range []string{words[n], strings.Join(words, " ")} {
				page, err := s.Products(context.Background(), shop.ProductQuery{Q: q})
				if err != nil || !slices.Contains(slugs(page.Items), fmt.Sprintf("t%d", i)) {
					rt.Fatalf("%q finds %v as %q, %v; not %q", q, slugs(page.Items), page.Corrected, err, titles[i])
				}
			}
		})
	})
}

func TestSynonymsAreStaffs(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mustLibrary(t, s)
		ctx, version := t.Context(), func() int64 {
			v, err := s.CatalogVersion(t.Context())
			must(t, err)
			return v
		}
		replace := func(was []string, group shop.Synonyms) error {
			act := shop.Act{Verb: "synonyms.edit", Subject: shop.Subject{Kind: "synonyms", ID: group.ID}}
			return s.ReplaceSynonyms(ctx, shop.Synonyms{ID: group.ID, Words: was}, group, act, storetest.Now())
		}
		groups, err := s.Synonyms(ctx)
		must(t, err)
		if !slices.ContainsFunc(groups, func(g shop.Synonyms) bool { return g.ID == "internship" && slices.Contains(g.Words, "LTI") }) {
			t.Errorf("the shop starts with %v", groups)
		}
		if got := mustList(t, s, shop.ProductQuery{Q: "jury"}); got != nil {
			t.Fatalf("jury finds %v already", got)
		}
		before := version()
		first := []string{"Panel", "jury", "critical friends"}
		must(t, replace(nil, shop.Synonyms{ID: "panel", Words: first}))
		wantError(t, replace(nil, shop.Synonyms{ID: "panel", Words: []string{"panel", "people"}}), shop.Conflict, "synonyms_changed")
		if version() <= before {
			t.Error("the version of the catalog is still the same")
		}
		for _, q := range []string{"jury", "critical friend", "juries"} {
			if got := mustList(t, s, shop.ProductQuery{Q: q}); !slices.Equal(got, []string{"exhibitions"}) {
				t.Errorf("%s finds %v", q, got)
			}
		}
		must(t, replace(first, shop.Synonyms{ID: "panel", Words: []string{"panel", "audience"}}))
		if old, now := mustList(t, s, shop.ProductQuery{Q: "jury"}), mustList(t, s, shop.ProductQuery{Q: "audience"}); old != nil || len(now) != 1 {
			t.Errorf("the replaced word finds %v, the new one %v", old, now)
		}
		must(t, replace([]string{"panel", "audience"}, shop.Synonyms{ID: "panel"}))
		after, err := s.Synonyms(ctx)
		must(t, err)
		if len(after) != len(groups) || mustList(t, s, shop.ProductQuery{Q: "audience"}) != nil {
			t.Errorf("the removed group is still among %v", after)
		}
		for name, group := range map[string]shop.Synonyms{
			"no name": {Words: []string{"a", "b"}}, "one word": {ID: "x", Words: []string{"a"}}, "signs": {ID: "x", Words: []string{"a", "?"}},
			"twice": {ID: "x", Words: []string{"Résumé", "resume"}}, "endless": {ID: "x", Words: []string{"a", strings.Repeat("b", 81)}},
			"no text": {ID: "x", Words: []string{"a", "b\x00"}}, "too many": {ID: "x", Words: slices.Repeat([]string{"a"}, 31)},
		} {
			t.Run(name, func(t *testing.T) {
				wantError(t, replace(nil, group), shop.Invalid, "invalid_synonyms")
			})
		}
	})
}

// What products are found by is written anew when the tables were made after the products.
func TestProductsOfBeforeAreIndexed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mustLibrary(t, s)
		for {
			must(t, s.MigrateDown(t.Context()))
			status := mustStatus(t, s)
			if i := slices.IndexFunc(status, func(m store.Migration) bool { return m.Version == 8 }); status[i].AppliedAt.IsZero() {
				break
			}
		}
		must(t, s.Migrate(t.Context()))
		if got := mustList(t, s, shop.ProductQuery{Q: "washor", Formats: []string{"pdf"}}); !slices.Equal(got, []string{"authored"}) {
			t.Errorf("found %v", got)
		}
	})
}

// No words make the database fail, and what comes back is sound.
func FuzzSearch(f *testing.F) {
	for _, q := range []string{"", "advisory", `"' OR 1=1 --`, "lti plan de", "é\u0301", "\x00\xff", "a* NEAR(b) {c}:d", "'|&!<->():*", "advisry internshp", strings.Repeat("ab ", 50)} {
		f.Add(q)
	}
	stores := []*store.Store{storetest.Open(f, storetest.SQLite(f)), storetest.Open(f, storetest.PostgreSQL(f))}
	for _, s := range stores {
		mustLibrary(f, s)
	}
	f.Fuzz(func(t *testing.T, q string) {
		var first []string
		for i, s := range stores {
			page := mustPage(t, s, shop.ProductQuery{Q: q})
			if page.Total != len(page.Items) || !utf8.ValidString(page.Corrected) {
				t.Errorf("%q: %d of %d as %q", q, len(page.Items), page.Total, page.Corrected)
			}
			if i == 0 {
				first = slugs(page.Items)
			} else if got := slugs(page.Items); !slices.Equal(got, first) {
				t.Errorf("%q finds %v on SQLite and %v on PostgreSQL", q, first, got)
			}
		}
	})
}

func mustPage(t testing.TB, s *store.Store, query shop.ProductQuery) shop.ProductPage {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	page, err := s.Products(ctx, query)
	if err != nil {
		t.Fatalf("%q: %v", query.Q, err)
	}
	return page
}

func slugs(products []shop.Product) []string {
	var list []string
	for _, p := range products {
		list = append(list, p.Slug)
	}
	return list
}
