package store_test

import (
	"errors"
	"sync"
	"testing"

	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

func settingsAct() shop.Act {
	return shop.Act{
		By: shop.Actor{Name: "Sam"}, Verb: "settings.change", Subject: shop.Subject{Kind: "settings", ID: "shop", Name: "settings"},
		Before: map[string]any{"shop_name": ""}, After: map[string]any{"shop_name": "Books"},
	}
}

func TestSettingsAreKeptWithTheirVersion(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		values, version, err := s.SettingValues(ctx)
		must(t, err)
		if len(values) != 0 {
			t.Fatalf("a new shop has set %v", values)
		}
		catalog, err := s.CatalogVersion(ctx)
		must(t, err)
		wanted := shop.SettingValues{shop.SettingShopName: "Größe \"A\"\n", shop.SettingZone: "UTC"}
		saved, err := s.SaveSettings(ctx, wanted, version, settingsAct(), storetest.Now())
		must(t, err)
		values, read, err := s.SettingValues(ctx)
		must(t, err)
		if read != saved || saved <= version || len(values) != 2 || values[shop.SettingShopName] != wanted[shop.SettingShopName] {
			t.Errorf("version %d has %v, saved as %d", read, values, saved)
		}
		if now, err := s.SettingsVersion(ctx); err != nil || now != saved {
			t.Errorf("the version is %d (%v), want %d", now, err, saved)
		}
		if now, err := s.CatalogVersion(ctx); err != nil || now <= catalog {
			t.Errorf("kept pages are not made anew: version %d (%v), was %d", now, err, catalog)
		}
		// What is left out is set no more.
		_, err = s.SaveSettings(ctx, shop.SettingValues{shop.SettingZone: "UTC"}, saved, settingsAct(), storetest.Now())
		must(t, err)
		if values, _, err = s.SettingValues(ctx); err != nil || len(values) != 1 {
			t.Errorf("left over: %v (%v)", values, err)
		}
		if records, err := s.AuditRecords(ctx, shop.AuditQuery{Verb: "settings.change", Limit: 10}); err != nil || len(records) != 2 {
			t.Errorf("%d changes are in the trail (%v), want 2", len(records), err)
		}
	})
}

// Of several who change the same settings at once, one wins; nothing of the others is written.
func TestSettingsAreChangedByOneAtATime(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		const people = 6
		outcomes := make([]error, people)
		var all sync.WaitGroup
		for i := range people {
			all.Go(func() {
				_, outcomes[i] = s.SaveSettings(t.Context(), shop.SettingValues{shop.SettingShopName: "Books"}, 0, settingsAct(), storetest.Now())
			})
		}
		all.Wait()
		saved := 0
		for _, err := range outcomes {
			switch {
			case err == nil:
				saved++
			case !errors.Is(err, shop.ErrSettingsChanged):
				t.Error(err)
			}
		}
		records, err := s.AuditRecords(t.Context(), shop.AuditQuery{Verb: "settings.change", Limit: 10})
		must(t, err)
		if saved != 1 || len(records) != 1 {
			t.Errorf("%d saved, %d records", saved, len(records))
		}
	})
}
