package browsertest

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// What the pages are asked does find what it is to find.
func TestTheQuestionsFindFaults(t *testing.T) {
	t.Parallel()
	b := MustBrowse(t, true, patience)
	b.must(b.Resize(phone))
	for _, c := range []struct{ question, fault, found string }{
		{`order("en")`, `<h1>Another</h1>`, "2 headings of the first level"},
		{`order("es")`, ``, "in “en”"},
		{`order("en")`, `<h2>Two</h2><h4>Four</h4>`, "a level is left out"},
		{`order("en")`, `<img src="/assets/none">`, "no text says what is in"},
		{`order("en")`, `<svg width="9" height="9"></svg>`, "neither named nor hidden"},
		{`order("en")`, `<input name="nothing">`, "a field has no label"},
		{`stillness()`, `<style>@keyframes a { to { opacity: 0 } } #x { animation: a 9s infinite }</style><p id="x">x</p>`, "the animation a runs"},
		{`focus()`, `<style>#x:focus { outline: none }</style><button id="x">x</button>`, "the focus cannot be seen"},
		{`targets()`, `<style>#x { height: 30px }</style><button id="x">x</button>`, "a thumb cannot hit"},
		{`width()`, `<style>#x { width: 900px }</style><p id="x">x</p>`, "pixels wide on 390"},
		{`cuts()`, `<style>#x { height: 9px; overflow: hidden }</style><p id="x">x<br>y</p>`, "text is cut off"},
		{`ground("dark")`, `<style>body { background: #fff }</style>`, "“dark” was asked for"},
	} {
		b.Open("/help")
		b.prepare()
		fault, err := json.Marshal(c.fault)
		b.must(err)
		b.do(chromedp.KeyEvent(kb.Tab))
		b.eval(`{
			const rules = new CSSStyleSheet();
			const part = new DOMParser().parseFromString(` + string(fault) + `, "text/html");
			rules.replaceSync([...part.querySelectorAll("style")].map((e) => e.textContent).join(""));
			document.adoptedStyleSheets = [rules];
			document.querySelector("main").append(...part.body.children);
			""
		}`)
		if said := strings.Join(b.ask(c.question), "\n"); !strings.Contains(said, c.found) {
			t.Errorf("%s says %q of %s", c.question, said, c.fault)
		}
	}
}
