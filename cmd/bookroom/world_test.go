package main

import (
	"context"
	"crypto/sha256"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bookroom/catalog"
	"bookroom/delivery"
	"bookroom/delivery/leaf"
	"bookroom/delivery/s3test"
	"bookroom/mail/mailtest"
	"bookroom/payments/stripetest"
	"bookroom/shop"

	"github.com/aws/aws-sdk-go-v2/credentials"
)

// world is what a shop has around it: a Stripe, a bucket and a mail server that outlive it.
type world struct {
	stripe    *stripetest.Server
	stripeURL string
	bucketURL string
	inbox     *mailtest.Sink
	address   string // where the shop is to listen
	settings  settings
	ahead     atomic.Int64 // how far the shop's clock is ahead, in nanoseconds
}

// now is the shop's clock.
func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }

// wait lets time pass for the shop, without waiting.
func (w *world) wait(d time.Duration) { w.ahead.Add(int64(d)) }

const (
	worldBucket    = "files-of-the-test"
	worldAccessKey = "key-of-the-test"
	worldSecretKey = "secret-of-the-test"
	worldWebhook   = "whsec_of_the_test"
)

// mustWorld starts everything but the shop.
func mustWorld(tb testing.TB, databaseURL string) *world {
	tb.Helper()
	w := &world{address: mustFreeAddress(tb)}
	var err error
	if w.stripe, err = stripetest.New(stripetest.Options{
		WebhookURL: "http://" + w.address + "/webhooks/stripe", WebhookSecret: worldWebhook, RetryAfter: 20 * time.Millisecond,
	}); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := w.stripe.Close(context.Background()); err != nil {
			tb.Error(err)
		}
	})
	w.stripeURL = mustServe(tb, w.stripe)
	bucket, err := s3test.New(s3test.Options{Dir: tb.TempDir(), Bucket: worldBucket, AccessKey: worldAccessKey, SecretKey: worldSecretKey})
	if err != nil {
		tb.Fatal(err)
	}
	w.bucketURL = mustServe(tb, bucket)
	if w.inbox, err = mailtest.Open(mailtest.Options{}); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := w.inbox.Close(); err != nil {
			tb.Error(err)
		}
	})
	w.settings = settings{
		DatabaseURL: databaseURL, StripeKey: "sk_test_world", StripeSecrets: worldWebhook, StripeBase: w.stripeURL,
		S3Bucket: worldBucket, SMTPURL: w.inbox.URL(), MailFrom: "Bookroom <orders@bookroom.example>",
		URL: "http://" + w.address, Secret: "0123456789abcdef0123456789abcdef", DownloadTTL: 10 * time.Minute, Listen: w.address, RequestFactor: 1,
		TrustedProxies: []string{"127.0.0.1"}, // each buyer comes from an address of their own
	}
	return w
}

func (w *world) delivery() delivery.Config {
	return delivery.Config{
		Bucket: worldBucket, Endpoint: w.bucketURL, Region: "us-east-1",
		Credentials: credentials.NewStaticCredentialsProvider(worldAccessKey, worldSecretKey, ""),
	}
}

// environ is the settings as the binary reads them.
func (w *world) environ() []string {
	s := w.settings
	return append(os.Environ(),
		"DATABASE_URL="+s.DatabaseURL, "STRIPE_SECRET_KEY="+s.StripeKey, "STRIPE_WEBHOOK_SECRET="+s.StripeSecrets, "STRIPE_API_BASE="+s.StripeBase,
		"S3_BUCKET="+s.S3Bucket, "AWS_ENDPOINT_URL_S3="+w.bucketURL, "AWS_REGION=us-east-1",
		"AWS_ACCESS_KEY_ID="+worldAccessKey, "AWS_SECRET_ACCESS_KEY="+worldSecretKey,
		"SMTP_URL="+s.SMTPURL, "BOOKROOM_MAIL_FROM="+s.MailFrom, "BOOKROOM_URL="+s.URL, "BOOKROOM_SECRET="+s.Secret, "BOOKROOM_LISTEN="+s.Listen,
		"BOOKROOM_TRUSTED_PROXIES="+strings.Join(s.TrustedProxies, ","))
}

// mustOpen runs a shop in this process, with the sample catalog, until the test ends.
func (w *world) mustOpen(tb testing.TB) *app {
	tb.Helper()
	a, err := openApp(tb.Context(), w.settings, w.delivery(), pdfs, w.now, quiet())
	if err != nil {
		tb.Fatal(err)
	}
	mustStock(tb, a)
	l, err := net.Listen("tcp", w.address)
	if err != nil {
		tb.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, l, a.handler, answerTime, a.work, quiet()) }()
	tb.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			tb.Errorf("serve: %v", err)
		}
		if err := a.store.Close(); err != nil {
			tb.Errorf("close the database: %v", err)
		}
	})
	return a
}

// printed is the sample catalog as PDF; printing it once is enough for all tests.
var printed = sync.OnceValues(func() ([]shop.CatalogEntry, error) {
	entries, err := catalog.Read(catalog.Sample())
	if err != nil {
		return nil, err
	}
	return catalog.Render(entries)
})

// pdfs is the reader of all shops of a test run.
var pdfs = &rereader{reader: leaf.New(compiledPDFium()), known: map[[sha256.Size]byte]shop.Reading{}}

// rereader reads every PDF once, whichever shop asks: the shops of the tests have the same few handbooks.
type rereader struct {
	reader *leaf.Reader
	mu     sync.Mutex
	known  map[[sha256.Size]byte]shop.Reading
}

func (r *rereader) Read(ctx context.Context, pdf []byte, pictured func(pages int) []int) (shop.Reading, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	hash := sha256.Sum256(pdf)
	if reading, ok := r.known[hash]; ok {
		return reading, nil
	}
	reading, err := r.reader.Read(ctx, pdf, pictured)
	if err == nil {
		r.known[hash] = reading
	}
	return reading, err
}

func mustStock(tb testing.TB, a *app) {
	tb.Helper()
	sample, err := printed()
	if err != nil {
		tb.Fatal(err)
	}
	entries := slices.Clone(sample) // an import notes where it has put the files
	for i := range entries {
		entries[i].Product.Editions = slices.Clone(entries[i].Product.Editions)
		for j := range entries[i].Product.Editions {
			edition := &entries[i].Product.Editions[j]
			edition.Files = slices.Clone(edition.Files)
		}
	}
	if _, err := a.shop.Import(tb.Context(), entries); err != nil {
		tb.Fatal(err)
	}
}

// binaryDir is where the program is built; it goes when the tests are over.
var binaryDir string

func TestMain(m *testing.M) {
	var err error
	if binaryDir, err = os.MkdirTemp("", "bookroom-test"); err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(binaryDir)
	os.Exit(code)
}

// binary builds the program once for all tests of this run.
var binary = sync.OnceValues(func() (string, error) {
	path := filepath.Join(binaryDir, "bookroom")
	cmd := exec.Command("go", "build", "-o", path, ".")
	cmd.Stderr = os.Stderr
	return path, cmd.Run()
})

func mustBinary(tb testing.TB) string {
	tb.Helper()
	path, err := binary()
	if err != nil {
		tb.Fatalf("build the program: %v", err)
	}
	return path
}

func mustServe(tb testing.TB, h http.Handler) string {
	tb.Helper()
	s := httptest.NewServer(h)
	tb.Cleanup(s.Close)
	return s.URL
}

// mustFreeAddress is a port that was free a moment ago.
func mustFreeAddress(tb testing.TB) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }
