package browsertest

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	chrome "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/chromedp"
)

func TestTheLibrary(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]scripts{"with JavaScript": true, "without JavaScript": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			owner := MustOwner(t)
			b := MustBrowse(t, run, patience)
			link := b.MustLibraryLink(owner)
			b.Open(link)
			b.Expect("main", owner)
			b.Press("main form button")
			b.Expect("main", "2 orders of")
			b.Download()
			b.DownloadZip()
			b.Press(`a[href*="#receipt"]`)
			b.Expect("#receipt", "Receipt")
			b.Open("/library")
			b.Press(`form[action="/library/leave"] button`)
			b.Expect("main", "No password")
			b.Open(link)
			b.Expect("main", "was used already")
		})
	}
}

var owners atomic.Int32

// MustOwner returns the address of somebody who has just bought a bundle and a handbook.
func MustOwner(tb testing.TB) string {
	tb.Helper()
	email := fmt.Sprintf("owner%d@school.example", owners.Add(1))
	for _, slug := range []string{"the-starter-set", "advisory-structure"} {
		order := MustOrderBy(tb, email, slug)
		order.MustPay(tb)
		var paid struct{ Status string }
		for range 100 { // each look asks Stripe
			if call(tb, http.MethodGet, order.path(), nil, &paid); paid.Status == "paid" {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
	}
	return email
}

// AskForLibrary fills in the form.
func (b browser) AskForLibrary(email string) {
	b.tb.Helper()
	b.Open("/library")
	b.Type("#email", email)
	b.Press("main form button")
	b.Expect("h1", "Now look into your mail")
}

// MustLibraryLink asks for a link and returns the address that the mail brings.
func (b browser) MustLibraryLink(email string) string {
	b.tb.Helper()
	b.AskForLibrary(email)
	link := regexp.MustCompile(house.url + `/library/enter/\S+`)
	for range 200 { // the mail is a job
		var mails []struct{ To, Text string }
		b.must(inbox(&mails))
		for _, m := range mails {
			if found := link.FindString(m.Text); m.To == email && found != "" {
				return found
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	b.tb.Fatal("no mail came")
	return ""
}

func inbox(mails any) error {
	reply, err := http.Get(house.url + "/inbox/messages.json")
	if err != nil {
		return err
	}
	defer reply.Body.Close()
	return json.NewDecoder(reply.Body).Decode(mails)
}

// DownloadZip takes everything home and looks into it.
func (b browser) DownloadZip() {
	b.tb.Helper()
	dir := b.tb.TempDir()
	events := true
	_, err := chromedp.Call(b.ctx, chrome.SetDownloadBehavior, chrome.SetDownloadBehaviorParams{
		Behavior: chrome.SetDownloadBehaviorBehaviorAllowAndName, DownloadPath: dir, EventsEnabled: &events,
		BrowserContextID: chromedp.FromContext(b.ctx).BrowserContextID,
	})
	b.must(err)
	over := func(e chrome.EventDownloadProgress) bool { return e.State != chrome.DownloadProgressStateInProgress }
	done, err := chromedp.Run(b.ctx, chromedp.WaitEvent(chrome.DownloadProgress, over, chromedp.Click(chromedp.CSS(".everything button"))))
	b.must(err)
	if done.State != chrome.DownloadProgressStateCompleted {
		b.tb.Fatalf("the download ended as %s", done.State)
	}
	opened, err := zip.OpenReader(filepath.Join(dir, done.GUID))
	b.must(err)
	defer opened.Close()
	if len(opened.File) < 2 || !strings.Contains(opened.File[0].Name, "/") {
		b.tb.Errorf("the archive holds %d files", len(opened.File))
	}
	_ = os.Remove(filepath.Join(dir, done.GUID))
}
