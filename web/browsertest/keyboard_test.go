package browsertest

import (
	"testing"

	"bookroom/web/browsertest/tour"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// The way from the home page to the file with nothing but the keyboard, in each language; the focus can be
// seen at every step.
func TestBuyingWithTheKeyboard(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		run      scripts
		language string
	}{
		"in English":                     {true, "en"},
		"in Spanish":                     {true, "es"},
		"in English, without JavaScript": {false, "en"},
		"in Spanish, without JavaScript": {false, "es"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := MustLook(t, tour.Look{NoScript: !bool(c.run), Language: "en"}, 2*patience)
			b.Open("/")
			if c.language != "en" {
				b.TabTo(`a[hreflang="` + c.language + `"]:not(link)`)
				b.Enter()
			}
			b.BuyWithTheKeyboard(c.language)
		})
	}
}

// BuyWithTheKeyboard starts on the home page.
func (b browser) BuyWithTheKeyboard(language string) {
	b.tb.Helper()
	b.TabTo(`main a[href="/handbooks"]`)
	b.Enter()
	b.TabTo(`main a[href="/handbooks/` + tour.Handbook + `"]`)
	b.Enter()
	b.TabTo(`form[action="/cart/items"] input[name=variant]`)
	b.expectButton("$38")
	b.do(chromedp.KeyEvent(kb.ArrowDown))
	b.expectButton("$190")
	b.TabTo(addToCart)
	b.Enter()
	b.Expect("main", "Advisory Structure")
	b.TabTo(`a[href="/checkout"]`)
	b.Enter()
	b.TabTo("#email")
	b.do(chromedp.KeyEvent("ana@school.example"))
	b.TabTo("#name")
	b.do(chromedp.KeyEvent("Ana"))
	b.TabTo(placeOrder)
	if lang := b.eval("document.documentElement.lang"); lang != language {
		b.tb.Errorf("the checkout is in %q, not in %q", lang, language)
	}
	b.Enter()
	b.Expect("h1", "$190.00")
	b.PayWithTheKeyboard()
	b.do(chromedp.WaitVisible(chromedp.CSS("#order[data-state=paid]")))
	if lang := b.eval("document.documentElement.lang"); lang != language {
		b.tb.Errorf("the order is in %q, not in %q", lang, language)
	}
	b.TabTo(downloadFile)
	b.DownloadBy(chromedp.KeyEvent(kb.Enter))
}

// expectButton holds what the button says that puts the chosen licence into the cart.
func (b browser) expectButton(price string) {
	b.tb.Helper()
	b.Await("document.querySelector(`" + addToCart + "`).innerText.includes('" + price + "')")
}

// PayWithTheKeyboard fills in the payment page.
func (b browser) PayWithTheKeyboard() {
	b.tb.Helper()
	for _, field := range []struct{ id, value string }{{"#card", tour.GoodCard}, {"#exp", "12/34"}, {"#cvc", "123"}} {
		b.TabTo(field.id)
		b.do(chromedp.KeyEvent(field.value))
	}
	b.Enter()
}

// Tab goes to the next thing that can be reached, and holds that the focus can be seen there.
func (b browser) Tab() {
	b.tb.Helper()
	b.do(chromedp.KeyEvent(kb.Tab))
	if b.eval(`[document.activeElement, document.activeElement.closest("label")].some(e => e && (getComputedStyle(e).outlineStyle !== "none" || getComputedStyle(e).boxShadow !== "none")) + ""`) != "true" {
		b.tb.Errorf("the focus cannot be seen on %s", b.eval(`document.activeElement.outerHTML.slice(0, 100)`))
	}
}

// TabTo goes on until an element is reached.
func (b browser) TabTo(selector string) {
	b.tb.Helper()
	const farthest = 200
	for range farthest {
		if b.eval("document.activeElement.matches(`"+selector+"`) + ''") == "true" {
			return
		}
		b.Tab()
	}
	b.tb.Fatalf("%s cannot be reached on %s", selector, b.Path())
}

// Enter presses what has the focus, which leads to another page.
func (b browser) Enter() {
	b.tb.Helper()
	b.must(b.Follow(chromedp.KeyEvent(kb.Enter)))
}
