package web_test

import (
	"net/http"
	"strings"
	"testing"

	"bookroom/shop"
)

// The networks of a test; the engine believes what is forwarded.
const (
	forwarded = "X-Forwarded-For"
	atHome    = "192.0.2.10"
	neighbour = "192.0.2.77"
	airport   = "203.0.113.5"
	far       = "198.51.100.9"
)

// From comes from another place from now on.
func (v *visitor) From(ip string) *visitor {
	v.client.Transport = from{ip}
	return v
}

type from struct{ ip string }

func (f from) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set(forwarded, f.ip)
	return http.DefaultTransport.RoundTrip(r)
}

func TestAnOrderFarFromHome(t *testing.T) {
	t.Parallel()
	p := MustOpenWithMail(t, func(c *shop.Config) { c.Defaults.ConfirmDevices = true })
	buyer := p.Visit(t).From(atHome)
	order := buyer.MustBuy("the-set")
	page := buyer.Get(order)
	page.Expect(t, http.StatusOK, "Your handbooks are ready", anas)
	file := find(t, page.body, `action="(/orders/[^"]+/files/[^"]+)"`)
	p.MustDeliver(t)

	p.Visit(t).From(neighbour).Get(order).Expect(t, http.StatusOK, "advisory.pdf") // the same staff room

	stranger := p.Visit(t).From(far)
	closed := stranger.Get(order)
	closed.Expect(t, http.StatusOK, "Is this you, on a new device?", "BR-100001", "The Set", "Paid", "Send me the mail",
		"not:"+anas, "not:Ana", "not:The Met", "not:PO-7", "not:.pdf", "not:$60")
	if closed.header.Get("Referrer-Policy") != "no-referrer" || closed.header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("headers %v", closed.header)
	}
	stranger.Post(file, nil).Expect(t, http.StatusForbidden, "Is this you, on a new device?", "not:.pdf")
	stranger.Post(order+"/archive", nil).Expect(t, http.StatusForbidden, "Is this you, on a new device?")

	for range 5 {
		stranger.Post(order+"/device", nil).Expect(t, http.StatusOK, "Please look into the mail", "not:"+anas)
	}
	mails := p.MustDeliver(t)
	if len(mails) != 3 || !strings.Contains(mails[0].To, anas) || !strings.Contains(mails[0].Text, "BR-100001") {
		t.Fatalf("%d mails: %+v", len(mails), mails)
	}
	link := p.MustLinkOf(t, mails[0])
	stranger.Get(order).Expect(t, http.StatusOK, "not:.pdf")

	elsewhere := p.Visit(t).From(airport)
	for range 2 {
		elsewhere.Get(link).Expect(t, http.StatusOK, "Confirm this device", "BR-100001")
	}
	confirmed := elsewhere.Post(link, nil)
	confirmed.Expect(t, http.StatusSeeOther)
	if to := confirmed.header.Get("Location"); to != p.url+order {
		t.Errorf("it led to %s", to)
	}
	elsewhere.Post(link, nil).Expect(t, http.StatusGone, "was used already")
	elsewhere.From("203.0.114.1").Get(order).Expect(t, http.StatusOK, "advisory.pdf", anas) // the browser moves on
	p.Visit(t).From("203.0.114.2").Get(order).Expect(t, http.StatusOK, "not:.pdf")          // and makes nobody else known there
	stranger.Get(order).Expect(t, http.StatusOK, "Is this you, on a new device?")
	stranger.setCookie("browser", "forged")
	stranger.Get(order).Expect(t, http.StatusOK, "Is this you, on a new device?")
}

// Who can open the library reads the buyer's mail, and needs no second one.
func TestALibraryIsHomeToItsOrders(t *testing.T) {
	t.Parallel()
	p := MustOpenWithMail(t, func(c *shop.Config) { c.Defaults.ConfirmDevices = true })
	order := p.Visit(t).From(atHome).MustBuy("the-set")
	p.MustDeliver(t)
	v := p.Visit(t).From(far)
	v.Get(order).Expect(t, http.StatusOK, "not:.pdf")
	v.Post(p.MustLink(t, v, anas), nil).Expect(t, http.StatusSeeOther)
	v.Get(order).Expect(t, http.StatusOK, "advisory.pdf")
	unzip(t, v.Get(v.MustArchive(order+"/archive")).body)
	v.Post("/library/leave", nil)
	v.Get(order).Expect(t, http.StatusOK, "not:.pdf")
}

func TestDevicesAreOnlyRememberedWhereThatIsAskedFor(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t).From(atHome)
	order := v.MustBuy("advisory")
	p.Visit(t).From(far).Get(order).Expect(t, http.StatusOK, "advisory.pdf", anas)
	if v.cookie("browser") != "" {
		t.Error("the browser is remembered")
	}
}
