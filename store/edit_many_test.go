package store_test

import (
	"slices"
	"testing"

	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

func TestATableChangesAllOrNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d, ctx := newDesk(s), t.Context()
		storetest.MustProducts(t, s)
		rows := []shop.ProductRow{
			{Line: 2, Slug: storetest.Advisory, Typed: map[string]string{"individual_price": "21"}},
			{Line: 3, Slug: storetest.Projects, Version: 7, Typed: map[string]string{"title": "Projects", "individual_price": "19.00"}},
			{Line: 4, Slug: storetest.Starter, Typed: map[string]string{"title": "A Free Start"}},
		}
		shown, err := d.CompareRows(ctx, rows)
		must(t, err)
		if len(shown.Problems) != 0 || len(shown.Changes) != 2 || shown.Unchanged != 1 || shown.Changes[0].Since || !shown.Changes[1].Since {
			t.Fatalf("the table changes %+v", shown)
		}
		if diff := shown.Changes[0].Differences; len(diff) != 1 || diff[0].Key != "individual_price" || diff[0].Before != "19.00" || diff[0].After != "21.00" {
			t.Errorf("it changes %+v", diff)
		}
		versions := map[string]int{storetest.Advisory: 1, storetest.Projects: 1}
		if p := mustEdit(t, s, storetest.Advisory); p.From().Amount != 1900 {
			t.Error("it was changed before it was confirmed")
		}

		p, _ := mustEdit(t, s, storetest.Projects).ReadFacts(map[string]string{"subtitle": "Other words"})
		_, err = d.SaveProduct(ctx, d.by, storetest.Projects, p)
		must(t, err)
		_, err = d.ApplyRows(ctx, d.by, rows, versions)
		wantError(t, err, shop.Conflict, "product_changed")
		if p := mustEdit(t, s, storetest.Advisory); p.From().Amount != 1900 {
			t.Error("half of it was changed")
		}
		versions[storetest.Projects] = 2
		_, err = d.ApplyRows(ctx, d.by, rows, versions)
		must(t, err)
		records, err := s.AuditRecords(ctx, shop.AuditQuery{Limit: 2})
		must(t, err)
		if a, p := mustEdit(t, s, storetest.Advisory), mustEdit(t, s, storetest.Projects); a.From().Amount != 2100 || p.Title != "Projects" || p.Subtitle != "Other words" ||
			records[1].Subject.Name != storetest.Advisory || records[0].After["title"] != "Projects" {
			t.Errorf("%v %q %q, acts %+v", a.From(), p.Title, p.Subtitle, records)
		}
		_, err = d.ApplyRows(ctx, d.by, rows, versions)
		wantError(t, err, shop.Conflict, "product_changed")
	})
}

func TestATableNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(s)
		storetest.MustProducts(t, s)
		rows := []shop.ProductRow{
			{Line: 2, Slug: storetest.Advisory, Typed: map[string]string{"individual_price": "much", "title": ""}},
			{Line: 5, Slug: "none"}, {Line: 6, Slug: "\xff"},
			{Line: 7, Slug: storetest.Advisory},
			{Line: 8, Slug: storetest.Both, Typed: map[string]string{"pages": "12"}},
			{Line: 9, Slug: storetest.Starter, Typed: map[string]string{"individual_on_sale": "no"}},
		}
		change, err := d.ApplyRows(t.Context(), d.by, rows, nil)
		wantError(t, err, shop.Invalid, "invalid_table")
		var got []string
		for _, p := range change.Problems {
			got = append(got, p.Column)
		}
		if want := []string{"individual_price", "slug", "slug", "slug", "pages", "individual_price"}; !slices.Equal(got, want) {
			t.Errorf("what is wrong: %v", change.Problems)
		}
	})
}
