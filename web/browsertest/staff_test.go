package browsertest

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bookroom/web/browsertest/tour"

	"codeberg.org/go-pdf/fpdf"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"
)

// staffPatience is enough for a handbook's way from its first word to a refund, on a busy machine.
const staffPatience = 6 * time.Minute

// From the first sign-in to the refund of a line: what staff do with a handbook, and what a buyer sees of it.
func TestStaffMakeSellRenewAndRefundAHandbook(t *testing.T) {
	t.Parallel()
	const slug, title = "made-at-the-desk", "Made at the Desk"
	staff := MustBrowse(t, true, staffPatience)
	staff.FirstSignIn("grace@bookroom.example", "Grace", "admin")

	staff.Open("/staff/products/new")
	staff.Type("#f-title", title)
	staff.do(chromedp.Clear(chromedp.CSS("#f-slug")))
	staff.Type("#f-slug", slug)
	staff.Type("#f-summary", "How a handbook is made.")
	staff.Type("#f-description", "## Who it is for\n\nFor **whoever** makes one.")
	staff.eval(`document.querySelector('[name=individual_on_sale]').checked = true, document.querySelector('#f-individual_price').value = '24.00', ''`)
	staff.Press("form.editor .save button")
	staff.Expect("h1", title)

	staff.Upload(slug, "handbook.pdf", mustPDF(t, 50<<20, "First edition"), true)
	staff.Type("#notes", "The first edition.")
	staff.Press("form.keeps > p button")
	staff.Press(`form[action$="/edition/publish"] button`)
	staff.Open("/staff/products/" + slug)
	staff.Press(`form[action$="/publish"] button`)
	staff.Expect("#standing ~ p", "In the shop")

	buyer := MustBrowse(t, true, staffPatience)
	buyer.Open("/handbooks/" + tour.Handbook)
	buyer.Press(addToCart)
	buyer.Open("/handbooks/" + slug)
	buyer.Expect("h1", title)
	buyer.AddAndCheckOut()
	buyer.Pay(tour.GoodCard)
	buyer.Expect("h1", "Your handbooks are ready")
	order := buyer.Path()
	number := buyer.eval(`document.querySelector('main').innerText.match(/BR-\d+/)[0]`)

	staff.Upload(slug, "handbook.pdf", mustPDF(t, 0, "Second edition"), false)
	staff.Type("#notes", "A chapter on renewal.")
	staff.Press("form.keeps > p button")
	staff.Press(`form[action$="/edition/publish"] button`)
	staff.Open("/staff/products/" + slug + "/notice")
	staff.Press(`form[action$="/notice/start"] button`)
	staff.Await(`document.querySelector('main').innerText.includes('Done')`)
	if mail := mustMail(t, "ana@school.example", "A chapter on renewal."); !strings.Contains(mail, house.demo.URL+"/library") {
		t.Errorf("the mail about the new edition leads nowhere: %s", mail)
	}
	buyer.Open(order)
	buyer.Expect("main", "New edition since you bought it")
	buyer.Expect("details.earlier summary", "edition 1")

	staff.Open("/staff/orders?q=" + number)
	staff.Press(`main a[href="/staff/orders/` + number + `"]`)
	staff.Press(`a[href$="/refund"]`)
	line := staff.eval(`[...document.querySelectorAll('[name=part]')].find(e => e.closest('label').innerText.includes("` + title + `")).value`)
	staff.eval(fmt.Sprintf(`document.querySelectorAll('[name=part], [name=all]').forEach(e => { e.checked = e.value === %q }), ''`, line))
	staff.do(chromedp.SetValue(chromedp.CSS(`[name=reason]`), "buyer_asked"))
	staff.Press(`form[action$="/refund"] button`)
	staff.Expect("main", "You are about to give $24.00 back")
	staff.Press(`button[name=confirmed]`)
	staff.Expect("main", "$24.00")

	for { // the page says so when Stripe's answer has been applied
		buyer.Open(order)
		if strings.Contains(buyer.Text("main"), "refunded") {
			break
		}
		if buyer.Ctx.Err() != nil {
			t.Fatal("the refund is not seen on the order's page")
		}
	}
	if left := buyer.eval(`[...document.querySelectorAll('form[action*="/files/"]')].filter(f => f.closest('.line, section, li').innerText.includes("` + title + `")).length + ''`); left != "0" {
		t.Errorf("%s files of the refunded title can still be downloaded", left)
	}
	buyer.Download() // the other title

	staff.Open("/staff/orders/" + number)
	for _, happened := range []string{"Paid", "Receipt", "Download link issued", "Grace"} {
		staff.Expect("ol.time", happened)
	}
}

const staffPassword = "a long walk to the pond"

// FirstSignIn takes up an invitation with a password and an authenticator app, and signs in once more.
func (b browser) FirstSignIn(email, name, role string) {
	b.tb.Helper()
	link, err := house.demo.Invite(email, name, role)
	b.must(err)
	b.Open(link)
	b.Type("[name=new]", staffPassword)
	b.Type("[name=again]", staffPassword)
	b.Press("main form button")
	secret := b.eval(`document.querySelector('#app-secret').value`)
	code, err := tour.Code(secret)
	b.must(err)
	b.Type("[name=code]", code)
	b.Press(`form[action$="/factor"] button`)
	b.Expect("h1", "Your recovery codes")
	recovery := b.eval(`document.querySelector('#codes code').innerText`)

	b.must(b.Forget())
	b.Open("/staff/account")
	b.Type("[name=email]", email)
	b.Type("[name=password]", staffPassword)
	b.Press("main form button")
	b.Type("[name=code]", recovery) // the code of the app is used up
	b.Press("main form.form button")
	b.Expect("h1", "Your account")
}

func TestAPasskeyOpensTheBackOffice(t *testing.T) {
	t.Parallel()
	b := MustBrowse(t, true, patience)
	b.FirstSignIn("kay@bookroom.example", "Kay", "finance")
	b.plugIn()
	b.Open("/staff/account/passkeys")
	b.Type("[name=name]", "blue key")
	b.Press("form[data-passkey] button")
	b.Expect("main", "blue key")

	b.must(b.Forget())
	b.Open("/staff/account")
	b.Type("[name=email]", "kay@bookroom.example")
	b.Type("[name=password]", staffPassword)
	b.Press("main form button")
	b.Press("form[data-passkey] button")
	b.Expect("h1", "Your account")
}

// plugIn gives the browser a key that is touched whenever somebody asks for it.
func (b browser) plugIn() {
	b.tb.Helper()
	_, err := chromedp.Call(b.Ctx, webauthn.Enable, webauthn.EnableParams{})
	b.must(err)
	_, err = chromedp.Call(b.Ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: &webauthn.VirtualAuthenticatorOptions{
		Protocol: "ctap2", Transport: "usb", HasResidentKey: true, HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}})
	b.must(err)
}

// Upload sends a file into the next edition of a handbook, and waits until it can be read. An interrupted one is
// paused, left by loading the page anew, and gone on with.
func (b browser) Upload(slug, name string, pdf []byte, interrupted bool) {
	b.tb.Helper()
	file := filepath.Join(b.tb.TempDir(), name)
	b.must(os.WriteFile(file, pdf, 0o600))
	b.Open("/staff/products/" + slug + "/edition")
	choose := chromedp.SetUploadFiles(chromedp.CSS("#choose"), []string{file})
	if interrupted {
		b.hurry(6 << 20)
		b.do(choose)
		b.Await(`document.querySelector('.sending progress')?.position > 0.3`)
		b.do(chromedp.Click(chromedp.CSS(".sending button")))
		b.Await(`document.querySelector('.sending').innerText.includes('Paused')`)
		b.hurry(-1)
		b.Open("/staff/products/" + slug + "/edition")
		b.Expect("main", "not complete")
		b.do(choose)
		b.Await(`document.querySelector('.sending progress')?.position > 0.15`)
	} else {
		b.do(choose)
	}
	b.Await(`document.querySelector('form.keeps')?.innerText.includes('Can be read') && !document.querySelector('[data-busy]') && document.querySelector('form.keeps').innerText.includes('new')`)
}

// hurry lets the browser send at most so many bytes a second; -1 is as many as it can.
func (b browser) hurry(upload float64) {
	b.tb.Helper()
	_, err := chromedp.Call(b.Ctx, network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{
		MatchedNetworkConditions: []*network.Conditions{{DownloadThroughput: -1, UploadThroughput: upload}},
	})
	b.must(err)
}

// mustPDF prints a PDF with that many bytes of noise attached to it.
func mustPDF(tb testing.TB, noise int, text string) []byte {
	tb.Helper()
	pdf := fpdf.New("P", "mm", "Letter", "")
	pdf.SetTitle(text, true)
	pdf.SetLang("en")
	pdf.SetFont("Helvetica", "", 14)
	for page := range 4 {
		pdf.AddPage()
		pdf.Bookmark(fmt.Sprint("Part ", page+1), 0, -1)
		pdf.MultiCell(0, 8, fmt.Sprintf("%s, part %d. Everything that is said here is said once.", text, page+1), "", "", false)
	}
	if noise > 0 {
		content := make([]byte, noise)
		_, _ = rand.NewChaCha8([32]byte{1}).Read(content) // it never fails
		pdf.SetAttachments([]fpdf.Attachment{{Content: content, Filename: "noise.bin"}})
	}
	var out bytes.Buffer
	if err := pdf.Output(&out); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

// mustMail waits for a mail to an address with those words.
func mustMail(tb testing.TB, to, words string) string {
	tb.Helper()
	text, err := house.demo.Mail(to, words)
	if err != nil {
		tb.Fatal(err)
	}
	return text
}
