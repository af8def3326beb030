package web_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bookroom/catalog/cover"
	"bookroom/delivery"
	"bookroom/delivery/s3test"
	"bookroom/gate"
	"bookroom/payments"
	"bookroom/payments/stripetest"
	"bookroom/shop"
	"bookroom/store"
	"bookroom/web"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/gin-gonic/gin"
)

// place is a whole shop with its pages, on SQLite, the Stripe simulator and the embedded bucket.
type place struct {
	url     string
	shop    *shop.Shop
	store   *store.Store
	stripe  *stripetest.Server
	bucket  *s3test.Server
	handler http.Handler
	pages   *web.Pages
	log     *lines

	database string // the SQLite file
}

// lines keeps what was logged.
type lines struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

const (
	webhookSecret = "whsec_test"
	supportEmail  = "help@bookroom.example"
)

// MustOpen opens a shop with stock on its shelves. Its pages are changed before they are made.
func MustOpen(tb testing.TB, changes ...func(*web.Options)) *place {
	tb.Helper()
	return MustOpenShop(tb, func(*shop.Config) {}, changes...)
}

// MustOpenShop is MustOpen with a shop that is set up in another way.
func MustOpenShop(tb testing.TB, configure func(*shop.Config), changes ...func(*web.Options)) *place {
	tb.Helper()
	gin.SetMode(gin.ReleaseMode)
	p := &place{log: &lines{}}
	log := slog.New(slog.NewTextHandler(p.log, nil))

	var err error
	p.database = filepath.Join(tb.TempDir(), "shop.db")
	p.store, err = store.Open(tb.Context(), "sqlite://"+p.database)
	must(tb, err)
	tb.Cleanup(func() { _ = p.store.Close() })
	must(tb, p.store.Migrate(tb.Context()))

	p.bucket, err = s3test.New(s3test.Options{Dir: tb.TempDir(), Bucket: "bookroom-files", AccessKey: "test", SecretKey: "test"})
	must(tb, err)
	bucket, err := delivery.Open(tb.Context(), delivery.Config{
		Bucket: "bookroom-files", Endpoint: serve(tb, p.bucket), Region: "us-east-1",
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
	must(tb, err)

	p.stripe, err = stripetest.New(stripetest.Options{})
	must(tb, err)
	simulator := serve(tb, p.stripe)
	tb.Cleanup(func() { must(tb, p.stripe.Close(context.Background())) })
	stripe, err := payments.New(payments.Config{
		SecretKey: "sk_test_1", WebhookSecrets: []string{webhookSecret}, APIBase: simulator, Now: time.Now,
	})
	must(tb, err)

	engine := gin.New()
	engine.HandleMethodNotAllowed = true
	p.handler = engine
	p.url = serve(tb, engine)
	config := shop.Config{
		Store: p.store, Payments: stripe, Bucket: bucket, URL: p.url, Secret: bytes.Repeat([]byte("s"), 32),
		Defaults: shop.DefaultSettings(), Log: log, Now: time.Now, Wake: func() {},
	}
	config.Defaults.DownloadTTL, config.Defaults.SupportEmail = time.Minute, supportEmail
	configure(&config)
	p.shop = shop.New(config)
	options := web.Options{
		Shop: p.shop, Store: p.store, Log: log, Now: time.Now,
		Cover: drawCover, Motif: cover.WriteMotifSVG, Card: drawCard,
	}
	for _, change := range changes {
		change(&options)
	}
	p.pages = web.New(options)
	engine.Use(gate.Headers(gate.Origins{Forms: []string{simulator}}), gate.Recover(log, p.pages.Fail))
	engine.NoRoute(func(c *gin.Context) {
		p.pages.Fail(c, shop.NewError(shop.NotFound, "not_found", "There is nothing at this address."))
	})
	engine.NoMethod(func(c *gin.Context) {
		p.pages.Fail(c, shop.NewError(shop.Invalid, "method_not_allowed", "This address does not take that kind of request."))
	})
	engine.POST("/webhooks/stripe", func(c *gin.Context) {
		payload, err := io.ReadAll(c.Request.Body)
		must(tb, err)
		if _, err := p.shop.ReceiveEvent(c.Request.Context(), payload, c.GetHeader("Stripe-Signature")); err != nil {
			tb.Error(err)
		}
	})
	p.pages.Routes(engine)
	p.stripe.SetWebhook(p.url+"/webhooks/stripe", webhookSecret)
	p.MustImport(tb, stock()...)
	return p
}

// reads counts what the pages ask of the store.
type reads struct {
	web.Store
	lists, products, files atomic.Int32
}

// count puts the counter in front of the store.
func (r *reads) count(o *web.Options) { r.Store, o.Store = o.Store, r }

func (r *reads) Products(ctx context.Context, q shop.ProductQuery) (shop.ProductPage, error) {
	r.lists.Add(1)
	return r.Store.Products(ctx, q)
}

func (r *reads) Product(ctx context.Context, slug string) (shop.Product, error) {
	r.products.Add(1)
	return r.Store.Product(ctx, slug)
}

func (r *reads) OwnedFiles(ctx context.Context, orderID string) ([]shop.OwnedFile, error) {
	r.files.Add(1)
	return r.Store.OwnedFiles(ctx, orderID)
}

func drawCard(w io.Writer, p shop.Product) error {
	return cover.Cover{Title: p.Title, Subtitle: p.Subtitle, Theme: "goals"}.WriteCardPNG(w)
}

func drawCover(w io.Writer, p shop.Product) error {
	drawn := cover.Cover{Title: p.Title, Subtitle: p.Subtitle, Theme: string(p.Kind)}
	if edition := p.Edition(); edition != nil {
		drawn.Edition = edition.Number
	}
	if len(p.Distinguishers) > 0 {
		drawn.Theme = p.Distinguishers[0]
	}
	return drawn.WriteSVG(w)
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func serve(tb testing.TB, h http.Handler) string {
	tb.Helper()
	server := httptest.NewServer(h)
	tb.Cleanup(server.Close)
	return server.URL
}

// MustImport writes products as the catalog's import does.
func (p *place) MustImport(tb testing.TB, entries ...shop.CatalogEntry) {
	tb.Helper()
	_, err := p.shop.Import(tb.Context(), entries)
	must(tb, err)
}

// handbook is a published handbook with one PDF, its licences at 38 and 190 dollars.
func handbook(slug, title string, change func(*shop.Product)) shop.CatalogEntry {
	pdf := []byte("%PDF-1.7\n% the text of " + slug + "\n")
	sum := sha256.Sum256(pdf)
	hash := hex.EncodeToString(sum[:])
	product := shop.Product{
		Slug: slug, Kind: shop.Handbook, Status: shop.Published, Title: title, Subtitle: "About " + title, Summary: "All about " + title + ".",
		Description: "## Who it is for\n\nFor **everybody** in a school.", Authors: []string{"Big Picture Learning"}, Language: "en", Pages: 24,
		Distinguishers: []string{"advisory"}, Goals: []string{"communication"}, Accessibility: []string{"The PDF is tagged."},
		Contents: []shop.ContentEntry{{Title: "The first week", Page: 3, Level: 1}, {Title: "Monday", Page: 4, Level: 2}},
		Variants: []shop.Variant{
			{Kind: shop.Individual, SKU: slug + "-1", Price: shop.Money{Amount: 3800, Currency: "usd"}},
			{Kind: shop.SchoolLicence, SKU: slug + "-s", Price: shop.Money{Amount: 19000, Currency: "usd"}},
		},
		Editions: []shop.Edition{{
			Number: 2, Notes: "Two new chapters.", PublishedAt: time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC),
			Files: []shop.File{{Name: slug + ".pdf", ContentType: "application/pdf", Size: int64(len(pdf)), SHA256: hash, Key: shop.FileKey(hash), CRC32: shop.CRC32{Sum: crc32.ChecksumIEEE(pdf), Known: true}}},
		}},
	}
	if change != nil {
		change(&product)
	}
	return shop.CatalogEntry{Product: product, Bodies: []shop.Body{func() (io.ReadSeekCloser, error) { return readSeekCloser{bytes.NewReader(pdf)}, nil }}}
}

type readSeekCloser struct{ *bytes.Reader }

func (readSeekCloser) Close() error { return nil }

// stock is what stands on the shelves of a test.
func stock() []shop.CatalogEntry {
	free := handbook("first-plan", "A First Plan", func(p *shop.Product) {
		p.Distinguishers = []string{"personal"}
		p.Variants = []shop.Variant{{Kind: shop.Individual, SKU: "first-plan-1", Price: shop.Money{Amount: 0, Currency: "usd"}}}
	})
	archived := handbook("old-ways", "Old Ways", func(p *shop.Product) { p.Status = shop.Archived })
	draft := handbook("secret-draft", "Secret Draft", func(p *shop.Product) { p.Status = shop.Draft })
	bundle := shop.CatalogEntry{
		Product: shop.Product{
			Slug: "the-set", Kind: shop.Bundle, Status: shop.Published, Title: "The Set", Subtitle: "Two to start with", Summary: "Both of them.",
			Description: "Everything at once.", Authors: []string{"Big Picture Learning"}, Language: "en",
			Variants: []shop.Variant{{Kind: shop.Individual, SKU: "set-1", Price: shop.Money{Amount: 6000, Currency: "usd"}}},
		},
		Includes: []string{"advisory", "mentors"},
	}
	return []shop.CatalogEntry{
		handbook("advisory", "Advisory Structure", nil),
		handbook("mentors", "Mentors & Interns", func(p *shop.Product) {
			p.Distinguishers, p.Goals = []string{"lti", "advisory"}, []string{"social-reasoning"}
		}),
		free, archived, draft, bundle,
	}
}

// visitor is a browser that follows no redirect by itself.
type visitor struct {
	tb     testing.TB
	client *http.Client
	url    string
	stripe *stripetest.Server
}

// Visit starts a browser without cookies.
func (p *place) Visit(tb testing.TB) *visitor {
	tb.Helper()
	jar, err := cookiejar.New(nil)
	must(tb, err)
	return &visitor{tb, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, p.url, p.stripe}
}

// reply is an answer that was read to its end.
type reply struct {
	status int
	header http.Header
	body   string
}

func (v *visitor) do(request *http.Request) reply {
	v.tb.Helper()
	answer, err := v.client.Do(request)
	must(v.tb, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	must(v.tb, err)
	return reply{answer.StatusCode, answer.Header, string(body)}
}

// Get asks for a page by its path, or by a whole address.
func (v *visitor) Get(path string, headers ...string) reply {
	v.tb.Helper()
	request, err := http.NewRequestWithContext(v.tb.Context(), http.MethodGet, v.address(path), nil)
	must(v.tb, err)
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	return v.do(request)
}

// Post sends a form.
func (v *visitor) Post(path string, form url.Values) reply {
	v.tb.Helper()
	request, err := http.NewRequestWithContext(v.tb.Context(), http.MethodPost, v.address(path), strings.NewReader(form.Encode()))
	must(v.tb, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return v.do(request)
}

func (v *visitor) address(path string) string {
	if strings.HasPrefix(path, "/") {
		return v.url + path
	}
	return path
}

// MustAdd puts a licence into the cart, found on the product's page as a person finds it.
func (v *visitor) MustAdd(slug string, licence shop.VariantKind) (variant string) {
	v.tb.Helper()
	page := v.Get("/handbooks/" + slug)
	variant = find(v.tb, page.body, fmt.Sprintf(`name="variant" value="([^"]+)" data-licence="%s"`, licence))
	if added := v.Post("/cart/items", url.Values{"variant": {variant}}); added.status != http.StatusSeeOther {
		v.tb.Fatalf("adding %s answered %d: %s", slug, added.status, added.body)
	}
	return variant
}

// details is the checkout form as it stands on the page, filled in.
func (v *visitor) details() url.Values {
	v.tb.Helper()
	page := v.Get("/checkout")
	if page.status != http.StatusOK {
		v.tb.Fatalf("the checkout answered %d", page.status)
	}
	return url.Values{
		"email": {"Ana@School.example"}, "name": {"Ana Núñez"}, "organisation": {"The Met"}, "po_number": {"PO-7"},
		"key": {hidden(v.tb, page, "key")}, "expected_total": {hidden(v.tb, page, "expected_total")},
	}
}

// MustOrder checks out and returns where that leads.
func (v *visitor) MustOrder() (location string) {
	v.tb.Helper()
	done := v.Post("/checkout", v.details())
	if done.status != http.StatusSeeOther {
		v.tb.Fatalf("the checkout answered %d: %s", done.status, done.body)
	}
	return done.header.Get("Location")
}

// MustPay fills in the payment page, waits until Stripe has told the shop, and returns the path of the
// order's page.
func (v *visitor) MustPay(page string) (order string) {
	v.tb.Helper()
	return v.MustPayWith(page, url.Values{"card": {"4242424242424242"}, "exp": {"12/34"}, "cvc": {"123"}})
}

// bankDebit is the form of a payment whose money comes days later.
var bankDebit = url.Values{"method": {"us_bank_account"}}

// MustPayWith is MustPay with what is typed.
func (v *visitor) MustPayWith(page string, form url.Values) (order string) {
	v.tb.Helper()
	paid := v.Post(page, form)
	if paid.status != http.StatusSeeOther {
		v.tb.Fatalf("paying answered %d: %s", paid.status, paid.body)
	}
	must(v.tb, v.stripe.Idle(v.tb.Context()))
	return strings.TrimPrefix(paid.header.Get("Location"), v.url)
}

// MustBuy buys one licence and returns the path of the order's page.
func (v *visitor) MustBuy(slug string) (order string) {
	v.tb.Helper()
	v.MustAdd(slug, shop.Individual)
	return v.MustPay(v.MustOrder())
}

func hidden(tb testing.TB, page reply, name string) string {
	tb.Helper()
	return find(tb, page.body, `name="`+name+`" value="([^"]*)"`)
}

// find returns the first group of the pattern's first match.
func find(tb testing.TB, text, pattern string) string {
	tb.Helper()
	match := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if match == nil {
		tb.Fatalf("nothing like %s in:\n%s", pattern, text)
	}
	return match[1]
}

// Expect holds a reply against a status, texts that must stand in it and, after "not:", texts that must not.
func (r reply) Expect(tb testing.TB, status int, texts ...string) {
	tb.Helper()
	_, shown, _ := strings.Cut(r.body, "<main")
	if r.status != status {
		tb.Errorf("status %d, want %d", r.status, status)
	}
	for _, text := range texts {
		unwanted, not := strings.CutPrefix(text, "not:")
		if !not && !strings.Contains(r.body, text) {
			tb.Errorf("%q is missing in:\n%s", text, shown)
		}
		if not && strings.Contains(r.body, unwanted) {
			tb.Errorf("%q must not stand in:\n%s", unwanted, shown)
		}
	}
}
