package store_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

func TestImportCountsWhatItDid(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		base := func() shop.CatalogEntry { return storetest.Handbook("a", "A") }
		pair := func() shop.CatalogEntry { return storetest.Bundle("pair", "Pair", "a", "b") }
		b := storetest.Handbook("b", "B")
		if got := storetest.MustImport(t, s, pair(), base(), b); got != (shop.Imported{Created: 3}) {
			t.Fatalf("first: %+v", got)
		}
		before := storetest.MustProduct(t, s, "a")
		for name, change := range map[string]func(*shop.Product){
			"title":             func(p *shop.Product) { p.Title = "Another" },
			"subtitle gone":     func(p *shop.Product) { p.Subtitle = "" },
			"description":       func(p *shop.Product) { p.Description = "New" },
			"authors":           func(p *shop.Product) { p.Authors = append(p.Authors, "Second") },
			"no tags":           func(p *shop.Product) { p.Tags = nil },
			"contents":          func(p *shop.Product) { p.Contents[0].Page++ },
			"distinguisher":     func(p *shop.Product) { p.Distinguishers = append(p.Distinguishers, "lti") },
			"no goals":          func(p *shop.Product) { p.Goals = nil },
			"pages":             func(p *shop.Product) { p.Pages = 0 },
			"price":             func(p *shop.Product) { p.Variants[1].Price.Amount = 0 },
			"SKU":               func(p *shop.Product) { p.Variants[0].SKU = "X" },
			"one licence":       func(p *shop.Product) { p.Variants = p.Variants[1:] },
			"no licence":        func(p *shop.Product) { p.Variants = nil },
			"notes":             func(p *shop.Product) { p.Editions[0].Notes = "Corrected." },
			"published earlier": func(p *shop.Product) { p.PublishedAt = storetest.Now().Add(-time.Hour) },
			"archived":          func(p *shop.Product) { p.Status = shop.Archived },
		} {
			t.Run(name, func(t *testing.T) {
				entry := base()
				change(&entry.Product)
				if got := storetest.MustImport(t, s, entry, b); got != (shop.Imported{Updated: 1, Unchanged: 1}) {
					t.Errorf("changed: %+v", got)
				}
				if got := storetest.MustImport(t, s, entry, b); got != (shop.Imported{Unchanged: 2}) {
					t.Errorf("again: %+v", got)
				}
				reset := base()
				reset.Product.PublishedAt = before.PublishedAt
				storetest.MustImport(t, s, reset)
			})
		}
		after := storetest.MustProduct(t, s, "a")
		if after.ID != before.ID || !slices.Equal(after.Variants, before.Variants) || after.Edition().ID != before.Edition().ID {
			t.Errorf("ids changed: %+v, %+v", before, after)
		}

		if got := storetest.MustImport(t, s, storetest.Bundle("pair", "Pair", "b", "a")); got != (shop.Imported{Updated: 1}) {
			t.Errorf("parts turned: %+v", got)
		}
		if got := storetest.MustProduct(t, s, "pair"); got.Parts[0].Slug != "b" {
			t.Errorf("parts %+v", got.Parts)
		}
		if got := storetest.MustImport(t, s); got != (shop.Imported{}) {
			t.Errorf("nothing: %+v", got)
		}
	})
}

func TestImportOfEditions(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		numbered := func(status shop.ProductStatus, number int, files string) shop.CatalogEntry {
			entry := storetest.Handbook("a", "A")
			entry.Product.Status = status
			entry.Product.Editions = []shop.Edition{storetest.Edition(files, number)}
			return entry
		}
		storetest.MustImport(t, s, numbered(shop.Draft, 1, "one"))
		if got := storetest.MustImport(t, s, numbered(shop.Draft, 1, "two")); got.Updated != 1 {
			t.Errorf("a draft's files: %+v", got)
		}
		storetest.MustImport(t, s, numbered(shop.Published, 1, "two"))
		files := storetest.MustProduct(t, s, "a").Editions[0].Files
		if len(files) != 1 || files[0].Name != "two.pdf" {
			t.Fatalf("files %+v", files)
		}

		err := importing(s, numbered(shop.Published, 1, "three"))
		wantError(t, err, shop.Conflict, "edition_exists")
		if message := shop.AsError(err).Message.String(); !strings.Contains(message, `"a"`) || !strings.Contains(message, "Edition 1") {
			t.Errorf("message %q", message)
		}
		if got := storetest.MustImport(t, s, numbered(shop.Published, 3, "three")); got.Updated != 1 {
			t.Errorf("a new edition: %+v", got)
		}
		wantError(t, importing(s, numbered(shop.Published, 2, "two")), shop.Conflict, "edition_older")
		got := storetest.MustProduct(t, s, "a")
		if len(got.Editions) != 2 || got.Editions[0].Number != 3 || got.Editions[1].Files[0].ID != files[0].ID {
			t.Errorf("editions %+v", got.Editions)
		}
	})
}

func TestImportIsAllOrNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		version, err := s.CatalogVersion(t.Context())
		must(t, err)
		changed := storetest.Handbook(storetest.Advisory, "Changed")
		draft := storetest.Handbook(storetest.Projects, "Projects in the Real World")
		draft.Product.Status = shop.Draft
		priceless := storetest.Handbook("priceless", "Priceless")
		priceless.Product.Variants[0].Price.Amount = -1
		including := storetest.Handbook("new", "New")
		including.Includes = []string{storetest.Advisory}
		for name, c := range map[string]struct {
			entry shop.CatalogEntry
			kind  shop.Kind
			code  string
		}{
			"unknown handbook":     {storetest.Bundle("new", "New", "missing"), shop.Invalid, "unknown_handbook"},
			"a bundle in a bundle": {storetest.Bundle("new", "New", storetest.Both), shop.Invalid, "unknown_handbook"},
			"a handbook twice":     {storetest.Bundle("new", "New", storetest.Projects, storetest.Projects), shop.Invalid, "handbook_twice"},
			"parts of a handbook":  {including, shop.Invalid, "not_a_bundle"},
			"the slug twice":       {changed, shop.Invalid, "slug_twice"},
			"another kind":         {storetest.Bundle(storetest.Projects, "Projects"), shop.Conflict, "kind_changed"},
			"published to draft":   {draft, shop.Conflict, "was_published"},
		} {
			t.Run(name, func(t *testing.T) { wantError(t, importing(s, changed, c.entry), c.kind, c.code) })
		}
		if err := importing(s, changed, priceless); err == nil {
			t.Error("a negative price was taken")
		}
		if got := storetest.MustProduct(t, s, storetest.Advisory); got.Title == "Changed" {
			t.Error("half of an import was kept")
		}
		if after, err := s.CatalogVersion(t.Context()); err != nil || after != version {
			t.Errorf("version %d, was %d, %v", after, version, err)
		}
	})
}

func TestImportsAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var all sync.WaitGroup
		for range 6 {
			all.Go(func() {
				if err := importing(s, storetest.Handbook("a", "A"), storetest.Handbook("b", "B"), storetest.Bundle("ab", "AB", "a", "b")); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if got := mustList(t, s, shop.ProductQuery{Sort: shop.SortTitle}); !slices.Equal(got, []string{"a", "ab", "b"}) {
			t.Errorf("products %v", got)
		}
	})
}

func importing(s *store.Store, entries ...shop.CatalogEntry) error {
	_, err := s.ImportProducts(context.Background(), entries, storetest.Now())
	return err
}
