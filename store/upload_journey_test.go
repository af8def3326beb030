package store_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"bookroom/delivery"
	"bookroom/delivery/s3test"
	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

// editionDesk is a shop with a real bucket, in which staff make an edition.
type editionDesk struct {
	testing.TB
	*shop.Shop
	store  *store.Store
	bucket *delivery.Bucket
	server *s3test.Server
}

// pdfs reads no PDF: it finds in each what it was told to.
type pdfs struct {
	found shop.Inspection
	err   error
}

func (p *pdfs) Read(context.Context, []byte, func(int) []int) (shop.Reading, error) {
	return shop.Reading{Inspection: p.found}, p.err
}

func MustDesk(t *testing.T, s *store.Store, reader shop.PDFReader) editionDesk {
	t.Helper()
	storetest.MustProducts(t, s)
	server, err := s3test.New(s3test.Options{Dir: t.TempDir(), Bucket: "bookroom", AccessKey: "shop", SecretKey: "secret"})
	must(t, err)
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	bucket, err := delivery.Open(t.Context(), delivery.Config{
		Bucket: "bookroom", Endpoint: listener.URL, Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("shop", "secret", ""),
	})
	must(t, err)
	return editionDesk{t, shop.New(shop.Config{
		Store: s, Bucket: bucket, PDFs: reader, URL: "https://shop.example", Secret: make([]byte, 32), Now: time.Now, Wake: func() {},
		Log: slog.New(slog.DiscardHandler),
	}), s, bucket, server}
}

// wish is what a browser asks for with a file.
func wish(name string, body []byte) shop.NewUpload {
	first := sha256.Sum256(body[:min(len(body), shop.UploadBeginning)])
	return shop.NewUpload{Slug: storetest.Advisory, Name: name, Size: int64(len(body)), FirstSHA256: hex.EncodeToString(first[:])}
}

// send PUTs these parts to the bucket as a browser does.
func (d editionDesk) send(u shop.Upload, body []byte, numbers ...int) {
	d.Helper()
	links, err := d.SignParts(d.Context(), clerk(), u.ID, numbers)
	if err != nil {
		d.Fatal(err)
	}
	for _, link := range links {
		start := int64(link.Number-1) * u.PartSize
		request, err := http.NewRequestWithContext(d.Context(), http.MethodPut, link.URL, bytes.NewReader(body[start:start+link.Size]))
		if err != nil {
			d.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			d.Fatal(err)
		}
		_, err = io.Copy(io.Discard, answer.Body)
		if err := errors.Join(err, answer.Body.Close()); err != nil || answer.StatusCode != http.StatusOK {
			d.Fatalf("part %d: %s, %v", link.Number, answer.Status, err)
		}
	}
}

func checksums(u shop.Upload, body []byte) []string {
	var sums []string
	for part := range slices.Chunk(body, int(u.PartSize)) {
		sum := sha256.Sum256(part)
		sums = append(sums, hex.EncodeToString(sum[:]))
	}
	return sums
}

// work does what the jobs of these kinds ask for, twice each, as when a runner was killed before it had noted that.
func (d editionDesk) work() {
	d.Helper()
	do := map[shop.JobKind]func(context.Context, shop.Job) error{shop.JobCheckUpload: d.CheckUpload, shop.JobInspect: d.InspectFile}
	for _, kind := range []shop.JobKind{shop.JobCheckUpload, shop.JobInspect} {
		jobs, err := d.store.ClaimJobs(d.Context(), time.Now().Add(time.Hour), 10, time.Minute, kind)
		if err != nil {
			d.Fatal(err)
		}
		for _, job := range jobs {
			if err := errors.Join(do[kind](d.Context(), job), do[kind](d.Context(), job), d.store.FinishJob(d.Context(), job, time.Now())); err != nil {
				d.Fatal(err)
			}
		}
	}
}

// handbook is a file of that many bytes that begins as a PDF does.
func handbook(size int) []byte {
	body := bytes.Repeat([]byte("bookroom"), size/8+1)[:size]
	copy(body, "%PDF-")
	return body
}

func TestAFileIsUploadedInterruptedAndResumed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := MustDesk(t, s, &pdfs{found: shop.Inspection{Pages: 12, Tagged: true}})
		ctx, body := t.Context(), handbook(2*8<<20+5)
		u, err := d.BeginUpload(ctx, clerk(), wish("advisory.pdf", body))
		must(t, err)
		d.send(u, body, 2)
		if _, err := d.CompleteUpload(ctx, clerk(), u.ID, checksums(u, body)); shop.AsError(err).Code != "parts_missing" {
			t.Errorf("completed too early: %v", err)
		}

		again, err := d.BeginUpload(ctx, clerk(), wish("advisory.pdf", body)) // the page was loaded anew
		if err != nil || again.ID != u.ID {
			t.Fatalf("the same file gets upload %s, not %s (%v)", again.ID, u.ID, err)
		}
		_, arrived, err := d.UploadedParts(ctx, u.ID)
		if err != nil || !slices.Equal(arrived, []int{2}) {
			t.Fatalf("arrived are %v, %v", arrived, err)
		}
		d.send(u, body, 1, 3)
		for range 2 {
			closed, err := d.CompleteUpload(ctx, clerk(), u.ID, checksums(u, body))
			if err != nil || closed.State != shop.UploadChecking {
				t.Fatalf("%+v, %v", closed, err)
			}
		}
		if _, err := d.SignParts(ctx, clerk(), u.ID, []int{1}); !errors.Is(err, shop.ErrUploadClosed) {
			t.Errorf("a part after the end: %v", err)
		}
		d.work()

		draft := mustDraft(t, s)
		if len(draft.Uploads) != 0 || len(draft.Files) != 1 || draft.Files[0].Inspection == nil || draft.Files[0].Inspection.Pages != 12 {
			t.Fatalf("the draft is %+v", draft)
		}
		if got, err := d.bucket.Get(ctx, draft.Files[0].File); err != nil || !bytes.Equal(got, body) {
			t.Errorf("the bucket has %d bytes, %v", len(got), err)
		}
		if err := d.bucket.Exists(ctx, shop.File{Key: u.Key(), Size: u.Size}); !shop.IsKind(err, shop.Internal) {
			t.Errorf("what the browser sent is still there: %v", err)
		}
	})
}

func TestAWrongChecksumIsToldAndAddsNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := MustDesk(t, s, &pdfs{})
		ctx, body := t.Context(), handbook(100)
		u, err := d.BeginUpload(ctx, clerk(), wish("advisory.pdf", body))
		must(t, err)
		d.send(u, body, 1)
		other := handbook(101)
		if _, err := d.CompleteUpload(ctx, clerk(), u.ID, []string{"nonsense"}); shop.AsError(err).Code != "checksums_wrong" {
			t.Errorf("no checksums: %v", err)
		}
		_, err = d.CompleteUpload(ctx, clerk(), u.ID, checksums(u, body))
		must(t, err)
		d.work()
		if got := mustDraft(t, s); len(got.Files) != 1 || got.Files[0].SHA256 != sumOf(string(body)) {
			t.Errorf("the right bytes are %+v", got.Files)
		}

		u, err = d.BeginUpload(ctx, clerk(), wish("advisory.pdf", other))
		must(t, err)
		d.send(u, other, 1)
		_, err = d.CompleteUpload(ctx, clerk(), u.ID, checksums(u, bytes.ToUpper(other)))
		must(t, err)
		d.work()
		draft := mustDraft(t, s)
		if len(draft.Uploads) != 1 || draft.Uploads[0].Refused != shop.UploadDamaged || draft.Files[0].SHA256 != sumOf(string(body)) {
			t.Errorf("the draft is %+v", draft)
		}
	})
}

func TestAnUploadWhoseBytesAreGoneIsRefused(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := MustDesk(t, s, &pdfs{})
		ctx, body := t.Context(), handbook(100)
		u, err := d.BeginUpload(ctx, clerk(), wish("advisory.pdf", body))
		must(t, err)
		d.send(u, body, 1)
		_, err = d.CompleteUpload(ctx, clerk(), u.ID, checksums(u, body))
		must(t, err)
		d.server.SetDown(true)
		if err := d.CheckUpload(ctx, shop.Job{Subject: u.ID}); !shop.IsKind(err, shop.Unavailable) {
			t.Errorf("while the bucket is down: %v", err)
		}
		d.server.SetDown(false)
		must(t, d.bucket.DropParts(ctx, u.Key(), u.BucketUpload))
		d.work()
		if draft := mustDraft(t, s); len(draft.Uploads) != 1 || draft.Uploads[0].Refused != shop.UploadLost {
			t.Errorf("the draft is %+v", draft)
		}
	})
}

func TestAnUploadThatTheBucketLostBeginsAnew(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := MustDesk(t, s, &pdfs{})
		ctx, body := t.Context(), handbook(100)
		lost, err := d.BeginUpload(ctx, clerk(), wish("advisory.pdf", body))
		must(t, err)
		must(t, d.bucket.DropParts(ctx, lost.Key(), lost.BucketUpload))
		u, err := d.BeginUpload(ctx, clerk(), wish("advisory.pdf", body))
		if err != nil || u.ID == lost.ID || u.State != shop.UploadOpen {
			t.Fatalf("%+v, %v", u, err)
		}
		d.send(u, body, 1)
		_, err = d.CompleteUpload(ctx, clerk(), u.ID, checksums(u, body))
		must(t, err)
		d.work()
		if draft := mustDraft(t, s); len(draft.Uploads) != 0 || draft.Files[0].SHA256 != sumOf(string(body)) {
			t.Errorf("the draft is %+v", draft)
		}
	})
}

func TestUploadsThatAreGivenUpLeaveNoParts(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := MustDesk(t, s, &pdfs{})
		ctx := t.Context()
		aborted, err := d.BeginUpload(ctx, clerk(), wish("a.pdf", handbook(10)))
		must(t, err)
		for range 2 {
			must(t, d.AbortUpload(ctx, clerk(), aborted.ID))
		}
		left, err := d.BeginUpload(ctx, clerk(), wish("b.pdf", handbook(10)))
		must(t, err)
		must(t, d.DropAbandonedUploads(ctx))
		if _, _, err := d.UploadedParts(ctx, left.ID); err != nil {
			t.Errorf("a new one is dropped: %v", err)
		}
		_, err = pool(t, s).ExecContext(ctx, "UPDATE uploads SET updated_at = '2026-01-01 00:00:00+00:00'")
		must(t, err)
		must(t, d.DropAbandonedUploads(ctx))
		for _, u := range []shop.Upload{aborted, left} {
			if _, err := d.bucket.Parts(ctx, u.Key(), u.BucketUpload); !errors.Is(err, shop.ErrNoParts) {
				t.Errorf("%s: %v", u.Name, err)
			}
			if got, err := s.Upload(ctx, u.ID); err != nil || got.State != shop.UploadEnded {
				t.Errorf("%+v, %v", got, err)
			}
		}
	})
}

func TestWhatCannotBeUploaded(t *testing.T) {
	t.Parallel()
	d := MustDesk(t, storetest.Open(t, storetest.SQLite(t)), &pdfs{})
	good := wish("a.pdf", handbook(10))
	for field, change := range map[string]func(*shop.NewUpload){
		"name": func(n *shop.NewUpload) { n.Name = "../a.pdf" }, "name ": func(n *shop.NewUpload) { n.Name = "a.exe" },
		"name  ": func(n *shop.NewUpload) { n.Name = "a\n.pdf" }, "size": func(n *shop.NewUpload) { n.Size = 0 },
		"size ": func(n *shop.NewUpload) { n.Size = shop.LargestFile + 1 }, "first_sha256": func(n *shop.NewUpload) { n.FirstSHA256 = "x" },
	} {
		n := good
		change(&n)
		_, err := d.BeginUpload(t.Context(), clerk(), n)
		if known := shop.AsError(err); known == nil || len(known.Fields) != 1 || known.Kind != shop.Invalid {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestAnEditionIsPublishedWhenItsPDFPasses(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		reader := &pdfs{err: shop.NewError(shop.Invalid, shop.CodePDFEncrypted, "Locked.")}
		d := MustDesk(t, s, reader)
		ctx := t.Context()
		upload := func(body []byte) shop.EditionDraft {
			t.Helper()
			u, err := d.BeginUpload(ctx, clerk(), wish("advisory.pdf", body))
			must(t, err)
			d.send(u, body, 1)
			_, err = d.CompleteUpload(ctx, clerk(), u.ID, checksums(u, body))
			must(t, err)
			d.work()
			return mustDraft(t, s)
		}
		publish := func(draft shop.EditionDraft) error {
			_, err := d.PublishEdition(ctx, clerk(), storetest.Advisory, shop.EditionPublication{Fingerprint: draft.Fingerprint()})
			return err
		}
		draft := upload(handbook(100))
		if found := draft.Files[0].Inspection; found == nil || found.Refused != shop.PDFEncrypted {
			t.Fatalf("a locked PDF: %+v", found)
		}
		if len(draft.Obstacles()) != 2 { // and nobody said what changed
			t.Errorf("%v", draft.Obstacles())
		}
		if err := publish(draft); shop.AsError(err).Code != "draft_not_ready" {
			t.Errorf("a locked PDF: %v", err)
		}
		reader.err = shop.NewError(shop.Invalid, shop.CodePDFBroken, "Broken.")
		if draft = upload(handbook(101)); draft.Files[0].Inspection.Refused != shop.PDFBroken {
			t.Errorf("a broken PDF: %+v", draft.Files[0].Inspection)
		}
		reader.err, reader.found = nil, shop.Inspection{Pages: 3, PageMarks: []string{"a", "b", "c"}}
		upload(handbook(102))
		draft, err := d.SaveDraft(ctx, clerk(), storetest.Advisory, shop.DraftChange{Notes: " New:\r\nall of it. "})
		if err != nil || draft.Notes != "New:\nall of it." {
			t.Fatalf("%+v, %v", draft, err)
		}
		stale := mustDraft(t, s)
		upload(handbook(103))
		if err := publish(stale); !errors.Is(err, shop.ErrDraftChanged) {
			t.Errorf("what was looked at is not what would be published: %v", err)
		}
		must(t, publish(mustDraft(t, s)))
		if err := publish(mustDraft(t, s)); shop.AsError(err).Code != "draft_not_ready" {
			t.Errorf("the same files again: %v", err)
		}
	})
}
