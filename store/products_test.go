package store_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

func TestProductHasAllThatBelongsToIt(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		entry := storetest.Handbook("a", "Ä Handbook")
		entry.Product.Contents = append(entry.Product.Contents, shop.ContentEntry{Title: "“Ends”", Page: 38, Level: 2})
		entry.Product.Distinguishers, entry.Product.Goals = []string{"lti", "advisory"}, []string{"communication", "empirical-reasoning"}
		slices.Reverse(entry.Product.Variants) // the cheapest comes first all the same
		storetest.MustImport(t, s, entry)
		entry.Product.Editions = []shop.Edition{storetest.Edition("a", 2)}
		storetest.MustImport(t, s, entry)

		got, want := storetest.MustProduct(t, s, "a"), entry.Product
		if got.Title != want.Title || got.Subtitle != want.Subtitle || got.Summary != want.Summary || got.Description != want.Description ||
			got.Pages != want.Pages || got.Language != want.Language || got.Kind != want.Kind || got.Status != want.Status {
			t.Errorf("got %+v", got)
		}
		for name, lists := range map[string][2][]string{
			"authors": {got.Authors, want.Authors}, "tags": {got.Tags, want.Tags}, "accessibility": {got.Accessibility, want.Accessibility},
			"distinguishers": {got.Distinguishers, want.Distinguishers}, "goals": {got.Goals, want.Goals},
		} {
			if !slices.Equal(lists[0], lists[1]) {
				t.Errorf("%s: %v, want %v", name, lists[0], lists[1])
			}
		}
		if !slices.Equal(got.Contents, want.Contents) {
			t.Errorf("contents: %v", got.Contents)
		}
		if len(got.Variants) != 2 || got.Variants[0].Kind != shop.Individual || got.From() != (shop.Money{Amount: 1900, Currency: "usd"}) {
			t.Errorf("variants: %+v", got.Variants)
		}
		if len(got.Editions) != 2 || got.Edition().Number != 2 || len(got.Editions[1].Files) != 1 || got.Editions[1].Files[0].Size != 1234 {
			t.Errorf("editions: %+v", got.Editions)
		}
		if !got.PublishedAt.Equal(storetest.Now()) || got.PublishedAt.Location() != time.UTC {
			t.Errorf("published at %v", got.PublishedAt)
		}
	})
}

func TestProductStatesAndParts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		draft, archived := storetest.Handbook("draft", "Draft"), storetest.Handbook("archived", "Archived")
		draft.Product.Status, archived.Product.Status = shop.Draft, shop.Archived
		storetest.MustImport(t, s, draft, archived, storetest.Handbook("sold", "Sold"),
			storetest.Bundle("all", "All", "sold", "draft", "archived"))

		if _, err := s.Product(t.Context(), "draft"); !errors.Is(err, store.ErrProductNotFound) {
			t.Errorf("a draft: %v", err)
		}
		for _, slug := range []string{"", "none", "a\x00b", "\xff"} {
			if _, err := s.Product(t.Context(), slug); !errors.Is(err, store.ErrProductNotFound) {
				t.Errorf("slug %q: %v", slug, err)
			}
		}
		if got := storetest.MustProduct(t, s, "archived"); got.Status != shop.Archived {
			t.Errorf("status %s", got.Status)
		}
		bundle := storetest.MustProduct(t, s, "all")
		if len(bundle.Parts) != 2 || bundle.Parts[0].Slug != "sold" || bundle.Parts[1].Slug != "archived" || bundle.Edition() != nil {
			t.Fatalf("parts %+v", bundle.Parts)
		}
		part := bundle.Parts[0]
		if part.Price != (shop.Money{Amount: 1900, Currency: "usd"}) || part.Edition != 1 || part.Pages != 40 || !slices.Equal(part.Distinguishers, []string{"advisory"}) {
			t.Errorf("part %+v", part)
		}
		if got := mustList(t, s, shop.ProductQuery{}); !slices.Equal(got, []string{"all", "sold"}) {
			t.Errorf("the list is %v", got)
		}
	})
}

// mustShelf brings in handbooks that differ in all that a list can look at.
func mustShelf(t *testing.T, s *store.Store) {
	t.Helper()
	var entries []shop.CatalogEntry
	for i, title := range []string{"Éclairs for Advisors", "apples and Advisory", "Zebras", "bread"} {
		entry := storetest.Handbook(fmt.Sprintf("h%d", i), title)
		entry.Product.Variants = storetest.Variants([]int64{300, 100, 100, 200}[i], 9000)
		entry.Product.PublishedAt = storetest.Now().Add([]time.Duration{2, 3, 3, 1}[i] * time.Hour)
		entry.Product.Distinguishers = [][]string{{"lti", "advisory"}, {"advisory"}, {"lti"}, {"family"}}[i]
		entry.Product.Goals = [][]string{{"communication"}, {"communication"}, nil, nil}[i]
		entries = append(entries, entry)
	}
	storetest.MustImport(t, s, append(entries, storetest.Bundle("b", "Bundle", "h0"))...)
}

func TestProductLists(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mustShelf(t, s)
		for name, c := range map[string]struct {
			query shop.ProductQuery
			want  []string
		}{
			"newest first":       {shop.ProductQuery{}, []string{"h2", "h1", "h0", "h3", "b"}},
			"newest, in words":   {shop.ProductQuery{Sort: shop.SortNewest}, []string{"h2", "h1", "h0", "h3", "b"}},
			"relevance of none":  {shop.ProductQuery{Sort: shop.SortRelevance, Q: "  "}, []string{"h2", "h1", "h0", "h3", "b"}},
			"by title":           {shop.ProductQuery{Sort: shop.SortTitle}, []string{"h1", "h3", "b", "h0", "h2"}},
			"by price":           {shop.ProductQuery{Sort: shop.SortPrice}, []string{"h1", "h2", "h3", "h0", "b"}},
			"by distinguisher":   {shop.ProductQuery{Distinguishers: []string{"lti"}}, []string{"h2", "h0"}},
			"by goal":            {shop.ProductQuery{Goals: []string{"communication"}}, []string{"h1", "h0", "b"}},
			"by both":            {shop.ProductQuery{Distinguishers: []string{"lti"}, Goals: []string{"communication"}}, []string{"h0"}},
			"a goal is no other": {shop.ProductQuery{Distinguishers: []string{"communication"}}, nil},
			"by kind":            {shop.ProductQuery{Kinds: []shop.ProductKind{shop.Bundle}}, []string{"b"}},
			"words by title":     {shop.ProductQuery{Q: "advis", Sort: shop.SortTitle, Kinds: []shop.ProductKind{shop.Handbook}}, []string{"h1", "h3", "h0", "h2"}},
		} {
			t.Run(name, func(t *testing.T) {
				if got := mustList(t, s, c.query); !slices.Equal(got, c.want) {
					t.Errorf("got %v, want %v", got, c.want)
				}
			})
		}
	})
}

func TestListLeavesOutWhatItDoesNotShow(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		entry := storetest.Handbook("a", "A")
		storetest.MustImport(t, s, entry)
		entry.Product.Editions = []shop.Edition{storetest.Edition("a", 2)}
		storetest.MustImport(t, s, entry)
		page, err := s.Products(t.Context(), shop.ProductQuery{})
		if err != nil {
			t.Fatal(err)
		}
		got := page.Items[0]
		if got.Description != "" || got.Contents != nil || len(got.Editions) != 1 || got.Edition().Number != 2 || len(got.Edition().Files) != 1 {
			t.Errorf("got %+v", got)
		}
		if got.Summary == "" || len(got.Variants) != 2 || len(got.Distinguishers) != 1 || len(got.Tags) != 1 {
			t.Errorf("got %+v", got)
		}
	})
}

// Each title that was there at the start comes exactly once, whatever is added while somebody reads on.
func TestPagesCoverEachOnceWhileTitlesAreAdded(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var entries []shop.CatalogEntry
		for i := range 11 {
			entry := storetest.Handbook(fmt.Sprintf("old-%02d", i), fmt.Sprintf("Same Words %d", i%3))
			entry.Product.PublishedAt = storetest.Now().Add(time.Duration(i%4) * time.Microsecond)
			entry.Product.Variants = storetest.Variants(int64(i%2), 100)
			entries = append(entries, entry)
		}
		storetest.MustImport(t, s, entries...)
		added := 0
		for _, query := range []shop.ProductQuery{
			{Sort: shop.SortNewest}, {Sort: shop.SortTitle}, {Sort: shop.SortPrice}, {Q: "same"}, {Q: "handbook", Goals: []string{"communication"}},
		} {
			seen := map[string]int{}
			query.Limit = 3
			for {
				page, err := s.Products(t.Context(), query)
				if err != nil {
					t.Fatal(err)
				}
				for _, product := range page.Items {
					seen[product.Slug]++
				}
				if page.Next == "" {
					break
				}
				if query.Cursor == page.Next || len(page.Items) != query.Limit {
					t.Fatalf("a page of %d that does not lead on", len(page.Items))
				}
				query.Cursor = page.Next
				added++
				storetest.MustImport(t, s, storetest.Handbook(fmt.Sprintf("new-%02d", added), "Same Words 1"))
			}
			for i := range 11 {
				if slug := fmt.Sprintf("old-%02d", i); seen[slug] != 1 {
					t.Errorf("%s %q: %s came %d times", query.Sort, query.Q, slug, seen[slug])
				}
			}
		}
	})
}

func TestListRefusesWhatMakesNoSense(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mustShelf(t, s)
		page, err := s.Products(t.Context(), shop.ProductQuery{Limit: 1, Sort: shop.SortTitle})
		if err != nil || page.Next == "" || page.Total != 5 {
			t.Fatalf("%+v, %v", page, err)
		}
		encode := base64.RawURLEncoding.EncodeToString
		for name, c := range map[string]struct {
			query shop.ProductQuery
			code  string
		}{
			"negative limit":  {shop.ProductQuery{Limit: -1}, "invalid_limit"},
			"limit too large": {shop.ProductQuery{Limit: shop.MaxPage + 1}, "invalid_limit"},
			"unknown sort":    {shop.ProductQuery{Sort: "random()"}, "invalid_sort"},
			"no base64":       {shop.ProductQuery{Cursor: "%%%"}, "invalid_cursor"},
			"no list":         {shop.ProductQuery{Cursor: encode([]byte(`{"a":1}`))}, "invalid_cursor"},
			"too short":       {shop.ProductQuery{Cursor: encode([]byte(`["newest"]`))}, "invalid_cursor"},
			"no time":         {shop.ProductQuery{Cursor: encode([]byte(`["newest","yesterday","id"]`))}, "invalid_cursor"},
			"no price":        {shop.ProductQuery{Cursor: encode([]byte(`["price","cheap","id"]`)), Sort: shop.SortPrice}, "invalid_cursor"},
			"no tier":         {shop.ProductQuery{Cursor: encode([]byte(`["relevance","x","t","id"]`)), Q: "a"}, "invalid_cursor"},
			"a NUL":           {shop.ProductQuery{Cursor: encode([]byte(`["title","\u0000","id"]`)), Sort: shop.SortTitle}, "invalid_cursor"},
			"another list's":  {shop.ProductQuery{Cursor: page.Next, Sort: shop.SortPrice}, "invalid_cursor"},
		} {
			t.Run(name, func(t *testing.T) { wantError(t, list(s, c.query), shop.Invalid, c.code) })
		}
		if page, err := s.Products(t.Context(), shop.ProductQuery{Distinguishers: []string{"none' OR 1=1 --"}, Kinds: []shop.ProductKind{"toy"}}); err != nil || page.Total != 0 {
			t.Errorf("unknown terms find %d, %v", page.Total, err)
		}
	})
}

func TestCatalogVersionGrowsWithChangesOnly(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		version := func() int64 {
			v, err := s.CatalogVersion(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		entry := storetest.Handbook("a", "A")
		empty := version()
		storetest.MustImport(t, s, entry)
		first := version()
		storetest.MustImport(t, s, entry)
		if again := version(); first <= empty || again != first {
			t.Errorf("versions %d, %d, unchanged %d", empty, first, again)
		}
		entry.Product.Variants[0].Price.Amount++
		storetest.MustImport(t, s, entry)
		if second := version(); second <= first {
			t.Errorf("a new price leads from version %d to %d", first, second)
		}
	})
}

func list(s *store.Store, query shop.ProductQuery) error {
	_, err := s.Products(context.Background(), query)
	return err
}

func mustList(t *testing.T, s *store.Store, query shop.ProductQuery) []string {
	t.Helper()
	page, err := s.Products(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	if page.Total != len(page.Items) {
		t.Errorf("%d of %d", len(page.Items), page.Total)
	}
	var slugs []string
	for _, product := range page.Items {
		slugs = append(slugs, product.Slug)
	}
	return slugs
}

func wantError(t *testing.T, err error, kind shop.Kind, code string) {
	t.Helper()
	var known *shop.Error
	if !errors.As(err, &known) || known.Kind != kind || known.Code != code {
		t.Errorf("error %v, want %s %s", err, kind, code)
	}
}

func mustOrder(t *testing.T, s *store.Store, id string) shop.Order {
	t.Helper()
	order, err := s.Order(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return order
}

// A handbook knows the bundles that sell it; one that is not sold is left out.
func TestBundlesWithAHandbook(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		draft := storetest.Bundle("later", "Later", "a")
		draft.Product.Status = shop.Draft
		storetest.MustImport(t, s, storetest.Handbook("a", "A"), storetest.Handbook("b", "B"), storetest.Handbook("c", "C"),
			storetest.Bundle("pair", "Pair", "b", "a"), storetest.Bundle("all", "All", "a", "b"), draft)
		for slug, want := range map[string][]string{"a": {"all", "pair"}, "c": nil} {
			bundles, err := s.BundlesWith(t.Context(), storetest.MustProduct(t, s, slug).ID)
			if err != nil {
				t.Fatal(err)
			}
			var slugs []string
			for _, bundle := range bundles {
				slugs = append(slugs, bundle.Slug)
				if len(bundle.Parts) != 2 || len(bundle.Variants) == 0 {
					t.Errorf("%s has %d handbooks and %d licences", bundle.Slug, len(bundle.Parts), len(bundle.Variants))
				}
			}
			if !slices.Equal(slugs, want) {
				t.Errorf("%s is part of %v, want %v", slug, slugs, want)
			}
		}
	})
}
