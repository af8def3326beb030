package browsertest

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"bookroom/web/browsertest/tour"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// lookTime is how long one browser may take to look at all pages.
const lookTime = 10 * time.Minute

// phone is as wide as a phone is, in pixels.
const phone = 390

//go:embed look.js
var look string

// The rules of axe that colours can break; all others see the same in light and dark.
const colourRules = `["color-contrast", "link-in-text-block"]`

// Every page in every state can be used by everybody: on a phone and on a desk, light and dark, in both
// languages.
func TestEveryPageIsForEverybody(t *testing.T) {
	t.Parallel()
	axe, err := os.ReadFile("../testdata/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, width := range []int64{phone, 1280} {
		for _, language := range []string{"en", "es"} {
			t.Run(fmt.Sprint(width, " ", language), func(t *testing.T) {
				t.Parallel()
				b := MustLook(t, tour.Look{Width: width, Scheme: "light", Language: language, Still: true}, lookTime)
				for _, page := range tour.Pages() {
					if b.visit(page) {
						b.eval(string(axe))
						b.checkLight(page.Name)
						b.checkDark(page.Name)
						b.checkSizes(page.Name)
					}
				}
			})
		}
	}
}

// visit reports whether there is something to look at.
func (b browser) visit(page tour.Page) bool {
	b.tb.Helper()
	err := b.Visit(page)
	if err != nil && !errors.Is(err, tour.ErrAbsent) {
		b.tb.Error(err)
	}
	if err != nil {
		return false
	}
	b.prepare()
	return true
}

// prepare puts the questions into the page.
func (b browser) prepare() {
	b.tb.Helper()
	b.eval("window.look = (() => {" + look + "; return look})(), ''")
}

func (b browser) checkLight(name string) {
	b.tb.Helper()
	b.checkSkipLink(name)
	b.hold(name, fmt.Sprintf("order(%q)", b.Look.Language), "stillness()", "focus()", "ground('light')", "axe()")
	if b.Look.Width <= phone {
		b.hold(name, "targets()")
	}
}

// checkSkipLink follows the first link of a page, unless the page begins elsewhere with something to say.
func (b browser) checkSkipLink(name string) {
	b.tb.Helper()
	begins := b.eval(`document.activeElement.tagName + location.hash`) == "BODY"
	b.do(chromedp.KeyEvent(kb.Tab)) // from now on the browser shows where the focus is
	if !begins {
		return
	}
	if to := b.eval(`document.activeElement.getAttribute("href")`); to != "#main" {
		b.tb.Errorf("%s: the first thing to reach is no skip link: %s", name, b.eval(`document.activeElement.outerHTML.slice(0, 100)`))
		return
	}
	b.do(chromedp.KeyEvent(kb.Enter), chromedp.KeyEvent(kb.Tab))
	if b.eval(`document.activeElement.closest("header") ? "in" : "out"`) == "in" {
		b.tb.Errorf("%s: the skip link does not lead over the header", name)
	}
}

func (b browser) checkDark(name string) {
	b.tb.Helper()
	b.must(b.Recolour("dark"))
	b.hold(name+", dark", "ground('dark')", "axe("+colourRules+")")
	b.must(b.Recolour("light"))
}

// checkSizes looks at the page with letters of twice the size, and on the narrowest screen, which is
// what 1280 pixels are at four times the size.
func (b browser) checkSizes(name string) {
	b.tb.Helper()
	b.hold(name, "width()", "cuts()")
	b.eval("look.grow('200%'), ''")
	b.hold(name+", letters doubled", "cuts()")
	if b.Look.Width > phone {
		b.hold(name+", letters doubled", "width()")
	}
	b.eval("look.grow(''), ''")
	if b.Look.Width > phone {
		return
	}
	b.must(b.Resize(320))
	b.hold(name+" at 320 pixels", "width()", "cuts()")
	b.must(b.Resize(b.Look.Width))
}

// hold asks the page several things at once and says what is wrong.
func (b browser) hold(name string, questions ...string) {
	b.tb.Helper()
	for _, wrong := range b.ask(questions...) {
		b.tb.Errorf("%s: %s", name, wrong)
	}
}

// ask returns what is wrong with the page.
func (b browser) ask(questions ...string) (wrong []string) {
	b.tb.Helper()
	asked := make([]string, len(questions))
	for i, question := range questions {
		asked[i] = "await look." + question
	}
	b.must(json.Unmarshal([]byte(b.eval("(async () => JSON.stringify([].concat("+strings.Join(asked, ", ")+")))()")), &wrong))
	return wrong
}

// Nothing on a page is loaded from anywhere but the shop, and nothing breaks its policy.
func TestPagesLoadNothingFromElsewhere(t *testing.T) {
	t.Parallel()
	b := MustBrowse(t, true, lookTime)
	for _, page := range tour.Pages() {
		if !b.visit(page) {
			continue
		}
		loaded := b.eval(`performance.getEntriesByType("resource").map(e => e.name).join(" ")`)
		for _, address := range strings.Fields(loaded) {
			if !strings.HasPrefix(address, house.demo.URL+"/") {
				t.Errorf("%s loads %s", page.Name, address)
			}
		}
		// The fallbacks are fonts of the machine, which may have none of them.
		if fonts := b.eval(`document.fonts.ready.then(f => [...f].filter(x => x.status === "error" && !x.family.includes("Fallback")).length + "")`); fonts != "0" {
			t.Errorf("%s: %s fonts were not loaded", page.Name, fonts)
		}
	}
}
