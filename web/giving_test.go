package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"bookroom/shop"
)

// openPrices is a handbook at 10 dollars that suggests 20, and a free one that suggests 5.
func openPrices() []shop.CatalogEntry {
	money := func(amount int64) shop.Money { return shop.Money{Amount: amount, Currency: "usd"} }
	return []shop.CatalogEntry{
		handbook("pay-more", "Pay What Helps", func(p *shop.Product) {
			p.Variants[0].Price, p.Variants[0].Suggested = money(1000), money(2000)
		}),
		handbook("free-or-more", "Free or More", func(p *shop.Product) {
			p.Variants = p.Variants[:1]
			p.Variants[0].Price, p.Variants[0].Suggested = money(0), money(500)
		}),
	}
}

// MustGive puts a licence into the cart for an amount, by the form of its page.
func (v *visitor) MustGive(slug, amount string) (variant string) {
	v.tb.Helper()
	page := v.Get("/handbooks/" + slug)
	variant = find(v.tb, page.body, `name="amount-([^"]+)"`)
	v.Post("/cart/items", url.Values{"product": {hidden(v.tb, page, "product")}, "variant": {variant}, "amount-" + variant: {amount}}).
		Expect(v.tb, http.StatusSeeOther)
	return variant
}

func TestPayingMoreThanThePrice(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	p.MustImport(t, openPrices()...)
	v := p.Visit(t)
	v.Get("/handbooks/pay-more").Expect(t, http.StatusOK, "You pay", "At least $10; $20 is suggested", `value="10.00"`)
	v.Get("/handbooks/advisory").Expect(t, http.StatusOK, "not:You pay", "not:suggested")

	variant := v.MustGive("pay-more", "$20")
	v.Get("/cart").Expect(t, http.StatusOK, `name="amount"`, `value="20.00"`, "$20.00 each, of which $10.00 support", "Support for Big Picture Learning")
	v.Post("/cart/items/"+variant, url.Values{"quantity": {"2"}, "amount": {"12,50"}}).Expect(t, http.StatusSeeOther)
	v.Get("/cart").Expect(t, http.StatusOK, `<span class="price">$25.00</span>`, "$12.50 each, of which $2.50 support")
	v.Get("/checkout").Expect(t, http.StatusOK, "<dd>$20.00</dd>", "Support for Big Picture Learning</dt><dd>$5.00</dd>", "Go to payment, $25.00", `value="2500"`)

	order := v.MustPay(v.MustOrder())
	v.Get(order).Expect(t, http.StatusOK, "Your handbooks are ready", "<dd>$20.00</dd>", "Support for Big Picture Learning</dt><dd>$5.00</dd>", "$25.00")
}

func TestAnAmountThatCannotBe(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	p.MustImport(t, openPrices()...)
	v := p.Visit(t)
	page := v.Get("/handbooks/pay-more")
	variant := find(t, page.body, `name="amount-([^"]+)"`)
	for amount, sentence := range map[string]string{
		"9.99": "This licence costs at least $10.00.", "much": "Type an amount as a number", "99999": "at most $10,000.00",
		"99999999999999999999": "at most $10,000.00", "-5": "costs at least $10.00",
	} {
		v.Post("/cart/items", url.Values{"product": {"pay-more"}, "variant": {variant}, "amount-" + variant: {amount}}).
			Expect(t, http.StatusUnprocessableEntity, "<h1>Pay What Helps", sentence, `value="`+amount+`"`, `aria-invalid="true" autofocus`, `id="e-`+variant)
	}
	v.Get("/cart").Expect(t, http.StatusOK, "Your shopping cart is empty")

	v.MustGive("pay-more", "15")
	for amount, sentence := range map[string]string{"9": "costs at least $10.00", "x": "Type an amount as a number"} {
		v.Post("/cart/items/"+variant, url.Values{"quantity": {"3"}, "amount": {amount}}).
			Expect(t, http.StatusUnprocessableEntity, sentence, `value="`+amount+`"`, `value="3"`, `aria-describedby="e-`+variant+` h-`+variant+`" aria-invalid="true"`)
	}
	v.Get("/cart").Expect(t, http.StatusOK, `value="15.00"`, `value="1"`)
	fixed := v.MustAdd("advisory", shop.Individual)
	v.Post("/cart/items/"+fixed, url.Values{"quantity": {"1"}, "amount": {"50"}}).Expect(t, http.StatusUnprocessableEntity, "has a fixed price")
	v.Post("/cart/items/nothing", url.Values{"quantity": {"1"}, "amount": {"50"}}).Expect(t, http.StatusNotFound, "This title is not on sale")
	v.Post("/cart/items", url.Values{"product": {"nothing"}, "variant": {variant}, "amount-" + variant: {"20"}}).Expect(t, http.StatusNotFound)
}

func TestADonation(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	v.Post("/cart/donation", url.Values{"amount": {"5"}}).Expect(t, http.StatusUnprocessableEntity, "A donation goes with a title", "Your shopping cart is empty")
	variant := v.MustAdd("advisory", shop.Individual)
	cart := v.Get("/cart")
	cart.Expect(t, http.StatusOK, "Add a donation?", `name="amount" value="5.00"`, `name="amount" value="25.00"`, "Another amount")

	for amount, sentence := range map[string]string{"0.50": "at least $1.00", "0": "at least $1.00", "-5": "at least $1.00", "20000": "at most $10,000.00", "99999999999999999999": "at most $10,000.00", "some": "Type an amount as a number"} {
		v.Post("/cart/donation", url.Values{"amount": {amount}}).Expect(t, http.StatusUnprocessableEntity, sentence, `value="`+amount+`" aria-invalid="true"`)
	}
	v.Post("/cart/donation", url.Values{"amount": {"10.00"}}).Expect(t, http.StatusSeeOther)
	v.Get("/cart").Expect(t, http.StatusOK, "Your donation", "Remove the donation", "Donation to Big Picture Learning</dt><dd>$10.00</dd>", `<span class="price">$48.00</span>`, `<span class="tally">1<`)
	v.Post("/cart/donation/remove", nil).Expect(t, http.StatusSeeOther)
	v.Get("/cart").Expect(t, http.StatusOK, "Add a donation?", "not:$48.00")

	v.Post("/cart/donation", url.Values{"amount": {"12.50"}}).Expect(t, http.StatusSeeOther)
	v.Get("/checkout").Expect(t, http.StatusOK, "Donation to Big Picture Learning</dt><dd>$12.50</dd>", "Go to payment, $50.50")
	v.Get(v.MustPay(v.MustOrder())).Expect(t, http.StatusOK, "Your handbooks are ready", "Donation to Big Picture Learning</dt><dd>$12.50</dd>", "$50.50")

	v.Post("/cart/items", url.Values{"variant": {variant}}).Expect(t, http.StatusSeeOther)
	v.Get("/cart").Expect(t, http.StatusOK, "Add a donation?")
	v.Post("/cart/donation", url.Values{"amount": {"5"}}).Expect(t, http.StatusSeeOther)
	v.Post("/cart/items/"+variant+"/remove", nil).Expect(t, http.StatusSeeOther)
	v.MustAdd("advisory", shop.Individual)
	v.Get("/cart").Expect(t, http.StatusOK, "Add a donation?") // it went with the last title
}

// A gift can be given with a free title; the title stays when the gift goes back.
func TestAGiftWithAFreeTitle(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	p.MustImport(t, openPrices()...)
	v := p.Visit(t)
	v.MustGive("free-or-more", "0")
	v.Get("/checkout").Expect(t, http.StatusOK, "Get my downloads, free")
	v.Post("/cart/donation", url.Values{"amount": {"25"}}).Expect(t, http.StatusSeeOther)
	payment := v.MustOrder()
	if !strings.Contains(payment, "/c/pay/") {
		t.Fatalf("a free title with a donation leads to %s", payment)
	}
	order := v.MustPay(payment)
	v.Get(order).Expect(t, http.StatusOK, "Your handbooks are ready", "Donation to Big Picture Learning</dt><dd>$25.00</dd>", "free-or-more.pdf")

	p.MustRefund(t, 2500)
	v.Get(order).Expect(t, http.StatusOK, "your handbooks stay yours", "Download", "not:Not yours any more")
}

func TestADonationThatGoesBackTakesNoTitle(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	v.MustAdd("advisory", shop.Individual)
	v.Post("/cart/donation", url.Values{"amount": {"25"}}).Expect(t, http.StatusSeeOther)
	order := v.MustPay(v.MustOrder())
	p.MustRefund(t, 2500)
	v.Get(order).Expect(t, http.StatusOK, "Part of this order was refunded", "Download", "not:Not yours any more")
	p.MustRefund(t, 3800)
	v.Get(order).Expect(t, http.StatusOK, "This order was refunded", "Not yours any more", "not:Download<")
}

func TestACartIsCopiedWithItsGiftsButNotTheDonation(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	p.MustImport(t, openPrices()...)
	first, second := p.Visit(t), p.Visit(t)
	first.MustGive("pay-more", "17")
	first.Post("/cart/donation", url.Values{"amount": {"5"}}).Expect(t, http.StatusSeeOther)
	link := find(t, first.Get("/cart").body, `readonly value="([^"]+)"`)
	second.Post(strings.TrimPrefix(link, p.url), nil).Expect(t, http.StatusSeeOther)
	second.Get("/cart").Expect(t, http.StatusOK, `value="17.00"`, "Add a donation?", "$17.00", "not:$22.00", "not:The price has changed")
	open := openPrices()
	open[0].Product.Variants[0].Price.Amount = 500
	p.MustImport(t, open...)
	third := p.Visit(t)
	third.Post(strings.TrimPrefix(link, p.url), nil).Expect(t, http.StatusSeeOther)
	third.Get("/cart").Expect(t, http.StatusOK, "The price has changed since you put this in: it was $10, now it is $5.")
}

// The field of a licence whose buyers may pay more holds the price: leaving it as it is chooses nothing.
func TestASecondLicenceLeavesTheGiftOnTheFirst(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	p.MustImport(t, openPrices()...)
	v := p.Visit(t)
	variant := v.MustGive("pay-more", "17")
	v.Get("/cart?added="+variant).Expect(t, http.StatusOK, "is in your cart", "not:What you chose to pay")
	v.MustGive("pay-more", "10.00")
	v.Get("/cart?added="+variant).Expect(t, http.StatusOK, `value="2"`, `value="17.00"`, "$34.00", "What you chose to pay for each holds for all 2 licences.")
	v.MustGive("pay-more", "12")
	v.Get("/cart?added="+variant).Expect(t, http.StatusOK, `value="3"`, `value="12.00"`, "$36.00", "holds for all 3 licences.")
	v.Get("/cart?added="+variant, "Accept-Language", "es").Expect(t, http.StatusOK, "vale para las 3 licencias")
}

// A page that was open while the price changed sends the price of that time, which is nobody's choice.
func TestAnOldPriceIsNoGift(t *testing.T) {
	t.Parallel()
	for name, price := range map[string]int64{"cut": 500, "raised": 1500} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := MustOpen(t)
			p.MustImport(t, openPrices()...)
			v := p.Visit(t)
			variant := v.MustGive("pay-more", "10")
			v.Get("/handbooks/pay-more").Expect(t, http.StatusOK, `name="price-`+variant+`" value="10.00"`)
			v.Get("/cart").Expect(t, http.StatusOK, `name="price" value="10.00"`)
			open := openPrices()
			open[0].Product.Variants[0].Price.Amount = price
			p.MustImport(t, open...)
			total := shop.Money{Amount: 2 * price, Currency: "usd"}.String()

			v.Post("/cart/items/"+variant, url.Values{"quantity": {"1"}, "amount": {"10.00"}, "price": {"10.00"}}).Expect(t, http.StatusSeeOther)
			v.Get("/cart").Expect(t, http.StatusOK, "not:Support for Big Picture Learning")
			v.Post("/cart/items", url.Values{"product": {"pay-more"}, "variant": {variant}, "amount-" + variant: {"10.00"}, "price-" + variant: {"10.00"}}).
				Expect(t, http.StatusSeeOther)
			v.Get("/cart").Expect(t, http.StatusOK, total, "not:Support for Big Picture Learning")
		})
	}
}
