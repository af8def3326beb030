package store_test

import (
	"errors"
	"slices"
	"testing"

	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

func TestAnArchiveIsRecordedWhole(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		order := storetest.MustPaidOrder(t, s, storetest.Both, storetest.Starter)
		var downloads []shop.Download
		for _, f := range mustFiles(t, s, order.ID) {
			d := download(f, order.ID)
			d.ArchiveID = "archive-1"
			downloads = append(downloads, d)
		}
		must(t, s.RecordDownload(t.Context(), downloads...))
		archived, err := s.ArchivedFiles(t.Context(), "archive-1")
		must(t, err)
		var names []string
		for i, f := range archived {
			names = append(names, f.Name)
			if f.ID != downloads[i].FileID || f.State != shop.Active || f.ProductTitle == "" || f.EditionDate.IsZero() {
				t.Errorf("file %+v", f)
			}
		}
		if want := []string{"advisory.pdf", "projects.pdf", "starter.pdf"}; !slices.Equal(names, want) {
			t.Errorf("the archive holds %v, want %v", names, want)
		}
		if got := read(t, pool(t, s), "SELECT SUM(downloads) || '' FROM entitlements"); !slices.Equal(got, []string{"3"}) {
			t.Errorf("counted %v", got)
		}

		event := storetest.Payment(order)
		dispute(shop.DisputeOpen)(&event)
		event.ID = "evt_dispute"
		storetest.MustApply(t, s, event, shop.EventApplied)
		for i := range downloads {
			downloads[i].ID, downloads[i].ArchiveID = shop.NewID(), "archive-2"
		}
		if err := s.RecordDownload(t.Context(), downloads...); !errors.Is(err, shop.ErrSuspended) {
			t.Errorf("a suspended right: %v", err)
		}
		if got, err := s.ArchivedFiles(t.Context(), "archive-2"); err != nil || len(got) != 0 {
			t.Errorf("half an archive: %v, %v", got, err)
		}
		if archived, err = s.ArchivedFiles(t.Context(), "archive-1"); err != nil || archived[0].State != shop.Suspended {
			t.Errorf("the archive that was issued: %+v, %v", archived, err)
		}
	})
}

func TestFilesAreMeasuredOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		measured := storetest.Handbook("measured", "Measured")
		measured.Product.Editions[0].Files[0].CRC32 = shop.CRC32{Sum: 0xfedcba98, Known: true}
		storetest.MustImport(t, s, measured, storetest.Handbook("one", "One"), storetest.Handbook("two", "Two"))
		first, err := s.UnmeasuredFiles(t.Context(), "", 1)
		must(t, err)
		rest, err := s.UnmeasuredFiles(t.Context(), first[0].ID, 10)
		must(t, err)
		if len(first) != 1 || len(rest) != 1 || first[0].Name == rest[0].Name {
			t.Fatalf("not measured: %+v and %+v", first, rest)
		}
		for _, sum := range []uint32{0, 7} { // 0 is a checksum like any other
			must(t, s.NoteCRC32(t.Context(), first[0].SHA256, sum))
		}
		for slug, want := range map[string]shop.CRC32{
			"measured": {Sum: 0xfedcba98, Known: true}, first[0].Name[:3]: {Known: true}, rest[0].Name[:3]: {},
		} {
			if got := storetest.MustProduct(t, s, slug).Editions[0].Files[0].CRC32; got != want {
				t.Errorf("%s: %+v, want %+v", slug, got, want)
			}
		}
	})
}
