package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"bookroom/delivery"
	"bookroom/delivery/s3test"
	"bookroom/gate"
	"bookroom/payments"
	"bookroom/payments/stripetest"
	"bookroom/shop"
	"bookroom/store"

	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/gin-gonic/gin"
)

func TestMain(m *testing.M) {
	gin.SetMode(gin.TestMode)
	os.Exit(m.Run())
}

// emptyDatabase is a SQLite file with all tables, which are made once for all tests.
var emptyDatabase = sync.OnceValues(func() ([]byte, error) {
	folder, err := os.MkdirTemp("", "bookroom-api-*")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }() // it was read by then
	file := filepath.Join(folder, "empty.db")
	s, err := store.Open(context.Background(), "sqlite://"+file)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(s.Migrate(context.Background()), s.Close()); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
})

// mustStore opens a database with all tables and nothing in them.
func mustStore(tb testing.TB) *store.Store {
	tb.Helper()
	empty, err := emptyDatabase()
	if err != nil {
		tb.Fatal(err)
	}
	file := filepath.Join(tb.TempDir(), "api.db")
	if err := os.WriteFile(file, empty, 0o600); err != nil {
		tb.Fatal(err)
	}
	s, err := store.Open(tb.Context(), "sqlite://"+file)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

const (
	testBucket    = "files-of-the-test"
	testAccessKey = "key-of-the-test"
	testSecretKey = "secret-of-the-test"
	testWebhook   = "whsec_of_the_test"
)

// world is an API with a real database, Stripe and bucket around it.
type world struct {
	api    *API
	url    string // where the API listens, for Stripe and for curl
	engine *gin.Engine
	store  *store.Store
	stripe *stripetest.Server
	bucket *s3test.Server
	files  string // the bucket's folder
	log    *logBook
}

// mustWorld starts an API with limits that no test reaches, unless others are given.
func mustWorld(tb testing.TB, limits gate.Limits) *world {
	tb.Helper()
	w := &world{log: &logBook{}, files: tb.TempDir(), store: mustStore(tb)}
	stripe := w.mustStripe(tb)
	bucket := w.mustBucket(tb)

	w.engine = gin.New()
	server := httptest.NewServer(w.engine)
	tb.Cleanup(server.Close)
	w.url = server.URL
	w.stripe.SetWebhook(w.url+"/webhooks/stripe", testWebhook)
	log := slog.New(slog.NewTextHandler(w.log, nil))
	defaults := shop.DefaultSettings()
	defaults.ConfirmDevices = true
	w.api = New(Options{
		Shop: shop.New(shop.Config{
			Store: w.store, Payments: stripe, Bucket: bucket, URL: w.url, Secret: []byte("0123456789abcdef0123456789abcdef"),
			Defaults: defaults, MailReports: mustReports(tb), Log: log, Now: time.Now, Wake: func() {},
		}),
		Store: w.store, Log: log, Limits: limits,
	})
	w.engine.HandleMethodNotAllowed = true
	w.engine.Use(gate.Recover(w.api.Log, w.api.Fail), gate.SameOrigin(http.NewCrossOriginProtection(), w.api.Fail))
	w.engine.NoRoute(func(c *gin.Context) { w.api.Fail(c, shop.NewError(shop.NotFound, "not_found", "Nothing here.")) })
	w.engine.NoMethod(func(c *gin.Context) {
		w.api.Fail(c, shop.NewError(shop.Invalid, "method_not_allowed", "Not this way."))
	})
	w.api.Routes(w.engine)
	w.mustStock(tb, shop.Published)
	return w
}

func (w *world) mustStripe(tb testing.TB) *payments.Stripe {
	tb.Helper()
	var err error
	if w.stripe, err = stripetest.New(stripetest.Options{RetryAfter: 10 * time.Millisecond}); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := w.stripe.Close(context.Background()); err != nil {
			tb.Error(err)
		}
	})
	server := httptest.NewServer(w.stripe)
	tb.Cleanup(server.Close)
	stripe, err := payments.New(payments.Config{
		SecretKey: "sk_test_api", WebhookSecrets: []string{testWebhook}, APIBase: server.URL, Now: time.Now,
	})
	if err != nil {
		tb.Fatal(err)
	}
	return stripe
}

func (w *world) mustBucket(tb testing.TB) *delivery.Bucket {
	tb.Helper()
	var err error
	if w.bucket, err = s3test.New(s3test.Options{
		Dir: w.files, Bucket: testBucket, AccessKey: testAccessKey, SecretKey: testSecretKey,
	}); err != nil {
		tb.Fatal(err)
	}
	server := httptest.NewServer(w.bucket)
	tb.Cleanup(server.Close)
	bucket, err := delivery.Open(tb.Context(), delivery.Config{
		Bucket: testBucket, Endpoint: server.URL, Region: "us-east-1",
		Credentials: credentials.NewStaticCredentialsProvider(testAccessKey, testSecretKey, ""),
	})
	if err != nil {
		tb.Fatal(err)
	}
	return bucket
}

// logBook keeps what was logged.
type logBook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logBook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logBook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// request is what a client sends. The body is JSON unless a header says otherwise.
type request struct {
	method string
	path   string
	body   string
	header map[string]string
}

// answered is what came back.
type answered struct {
	status int
	header http.Header
	body   string
}

// problem reads the code of a problem; empty for any other answer.
func (a answered) code(tb testing.TB) string {
	tb.Helper()
	if a.header.Get("Content-Type") != "application/problem+json" {
		return ""
	}
	return mustRead[problem](tb, a).Code
}

// send passes a request to the API and holds the answer against the contract.
func (w *world) send(tb testing.TB, r request) answered {
	tb.Helper()
	return w.sendTo(tb, w.engine, r)
}

func (w *world) sendTo(tb testing.TB, handler http.Handler, r request) answered {
	tb.Helper()
	in := httptest.NewRequestWithContext(tb.Context(), r.method, r.path, strings.NewReader(r.body))
	in.RemoteAddr = netip.AddrPortFrom(netip.MustParseAddr("198.51.100.7"), 4000).String()
	if r.body != "" {
		in.Header.Set("Content-Type", "application/json")
	}
	for name, value := range r.header {
		in.Header.Set(name, value)
	}
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, in)
	out := answered{status: recorder.Code, header: recorder.Header(), body: recorder.Body.String()}
	w.mustFit(tb, in, out)
	return out
}

// mustFit holds an answer against the contract: its status, headers and body. An address outside the
// contract has to be answered with a problem.
func (w *world) mustFit(tb testing.TB, in *http.Request, out answered) {
	tb.Helper()
	route := w.routeOf(in)
	if route == nil {
		if strings.HasPrefix(in.URL.Path, "/api/v1/") && in.URL.Path != "/api/v1/openapi.yaml" && out.code(tb) == "" {
			tb.Errorf("%s %s is not in the contract and was answered with %d", in.Method, in.URL.Path, out.status)
		}
		return
	}
	validation := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: in, Route: route},
		Status:                 out.status, Header: out.header,
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true, ExcludeResponseBody: in.Method == http.MethodHead},
	}
	validation.SetBodyBytes([]byte(out.body))
	if err := openapi3filter.ValidateResponse(tb.Context(), validation); err != nil {
		tb.Errorf("%s %s: the answer breaks the contract: %v", in.Method, in.URL.Path, err)
	}
}

// routeOf finds the operation that a request is for, as gin does: word for word, or by parameter.
func (w *world) routeOf(in *http.Request) *routers.Route {
	method := in.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	asked := strings.Split(in.URL.EscapedPath(), "/")
	for at, route := range w.api.contract.operations {
		want, path, _ := strings.Cut(at, " ")
		parts := strings.Split(path, "/")
		fits := want == method && len(parts) == len(asked)
		for i := 0; fits && i < len(parts); i++ {
			fits = parts[i] == asked[i] || strings.HasPrefix(parts[i], ":")
		}
		if fits {
			return route
		}
	}
	return nil
}

func mustRead[T any](tb testing.TB, a answered) T {
	tb.Helper()
	var v T
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		tb.Fatalf("status %d, body %q: %v", a.status, a.body, err)
	}
	return v
}

// must sends a request that has to be answered with that status.
func must[T any](tb testing.TB, w *world, status int, r request) T {
	tb.Helper()
	a := w.send(tb, r)
	if a.status != status {
		tb.Fatalf("%s %s: status %d, want %d: %s", r.method, r.path, a.status, status, a.body)
	}
	return mustRead[T](tb, a)
}

// Slugs of the stock.
const (
	advisory  = "advisory-structure"  // $19.00, school licence $90.00
	notes     = "field-notes"         // free
	starter   = "starter-set"         // a bundle of the two, $25.00
	draft     = "unfinished"          // never seen
	outOfSale = "first-edition"       // archived after it was published
	penny     = "one-page"            // $0.10, less than Stripe charges
	euro      = "european-supplement" // 12.00 EUR
)

// mustStock brings the products in; the status is that of outOfSale.
func (w *world) mustStock(tb testing.TB, status shop.ProductStatus) {
	tb.Helper()
	old := handbook(outOfSale, shop.Money{Amount: 900, Currency: "usd"})
	old.Product.Status = status
	unfinished := handbook(draft, shop.Money{Amount: 900, Currency: "usd"})
	unfinished.Product.Status = shop.Draft
	w.mustImport(tb,
		handbook(advisory, shop.Money{Amount: 1900, Currency: "usd"}, shop.Money{Amount: 9000, Currency: "usd"}),
		handbook(notes, shop.Money{Currency: "usd"}),
		bundle(starter, shop.Money{Amount: 2500, Currency: "usd"}, advisory, notes),
		handbook(penny, shop.Money{Amount: 10, Currency: "usd"}),
		handbook(euro, shop.Money{Amount: 1200, Currency: "eur"}),
		old, unfinished)
}

// mustSample makes the second page of a handbook one that anybody may look at.
func (w *world) mustSample(tb testing.TB, slug string) {
	tb.Helper()
	product, err := w.store.Product(tb.Context(), slug)
	if err != nil {
		tb.Fatal(err)
	}
	sample := shop.SamplePicture{Image: []byte("picture"), SamplePage: shop.SamplePage{
		Page: 2, Width: 900, Height: 1165, ContentType: "image/jpeg", SHA256: strings.Repeat("ab", 32), Opening: "Beginning",
	}}
	err = w.store.SavePages(tb.Context(), *product.Edition(), shop.EditionPages{Samples: []shop.SamplePicture{sample}}, time.Now())
	if err != nil {
		tb.Fatal(err)
	}
}

func (w *world) mustImport(tb testing.TB, entries ...shop.CatalogEntry) {
	tb.Helper()
	if _, err := w.api.Shop.Import(tb.Context(), entries); err != nil {
		tb.Fatal(err)
	}
}

// handbook has an individual licence at the first price and a school licence at the second one.
func handbook(slug string, prices ...shop.Money) shop.CatalogEntry {
	body := "%PDF of " + slug
	p := shop.Product{
		Slug: slug, Kind: shop.Handbook, Status: shop.Published, Title: "Title of " + slug, Subtitle: "A handbook",
		Summary: "What " + slug + " is about.", Description: "The *description* of " + slug + ".", Authors: []string{"Big Picture Learning"},
		Language: "en", Pages: 40, Distinguishers: []string{"advisory"}, Goals: []string{"communication"}, Tags: []string{"mentoring"},
		Accessibility: []string{"Tagged PDF."}, Contents: []shop.ContentEntry{{Title: "Beginning", Page: 3, Level: 1}},
		Editions: []shop.Edition{{Number: 2, Notes: "New chapter.", PublishedAt: time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC), Files: []shop.File{
			fileOf(slug+".pdf", body),
		}}},
		PublishedAt: time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC),
	}
	for i, price := range prices {
		kind := []shop.VariantKind{shop.Individual, shop.SchoolLicence}[i]
		p.Variants = append(p.Variants, shop.Variant{Kind: kind, SKU: strings.ToUpper(slug) + "-" + string(kind), Price: price})
	}
	return shop.CatalogEntry{Product: p, Bodies: []shop.Body{bodyOf(body)}}
}

func bundle(slug string, price shop.Money, includes ...string) shop.CatalogEntry {
	e := handbook(slug, price)
	e.Product.Kind, e.Product.Editions, e.Product.Pages, e.Includes, e.Bodies = shop.Bundle, nil, 0, includes, nil
	return e
}

// variantOf returns the id of a product's licence.
func (w *world) variant(tb testing.TB, slug string, kind shop.VariantKind) string {
	tb.Helper()
	p, err := w.store.Product(tb.Context(), slug)
	if err != nil {
		tb.Fatal(err)
	}
	for _, v := range p.Variants {
		if v.Kind == kind {
			return v.ID
		}
	}
	tb.Fatalf("%s has no %s licence", slug, kind)
	return ""
}

// cart returns the id of a cart with one individual licence of each product.
func (w *world) cart(tb testing.TB, slugs ...string) string {
	tb.Helper()
	made := must[cart](tb, w, http.StatusCreated, request{method: "POST", path: "/api/v1/carts"})
	for _, slug := range slugs {
		w.put(tb, made.ID, slug, 1)
	}
	return made.ID
}

func (w *world) put(tb testing.TB, cartID, slug string, quantity int) {
	tb.Helper()
	body, err := json.Marshal(cartItemRequest{Quantity: quantity})
	if err != nil {
		tb.Fatal(err)
	}
	must[cart](tb, w, http.StatusOK, request{
		method: "PUT", path: "/api/v1/carts/" + cartID + "/items/" + w.variant(tb, slug, shop.Individual), body: string(body),
	})
}

const buyer = `{"email": "Reader@School.example", "name": "A Reader", "organisation": null}`

func checkout(cartID, key, body string) request {
	return request{method: "POST", path: "/api/v1/carts/" + cartID + "/checkout", body: body, header: map[string]string{"Idempotency-Key": key}}
}

// order checks a cart with these products out.
func (w *world) order(tb testing.TB, slugs ...string) checkedOut {
	tb.Helper()
	return must[checkedOut](tb, w, http.StatusCreated, checkout(w.cart(tb, slugs...), "first", buyer))
}

// bought is an order that is paid, by way of Stripe's payment page.
func (w *world) bought(tb testing.TB, slugs ...string) checkedOut {
	tb.Helper()
	o := w.order(tb, slugs...)
	w.pay(tb, *o.PaymentURL)
	w.settle(tb)
	return o
}

// pay fills in the form of the payment page.
func (w *world) pay(tb testing.TB, page string) {
	tb.Helper()
	w.payWith(tb, page, url.Values{"card": {stripetest.CardSuccess}, "exp": {"12/40"}, "cvc": {"123"}})
}

// bankDebit is the form of a payment whose money comes days later.
var bankDebit = url.Values{"method": {"us_bank_account"}}

func (w *world) payWith(tb testing.TB, page string, form url.Values) {
	tb.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.PostForm(page, form)
	if err != nil {
		tb.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusSeeOther {
		text, err := io.ReadAll(answer.Body)
		tb.Fatalf("payment page: status %d, %v: %.300s", answer.StatusCode, err, text)
	}
}

// settle waits until Stripe has delivered its events.
func (w *world) settle(tb testing.TB) {
	tb.Helper()
	if err := w.stripe.Idle(tb.Context()); err != nil {
		tb.Fatal(err)
	}
}

// stored is the order as the database has it.
func (w *world) stored(tb testing.TB, token string) shop.Order {
	tb.Helper()
	o, err := w.api.Shop.OrderByToken(tb.Context(), token)
	if err != nil {
		tb.Fatal(err)
	}
	return o
}

func (w *world) read(tb testing.TB, token string) order {
	tb.Helper()
	return must[order](tb, w, http.StatusOK, request{method: "GET", path: "/api/v1/orders/" + token})
}

// take asks for a download link.
func take(token, fileID string) request {
	return request{method: "POST", path: "/api/v1/orders/" + token + "/downloads", body: `{"file_id": "` + fileID + `"}`}
}
