package web_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"bookroom/shop"
	"bookroom/web"
)

// MustRead keeps texts as the pages of a handbook, as if its PDF had been read; pages of these numbers are samples.
func (p *place) MustRead(tb testing.TB, slug string, texts []string, samples ...int) {
	tb.Helper()
	product, err := p.store.Product(tb.Context(), slug)
	must(tb, err)
	pages := shop.EditionPages{Texts: texts}
	for _, page := range samples {
		pages.Samples = append(pages.Samples, shop.SamplePicture{Image: []byte("picture of a page"), SamplePage: shop.SamplePage{
			Page: page, Width: 900, Height: 1165, ContentType: "image/png", SHA256: strings.Repeat("ab", 32), Opening: `Who & "what"?`,
		}})
	}
	must(tb, p.store.SavePages(tb.Context(), *product.Edition(), pages, time.Now()))
}

func TestSamplePagesStandOnTheProductPage(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	v.Get("/handbooks/advisory").Expect(t, http.StatusOK, "not:Look inside", "not:leaves")
	p.MustRead(t, "advisory", []string{"One", "Two", "Three"}, 2, 3)
	page := v.Get("/handbooks/advisory")
	page.Expect(t, http.StatusOK, "Look inside", `class="leaves" tabindex="0" role="region"`,
		`<img src="/handbooks/advisory/pages/2-abababababab.png" width="900" height="1165" alt="Page 2: Who &amp; &#34;what&#34;?" loading="lazy"`)
	v.Get("/handbooks/mentors").Expect(t, http.StatusOK, "not:Look inside")

	picture := v.Get("/handbooks/advisory/pages/2-abababababab.png")
	picture.Expect(t, http.StatusOK, "picture of a page")
	if h := picture.header; h.Get("Content-Type") != "image/png" || !strings.Contains(h.Get("Cache-Control"), "immutable") {
		t.Errorf("headers %v", h)
	}
	for _, path := range []string{"1-abababababab.png", "2-ababababab.png", "2-abababababac.png", "02-abababababab.png", "2-abababababab.svg", "x", "99999999999-abababababab.png"} {
		v.Get("/handbooks/advisory/pages/"+path).Expect(t, http.StatusNotFound, "not:picture of a page")
	}
	v.Get("/handbooks/mentors/pages/2-abababababab.png").Expect(t, http.StatusNotFound)
	v.Get("/handbooks/secret-draft/pages/2-abababababab.png").Expect(t, http.StatusNotFound)
}

func TestSearchInside(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	v.Get("/handbooks/inside").Expect(t, http.StatusOK, "Inside the handbooks", `action="/handbooks/inside"`, "not:noindex")
	p.MustRead(t, "advisory", []string{"Cover", "Be <script>alert(1)</script> & Ñandú’s <b>week</b>", "A week later"}, 3)
	p.MustRead(t, "mentors", []string{"Cover", "Every week", "A mentor speaks"})

	v.Get("/handbooks/inside?q=week").Expect(t, http.StatusOK, "<b>3 pages</b>", "in 2 handbooks", "noindex",
		"Be &lt;script&gt;alert(1)&lt;/script&gt; &amp; Ñandú’s &lt;b&gt;<mark>week</mark>&lt;/b&gt;", "not:<script>alert",
		`<a href="/handbooks/advisory/pages/3-abababababab.png">Page 3</a>`, `<a href="/handbooks/mentors">Mentors &amp; Interns</a>`)
	v.Get("/handbooks/inside?q=NANDUS").Expect(t, http.StatusOK, "<b>1 page</b>", "in 1 handbook", "<mark>Ñandú’s</mark>", "not:Mentors &amp; Interns")
	v.Get("/handbooks/inside?q=%3Cb%3Enowhere").Expect(t, http.StatusOK, "No page of a handbook has all of these words", "not:<b>nowhere")
	v.Get("/handbooks/inside?q=mentrs").Expect(t, http.StatusOK, "No page has “mentrs”. These have <b>“mentors”</b>.", "A <mark>mentor</mark> speaks")
	v.Get("/handbooks/inside?q=mentrs+zzzzzz").Expect(t, http.StatusOK, "No page of a handbook has all", "not:These have")
	v.Get("/handbooks/inside?q=week", "Accept-Language", "es").Expect(t, http.StatusOK, "Dentro de las guías", "Página 3", "en 2 guías")
}

func TestAVisitorSeesSoManyPassagesADay(t *testing.T) {
	t.Parallel()
	p := MustOpen(t, func(o *web.Options) { o.Limits.Snippets, o.Limits.BookSnippets = 3, 2 })
	p.MustRead(t, "advisory", []string{"Cover", "the first week", "the second week and month", "a week that anybody may read", "another month"}, 4)
	p.MustRead(t, "mentors", []string{"Cover", "a month", "the next month"})
	v := p.Visit(t)
	const told = "as many passages as we show"
	for range 2 { // the same passages again are no more of them, and the sample never counts
		v.Get("/handbooks/inside?q=week").Expect(t, http.StatusOK, "<b>3 pages</b>", "that anybody may read", "the first", "the second", "not:"+told)
	}
	month := v.Get("/handbooks/inside?q=month")
	month.Expect(t, http.StatusOK, "<b>4 pages</b>", "Page 5", "the second", "not:another", told)
	if n := strings.Count(month.body, "<q>"); n != 2 {
		t.Errorf("%d passages, want the one that was shown and one of the other handbook", n)
	}
	p.Visit(t).Get("/handbooks/inside?q=week").Expect(t, http.StatusOK, "the first") // from the same address
}
