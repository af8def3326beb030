package staff_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"bookroom/delivery"
	"bookroom/delivery/s3test"
	"bookroom/mail"
	"bookroom/mail/mailtest"
	"bookroom/shop"
	"bookroom/store/storetest"
)

// goodPDFs finds nothing wrong in any PDF.
type goodPDFs struct{}

func (goodPDFs) Read(_ context.Context, pdf []byte, _ func(int) []int) (shop.Reading, error) {
	sum := sha256.Sum256(pdf)
	return shop.Reading{Inspection: shop.Inspection{
		Pages: 2, Title: "Élan", Language: "en", Tagged: true, Figures: 3, Described: 2, PageMarks: []string{"same", hex.EncodeToString(sum[:4])},
		Fonts: []shop.Font{{Name: "Fraunces", Embedded: true}}, Outline: []shop.ContentEntry{{Title: "One", Page: 1, Level: 1}},
	}}, nil
}

// MustOpenWithBucket opens a back office with a real bucket and a mail server.
func MustOpenWithBucket(t *testing.T) (*place, *mailtest.Sink) {
	t.Helper()
	server, err := s3test.New(s3test.Options{Dir: t.TempDir(), Bucket: "bookroom", AccessKey: "shop", SecretKey: "secret"})
	must(t, err)
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	bucket, err := delivery.Open(t.Context(), delivery.Config{
		Bucket: "bookroom", Endpoint: listener.URL, Region: "us-east-1", Credentials: credentials.NewStaticCredentialsProvider("shop", "secret", ""),
	})
	must(t, err)
	sink, err := mailtest.Open(mailtest.Options{})
	must(t, err)
	t.Cleanup(func() { must(t, sink.Close()) })
	mailer, err := mail.New(mail.Config{URL: sink.URL(), From: "orders@example.org"})
	must(t, err)
	return MustOpen(t, func(c *shop.Config) { c.Bucket, c.PDFs, c.Mailer = bucket, goodPDFs{}, mailer }), sink
}

// workOnFiles does the jobs that are due.
func (p *place) workOnFiles(tb testing.TB) {
	tb.Helper()
	do := map[shop.JobKind]func(context.Context, shop.Job) error{
		shop.JobCheckUpload: p.shop.CheckUpload, shop.JobInspect: p.shop.InspectFile, shop.JobNotice: p.shop.SendNoticeBatch, shop.JobMail: p.shop.SendMail,
	}
	for {
		jobs, err := p.store.ClaimJobs(tb.Context(), time.Now().Add(time.Hour), 10, 2*time.Hour, shop.JobCheckUpload, shop.JobInspect, shop.JobNotice, shop.JobMail)
		must(tb, err)
		if len(jobs) == 0 {
			return
		}
		for _, job := range jobs {
			must(tb, errors.Join(do[job.Kind](tb.Context(), job), do[job.Kind](tb.Context(), job), p.store.FinishJob(tb.Context(), job, time.Now())))
		}
	}
}

// sent is an answer to the script that sends files.
type sent struct {
	ID      string
	State   string
	Arrived []int
	Refused string
	Message string
}

func (r reply) upload(tb testing.TB) sent {
	tb.Helper()
	var answer sent
	must(tb, json.Unmarshal([]byte(r.body), &answer))
	return answer
}

// MustSend sends a file as the script does.
func (v *visitor) MustSend(name string, body []byte) sent {
	v.tb.Helper()
	sum := sha256.Sum256(body)
	begun := v.Post("/staff/products/advisory/uploads", url.Values{"name": {name}, "size": {strconv.Itoa(len(body))}, "first_sha256": {hex.EncodeToString(sum[:])}})
	begun.Expect(v.tb, http.StatusOK)
	upload := begun.upload(v.tb)
	var links []struct{ URL string }
	must(v.tb, json.Unmarshal([]byte(v.Post("/staff/uploads/"+upload.ID+"/parts", url.Values{"number": {"1"}}).body), &links))
	request, err := http.NewRequestWithContext(v.tb.Context(), http.MethodPut, links[0].URL, bytes.NewReader(body))
	must(v.tb, err)
	answer, err := http.DefaultClient.Do(request)
	must(v.tb, err)
	_, err = io.Copy(io.Discard, answer.Body)
	must(v.tb, errors.Join(err, answer.Body.Close()))
	done := v.Post("/staff/uploads/"+upload.ID+"/complete", url.Values{"checksum": {hex.EncodeToString(sum[:])}})
	done.Expect(v.tb, http.StatusOK, `"checking"`)
	return upload
}

var fingerprint = regexp.MustCompile(`name="fingerprint" value="([0-9a-f]+)"`)

func TestAnEditionIsMadeAndItsOwnersAreTold(t *testing.T) {
	t.Parallel()
	p, sink := MustOpenWithBucket(t)
	storetest.MustPaidOrder(t, p.store, storetest.Advisory)
	storetest.MustFinishJobs(t, p.store)
	desk := p.SignIn(t, shop.RoleCatalog)

	desk.Get("/staff/products/advisory/edition").Expect(t, http.StatusOK,
		"Edition 2, to follow edition 1", "advisory.pdf", "as in edition 1", "All files are those of edition 1", "Sending files needs JavaScript")
	upload := desk.MustSend("advisory.pdf", []byte("%PDF-1.7 second"))
	desk.Get("/staff/products/advisory/edition").Expect(t, http.StatusOK, "comparing checksums", "data-busy")
	p.workOnFiles(t)
	if got := desk.Get("/staff/uploads/" + upload.ID).upload(t); got.State != "done" {
		t.Errorf("%+v", got)
	}
	desk.Get("/staff/products/advisory/edition").Expect(t, http.StatusOK, "Can be read", "2 pages, titled “Élan”, language en",
		"Some pictures have no description in words: 2 of 3 do.", "Say what changed")

	save := url.Values{"version": {"0"}, "notes": {"A new second page."}, "look_inside": {"1"}}
	if got := desk.Post("/staff/products/advisory/edition", save); got.header.Get("Location") != "/staff/products/advisory/edition?done=saved" {
		t.Fatalf("%d: %s", got.status, got.body)
	}
	save.Set("notes", "Another text")
	desk.Post("/staff/products/advisory/edition", save).Expect(t, http.StatusConflict, "Another text", "A new second page.", "What is saved now", `name="version" value="1"`)
	save.Set("version", "1")
	save.Set("look_inside", "nonsense")
	desk.Post("/staff/products/advisory/edition", save).Expect(t, http.StatusUnprocessableEntity, "Pages are counted from 1.", "nonsense", "Another text")

	page := desk.Get("/staff/products/advisory/edition")
	page.Expect(t, http.StatusOK, "Publish edition 2", "Everybody who owns the handbook", "the number of pages, 2, and the contents")
	form := url.Values{"fingerprint": {fingerprint.FindStringSubmatch(page.body)[1]}, "take_contents": {"yes"}}
	if got := desk.Post("/staff/products/advisory/edition/publish", form); got.header.Get("Location") != "/staff/products/advisory/notice?done=published" {
		t.Fatalf("%d: %s", got.status, got.body)
	}
	desk.Post("/staff/products/advisory/edition/publish", form).Expect(t, http.StatusConflict, "changed or published this draft meanwhile")

	desk.Get("/staff/products/advisory/notice?done=published").Expect(t, http.StatusOK, "Write to the one owner", "A new second page.", "The edition is published")
	desk.Post("/staff/products/advisory/notice/test", url.Values{"language": {"es"}}).Expect(t, http.StatusSeeOther)
	desk.Post("/staff/products/advisory/notice/start", nil).Expect(t, http.StatusSeeOther)
	desk.Post("/staff/products/advisory/notice/pause", nil).Expect(t, http.StatusSeeOther)
	p.workOnFiles(t)
	desk.Get("/staff/products/advisory/notice").Expect(t, http.StatusOK, "Paused", "Go on: 1 to go")
	desk.Post("/staff/products/advisory/notice/resume", nil).Expect(t, http.StatusSeeOther)
	p.workOnFiles(t)
	desk.Get("/staff/products/advisory/notice").Expect(t, http.StatusOK, "Done", "<dt>Sent</dt><dd class=\"num\">1</dd>")
	letters, err := sink.Messages()
	must(t, err)
	var subjects []string
	for _, letter := range letters {
		subjects = append(subjects, letter.Subject)
	}
	if got := strings.Join(subjects, "; "); got != "A new edition of “The Advisory Handbook”; Una nueva edición de «The Advisory Handbook»" {
		t.Errorf("the mails are: %s", got)
	}
}

func TestAnUploadThatCannotBe(t *testing.T) {
	t.Parallel()
	p, _ := MustOpenWithBucket(t)
	desk := p.SignIn(t, shop.RoleCatalog)
	desk.Post("/staff/products/advisory/uploads", url.Values{"name": {"a.exe"}, "size": {"ten"}, "first_sha256": {""}}).
		Expect(t, http.StatusUnprocessableEntity, "Known endings are", "The file is empty.")
	desk.Post("/staff/products/both/uploads", url.Values{"name": {"a.pdf"}, "size": {"1"}, "first_sha256": {strings.Repeat("a", 64)}}).
		Expect(t, http.StatusConflict, "A bundle has no files of its own")
	desk.Get("/staff/uploads/none").Expect(t, http.StatusNotFound, "no such upload")
	begun := desk.Post("/staff/products/advisory/uploads", url.Values{"name": {"a.pdf"}, "size": {"9"}, "first_sha256": {strings.Repeat("a", 64)}}).upload(t)
	desk.Get("/staff/products/advisory/edition").Expect(t, http.StatusOK, "Give up a.pdf", "Choose the same file again")
	desk.Post("/staff/uploads/"+begun.ID+"/parts", url.Values{"number": {"2"}}).Expect(t, http.StatusUnprocessableEntity, "The upload has the parts 1 to 1.")
	desk.Post("/staff/uploads/"+begun.ID+"/complete", url.Values{"checksum": {strings.Repeat("a", 64)}}).Expect(t, http.StatusConflict, "does not have 1 of the 1 parts")
	desk.Post("/staff/uploads/"+begun.ID+"/abort", nil).Expect(t, http.StatusSeeOther)
	if page := desk.Get("/staff/products/advisory/edition"); strings.Contains(page.body, "Give up") {
		t.Error("what was given up is still there")
	}
}
