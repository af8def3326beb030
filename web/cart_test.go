package web_test

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"bookroom/shop"
)

func TestAnEmptyCart(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	cart := v.Get("/cart")
	cart.Expect(t, http.StatusOK, "Your shopping cart is empty", `href="/handbooks"`, "not:Total")
	if cart.header.Get("Set-Cookie") != "" || cart.header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("headers of an empty cart: %v", cart.header)
	}
	checkout := v.Get("/checkout")
	checkout.Expect(t, http.StatusSeeOther)
	if to := checkout.header.Get("Location"); to != "/cart" {
		t.Errorf("an empty cart checks out to %s", to)
	}
}

func TestAddingToTheCart(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	variant := find(t, v.Get("/handbooks/advisory").body, `name="variant" value="([^"]+)" data-licence="school"`)

	added := v.Post("/cart/items", url.Values{"variant": {variant}})
	added.Expect(t, http.StatusSeeOther)
	if to := added.header.Get("Location"); to != "/cart?added="+variant {
		t.Errorf("adding leads to %s", to)
	}
	cookie := added.header.Get("Set-Cookie")
	for _, part := range []string{"cart=", "Path=/", "Max-Age=15552000", "HttpOnly", "SameSite=Lax"} {
		if !strings.Contains(cookie, part) {
			t.Errorf("the cookie %q lacks %s", cookie, part)
		}
	}
	if strings.Contains(cookie, "Secure") {
		t.Errorf("a shop on http sets a cookie for https: %q", cookie)
	}
	v.Get("/cart?added="+variant).Expect(t, http.StatusOK,
		"“Advisory Structure” is in your cart", "School licence, edition 2", "$190.00", `value="1"`, `<span class="tally">1<`, "Go to checkout")
	v.Post("/cart/items", url.Values{"variant": {variant}, "quantity": {"2"}})
	v.Get("/cart").Expect(t, http.StatusOK, `value="3"`, "$570.00", "not:is in your cart", `<span class="tally">3<`)

	p.Visit(t).Get("/cart").Expect(t, http.StatusOK, "Your shopping cart is empty")
}

func TestWhatCannotBeAdded(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	variant := v.MustAdd("advisory", shop.Individual)
	for name, form := range map[string]url.Values{
		"nothing": {}, "unknown": {"variant": {"nothing"}}, "not a key": {"variant": {"\x00'"}},
	} {
		v.Post("/cart/items", form).Expect(t, http.StatusNotFound, "This title is not on sale", "Advisory Structure")
		if t.Failed() {
			t.Fatal(name)
		}
	}
	for _, quantity := range []string{"0", "-1", "101", "1.5", "many", "99999999999999999999"} {
		v.Post("/cart/items", url.Values{"variant": {variant}, "quantity": {quantity}}).Expect(t, http.StatusUnprocessableEntity, "from 1 to 100")
	}
	v.Post("/cart/items", url.Values{"variant": {strings.Repeat("x", 100_000)}}).Expect(t, http.StatusRequestEntityTooLarge, "Nothing was changed")
	v.Get("/cart").Expect(t, http.StatusOK, `value="1"`)
}

func TestChangingTheCart(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	advisory, mentors := v.MustAdd("advisory", shop.Individual), v.MustAdd("mentors", shop.Individual)

	v.Post("/cart/items/"+advisory, url.Values{"quantity": {" 4 "}}).Expect(t, http.StatusSeeOther)
	v.Get("/cart").Expect(t, http.StatusOK, `value="4"`, "$152.00", "$190.00")

	v.Post("/cart/items/"+advisory, url.Values{"quantity": {"a few"}}).Expect(t, http.StatusUnprocessableEntity,
		`value="a few"`, `aria-invalid="true" aria-describedby="e-`+advisory, `id="e-`+advisory, "from 1 to 100", "$190.00")
	v.Get("/cart").Expect(t, http.StatusOK, `value="4"`)

	v.Post("/cart/items/"+mentors+"/remove", nil).Expect(t, http.StatusSeeOther)
	v.Get("/cart").Expect(t, http.StatusOK, "$152.00", "not:Mentors")
	v.Post("/cart/items/"+advisory+"/remove", nil).Expect(t, http.StatusSeeOther)
	v.Get("/cart").Expect(t, http.StatusOK, "Your shopping cart is empty")

	p.Visit(t).Post("/cart/items/"+advisory, url.Values{"quantity": {"1"}}).Expect(t, http.StatusNotFound, "no such shopping cart")
}

func TestATitleThatIsNotSoldAnyMore(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	v.MustAdd("advisory", shop.Individual)
	mentors := v.MustAdd("mentors", shop.Individual)
	form := v.details()
	p.MustImport(t, handbook("mentors", "Mentors & Interns", func(product *shop.Product) { product.Status = shop.Archived }))

	v.Get("/cart").Expect(t, http.StatusOK, "This title is not sold any more. It is not counted.", `<span class="price">$38.00</span>`,
		"Take out what is not sold", "not:Go to checkout", "not:$76.00")
	v.Post("/checkout", form).Expect(t, http.StatusConflict, "cannot be bought", "nothing was charged")
	v.Post("/cart/items/"+mentors+"/remove", nil).Expect(t, http.StatusSeeOther)
	v.Get("/cart").Expect(t, http.StatusOK, "Go to checkout", "not:Mentors")

	p.MustImport(t, handbook("advisory", "Advisory Structure", func(product *shop.Product) { product.Status = shop.Archived }))
	v.Get("/cart").Expect(t, http.StatusOK, "Take out what is not sold", "not:Total before tax", "not:0.00")
}

// The payment page leads back to the cart, in another browser too: there to a copy.
func TestTakingACartToAnotherBrowser(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	first, second := p.Visit(t), p.Visit(t)
	first.MustAdd("advisory", shop.SchoolLicence)
	variant := first.MustAdd("mentors", shop.Individual)
	first.Post("/cart/items/"+variant, url.Values{"quantity": {"3"}}).Expect(t, http.StatusSeeOther)
	first.MustAdd("first-plan", shop.Individual)
	p.MustImport(t, handbook("first-plan", "A First Plan", func(product *shop.Product) { product.Status = shop.Archived }))

	first.Post("/cart/donation", url.Values{"amount": {"25"}}).Expect(t, http.StatusSeeOther)

	second.Get("/cart/copy/unknown").Expect(t, http.StatusNotFound, "no such shopping cart")
	link := first.CartLink()
	second.Get(link).Expect(t, http.StatusOK, "Copy this cart?", "5 licences")
	second.Get("/cart").Expect(t, http.StatusOK, "Your shopping cart is empty") // whoever only looks gets nothing
	taken := second.Post(link, nil)
	taken.Expect(t, http.StatusSeeOther)
	to := taken.header.Get("Location")
	second.Get(to).Expect(t, http.StatusOK, "This is a copy of the cart", "Advisory Structure", "School licence", "Mentors", `value="3"`, "$304.00", "not:A First Plan", "Add a donation?")
	first.Get("/cart").Expect(t, http.StatusOK, "Advisory Structure", "Mentors", "A First Plan")
}

// CartLink is the address that the cart shows for other devices, as a path.
func (v *visitor) CartLink() string {
	v.tb.Helper()
	return strings.TrimPrefix(find(v.tb, v.Get("/cart").body, `id="address" readonly value="([^"]+)"`), v.url)
}

// The address that is passed on must not be a key to the cart, nor to the order that is made of it.
func TestACartsLinkDoesNotGiveItsIDAway(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	v.MustAdd("mentors", shop.Individual)
	link, id := v.CartLink(), cartOf(t, v)
	token, ok := strings.CutPrefix(link, "/cart/copy/")
	if !ok {
		t.Fatalf("the cart shows %s", link)
	}
	plain, err := base64.RawURLEncoding.DecodeString(token)
	must(t, err)
	if strings.Contains(link, id) || bytes.Contains(plain, []byte(id)) {
		t.Errorf("%s tells the cart's id %s", link, id)
	}
	if again := v.CartLink(); again != link {
		t.Error("Stripe refuses a checkout that is sent again with another address in it")
	}
	page := v.MustOrder()
	if shown := v.Get(page).body; strings.Contains(shown, id) {
		t.Error("the payment page leads back to the cart by its id")
	}
	v.Get(find(t, v.Get(page).body, `href="([^"]*/cart/copy/[^"]+)"`)).Expect(t, http.StatusSeeOther)
	p.Visit(t).Get("/cart/"+id).Expect(t, http.StatusNotFound)
	p.Visit(t).Get("/cart/copy/"+base64.RawURLEncoding.EncodeToString(append(plain[:len(plain)-1], plain[len(plain)-1]^1))).Expect(t, http.StatusNotFound)
}

// Whoever knows a cart's id can change it, so no link makes a browser use a cart that others know.
func TestACartCannotBePlanted(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	attacker, victim := p.Visit(t), p.Visit(t)
	attacker.MustAdd("mentors", shop.Individual)
	planted := cartOf(t, attacker)

	link := attacker.CartLink()
	victim.Post(link, nil).Expect(t, http.StatusSeeOther)
	own := cartOf(t, victim)
	if own == planted {
		t.Fatal("the browser uses a cart whose id the attacker knows")
	}
	attacker.MustAdd("advisory", shop.SchoolLicence)
	victim.Get("/cart").Expect(t, http.StatusOK, "Mentors", "not:Advisory Structure")
	victim.MustAdd("first-plan", shop.Individual)
	attacker.Get("/cart").Expect(t, http.StatusOK, "not:A First Plan")

	for address, want := range map[string]string{link: "/cart?link=kept", victim.CartLink(): "/cart"} {
		back := victim.Get(address)
		back.Expect(t, http.StatusSeeOther)
		if to := back.header.Get("Location"); to != want || cartOf(t, victim) != own {
			t.Errorf("a browser with a cart of its own is led to %s with the cart %s", to, cartOf(t, victim))
		}
	}
	victim.Get("/cart?link=kept").Expect(t, http.StatusOK, "There is something in your own cart, so it was kept")
	victim.Get("/cart").Expect(t, http.StatusOK, "Mentors", "A First Plan", "not:Advisory Structure")
}
