package browsertest

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// The way from the home page to the payment page with nothing but the keyboard; the focus can be seen at
// every step.
func TestBuyingWithTheKeyboard(t *testing.T) {
	t.Parallel()
	b := MustBrowse(t, true, patience)
	b.Open("/")
	b.Tab()
	if focus := b.eval(`document.activeElement.textContent`); focus != "Skip to the content" {
		t.Errorf("the first thing to reach is %q", focus)
	}
	b.do(chromedp.KeyEvent(kb.Enter))
	b.Tab()
	if b.eval(`document.activeElement.closest("main") ? "in" : "out"`) != "in" {
		t.Error("the skip link does not lead into the page")
	}
	b.TabTo(`.hero a.button`)
	b.Enter()
	b.TabTo(`.book a[href="/handbooks/advisory-structure"]`)
	b.Enter()
	b.TabTo(`.buy input`)
	if label := b.eval(`document.querySelector(".buy button").innerText`); label != "Add to cart, $38" {
		t.Errorf("the button says %q", label)
	}
	b.do(chromedp.KeyEvent(kb.ArrowDown))
	if label := b.eval(`document.querySelector(".buy button").innerText`); label != "Add to cart, $190" {
		t.Errorf("the button for a school says %q", label)
	}
	b.TabTo(`.buy button`)
	b.Enter()
	b.Expect(".line", "School licence")
	b.TabTo(`a[href="/checkout"]`)
	b.Enter()
	b.TabTo(`#email`)
	b.do(chromedp.KeyEvent("ana@school.example"))
	b.TabTo(`#name`)
	b.do(chromedp.KeyEvent("Ana"))
	b.TabTo(`main form button`)
	b.Enter()
	b.Expect("h1", "Pay $190.00")
}

// Tab goes to the next thing that can be reached, and holds that the focus can be seen there.
func (b browser) Tab() {
	b.tb.Helper()
	b.do(chromedp.KeyEvent(kb.Tab))
	if style := b.eval(`getComputedStyle(document.activeElement).outlineStyle`); style == "none" {
		b.tb.Errorf("the focus cannot be seen on %s", b.eval(`document.activeElement.outerHTML.slice(0, 100)`))
	}
}

// TabTo goes on until an element is reached.
func (b browser) TabTo(selector string) {
	b.tb.Helper()
	const farthest = 100
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
	_, err := chromedp.RunResponse(b.ctx, chromedp.KeyEvent(kb.Enter))
	b.must(err)
}

// On a phone everything that is pressed is large enough for a thumb.
func TestTargetsOnAPhone(t *testing.T) {
	t.Parallel()
	b := MustBrowse(t, true, lookTime)
	b.do(chromedp.EmulateViewport(390, 900))
	for _, place := range places {
		place.open(b)
		small := b.eval(`[...document.querySelectorAll("a, button, input:not([type=hidden]), select, summary")].filter(e => {
			if (e.closest("p:not(.row), dd, li:not(.book):not(:has(.button)) > a:only-child:not(.check)") && getComputedStyle(e).display === "inline") return false; // within a sentence
			const label = e.closest("label") ?? e;
			const box = label.getBoundingClientRect();
			const cover = getComputedStyle(e, "::after").position === "absolute";
			return box.width > 1 && e.checkVisibility() && box.height < 44 && !cover;
		}).map(e => e.outerHTML.slice(0, 80) + " " + e.getBoundingClientRect().height).join("\n")`)
		if small != "" {
			t.Errorf("%s: %s", place.name, strings.TrimSpace(small))
		}
	}
}
