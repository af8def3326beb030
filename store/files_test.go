package store_test

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

func clerk() shop.Actor { return shop.Actor{StaffID: "s1", Name: "Grace", Role: shop.RoleCatalog} }

func act(verb string) shop.Act {
	return shop.Act{By: clerk(), Verb: verb, Subject: shop.Subject{Kind: "edition", ID: "e", Name: storetest.Advisory}}
}

func sumOf(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// newUpload is a file of that name, and of bytes that only this name has.
func newUpload(name string) shop.Upload {
	return shop.Upload{
		ID: shop.NewID(), Slug: storetest.Advisory, StaffID: "s1", Staff: "Grace", Name: name, ContentType: shop.FileKindOf(name).ContentType,
		Size: 20, PartSize: 10, FirstSHA256: sumOf(name), BucketUpload: "b-" + name, State: shop.UploadOpen,
		CreatedAt: storetest.Now(), UpdatedAt: storetest.Now(),
	}
}

// MustUpload brings a file into the draft of the advisory handbook.
func MustUpload(tb testing.TB, s *store.Store, name, text string) shop.File {
	tb.Helper()
	ctx, now := tb.Context(), storetest.Now()
	up := newUpload(name)
	up.FirstSHA256 = sumOf(text)
	u, err := s.CreateUpload(ctx, up, act("upload.begin"), now)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := s.CloseUpload(ctx, u.ID, []string{sumOf("1"), sumOf("2")}, act("upload.complete"), now); err != nil {
		tb.Fatal(err)
	}
	f := shop.File{
		ID: shop.NewID(), Name: name, ContentType: u.ContentType, Size: u.Size, SHA256: sumOf(text), Key: shop.FileKey(sumOf(text)),
		CRC32: shop.CRC32{Sum: 7, Known: true},
	}
	if err := s.AcceptUpload(ctx, u.ID, f, now); err != nil {
		tb.Fatal(err)
	}
	return f
}

func mustDraft(tb testing.TB, s *store.Store) shop.EditionDraft {
	tb.Helper()
	d, err := s.EditionDraft(tb.Context(), storetest.Advisory)
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

func jobsOf(tb testing.TB, s *store.Store, kind shop.JobKind) []shop.Job {
	tb.Helper()
	jobs, err := s.ClaimJobs(tb.Context(), storetest.Now().Add(24*time.Hour), 1000, time.Minute, kind)
	if err != nil {
		tb.Fatal(err)
	}
	return jobs
}

func TestTheSameFileGoesOnWithItsUpload(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		ids := make([]string, 8)
		var all sync.WaitGroup
		for i := range ids {
			all.Go(func() {
				u, err := s.CreateUpload(t.Context(), newUpload("a.pdf"), act("upload.begin"), storetest.Now())
				if err != nil {
					t.Error(err)
				}
				ids[i] = u.ID
			})
		}
		all.Wait()
		if slices.ContainsFunc(ids, func(id string) bool { return id != ids[0] }) {
			t.Errorf("one file has the uploads %v", ids)
		}
		other := newUpload("a.pdf")
		other.FirstSHA256 = sumOf("another")
		if u, err := s.CreateUpload(t.Context(), other, act("upload.begin"), storetest.Now()); err != nil || u.ID != other.ID {
			t.Errorf("another file of that name: %+v, %v", u, err)
		}
		bundle, nothing := newUpload("a.pdf"), newUpload("a.pdf")
		bundle.Slug, nothing.Slug = storetest.Both, "nothing"
		if _, err := s.CreateUpload(t.Context(), bundle, act("upload.begin"), storetest.Now()); !errors.Is(err, shop.ErrNotAHandbook) {
			t.Errorf("for a bundle: %v", err)
		}
		if _, err := s.CreateUpload(t.Context(), nothing, act("upload.begin"), storetest.Now()); !errors.Is(err, store.ErrProductNotFound) {
			t.Errorf("for no product: %v", err)
		}
	})
}

func TestAnUploadEndsOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		ctx, now := t.Context(), storetest.Now()
		u, err := s.CreateUpload(ctx, newUpload("a.pdf"), act("upload.begin"), now)
		must(t, err)
		must(t, s.RefuseUpload(ctx, u.ID, shop.UploadDamaged, now)) // it is not checked yet
		for range 2 {
			got, err := s.CloseUpload(ctx, u.ID, []string{"x", "y"}, act("upload.complete"), now)
			if err != nil || got.State != shop.UploadChecking || len(got.Checksums) != 2 {
				t.Fatalf("%+v, %v", got, err)
			}
		}
		if jobs := jobsOf(t, s, shop.JobCheckUpload); len(jobs) != 1 || jobs[0].Subject != u.ID {
			t.Errorf("the jobs are %+v", jobs)
		}
		must(t, s.EndUpload(ctx, u.ID, act("upload.abort"), now)) // too late
		must(t, s.RefuseUpload(ctx, u.ID, shop.UploadDamaged, now))
		must(t, s.AcceptUpload(ctx, u.ID, shop.File{}, now)) // too late
		draft := mustDraft(t, s)
		if len(draft.Uploads) != 1 || draft.Uploads[0].Refused != shop.UploadDamaged || draft.Version != 0 {
			t.Errorf("the draft is %+v", draft)
		}
		left, err := s.AbandonedUploads(ctx, now.Add(time.Second), 10)
		must(t, err)
		for _, u := range left {
			must(t, s.DropUpload(ctx, u.ID, now))
		}
		if draft := mustDraft(t, s); len(left) != 1 || len(draft.Uploads) != 0 {
			t.Errorf("%d were left alone, %+v are shown", len(left), draft.Uploads)
		}
	})
}

func TestADraftBeginsWithThePublishedFiles(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		draft := mustDraft(t, s)
		if draft.Version != 0 || draft.Number != 2 || len(draft.Files) != 1 || !draft.Unchanged(draft.Files[0]) {
			t.Fatalf("%+v", draft)
		}
		MustUpload(t, s, "advisory.pdf", "second edition") // in the place of the one of that name
		extra := MustUpload(t, s, "worksheets.zip", "zip")
		draft = mustDraft(t, s)
		if len(draft.Files) != 2 || draft.Files[0].SHA256 != sumOf("second edition") || draft.Files[1].ID != extra.ID || draft.Unchanged(draft.Files[0]) {
			t.Fatalf("%+v", draft.Files)
		}
		change := shop.DraftChange{Version: 0, Notes: "All new.", LookInside: []int{2, 4}, Order: []string{extra.ID}}
		saved, err := s.SaveDraft(t.Context(), storetest.Advisory, change, act("edition_draft.save"), storetest.Now())
		if err != nil || saved.Version != 1 || saved.Notes != "All new." || saved.Files[0].ID != extra.ID || len(saved.Files) != 2 {
			t.Fatalf("%+v, %v", saved, err)
		}
		if _, err := s.SaveDraft(t.Context(), storetest.Advisory, change, act("edition_draft.save"), storetest.Now()); !errors.Is(err, shop.ErrDraftChanged) {
			t.Errorf("a second change of the first version: %v", err)
		}
		change = shop.DraftChange{Version: 1, Notes: "All new.", Remove: []string{extra.ID}}
		if saved, err = s.SaveDraft(t.Context(), storetest.Advisory, change, act("edition_draft.save"), storetest.Now()); err != nil || len(saved.Files) != 1 {
			t.Errorf("%+v, %v", saved, err)
		}
		if again := mustDraft(t, s); again.Fingerprint() != saved.Fingerprint() {
			t.Error("what was saved is not what is read")
		}
	})
}

func TestTwoWhoPublishAtOncePublishOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		order := storetest.MustPaidOrder(t, s, storetest.Advisory, storetest.Both)
		storetest.MustFinishJobs(t, s)
		f := MustUpload(t, s, "advisory.pdf", "second edition")
		must(t, s.SaveInspection(t.Context(), f.SHA256, shop.Inspection{
			Pages: 44, Outline: []shop.ContentEntry{{Title: "Second Beginnings", Page: 6, Level: 1}}, InspectedAt: storetest.Now(),
		}))
		draft := mustDraft(t, s)
		before, err := s.CatalogVersion(t.Context())
		must(t, err)
		edited, err := s.ProductToEdit(t.Context(), storetest.Advisory)
		must(t, err)
		var all sync.WaitGroup
		var mu sync.Mutex
		published := 0
		for range 4 {
			all.Go(func() {
				p := shop.EditionPublication{EditionID: shop.NewID(), Fingerprint: draft.Fingerprint(), TakeContents: true}
				_, err := s.PublishEdition(t.Context(), storetest.Advisory, p, act("edition.publish"), storetest.Now().Add(time.Hour))
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					published++
				} else if !errors.Is(err, shop.ErrDraftChanged) {
					t.Error(err)
				}
			})
		}
		all.Wait()
		product := storetest.MustProduct(t, s, storetest.Advisory)
		if published != 1 || len(product.Editions) != 2 || product.Edition().Number != 2 || product.Pages != 44 || product.Contents[0].Title != "Second Beginnings" {
			t.Errorf("published %d times: %+v", published, product)
		}
		if product.Edition().Inspection == nil || product.Edition().Inspection.Pages != 44 {
			t.Errorf("the page knows nothing of the PDF: %+v", product.Edition())
		}
		if after, err := s.CatalogVersion(t.Context()); err != nil || after <= before {
			t.Errorf("version %d, was %d (%v)", after, before, err)
		}
		if now, err := s.ProductToEdit(t.Context(), storetest.Advisory); err != nil || now.Version != edited.Version+1 {
			t.Errorf("who edits the product is not told: version %d, was %d (%v)", now.Version, edited.Version, err)
		}
		if jobs := jobsOf(t, s, shop.JobReadEdition); len(jobs) != 1 || jobs[0].Subject != product.Edition().ID {
			t.Errorf("the jobs are %+v", jobs)
		}
		records, err := s.AuditRecords(t.Context(), shop.AuditQuery{Verb: "edition.publish", Limit: 10})
		if err != nil || len(records) != 1 {
			t.Errorf("%d records, %v", len(records), err)
		}
		if draft := mustDraft(t, s); draft.Version != 0 || draft.Number != 3 || draft.Notes != "" {
			t.Errorf("the draft is still there: %+v", draft)
		}
		wantBothEditions(t, s, order)
	})
}

// wantBothEditions expects the newest edition, and the one bought, by itself and in the bundle.
func wantBothEditions(t *testing.T, s *store.Store, order shop.Order) {
	t.Helper()
	newest, err := s.OwnedFiles(t.Context(), order.ID)
	must(t, err)
	bought, err := s.BoughtFiles(t.Context(), order.ID)
	must(t, err)
	editions := func(files []shop.OwnedFile) (list []int) {
		for _, f := range files {
			if f.ProductSlug == storetest.Advisory {
				list = append(list, f.EditionNumber)
			}
		}
		return list
	}
	if got := editions(newest); !slices.Equal(got, []int{2, 2}) {
		t.Errorf("the newest are %v", got)
	}
	if got := editions(bought); !slices.Equal(got, []int{1, 1}) || len(bought) != 2 {
		t.Errorf("those bought are %v", got)
	}
	for _, f := range slices.Concat(newest, bought) {
		if _, err := s.OwnedFile(t.Context(), order.ID, f.ID); err != nil {
			t.Errorf("edition %d of %s: %v", f.EditionNumber, f.ProductSlug, err)
		}
	}
}

// MustOwners pays an order of the advisory handbook for each address.
func MustOwners(tb testing.TB, s *store.Store, emails ...string) []shop.Order {
	tb.Helper()
	var orders []shop.Order
	for i, email := range emails {
		slug := storetest.Advisory
		if i%2 == 1 {
			slug = storetest.Both
		}
		o := storetest.NewOrder(tb, storetest.MustCart(tb, s, slug))
		o.Email, o.Language = email, shop.Spanish
		placed, err := s.PlaceOrder(tb.Context(), o, shop.Change{})
		if err != nil {
			tb.Fatal(err)
		}
		orders = append(orders, storetest.MustApply(tb, s, storetest.Payment(placed), shop.EventApplied))
	}
	return orders
}

// MustPublish publishes the second edition of the advisory handbook.
func MustPublish(tb testing.TB, s *store.Store) shop.Edition {
	tb.Helper()
	MustUpload(tb, s, "advisory.pdf", "second edition")
	draft := mustDraft(tb, s)
	p := shop.EditionPublication{EditionID: shop.NewID(), Fingerprint: draft.Fingerprint()}
	edition, err := s.PublishEdition(tb.Context(), storetest.Advisory, p, act("edition.publish"), storetest.Now().Add(time.Hour))
	if err != nil {
		tb.Fatal(err)
	}
	return edition
}

func TestOwnersAreToldOnceEach(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		ctx, now := t.Context(), storetest.Now().Add(2*time.Hour)
		MustOwners(t, s, "a@x.example", "b@x.example", "a@x.example", "c@x.example", "d@x.example")
		edition := MustPublish(t, s)
		storetest.MustFinishJobs(t, s)
		n, err := s.Notice(ctx, storetest.Advisory)
		if err != nil || n.Owners != 4 || n.State != "" || n.Edition.ID != edition.ID {
			t.Fatalf("%+v, %v", n, err)
		}
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				if err := s.StartNotice(ctx, edition.ID, act("notice.start"), now); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		batch := func(turn string) {
			t.Helper()
			for range 2 { // as when a runner was killed before it had noted that it was done
				must(t, s.QueueNoticeBatch(ctx, edition.ID, turn, 1, time.Second, now))
			}
		}
		batch("1")
		must(t, s.PauseNotice(ctx, edition.ID, act("notice.pause"), now))
		batch("1")
		if n, err = s.Notice(ctx, storetest.Advisory); err != nil || n.State != shop.NoticePaused || n.Progress.Waiting != 2 || n.Progress.Queued != 2 {
			t.Errorf("paused: %+v, %v", n, err)
		}
		for range 2 {
			must(t, s.ResumeNotice(ctx, edition.ID, act("notice.resume"), now))
		}
		batch("1") // of the turn before
		batch("2")
		batch("2")
		mails := jobsOf(t, s, shop.JobMail)
		if len(mails) != 4 {
			t.Fatalf("%d mails for 4 owners", len(mails))
		}
		for i, mail := range mails {
			id, _ := strings.CutPrefix(mail.Key, shop.NoticeMailKey)
			r, err := s.NoticeRecipient(ctx, id)
			if err != nil || !r.Due || !r.Owns || r.Hash != shop.AddressHash(edition.ID, r.Email) || r.Order.Language != shop.Spanish {
				t.Errorf("%+v, %v", r, err)
			}
			must(t, s.NoteNoticed(ctx, id, i > 0))
			must(t, s.NoteNoticed(ctx, id, true))
		}
		want := shop.NoticeProgress{Sent: 3, LeftOut: 1}
		if n, err = s.Notice(ctx, storetest.Advisory); err != nil || n.State != shop.NoticeDone || n.Progress != want || n.Owners != 4 {
			t.Errorf("at the end: %+v, %v", n, err)
		}
	})
}

func TestWhoOwnsNothingAnyMoreIsNotTold(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		ctx, now := t.Context(), storetest.Now().Add(2*time.Hour)
		orders := MustOwners(t, s, "a@x.example", "b@x.example")
		edition := MustPublish(t, s)
		must(t, s.StartNotice(ctx, edition.ID, act("notice.start"), now))
		must(t, s.QueueNoticeBatch(ctx, edition.ID, "1", 10, time.Second, now))
		_, err := pool(t, s).ExecContext(ctx, "UPDATE entitlements SET state = 'revoked' WHERE order_id = '"+orders[0].ID+"'")
		must(t, err)
		owning := 0
		for _, mail := range jobsOf(t, s, shop.JobMail) {
			if id, is := strings.CutPrefix(mail.Key, shop.NoticeMailKey); is {
				r, err := s.NoticeRecipient(ctx, id)
				must(t, err)
				if r.Owns {
					owning++
				}
			}
		}
		if owning != 1 {
			t.Errorf("%d of 2 are told, want 1", owning)
		}
		_, err = s.NoticeRecipient(ctx, "nobody")
		if !errors.Is(err, shop.ErrRecipientNotFound) {
			t.Errorf("nobody: %v", err)
		}
	})
}
