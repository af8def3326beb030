package api

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"bookroom/gate"
	"bookroom/shop"
)

// catalogSecrets are for staff or the shop itself, and in no answer about the catalog.
var catalogSecrets = []string{draft, "files/", `"key"`, `"published"`, `"archived"`}

func TestCatalog(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	w.mustStock(t, shop.Archived)
	w.mustSample(t, advisory)
	for _, test := range []struct {
		name   string
		path   string
		status int
		has    []string
		lacks  []string
	}{
		{"all", "/products", 200, []string{advisory, notes, starter, `"total":5`, `"next_cursor":null`}, []string{outOfSale, "description", "contents"}},
		{"found by a beginning", "/products?q=fiel", 200, []string{notes}, []string{advisory, penny}},
		{"nothing found", "/products?q=zebra", 200, []string{`"items":[]`, `"total":0`, `"next_cursor":null`}, nil},
		{"by kind", "/products?kind=bundle", 200, []string{starter, `"edition":null`, `"total":1`}, nil},
		{"by distinguisher and goal", "/products?distinguisher=advisory&goal=communication", 200, []string{advisory}, nil},
		{"one of two distinguishers", "/products?distinguisher=college&distinguisher=advisory", 200, []string{
			`"total":5`, `{"value":"advisory","name":"Advisory Structure","count":5,"chosen":true}`, `{"value":"college","name":"School/College Partnership","count":0,"chosen":true}`,
		}, nil},
		{"by format, language and price", "/products?format=pdf&language=en&price=free", 200, []string{
			notes, `"total":1`, `{"value":"paid","name":"With a price","count":4,"chosen":false}`, `{"value":"en","name":"English","count":1,"chosen":true}`,
		}, []string{penny}},
		{"a typing mistake", "/products?q=suplemnet", 200, []string{`"corrected":"supplement"`, euro, `{"text":"supplement","match":true}`}, []string{penny}},
		{"marked", "/products?q=abouts%20TITLE", 200, []string{`{"text":"Title","match":true},{"text":" of `, `{"text":"about","match":true}`, `"subtitle":[]`, `"corrected":null`}, nil},
		{"nothing found, but near", "/products?q=starter%20abcut%20qqqqqq", 200, []string{`"items":[]`, `"queries":["starter about"]`, `"products":[{"slug":"` + starter}, nil},
		{"a facet that nothing has", "/products?distinguisher=college", 200, []string{`"total":0`}, nil},
		{"cheapest first", "/products?sort=price&limit=1", 200, []string{notes, `"amount":0`, `"next_cursor":"`}, []string{advisory}},
		{"empty conditions are none", "/products?q=&kind=&sort=&limit=&cursor=&goal=&distinguisher=&format=&language=&price=", 200, []string{advisory, `"total":5`}, nil},
		{"unknown parameters are ignored", "/products?colour=blue", 200, []string{advisory}, nil},
		{"kind", "/products?kind=poster", 400, []string{`"field":"kind"`, "one of: handbook, bundle"}, []string{"schema", "poster"}},
		{"one of two kinds", "/products?kind=handbook&kind=poster", 400, []string{`"field":"kind"`, "one of: handbook, bundle"}, []string{"poster"}},
		{"format", "/products?format=scroll", 400, []string{`"field":"format"`, "one of: pdf, epub, docx, rtf, zip"}, nil},
		{"too many", "/products?goal=" + strings.Repeat("communication&goal=", 21), 400, []string{`"field":"goal"`}, nil},
		{"sort", "/products?sort=colour", 400, []string{`"field":"sort"`, "relevance, newest, title, price"}, nil},
		{"limit of none", "/products?limit=0", 400, []string{`"field":"limit"`, "from 1 to 100"}, nil},
		{"limit in words", "/products?limit=ten", 400, []string{`"field":"limit"`, "whole number from 1 to 100"}, []string{"ten"}},
		{"limit beyond all numbers", "/products?limit=99999999999999999999", 400, []string{`"field":"limit"`}, nil},
		{"two things wrong", "/products?limit=0&kind=poster", 400, []string{`"field":"kind"`, `"field":"limit"`}, nil},
		{"long words", "/products?q=" + strings.Repeat("a", 201), 400, []string{`"field":"q"`, "longer than 200 characters"}, nil},
		{"broken escape", "/products?q=%zz", 400, []string{"invalid_input"}, nil},
		{"a cursor of another sort", "/products?sort=title&cursor=WyJwcmljZSIsIjAiLCJ4Il0", 400, []string{"invalid_cursor"}, nil},

		{"a handbook", "/products/" + advisory, 200, []string{
			`"amount":1900`, `"amount":9000`, `"kind":"school"`, `"edition":2`, `"description":"The *description*`, `"contents":[{"title":"Beginning","page":3,"level":1}]`,
			`"formats":[{"name":"` + advisory + `.pdf","content_type":"application/pdf"`, `"includes":[]`, w.url + "/handbooks/" + advisory, "2026-09-01T08:00:00Z",
			`"sample_pages":[{"page":2,"url":"` + w.url + `/handbooks/` + advisory + `/pages/2-abababababab.jpg","width":900,"height":1165,"alt":"Page 2: Beginning"}]`,
		}, []string{"sha256"}},
		{"a bundle", "/products/" + starter, 200, []string{`"edition":null`, `"sample_pages":[]`, `"editions":[]`, `"includes":[{"slug":"` + advisory, `"price":{"amount":1900,"currency":"usd"}`}, nil},
		{"a draft", "/products/" + draft, 404, []string{"product_not_found"}, nil},
		{"an archived one", "/products/" + outOfSale, 410, []string{"product_archived"}, []string{"Title of"}},
		{"none", "/products/nothing", 404, []string{"product_not_found"}, nil},
		{"bytes that are no text", "/products/%00%ff", 404, []string{"product_not_found"}, nil},
		{"a slash too many", "/products/a/b", 404, []string{"not_found"}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := w.send(t, request{method: "GET", path: root + test.path})
			if a.status != test.status {
				t.Errorf("status %d, want %d: %s", a.status, test.status, a.body)
			}
			mustHold(t, a.body, test.has, append(catalogSecrets, test.lacks...))
		})
	}
}

// mustHold checks what a body holds and what it must not.
func mustHold(tb testing.TB, body string, has, lacks []string) {
	tb.Helper()
	for _, text := range has {
		if !strings.Contains(body, text) {
			tb.Errorf("%q is missing in %s", text, body)
		}
	}
	for _, text := range lacks {
		if strings.Contains(body, text) {
			tb.Errorf("%q must not be in %s", text, body)
		}
	}
}

func TestPagesOfTheCatalogJoinUp(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	seen := map[string]int{}
	path := root + "/products?sort=title&limit=2"
	for pages := 0; ; pages++ {
		list := must[productList](t, w, http.StatusOK, request{method: "GET", path: path})
		for _, p := range list.Items {
			seen[p.Slug]++
		}
		if list.NextCursor == nil {
			if pages != 2 || len(seen) != list.Total || list.Total != 6 {
				t.Errorf("%d pages with %v, total %d", pages+1, seen, list.Total)
			}
			return
		}
		path = root + "/products?sort=title&limit=2&cursor=" + *list.NextCursor
	}
}

func TestCatalogIsKeptByCachesUntilItIsEdited(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	for _, path := range []string{"/products", "/products/" + advisory} {
		first := w.send(t, request{method: "GET", path: root + path})
		tag := first.header.Get("ETag")
		if !strings.HasPrefix(tag, `"`) || first.header.Get("Cache-Control") != "public, max-age=0, must-revalidate" {
			t.Errorf("%s: ETag %s, Cache-Control %q", path, tag, first.header.Get("Cache-Control"))
		}
		for _, tags := range []string{tag, "W/" + tag, `"other", ` + tag, "*"} {
			again := w.send(t, request{method: "GET", path: root + path, header: map[string]string{"If-None-Match": tags}})
			if again.status != http.StatusNotModified || again.body != "" || again.header.Get("ETag") != tag {
				t.Errorf("%s with %s: %d, ETag %s, body %q", path, tags, again.status, again.header.Get("ETag"), again.body)
			}
		}
	}
	before := w.send(t, request{method: "GET", path: root + "/products/" + advisory})
	edited := handbook(advisory, shop.Money{Amount: 2100, Currency: "usd"})
	w.mustImport(t, edited)
	after := w.send(t, request{method: "GET", path: root + "/products/" + advisory, header: map[string]string{"If-None-Match": before.header.Get("ETag")}})
	if after.status != http.StatusOK || !strings.Contains(after.body, `"amount":2100`) {
		t.Errorf("after an edit: %d %s", after.status, after.body)
	}
	unchanged := w.send(t, request{method: "GET", path: root + "/products/" + notes})
	w.mustImport(t, handbook(advisory, shop.Money{Amount: 2200, Currency: "usd"}))
	still := w.send(t, request{method: "GET", path: root + "/products/" + notes, header: map[string]string{"If-None-Match": unchanged.header.Get("ETag")}})
	if still.status != http.StatusNotModified {
		t.Errorf("an edit of another title changed the answer: %d", still.status)
	}
}

// reads counts the lists that the API asks the store for.
type reads struct {
	Store
	lists int
}

func (r *reads) Products(ctx context.Context, q shop.ProductQuery) (shop.ProductPage, error) {
	r.lists++
	return r.Store.Products(ctx, q)
}

// Addresses that ask for the same are one answer, so that making them up does not fill the memory.
func TestAnAnswerIsMadeOnceForAllItsAddresses(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	read := &reads{Store: w.store}
	w.api.Store = read
	for n, paths := range [][]string{
		{"/products", "/products?", "/products?x=1", "/products?colour=blue&Q=y", "/products?q=&kind=&limit="},
		{"/products?kind=handbook&limit=2&x=1", "/products?limit=2&kind=handbook", "/products?limit=2&kind=handbook&kind=&limit=3", "/products?limit=2&kind=handbook&kind=handbook"},
		{"/products?distinguisher=lti&distinguisher=advisory", "/products?distinguisher=advisory&distinguisher=lti"},
	} {
		var first answered
		for i, path := range paths {
			a := w.send(t, request{method: "GET", path: root + path})
			if i == 0 {
				first = a
			}
			if a.status != http.StatusOK || a.body != first.body {
				t.Errorf("%s: status %d: %s", path, a.status, a.body)
			}
		}
		if read.lists != n+1 {
			t.Errorf("after %v the list was read %d times, want %d", paths, read.lists, n+1)
		}
	}
	if a := w.send(t, request{method: "GET", path: root + "/products?%zz"}); a.status != http.StatusBadRequest {
		t.Errorf("an address that cannot be read is answered from memory: %d", a.status)
	}
}

func TestHeadIsAnsweredAsGetIs(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	for _, path := range []string{root + "/products", root + "/products/" + advisory, root + "/carts/" + w.cart(t), root + "/openapi.yaml", "/api/docs"} {
		get, head := w.send(t, request{method: "GET", path: path}), w.send(t, request{method: "HEAD", path: path})
		if head.status != http.StatusOK || head.header.Get("Content-Type") != get.header.Get("Content-Type") || head.header.Get("ETag") != get.header.Get("ETag") {
			t.Errorf("%s: GET %d %v, HEAD %d %v", path, get.status, get.header, head.status, head.header)
		}
	}
}

func TestTooManyRequestsWait(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{Catalog: 2})
	first := w.send(t, request{method: "GET", path: root + "/products"})
	if first.header.Get("RateLimit-Policy") != "2;w=60" || !strings.HasPrefix(first.header.Get("RateLimit"), "limit=2, remaining=1") {
		t.Errorf("headers of the first answer: %v", first.header)
	}
	w.send(t, request{method: "GET", path: root + "/products/" + advisory})
	third := w.send(t, request{method: "GET", path: root + "/products"})
	wait := third.header.Get("Retry-After")
	if third.status != http.StatusTooManyRequests || wait == "" {
		t.Errorf("third answer: %d %v", third.status, third.header)
	}
	mustHold(t, third.body, []string{
		"That was a lot of requests in a short time. Nothing was changed; please try again in " + wait + " seconds.",
	}, nil)
	if cart := w.send(t, request{method: "POST", path: root + "/carts"}); cart.status != http.StatusCreated {
		t.Errorf("a cart does not count as a read of the catalog: %d", cart.status)
	}
}
