package browsertest

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	chrome "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
)

// The simulator's cards, which are Stripe's own test cards.
const (
	goodCard     = "4242424242424242"
	declinedCard = "4000000000000002"
	secureCard   = "4000000000003220" // asks for 3-D Secure
)

func TestBuying(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]scripts{"with JavaScript": true, "without JavaScript": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := MustBrowse(t, run, patience)
			b.Find("advisory", "Advisory Structure")
			b.AddAndCheckOut()
			b.Pay(goodCard)
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
			b.Find("real world", "Learning in the Real World")
			b.AddAndCheckOut()
			b.Pay(declinedCard)
			b.Expect("main", "declined")

			b.Press(`a[href*="/cart/"]`)
			b.Expect("h1", "Your cart")
			b.Expect(".line h2", "Learning in the Real World")
			b.Expect(".note", "You have not paid yet")
			b.Press(`a[href="/checkout"]`)
			b.Press("form .button") // what was typed is there again
			b.Pay(goodCard)
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
			b.Pay(secureCard)
			b.Expect("h1", "is this you?")
			b.Press(`button[value="complete"]`)
			b.Expect("h1", "Your handbooks are ready")
			b.Download()
		})
	}
}

func TestAFreeHandbookAsksForNoCard(t *testing.T) {
	t.Parallel()
	b := MustBrowse(t, true, patience)
	b.Open("/handbooks/a-first-learning-plan")
	b.AddAndCheckOut()
	b.Expect("h1", "Your handbooks are ready")
	b.Download()
}

func TestMistakesStandBesideTheField(t *testing.T) {
	t.Parallel()
	b := MustBrowse(t, true, patience)
	b.Open("/handbooks/advisory-structure")
	b.Press(".buy button")
	b.Press(`a[href="/checkout"]`)
	b.Type("#email", "not an address")
	b.Type("#name", "Ana Núñez")
	b.Press("main form button")
	b.Expect("#email-e", "does not look like an e-mail address")
	if focus := b.eval(`document.activeElement.className`); focus != "alert" {
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
	order.MustPay(t)
	here, err := url.Parse(house.url)
	b.must(err)
	b.Open("http://" + elsewhere + ":" + here.Port() + order.path())
	b.Download()
}

// Find looks for a title by a word and opens its page.
func (b browser) Find(word, title string) {
	b.tb.Helper()
	b.Open("/")
	b.Type("#seek", word)
	b.Press(".seek button")
	b.Expect(".books", title)
	b.Press(`.book h3 a`)
	b.Expect("h1", title)
}

// AddAndCheckOut puts the title of the open page into the cart and goes as far as the payment.
func (b browser) AddAndCheckOut() {
	b.tb.Helper()
	b.Press(".buy button")
	b.Expect(".note", "is in your cart")
	b.Press(`a[href="/checkout"]`)
	b.FillIn()
}

// FillIn fills in the checkout form and sends it.
func (b browser) FillIn() {
	b.tb.Helper()
	b.Type("#email", "ana@school.example")
	b.Type("#name", "Ana Núñez")
	b.Type("#organisation", "The Met")
	b.Press("main form button")
}

// Pay fills in the payment page and sends it.
func (b browser) Pay(card string) {
	b.tb.Helper()
	b.Type("#card", card)
	b.Type("#exp", "12/34")
	b.Type("#cvc", "123")
	b.Press("form button[type=submit]")
}

// Download presses the first download button of the order's page and holds the bytes against the
// SHA-256 that the page gives.
func (b browser) Download() {
	b.tb.Helper()
	hash := strings.ToLower(b.Text(".file code"))
	dir := b.tb.TempDir()
	events := true
	_, err := chromedp.Call(b.ctx, chrome.SetDownloadBehavior, chrome.SetDownloadBehaviorParams{
		Behavior: chrome.SetDownloadBehaviorBehaviorAllowAndName, DownloadPath: dir, EventsEnabled: &events,
		BrowserContextID: chromedp.FromContext(b.ctx).BrowserContextID,
	})
	b.must(err)
	over := func(e chrome.EventDownloadProgress) bool { return e.State != chrome.DownloadProgressStateInProgress }
	done, err := chromedp.Run(b.ctx, chromedp.WaitEvent(chrome.DownloadProgress, over, chromedp.Click(chromedp.CSS(".file button"))))
	b.must(err)
	if done.State != chrome.DownloadProgressStateCompleted {
		b.tb.Fatalf("the download ended as %s", done.State)
	}
	file, err := os.ReadFile(filepath.Join(dir, done.GUID))
	b.must(err)
	if sum := sha256.Sum256(file); hex.EncodeToString(sum[:]) != hash {
		b.tb.Errorf("the download's SHA-256 is %x, the page says %s", sum, hash)
	}
	if !strings.HasPrefix(string(file), "%PDF-") {
		b.tb.Errorf("the download is no PDF: %.20q", file)
	}
}
