package browsertest

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// lookTime is how long one browser may take to look at all its pages.
const lookTime = 5 * time.Minute

// places are all pages, each with what is done to get there.
var places = []struct {
	name string
	open func(b browser)
}{
	{"home", func(b browser) { b.Open("/") }},
	{"catalog", func(b browser) { b.Open("/handbooks") }},
	{"search with a typing mistake", func(b browser) { b.Open("/handbooks?q=advisry") }},
	{"inside the handbooks", func(b browser) { b.Open("/handbooks/inside?q=advisor") }},
	{"filtered catalog", func(b browser) { b.Open("/handbooks?q=student&goal=communication&sort=title") }},
	{"catalog with its filters open", func(b browser) {
		b.Open("/handbooks")
		b.eval(`document.getElementById("facets").showPopover()`)
	}},
	{"nothing found", func(b browser) { b.Open("/handbooks?q=zzz") }},
	{"nothing that fits", func(b browser) { b.Open("/handbooks?distinguisher=organization&price=free") }},
	{"handbook", func(b browser) { b.Open("/handbooks/advisory-structure") }},
	{"bundle", func(b browser) { b.Open("/handbooks/the-starter-set") }},
	{"empty cart", func(b browser) { b.Open("/cart") }},
	{"cart", func(b browser) {
		b.Open("/handbooks/advisory-structure")
		b.Press(".buy button")
	}},
	{"checkout", func(b browser) { b.Open("/checkout") }},
	{"checkout with mistakes", func(b browser) { b.Press("main form button") }},
	{"handbook at a price one can raise", func(b browser) { b.Open("/handbooks/school-culture") }},
	{"handbook for less than its price", func(b browser) {
		b.Type(`input[name^="amount-"]`, "x")
		b.Press(".buy button")
	}},
	{"cart with support and a donation", func(b browser) {
		b.eval(`document.querySelector('input[name^="amount-"]').value = "36"`)
		b.Press(".buy button")
		b.Press(`.presets button`)
	}},
	{"checkout of gifts with a mistyped address", func(b browser) {
		b.Open("/checkout")
		b.Type("#email", "ana@gmial.com")
		b.Type("#name", "Ana Núñez")
		b.Press("main form .button")
	}},
	{"cart after a payment page that was left", func(b browser) {
		b.Press(`main form .button:not([name])`)
		b.Press(`a[href*="/cart/"]`)
		b.Open("/cart")
	}},
	{"order that waits", func(b browser) { b.Open(MustOrder(b.tb).path()) }},
	{"order whose bank payment is under way", func(b browser) {
		o := MustOrder(b.tb)
		o.MustDebit(b.tb)
		b.Open(o.path())
	}},
	{"paid order", func(b browser) {
		o := MustOrder(b.tb)
		o.MustPay(b.tb)
		b.Open(o.path())
	}},
	{"library asks", func(b browser) { b.Open("/library") }},
	{"library with a mistake", func(b browser) {
		b.Type("#email", "ana")
		b.Press("main form button")
	}},
	{"library answers", func(b browser) { b.AskForLibrary("nobody@school.example") }},
	{"library link", func(b browser) { b.Open(b.MustLibraryLink(MustOwner(b.tb))) }},
	{"library", func(b browser) { b.Press("main form button") }},
	{"library link used before", func(b browser) { b.Open("/library/enter/nothing") }},
	{"about", func(b browser) { b.Open("/about") }},
	{"help", func(b browser) { b.Open("/help") }},
	{"terms", func(b browser) { b.Open("/terms") }},
	{"privacy", func(b browser) { b.Open("/privacy") }},
	{"nothing here", func(b browser) { b.Open("/nowhere") }},
}

// Every page is free of what axe finds, and is as wide as the screen, on a phone and on a desk, light
// and dark, in each language.
func TestEveryPageIsAccessible(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile("../testdata/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, screen := range []struct {
		width    int64
		scheme   string
		language string
	}{{390, "light", "en"}, {390, "dark", "es"}, {1280, "light", "es"}, {1280, "dark", "en"}} {
		t.Run(fmt.Sprint(screen.width, " ", screen.scheme, " ", screen.language), func(t *testing.T) {
			t.Parallel()
			b := MustBrowse(t, true, lookTime)
			b.do(chromedp.EmulateViewport(screen.width, 900))
			_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: screen.scheme}},
			})
			b.must(err)
			b.Speak(screen.language)
			for _, place := range places {
				place.open(b)
				b.checkAxe(place.name, string(axe))
				b.checkWidth(place.name)
			}
		})
	}
}

// A page can be read at 320 pixels, which is what 1280 are at four times the size.
func TestEveryPageReflows(t *testing.T) {
	t.Parallel()
	b := MustBrowse(t, true, lookTime)
	b.do(chromedp.EmulateViewport(320, 640))
	for _, language := range []string{"en", "es"} {
		b.Speak(language)
		for _, place := range places {
			place.open(b)
			b.checkWidth(place.name + " in " + language)
		}
	}
}

// Speak chooses the language of the pages that follow.
func (b browser) Speak(language string) {
	b.tb.Helper()
	b.Open("/terms?lang=" + language)
}

func (b browser) checkAxe(name, axe string) {
	b.tb.Helper()
	found, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](axe+`;
		axe.run().then(r => r.violations.map(v => v.id + ": " + v.nodes.map(n => n.target + " " + n.failureSummary).join("; ")).join("\n")
			|| (r.passes.length ? "" : "axe looked at nothing"))`, chromedp.EvalAwaitPromise))
	b.must(err)
	if found != "" {
		b.tb.Errorf("%s: %s", name, found)
	}
}

func (b browser) checkWidth(name string) {
	b.tb.Helper()
	if wide := b.eval(`(e => e.scrollWidth > e.clientWidth ? "page of " + e.scrollWidth + " on " + e.clientWidth + " pixels" : "")(document.documentElement)`); wide != "" {
		b.tb.Errorf("%s: %s", name, wide)
	}
}

// Nothing on a page is loaded from anywhere but the shop, and nothing breaks its policy.
func TestPagesLoadNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	b := MustBrowse(t, true, lookTime)
	for _, place := range places {
		place.open(b)
		loaded := b.eval(`performance.getEntriesByType("resource").map(e => e.name).join(" ")`)
		for _, address := range strings.Fields(loaded) {
			if !strings.HasPrefix(address, house.url+"/") {
				t.Errorf("%s loads %s", place.name, address)
			}
		}
		// The fallbacks are fonts of the machine, which may have none of them.
		if fonts := b.eval(`document.fonts.ready.then(f => [...f].filter(x => x.status === "error" && !x.family.includes("Fallback")).length + "")`); fonts != "0" {
			t.Errorf("%s: %s fonts were not loaded", place.name, fonts)
		}
	}
}
