package s3test_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bookroom/delivery/s3test"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
)

const (
	bucket    = "bookroom"
	accessKey = "shop"
	secretKey = "a secret of the tests"
)

// MustServe starts a bucket in dir on a port of its own.
func MustServe(tb testing.TB, dir string) (*s3test.Server, string) {
	tb.Helper()
	server, err := s3test.New(s3test.Options{Dir: dir, Bucket: bucket, AccessKey: accessKey, SecretKey: secretKey})
	if err != nil {
		tb.Fatal(err)
	}
	listener := httptest.NewServer(server)
	tb.Cleanup(listener.Close)
	return server, listener.URL
}

func clientOf(endpoint, access, secret string) *s3.Client {
	return s3.New(s3.Options{
		BaseEndpoint: &endpoint, UsePathStyle: true, Region: "us-east-1", RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(access, secret, ""),
	})
}

func MustPut(tb testing.TB, client *s3.Client, key, body string) {
	tb.Helper()
	_, err := client.PutObject(tb.Context(), &s3.PutObjectInput{
		Bucket: aws.String(bucket), Key: &key, Body: strings.NewReader(body),
		ContentType: aws.String("application/pdf"), Metadata: map[string]string{"edition": "2nd"},
	})
	if err != nil {
		tb.Fatal(err)
	}
}

// MustRead reads body to its end and closes it.
func MustRead(tb testing.TB, body io.ReadCloser) string {
	tb.Helper()
	got, err := io.ReadAll(body)
	if err := cmp.Or(err, body.Close()); err != nil {
		tb.Fatal(err)
	}
	return string(got)
}

// MustGet returns an object's bytes.
func MustGet(tb testing.TB, client *s3.Client, key string) (*s3.GetObjectOutput, string) {
	tb.Helper()
	out, err := client.GetObject(tb.Context(), &s3.GetObjectInput{Bucket: aws.String(bucket), Key: &key})
	if err != nil {
		tb.Fatal(err)
	}
	return out, MustRead(tb, out.Body)
}

// code is S3's code for an error, empty if S3 did not answer.
func code(err error) string {
	var said smithy.APIError
	if errors.As(err, &said) {
		return said.ErrorCode()
	}
	return ""
}

// signedAt signs links as of a time other than now.
type signedAt time.Time

func (at signedAt) PresignHTTP(ctx context.Context, c aws.Credentials, r *http.Request, hash, service, region string, _ time.Time, o ...func(*v4.SignerOptions)) (string, http.Header, error) {
	o = append(o, func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	return v4.NewSigner().PresignHTTP(ctx, c, r, hash, service, region, time.Time(at), o...)
}

// MustPresign links to an object, as a PDF named guide.pdf, signed at a time, for 10 minutes.
func MustPresign(tb testing.TB, client *s3.Client, key string, at time.Time) string {
	tb.Helper()
	link, err := s3.NewPresignClient(client).PresignGetObject(tb.Context(), &s3.GetObjectInput{
		Bucket: aws.String(bucket), Key: &key,
		ResponseContentType:        aws.String("application/pdf"),
		ResponseContentDisposition: aws.String(`attachment; filename="guide.pdf"`),
		ResponseCacheControl:       aws.String("private, no-store"),
	}, func(o *s3.PresignOptions) {
		o.Expires, o.Presigner = 10*time.Minute, signedAt(at)
	})
	if err != nil {
		tb.Fatal(err)
	}
	return link.URL
}

func MustDo(tb testing.TB, method, address string, header http.Header) (*http.Response, string) {
	tb.Helper()
	request, err := http.NewRequestWithContext(tb.Context(), method, address, nil)
	if err != nil {
		tb.Fatal(err)
	}
	for name, values := range header {
		request.Header[name] = values
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		tb.Fatal(err)
	}
	return answer, MustRead(tb, answer.Body)
}

func TestAnObjectIsKeptWithItsDescription(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	_, endpoint := MustServe(t, dir)
	client := clientOf(endpoint, accessKey, secretKey)
	bodies := map[string]string{
		"files/guide.pdf":               "%PDF-1.7 guide",
		"files/Führung – größer/日本.pdf": "unicode",
		"files/a b+c&d=e?f#g%h'(i)*~!$": "punctuation",
		"empty":                         "",
		strings.Repeat("long/", 200):    "longer than a file name may be",
		"../../outside":                 "stays inside",
	}
	for key, body := range bodies {
		MustPut(t, client, key, body)
	}

	// A second server on the folder stands for a restart.
	_, endpoint = MustServe(t, dir)
	client = clientOf(endpoint, accessKey, secretKey)
	for key, body := range bodies {
		out, got := MustGet(t, client, key)
		if got != body {
			t.Errorf("%q: got %q, want %q", key, got, body)
		}
		if *out.ContentType != "application/pdf" || out.Metadata["edition"] != "2nd" {
			t.Errorf("%q: got type %q and metadata %v", key, *out.ContentType, out.Metadata)
		}
		head, err := client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String(bucket), Key: &key})
		if err != nil {
			t.Fatal(err)
		}
		if *head.ContentLength != int64(len(body)) || *head.ETag != *out.ETag || head.LastModified.IsZero() {
			t.Errorf("%q: HEAD says %d bytes, ETag %s, modified %s", key, *head.ContentLength, *head.ETag, head.LastModified)
		}
	}
}

func TestOverwriteCopyAndDelete(t *testing.T) {
	t.Parallel()
	_, endpoint := MustServe(t, t.TempDir())
	client := clientOf(endpoint, accessKey, secretKey)
	MustPut(t, client, "one", "first")
	MustPut(t, client, "one", "second")
	if _, err := client.CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: aws.String(bucket), Key: aws.String("two"), CopySource: aws.String(bucket + "/one")}); err != nil {
		t.Fatal(err)
	}
	for range 2 { // deleting what is gone is no error
		if _, err := client.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String(bucket), Key: aws.String("one")}); err != nil {
			t.Fatal(err)
		}
	}
	if out, got := MustGet(t, client, "two"); got != "second" || out.Metadata["edition"] != "2nd" {
		t.Errorf("the copy is %q with %v", got, out.Metadata)
	}
	_, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String("one")})
	if code(err) != "NoSuchKey" {
		t.Errorf("reading a deleted object: got %v, want NoSuchKey", err)
	}
	_, err = client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String("another"), Key: aws.String("two")})
	if code(err) != "NoSuchBucket" {
		t.Errorf("reading another bucket: got %v, want NoSuchBucket", err)
	}
}

func TestOnlySignedRequestsAreAnswered(t *testing.T) {
	t.Parallel()
	_, endpoint := MustServe(t, t.TempDir())
	MustPut(t, clientOf(endpoint, accessKey, secretKey), "guide", "the handbook")

	tests := []struct {
		name, access, secret, want string
	}{
		{"an unknown access key", "other", secretKey, "InvalidAccessKeyId"},
		{"a wrong secret", accessKey, "guessed", "SignatureDoesNotMatch"},
	}
	for _, test := range tests {
		client := clientOf(endpoint, test.access, test.secret)
		_, get := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String("guide")})
		_, put := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String(bucket), Key: aws.String("guide"), Body: strings.NewReader("x")})
		_, list := client.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String(bucket)})
		for verb, err := range map[string]error{"get": get, "put": put, "list": list} {
			if code(err) != test.want {
				t.Errorf("%s by %s: got %v, want %s", verb, test.name, err, test.want)
			}
		}
	}
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodDelete, http.MethodPost} {
		answer, body := MustDo(t, method, endpoint+"/"+bucket+"/guide", nil)
		if answer.StatusCode != http.StatusForbidden || !strings.Contains(body, "<Code>AccessDenied</Code>") {
			t.Errorf("%s without a signature: got %s %s", method, answer.Status, body)
		}
	}
	if _, got := MustGet(t, clientOf(endpoint, accessKey, secretKey), "guide"); got != "the handbook" {
		t.Errorf("after all that the object is %q", got)
	}
}

func TestALinkAnswersAsItWasSigned(t *testing.T) {
	t.Parallel()
	_, endpoint := MustServe(t, t.TempDir())
	client := clientOf(endpoint, accessKey, secretKey)
	MustPut(t, client, "guide", "the handbook")
	answer, body := MustDo(t, http.MethodGet, MustPresign(t, client, "guide", time.Now()), nil)
	if answer.StatusCode != http.StatusOK || body != "the handbook" {
		t.Fatalf("got %s %q", answer.Status, body)
	}
	for name, want := range map[string]string{
		"Content-Type":        "application/pdf",
		"Content-Disposition": `attachment; filename="guide.pdf"`,
		"Cache-Control":       "private, no-store",
		"Accept-Ranges":       "bytes",
		"Content-Length":      "12",
		"X-Embedded-Bucket":   "bookroom s3test, not Amazon S3",
	} {
		if got := answer.Header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
}

func TestATamperedLinkIsRefused(t *testing.T) {
	t.Parallel()
	_, endpoint := MustServe(t, t.TempDir())
	client := clientOf(endpoint, accessKey, secretKey)
	MustPut(t, client, "guide", "the handbook")
	MustPut(t, client, "other", "another handbook")

	query := func(name, value string) func(*url.URL) {
		return func(u *url.URL) {
			q := u.Query()
			q.Set(name, value)
			u.RawQuery = q.Encode()
		}
	}
	without := func(name string) func(*url.URL) {
		return func(u *url.URL) {
			q := u.Query()
			q.Del(name)
			u.RawQuery = q.Encode()
		}
	}
	same := func(*url.URL) {}
	const mismatch, denied = "SignatureDoesNotMatch", "AccessDenied"
	tests := []struct {
		name   string
		method string
		signed time.Duration // from now
		tamper func(*url.URL)
		header http.Header
		code   string
		says   string
	}{
		{name: "signature", tamper: query("X-Amz-Signature", strings.Repeat("0", 64)), code: mismatch},
		{name: "no signature", tamper: without("X-Amz-Signature"), code: denied},
		{name: "longer expiry", tamper: query("X-Amz-Expires", "86400"), code: mismatch},
		{name: "no expiry", tamper: without("X-Amz-Expires"), code: mismatch},
		{name: "an expiry beyond seven days", tamper: query("X-Amz-Expires", "604801"), code: denied},
		{name: "later date", tamper: query("X-Amz-Date", time.Now().UTC().Add(time.Minute).Format("20060102T150405Z")), code: mismatch},
		{name: "key", tamper: func(u *url.URL) { u.Path = "/" + bucket + "/other" }, code: mismatch},
		{name: "the whole bucket", tamper: func(u *url.URL) { u.Path = "/" + bucket }, code: mismatch},
		{name: "method PUT", method: http.MethodPut, tamper: same, code: mismatch},
		{name: "method DELETE", method: http.MethodDelete, tamper: same, code: mismatch},
		{name: "disposition", tamper: query("response-content-disposition", "inline"), code: mismatch},
		{name: "content type", tamper: query("response-content-type", "text/html"), code: mismatch},
		{name: "another parameter", tamper: query("versionId", "7"), code: mismatch},
		{name: "a header that was not signed", header: http.Header{"X-Amz-Copy-Source": {bucket + "/other"}}, tamper: same, code: denied},
		{name: "expired", signed: -11 * time.Minute, tamper: same, code: denied, says: "Request has expired"},
		{name: "not valid yet", signed: time.Hour, tamper: same, code: denied, says: "not valid yet"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			link, err := url.Parse(MustPresign(t, client, "guide", time.Now().Add(test.signed)))
			if err != nil {
				t.Fatal(err)
			}
			test.tamper(link)
			if test.method == "" {
				test.method = http.MethodGet
			}
			answer, body := MustDo(t, test.method, link.String(), test.header)
			if answer.StatusCode != http.StatusForbidden || !strings.Contains(body, "<Code>"+test.code+"</Code>") || !strings.Contains(body, test.says) {
				t.Errorf("got %s %s, want 403 %s %s", answer.Status, body, test.code, test.says)
			}
			if strings.Contains(body, "handbook") {
				t.Error("the answer holds the file")
			}
		})
	}
}

func TestRanges(t *testing.T) {
	t.Parallel()
	_, endpoint := MustServe(t, t.TempDir())
	client := clientOf(endpoint, accessKey, secretKey)
	MustPut(t, client, "guide", "0123456789")
	link := MustPresign(t, client, "guide", time.Now())
	tests := []struct {
		ask, body, contentRange string
		status                  int
	}{
		{"bytes=0-3", "0123", "bytes 0-3/10", http.StatusPartialContent},
		{"bytes=4-", "456789", "bytes 4-9/10", http.StatusPartialContent},
		{"bytes=-2", "89", "bytes 8-9/10", http.StatusPartialContent},
		{"bytes=8-99", "89", "bytes 8-9/10", http.StatusPartialContent},
		{"bytes=10-", "InvalidRange", "", http.StatusRequestedRangeNotSatisfiable},
	}
	for _, test := range tests {
		answer, body := MustDo(t, http.MethodGet, link, http.Header{"Range": {test.ask}})
		if answer.StatusCode != test.status || !strings.Contains(body, test.body) || answer.Header.Get("Content-Range") != test.contentRange {
			t.Errorf("%s: got %s %q %s", test.ask, answer.Status, answer.Header.Get("Content-Range"), body)
		}
		if test.status == http.StatusPartialContent && len(body) != len(test.body) {
			t.Errorf("%s: got %q, want %q", test.ask, body, test.body)
		}
	}
}

func TestABodyThatIsNotTheSignedOneIsNotKept(t *testing.T) {
	t.Parallel()
	_, endpoint := MustServe(t, t.TempDir())
	client := clientOf(endpoint, accessKey, secretKey)
	options := client.Options()
	options.HTTPSignerV4 = signsHash(strings.Repeat("0", 64))
	options.AuthSchemes = nil // made anew, with that signer
	liar := s3.New(options)
	tests := map[string]func() error{
		"payload hash": func() error {
			_, err := liar.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String(bucket), Key: aws.String("guide"), Body: strings.NewReader("swapped")})
			return err
		},
		"checksum": func() error {
			_, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String(bucket), Key: aws.String("guide"), Body: strings.NewReader("swapped"),
				ChecksumSHA256: aws.String("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")})
			return err
		},
	}
	for name, put := range tests {
		if err := put(); code(err) != "BadDigest" {
			t.Errorf("%s: got %v, want BadDigest", name, err)
		}
		if _, err := client.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: aws.String(bucket), Key: aws.String("guide")}); code(err) != "NotFound" {
			t.Errorf("%s: afterwards HEAD says %v, want NotFound", name, err)
		}
	}
}

// signsHash signs a request for another body than it carries.
type signsHash string

func (hash signsHash) SignHTTP(ctx context.Context, c aws.Credentials, r *http.Request, _, service, region string, at time.Time, o ...func(*v4.SignerOptions)) error {
	r.Header.Set("X-Amz-Content-Sha256", string(hash))
	return v4.NewSigner().SignHTTP(ctx, c, r, string(hash), service, region, at, o...)
}

func TestListing(t *testing.T) {
	t.Parallel()
	_, endpoint := MustServe(t, t.TempDir())
	client := clientOf(endpoint, accessKey, secretKey)
	for _, key := range []string{"a-b", "a/1", "a/2", "b/1", "b/2", "c"} {
		MustPut(t, client, key, key)
	}
	tests := []struct {
		prefix, delimiter string
		want              string
	}{
		{"", "", "a-b a/1 a/2 b/1 b/2 c"},
		{"a/", "", "a/1 a/2"},
		{"", "/", "a-b a/ b/ c"},
		{"b/", "/", "b/1 b/2"},
		{"none", "", ""},
	}
	for _, test := range tests {
		for _, size := range []int32{1, 2, 1000} {
			var got []string
			pages := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{
				Bucket: aws.String(bucket), Prefix: &test.prefix, Delimiter: &test.delimiter, MaxKeys: &size,
			})
			for pages.HasMorePages() {
				page, err := pages.NextPage(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				if n := len(page.Contents) + len(page.CommonPrefixes); n > int(size) {
					t.Errorf("a page of %d holds %d", size, n)
				}
				for _, object := range page.Contents {
					got = append(got, *object.Key)
				}
				for _, prefix := range page.CommonPrefixes {
					got = append(got, *prefix.Prefix)
				}
			}
			// Within a page prefixes come after keys, so compare as sets.
			if want := strings.Fields(test.want); !sameSet(got, want) {
				t.Errorf("prefix %q, delimiter %q, pages of %d: got %q, want %q", test.prefix, test.delimiter, size, got, want)
			}
		}
	}
}

func sameSet(a, b []string) bool {
	seen := map[string]int{}
	for _, s := range a {
		seen[s]++
	}
	for _, s := range b {
		seen[s]--
	}
	for _, n := range seen {
		if n != 0 {
			return false
		}
	}
	return true
}

func TestOnlyOneCreatesWhatMustNotExist(t *testing.T) {
	t.Parallel()
	_, endpoint := MustServe(t, t.TempDir())
	client := clientOf(endpoint, accessKey, secretKey)
	results := make(chan error)
	const writers = 8
	for i := range writers {
		go func() {
			_, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String(bucket), Key: aws.String("guide"),
				IfNoneMatch: aws.String("*"), Body: strings.NewReader(fmt.Sprint("writer ", i))})
			results <- err
		}()
	}
	created := 0
	for range writers {
		switch err := <-results; {
		case err == nil:
			created++
		case code(err) != "PreconditionFailed":
			t.Errorf("got %v, want PreconditionFailed", err)
		}
	}
	if created != 1 {
		t.Errorf("%d writers created the object, want 1", created)
	}
}

func TestDown(t *testing.T) {
	t.Parallel()
	server, endpoint := MustServe(t, t.TempDir())
	client := clientOf(endpoint, accessKey, secretKey)
	MustPut(t, client, "guide", "the handbook")
	server.SetDown(true)
	_, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String("guide")})
	if code(err) != "ServiceUnavailable" {
		t.Errorf("got %v, want ServiceUnavailable", err)
	}
	server.SetDown(false)
	if _, got := MustGet(t, client, "guide"); got != "the handbook" {
		t.Errorf("afterwards got %q", got)
	}
}

func TestABrowserMayAskFromAnotherOrigin(t *testing.T) {
	t.Parallel()
	_, endpoint := MustServe(t, t.TempDir())
	client := clientOf(endpoint, accessKey, secretKey)
	MustPut(t, client, "guide", "the handbook")
	link := MustPresign(t, client, "guide", time.Now())
	answer, _ := MustDo(t, http.MethodOptions, link, http.Header{
		"Origin": {"https://shop.example.org"}, "Access-Control-Request-Method": {"PUT"},
		"Access-Control-Request-Headers": {"content-type, range, x-amz-checksum-sha256"},
	})
	h := answer.Header
	if answer.StatusCode != http.StatusNoContent || h.Get("Access-Control-Allow-Origin") != "*" ||
		!strings.Contains(h.Get("Access-Control-Allow-Methods"), "PUT") ||
		h.Get("Access-Control-Allow-Headers") != "content-type, range, x-amz-checksum-sha256" {
		t.Errorf("preflight: got %s %v", answer.Status, h)
	}
	answer, _ = MustDo(t, http.MethodGet, link, http.Header{"Origin": {"https://shop.example.org"}})
	if answer.StatusCode != http.StatusOK || answer.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("download: got %s %v", answer.Status, answer.Header)
	}
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	good := s3test.Options{Dir: t.TempDir(), Bucket: bucket, AccessKey: accessKey, SecretKey: secretKey}
	for name, change := range map[string]func(*s3test.Options){
		"bucket's name":    func(o *s3test.Options) { o.Bucket = "Not A Bucket" },
		"short access key": func(o *s3test.Options) { o.AccessKey = "ab" },
		"no secret":        func(o *s3test.Options) { o.SecretKey = "" },
		"a file as folder": func(o *s3test.Options) { o.Dir = file },
	} {
		bad := good
		change(&bad)
		if _, err := s3test.New(bad); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestReadersKeepWhatTheyBegan(t *testing.T) {
	t.Parallel()
	_, endpoint := MustServe(t, t.TempDir())
	client := clientOf(endpoint, accessKey, secretKey)
	old := strings.Repeat("old ", 1<<20)
	MustPut(t, client, "guide", old)
	out, err := client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: aws.String(bucket), Key: aws.String("guide")})
	if err != nil {
		t.Fatal(err)
	}
	MustPut(t, client, "guide", "new")
	if got := MustRead(t, out.Body); got != old {
		t.Errorf("a download under way was disturbed: %d bytes came, not the %d of before", len(got), len(old))
	}
}
