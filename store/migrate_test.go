package store_test

import (
	"context"
	"slices"
	"sync"
	"testing"

	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

func TestMigrateUpDownUp(t *testing.T) {
	t.Parallel()
	storetest.EachEmpty(t, func(t *testing.T, address string) {
		ctx := context.Background()
		s := storetest.Open(t, address)
		wantPending(t, s, true)
		for range 2 {
			if err := s.Migrate(ctx); err != nil {
				t.Fatal(err)
			}
			wantPending(t, s, false)
			storetest.MustProducts(t, s)
			storetest.MustPaidOrder(t, s, storetest.Advisory)
			for range mustStatus(t, s) {
				if err := s.MigrateDown(ctx); err != nil {
					t.Fatal(err)
				}
			}
			for _, m := range mustStatus(t, s) {
				if !m.AppliedAt.IsZero() {
					t.Errorf("%s is still applied", m.Name)
				}
			}
		}
		if err := s.MigrateDown(ctx); err != nil {
			t.Errorf("down with nothing left: %v", err)
		}
	})
}

func TestMigrateKeepsData(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		order := storetest.MustOrder(t, s, storetest.Advisory)
		if err := s.MigrateDown(t.Context()); err != nil { // the newest step
			t.Fatal(err)
		}
		if err := s.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := mustOrder(t, s, order.ID); got.Number != order.Number || len(got.Lines) != 1 {
			t.Errorf("the order is %+v", got)
		}
	})
}

// A shop from before links by mail would not know what to do with the jobs that mail them.
func TestTheStepBackFromTheLibraryTakesItsJobs(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		must(t, s.AskForLink(t.Context(), mailedLink(shop.LinkLibrary, "ada@school.example"), storetest.Now().Add(-shop.LinkLife), 3))
		for _, m := range mustStatus(t, s) {
			if m.Version >= 10 {
				must(t, s.MigrateDown(t.Context()))
			}
		}
		if kinds := read(t, pool(t, s), "SELECT kind FROM jobs"); len(kinds) != 0 {
			t.Errorf("jobs of the kinds %v are left", kinds)
		}
		must(t, s.Migrate(t.Context()))
	})
}

func TestIndexingAnewIsANewCatalog(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		migrated := func() int64 {
			must(t, s.Migrate(t.Context()))
			version, err := s.CatalogVersion(t.Context())
			must(t, err)
			return version
		}
		before := migrated()
		if again := migrated(); again != before {
			t.Errorf("version %d without a change, was %d", again, before)
		}
		_, err := pool(t, s).ExecContext(t.Context(), "UPDATE catalog_versions SET indexed = 0")
		must(t, err)
		if after := migrated(); after <= before {
			t.Errorf("version %d, was %d", after, before)
		}
	})
}

func TestMigrationStatusNamesEachStep(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for i, m := range mustStatus(t, s) {
			if m.Version != int64(i+1) || m.Name == "" || m.AppliedAt.IsZero() {
				t.Errorf("step %d is %+v", i+1, m)
			}
		}
	})
}

func TestMigrateFromSeveralProcessesAtOnce(t *testing.T) {
	t.Parallel()
	storetest.EachEmpty(t, func(t *testing.T, address string) {
		var all sync.WaitGroup
		for range 4 {
			s := storetest.Open(t, address)
			all.Go(func() {
				if err := s.Migrate(context.Background()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		storetest.MustProducts(t, storetest.Open(t, address))
	})
}

func wantPending(t *testing.T, s *store.Store, want bool) {
	t.Helper()
	pending := slices.ContainsFunc(mustStatus(t, s), func(m store.Migration) bool { return m.AppliedAt.IsZero() })
	if pending != want {
		t.Errorf("a migration is pending: %v, want %v", pending, want)
	}
}

func mustStatus(t *testing.T, s *store.Store) []store.Migration {
	t.Helper()
	status, err := s.MigrationStatus(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(status) == 0 {
		t.Fatal("there are no migrations")
	}
	return status
}
