package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
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

type demoCmd struct {
	Listen        string        `env:"BOOKROOM_LISTEN" default:"localhost:8080" help:"Address to listen on."`
	Data          string        `env:"BOOKROOM_DATA" default:"data" type:"path" help:"Folder that keeps everything; made if it is missing."`
	WebhookSecret string        `env:"STRIPE_WEBHOOK_SECRET" help:"Signing secret of the simulator's events; made up if left out. Of several with commas, the first."`
	DownloadTTL   time.Duration `env:"BOOKROOM_DOWNLOAD_TTL" default:"10m" help:"How long a download link lives."`
	Verbose       bool          `help:"Log every request."`
}

// The demo's names and keys are worth nothing outside of it.
const (
	demoBucket    = "bookroom-files"
	demoAccessKey = "bookroom-demo"
	demoStripeKey = "sk_test_bookroom_demo"
	demoFactor    = 100 // whoever tries it out with a program is welcome
	demoFrom      = "Bookroom <orders@bookroom.example>"
)

// demo is everything that a shop needs from outside, in a folder and in this process.
type demo struct {
	dir       string
	url       string
	secrets   demoSecrets
	staff     []demoMember // one of each role
	inbox     *mailtest.Sink
	simulator *stripetest.Server
	bucket    *s3test.Server
	lock      *os.File
	log       *slog.Logger
}

// demoSecrets are made up at the first start and kept, so that links still work at the next.
type demoSecrets struct {
	Shop    string `json:"shop"`
	Bucket  string `json:"bucket"`
	Webhook string `json:"webhook"`
}

// Run serves the demo until the process is told to stop.
func (c *demoCmd) Run(e *env) error {
	level := slog.LevelWarn
	if c.Verbose {
		level = slog.LevelInfo
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: level}))
	l, err := listen(e.ctx, c.Listen)
	if err != nil {
		return err
	}
	defer func() { _ = l.Close() }() // the server may have closed it already
	d, err := c.open(l, log)
	if err != nil {
		return err
	}
	defer d.close(log)
	a, err := openApp(e.ctx, d.settings(c), d.delivery(), leaf.New(compiledPDFium()), time.Now, log)
	if err != nil {
		return err
	}
	defer closeStore(a.store)

	ready := make(chan struct{})
	ended := make(chan error, 1)
	ctx, stop := context.WithCancel(e.ctx)
	defer stop()
	// Large files of the bucket go through the same server: no limit to how long an answer takes.
	go func() { ended <- serve(ctx, l, d.routes(a.handler, ready), 0, a.work, log) }()
	if err := loadSample(ctx, a); err != nil {
		stop()
		return errors.Join(fmt.Errorf("load the sample catalog: %w", err), <-ended)
	}
	if err := d.employ(ctx, a); err != nil {
		stop()
		return errors.Join(err, <-ended)
	}
	close(ready)
	if err := d.announce(e, c); err != nil {
		stop()
		return errors.Join(err, <-ended)
	}
	return <-ended
}

// open makes the folder and starts what stands in for the outside world.
func (c *demoCmd) open(l net.Listener, log *slog.Logger) (*demo, error) {
	d := &demo{dir: c.Data, url: publicURL(c.Listen, l), log: log}
	if err := d.claim(); err != nil {
		return nil, err
	}
	var err error
	if d.secrets, err = d.readSecrets(c.WebhookSecret); err != nil {
		return nil, err
	}
	if d.inbox, err = mailtest.Open(mailtest.Options{Dir: filepath.Join(d.dir, "inbox"), Logger: log}); err != nil {
		return nil, fmt.Errorf("open the mail inbox: %w", err)
	}
	if d.bucket, err = s3test.New(s3test.Options{
		Dir: filepath.Join(d.dir, "bucket"), Bucket: demoBucket, AccessKey: demoAccessKey, SecretKey: d.secrets.Bucket, Log: log,
	}); err != nil {
		return nil, errors.Join(fmt.Errorf("open the bucket: %w", err), d.inbox.Close())
	}
	// Of several secrets, which the shop takes all, the simulator signs with the first.
	signing, _, _ := strings.Cut(d.secrets.Webhook, ",")
	if d.simulator, err = stripetest.New(stripetest.Options{
		PublicURL: d.url, WebhookURL: d.url + "/webhooks/stripe", WebhookSecret: strings.TrimSpace(signing),
		Journal: filepath.Join(d.dir, "stripe.jsonl"), Logger: log,
	}); err != nil {
		return nil, errors.Join(fmt.Errorf("open the Stripe simulator: %w", err), d.inbox.Close())
	}
	return d, nil
}

// claim makes the folder, sees that it can be written and keeps other processes out of it. The lock
// goes with the process, however that ends.
func (d *demo) claim() error {
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return fmt.Errorf("the data folder %s cannot be made: %w; choose another one with --data", d.dir, bare(err))
	}
	lock, err := os.OpenFile(filepath.Join(d.dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("the data folder %s cannot be written: %w; choose another one with --data", d.dir, bare(err))
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return errors.Join(fmt.Errorf("another demo runs on %s: stop it, or choose another folder with --data", d.dir), lock.Close())
	}
	d.lock = lock
	return nil
}

// bare is the reason of a file error without its operation and path.
func bare(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

func (d *demo) readSecrets(webhook string) (demoSecrets, error) {
	path := filepath.Join(d.dir, "secrets.json")
	var s demoSecrets
	raw, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		s = demoSecrets{Shop: rand.Text() + rand.Text(), Bucket: rand.Text(), Webhook: "whsec_" + rand.Text()}
		if err := writeJSON(path, s); err != nil {
			return s, err
		}
	case err != nil:
		return s, fmt.Errorf("read the demo's secrets: %w", err)
	default:
		if err := json.Unmarshal(raw, &s); err != nil {
			return s, fmt.Errorf("%s is broken (%w): delete the folder to start anew", path, err)
		}
	}
	if webhook != "" {
		s.Webhook = webhook
	}
	return s, nil
}

// publicURL is the address that a browser reaches the listener by.
func publicURL(listen string, l net.Listener) string {
	host, _, err := net.SplitHostPort(listen)
	if ip := net.ParseIP(host); err != nil || host == "" || (ip != nil && ip.IsUnspecified()) {
		host = "localhost"
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return "http://" + l.Addr().String()
	}
	return "http://" + net.JoinHostPort(host, port)
}

func (d *demo) settings(c *demoCmd) settings {
	return settings{
		DatabaseURL: "sqlite://" + filepath.Join(d.dir, "bookroom.db"), StripeKey: demoStripeKey, StripeSecrets: d.secrets.Webhook,
		StripeBase: d.url, S3Bucket: demoBucket, SMTPURL: d.inbox.URL(), MailFrom: demoFrom, URL: d.url, Secret: d.secrets.Shop,
		DownloadTTL: c.DownloadTTL, RequestFactor: demoFactor,
	}
}

func (d *demo) delivery() delivery.Config {
	return delivery.Config{
		Bucket: demoBucket, Endpoint: d.url, Region: "us-east-1",
		Credentials: credentials.NewStaticCredentialsProvider(demoAccessKey, d.secrets.Bucket, ""),
	}
}

// routes puts the stand-ins beside the shop, all behind one port. Requests to the shop wait until the
// catalog is there.
func (d *demo) routes(shop http.Handler, ready <-chan struct{}) http.Handler {
	mux := http.NewServeMux()
	for _, prefix := range stripetest.Prefixes() {
		mux.Handle(prefix, d.simulator)
	}
	mux.Handle("/"+demoBucket+"/", d.bucket)
	mux.Handle("/inbox/", d.inbox.Handler())
	mux.Handle("/_staff/", when(ready, http.HandlerFunc(d.showStaff)))
	mux.Handle("/", when(ready, shop))
	return mux
}

// when lets requests wait until the channel is closed.
func when(ready <-chan struct{}, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-ready:
			h.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	})
}

// loadSample brings in those of the sample products that the shop does not have.
func loadSample(ctx context.Context, a *app) error {
	entries, err := catalog.Read(catalog.Sample())
	if err != nil {
		return err
	}
	var absent []catalog.Entry
	for _, entry := range entries {
		_, err := a.store.Product(ctx, entry.Product.Slug)
		if shop.IsKind(err, shop.NotFound) {
			absent = append(absent, entry)
		} else if err != nil {
			return err
		}
	}
	_, err = importEntries(ctx, a.shop, absent)
	return err
}

// announce prints where everything is, and writes the same for scripts.
func (d *demo) announce(e *env, c *demoCmd) error {
	if err := writeJSON(filepath.Join(d.dir, "demo.json"), map[string]any{
		"url": d.url, "stripe_url": d.url, "inbox_url": d.url + "/inbox/", "staff_url": d.url + "/_staff/", "staff_tokens": d.tokens(),
	}); err != nil {
		return err
	}
	if err := d.writeEnv(c); err != nil {
		return err
	}
	var staff strings.Builder
	if err := d.writeStaff(&staff, time.Now()); err != nil {
		return err
	}
	_, err := fmt.Fprintf(e.out, `
Bookroom is open:  %[1]s
  Mail inbox       %[1]s/inbox/
  Stripe simulator %[1]s/_stripe/
  API              %[1]s/api/docs

Pay with the card 4242 4242 4242 4242, any later date, any three digits. Buying needs no sign-in.

Back office:       %[1]s/staff
%[3]s  The codes change every 30 seconds: %[1]s/_staff/ shows the next ones.

Everything is kept in %[2]s; delete that folder to start anew. Ctrl+C stops.
`, d.url, d.dir, staff.String())
	return err
}

// writeEnv writes the demo's settings as a file that a shell can read, so that `bookroom doctor`
// and `bookroom products import` work on the running demo.
func (d *demo) writeEnv(c *demoCmd) error {
	s := d.settings(c)
	var b strings.Builder
	for _, setting := range [][2]string{
		{"DATABASE_URL", s.DatabaseURL}, {"STRIPE_SECRET_KEY", s.StripeKey}, {"STRIPE_WEBHOOK_SECRET", s.StripeSecrets},
		{"STRIPE_API_BASE", s.StripeBase}, {"S3_BUCKET", s.S3Bucket}, {"AWS_ENDPOINT_URL_S3", d.url}, {"AWS_REGION", "us-east-1"},
		{"AWS_ACCESS_KEY_ID", demoAccessKey}, {"AWS_SECRET_ACCESS_KEY", d.secrets.Bucket}, {"SMTP_URL", s.SMTPURL},
		{"BOOKROOM_MAIL_FROM", s.MailFrom}, {"BOOKROOM_URL", s.URL}, {"BOOKROOM_SECRET", s.Secret},
		{"BOOKROOM_DOWNLOAD_TTL", s.DownloadTTL.String()}, {"BOOKROOM_REQUEST_FACTOR", strconv.Itoa(demoFactor)},
	} {
		fmt.Fprintf(&b, "%s='%s'\n", setting[0], strings.ReplaceAll(setting[1], "'", `'\''`))
	}
	return os.WriteFile(filepath.Join(d.dir, "demo.env"), []byte(b.String()), 0o600)
}

func (d *demo) close(log *slog.Logger) {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if err := errors.Join(d.simulator.Close(ctx), d.inbox.Close(), d.lock.Close()); err != nil {
		log.Error("closing the demo", "err", err)
	}
}

// writeJSON writes a file that only its owner may read; readers see the old one or the new one whole.
func writeJSON(path string, value any) error {
	raw, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return err
	}
	part := path + ".part"
	if err := os.WriteFile(part, append(raw, '\n'), 0o600); err != nil {
		return fmt.Errorf("write %s: %w", path, bare(err))
	}
	return os.Rename(part, path)
}
