package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"bookroom/gate"
	"bookroom/mail"
	"bookroom/mail/mailtest"
	"bookroom/shop"
	"bookroom/web"
)

// post is a shop whose mails arrive, and whose clock can be put forward.
type post struct {
	*place
	inbox *mailtest.Sink
	ahead atomic.Int64
}

// MustOpenWithMail opens a shop that sends mails.
func MustOpenWithMail(tb testing.TB, configure func(*shop.Config), changes ...func(*web.Options)) *post {
	tb.Helper()
	p := &post{}
	var err error
	p.inbox, err = mailtest.Open(mailtest.Options{})
	must(tb, err)
	tb.Cleanup(func() { must(tb, p.inbox.Close()) })
	mailer, err := mail.New(mail.Config{URL: p.inbox.URL(), From: "Bookroom <orders@bookroom.example>"})
	must(tb, err)
	p.place = MustOpenShop(tb, func(c *shop.Config) {
		c.Mailer = mailer
		c.Now = func() time.Time { return time.Now().Add(time.Duration(p.ahead.Load())) }
		if configure != nil {
			configure(c)
		}
	}, changes...)
	return p
}

// MustDeliver sends the links that were asked for and returns the mails that brought some.
func (p *post) MustDeliver(tb testing.TB) []mailtest.Message {
	tb.Helper()
	before, err := p.inbox.Messages()
	must(tb, err)
	jobs, err := p.store.ClaimJobs(tb.Context(), time.Now().Add(24*time.Hour), 100, time.Minute)
	must(tb, err)
	for _, job := range jobs {
		if job.Kind == shop.JobLink {
			must(tb, p.shop.SendLink(tb.Context(), job))
		}
		must(tb, p.store.FinishJob(tb.Context(), job, time.Now()))
	}
	after, err := p.inbox.Messages()
	must(tb, err)
	var sent []mailtest.Message
	for _, m := range after {
		if !slices.ContainsFunc(before, func(old mailtest.Message) bool { return old.ID == m.ID }) {
			sent = append(sent, m)
		}
	}
	return sent
}

// MustLink asks for the library of an address and returns the path of the link that was mailed.
func (p *post) MustLink(tb testing.TB, v *visitor, email string) string {
	tb.Helper()
	v.Post("/library", url.Values{"email": {email}}).Expect(tb, http.StatusOK, "Now look into your mail.")
	mails := p.MustDeliver(tb)
	if len(mails) != 1 {
		tb.Fatalf("%d mails", len(mails))
	}
	return p.MustLinkOf(tb, mails[0])
}

// MustLinkOf is the path of the link in a mail.
func (p *post) MustLinkOf(tb testing.TB, m mailtest.Message) string {
	tb.Helper()
	return find(tb, m.Text, p.url+`(/(?:library/enter|devices)/\S+)`)
}

const anas = "ana@school.example" // as visitors write it at the checkout

func TestTheLibrary(t *testing.T) {
	t.Parallel()
	p := MustOpenWithMail(t, nil)
	buyer := p.Visit(t)
	first, second := buyer.MustBuy("the-set"), buyer.MustBuy("advisory")

	v := p.Visit(t)
	v.Get("/library").Expect(t, http.StatusOK, "E-mail address", "No password", "not:BR-1")
	link := p.MustLink(t, v, " Ana@School.example ")
	for range 2 { // as mail scanners do
		v.Get(link).Expect(t, http.StatusOK, anas, "Open my library", "not:BR-1")
	}
	entered := v.Post(link, nil)
	entered.Expect(t, http.StatusSeeOther)
	if to := entered.header.Get("Location"); to != "/library" {
		t.Errorf("it led to %s", to)
	}
	page := v.Get("/library")
	page.Expect(t, http.StatusOK, anas, "2 orders", "BR-100001", "BR-100002", "in “The Set”", "advisory.pdf", "mentors.pdf",
		`href="`+first+`#receipt"`, `href="`+second+`#receipt"`, "Download all as one ZIP", "not:New edition since", "not:Older orders")
	if strings.Index(page.body, "BR-100002") > strings.Index(page.body, "BR-100001") {
		t.Error("the newest order is not the first")
	}
	v.Post(find(t, page.body, `action="(/orders/[^"]+/files/[^"]+)"`), nil).Expect(t, http.StatusSeeOther)
	v.Get(first).Expect(t, http.StatusOK, "Receipt")

	cookie := v.cookie("library")
	v.Post("/library/leave", nil).Expect(t, http.StatusSeeOther)
	v.Get("/library").Expect(t, http.StatusOK, "No password", "not:BR-1")
	if v.cookie("library") != "" {
		t.Error("the browser keeps its cookie")
	}
	v.Get("/library", "Cookie", "library="+cookie).Expect(t, http.StatusOK, "No password", "not:BR-1")
}

func TestThePagesOfALibraryAreKeptByNobody(t *testing.T) {
	t.Parallel()
	p := MustOpenWithMail(t, nil)
	buyer, v := p.Visit(t), p.Visit(t)
	buyer.MustBuy("advisory")
	link := p.MustLink(t, v, anas)
	for name, page := range map[string]reply{
		"asks": v.Get("/library"), "link": v.Get(link), "enters": v.Post(link, nil), "library": v.Get("/library"), "twice": p.Visit(t).Post(link, nil),
	} {
		if got := page.header.Get("Cache-Control"); got != "private, no-store" {
			t.Errorf("%s: Cache-Control %q", name, got)
		}
		if page.header.Get("Referrer-Policy") != "same-origin" || page.header.Get("X-Robots-Tag") != "noindex" {
			t.Errorf("%s: %v", name, page.header)
		}
	}
	set := strings.Join(v.Get("/library").header.Values("Set-Cookie"), "\n")
	for _, want := range []string{"library=", "HttpOnly", "SameSite=Lax", "Max-Age=2592000", "Path=/"} {
		if !strings.Contains(set, want) {
			t.Errorf("the cookie lacks %s: %s", want, set)
		}
	}
}

// Whoever asks learns nothing of an address: not from what is said, nor from what is written.
func TestTheAnswerIsTheSameForEveryAddress(t *testing.T) {
	t.Parallel()
	p := MustOpenWithMail(t, nil)
	p.Visit(t).MustBuy("advisory")
	p.MustDeliver(t) // the receipt's job
	v := p.Visit(t)
	var said []string
	for _, email := range []string{anas, "bob@school.example", anas, anas, anas, anas} { // the last ones are too many
		answer := v.Post("/library", url.Values{"email": {email}})
		answer.Expect(t, http.StatusOK, email)
		said = append(said, strings.ReplaceAll(answer.body, email, "…"))
	}
	if len(slices.Compact(said)) != 1 {
		t.Error("the answers differ")
	}
	mails := p.MustDeliver(t)
	for _, m := range mails {
		if m.To != anas {
			t.Errorf("a mail went to %s", m.To)
		}
	}
	if len(mails) != 3 {
		t.Errorf("%d mails, want 3", len(mails))
	}
	v.Post("/library", url.Values{"email": {"ana"}}).Expect(t, http.StatusUnprocessableEntity, "does not look like an e-mail address", `value="ana"`, "not:role=\"alert\"")
}

// Whoever has used up the links of a while has one that opens; when none does any more, another is mailed.
func TestExpiredLinksDoNotCount(t *testing.T) {
	t.Parallel()
	p := MustOpenWithMail(t, nil)
	v := p.Visit(t)
	v.MustBuy("advisory")
	for range 3 {
		p.MustLink(t, v, anas)
	}
	v.Post("/library", url.Values{"email": {anas}}).Expect(t, http.StatusOK, "Now look into your mail.")
	if mails := p.MustDeliver(t); len(mails) != 0 {
		t.Errorf("%d mails beyond three", len(mails))
	}
	p.ahead.Store(int64(shop.LinkLife))
	p.MustLink(t, v, anas)
}

func TestLinksThatDoNotOpenALibrary(t *testing.T) {
	t.Parallel()
	p := MustOpenWithMail(t, nil)
	p.Visit(t).MustBuy("advisory")
	v, late := p.Visit(t), p.Visit(t)
	link := p.MustLink(t, v, anas)
	v.Post(link, nil).Expect(t, http.StatusSeeOther)
	for _, answer := range []reply{late.Get(link), late.Post(link, nil)} {
		answer.Expect(t, http.StatusGone, "was used already", "Please ask for a new one", `name="email"`, "not:BR-1")
	}
	v.Get(link).Expect(t, http.StatusSeeOther) // who is in already goes on
	for _, path := range []string{"/library/enter/nothing", link[:len(link)-1]} {
		late.Get(path).Expect(t, http.StatusNotFound, "This link is not complete", `name="email"`)
		late.Post(path, nil).Expect(t, http.StatusNotFound, "This link is not complete")
	}
	fresh := p.MustLink(t, late, anas)
	p.ahead.Store(int64(shop.LinkLife))
	for _, answer := range []reply{late.Get(fresh), late.Post(fresh, nil)} {
		answer.Expect(t, http.StatusGone, "has expired", "30 minutes", `name="email"`)
	}
	late.Get("/library").Expect(t, http.StatusOK, "not:BR-1")
}

func TestALinkOpensOnceForTwoAtOnce(t *testing.T) {
	t.Parallel()
	p := MustOpenWithMail(t, nil)
	p.Visit(t).MustBuy("advisory")
	link := p.MustLink(t, p.Visit(t), anas)
	var all sync.WaitGroup
	var entered, refused atomic.Int32
	for range 6 {
		v := p.Visit(t)
		all.Go(func() {
			switch v.Post(link, nil).status {
			case http.StatusSeeOther:
				entered.Add(1)
			case http.StatusGone:
				refused.Add(1)
			}
		})
	}
	all.Wait()
	if entered.Load() != 1 || refused.Load() != 5 {
		t.Errorf("%d entered, %d were refused", entered.Load(), refused.Load())
	}
}

// A session that somebody else has put into the browser beforehand is not the one that is signed in.
func TestSigningInRenewsTheSession(t *testing.T) {
	t.Parallel()
	p := MustOpenWithMail(t, nil)
	p.Visit(t).MustBuy("advisory")
	v, attacker := p.Visit(t), p.Visit(t)
	attacker.Post(p.MustLink(t, attacker, anas), nil).Expect(t, http.StatusSeeOther)
	planted := attacker.cookie("library")
	attacker.Post("/library/leave", nil)
	v.setCookie("library", planted)
	v.Post(p.MustLink(t, v, anas), nil).Expect(t, http.StatusSeeOther)
	if v.cookie("library") == planted {
		t.Error("the planted session is signed in")
	}
	p.Visit(t).Get("/library", "Cookie", "library="+planted).Expect(t, http.StatusOK, "not:BR-1")
	v.Get("/library").Expect(t, http.StatusOK, "BR-100001")
}

func TestALibraryIsOneAddresss(t *testing.T) {
	t.Parallel()
	p := MustOpenWithMail(t, nil)
	ana, bob := p.Visit(t), p.Visit(t)
	anasOrder := ana.MustBuy("advisory")
	bob.MustAdd("mentors", shop.Individual)
	form := bob.details()
	form.Set("email", "bob@school.example")
	bob.MustPay(bob.Post("/checkout", form).header.Get("Location"))
	bob.Post(p.MustLink(t, bob, "bob@school.example"), nil).Expect(t, http.StatusSeeOther)
	bob.Get("/library").Expect(t, http.StatusOK, "Mentors &amp; Interns", "1 order of", "not:Advisory Structure", "not:"+anasOrder)
	bob.Get("/library?page=2").Expect(t, http.StatusOK, "past the last page")
	bob.Get("/library?page=-1").Expect(t, http.StatusOK, "Mentors &amp; Interns")
}

func TestALibraryOfManyOrders(t *testing.T) {
	t.Parallel()
	p := MustOpenWithMail(t, nil)
	v := p.Visit(t)
	for range 12 {
		v.MustBuy("advisory")
	}
	v.Post(p.MustLink(t, v, anas), nil).Expect(t, http.StatusSeeOther)
	v.Get("/library").Expect(t, http.StatusOK, "12 orders", "BR-100012", "BR-100003", `href="/library?page=2"`, "not:BR-100002", "not:Newer orders")
	v.Get("/library?page=2").Expect(t, http.StatusOK, "BR-100002", "BR-100001", `href="/library?page=1"`, "not:BR-100003", "not:Older orders")
}

func TestANewEditionIsMarked(t *testing.T) {
	t.Parallel()
	p := MustOpenWithMail(t, nil)
	v := p.Visit(t)
	order := v.MustBuy("the-set")
	v.MustBuy("mentors")
	p.MustImport(t, handbook("advisory", "Advisory Structure", func(product *shop.Product) {
		product.Editions[0].Number, product.Editions[0].PublishedAt = 3, time.Now().Add(time.Hour)
	}))
	shown := v.Get(order)
	shown.Expect(t, http.StatusOK, "edition 3", "New edition since you bought it", "The edition that you bought (edition 2)")
	bought := shown.body[strings.Index(shown.body, "The edition that you bought"):]
	v.Post(find(t, bought, `action="(/orders/[^"]+/files/[^"]+)"`), nil).Expect(t, http.StatusSeeOther)
	v.Post(p.MustLink(t, v, anas), nil).Expect(t, http.StatusSeeOther)
	page := v.Get("/library")
	page.Expect(t, http.StatusOK, "edition 3", "New edition since you bought it", "The edition that you bought (edition 2)")
	if n := strings.Count(page.body, "New edition since"); n != 1 {
		t.Errorf("%d titles are marked, want 1", n)
	}
}

func TestAskingForLinksIsLimited(t *testing.T) {
	t.Parallel()
	p := MustOpenWithMail(t, nil, func(o *web.Options) { o.Limits = gate.Limits{Library: 2} })
	v := p.Visit(t)
	for i, want := range []int{http.StatusOK, http.StatusOK, http.StatusTooManyRequests} {
		v.Post("/library", url.Values{"email": {fmt.Sprintf("a%d@school.example", i)}}).Expect(t, want)
	}
	v.Get("/library").Expect(t, http.StatusOK)
}

func TestTheLibrarySpeaksSpanish(t *testing.T) {
	t.Parallel()
	p := MustOpenWithMail(t, nil)
	buyer := p.Visit(t)
	order := buyer.MustBuy("advisory")
	buyer.Get(order+"?lang=es").Expect(t, http.StatusOK, "Sus guías están listas", "Descargar", "Recibo", "not:Your handbooks")
	v := p.Visit(t)
	v.Get("/library?lang=es").Expect(t, http.StatusOK, "Su biblioteca", "Correo electrónico")
	v.Post("/library", url.Values{"email": {anas}}).Expect(t, http.StatusOK, "Ahora revise su correo")
	mails := p.MustDeliver(t)
	if len(mails) != 1 || !strings.Contains(mails[0].Text, "abre su biblioteca") {
		t.Fatalf("mails %+v", mails)
	}
	link := p.MustLinkOf(t, mails[0])
	v.Get(link).Expect(t, http.StatusOK, "Abrir su biblioteca")
	v.Post(link, nil).Expect(t, http.StatusSeeOther)
	v.Get("/library").Expect(t, http.StatusOK, "1 pedido de", "Licencia individual, edición 2")
}

// cookie is what the browser keeps under that name.
func (v *visitor) cookie(name string) string {
	v.tb.Helper()
	site, err := url.Parse(v.url)
	must(v.tb, err)
	for _, cookie := range v.client.Jar.Cookies(site) {
		if cookie.Name == name {
			return cookie.Value
		}
	}
	return ""
}

func (v *visitor) setCookie(name, value string) {
	v.tb.Helper()
	site, err := url.Parse(v.url)
	must(v.tb, err)
	v.client.Jar.SetCookies(site, []*http.Cookie{{Name: name, Value: value, Path: "/"}})
}
