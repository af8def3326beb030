package browsertest

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bookroom/web/browsertest/tour"

	chrome "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// The buttons that lead on.
const (
	addToCart    = `form[action="/cart/items"] button`
	placeOrder   = `form[action="/checkout"] button:not([name])`
	downloadFile = `form[action*="/files/"] button`
)

func TestBuying(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]scripts{"with JavaScript": true, "without JavaScript": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := MustBrowse(t, run, patience)
			b.Find("advisory", "advisory-structure", "Advisory Structure")
			b.AddAndCheckOut()
			b.Pay(tour.GoodCard)
			b.Expect("h1", "Your handbooks are ready")
			b.Download()
		})
	}
}

func TestADeclinedCard(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]scripts{"with JavaScript": true, "without JavaScript": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := MustBrowse(t, run, patience)
			b.Find("internship", "learning-in-the-real-world", "Learning in the Real World")
			b.AddAndCheckOut()
			b.Pay(tour.DeclinedCard)
			b.Expect("main", "declined")

			b.Press(`a[href*="/cart/"]`)
			b.Expect("h1", "Your cart")
			b.Expect("main h2", "Learning in the Real World")
			b.Expect("main", "You have not paid yet")
			b.Press(`a[href="/checkout"]`)
			b.Press(placeOrder) // what was typed is there again
			b.Pay(tour.GoodCard)
			b.Expect("h1", "Your handbooks are ready")
			b.Download()
		})
	}
}

func TestThreeDSecure(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]scripts{"with JavaScript": true, "without JavaScript": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := MustBrowse(t, run, patience)
			b.Open("/handbooks/school-culture")
			b.AddAndCheckOut()
			b.Pay(tour.SecureCard)
			b.Expect("h1", "is this you?")
			b.Press(`button[value="complete"]`)
			b.Expect("h1", "Your handbooks are ready")
			b.Download()
		})
	}
}

func TestAFreeHandbookAsksForNoCard(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]scripts{"with JavaScript": true, "without JavaScript": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := MustBrowse(t, run, patience)
			b.Open("/handbooks/" + tour.Free)
			b.AddAndCheckOut()
			b.Expect("h1", "Your handbooks are ready")
			b.Download()
		})
	}
}

func TestMistakesStandBesideTheField(t *testing.T) {
	t.Parallel()
	b := MustBrowse(t, true, patience)
	b.Open("/handbooks/advisory-structure")
	b.Press(addToCart)
	b.Press(`a[href="/checkout"]`)
	b.Type("#email", "not an address")
	b.Type("#name", "Ana Núñez")
	b.Press(placeOrder)
	b.Expect("#email-e", "does not look like an e-mail address")
	if focus := b.eval(`document.activeElement.role`); focus != "alert" {
		t.Errorf("the focus is on %q, not on what is wrong", focus)
	}
	if name := b.eval(`document.getElementById("name").value`); name != "Ana Núñez" {
		t.Errorf("the name became %q", name)
	}
}

// A shop on a plain http address, as in a school's own network: there browsers do not say where a form
// was sent from, and a page without referrer hides it, too.
func TestDownloadingOnAPlainAddress(t *testing.T) {
	t.Parallel()
	b := MustBrowse(t, true, patience/3)
	order := MustOrder(t)
	b.must(order.Pay())
	here, err := url.Parse(house.demo.URL)
	b.must(err)
	b.Open("http://" + tour.Elsewhere + ":" + here.Port() + order.Path())
	b.Download()
}

// Find looks for a title by a word and opens its page.
func (b browser) Find(word, slug, title string) {
	b.tb.Helper()
	b.Open("/")
	b.Press(`main a[href="/handbooks"]`)
	b.Type("#q", word)
	if b.Look.NoScript {
		b.must(b.Follow(chromedp.KeyEvent(kb.Enter)))
	}
	b.Await(`location.search.includes("q=` + word + `") && !document.querySelector(".htmx-request, .htmx-swapping, .htmx-settling")`)
	b.Press(`main a[href="/handbooks/` + slug + `"]`)
	b.Expect("h1", title)
}

// AddAndCheckOut puts the title of the open page into the cart and goes as far as the payment.
func (b browser) AddAndCheckOut() {
	b.tb.Helper()
	b.Press(addToCart)
	b.Expect("main [role=status]", "is in your cart")
	b.Press(`a[href="/checkout"]`)
	b.FillIn()
}

// FillIn fills in the checkout form and sends it.
func (b browser) FillIn() {
	b.tb.Helper()
	b.Type("#email", "ana@school.example")
	b.Type("#name", "Ana Núñez")
	b.Type("#organisation", "The Met")
	b.Press(placeOrder)
}

// Pay fills in the payment page and sends it.
func (b browser) Pay(card string) {
	b.tb.Helper()
	b.Type("#card", card)
	b.Type("#exp", "12/34")
	b.Type("#cvc", "123")
	b.Press("form button[type=submit]")
}

// Download presses the first download button of the order's page.
func (b browser) Download() {
	b.tb.Helper()
	b.DownloadBy(chromedp.Click(chromedp.CSS(downloadFile)))
}

// DownloadBy does what begins a download, and holds the bytes against the first SHA-256 that the page gives.
func (b browser) DownloadBy(press chromedp.Action[chromedp.Void]) {
	b.tb.Helper()
	hash := strings.ToLower(b.eval(`[...document.querySelectorAll("main *")].find(e => /^[0-9a-f]{64}$/i.test(e.textContent.trim())).textContent.trim()`))
	file, err := os.ReadFile(b.save(press))
	b.must(err)
	if sum := sha256.Sum256(file); hex.EncodeToString(sum[:]) != hash {
		b.tb.Errorf("the download's SHA-256 is %x, the page says %s", sum, hash)
	}
	if !strings.HasPrefix(string(file), "%PDF-") {
		b.tb.Errorf("the download is no PDF: %.20q", file)
	}
}

// save does what begins a download and returns where the file is until the test ends.
func (b browser) save(press chromedp.Action[chromedp.Void]) string {
	b.tb.Helper()
	dir := b.tb.TempDir()
	events := true
	_, err := chromedp.Call(b.Ctx, chrome.SetDownloadBehavior, chrome.SetDownloadBehaviorParams{
		Behavior: chrome.SetDownloadBehaviorBehaviorAllowAndName, DownloadPath: dir, EventsEnabled: &events,
		BrowserContextID: chromedp.FromContext(b.Ctx).BrowserContextID,
	})
	b.must(err)
	over := func(e chrome.EventDownloadProgress) bool { return e.State != chrome.DownloadProgressStateInProgress }
	done, err := chromedp.Run(b.Ctx, chromedp.WaitEvent(chrome.DownloadProgress, over, press))
	b.must(err)
	if done.State != chrome.DownloadProgressStateCompleted {
		b.tb.Fatalf("the download ended as %s", done.State)
	}
	return filepath.Join(dir, done.GUID)
}
