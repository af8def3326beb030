package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"bookroom/shop"
)

// A second window of the browser that has ordered goes on to the first one's payment page.
func TestTwoWindowsOfOneBrowserMakeOneOrder(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	v.MustAdd("mentors", shop.Individual)
	first, second := v.details(), v.details()
	if first.Get("key") == second.Get("key") {
		t.Fatal("two windows press as one")
	}
	page := v.Post("/checkout", first).header.Get("Location")
	if again := v.Post("/checkout", second).header.Get("Location"); again != page || page == "" {
		t.Errorf("the first window leads to %q, the second one to %q", page, again)
	}
	v.MustPay(page)
}

// Whoever knows a cart and who buys it gets neither the buyer's order nor a place among its devices.
func TestNobodyGetsAnOrderByOrderingOnceMore(t *testing.T) {
	t.Parallel()
	p := MustOpenWithMail(t, func(c *shop.Config) { c.Defaults.ConfirmDevices = true })
	buyer, thief := p.Visit(t).From(atHome), p.Visit(t).From(far)
	buyer.MustAdd("mentors", shop.Individual)
	page := buyer.MustOrder()

	at, err := url.Parse(p.url)
	must(t, err)
	thief.client.Jar.SetCookies(at, []*http.Cookie{{Name: "cart", Value: cartOf(t, buyer), Path: "/"}})
	stolen := thief.MustOrder()
	if stolen == page {
		t.Fatal("the same details in another browser lead to the buyer's order")
	}
	if paid := buyer.Post(page, url.Values{"card": {"4242424242424242"}, "exp": {"12/34"}, "cvc": {"123"}}); paid.status == http.StatusSeeOther {
		t.Error("both pages can be paid")
	}
	order := buyer.MustPay(buyer.MustOrder())
	buyer.Get(order).Expect(t, http.StatusOK, ".pdf")
	thief.Get(order).Expect(t, http.StatusOK, "not:.pdf")
}

// A free order sends mail to an address that nobody has shown to be theirs.
func TestAnAddressGetsFewFreeOrders(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	order := func() reply {
		v := p.Visit(t)
		v.MustAdd("first-plan", shop.Individual)
		return v.Post("/checkout", v.details())
	}
	for range shop.FreeOrders {
		order().Expect(t, http.StatusSeeOther)
	}
	order().Expect(t, http.StatusTooManyRequests, "This address has had 5 free orders within an hour")
	v := p.Visit(t)
	v.MustAdd("advisory", shop.Individual)
	v.MustOrder() // what is paid is not counted
}

func TestABrowserForgetsItsOrder(t *testing.T) {
	t.Parallel()
	p := MustOpenWithMail(t, func(c *shop.Config) { c.Defaults.ConfirmDevices = true })
	v := p.Visit(t)
	order := v.MustBuy("advisory")
	v.Get("/cart").Expect(t, http.StatusOK, order, "Not you? Forget this")
	v.Post("/cart/forget", nil).Expect(t, http.StatusSeeOther)
	v.Get("/cart").Expect(t, http.StatusOK, "not:"+order, "not:Forget this")

	v.MustBuy("mentors")
	if v.cookie("order") == "" || v.cookie("browser") == "" {
		t.Fatal("nothing to forget")
	}
	v.Post("/library/leave", nil).Expect(t, http.StatusSeeOther)
	if v.cookie("order") != "" || v.cookie("browser") != "" {
		t.Error("signing out leaves cookies of orders behind")
	}
}
