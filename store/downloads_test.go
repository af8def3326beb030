package store_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

func TestOwnedFilesFollowTheNewestEditionAndTheBundle(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		order := storetest.MustPaidOrder(t, s, storetest.Both, storetest.Advisory)
		if got := owned(t, s, order.ID); !slices.Equal(got, []string{"both advisory 1", "both projects 1", "advisory advisory 1"}) {
			t.Fatalf("after the sale: %v", got)
		}
		sold := mustFiles(t, s, order.ID)

		second := storetest.Handbook(storetest.Advisory, "The Advisory Handbook")
		second.Product.Editions = []shop.Edition{storetest.Edition(storetest.Advisory, 2)}
		archived := storetest.Handbook(storetest.Projects, "Projects")
		archived.Product.Status = shop.Archived
		draft := storetest.Handbook("draft", "Draft")
		draft.Product.Status = shop.Draft
		storetest.MustImport(t, s, second, archived, draft, storetest.Handbook("late", "Late"),
			storetest.Bundle(storetest.Both, "Both", "late", storetest.Projects, "draft", storetest.Advisory))
		want := []string{"both late 1", "both projects 1", "both advisory 2", "advisory advisory 2"}
		if got := owned(t, s, order.ID); !slices.Equal(got, want) {
			t.Errorf("a year later: %v", got)
		}

		for _, file := range []shop.OwnedFile{sold[2], sold[1]} {
			got, err := s.OwnedFile(t.Context(), order.ID, file.ID)
			if err != nil || got.File != file.File || got.EntitlementID == "" || got.State != shop.Active {
				t.Errorf("the file that was sold: %+v, %v", got, err)
			}
		}
		theirs := mustFiles(t, s, storetest.MustPaidOrder(t, s, storetest.Starter).ID)[0].ID
		hidden := read(t, pool(t, s), "SELECT f.id FROM files f JOIN editions e ON e.id = f.edition_id JOIN products p ON p.id = e.product_id WHERE p.slug = 'draft'")[0]
		for name, id := range map[string]string{"another's": theirs, "a draft's": hidden, "no": "none", "NUL": "\x00"} {
			if _, err := s.OwnedFile(t.Context(), order.ID, id); !errors.Is(err, shop.ErrFileNotFound) {
				t.Errorf("%s file: %v", name, err)
			}
		}
		if got := owned(t, s, storetest.MustOrder(t, s, storetest.Advisory).ID); got != nil {
			t.Errorf("an order that is not paid owns %v", got)
		}
	})
}

// An older edition is for those who bought it by itself.
func TestOlderEditionIsTheirsWhoBoughtIt(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		early := storetest.MustPaidOrder(t, s, storetest.Advisory)
		first := mustFiles(t, s, early.ID)[0].ID
		second := storetest.Handbook(storetest.Advisory, "The Advisory Handbook")
		second.Product.Editions = []shop.Edition{storetest.Edition(storetest.Advisory, 2)}
		storetest.MustImport(t, s, second)
		late := storetest.MustPaidOrder(t, s, storetest.Advisory)
		if _, err := s.OwnedFile(t.Context(), early.ID, first); err != nil {
			t.Errorf("the early buyer: %v", err)
		}
		if _, err := s.OwnedFile(t.Context(), late.ID, first); !errors.Is(err, shop.ErrFileNotFound) {
			t.Errorf("the late buyer: %v", err)
		}
	})
}

// A title that was refunded can still be reached through the bundle that was not.
func TestBestRightCounts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		order := storetest.MustPaidOrder(t, s, storetest.Advisory, storetest.Both)
		event := storetest.Payment(order)
		event.ID, event.PaymentIntentID = "evt_refund", order.Payments[0].PaymentIntentID
		refund(1900)(&event)
		storetest.MustApply(t, s, event, shop.EventApplied)
		files := mustFiles(t, s, order.ID)
		if files[0].State != shop.Revoked || files[1].State != shop.Active || files[0].ID != files[1].ID {
			t.Fatalf("files %+v", files)
		}
		got, err := s.OwnedFile(t.Context(), order.ID, files[0].ID)
		if err != nil || got.State != shop.Active || got.LineID != files[1].LineID {
			t.Errorf("got %+v, %v", got, err)
		}
	})
}

func TestDownloadIsCountedAndRecorded(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		order := storetest.MustPaidOrder(t, s, storetest.Advisory)
		file := mustFiles(t, s, order.ID)[0]
		for range 2 {
			must(t, s.RecordDownload(t.Context(), download(file, order.ID)))
		}
		if got := mustFiles(t, s, order.ID)[0].Downloads; got != 2 {
			t.Errorf("%d downloads counted", got)
		}
		if got := read(t, pool(t, s), "SELECT ip || ' ' || agent FROM downloads WHERE entitlement_id = '"+file.EntitlementID+"'"); !slices.Equal(got, []string{"192.0.2.0 Browser", "192.0.2.0 Browser"}) {
			t.Errorf("recorded %v", got)
		}
		other := storetest.MustPaidOrder(t, s, storetest.Advisory)
		if err := s.RecordDownload(t.Context(), download(file, other.ID)); !errors.Is(err, shop.ErrFileNotFound) {
			t.Errorf("another order's right: %v", err)
		}
	})
}

func TestDownloadNeedsAnActiveRight(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		order := storetest.MustPaidOrder(t, s, storetest.Advisory)
		file := mustFiles(t, s, order.ID)[0]
		for i, step := range []struct {
			event func(*shop.PaymentEvent)
			want  error
		}{
			{dispute(shop.DisputeOpen), shop.ErrSuspended}, {dispute(shop.DisputeWon), nil}, {refund(1900), shop.ErrRevoked},
		} {
			event := storetest.Payment(order)
			event.ID, event.At = "evt_"+string(rune('a'+i)), event.At.Add(time.Duration(i+1)*time.Minute)
			step.event(&event)
			storetest.MustApply(t, s, event, shop.EventApplied)
			if err := s.RecordDownload(t.Context(), download(file, order.ID)); !errors.Is(err, step.want) {
				t.Errorf("step %d: %v, want %v", i, err, step.want)
			}
		}
		if got := mustFiles(t, s, order.ID)[0]; got.Downloads != 1 || got.State != shop.Revoked {
			t.Errorf("file %+v", got)
		}
	})
}

// What is counted and what is recorded agree, and nothing is recorded once the right is gone.
func TestDownloadsWhileTheRightIsRevoked(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		order := storetest.MustPaidOrder(t, s, storetest.Advisory)
		file := mustFiles(t, s, order.ID)[0]
		var (
			all     sync.WaitGroup
			mu      sync.Mutex
			granted int
		)
		for range 8 {
			all.Go(func() {
				for range 5 {
					err := s.RecordDownload(t.Context(), download(file, order.ID))
					switch {
					case err == nil:
						mu.Lock()
						granted++
						mu.Unlock()
					case !errors.Is(err, shop.ErrRevoked):
						t.Error(err)
					}
				}
			})
		}
		all.Go(func() {
			event := storetest.Payment(order)
			event.ID = "evt_refund"
			refund(1900)(&event)
			if _, err := s.ApplyPayment(t.Context(), event, storetest.Now()); err != nil {
				t.Error(err)
			}
		})
		all.Wait()
		recorded := len(read(t, pool(t, s), "SELECT id FROM downloads"))
		if got := mustFiles(t, s, order.ID)[0]; got.Downloads != granted || recorded != granted || got.State != shop.Revoked {
			t.Errorf("%d granted, %d counted, %d recorded, %s", granted, got.Downloads, recorded, got.State)
		}
		if err := s.RecordDownload(t.Context(), download(file, order.ID)); !errors.Is(err, shop.ErrRevoked) {
			t.Errorf("afterwards: %v", err)
		}
	})
}

func download(f shop.OwnedFile, orderID string) shop.Download {
	return shop.Download{
		ID: shop.NewID(), EntitlementID: f.EntitlementID, OrderID: orderID, FileID: f.ID, EditionID: f.EditionID,
		IssuedAt: storetest.Now(), ExpiresAt: storetest.Now().Add(10 * time.Minute), IP: "192.0.2.0", Agent: "Browser",
	}
}

func mustFiles(t *testing.T, s *store.Store, orderID string) []shop.OwnedFile {
	t.Helper()
	files, err := s.OwnedFiles(t.Context(), orderID)
	must(t, err)
	return files
}

// owned names the files of an order: the product of the line, the handbook and its edition.
func owned(t *testing.T, s *store.Store, orderID string) []string {
	t.Helper()
	slugs := map[string]string{}
	for _, line := range mustOrder(t, s, orderID).Lines {
		slugs[line.ID] = line.ProductSlug
	}
	var names []string
	for _, f := range mustFiles(t, s, orderID) {
		names = append(names, slugs[f.LineID]+" "+f.ProductSlug+" "+string(rune('0'+f.EditionNumber)))
	}
	return names
}
