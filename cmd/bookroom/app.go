package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"bookroom/api"
	"bookroom/catalog"
	"bookroom/catalog/cover"
	"bookroom/delivery"
	"bookroom/gate"
	"bookroom/jobs"
	"bookroom/mail"
	"bookroom/mail/ses"
	"bookroom/payments"
	"bookroom/shop"
	"bookroom/signin"
	"bookroom/store"
	"bookroom/web"
	"bookroom/web/staff"

	"github.com/gin-gonic/gin"
)

// parts are the rooms that talk to something outside.
type parts struct {
	store  *store.Store
	stripe *payments.Stripe
	bucket *delivery.Bucket
	mailer *mail.Mailer
	// reports reads what became of mails; nil where nobody reports.
	reports   shop.MailReports
	passwords *signin.Passwords
	passkeys  *signin.Passkeys
}

// openParts checks every setting before it opens anything.
func openParts(ctx context.Context, s settings, bucket delivery.Config, now func() time.Time) (parts, error) {
	if err := s.check(); err != nil {
		return parts{}, err
	}
	var p parts
	var err error
	if p.stripe, err = payments.New(payments.Config{
		SecretKey: s.StripeKey, WebhookSecrets: s.webhookSecrets(), APIBase: s.StripeBase, AutomaticTax: s.StripeTax, Now: now,
	}); err != nil {
		return parts{}, err
	}
	if p.mailer, err = mail.New(mail.Config{URL: s.SMTPURL, From: s.sender(), Support: s.SupportEmail, Now: now}); err != nil {
		return parts{}, err
	}
	if s.SNSTopic != "" {
		if p.reports, err = ses.New(ses.Config{Topic: s.SNSTopic, Now: now}); err != nil {
			return parts{}, err
		}
	}
	if p.passwords, err = signin.NewPasswords(); err != nil {
		return parts{}, err
	}
	if p.passkeys, err = signin.NewPasskeys(s.URL); err != nil {
		return parts{}, err
	}
	if p.bucket, err = delivery.Open(ctx, bucket); err != nil {
		return parts{}, err
	}
	if p.store, err = openStore(ctx, s.DatabaseURL); err != nil {
		return parts{}, err
	}
	return p, nil
}

// openStore names the setting in what it says of a database that cannot be opened.
func openStore(ctx context.Context, address string) (*store.Store, error) {
	s, err := store.Open(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("DATABASE_URL: %w", err)
	}
	return s, nil
}

// closeStore is for the end of a command. What was written is committed by then.
func closeStore(s *store.Store) {
	if err := s.Close(); err != nil {
		slog.Warn("closing the database", "err", err)
	}
}

// app is the shop with all its parts, ready to answer requests and to work off its jobs.
type app struct {
	parts
	shop    *shop.Shop
	handler http.Handler
	log     *slog.Logger
	now     func() time.Time
	wake    chan struct{}
}

// openApp opens the parts, brings the tables up to date and wires the rooms.
func openApp(ctx context.Context, s settings, bucket delivery.Config, pdfs shop.PDFReader, now func() time.Time, log *slog.Logger) (*app, error) {
	p, err := openParts(ctx, s, bucket, now)
	if err != nil {
		return nil, err
	}
	if err := p.store.Migrate(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("bring the database up to date: %w", err), p.store.Close())
	}
	a := &app{parts: p, log: log, now: now, wake: make(chan struct{}, 1)}
	a.shop = shop.New(shop.Config{
		Store: p.store, Payments: p.stripe, Bucket: p.bucket, PDFs: pdfs, Mailer: p.mailer.Following(a.settings), MailReports: p.reports,
		Passwords: p.passwords, Passkeys: p.passkeys,
		URL: s.URL, Secret: []byte(s.Secret), Defaults: s.defaults(p.mailer), Now: now, Log: log, Wake: a.wakeJobs,
	})
	if a.handler, err = a.routes(s); err != nil {
		return nil, errors.Join(err, p.store.Close())
	}
	return a, nil
}

// settings are those that hold now; the mailer is made before the shop that knows them.
func (a *app) settings(ctx context.Context) (shop.Settings, error) { return a.shop.Settings(ctx) }

// wakeJobs lets the runner of what people wait for look at once instead of at its next turn.
func (a *app) wakeJobs() {
	select {
	case a.wake <- struct{}{}:
	default: // it has been told already
	}
}

// routes puts the rooms behind the gate.
func (a *app) routes(s settings) (http.Handler, error) {
	bucket, err := a.bucketOrigin()
	if err != nil {
		return nil, err
	}
	origins, err := formOrigins(s, bucket)
	if err != nil {
		return nil, err
	}
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.HandleMethodNotAllowed = true
	engine.RedirectTrailingSlash = false
	engine.MaxMultipartMemory = 0
	if err := engine.SetTrustedProxies(s.TrustedProxies); err != nil {
		return nil, fmt.Errorf("%s: %w", aboutProxies, err)
	}
	limits := gate.DefaultLimits().Times(gate.Rate(s.RequestFactor))
	pages := web.New(web.Options{
		Shop: a.shop, Store: a.store, Cover: drawCover, Motif: cover.WriteMotifSVG, Card: drawCard,
		Limits: limits, Log: a.log, Now: a.now,
	})
	desk := staff.New(staff.Options{
		Shop: a.shop, Store: a.store, Asset: pages.Asset, Preview: pages.Preview, Bucket: bucket, Limits: limits, Log: a.log, Now: a.now,
	})
	endpoints := api.New(api.Options{Shop: a.shop, Store: a.store, Log: a.log, Limits: limits})
	guard, err := sameOrigin(s.URL)
	if err != nil {
		return nil, err
	}
	fail := func(c *gin.Context, e *shop.Error) {
		switch path := c.Request.URL.Path; {
		case isAPI(path):
			endpoints.Fail(c, e)
		case path == staff.Root || strings.HasPrefix(path, staff.Root+"/"):
			desk.Fail(c, e)
		default:
			pages.Fail(c, e)
		}
	}
	engine.Use(gate.Log(a.log), gate.Recover(a.log, fail), gate.Headers(gate.Origins{Forms: origins, HTTPS: strings.HasPrefix(s.URL, "https:")}),
		gate.SameOrigin(guard, fail))
	engine.NoRoute(func(c *gin.Context) { fail(c, errNoRoute) })
	engine.NoMethod(func(c *gin.Context) { fail(c, errNoMethod) })
	engine.GET("/healthz", a.healthz)
	endpoints.Routes(engine)
	pages.Routes(engine)
	desk.Routes(engine)
	return engine, nil
}

// sameOrigin is what keeps the pages of other sites from posting forms to ours.
func sameOrigin(url string) (*http.CrossOriginProtection, error) {
	guard := http.NewCrossOriginProtection()
	if err := guard.AddTrustedOrigin(url); err != nil {
		return nil, fmt.Errorf("%s: %w", aboutURL, err)
	}
	guard.AddInsecureBypassPattern("POST /webhooks/stripe") // it is signed, and browsers have no part in it
	guard.AddInsecureBypassPattern("POST /webhooks/ses")    // so is this
	// The order page sends no referrer, so its forms may come without an origin. Their address is a secret
	// that no other site knows.
	guard.AddInsecureBypassPattern("POST /orders/{token}/files/{file}")
	guard.AddInsecureBypassPattern("POST /orders/{token}/archive")
	guard.AddInsecureBypassPattern("POST /orders/{token}/device")
	guard.AddInsecureBypassPattern("POST /orders/{token}/billing")
	return guard, nil
}

var (
	errNoRoute  = shop.NewError(shop.NotFound, "not_found", "There is nothing at this address. It may have been mistyped or moved.")
	errNoMethod = shop.NewError(shop.Invalid, "method_not_allowed", "This address does not take that kind of request.")
)

func isAPI(path string) bool {
	return strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/webhooks/")
}

// compiledPDFium is the folder in which PDFium is kept compiled: among the caches of whoever runs the shop; empty where
// there are none.
func compiledPDFium() string {
	caches, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(caches, "bookroom", "pdfium")
}

// drawCover draws the cover of a product.
func drawCover(w io.Writer, p shop.Product) error { return coverOf(p).WriteSVG(w) }

// drawCard draws the picture of a product for social networks.
func drawCard(w io.Writer, p shop.Product) error { return coverOf(p).WriteCardPNG(w) }

func coverOf(p shop.Product) cover.Cover {
	c := cover.Cover{Title: p.Title, Subtitle: p.Subtitle, Theme: catalog.CoverTheme(p), Language: p.Language, Shelf: p.Distinguishers}
	if edition := p.Edition(); edition != nil {
		c.Edition = edition.Number
	}
	return c
}

// bucketOrigin is where downloads come from and uploads go to.
func (a *app) bucketOrigin() (string, error) {
	link, _, err := a.bucket.Presign(context.Background(), shop.File{Key: shop.FileKey("origin"), Name: "origin"}, time.Minute)
	if err != nil {
		return "", fmt.Errorf("sign a link of the bucket: %w", err)
	}
	return originOf(link)
}

func originOf(address string) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("read the address of a payment page or download: %w", err)
	}
	return u.Scheme + "://" + u.Host, nil
}

// formOrigins are the places that a form of ours leads to: Stripe's payment page and the bucket.
func formOrigins(s settings, bucket string) ([]string, error) {
	if s.StripeBase == "" {
		return []string{"https://checkout.stripe.com", bucket}, nil
	}
	page, err := originOf(s.StripeBase)
	if err != nil || page == bucket { // the demo's are one
		return []string{bucket}, err
	}
	return []string{page, bucket}, nil
}

// healthz says whether requests can be answered: the database is what all of them need.
func (a *app) healthz(c *gin.Context) {
	if err := a.store.Ping(c.Request.Context()); err != nil {
		a.log.WarnContext(c.Request.Context(), "not healthy", "err", err)
		c.String(http.StatusServiceUnavailable, "the database does not answer\n")
		return
	}
	c.String(http.StatusOK, "ok\n")
}

// The rhythm of what is done without being asked.
const (
	sweepEvery = 15 * time.Second
	cartsLast  = 180 * 24 * time.Hour
	tidyEvery  = 24 * time.Hour
	// Links by mail are counted for half an hour and told apart from unknown ones for a day.
	linksLast = 24 * time.Hour
	// Attempts to sign in count for minutes; sign-ins and invitations that ended say where from for a season.
	attemptsLast = 24 * time.Hour
	signInsLast  = 90 * 24 * time.Hour
	measureEvery = time.Hour
	// readingTimeout leaves time to get a PDF from a bucket far away, checkingTimeout to read the largest file there is
	// at 2 MB a second.
	readingTimeout  = 2 * time.Minute
	checkingTimeout = time.Hour
	// What happened is added up so often that the figures stay quick to read; they are right in between.
	sumEvery = 10 * time.Second
	// measureAgain is when the bucket is asked again that did not answer.
	measureAgain = time.Minute
)

// work runs jobs and sweeps until the context ends, and returns when what was begun is finished.
func (a *app) work(ctx context.Context) {
	prompt := jobs.Runner{
		Queue: a.store, Parallel: 4, Wake: a.wake, Logger: a.log, Now: a.now,
		Handlers: map[shop.JobKind]jobs.Handler{
			shop.JobMail: a.shop.SendMail, shop.JobExpireSession: a.shop.ExpireSession, shop.JobLink: a.shop.SendLink, shop.JobRefund: a.shop.FinishRefund,
			shop.JobNotice: a.shop.SendNoticeBatch, shop.JobInvitation: a.shop.SendInvitation,
		},
	}
	// PDFs are read one at a time anyway, and no mail waits for them.
	reading := jobs.Runner{
		Queue: a.store, Parallel: 1, Timeout: readingTimeout, Logger: a.log, Now: a.now,
		Handlers: map[shop.JobKind]jobs.Handler{shop.JobReadEdition: a.shop.ReadEdition, shop.JobInspect: a.shop.InspectFile},
	}
	// Gigabytes are read from the bucket, once, as they come.
	checking := jobs.Runner{
		Queue: a.store, Parallel: 2, Timeout: checkingTimeout, Logger: a.log, Now: a.now,
		Handlers: map[shop.JobKind]jobs.Handler{shop.JobCheckUpload: a.shop.CheckUpload},
	}
	var all sync.WaitGroup
	all.Go(func() { prompt.Run(ctx) })
	all.Go(func() { reading.Run(ctx) })
	all.Go(func() { checking.Run(ctx) })
	all.Go(func() { a.every(ctx, sweepEvery, a.sweep) })
	all.Go(func() { a.every(ctx, sweepEvery, a.publish) })
	all.Go(func() { a.every(ctx, tidyEvery, a.tidy) })
	all.Go(func() { a.every(ctx, measureEvery, a.measure) })
	all.Go(func() { a.every(ctx, sumEvery, a.store.SumFigures) })
	all.Wait()
}

// every does something at once and then at each turn.
func (a *app) every(ctx context.Context, pause time.Duration, do func(context.Context) error) {
	turn := time.NewTicker(pause)
	defer turn.Stop()
	for ctx.Err() == nil {
		if err := do(ctx); err != nil && ctx.Err() == nil {
			a.log.ErrorContext(ctx, "work in the background failed", "err", err)
		}
		select {
		case <-ctx.Done():
		case <-turn.C:
		}
	}
}

func (a *app) sweep(ctx context.Context) error {
	changed, err := a.shop.Sweep(ctx)
	if changed > 0 {
		a.log.InfoContext(ctx, "the sweep found news of orders", "orders", changed)
	}
	return err
}

// publish puts products into the shop whose time has come.
func (a *app) publish(ctx context.Context) error {
	published, err := a.shop.PublishDue(ctx)
	if published > 0 {
		a.log.InfoContext(ctx, "products were published as planned", "products", published)
	}
	return err
}

func (a *app) tidy(ctx context.Context) error {
	now := a.now()
	return errors.Join(
		a.store.DeleteStaleCarts(ctx, now.Add(-cartsLast)),
		a.store.DeleteStaleLinks(ctx, now.Add(-linksLast)),
		a.store.DeleteStaleSessions(ctx, now),
		a.store.DeleteStaleNetworks(ctx, now.Add(-shop.NetworkLife)),
		a.store.DeleteStaleAttempts(ctx, now.Add(-attemptsLast)),
		a.store.DeleteStaleSignIns(ctx, now.Add(-signInsLast)),
		a.shop.DropAbandonedUploads(ctx),
	)
}

// measure sees to files that were brought in before the shop kept their checksums.
func (a *app) measure(ctx context.Context) error {
	for {
		measured, err := a.shop.MeasureFiles(ctx)
		if measured > 0 {
			a.log.InfoContext(ctx, "files can lie in archives now", "files", measured)
		}
		if !shop.IsKind(err, shop.Unavailable) {
			return err
		}
		a.log.WarnContext(ctx, "files are not measured, since the bucket does not answer", "err", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(measureAgain):
		}
	}
}
