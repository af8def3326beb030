package delivery_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"bookroom/delivery"
	"bookroom/shop"
)

// MustBegin begins an object under that key.
func (p place) MustBegin(tb testing.TB, key string) (upload string) {
	tb.Helper()
	upload, err := p.BeginParts(tb.Context(), key, "application/pdf")
	if err != nil {
		tb.Fatal(err)
	}
	return upload
}

// send PUTs a part as a browser on the shop's page does, and returns the answer's status. The link is for size bytes.
func (p place) send(tb testing.TB, key, upload string, number int, size int64, body []byte) int {
	tb.Helper()
	address, _, err := p.SignPart(tb.Context(), key, upload, number, size, time.Minute)
	if err != nil {
		tb.Fatal(err)
	}
	request, err := http.NewRequestWithContext(tb.Context(), http.MethodPut, address, bytes.NewReader(body))
	if err != nil {
		tb.Fatal(err)
	}
	request.Header.Set("Origin", "https://shop.example")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		tb.Fatal(err)
	}
	_, err = io.Copy(io.Discard, answer.Body)
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		tb.Fatal(err)
	}
	if origin := answer.Header.Get("Access-Control-Allow-Origin"); origin != "*" {
		tb.Errorf("a page of the shop may not read the answer: Access-Control-Allow-Origin is %q", origin)
	}
	return answer.StatusCode
}

func letters(n int) []byte {
	source := rand.New(rand.NewPCG(1, uint64(n)))
	body := make([]byte, n)
	for i := range body {
		body[i] = byte('a' + source.IntN(26))
	}
	return body
}

func TestAFileArrivesInPartsAndIsCopiedToItsPlace(t *testing.T) {
	t.Parallel()
	p := MustOpen(t, nil)
	body := letters(5<<20 + 100)
	first, last := body[:5<<20], body[5<<20:]
	upload := p.MustBegin(t, "uploads/a")
	if got := p.send(t, "uploads/a", upload, 2, int64(len(last)), last); got != http.StatusOK {
		t.Fatalf("part 2: %d", got)
	}
	arrived, err := p.Parts(t.Context(), "uploads/a", upload)
	if err != nil || len(arrived) != 1 || arrived[2] != 100 {
		t.Errorf("after one part: %v, %v", arrived, err)
	}
	if got := p.send(t, "uploads/a", upload, 1, int64(len(first)), first); got != http.StatusOK {
		t.Fatalf("part 1: %d", got)
	}
	if err := p.JoinParts(t.Context(), "uploads/a", upload); err != nil {
		t.Fatal(err)
	}
	file := fileOf(body)
	for range 2 { // a job that was killed does it again
		if err := p.Copy(t.Context(), "uploads/a", file); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := p.Get(t.Context(), file); err != nil || !bytes.Equal(got, body) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	puts := p.asked.of(http.MethodPut)
	if err := p.Put(t.Context(), file, func() (io.ReadSeekCloser, error) { return nil, errors.New("opened") }); err != nil || p.asked.of(http.MethodPut) != puts {
		t.Errorf("the copy is not known for what it is: %v", err)
	}
	for range 2 {
		if err := p.Delete(t.Context(), "uploads/a"); err != nil {
			t.Fatal(err)
		}
	}
	if n := p.files(t); n != 1 {
		t.Errorf("%d files are left, want the copy alone", n)
	}
}

func TestALinkTakesItsPartOnly(t *testing.T) {
	t.Parallel()
	p := MustOpen(t, nil)
	upload := p.MustBegin(t, "uploads/a")
	if got := p.send(t, "uploads/a", upload, 1, 10, letters(11)); got != http.StatusForbidden {
		t.Errorf("a part that is too long is answered with %d", got)
	}
	if arrived, err := p.Parts(t.Context(), "uploads/a", upload); err != nil || len(arrived) != 0 {
		t.Errorf("%v, %v", arrived, err)
	}
}

func TestAnUploadThatIsGone(t *testing.T) {
	t.Parallel()
	p := MustOpen(t, nil)
	upload := p.MustBegin(t, "uploads/a")
	p.send(t, "uploads/a", upload, 1, 10, letters(10))
	for range 2 {
		if err := p.DropParts(t.Context(), "uploads/a", upload); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.Parts(t.Context(), "uploads/a", upload); !errors.Is(err, shop.ErrNoParts) {
		t.Errorf("its parts: %v", err)
	}
	if err := p.JoinParts(t.Context(), "uploads/a", upload); !errors.Is(err, shop.ErrNoParts) {
		t.Errorf("joined: %v", err)
	}
	if n := p.files(t); n != 0 {
		t.Errorf("%d files are left", n)
	}
}

func TestABucketThatIsDownKeepsUploads(t *testing.T) {
	t.Parallel()
	p := MustOpen(t, nil)
	upload := p.MustBegin(t, "uploads/a")
	p.server.SetDown(true)
	for what, err := range map[string]error{
		"begin": second(p.BeginParts(t.Context(), "uploads/b", "application/pdf")),
		"parts": second(p.Parts(t.Context(), "uploads/a", upload)),
		"join":  p.JoinParts(t.Context(), "uploads/a", upload), "drop": p.DropParts(t.Context(), "uploads/a", upload),
		"copy": p.Copy(t.Context(), "uploads/a", fileOf(nil)), "delete": p.Delete(t.Context(), "uploads/a"),
	} {
		if !shop.IsKind(err, shop.Unavailable) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestBrowsersMaySendToTheBucket(t *testing.T) {
	t.Parallel()
	p := MustOpen(t, nil)
	if step := p.TakesFromBrowsers(t.Context(), "https://shop.example"); step.Err != nil {
		t.Error(step.Err)
	}
	deaf := MustOpen(t, func(c *delivery.Config) { c.Endpoint = MustServeWithoutCORS(t) })
	if step := deaf.TakesFromBrowsers(t.Context(), "https://shop.example"); step.Err == nil || step.Advice == "" {
		t.Errorf("a bucket without CORS rules: %+v", step)
	}
}

// MustServeWithoutCORS serves what S3 answers to a page that no rule of the bucket lets in.
func MustServeWithoutCORS(tb testing.TB) string {
	tb.Helper()
	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "<Error><Code>AccessForbidden</Code><Message>CORSResponse: CORS is not enabled for this bucket.</Message></Error>", http.StatusForbidden)
	}))
	tb.Cleanup(listener.Close)
	return listener.URL
}
