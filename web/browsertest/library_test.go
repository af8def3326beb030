package browsertest

import (
	"archive/zip"
	"strings"
	"testing"

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

// MustOwner returns the address of somebody who has just bought two handbooks, and then a bundle.
func MustOwner(tb testing.TB) string {
	tb.Helper()
	email, err := house.demo.Owner()
	if err != nil {
		tb.Fatal(err)
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
	link, err := house.demo.MailedLink(email, "/library/enter/")
	b.must(err)
	return link
}

// DownloadZip takes everything home and looks into it.
func (b browser) DownloadZip() {
	b.tb.Helper()
	opened, err := zip.OpenReader(b.save(chromedp.Click(chromedp.CSS(".everything button"))))
	b.must(err)
	defer opened.Close()
	if len(opened.File) < 2 || !strings.Contains(opened.File[0].Name, "/") {
		b.tb.Errorf("the archive holds %d files", len(opened.File))
	}
}
