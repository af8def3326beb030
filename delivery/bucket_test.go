package delivery_test

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"bookroom/delivery"
	"bookroom/delivery/s3test"
	"bookroom/shop"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

const (
	accessKey = "shop"
	secretKey = "a secret of the tests"
)

// place is a bucket, the server that holds it, and its folder.
type place struct {
	*delivery.Bucket
	server   *s3test.Server
	listener *httptest.Server
	dir      string
	asked    *requests
}

// requests counts what the server is asked, by method.
type requests struct {
	mu sync.Mutex
	by map[string]int
}

func (r *requests) of(method string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.by[method]
}

// MustOpen opens a bucket on an embedded server. change may be nil.
func MustOpen(tb testing.TB, change func(*delivery.Config)) place {
	tb.Helper()
	dir := tb.TempDir()
	server, err := s3test.New(s3test.Options{Dir: dir, Bucket: "bookroom", AccessKey: accessKey, SecretKey: secretKey})
	if err != nil {
		tb.Fatal(err)
	}
	asked := &requests{by: map[string]int{}}
	listener := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.mu.Lock()
		asked.by[r.Method]++
		asked.mu.Unlock()
		server.ServeHTTP(w, r)
	}))
	tb.Cleanup(listener.Close)
	config := delivery.Config{
		Bucket: "bookroom", Endpoint: listener.URL, Region: "us-east-1",
		Credentials: credentials.NewStaticCredentialsProvider(accessKey, secretKey, ""),
	}
	if change != nil {
		change(&config)
	}
	bucket, err := delivery.Open(tb.Context(), config)
	if err != nil {
		tb.Fatal(err)
	}
	return place{bucket, server, listener, dir, asked}
}

func hashOf(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// fileOf describes body as a PDF.
func fileOf(body []byte) shop.File {
	return shop.File{Name: "guide.pdf", ContentType: "application/pdf", Size: int64(len(body)), SHA256: hashOf(body), Key: shop.FileKey(hashOf(body))}
}

// from is a body that reads from r, once.
func from(r io.Reader) shop.Body {
	return func() (io.ReadSeekCloser, error) { return onceOnly{Reader: r}, nil }
}

// onceOnly fails whoever wants to read again.
type onceOnly struct {
	io.Reader
	io.Seeker
}

func (onceOnly) Close() error { return nil }

// MustPut stores body as a PDF.
func (p place) MustPut(tb testing.TB, body []byte) shop.File {
	tb.Helper()
	file := fileOf(body)
	if err := p.Put(tb.Context(), file, from(bytes.NewReader(body))); err != nil {
		tb.Fatal(err)
	}
	return file
}

// MustPresign links to file for 10 minutes.
func (p place) MustPresign(tb testing.TB, file shop.File) string {
	tb.Helper()
	address, _, err := p.Presign(tb.Context(), file, 10*time.Minute)
	if err != nil {
		tb.Fatal(err)
	}
	return address
}

func MustGet(tb testing.TB, address, byteRange string) (*http.Response, []byte) {
	tb.Helper()
	request, err := http.NewRequestWithContext(tb.Context(), http.MethodGet, address, nil)
	if err != nil {
		tb.Fatal(err)
	}
	if byteRange != "" {
		request.Header.Set("Range", byteRange)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		tb.Fatal(err)
	}
	body, err := io.ReadAll(answer.Body)
	if err := cmp.Or(err, answer.Body.Close()); err != nil {
		tb.Fatal(err)
	}
	return answer, body
}

func (p place) files(tb testing.TB) int {
	tb.Helper()
	n := 0
	err := filepath.WalkDir(p.dir, func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			n++
		}
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

func wantError(tb testing.TB, err error, kind shop.Kind, code string) {
	tb.Helper()
	var got *shop.Error
	if !errors.As(err, &got) || got.Kind != kind || got.Code != code {
		tb.Errorf("got %v, want kind %s with code %s", err, kind, code)
		return
	}
	if strings.Contains(err.Error(), secretKey) || strings.Contains(err.Error(), "X-Amz-Signature") {
		tb.Errorf("the error holds a secret: %v", err)
	}
}

func TestAFileIsDownloadedAsItWasPut(t *testing.T) {
	t.Parallel()
	p := MustOpen(t, nil)
	for name, size := range map[string]int{"empty": 0, "small": 5000, "exactly one part": 8 << 20, "several parts": 20<<20 + 7} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := make([]byte, size)
			if _, err := rand.NewChaCha8([32]byte{byte(size)}).Read(body); err != nil {
				t.Fatal(err)
			}
			file := p.MustPut(t, body)
			if err := p.Exists(t.Context(), file); err != nil {
				t.Error(err)
			}
			if got, err := p.Get(t.Context(), file); err != nil || !bytes.Equal(got, body) {
				t.Errorf("got %d bytes back, %v", len(got), err)
			}
			file.Name = "Führung \"groß\".pdf"
			address, _, err := p.Presign(t.Context(), file, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			answer, got := MustGet(t, address, "")
			if answer.StatusCode != http.StatusOK || !bytes.Equal(got, body) {
				t.Fatalf("got %s and %d bytes, want %d", answer.Status, len(got), size)
			}
			for header, want := range map[string]string{
				"Content-Type":        "application/pdf",
				"Content-Disposition": `attachment; filename="F_hrung _gro__.pdf"; filename*=UTF-8''F%C3%BChrung%20%22gro%C3%9F%22.pdf`,
				"Cache-Control":       "private, no-store",
				"Accept-Ranges":       "bytes",
				"X-Amz-Meta-Sha256":   hashOf(body),
			} {
				if got := answer.Header.Get(header); got != want {
					t.Errorf("%s: got %q, want %q", header, got, want)
				}
			}
			if size == 0 {
				return
			}
			cut := size / 3
			_, first := MustGet(t, address, fmt.Sprintf("bytes=0-%d", cut-1))
			answer, rest := MustGet(t, address, fmt.Sprintf("bytes=%d-", cut))
			if answer.StatusCode != http.StatusPartialContent || !bytes.Equal(append(first, rest...), body) {
				t.Errorf("a resumed download gave %s and other bytes", answer.Status)
			}
		})
	}
}

func TestWhatIsAlreadyThereIsNotSentAgain(t *testing.T) {
	t.Parallel()
	p := MustOpen(t, nil)
	body := []byte("the handbook")
	file := p.MustPut(t, body)
	unopened := func() (io.ReadSeekCloser, error) { return nil, errors.New("was opened") }
	if err := p.Put(t.Context(), file, unopened); err != nil {
		t.Error(err)
	}
	if n := p.asked.of(http.MethodPut); n != 1 {
		t.Errorf("%d uploads, want 1", n)
	}

	other := []byte("HANDBOOK THE")
	changed := fileOf(other)
	changed.Key = file.Key
	if err := p.Put(t.Context(), changed, from(bytes.NewReader(other))); err != nil {
		t.Fatal(err)
	}
	if _, got := MustGet(t, p.MustPresign(t, file), ""); !bytes.Equal(got, other) {
		t.Errorf("an object of another hash was left in place: %q", got)
	}
}

func TestABodyThatIsNotAsAnnouncedLeavesNothing(t *testing.T) {
	t.Parallel()
	lost := errors.New("the sender is gone")
	for _, size := range []int{1000, 9 << 20, 20 << 20} {
		body := bytes.Repeat([]byte("0123456789abcdef"), size/16)
		swapped := bytes.Clone(body)
		swapped[len(swapped)-1] ^= 1
		tests := map[string]struct {
			body io.Reader
			want string
		}{
			"another byte": {bytes.NewReader(swapped), "file_damaged"},
			"too short":    {bytes.NewReader(body[:len(body)-1]), "file_damaged"},
			"empty":        {bytes.NewReader(nil), "file_damaged"},
			"too long":     {io.MultiReader(bytes.NewReader(body), strings.NewReader("!")), "file_damaged"},
			"endless":      {io.MultiReader(bytes.NewReader(body), zeros{}), "file_damaged"},
			"broken off":   {io.MultiReader(bytes.NewReader(body[:len(body)/2]), iotest.ErrReader(lost)), ""},
		}
		for name, test := range tests {
			t.Run(fmt.Sprint(name, " of ", size), func(t *testing.T) {
				t.Parallel()
				p := MustOpen(t, nil)
				file := fileOf(body)
				err := p.Put(t.Context(), file, from(test.body))
				if test.want != "" {
					wantError(t, err, shop.Invalid, test.want)
				} else if !errors.Is(err, lost) {
					t.Errorf("got %v, want the reader's own error", err)
				}
				wantError(t, p.Exists(t.Context(), file), shop.Internal, "file_missing")
				if n := p.files(t); n != 0 {
					t.Errorf("%d files are left over", n)
				}
			})
		}
	}
}

// zeros never ends.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// TestALargeFileIsNotHeldInMemory is not parallel: it looks at the memory of the whole process, which
// here is client and server together.
func TestALargeFileIsNotHeldInMemory(t *testing.T) {
	const size = 192 << 20
	sum := sha256.New()
	if _, err := io.CopyN(sum, rand.NewChaCha8([32]byte{}), size); err != nil {
		t.Fatal(err)
	}
	hash := hex.EncodeToString(sum.Sum(nil))
	p := MustOpen(t, nil)
	file := shop.File{Name: "films.zip", ContentType: "application/zip", Size: size, SHA256: hash, Key: shop.FileKey(hash)}
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if err := p.Put(t.Context(), file, from(io.LimitReader(rand.NewChaCha8([32]byte{}), size))); err != nil {
		t.Fatal(err)
	}
	answer, err := http.Get(p.MustPresign(t, file))
	if err != nil {
		t.Fatal(err)
	}
	sum.Reset()
	if n, err := io.Copy(sum, answer.Body); cmp.Or(err, answer.Body.Close()) != nil || n != size || hex.EncodeToString(sum.Sum(nil)) != hash {
		t.Errorf("%d other bytes came back than %d were put: %v", n, size, err)
	}
	runtime.ReadMemStats(&after)
	grown := int64(after.HeapSys) - int64(before.HeapSys)
	t.Logf("the heap grew by %d MiB", grown>>20)
	if grown > size*2/3 {
		t.Errorf("the heap grew by %d MiB for a file of %d MiB", grown>>20, size>>20)
	}
}

func TestALinkDiesOnTime(t *testing.T) {
	t.Parallel()
	signed := time.Now().Add(-10 * time.Minute)
	p := MustOpen(t, func(c *delivery.Config) { c.Now = func() time.Time { return signed } })
	file := p.MustPut(t, []byte("the handbook"))
	for ttl, want := range map[time.Duration]int{
		11 * time.Minute: http.StatusOK,
		9 * time.Minute:  http.StatusForbidden,
	} {
		address, expires, err := p.Presign(t.Context(), file, ttl)
		if err != nil {
			t.Fatal(err)
		}
		if want := signed.UTC().Truncate(time.Second).Add(ttl); !expires.Equal(want) || expires.Location() != time.UTC {
			t.Errorf("%s: expires %s, want %s in UTC", ttl, expires, want)
		}
		answer, body := MustGet(t, address, "")
		if answer.StatusCode != want {
			t.Errorf("%s: got %s %s", ttl, answer.Status, body)
		}
		if want == http.StatusForbidden && !bytes.Contains(body, []byte("Request has expired")) {
			t.Errorf("%s: the refusal does not say why: %s", ttl, body)
		}
	}
}

func TestALinkLivesNoLongerThanItsCredentials(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC().Truncate(time.Second)
	tests := []struct {
		name    string
		left    time.Duration // that the credentials live
		ttl     time.Duration
		want    time.Duration
		refused bool
	}{
		{name: "credentials outlive the link", left: time.Hour, ttl: 10 * time.Minute, want: 10 * time.Minute},
		{name: "credentials die first", left: 4 * time.Minute, ttl: 10 * time.Minute, want: 4 * time.Minute},
		{name: "S3's limit", left: 1000 * time.Hour, ttl: 999 * time.Hour, want: 168 * time.Hour},
		{name: "parts of a second", left: time.Hour, ttl: 1500 * time.Millisecond, want: time.Second},
		{name: "credentials are dead", left: -time.Second, ttl: time.Minute, refused: true},
		{name: "no time to live", left: time.Hour, ttl: time.Millisecond, refused: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := MustOpen(t, func(c *delivery.Config) {
				c.Now = func() time.Time { return now }
				c.Credentials = credentials.StaticCredentialsProvider{Value: aws.Credentials{
					AccessKeyID: accessKey, SecretAccessKey: secretKey, SessionToken: "session", CanExpire: true, Expires: now.Add(test.left),
				}}
			})
			address, expires, err := p.Presign(t.Context(), shop.File{Key: "files/any", Name: "guide.pdf"}, test.ttl)
			if test.refused {
				wantError(t, err, shop.Unavailable, "files_unavailable")
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			u, err := url.Parse(address)
			if err != nil {
				t.Fatal(err)
			}
			if got := expires.Sub(now); got != test.want || u.Query().Get("X-Amz-Expires") != fmt.Sprint(int(test.want.Seconds())) {
				t.Errorf("it lives %s, and by its address %s seconds, want %s", got, u.Query().Get("X-Amz-Expires"), test.want)
			}
			if _, overridden := u.Query()["response-content-type"]; overridden {
				t.Error("a content type is set though none was given")
			}
		})
	}
}

func TestATamperedLinkIsRefused(t *testing.T) {
	t.Parallel()
	p := MustOpen(t, nil)
	file, other := p.MustPut(t, []byte("the handbook")), p.MustPut(t, []byte("another handbook"))
	for name, tamper := range map[string]func(*url.URL, url.Values){
		"signature":    func(_ *url.URL, q url.Values) { q.Set("X-Amz-Signature", strings.Repeat("a", 64)) },
		"unsigned":     func(_ *url.URL, q url.Values) { clear(q) },
		"expiry":       func(_ *url.URL, q url.Values) { q.Set("X-Amz-Expires", "604800") },
		"key":          func(u *url.URL, _ url.Values) { u.Path = "/bookroom/" + other.Key },
		"disposition":  func(_ *url.URL, q url.Values) { q.Set("response-content-disposition", "inline") },
		"content type": func(_ *url.URL, q url.Values) { q.Set("response-content-type", "text/html") },
		"caching":      func(_ *url.URL, q url.Values) { q.Del("response-cache-control") },
	} {
		u, err := url.Parse(p.MustPresign(t, file))
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		tamper(u, q)
		u.RawQuery = q.Encode()
		if answer, body := MustGet(t, u.String(), ""); answer.StatusCode != http.StatusForbidden || bytes.Contains(body, []byte("handbook")) {
			t.Errorf("%s: got %s %s", name, answer.Status, body)
		}
	}
	if answer, err := http.Post(p.MustPresign(t, file), "", nil); err != nil || answer.Body.Close() != nil || answer.StatusCode != http.StatusForbidden {
		t.Errorf("method: got %v, %v", answer, err)
	}
}

func TestABucketThatFailsIsNotAMissingFile(t *testing.T) {
	t.Parallel()
	p := MustOpen(t, nil)
	body := []byte("the handbook")
	file := p.MustPut(t, body)
	none := fileOf([]byte("never put"))
	wantError(t, p.Exists(t.Context(), none), shop.Internal, "file_missing")
	cut := file
	cut.Size++
	wantError(t, p.Exists(t.Context(), cut), shop.Internal, "file_missing")
	other := file
	other.SHA256 = none.SHA256
	for _, f := range []shop.File{none, cut, other} {
		_, err := p.Get(t.Context(), f)
		wantError(t, err, shop.Internal, "file_missing")
	}

	fails := func(when string) {
		t.Helper()
		wantError(t, p.Exists(t.Context(), file), shop.Unavailable, "files_unavailable")
		wantError(t, p.Exists(t.Context(), none), shop.Unavailable, "files_unavailable")
		_, err := p.Get(t.Context(), file)
		wantError(t, err, shop.Unavailable, "files_unavailable")
		wantError(t, p.Put(t.Context(), none, from(bytes.NewReader(nil))), shop.Unavailable, "files_unavailable")
		if t.Failed() {
			t.Fatal(when)
		}
	}
	p.server.SetDown(true)
	fails("while it answers 503")
	p.server.SetDown(false)
	if err := p.Exists(t.Context(), file); err != nil {
		t.Errorf("after it came back: %v", err)
	}
	p.listener.Close()
	fails("while nobody listens")

	stranger := MustOpen(t, func(c *delivery.Config) {
		c.Credentials = credentials.NewStaticCredentialsProvider(accessKey, "a wrong secret", "")
	})
	wantError(t, stranger.Exists(t.Context(), file), shop.Unavailable, "files_unavailable")
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	p := MustOpen(t, nil)
	var group sync.WaitGroup
	for i := range 24 {
		group.Go(func() {
			body := fmt.Appendf(nil, "handbook %d", i%6) // each by four at once
			file := fileOf(body)
			if err := p.Put(t.Context(), file, from(bytes.NewReader(body))); err != nil {
				t.Error(err)
				return
			}
			address, _, err := p.Presign(t.Context(), file, time.Minute)
			if err != nil {
				t.Error(err)
				return
			}
			answer, err := http.Get(address)
			if err != nil {
				t.Error(err)
				return
			}
			if got, err := io.ReadAll(answer.Body); cmp.Or(err, answer.Body.Close()) != nil || !bytes.Equal(got, body) {
				t.Errorf("got %q, %v, want %q", got, err, body)
			}
		})
	}
	group.Wait()
	if n := p.files(t); n != 6 {
		t.Errorf("%d files, want 6", n)
	}
}

func TestOpenNamesTheSettingThatIsMissing(t *testing.T) {
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "AWS_PROFILE"} {
		t.Setenv(name, "")
	}
	none := filepath.Join(t.TempDir(), "none")
	t.Setenv("AWS_CONFIG_FILE", none)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", none)
	tests := []struct {
		config delivery.Config
		want   string
	}{
		{delivery.Config{}, "S3_BUCKET"},
		{delivery.Config{Bucket: "bookroom"}, "AWS_REGION"},
		{delivery.Config{Bucket: "bookroom", Endpoint: "localhost:9000"}, "AWS_ENDPOINT_URL_S3"},
		{delivery.Config{Bucket: "bookroom", Endpoint: "http://localhost:1"}, ""},
	}
	for _, test := range tests {
		_, err := delivery.Open(t.Context(), test.config)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%+v: got %v, want an error about %q", test.config, err, test.want)
		}
	}
}

func TestTheEnvironmentIsUsed(t *testing.T) {
	p := MustOpen(t, nil)
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_S3": p.listener.URL, "AWS_REGION": "eu-central-1",
		"AWS_ACCESS_KEY_ID": accessKey, "AWS_SECRET_ACCESS_KEY": secretKey, "AWS_SESSION_TOKEN": "",
	} {
		t.Setenv(name, value)
	}
	bucket, err := delivery.Open(t.Context(), delivery.Config{Bucket: "bookroom"})
	if err != nil {
		t.Fatal(err)
	}
	if err := bucket.Exists(t.Context(), p.MustPut(t, []byte("the handbook"))); err != nil {
		t.Error(err)
	}
}
