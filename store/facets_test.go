package store_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

// mustFaceted brings in titles of all kinds, formats, languages and prices.
func mustFaceted(t testing.TB, s *store.Store) {
	t.Helper()
	handbook := func(slug, title, language string, price int64, distinguishers, goals []string, files ...string) shop.CatalogEntry {
		entry := storetest.Handbook(slug, title)
		p := &entry.Product
		p.Language, p.Distinguishers, p.Goals, p.Variants = language, distinguishers, goals, storetest.Variants(price, 90000)
		pdf := p.Editions[0].Files[0]
		p.Editions[0].Files = nil
		for _, name := range files {
			file := pdf
			file.Name = name
			p.Editions[0].Files = append(p.Editions[0].Files, file)
		}
		return entry
	}
	draft := handbook("draft", "Draft", "fr", 0, []string{"culture"}, nil, "a.zip")
	draft.Product.Status = shop.Draft
	storetest.MustImport(t, s,
		handbook("a", "Advisory", "en", 1900, []string{"advisory", "lti"}, []string{"communication"}, "a.pdf", "a.EPUB"),
		handbook("b", "Family Advisory", "en", 0, []string{"family"}, []string{"communication", "social-reasoning"}, "b.pdf", "b.zip"),
		handbook("c", "Familias", "es", 2500, []string{"family", "advisory"}, nil, "c.docx", "c.txt"),
		handbook("d", "Leadership", "en", 2500, []string{"leadership"}, nil, "d.pdf"),
		storetest.Bundle("all", "All on Advisory", "a", "c"), draft)
}

func TestFacetsNarrow(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mustFaceted(t, s)
		for name, c := range map[string]struct {
			query shop.ProductQuery
			want  []string
		}{
			"one or the other":                    {shop.ProductQuery{Distinguishers: []string{"lti", "leadership"}}, []string{"a", "d"}},
			"and between them":                    {shop.ProductQuery{Distinguishers: []string{"family", "advisory"}, Goals: []string{"communication"}}, []string{"a", "all", "b"}},
			"format":                              {shop.ProductQuery{Formats: []string{"epub", "zip"}}, []string{"a", "all", "b"}},
			"a bundle has its handbooks' formats": {shop.ProductQuery{Kinds: []shop.ProductKind{shop.Bundle}, Formats: []string{"docx"}}, []string{"all"}},
			"another file":                        {shop.ProductQuery{Formats: []string{"txt"}}, nil},
			"language":                            {shop.ProductQuery{Languages: []string{"es"}}, []string{"c"}},
			"a draft's":                           {shop.ProductQuery{Languages: []string{"fr"}}, nil},
			"free":                                {shop.ProductQuery{Prices: []string{"free"}}, []string{"b"}},
			"free or not":                         {shop.ProductQuery{Prices: []string{"free", "paid"}}, []string{"a", "all", "c", "b", "d"}},
			"with words":                          {shop.ProductQuery{Q: "advisroy", Prices: []string{"paid"}, Languages: []string{"en"}}, []string{"a", "all"}},
			"no such thing":                       {shop.ProductQuery{Prices: []string{"\x00' OR 1=1"}}, nil},
		} {
			t.Run(name, func(t *testing.T) {
				c.query.Sort = shop.SortTitle
				if got := mustList(t, s, c.query); !slices.Equal(got, c.want) {
					t.Errorf("got %v, want %v", got, c.want)
				}
			})
		}
	})
}

func TestFormatsFollowTheNewestEdition(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mustFaceted(t, s)
		entry := storetest.Handbook("a", "Advisory")
		entry.Product.Editions = []shop.Edition{storetest.Edition("a", 2)}
		entry.Product.Editions[0].Files[0].Name = "a.zip"
		storetest.MustImport(t, s, entry)
		for format, want := range map[string][]string{"zip": {"a", "all", "b"}, "epub": nil, "docx": {"all", "c"}} {
			if got := mustList(t, s, shop.ProductQuery{Formats: []string{format}, Sort: shop.SortTitle}); !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", format, got, want)
			}
		}
	})
}

// What is counted beside a choice is how many titles there are when it is the one that is chosen in its facet.
func TestCountsAreWhatChoosingFinds(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mustFaceted(t, s)
		some := func(values ...string) *rapid.Generator[[]string] {
			return rapid.SliceOfNDistinct(rapid.SampledFrom(values), 0, 2, rapid.ID[string])
		}
		rapid.Check(t, func(rt *rapid.T) {
			query := shop.ProductQuery{
				Q:              rapid.SampledFrom([]string{"", "advisory", "famly", "zzzz", "all advi"}).Draw(rt, "q"),
				Distinguishers: some("advisory", "family", "lti", "college").Draw(rt, "distinguishers"),
				Goals:          some("communication", "social-reasoning").Draw(rt, "goals"),
				Formats:        some("pdf", "epub", "zip", "docx").Draw(rt, "formats"),
				Languages:      some("en", "es", "fr").Draw(rt, "languages"),
				Prices:         some("free", "paid").Draw(rt, "prices"),
			}
			page := mustPage(t, s, query)
			group := rapid.SampledFrom(page.Facets).Draw(rt, "facet")
			if len(group.Choices) == 0 {
				return
			}
			choice := rapid.SampledFrom(group.Choices).Draw(rt, "choice")
			one := []string{choice.Key}
			switch group.Key {
			case shop.FacetDistinguisher:
				query.Distinguishers = one
			case shop.FacetGoal:
				query.Goals = one
			case shop.FacetKind:
				query.Kinds = []shop.ProductKind{shop.ProductKind(choice.Key)}
			case shop.FacetFormat:
				query.Formats = one
			case shop.FacetLanguage:
				query.Languages = one
			case shop.FacetPrice:
				query.Prices = one
			}
			if found := mustPage(t, s, query); found.Total != choice.Count {
				rt.Fatalf("%s %s is counted %d times, %+v finds %d", group.Key, choice.Key, choice.Count, query, found.Total)
			}
		})
	})
}

func TestLanguagesAreThoseThereAre(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mustFaceted(t, s)
		page := mustPage(t, s, shop.ProductQuery{Languages: []string{"de"}})
		i := slices.IndexFunc(page.Facets, func(g shop.FacetGroup) bool { return g.Key == shop.FacetLanguage })
		want := []shop.FacetCount{
			{Facet: shop.Facet{Key: "en", Name: "English"}, Count: 4},
			{Facet: shop.Facet{Key: "es", Name: "español"}, Count: 1},
			{Facet: shop.Facet{Key: "de", Name: "Deutsch"}, Chosen: true},
		}
		if got := page.Facets[i].Choices; !slices.Equal(got, want) {
			t.Errorf("the languages are %v, want %v", got, want)
		}
	})
}
