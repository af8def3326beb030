package web_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"bookroom/payments/stripetest"
	"bookroom/shop"
)

func TestAPaidOrder(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	order := v.MustBuy("advisory")
	page := v.Get(order)
	page.Expect(t, http.StatusOK, "Your handbooks are ready", `<span class="state good">Paid</span>`, "BR-100001", "ana@school.example", "Ana Núñez", "The Met",
		"PO-7", "advisory.pdf", "Individual licence, edition 2", "SHA-256", "$38.00", "Download", "the link never expires",
		`not:"files/`, "not:http-equiv", "not:data-waiting")
	for name, want := range map[string]string{
		"Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex",
	} {
		if got := page.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	v.Get("/cart").Expect(t, http.StatusOK, "Your shopping cart is empty")
	p.Visit(t).Get(order).Expect(t, http.StatusOK, "Your handbooks are ready")
}

func TestADownload(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	page := v.Get(v.MustBuy("advisory"))
	button := find(t, page.body, `<form action="([^"]+)" method="post"><button class="button slim">`)
	hash := find(t, page.body, `<code>([0-9a-f]{64})</code>`)

	v.Get(button).Expect(t, http.StatusMethodNotAllowed)
	link := v.Post(button, nil)
	link.Expect(t, http.StatusSeeOther)
	if link.header.Get("Cache-Control") != "private, no-store" || link.header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("headers of a link: %v", link.header)
	}
	file := v.Get(link.header.Get("Location"))
	file.Expect(t, http.StatusOK)
	sum := sha256.Sum256([]byte(file.body))
	if hex.EncodeToString(sum[:]) != hash || !strings.HasPrefix(file.body, "%PDF") {
		t.Errorf("the download is not the file: %q", file.body)
	}
	if kind := file.header.Get("Content-Disposition"); !strings.Contains(kind, "attachment") || !strings.Contains(kind, "advisory.pdf") {
		t.Errorf("Content-Disposition: %q", kind)
	}
}

func TestWhatCannotBeDownloaded(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	mine, theirs := p.Visit(t), p.Visit(t)
	order := mine.MustBuy("advisory")
	foreign := find(t, theirs.Get(theirs.MustBuy("mentors")).body, `/files/([^"]+)"`)

	mine.Post(order+"/files/"+foreign, nil).Expect(t, http.StatusNotFound, "This order does not hold such a file", "Advisory Structure", "not:mentors.pdf")
	mine.Post(order+"/files/nothing", nil).Expect(t, http.StatusNotFound, "This order does not hold such a file")
	mine.Post("/orders/forged/files/"+foreign, nil).Expect(t, http.StatusNotFound, "This order link is not valid")
	mine.Get("/orders/forged").Expect(t, http.StatusNotFound, "This order link is not valid")
	mine.Get(order[:len(order)-2]+"AA").Expect(t, http.StatusNotFound, "This order link is not valid", "not:advisory.pdf")
}

func TestTheBucketDoesNotAnswer(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	order := v.MustBuy("advisory")
	button := find(t, v.Get(order).body, `<form action="([^"]+)" method="post"><button class="button slim">`)
	p.bucket.SetDown(true)
	v.Post(button, nil).Expect(t, http.StatusServiceUnavailable, "We could not reach the file store", "no download was used up", "advisory.pdf", `role="alert"`)
	p.bucket.SetDown(false)
	v.Post(button, nil).Expect(t, http.StatusSeeOther)
}

func TestAnOrderThatWaitsForItsPayment(t *testing.T) {
	t.Parallel()
	var read reads
	p := MustOpen(t, read.count)
	v := p.Visit(t)
	v.MustAdd("advisory", shop.Individual)
	form := v.details()
	payment := v.Post("/checkout", form).header.Get("Location")
	cart, err := p.store.Cart(t.Context(), cartOf(t, v))
	must(t, err)
	waiting, err := p.store.OrderByKey(t.Context(), cart.ID, form.Get("key"))
	must(t, err)
	token, err := p.shop.OrderToken(waiting)
	must(t, err)

	page := v.Get("/orders/" + token)
	page.Expect(t, http.StatusOK, "We are confirming your payment", "updates by itself", `<noscript><meta http-equiv="refresh" content="5">`,
		`data-waiting="5"`, `href="`+payment+`"`, "$38.00", "not:advisory.pdf", "not:Download<")
	v.Post("/orders/"+token+"/files/any", nil).Expect(t, http.StatusConflict, "This order is not paid yet")
	if n := read.files.Load(); n != 0 {
		t.Errorf("%d looks for the files of an order without any", n)
	}

	v.MustPay(payment)
	v.Get("/orders/"+token).Expect(t, http.StatusOK, "Your handbooks are ready", "not:data-waiting")
}

// A bank takes days, in which nobody should be led to pay again.
func TestAnOrderWhoseBankPaymentIsUnderWay(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	v.MustAdd("advisory", shop.Individual)
	form := v.details()
	payment := v.Post("/checkout", form).header.Get("Location")
	order := v.MustPayWith(payment, bankDebit)
	v.Get(order).Expect(t, http.StatusOK, "Bank payment under way", "Your bank is sending the money.", "Please do not pay again.",
		`<noscript><meta http-equiv="refresh" content="60">`, `data-state="underway" data-waiting="60"`,
		"not:"+payment, "not:payment page", "not:Back to your cart", "not:A download stops")
	v.Get("/cart").Expect(t, http.StatusOK, "Your shopping cart is empty")
	v.Post("/checkout", form).Expect(t, http.StatusSeeOther)

	for _, end := range []struct {
		came  bool
		order []string
		cart  string
	}{
		{true, []string{"Your handbooks are ready", "not:data-waiting"}, "Your shopping cart is empty"},
		{false, []string{"This order was closed without being paid", "Your cart is kept", "not:data-waiting"}, "Advisory Structure"},
	} {
		t.Run(fmt.Sprint("the money comes: ", end.came), func(t *testing.T) {
			t.Parallel()
			p := MustOpen(t)
			v := p.Visit(t)
			v.MustAdd("advisory", shop.Individual)
			order := v.MustPayWith(v.MustOrder(), bankDebit)
			paying, err := p.shop.OrderByToken(t.Context(), strings.TrimPrefix(order, "/orders/"))
			must(t, err)
			must(t, p.stripe.SettleBankDebit(paying.SessionID, end.came))
			must(t, p.stripe.Idle(t.Context()))
			v.Get(order).Expect(t, http.StatusOK, end.order...)
			v.Get("/cart").Expect(t, http.StatusOK, end.cart)
		})
	}
}

func cartOf(t *testing.T, v *visitor) string {
	t.Helper()
	site, err := url.Parse(v.url)
	must(t, err)
	for _, cookie := range v.client.Jar.Cookies(site) {
		if cookie.Name == "cart" {
			return cookie.Value
		}
	}
	t.Fatal("the browser has no cart")
	return ""
}

// MustRefund sends that much of the only charge back and waits until the shop knows.
func (p *place) MustRefund(t *testing.T, amount int64) {
	t.Helper()
	_, err := p.stripe.Refund(chargeOf(t, p), amount)
	must(t, err)
	must(t, p.stripe.Idle(t.Context()))
}

func chargeOf(t *testing.T, p *place) string {
	t.Helper()
	for _, event := range p.stripe.Events() {
		if event.Type == "charge.succeeded" {
			return event.Object
		}
	}
	t.Fatal("nothing was charged")
	return ""
}

// A buyer who comes back does not depend on the webhook.
func TestTheReturnAsksStripe(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	p.stripe.SetFaults(stripetest.Faults{Drop: []string{"*"}})
	v := p.Visit(t)
	v.Get(v.MustBuy("advisory")).Expect(t, http.StatusOK, "Your handbooks are ready", "advisory.pdf")
}

// What happens to an order after it was paid, told by Stripe.
func TestOrdersAfterwards(t *testing.T) {
	t.Parallel()
	for name, story := range map[string]struct {
		happens func(p *place, charge string) error
		texts   []string
	}{
		"refunded": {
			func(p *place, charge string) error { _, err := p.stripe.Refund(charge, 0); return err },
			[]string{"This order was refunded", "$76.00 went back", "banks take 5 to 10 days", "not:>Download<", "Not yours any more"},
		},
		"partly refunded": {
			func(p *place, charge string) error { _, err := p.stripe.Refund(charge, 1000); return err },
			[]string{"Part of this order was refunded", "$10.00 went back", "Download<span"},
		},
		"disputed": {
			func(p *place, charge string) error { _, err := p.stripe.Dispute(charge, "fraudulent"); return err },
			[]string{"Your downloads are paused", "has not decided yet", "<b>Paused.</b>", "not:Download<span"},
		},
		"dispute lost": {
			func(p *place, charge string) error {
				id, err := p.stripe.Dispute(charge, "fraudulent")
				if err != nil {
					return err
				}
				return p.stripe.DecideDispute(id, false)
			},
			[]string{"The payment of this order was taken back", "You owe us nothing", "not:Download<span"},
		},
		"dispute won": {
			func(p *place, charge string) error {
				id, err := p.stripe.Dispute(charge, "fraudulent")
				if err != nil {
					return err
				}
				return p.stripe.DecideDispute(id, true)
			},
			[]string{"Your handbooks are ready", "Download<span", "not:Paused"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := MustOpen(t)
			v := p.Visit(t)
			v.MustAdd("mentors", shop.Individual)
			order := v.MustBuy("advisory")
			before := v.Get(order)
			before.Expect(t, http.StatusOK, "Your handbooks are ready")
			button := find(t, before.body, `<form action="([^"]+)" method="post"><button class="button slim">`)
			must(t, story.happens(p, chargeOf(t, p)))
			must(t, p.stripe.Idle(t.Context()))

			page := v.Get(order)
			page.Expect(t, http.StatusOK, append(story.texts, "BR-100001")...)
			download := v.Post(button, nil)
			if strings.Contains(page.body, "Download<span") != strings.Contains(page.body, "A download stops? Press the button again") {
				t.Error("advice about downloads does not stand where the buttons stand")
			}
			if strings.Contains(page.body, "Download<span") {
				download.Expect(t, http.StatusSeeOther)
			} else {
				download.Expect(t, http.StatusForbidden, `role="alert"`, "Write to us if this is a mistake")
			}
		})
	}
}

func TestABundlesFilesAreGroupedByTitle(t *testing.T) {
	t.Parallel()
	var read reads
	p := MustOpen(t, read.count)
	v := p.Visit(t)
	order := v.MustBuy("the-set")
	read.products.Store(0)
	page := v.Get(order)
	page.Expect(t, http.StatusOK, "advisory.pdf", "mentors.pdf", "in “The Set”", "$60.00")
	if products, files := read.products.Load(), read.files.Load(); products != 0 || files != 1 {
		t.Errorf("the page took %d reads of products and %d of files", products, files)
	}
	if n := strings.Count(page.body, `<section class="card title"`); n != 2 {
		t.Errorf("%d groups of files, want 2", n)
	}
}

// A title looks on its owner's page as it looks on the shelf.
func TestOwnedTitlesHaveTheirCovers(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	page := v.Get(v.MustBuy("the-set"))
	for _, slug := range []string{"advisory", "mentors"} {
		cover := find(t, v.Get("/handbooks/"+slug).body, `(?s)<span class="cover"[^>]*>(<svg.*?</svg>)</span>`)
		if !strings.Contains(page.body, cover) {
			t.Errorf("%s has another cover on the order's page", slug)
		}
	}
}

// A handbook that is not sold any more stays with those who bought it.
func TestABoughtTitleIsArchived(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	order := v.MustBuy("advisory")
	p.MustImport(t, handbook("advisory", "Advisory Structure", func(product *shop.Product) { product.Status = shop.Archived }))
	v.Get("/handbooks/advisory").Expect(t, http.StatusGone, "it stays yours")
	page := v.Get(order)
	page.Expect(t, http.StatusOK, "advisory.pdf")
	v.Post(find(t, page.body, `<form action="([^"]+)" method="post"><button class="button slim">`), nil).Expect(t, http.StatusSeeOther)
}

// An order whose buyer was erased opens by its link as before, and names nobody.
func TestTheOrderOfAPersonWhoWasErased(t *testing.T) {
	t.Parallel()
	p := MustOpenShop(t, func(c *shop.Config) { c.Defaults.ConfirmDevices = true })
	v := p.Visit(t)
	order := v.MustBuy("advisory")
	email := find(t, v.Get(order).body, `<br>([^<@]+@[^<]+)</dd>`)
	_, err := p.shop.ErasePerson(t.Context(), shop.Actor{Name: "test"}, email, email)
	must(t, err)
	page := p.Visit(t).Get(order)
	page.Expect(t, http.StatusOK, "advisory.pdf", "was erased")
	for _, trace := range []string{email, "erased.invalid", "<dt>For</dt>"} {
		if strings.Contains(page.body, trace) {
			t.Errorf("the page holds %q", trace)
		}
	}
	p.Visit(t).Post(find(t, page.body, `<form action="([^"]+)" method="post"><button class="button slim">`), nil).Expect(t, http.StatusSeeOther)
}
