package store_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

// A right to a bundle reaches what the bundle held when it was ordered, and what it gained for everybody since.
func TestWhoGetsTheHandbooksOfABundle(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(s)
		storetest.MustProducts(t, s)
		set := func(forOwners bool, handbooks ...string) {
			t.Helper()
			d.now = d.now.Add(time.Hour)
			change := shop.PartsChange{Slug: storetest.Both, Version: mustEdit(t, s, storetest.Both).Version, Handbooks: handbooks, ForOwners: &forOwners}
			_, err := d.SetParts(t.Context(), d.by, change)
			must(t, err)
		}
		early := paidAt(t, s, d.now)
		set(false, storetest.Advisory, storetest.Projects, storetest.Starter)
		middle := paidAt(t, s, d.now.Add(time.Minute))
		wantOwned(t, s, early, storetest.Advisory, storetest.Projects)
		wantOwned(t, s, middle, storetest.Advisory, storetest.Projects, storetest.Starter)

		set(true, storetest.Starter, storetest.Advisory)
		late := paidAt(t, s, d.now.Add(time.Minute))
		wantOwned(t, s, early, storetest.Advisory, storetest.Projects)
		wantOwned(t, s, middle, storetest.Advisory, storetest.Projects, storetest.Starter)
		wantOwned(t, s, late, storetest.Advisory, storetest.Starter)
		if parts := storetest.MustProduct(t, s, storetest.Both).Parts; len(parts) != 2 || parts[0].Slug != storetest.Starter || parts[1].Slug != storetest.Advisory {
			t.Errorf("the shelf shows %+v", parts)
		}
		within, err := s.BundlesWith(t.Context(), storetest.MustProduct(t, s, storetest.Projects).ID)
		if err != nil || len(within) != 0 {
			t.Errorf("what was taken out is in %v (%v)", within, err)
		}

		set(false, storetest.Starter, storetest.Advisory, storetest.Projects)
		wantOwned(t, s, early, storetest.Advisory, storetest.Projects)
		wantOwned(t, s, late, storetest.Advisory, storetest.Starter)
		wantOwned(t, s, paidAt(t, s, d.now), storetest.Advisory, storetest.Projects, storetest.Starter)
		set(false, storetest.Starter, storetest.Advisory)
		set(true, storetest.Starter, storetest.Advisory, storetest.Projects)
		for _, order := range []string{middle, late} {
			wantOwned(t, s, order, storetest.Advisory, storetest.Projects, storetest.Starter)
		}
		library, err := s.LibraryFiles(t.Context(), "ada@school.example")
		if err != nil || len(library) != 11 {
			t.Errorf("the library holds %d files (%v)", len(library), err)
		}
	})
}

// paidAt is the id of an order for the bundle that was placed at that time.
func paidAt(t *testing.T, s *store.Store, when time.Time) string {
	t.Helper()
	order := storetest.NewOrder(t, storetest.MustCart(t, s, storetest.Both))
	order.PlacedAt, order.SessionID = when, "cs_"+order.ID
	placed, err := s.PlaceOrder(context.Background(), order, shop.Change{})
	must(t, err)
	return storetest.MustApply(t, s, storetest.Payment(placed), shop.EventApplied).ID
}

func wantOwned(t *testing.T, s *store.Store, order string, want ...string) {
	t.Helper()
	var got []string
	for _, file := range mustFiles(t, s, order) {
		got = append(got, file.ProductSlug)
		if _, err := s.OwnedFile(t.Context(), order, file.ID); err != nil {
			t.Errorf("%s: %v", file.ProductSlug, err)
		}
	}
	if slices.Sort(got); !slices.Equal(got, want) {
		t.Errorf("the order reaches %v, want %v", got, want)
	}
}

func TestAChangeOfABundleAsksWhoGetsIt(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(s)
		storetest.MustProducts(t, s)
		storetest.MustPaidOrder(t, s, storetest.Both)
		storetest.MustPaidOrder(t, s, storetest.Both) // the same buyer again
		version := mustEdit(t, s, storetest.Both).Version
		yes := true
		for code, change := range map[string]shop.PartsChange{
			"invalid_parts":      {Version: version, Handbooks: []string{storetest.Advisory, storetest.Projects, storetest.Starter}},
			"unfit_for_the_shop": {Version: version, Handbooks: []string{storetest.Advisory}},
			"product_changed":    {Version: version + 1, Handbooks: []string{storetest.Advisory}, ForOwners: &yes},
		} {
			change.Slug = storetest.Both
			if _, err := d.SetParts(t.Context(), d.by, change); shop.AsError(err) == nil || shop.AsError(err).Code != code {
				t.Errorf("%+v: %v, want %s", change, err, code)
			}
		}
		for _, handbooks := range [][]string{{storetest.Advisory, "none"}, {storetest.Advisory, storetest.Both}, {storetest.Advisory, storetest.Advisory}, {"\x00"}} {
			_, err := d.SetParts(t.Context(), d.by, shop.PartsChange{Slug: storetest.Both, Version: version, Handbooks: handbooks, ForOwners: &yes})
			wantError(t, err, shop.Invalid, "invalid_parts")
		}
		change := shop.PartsChange{Slug: storetest.Both, Version: version, Handbooks: []string{storetest.Starter, storetest.Projects, storetest.Advisory}, ForOwners: &yes}
		p, err := d.SetParts(t.Context(), d.by, change)
		must(t, err)
		if act := lastAct(t, s); p.Version != version+1 || act.Verb != "bundle.parts" || act.After["owners"] != 1.0 || act.After["for_owners"] != true {
			t.Errorf("version %d, the act is %+v", p.Version, act)
		}
	})
}

func TestAnImportedBundleKeepsWhatWasSold(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		order := paidAt(t, s, storetest.Now().Add(-time.Hour))
		storetest.MustImport(t, s, storetest.Bundle(storetest.Both, "Advisory and Projects", storetest.Starter, storetest.Advisory))
		wantOwned(t, s, order, storetest.Advisory, storetest.Projects, storetest.Starter)
	})
}

func TestTheStepBackLeavesBundlesAsTheyAre(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(s)
		storetest.MustProducts(t, s)
		change := shop.PartsChange{Slug: storetest.Both, Version: 1, Handbooks: []string{storetest.Starter, storetest.Advisory}}
		_, err := d.SetParts(t.Context(), d.by, change)
		must(t, err)
		for _, m := range mustStatus(t, s) {
			if m.Version >= 13 {
				must(t, s.MigrateDown(t.Context()))
			}
		}
		must(t, s.Migrate(t.Context()))
		if parts := storetest.MustProduct(t, s, storetest.Both).Parts; len(parts) != 2 || parts[0].Slug != storetest.Starter || parts[1].Slug != storetest.Advisory {
			t.Errorf("the bundle holds %+v", parts)
		}
	})
}

// Of a new edition are told those whom the handbook reaches in their bundle.
func TestOnlyThoseWhomAHandbookReachesAreToldOfIt(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(s)
		storetest.MustProducts(t, s)
		paidAt(t, s, d.now)
		no := false
		d.now = d.now.Add(time.Hour)
		change := shop.PartsChange{Slug: storetest.Both, Version: 1, Handbooks: []string{storetest.Starter, storetest.Advisory}, ForOwners: &no}
		_, err := d.SetParts(t.Context(), d.by, change)
		must(t, err)
		for _, slug := range []string{storetest.Starter, storetest.Projects} {
			entry := storetest.Handbook(slug, slug)
			newest := storetest.Edition(slug, 2)
			newest.PublishedAt = storetest.Now().Add(24 * time.Hour)
			entry.Product.Editions = []shop.Edition{newest}
			storetest.MustImport(t, s, entry)
		}
		want := func(slug string, owners int) {
			t.Helper()
			if notice, err := s.Notice(t.Context(), slug); err != nil || notice.Owners != owners {
				t.Errorf("%s has %d owners (%v), want %d", slug, notice.Owners, err, owners)
			}
		}
		want(storetest.Starter, 0)
		want(storetest.Projects, 1)
		paidAt(t, s, d.now)
		want(storetest.Starter, 1)
	})
}
