package store_test

import (
	"sync"
	"testing"
	"time"

	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

// deskAct is an act of staff on an order that changes it in that way.
func deskAct(change func(*shop.Order) shop.DeskChange) func(*shop.Order) (shop.DeskChange, error) {
	return func(o *shop.Order) (shop.DeskChange, error) {
		c := change(o)
		c.Act = shop.Act{Verb: "order.test", Subject: shop.Subject{Kind: "order", ID: o.ID, Name: o.Number}}
		return c, nil
	}
}

func TestARequestOfStaffCountsOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		o := storetest.MustPaidOrder(t, s, storetest.Advisory)
		note := deskAct(func(*shop.Order) shop.DeskChange { return shop.DeskChange{Note: "She called."} })
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				_, err := s.ActOnOrder(t.Context(), o.Number, "one press", storetest.Now(), note)
				if err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		h, err := s.OrderHistory(t.Context(), o, shop.TimelineMark{}, 10)
		must(t, err)
		if len(h.Notes) != 1 || h.Notes[0].Text != "She called." || len(h.Acts) != 1 {
			t.Errorf("notes %v, acts %v", h.Notes, h.Acts)
		}
		_, err = s.ActOnOrder(t.Context(), "BR-1", "one press", storetest.Now(), note)
		wantError(t, err, shop.NotFound, "order_not_found")
	})
}

// Wherever the old address gave access, it gives none any more.
func TestAMovedOrderIsNotAtItsOldAddress(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		o := storetest.MustPaidOrder(t, s, storetest.Advisory)
		must(t, s.RememberDevices(t.Context(), o.ID, []shop.Device{{Kind: shop.DeviceBrowser, Device: "old"}}, storetest.Now()))
		device := mailedLink(shop.LinkDevice, o.ID)
		must(t, s.AskForLink(t.Context(), device, storetest.Now().Add(-time.Hour), 3))
		file := mustFiles(t, s, o.ID)[0]
		must(t, s.RecordDownload(t.Context(), shop.Download{
			ID: shop.NewID(), EntitlementID: file.EntitlementID, OrderID: o.ID, FileID: file.ID, EditionID: file.EditionID,
			IssuedAt: storetest.Now(), ExpiresAt: storetest.Now().Add(time.Hour), ArchiveID: "archive",
		}))
		now := device.RequestedAt
		moved, err := s.ActOnOrder(t.Context(), o.Number, "move", now, deskAct(func(o *shop.Order) shop.DeskChange {
			o.Email, o.TokenVersion = "grace@navy.example", o.TokenVersion+1
			return shop.DeskChange{}
		}))
		must(t, err)
		got := mustOrder(t, s, o.ID)
		if got.Email != "grace@navy.example" || got.TokenVersion != 2 || got.Entitlements[0].Email != got.Email || moved.Email != got.Email {
			t.Errorf("the order is %+v", got)
		}
		for email, want := range map[string]bool{o.Email: false, got.Email: true} {
			if has, err := s.HasOrders(t.Context(), email); err != nil || has != want {
				t.Errorf("the library of %s has orders: %v, %v", email, has, err)
			}
			if found := mustFind(t, s, shop.OrderQuery{Words: email}); len(found.Orders) == 1 != want {
				t.Errorf("a search for %s finds %d", email, len(found.Orders))
			}
		}
		if known, err := s.KnownDevices(t.Context(), o.ID, []shop.Device{{Kind: shop.DeviceBrowser, Device: "old"}}, storetest.Now()); err != nil || len(known) > 0 {
			t.Errorf("it knows %v, %v", known, err)
		}
		_, err = s.UseLink(t.Context(), shop.LinkDevice, device.TokenHash, now.Add(time.Second))
		wantError(t, err, shop.Gone, "link_expired")
		if files, err := s.ArchivedFiles(t.Context(), "archive"); err != nil || len(files) > 0 {
			t.Errorf("the archive holds %v, %v", files, err)
		}
	})
}

func TestAGrantIsMadeOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		p, v, err := s.VariantToGrant(t.Context(), storetest.Advisory, shop.SchoolLicence)
		must(t, err)
		_, _, err = s.VariantToGrant(t.Context(), storetest.Starter, shop.SchoolLicence)
		wantError(t, err, shop.NotFound, "no_such_variant")
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				o := shop.Order{
					ID: shop.NewID(), CartID: "grant", Source: shop.SourceGranted, Status: shop.Paid, Email: "ada@met.example", Currency: "usd",
					TokenVersion: 1, IdempotencyKey: "one press", PlacedAt: storetest.Now(), ExpiresAt: storetest.Now(), UpdatedAt: storetest.Now(),
					Lines: []shop.OrderLine{{ID: shop.NewID(), Position: 1, ProductID: p.ID, ProductSlug: p.Slug, VariantID: v.ID, Licence: v.Kind, SKU: v.SKU, Title: p.Title, Quantity: 1}},
				}
				placed, err := s.GrantOrder(t.Context(), o, shop.Change{}, shop.Act{Verb: "order.grant", Subject: shop.Subject{Kind: "order", ID: o.ID}})
				if err != nil || placed.Number == "" {
					t.Errorf("granted %q: %v", placed.Number, err)
				}
			})
		}
		all.Wait()
		if found := mustFind(t, s, shop.OrderQuery{Source: shop.SourceGranted}); len(found.Orders) != 1 {
			t.Errorf("there are %d orders", len(found.Orders))
		}
		if acts, err := s.AuditRecords(t.Context(), shop.AuditQuery{Verb: "order.grant", Limit: 9}); err != nil || len(acts) != 1 || acts[0].Subject.Name == "" {
			t.Errorf("the trail has %+v, %v", acts, err)
		}
	})
}

// What is known of a payment stays what it is, however often its events are applied.
func TestAnEventAppliedAgainChangesNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		o := storetest.MustPaidOrder(t, s, storetest.Advisory)
		act := shop.Act{Verb: "order.reapply", Subject: shop.Subject{Kind: "order", ID: o.ID}}
		jobs := read(t, pool(t, s), "SELECT key FROM jobs")
		for range 2 {
			applied, err := s.ReapplyEvent(t.Context(), o.Number, "evt_paid_"+o.ID, act, storetest.Now())
			must(t, err)
			if applied.Order.Status != shop.Paid || len(applied.Order.Payments) != 1 || len(applied.Order.Entitlements) != 1 {
				t.Errorf("the order is %+v", applied.Order)
			}
		}
		if after := read(t, pool(t, s), "SELECT key FROM jobs"); len(after) != len(jobs) {
			t.Errorf("there are the jobs %v, were %v", after, jobs)
		}
		_, err := s.ReapplyEvent(t.Context(), o.Number, "evt_of_nobody", act, storetest.Now())
		wantError(t, err, shop.NotFound, "no_such_event")
	})
}

// Pages of the timeline leave nothing out and show nothing twice, even where all happened at one moment.
func TestTheTimelineGoesOnWhereItEnded(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		o := storetest.MustPaidOrder(t, s, storetest.Advisory)
		file := mustFiles(t, s, o.ID)[0]
		at := storetest.Now().Add(2 * time.Minute) // when the payment was heard of
		for i := range 5 {
			must(t, s.RecordDownload(t.Context(), shop.Download{
				ID: shop.NewID(), EntitlementID: file.EntitlementID, OrderID: o.ID, FileID: file.ID, EditionID: file.EditionID, IssuedAt: at, ExpiresAt: at,
			}))
			_, err := s.ActOnOrder(t.Context(), o.Number, string(rune('a'+i)), at, deskAct(func(*shop.Order) shop.DeskChange { return shop.DeskChange{Note: "Note"} }))
			must(t, err)
		}
		seen, mark := map[shop.HappeningKind]int{}, shop.TimelineMark{}
		once := map[string]bool{}
		for more := true; more; {
			h, err := s.OrderHistory(t.Context(), o, mark, 4)
			must(t, err)
			var page []shop.Happening
			page, more = h.Timeline(o, mark, 3)
			for _, happening := range page {
				if key := string(happening.Kind) + happening.ID; once[key] {
					t.Fatalf("%s is shown twice", key)
				} else {
					once[key] = true
				}
				seen[happening.Kind]++
				mark = happening.Mark()
			}
		}
		want := map[shop.HappeningKind]int{
			shop.HappenedCheckout: 1, shop.HappenedPayment: 1, shop.HappenedMail: 1, shop.HappenedDownload: 5, shop.HappenedAct: 5, shop.HappenedNote: 5,
		}
		for kind, n := range want {
			if seen[kind] != n {
				t.Errorf("%d of %s, want %d", seen[kind], kind, n)
			}
		}
	})
}

func TestViewsAreOnesOwn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mine, theirs := storetest.MustStaff(t, s, shop.RoleSupport), storetest.MustStaff(t, s, shop.RoleFinance)
		act := func(id string) shop.Act {
			return shop.Act{By: shop.Actor{StaffID: id}, Verb: "view.save", Subject: shop.Subject{Kind: "view"}}
		}
		view := shop.OrderView{ID: shop.NewID(), Name: "Spanish", Query: "language=es"}
		must(t, s.SaveOrderView(t.Context(), view, act(mine.ID), storetest.Now()))
		again := view
		again.ID = shop.NewID()
		wantError(t, s.SaveOrderView(t.Context(), again, act(mine.ID), storetest.Now()), shop.Invalid, "invalid_input")
		must(t, s.SaveOrderView(t.Context(), again, act(theirs.ID), storetest.Now()))
		must(t, s.DeleteOrderView(t.Context(), view.ID, act(theirs.ID), storetest.Now()))
		if views, err := s.OrderViews(t.Context(), mine.ID); err != nil || len(views) != 1 || views[0] != view {
			t.Errorf("the views are %v, %v", views, err)
		}
		must(t, s.DeleteOrderView(t.Context(), view.ID, act(mine.ID), storetest.Now()))
		if views, err := s.OrderViews(t.Context(), mine.ID); err != nil || len(views) != 0 {
			t.Errorf("the views are %v, %v", views, err)
		}
	})
}
