package web_test

import (
	"errors"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// An error is told in its own sentence under the status of its kind; the cause is logged and not shown.
func TestErrorsAsPages(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	for kind, status := range map[shop.Kind]int{
		shop.Invalid: 422, shop.NotFound: 404, shop.Conflict: 409, shop.Gone: 410, shop.Forbidden: 403,
		shop.TooMany: 429, shop.TooLarge: 413, shop.Unavailable: 503, shop.Internal: 500,
	} {
		got := p.fail(shop.NewError(kind, "code", "This is what happened.").Because(errors.New("the hidden cause")))
		got.Expect(t, status, "<h1", "This is what happened.", "not:hidden cause")
		if got.header.Get("Cache-Control") != "private, no-store" {
			t.Errorf("%s may be kept: %v", kind, got.header)
		}
		if shown := strings.Contains(got.body, "quote the reference"); shown != (kind == shop.Internal) {
			t.Errorf("%s shows a reference: %v", kind, shown)
		}
	}
}

func TestAnUnexpectedErrorCanBeFoundInTheLog(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	got := p.fail(shop.AsError(errors.New("the hidden cause")))
	got.Expect(t, http.StatusInternalServerError, "Something went wrong on our side", supportEmail, "not:hidden cause")
	reference := find(t, got.body, `<b class="num">([A-Z0-9]{10})</b>`)
	if log := p.log.String(); !strings.Contains(log, reference) || !strings.Contains(log, "the hidden cause") {
		t.Errorf("the log has neither %s nor the cause:\n%s", reference, log)
	}
}

// fail shows an error as a page.
func (p *place) fail(e *shop.Error) reply {
	recorder := httptest.NewRecorder()
	c, _ := gin.CreateTestContext(recorder)
	c.Request = httptest.NewRequest(http.MethodGet, "/anywhere", nil)
	p.pages.Fail(c, e)
	return reply{recorder.Code, recorder.Header(), recorder.Body.String()}
}

// Tokens of orders go into no log.
func TestTheLogHoldsNoSecret(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	order := v.MustBuy("advisory")
	p.bucket.SetDown(true)
	v.Post(find(t, v.Get(order).body, `<form action="([^"]+)" method="post"><button class="button slim">`), nil).Expect(t, http.StatusServiceUnavailable)
	log := p.log.String()
	if token := strings.TrimPrefix(order, "/orders/"); strings.Contains(log, token) || strings.Contains(log, "X-Amz-Signature") {
		t.Errorf("a secret stands in the log:\n%s", log)
	}
	if !strings.Contains(log, "files_unavailable") {
		t.Errorf("the log does not tell of the bucket:\n%s", log)
	}
}

// The switch of the language stays on this site, whatever the address of the error page looks like.
func TestAnErrorPageLinksToNoOtherSite(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	for _, address := range []string{"//evil.example/x", "/%2fevil.example", "/%5cevil.example", "///evil.example"} {
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		asked, err := url.ParseRequestURI(address)
		must(t, err)
		request.URL = asked
		recorder := httptest.NewRecorder()
		p.handler.ServeHTTP(recorder, request)
		for _, href := range regexp.MustCompile(`href="([^"]*evil[^"]*)"`).FindAllStringSubmatch(recorder.Body.String(), -1) {
			at, err := url.Parse(p.url)
			must(t, err)
			to, err := at.Parse(html.UnescapeString(href[1]))
			if err != nil || to.Host != at.Host {
				t.Errorf("%s links to %s: %v", address, href[1], err)
			}
		}
	}
}
