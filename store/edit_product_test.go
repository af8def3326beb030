package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

// desk is a shop at which staff work, with a clock that a test sets.
type desk struct {
	*shop.Shop
	store *store.Store
	now   time.Time
	by    shop.Actor
}

func newDesk(s *store.Store) *desk {
	d := &desk{store: s, now: storetest.Now(), by: shop.Actor{StaffID: "staff-1", Name: "Grace", Role: shop.RoleCatalog}}
	d.Shop = shop.New(shop.Config{Store: s, Now: func() time.Time { return d.now }})
	return d
}

func mustEdit(t *testing.T, s *store.Store, slug string) shop.EditedProduct {
	t.Helper()
	p, err := s.ProductToEdit(t.Context(), slug)
	if err != nil {
		t.Fatalf("product %s: %v", slug, err)
	}
	return p
}

func lastAct(t *testing.T, s *store.Store) shop.AuditRecord {
	t.Helper()
	records, err := s.AuditRecords(t.Context(), shop.AuditQuery{Limit: 1})
	if err != nil || len(records) != 1 {
		t.Fatalf("the last act is %v (%v)", records, err)
	}
	return records[0]
}

func TestADraftBecomesAProductOfTheShop(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d, ctx := newDesk(s), t.Context()
		storetest.MustProducts(t, s)
		draft := shop.EditedProduct{Product: shop.Product{Kind: shop.Bundle, Slug: "fresh", Title: "A New Set", Language: "en"}}
		p, err := d.CreateProduct(ctx, d.by, draft)
		must(t, err)
		if p.Status != shop.Draft || p.Version != 1 || lastAct(t, s).Verb != "product.create" || lastAct(t, s).Subject.Name != "fresh" {
			t.Errorf("the draft is %+v, the act %+v", p, lastAct(t, s))
		}
		if _, err := s.Product(ctx, "fresh"); !errors.Is(err, store.ErrProductNotFound) {
			t.Errorf("buyers see a draft: %v", err)
		}
		_, err = d.CreateProduct(ctx, d.by, draft)
		wantError(t, err, shop.Conflict, "slug_taken")
		_, err = d.PublishProduct(ctx, d.by, "fresh", p.Version)
		wantError(t, err, shop.Invalid, "unfit_for_the_shop")
		if fields := shop.AsError(err).Fields; fields["summary"].Format == "" || fields["parts"].Format == "" || fields["individual_price"].Format == "" {
			t.Errorf("what is missing: %v", fields)
		}

		edited, wrong := p.ReadFacts(map[string]string{"slug": "newer", "summary": "What to read first.", "individual_price": "$30", "individual_on_sale": "yes", "tags": "first\nlast"})
		if len(wrong) > 0 {
			t.Fatal(wrong)
		}
		p, err = d.SaveProduct(ctx, d.by, "fresh", edited)
		must(t, err)
		if act := lastAct(t, s); act.Verb != "product.edit" || act.Before["slug"] != "fresh" || act.After["individual_price"] != "30.00" || len(act.After) != 6 {
			t.Errorf("the act is %v → %v", act.Before, act.After)
		}
		p, err = d.SetParts(ctx, d.by, shop.PartsChange{Slug: "newer", Version: p.Version, Handbooks: []string{storetest.Projects, storetest.Advisory}})
		must(t, err)
		before, err := s.CatalogVersion(ctx)
		must(t, err)
		p, err = d.PublishProduct(ctx, d.by, "newer", p.Version)
		must(t, err)
		if after, err := s.CatalogVersion(ctx); err != nil || after <= before {
			t.Errorf("the catalog's version is %d, was %d (%v)", after, before, err)
		}
		shown := storetest.MustProduct(t, s, "newer")
		if len(shown.Parts) != 2 || shown.From().Amount != 3000 || !shown.PublishedAt.Equal(storetest.Now()) || shown.Variants[0].SKU != "newer-individual" {
			t.Errorf("the shop shows %+v", shown)
		}
		if found := mustList(t, s, shop.ProductQuery{Q: "read first"}); !slices.Equal(found, []string{"newer"}) {
			t.Errorf("the search finds %v", found)
		}

		moved, _ := p.ReadFacts(map[string]string{"slug": "newest"})
		_, err = d.SaveProduct(ctx, d.by, "newer", moved)
		wantError(t, err, shop.Invalid, "invalid_product")
		p, err = d.ArchiveProduct(ctx, d.by, "newer", p.Version)
		must(t, err)
		_, err = d.ArchiveProduct(ctx, d.by, "newer", p.Version)
		wantError(t, err, shop.Conflict, "not_published")
		p, err = d.PublishProduct(ctx, d.by, "newer", p.Version)
		must(t, err)
		if p.Status != shop.Published || lastAct(t, s).Verb != "product.restore" {
			t.Errorf("it is %s by %s", p.Status, lastAct(t, s).Verb)
		}
		if _, _, err := s.VerifyAudit(ctx); err != nil {
			t.Error(err)
		}
	})
}

func TestOneOfTwoEditsAtOnceIsTold(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d, ctx := newDesk(s), context.Background()
		storetest.MustProducts(t, s)
		seen := mustEdit(t, s, storetest.Advisory)
		var all sync.WaitGroup
		errs := make(chan error, 4)
		for _, title := range []string{"One", "Two", "Three", "Four"} {
			all.Go(func() {
				p, _ := seen.ReadFacts(map[string]string{"title": title})
				_, err := d.SaveProduct(ctx, d.by, storetest.Advisory, p)
				errs <- err
			})
		}
		all.Wait()
		saved := 0
		for range 4 {
			if err := <-errs; err == nil {
				saved++
			} else {
				wantError(t, err, shop.Conflict, "product_changed")
			}
		}
		if now := mustEdit(t, s, storetest.Advisory); saved != 1 || now.Version != seen.Version+1 {
			t.Errorf("%d were saved, the version is %d", saved, now.Version)
		}
	})
}

func TestAnImportIsAnEdit(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(s)
		entry := storetest.Handbook("a", "A")
		entry.Product.Status = shop.Draft
		storetest.MustImport(t, s, entry)
		seen := mustEdit(t, s, "a")
		if storetest.MustImport(t, s, entry); mustEdit(t, s, "a").Version != seen.Version {
			t.Error("an import without news is a new version")
		}
		planned, err := d.ScheduleProduct(t.Context(), d.by, "a", seen.Version, d.now.Add(time.Hour))
		must(t, err)
		entry.Product.Goals = []string{"empirical-reasoning"}
		storetest.MustImport(t, s, entry)
		if now := mustEdit(t, s, "a"); now.Version <= planned.Version || !now.PublishAt.Equal(planned.PublishAt) {
			t.Errorf("version %d, planned for %v", now.Version, now.PublishAt)
		}
		_, err = d.SaveProduct(t.Context(), d.by, "a", planned)
		wantError(t, err, shop.Conflict, "product_changed")
		entry.Product.Status = shop.Published
		storetest.MustImport(t, s, entry)
		if now := mustEdit(t, s, "a"); now.Status != shop.Published || !now.PublishAt.IsZero() {
			t.Errorf("%s, planned for %v", now.Status, now.PublishAt)
		}
	})
}

func TestAPlannedPublicationHappensOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d, ctx := newDesk(s), context.Background()
		for _, slug := range []string{"a", "b"} {
			entry := storetest.Handbook(slug, slug)
			entry.Product.Status = shop.Draft
			storetest.MustImport(t, s, entry)
		}
		version := mustEdit(t, s, "a").Version
		_, err := d.ScheduleProduct(ctx, d.by, "a", version, d.now)
		wantError(t, err, shop.Invalid, "invalid_time")
		_, err = d.ScheduleProduct(ctx, d.by, "a", version, d.now.Add(time.Hour))
		must(t, err)
		b, err := d.ScheduleProduct(ctx, d.by, "b", version, d.now.Add(time.Hour))
		must(t, err)
		_, err = d.UnscheduleProduct(ctx, d.by, "b", b.Version)
		must(t, err)
		publish := func(when time.Duration) (published int) {
			d.now = storetest.Now().Add(when)
			var all sync.WaitGroup
			counts := make(chan int, 3)
			for range cap(counts) {
				all.Go(func() {
					n, err := d.PublishDue(ctx)
					if err != nil {
						t.Error(err)
					}
					counts <- n
				})
			}
			all.Wait()
			for range cap(counts) {
				published += <-counts
			}
			return published
		}
		if n := publish(time.Hour - time.Microsecond); n != 0 {
			t.Errorf("%d were published too soon", n)
		}
		if n := publish(time.Hour); n != 1 || mustEdit(t, s, "a").Status != shop.Published || mustEdit(t, s, "b").Status != shop.Draft {
			t.Errorf("%d were published", n)
		}
		if act := lastAct(t, s); act.Verb != "product.publish" || act.Staff != "schedule" || act.Before["publish_at"] == nil {
			t.Errorf("the act is %+v", act)
		}
		if n := publish(2 * time.Hour); n != 0 {
			t.Errorf("%d were published again", n)
		}
	})
}

func TestAPlanThatCameToNothingIsTold(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(s)
		storetest.MustProducts(t, s)
		entry := storetest.Bundle("set", "A Set", storetest.Advisory, storetest.Projects)
		entry.Product.Status = shop.Draft
		storetest.MustImport(t, s, entry)
		_, err := d.ScheduleProduct(t.Context(), d.by, "set", 1, d.now.Add(time.Hour))
		must(t, err)
		_, err = d.ArchiveProduct(t.Context(), d.by, storetest.Projects, mustEdit(t, s, storetest.Projects).Version)
		must(t, err)
		d.now = d.now.Add(time.Hour)
		n, err := d.PublishDue(t.Context())
		if p := mustEdit(t, s, "set"); n != 0 || err == nil || p.Status != shop.Draft || !p.PublishAt.IsZero() {
			t.Errorf("%d published (%v): %s, planned for %v", n, err, p.Status, p.PublishAt)
		}
		if n, err := d.PublishDue(t.Context()); n != 0 || err != nil {
			t.Errorf("the next turn: %d (%v)", n, err)
		}
	})
}

func TestALicenceIsWithdrawnAndComesBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := newDesk(s)
		storetest.MustProducts(t, s)
		p := mustEdit(t, s, storetest.Advisory)
		school, _ := p.Licence(shop.SchoolLicence)
		save := func(typed map[string]string) {
			t.Helper()
			edited, wrong := p.ReadFacts(typed)
			if len(wrong) > 0 {
				t.Fatal(wrong)
			}
			var err error
			p, err = d.SaveProduct(t.Context(), d.by, p.Slug, edited)
			must(t, err)
		}
		save(map[string]string{"school_on_sale": "no", "school_price": "200"})
		if v, onSale := p.Licence(shop.SchoolLicence); onSale || v.ID != school.ID || v.Price.Amount != 20000 || len(storetest.MustProduct(t, s, p.Slug).Variants) != 1 {
			t.Errorf("the withdrawn licence is %+v", v)
		}
		save(map[string]string{"school_on_sale": "yes", "school_suggested": "250"})
		if v, onSale := p.Licence(shop.SchoolLicence); !onSale || v.ID != school.ID || v.Suggested.Amount != 25000 {
			t.Errorf("the licence is %+v", v)
		}
		edited, _ := p.ReadFacts(map[string]string{"school_on_sale": "no", "individual_on_sale": "no"})
		_, err := d.SaveProduct(t.Context(), d.by, p.Slug, edited)
		wantError(t, err, shop.Invalid, "unfit_for_the_shop")
	})
}

func TestTheStaffsListOfProducts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		draft := storetest.Handbook("draft", "Ébauche 100%")
		draft.Product.Status = shop.Draft
		storetest.MustImport(t, s, draft)
		list := func(q shop.DeskProductQuery) (slugs []string) {
			t.Helper()
			q.Limit = 2
			for {
				page, err := s.DeskProducts(t.Context(), q)
				must(t, err)
				for _, p := range page.Items {
					slugs = append(slugs, p.Slug)
				}
				if q.Cursor = page.Next; q.Cursor == "" {
					slices.Sort(slugs)
					return slugs
				}
			}
		}
		for want, q := range map[string]shop.DeskProductQuery{
			"[advisory both draft projects starter]": {}, "[draft]": {Status: shop.Draft}, "[both]": {Kind: shop.Bundle},
			"[advisory both]": {Words: "ADVISORY"}, "[]": {Words: "zzz"}, "[advisory projects]": {Words: "the", Kind: shop.Handbook},
		} {
			if got := list(q); fmt.Sprint(got) != want {
				t.Errorf("%+v lists %v, want %s", q, got, want)
			}
		}
		if got := list(shop.DeskProductQuery{Words: "ebauche"}); !slices.Equal(got, []string{"draft"}) {
			t.Errorf("without accents: %v", got)
		}
		_, err := s.DeskProducts(t.Context(), shop.DeskProductQuery{Limit: 2, Cursor: "WyJ4Il0"})
		wantError(t, err, shop.Invalid, "invalid_cursor")
	})
}
