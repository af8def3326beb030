package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"bookroom/shop"
)

func dearer(amount int64) shop.CatalogEntry {
	return handbook("advisory", "Advisory Structure", func(product *shop.Product) { product.Variants[0].Price.Amount = amount })
}

func TestAPriceThatChangedIsShownInTheCart(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	variant := v.MustAdd("advisory", shop.Individual)
	v.Get("/cart").Expect(t, http.StatusOK, "not:The price has changed")
	p.MustImport(t, dearer(4100))
	v.Get("/cart").Expect(t, http.StatusOK, "The price has changed since you put this in: it was $38, now it is $41.", "$41.00")
	v.Get("/checkout").Expect(t, http.StatusOK, "The price of “Advisory Structure” has changed since you put it into your cart: it was $38, now it is $41.", "Go to payment, $41.00")

	v.Post("/cart/items/"+variant, url.Values{"quantity": {"1"}}).Expect(t, http.StatusSeeOther)
	v.Get("/cart").Expect(t, http.StatusOK, "not:The price has changed")
	p.MustImport(t, dearer(0))
	v.Get("/cart").Expect(t, http.StatusOK, "it was $41, now it is Free.")
}

// Whoever comes back from the payment page without paying finds all as it was, and only in that browser.
func TestAnAbandonedPayment(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	v.MustAdd("advisory", shop.Individual)
	v.Post("/cart/donation", url.Values{"amount": {"5"}}).Expect(t, http.StatusSeeOther)
	payment := v.MustOrder()
	back := find(t, v.Get(payment).body, `href="[^"]*(/cart/[^"]+)"`)
	v.Get(back).Expect(t, http.StatusSeeOther)
	v.Get("/cart").Expect(t, http.StatusOK, "You have not paid yet, and nothing was charged.", "Advisory Structure", "Your donation")
	form := v.Get("/checkout")
	form.Expect(t, http.StatusOK, `value="ana@school.example"`, `value="Ana Núñez"`, `value="The Met"`, `value="PO-7"`)

	again := v.Post("/checkout", url.Values{
		"email": {"ana@school.example"}, "name": {"Ana Núñez"}, "organisation": {"The Met"}, "po_number": {"PO-7"},
		"key": {hidden(t, form, "key")}, "expected_total": {hidden(t, form, "expected_total")},
	})
	if to := again.header.Get("Location"); to != payment {
		t.Errorf("going on leads to %s, want the same payment page", to)
	}

	other := p.Visit(t)
	other.Post(back, nil).Expect(t, http.StatusSeeOther)
	other.Get("/cart").Expect(t, http.StatusOK, "Advisory Structure", "not:not paid yet")
	other.Get("/checkout").Expect(t, http.StatusOK, "Advisory Structure", "not:ana@school.example", "not:Ana Núñez", "not:The Met", "not:PO-7")
	planted := p.Visit(t) // even one that was made to use the very cart
	planted.client.Jar.SetCookies(mustParse(t, p.url), []*http.Cookie{{Name: "cart", Value: cartOf(t, v), Path: "/"}})
	planted.Get("/checkout").Expect(t, http.StatusOK, "Advisory Structure", "not:ana@school.example", "not:Ana Núñez")
}

func TestTheCartOfAnotherTabAfterPaying(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	v.MustAdd("advisory", shop.Individual)
	otherTab := v.details()
	order := v.MustPay(v.MustOrder())

	v.Get("/cart").Expect(t, http.StatusOK, "Your shopping cart is empty", "is paid.", `href="`+order+`"`)
	v.Get("/checkout").Expect(t, http.StatusSeeOther)
	v.Post("/checkout", otherTab).Expect(t, http.StatusUnprocessableEntity, "Nothing was ordered or charged", "is paid.", `href="`+order+`"`)

	v.MustAdd("mentors", shop.Individual)
	v.Get("/cart").Expect(t, http.StatusOK, "Mentors", "not:is paid.")
	v.Get("/checkout").Expect(t, http.StatusOK, "not:ana@school.example")
}

func TestABankPaymentUnderWayIsToldInTheCart(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	v.MustAdd("advisory", shop.Individual)
	order := v.MustPayWith(v.MustOrder(), bankDebit)
	v.Get("/cart").Expect(t, http.StatusOK, "Your shopping cart is empty", "is under way, so please do not buy it again", `href="`+order+`"`)
}

func TestAMistypedAddressIsHinted(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	start := func() (*visitor, url.Values, reply) {
		v := p.Visit(t)
		v.MustAdd("first-plan", shop.Individual)
		form := v.details()
		form.Set("email", "Ana@gmial.com")
		page := v.Post("/checkout", form)
		page.Expect(t, http.StatusUnprocessableEntity, "You typed <b>Ana@gmial.com</b>. Did you mean <b>ana@gmail.com</b>?", `name="take" value="ana@gmail.com"`,
			"Ana Núñez", "PO-7", "<title>Please check: Checkout", "not:aria-invalid")
		form.Set("sure", hidden(t, page, "sure"))
		return v, form, page
	}
	t.Run("taken", func(t *testing.T) {
		t.Parallel()
		v, form, page := start()
		form.Set("take", hidden(t, page, "take"))
		v.Get(v.Post("/checkout", form).header.Get("Location")).Expect(t, http.StatusOK, "ready", "ana@gmail.com", "not:gmial")
	})
	t.Run("kept", func(t *testing.T) {
		t.Parallel()
		v, form, _ := start()
		v.Get(v.Post("/checkout", form).header.Get("Location")).Expect(t, http.StatusOK, "ready", "ana@gmial.com")
	})
	t.Run("mistyped anew", func(t *testing.T) {
		t.Parallel()
		v, form, _ := start()
		form.Set("email", "ana@hotmial.com")
		v.Post("/checkout", form).Expect(t, http.StatusUnprocessableEntity, "ana@hotmail.com")
	})
	t.Run("with another mistake", func(t *testing.T) {
		t.Parallel()
		v, form, _ := start()
		form.Set("name", "")
		v.Post("/checkout", form).Expect(t, http.StatusUnprocessableEntity, "Please tell us your name", "Did you mean", `name="sure" value="Ana@gmial.com"`)
	})
}

func TestTheCartInSpanish(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	p.MustImport(t, openPrices()...)
	v := p.Visit(t)
	v.Get("/cart?lang=es").Expect(t, http.StatusOK, "Su carrito está vacío", "not:Your shopping cart")
	v.MustGive("pay-more", "20")
	v.Post("/cart/donation", url.Values{"amount": {"5"}}).Expect(t, http.StatusSeeOther)
	v.Get("/cart").Expect(t, http.StatusOK, "Licencia individual, edición 2", "Como mínimo $10; sugerimos $20.", "Su donativo", "Total antes de impuestos", `<h2 lang="en">`)
	v.Get("/checkout").Expect(t, http.StatusOK, "¿Quién compra?", "Apoyo a Big Picture Learning</dt><dd>$10.00</dd>", "Ir al pago, $25.00", "not:Your order")
	form := v.details()
	form.Set("email", "x")
	v.Post("/checkout", form).Expect(t, http.StatusUnprocessableEntity, "Correo electrónico: Esto no parece una dirección de correo")
}

func mustParse(tb testing.TB, address string) *url.URL {
	tb.Helper()
	parsed, err := url.Parse(strings.TrimSpace(address))
	must(tb, err)
	return parsed
}
