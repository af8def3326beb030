package web_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bookroom/shop"
	"bookroom/web"
)

func TestPublicPages(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	for _, page := range []struct {
		path   string
		status int
		texts  []string
	}{
		{"/", 200, []string{"<h1>Handbooks for schools", "every 12&nbsp;seconds", "Advisory Structure", "The Set", "instead of $76 one by one",
			`href="/handbooks?distinguisher=development"`, "not:Old Ways"}},
		{"/handbooks", 200, []string{"<b>4 titles</b>", "Advisory Structure", "Mentors &amp; Interns", "$38", "Free", "2 handbooks", "not:Old Ways"}},
		{"/handbooks?q=mentor", 200, []string{"<b>1 title</b>", "<mark>Mentors</mark> &amp; Interns", `value="mentor"`, "Best match", "not:A First Plan"}},
		{"/handbooks?q=%3Cscript%3Ealert(1)", 200, []string{"No title fits", "&lt;script&gt;alert(1)", "not:<script>alert"}},
		{"/handbooks?q=zebra", 200, []string{"<b>0 titles</b>", "No title fits all of that", "Show the whole shelf", `href="/handbooks/inside?q=zebra"`}},
		{"/handbooks?q=zebra&distinguisher=lti", 200, []string{"No title fits all of that"}},
		{"/handbooks?distinguisher=organization", 200, []string{"<b>0 titles</b>", "There is no handbook on School Organization yet", "Show the whole shelf", "not:No title fits"}},
		{"/handbooks?kind=bundle&goal=communication&distinguisher=lti", 200, []string{"No title fits all of that", "not:There is no handbook on"}},
		{"/handbooks?distinguisher=lti&goal=communication", 200, []string{
			`id="distinguisher-lti" name="distinguisher" value="lti" checked>`, `id="goal-communication" name="goal" value="communication" checked>`,
			`<a class="chip" href="/handbooks?goal=communication"><span class="hidden">Remove the filter </span>Learning in the Real World`,
			`<a class="chip" href="/handbooks?distinguisher=lti"><span class="hidden">Remove the filter </span>Communication`, "Filter (2)"}},
		{"/handbooks?distinguisher=lti", 200, []string{"<b>1 title</b>", "Mentors", "Show 1 title<", "not:A First Plan"}},
		{"/handbooks?distinguisher=personal&distinguisher=lti", 200, []string{"<b>2 titles</b>", "Mentors", "A First Plan", `href="/handbooks?distinguisher=lti"`}},
		{"/handbooks?goal=communication&kind=handbook", 200, []string{"<b>2 titles</b>", "not:Mentors", `href="/handbooks?goal=communication"`, `href="/handbooks?kind=handbook"`}},
		{"/handbooks?format=pdf&price=free", 200, []string{"<b>1 title</b>", "A First Plan", `value="free" checked>`, `<span class="n" id="n-price-paid">3</span>`}},
		{"/handbooks?language=en&language=..%2F", 200, []string{"<b>4 titles</b>", "not:../"}},
		{"/handbooks?q=mentr", 200, []string{"No title has “mentr”. These have <b>“mentors”</b>.", "<mark>Mentors</mark>", `href="/handbooks/inside?q=mentors"`}},
		{"/handbooks?kind=bundle", 200, []string{"<b>1 title</b>", "The Set"}},
		{"/handbooks?sort=price", 200, []string{`<option value="price" selected>`}},
		{"/handbooks?sort=magic&kind=magic&goal=magic&distinguisher=magic", 200, []string{"<b>4 titles</b>", "not:magic"}},
		{"/handbooks?cursor=magic", 422, []string{"That did not work"}},
		{"/handbooks/advisory", 200, []string{"<h1>Advisory Structure</h1>", "All about Advisory Structure.", "<strong>everybody</strong>", ">Who it is for</h3>",
			"The first week", "24 pages", "Big Picture Learning", "Individual licence", "$38", "School licence", "$190", "Add to cart", "advisory.pdf",
			"The PDF is tagged.", "Edition 2", "September 2026", "Two new chapters.", "English", `href="/handbooks/mentors"`}},
		{"/handbooks/the-set", 200, []string{"<h1>The Set</h1>", "What is in it", "Mentors &amp; Interns", "By itself $38", "come to $76: you save $16."}},
		{"/handbooks/first-plan", 200, []string{"Add to cart", ", free"}},
		{"/handbooks/old-ways", 410, []string{"Old Ways", "not sold any more", "it stays yours", "not:Add to cart"}},
		{"/handbooks/secret-draft", 404, []string{"Nothing here"}},
		{"/handbooks/nothing", 404, []string{"Nothing here"}},
		{"/handbooks/%00", 404, []string{"Nothing here"}},
		{"/covers/advisory.svg", 200, []string{"<svg", "Advisory"}},
		{"/covers/secret-draft.svg", 404, nil},
		{"/covers/advisory", 404, nil},
		{"/handbooks/mentors", 200, []string{`Also in <a href="/handbooks/the-set">The Set</a>: 2 handbooks for $60 instead of $76.`}},
		{"/about", 200, []string{"Providence", `href="/handbooks?distinguisher=college"`, `href="/handbooks?goal=communication"`}},
		{"/help", 200, []string{"Find your downloads", supportEmail}},
		{"/terms", 200, []string{"School licence", `id="refunds"`}},
		{"/privacy", 200, []string{"<code>cart</code>", "<code>lang</code>", "cut off before it is stored"}},
		{"/robots.txt", 200, []string{"Disallow: /orders/"}},
		{"/assets/style.000000000000.css", 404, nil},
		{"/nowhere", 404, []string{"There is nothing at this address."}},
	} {
		t.Run(page.path, func(t *testing.T) {
			t.Parallel()
			v := p.Visit(t)
			got := v.Get(page.path)
			got.Expect(t, page.status, append(page.texts, "not:Secret Draft", "not:files/", "not: style=")...)
			if cookie := got.header.Get("Set-Cookie"); cookie != "" {
				t.Errorf("looking set a cookie: %s", cookie)
			}
			expectOnlyOurAddresses(t, p.url, got.body)
			request, err := http.NewRequestWithContext(t.Context(), http.MethodHead, v.address(page.path), nil)
			must(t, err)
			if head := v.do(request); head.status != page.status || head.body != "" {
				t.Errorf("HEAD answered %d with %d bytes", head.status, len(head.body))
			}
		})
	}
}

// expectOnlyOurAddresses holds that a page loads nothing from elsewhere and runs no script of its own.
func expectOnlyOurAddresses(t *testing.T, site, page string) {
	t.Helper()
	for _, match := range regexp.MustCompile(` (?:src|action|href)="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		address := strings.TrimPrefix(match[1], site)
		if !strings.HasPrefix(address, "/") && !strings.HasPrefix(address, "#") && !strings.HasPrefix(address, "mailto:") && !slices.Contains([]string{"https://stripe.com/privacy", "https://www.bigpicture.org"}, address) {
			t.Errorf("the page leads to %s", address)
		}
	}
	for _, script := range regexp.MustCompile(`<script[^>]*>`).FindAllString(page, -1) {
		if !strings.Contains(script, `src="/assets/`) && script != `<script type="application/ld+json">` {
			t.Errorf("a script stands in the page: %s", script)
		}
	}
}

func TestAddressesThatLeadElsewhere(t *testing.T) {
	t.Parallel()
	v := MustOpen(t).Visit(t)
	for from, want := range map[string]struct {
		status int
		to     string
	}{
		"/handbooks/":             {http.StatusMovedPermanently, "/handbooks"},
		"/handbooks/Advisory":     {http.StatusMovedPermanently, "/handbooks/advisory"},
		"/handbooks/A%20B":        {http.StatusMovedPermanently, "/handbooks/a%20b"},
		"/cart/items":             {http.StatusSeeOther, "/cart"},
		"/cart/items/some":        {http.StatusSeeOther, "/cart"},
		"/cart/items/some/remove": {http.StatusSeeOther, "/cart"},
	} {
		got := v.Get(from)
		if to := got.header.Get("Location"); got.status != want.status || to != want.to {
			t.Errorf("%s answers %d and leads to %q, want %d and %q", from, got.status, to, want.status, want.to)
		}
	}
}

func TestMethodsThatAPageDoesNotTake(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	got := p.Visit(t).Post("/handbooks", nil)
	got.Expect(t, http.StatusMethodNotAllowed, "does not take that kind of request")
	if allow := got.header.Get("Allow"); !strings.Contains(allow, "GET") {
		t.Errorf("Allow: %q", allow)
	}
}

func TestACatalogOfSeveralPages(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	var many []shop.CatalogEntry
	for _, letter := range strings.Split("abcdefghijklmnopqrstuvwxyz", "") {
		many = append(many, handbook("more-"+letter, "More "+letter, nil))
	}
	p.MustImport(t, many...)
	v := p.Visit(t)
	seen := map[string]bool{}
	address := "/handbooks?sort=title"
	for address != "" {
		page := v.Get(address)
		page.Expect(t, http.StatusOK, "<b>30 titles</b>")
		for _, slug := range regexp.MustCompile(`<h3><a href="/handbooks/([^"]+)"`).FindAllStringSubmatch(page.body, -1) {
			if seen[slug[1]] {
				t.Errorf("%s stands on two pages", slug[1])
			}
			seen[slug[1]] = true
		}
		address = ""
		if next := regexp.MustCompile(`<a class="button plain" href="([^"]+)">More titles`).FindStringSubmatch(page.body); next != nil {
			address = strings.ReplaceAll(next[1], "&amp;", "&")
		}
	}
	if len(seen) != 30 {
		t.Errorf("%d titles on all pages, want 30", len(seen))
	}
}

func TestAnEditIsSeenAtTheNextRequest(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	v.Get("/handbooks/advisory").Expect(t, http.StatusOK, "$38", "not:$41")
	v.Get("/handbooks").Expect(t, http.StatusOK, "not:$41")
	p.MustImport(t, handbook("advisory", "Advisory Structure", func(product *shop.Product) { product.Variants[0].Price.Amount = 4100 }))
	v.Get("/handbooks/advisory").Expect(t, http.StatusOK, "$41")
	v.Get("/handbooks").Expect(t, http.StatusOK, "$41")
}

func TestPagesAreKeptButNotTheCart(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	first := p.Visit(t).Get("/handbooks/advisory")
	tag := first.header.Get("ETag")
	if tag == "" || first.header.Get("Cache-Control") != "private, no-cache" || !strings.Contains(first.header.Get("Vary"), "Cookie") {
		t.Errorf("headers of a page that can be kept: %v", first.header)
	}
	again := p.Visit(t).Get("/handbooks/advisory", "If-None-Match", tag)
	again.Expect(t, http.StatusNotModified)

	buyer := p.Visit(t)
	buyer.MustAdd("advisory", shop.Individual)
	full := buyer.Get("/handbooks/advisory", "If-None-Match", tag)
	full.Expect(t, http.StatusOK, `<span class="tally">1<`)
	if full.header.Get("ETag") != "" {
		t.Error("a page with a cart in it has an ETag")
	}
	p.Visit(t).Get("/handbooks/advisory").Expect(t, http.StatusOK, "not:tally")
}

// Addresses that ask for the same are one page, so that making them up does not fill the memory.
func TestAPageIsMadeOnceForAllItsAddresses(t *testing.T) {
	t.Parallel()
	var read reads
	v := MustOpen(t, read.count).Visit(t)
	for _, path := range []string{
		"/handbooks", "/handbooks?x=1", "/handbooks?kind=poster", "/handbooks?goal=fame&distinguisher=none", "/handbooks?sort=colour", "/handbooks?q=+",
	} {
		v.Get(path).Expect(t, http.StatusOK, "<b>4 titles</b>")
	}
	if n := read.lists.Load(); n != 1 {
		t.Errorf("the page was made %d times", n)
	}
}

// The figure on the home page moves; of all that it was, only the last page is kept.
func TestOneHomePageIsKept(t *testing.T) {
	t.Parallel()
	var read reads
	august := time.Date(2026, 8, 1, 4, 0, 0, 0, time.UTC) // midnight in New York
	var seconds atomic.Int64
	v := MustOpen(t, read.count, func(o *web.Options) {
		o.Now = func() time.Time { return august.Add(time.Duration(seconds.Load()) * time.Second) }
	}).Visit(t)
	for _, look := range []struct {
		second int64
		figure string
		made   bool
	}{
		{12_000, "1,000", true}, {12_011, "1,000", false}, {12_012, "1,001", true}, {12_013, "1,001", false}, {12_000, "1,000", true},
	} {
		seconds.Store(look.second)
		before := read.lists.Load()
		v.Get("/").Expect(t, http.StatusOK, `">`+look.figure+"<")
		if made := read.lists.Load() > before; made != look.made {
			t.Errorf("after %d seconds the page was made: %t", look.second, made)
		}
	}
}

func TestTooManyPagesWait(t *testing.T) {
	t.Parallel()
	v := MustOpen(t, func(o *web.Options) { o.Limits.Catalog = 1 }).Visit(t)
	v.Get("/handbooks").Expect(t, http.StatusOK)
	page := v.Get("/handbooks/advisory")
	wait := page.header.Get("Retry-After")
	page.Expect(t, http.StatusTooManyRequests, "<h1", "A little too fast",
		"That was a lot of requests in a short time. Nothing was changed; please try again in "+wait+" seconds.", "not:Advisory Structure")
	if wait == "" || page.header.Get("RateLimit-Policy") != "1;w=60" {
		t.Errorf("headers: %v", page.header)
	}
	v.Get("/cart").Expect(t, http.StatusOK)
}

func TestPagesAndAssetsAreZipped(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	v.MustAdd("advisory", shop.Individual)
	style := find(t, v.Get("/").body, `<link rel="stylesheet" href="([^"]+)"`)
	for _, path := range []string{"/handbooks", "/library", style} {
		plain := v.Get(path, "Accept-Encoding", "identity")
		zipped := v.Get(path, "Accept-Encoding", "gzip")
		if zipped.header.Get("Content-Encoding") != "gzip" || len(zipped.body) >= len(plain.body) {
			t.Errorf("%s is not zipped: %v", path, zipped.header)
		}
		reader, err := gzip.NewReader(strings.NewReader(zipped.body))
		must(t, err)
		body, err := io.ReadAll(reader)
		must(t, err)
		if string(body) != plain.body {
			t.Errorf("%s is another page when it is zipped", path)
		}
	}
	if kept := v.Get(style).header.Get("Cache-Control"); kept != "public, max-age=31536000, immutable" {
		t.Errorf("the style is kept as %q", kept)
	}
}

// A catalog page weighs at most 120 KB over the wire at first, beside covers.
func TestTheFirstPageIsLight(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	page := v.Get("/handbooks")
	addresses := []string{"/handbooks"}
	for _, match := range regexp.MustCompile(`(?:src|href)="(/assets/[^"]+)"`).FindAllStringSubmatch(page.body, -1) {
		addresses = append(addresses, match[1])
	}
	weight := 0
	for _, address := range addresses {
		weight += len(v.Get(address, "Accept-Encoding", "gzip").body)
	}
	if weight > 120_000 {
		t.Errorf("%d bytes for %v", weight, addresses)
	}
}

func TestADescriptionCannotCarryAScript(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	p.MustImport(t, handbook("odd", `Odd <b>"title"`, func(product *shop.Product) {
		product.Description = "# Top\n\n<script>alert(1)</script> <img src=https://elsewhere.example/x.png> ![x](https://elsewhere.example/y.png)\n\n" +
			"[good](https://example.org) [bad](javascript:alert(1))\n\n<div onclick=alert(1) style=color:red>text</div>"
		product.Summary = "<script>alert(2)</script>"
	}))
	page := p.Visit(t).Get("/handbooks/odd")
	page.Expect(t, http.StatusOK, ">Top</h3>", `href="https://example.org"`, "Odd &lt;b&gt;",
		"not:<script>alert", "not:elsewhere.example", "not:javascript:", "not:onclick", "not:color:red", "not:<b>\"title")
}

func TestAProductSaysWhatWasFoundInItsPDF(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	product, err := p.store.Product(t.Context(), "advisory")
	if err != nil {
		t.Fatal(err)
	}
	v := p.Visit(t)
	found := shop.Inspection{Pages: 3, Tagged: true, Figures: 4, Described: 3, Language: "en", Fonts: []shop.Font{{Name: "Arial"}}, InspectedAt: time.Now()}
	if err := p.store.SaveInspection(t.Context(), product.Edition().PDF().SHA256, found); err != nil {
		t.Fatal(err)
	}
	v.Get("/handbooks/advisory").Expect(t, http.StatusOK, "What we found in the PDF", "a screen reader finds its headings",
		"3 of 4 do", "names its language (en)", "no bookmarks", "Some of its typefaces")
	v.Get("/handbooks/advisory?lang=es").Expect(t, http.StatusOK, "Lo que encontramos en el PDF", "3 de 4", "No incluye algunos de sus tipos de letra")
}
