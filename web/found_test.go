package web_test

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"bookroom/catalog/cover"
)

// MustGet fetches an address of the shop in English, or with other headers.
func (p *place) MustGet(tb testing.TB, path string, headers ...string) (*http.Response, string) {
	tb.Helper()
	r, err := http.NewRequestWithContext(tb.Context(), http.MethodGet, p.url+path, nil)
	must(tb, err)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	must(tb, err)
	defer func() { must(tb, response.Body.Close()) }()
	body, err := io.ReadAll(response.Body)
	must(tb, err)
	return response, string(body)
}

func TestAPageNamesItselfForSearchEngines(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	for path, want := range map[string][]string{
		"/":                         {`<link rel="canonical" href="` + p.url + `/">`, `hreflang="es" href="` + p.url + `/?lang=es"`, `hreflang="x-default" href="` + p.url + `/"`},
		"/?lang=es":                 {`<html lang="es">`, `<link rel="canonical" href="` + p.url + `/?lang=es">`, `content="es_US"`},
		"/handbooks?sort=&q=&goal=": {`<link rel="canonical" href="` + p.url + `/handbooks">`},
		"/handbooks/advisory":       {`<link rel="canonical" href="` + p.url + `/handbooks/advisory">`, `<meta property="og:image" content="` + p.url + `/cards/advisory.png">`, `"@type":["Product","Book"]`, `"priceCurrency":"USD"`},
		"/cart":                     {`<meta name="robots" content="noindex">`},
	} {
		_, body := p.MustGet(t, path)
		for _, part := range want {
			if !strings.Contains(body, part) {
				t.Errorf("%s lacks %s", path, part)
			}
		}
	}
	if _, cart := p.MustGet(t, "/cart"); strings.Contains(cart, "canonical") {
		t.Error("a visitor's own page has a canonical address")
	}
}

func TestWhatAProductSaysOfItselfIsJSON(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	_, body := p.MustGet(t, "/handbooks/advisory")
	found := regexp.MustCompile(`(?s)<script type="application/ld\+json">(.*?)</script>`).FindStringSubmatch(body)
	if found == nil {
		t.Fatal("there is no JSON-LD")
	}
	var about struct {
		Name   string
		Offers []struct{ Price, PriceCurrency string }
	}
	must(t, json.Unmarshal([]byte(found[1]), &about))
	if about.Name != "Advisory Structure" || len(about.Offers) == 0 || about.Offers[0].Price != "38.00" {
		t.Errorf("%+v", about)
	}
}

func TestTheSitemapListsWhatCanBeFound(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	_, body := p.MustGet(t, "/sitemap.xml")
	var got struct {
		URL []struct {
			Loc     string `xml:"loc"`
			Lastmod string `xml:"lastmod"`
		} `xml:"url"`
	}
	must(t, xml.Unmarshal([]byte(body), &got))
	changed := map[string]string{}
	for _, u := range got.URL {
		changed[strings.TrimPrefix(u.Loc, p.url)] = u.Lastmod
	}
	if changed["/handbooks/advisory"] == "" || changed["/handbooks/advisory?lang=es"] == "" {
		t.Errorf("a handbook is missing or undated: %v", changed)
	}
	if _, listed := changed["/handbooks?distinguisher=lti"]; !listed {
		t.Error("the doors into the catalog are missing")
	}
	for address := range changed {
		if response, _ := p.MustGet(t, address); response.StatusCode != http.StatusOK {
			t.Errorf("%s answers %d", address, response.StatusCode)
		}
	}
	if _, robots := p.MustGet(t, "/robots.txt"); !strings.Contains(robots, "Sitemap: "+p.url+"/sitemap.xml") || !strings.Contains(robots, "Disallow: /orders/") {
		t.Error(robots)
	}
}

func TestTheFeedTellsOfEditions(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	for language, want := range map[string]string{"en": "Advisory Structure, edition 2", "es": "Advisory Structure, edición 2"} {
		response, body := p.MustGet(t, "/feed.xml", "Accept-Language", language)
		if got := response.Header.Get("Content-Type"); !strings.HasPrefix(got, "application/rss+xml") {
			t.Error(got)
		}
		var feed struct {
			Items []struct {
				Title string `xml:"title"`
				Link  string `xml:"link"`
				GUID  string `xml:"guid"`
			} `xml:"channel>item"`
		}
		must(t, xml.Unmarshal([]byte(body), &feed))
		titles := ""
		for _, item := range feed.Items {
			titles += item.Title + "\n"
			if item.GUID == "" || !strings.HasPrefix(item.Link, p.url+"/handbooks/") {
				t.Errorf("%+v", item)
			}
		}
		if !strings.Contains(titles, want) {
			t.Errorf("%s lacks %q: %s", language, want, titles)
		}
	}
}

func TestCardsArePictures(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	for path, status := range map[string]int{
		"/card.png": http.StatusOK, "/cards/advisory.png": http.StatusOK,
		"/cards/nothing.png": http.StatusNotFound, "/cards/advisory.gif": http.StatusNotFound,
	} {
		response, body := p.MustGet(t, path)
		if response.StatusCode != status {
			t.Errorf("%s answers %d", path, response.StatusCode)
		}
		if status == http.StatusOK && !strings.HasPrefix(body, "\x89PNG") {
			t.Errorf("%s is no PNG of %d × %d", path, cover.CardWidth, cover.CardHeight)
		}
	}
}

func TestAnswersArePackedAsTheClientTakesThem(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	for accept, want := range map[string]string{
		"": "", "gzip": "gzip", "gzip, deflate, br": "br", "br;q=0, gzip;q=0.5": "gzip", "identity": "", "BR": "br", "brotli": "",
	} {
		for _, path := range []string{"/handbooks", regexp.MustCompile(`/assets/style\.\w+\.css`).FindString(home(t, p))} {
			response, _ := p.MustGet(t, path, "Accept-Encoding", accept)
			if got := response.Header.Get("Content-Encoding"); got != want || !strings.Contains(response.Header.Get("Vary"), "Accept-Encoding") {
				t.Errorf("%s for %q is packed as %q, varying by %q", path, accept, got, response.Header.Get("Vary"))
			}
		}
	}
}

func home(tb testing.TB, p *place) string {
	tb.Helper()
	_, body := p.MustGet(tb, "/")
	return body
}

func TestTheVisitorsLanguage(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	for _, c := range []struct {
		name, path, accept, cookie, want string
	}{
		{"asked for by the browser", "/handbooks", "es-MX,es;q=0.9", "", "es"},
		{"not spoken", "/handbooks", "de", "", "en"},
		{"chosen before", "/handbooks", "en", "lang=es", "es"},
		{"chosen now", "/handbooks?lang=en", "es", "lang=es", "en"},
		{"made up", "/handbooks?lang=xx", "es", "lang=yy", "es"},
		{"of an error page", "/nothing", "es", "", "es"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			response, body := p.MustGet(t, c.path, "Accept-Language", c.accept, "Cookie", c.cookie)
			if !strings.Contains(body, `<html lang="`+c.want+`">`) {
				t.Errorf("the page is not in %s", c.want)
			}
			kept := strings.Contains(strings.Join(response.Header.Values("Set-Cookie"), ";"), "lang=")
			if chosen := strings.Contains(c.path, "lang=e"); kept != chosen {
				t.Errorf("the language is kept: %v", kept)
			}
		})
	}
}
