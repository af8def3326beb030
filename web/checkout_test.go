package web_test

import (
	"net/http"
	"strings"
	"testing"

	"bookroom/payments/stripetest"
	"bookroom/shop"
	"bookroom/web"
)

func TestTheCheckoutForm(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	v.MustAdd("advisory", shop.SchoolLicence)
	page := v.Get("/checkout")
	page.Expect(t, http.StatusOK, "Advisory Structure, School licence", "$190.00", "Go to payment, $190.00", `name="expected_total" value="19000"`,
		`autocomplete="email"`, "not:aria-invalid")
	if page.header.Get("Cache-Control") != "private, no-store" {
		t.Errorf("headers: %v", page.header)
	}
	if hidden(t, page, "key") == hidden(t, v.Get("/checkout"), "key") {
		t.Error("two looks at the form have the same key")
	}
}

// The receipt and the payment page are in the language of the order.
func TestACheckoutInAnotherLanguageIsAnotherOrder(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	v.MustAdd("advisory", shop.Individual)
	form := v.details()
	order := func(language shop.Language) shop.Order {
		done := v.Post("/checkout?lang="+string(language), form)
		done.Expect(t, http.StatusSeeOther)
		token := find(t, strings.Join(done.header.Values("Set-Cookie"), "\n"), `order=([^;]+)`)
		o, err := p.shop.OrderByToken(t.Context(), token)
		must(t, err)
		if o.Language != language {
			t.Errorf("a checkout in %s leads to an order in %s", language, o.Language)
		}
		return o
	}
	english, spanish := order(shop.English), order(shop.Spanish) // pressed again on the same page
	form = v.details()
	if again := order(shop.Spanish); english.ID == spanish.ID || again.ID != spanish.ID {
		t.Errorf("the orders are %s, %s and %s", english.Number, spanish.Number, again.Number)
	}
}

func TestMistakesInTheForm(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	for _, mistake := range []struct {
		field, value string
		texts        []string
	}{
		{"email", "ana at school", []string{`value="ana at school"`, `id="email-e"`, "does not look like an e-mail address", `href="#email"`}},
		{"email", "", []string{"does not look like an e-mail address"}},
		{"name", " ", []string{"Please tell us your name", `aria-describedby="name-e" aria-invalid="true"`, "not:email-e"}},
		{"organisation", strings.Repeat("x", 201), []string{"longer than 200 characters", `id="organisation-e"`}},
		{"po_number", strings.Repeat("7", 65), []string{"longer than 64 characters", `id="po_number-e"`}},
	} {
		t.Run(mistake.field+" "+mistake.value, func(t *testing.T) {
			t.Parallel()
			v := p.Visit(t)
			v.MustAdd("advisory", shop.Individual)
			form := v.details()
			form.Set(mistake.field, mistake.value)
			page := v.Post("/checkout", form)
			page.Expect(t, http.StatusUnprocessableEntity, append(mistake.texts, "<title>Please check", `role="alert"`, "autofocus", "$38.00")...)
			for field, was := range form {
				if !strings.Contains(page.body, `value="`+was[0]+`"`) {
					t.Errorf("what was typed as %s is lost", field)
				}
			}
		})
	}
	t.Run("no total", func(t *testing.T) {
		t.Parallel()
		v := p.Visit(t)
		v.MustAdd("advisory", shop.Individual)
		form := v.details()
		form.Del("expected_total")
		v.Post("/checkout", form).Expect(t, http.StatusUnprocessableEntity, "We could not read what was sent", "Ana@School.example")
	})
}

func TestTwoPressesMakeOneOrder(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	v.MustAdd("advisory", shop.Individual)
	form := v.details()
	first, second := v.Post("/checkout", form), v.Post("/checkout", form)
	first.Expect(t, http.StatusSeeOther)
	second.Expect(t, http.StatusSeeOther)
	payment := first.header.Get("Location")
	if payment == "" || payment != second.header.Get("Location") {
		t.Errorf("two presses lead to %q and %q", payment, second.header.Get("Location"))
	}
	order := v.MustPay(payment)
	third := v.Post("/checkout", form)
	third.Expect(t, http.StatusSeeOther)
	if to := third.header.Get("Location"); to != order {
		t.Errorf("a press after paying leads to %s, want %s", to, order)
	}
}

func TestAFormThatWasCorrectedAfterwards(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	v.MustAdd("advisory", shop.Individual)
	form := v.details()
	first := v.Post("/checkout", form).header.Get("Location")
	form.Set("email", "other@school.example")
	second := v.Post("/checkout", form)
	second.Expect(t, http.StatusSeeOther)
	if second.header.Get("Location") == first {
		t.Error("the corrected order leads to the old payment page")
	}
	v.Get(v.MustPay(second.header.Get("Location"))).Expect(t, http.StatusOK, "other@school.example")
}

func TestAFreeOrder(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	v.MustAdd("first-plan", shop.Individual)
	v.Get("/checkout").Expect(t, http.StatusOK, "Get my downloads, free", "no card is asked for", "not:Stripe")
	order := v.MustOrder()
	if !strings.HasPrefix(order, "/orders/") {
		t.Fatalf("a free order leads to %s", order)
	}
	v.Get(order).Expect(t, http.StatusOK, "Free of charge", "ready", "first-plan.pdf", "$0.00")
}

func TestAPriceThatChanged(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	v.MustAdd("advisory", shop.Individual)
	form := v.details()
	p.MustImport(t, handbook("advisory", "Advisory Structure", func(product *shop.Product) { product.Variants[0].Price.Amount = 4100 }))

	page := v.Post("/checkout", form)
	page.Expect(t, http.StatusConflict, "Your order now comes to $41.00", "has changed since you looked", `name="expected_total" value="4100"`, "Ana Núñez", "not:$38.00")
	if hidden(t, page, "key") == form.Get("key") {
		t.Error("the key of the old total is used again")
	}
	form.Set("key", hidden(t, page, "key"))
	form.Set("expected_total", "4100")
	v.Get(v.MustPay(v.Post("/checkout", form).header.Get("Location"))).Expect(t, http.StatusOK, "$41.00")
}

func TestStripeDoesNotAnswer(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	v.MustAdd("advisory", shop.Individual)
	form := v.details()
	p.stripe.SetFaults(stripetest.Faults{API: stripetest.APIFault{Kind: stripetest.FaultResetBefore}})
	page := v.Post("/checkout", form)
	page.Expect(t, http.StatusServiceUnavailable,
		"We could not reach Stripe. Nothing was charged. Your cart is kept; try again in a minute.", "Try again, $38.00", "Ana Núñez")
	if hidden(t, page, "key") != form.Get("key") {
		t.Error("trying again would make another order")
	}
	v.Get("/cart").Expect(t, http.StatusOK, "Advisory Structure")

	p.stripe.SetFaults(stripetest.Faults{})
	again := v.Post("/checkout", form)
	again.Expect(t, http.StatusSeeOther)
	v.Get(v.MustPay(again.header.Get("Location"))).Expect(t, http.StatusOK, "Your handbooks are ready")
}

func TestACheckoutCountsAsACartToo(t *testing.T) {
	t.Parallel()
	v := MustOpen(t, func(o *web.Options) { o.Limits.Carts, o.Limits.Checkouts = 3, 2 }).Visit(t)
	v.Get("/cart").Expect(t, http.StatusOK)
	v.Post("/checkout", nil).Expect(t, http.StatusUnprocessableEntity)
	v.Post("/checkout", nil).Expect(t, http.StatusUnprocessableEntity)
	v.Get("/cart").Expect(t, http.StatusTooManyRequests)
}
