package web_test

import (
	"archive/zip"
	"database/sql"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"bookroom/shop"
)

// MustArchive presses the button and returns the link.
func (v *visitor) MustArchive(action string) string {
	v.tb.Helper()
	issued := v.Post(action, nil)
	issued.Expect(v.tb, http.StatusSeeOther)
	return issued.header.Get("Location")
}

// unzip returns the contents by name.
func unzip(tb testing.TB, body string) map[string]string {
	tb.Helper()
	opened, err := zip.NewReader(strings.NewReader(body), int64(len(body)))
	must(tb, err)
	contents := map[string]string{}
	for _, file := range opened.File {
		from, err := file.Open()
		must(tb, err)
		content, err := io.ReadAll(from) // checks the CRC-32
		must(tb, err)
		contents[file.Name] = string(content)
	}
	return contents
}

func TestEverythingAsOneZip(t *testing.T) {
	t.Parallel()
	p := MustOpenWithMail(t, nil)
	v := p.Visit(t)
	v.MustAdd("the-set", shop.Individual)
	order := v.MustBuy("advisory") // is in the set, too
	page := v.Get(order)
	page.Expect(t, http.StatusOK, "Download all as one ZIP", "2 files", "not:Not in the ZIP")
	v.Get(order+"/archive").Expect(t, http.StatusSeeOther)
	link := v.MustArchive(order + "/archive")
	whole := p.Visit(t).Get(link)
	whole.Expect(t, http.StatusOK)
	contents := unzip(t, whole.body)
	for name, start := range map[string]string{"Advisory Structure/advisory.pdf": "%PDF", "Mentors & Interns/mentors.pdf": "%PDF"} {
		if !strings.HasPrefix(contents[name], start) {
			t.Errorf("%s is missing in %v", name, contents)
		}
	}
	if len(contents) != 2 {
		t.Errorf("%d files", len(contents))
	}
	for name, want := range map[string]string{
		"Content-Type": "application/zip", "Content-Disposition": `attachment; filename="Bookroom handbooks.zip"`,
		"Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer", "Accept-Ranges": "bytes",
	} {
		if got := whole.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}

	v.Post(p.MustLink(t, v, anas), nil).Expect(t, http.StatusSeeOther)
	v.Get("/library").Expect(t, http.StatusOK, "Download all as one ZIP", "2 files")
	again := v.Get(v.MustArchive("/library/archive"))
	if again.body != whole.body || again.header.Get("ETag") != whole.header.Get("ETag") {
		t.Error("the same files make another archive, so that a download cannot go on with a new link")
	}
	p.Visit(t).Post("/library/archive", nil).Expect(t, http.StatusSeeOther)
	if p.Visit(t).Post("/library/archive", nil).header.Get("Location") != "/library" {
		t.Error("a stranger gets a library")
	}
}

func TestAnArchiveGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	link := v.MustArchive(v.MustBuy("the-set") + "/archive")
	whole := v.Get(link)
	etag := whole.header.Get("ETag")
	for name, c := range map[string]struct {
		headers []string
		status  int
		body    string
	}{
		"from 100 on":      {[]string{"Range", "bytes=100-"}, http.StatusPartialContent, whole.body[100:]},
		"in the midst":     {[]string{"Range", "bytes=30-90"}, http.StatusPartialContent, whole.body[30:91]},
		"the end":          {[]string{"Range", "bytes=-22"}, http.StatusPartialContent, whole.body[len(whole.body)-22:]},
		"still the same":   {[]string{"Range", "bytes=50-", "If-Range", etag}, http.StatusPartialContent, whole.body[50:]},
		"another by now":   {[]string{"Range", "bytes=50-", "If-Range", `"another"`}, http.StatusOK, whole.body},
		"beyond":           {[]string{"Range", "bytes=999999-"}, http.StatusRequestedRangeNotSatisfiable, ""},
		"known altogether": {[]string{"If-None-Match", etag}, http.StatusNotModified, ""},
	} {
		got := v.Get(link, c.headers...)
		if got.status != c.status || (c.body != "" && got.body != c.body) {
			t.Errorf("%s: %d with %d bytes, want %d with %d", name, got.status, len(got.body), c.status, len(c.body))
		}
	}
	head, err := http.NewRequestWithContext(t.Context(), http.MethodHead, link, nil)
	must(t, err)
	if got := v.do(head); got.status != http.StatusOK || got.header.Get("ETag") != etag {
		t.Errorf("HEAD: %d, %v", got.status, got.header)
	}
}

// An archive takes as long as it takes, whatever the time that other answers get.
func TestALongArchiveIsNotCutOff(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	link := v.MustArchive(v.MustBuy("the-set") + "/archive")
	hurried := httptest.NewUnstartedServer(p.handler)
	hurried.Config.WriteTimeout = time.Nanosecond
	hurried.Start()
	t.Cleanup(hurried.Close)
	if answer, err := http.Get(hurried.URL + "/help"); err == nil {
		_ = answer.Body.Close()
		t.Fatal("the server is in no hurry")
	}
	unzip(t, v.Get(hurried.URL+strings.TrimPrefix(link, p.url)).body)
}

// What is disputed stays out, and is named; what was issued before dies with the right.
func TestArchivesFollowTheRights(t *testing.T) {
	t.Parallel()
	p := MustOpenWithMail(t, nil)
	v := p.Visit(t)
	order := v.MustBuy("the-set")
	link := v.MustArchive(order + "/archive")
	charge := chargeOf(t, p.place)
	v.MustAdd("first-plan", shop.Individual)
	v.MustOrder()
	_, err := p.stripe.Dispute(charge, "fraudulent")
	must(t, err)
	must(t, p.stripe.Idle(t.Context()))

	v.Get(link).Expect(t, http.StatusForbidden, "paused")
	v.Post(order+"/archive", nil).Expect(t, http.StatusConflict, "nothing here that can be downloaded", "BR-100001")
	v.Get(order).Expect(t, http.StatusOK, "not:Download all")
	plan := handbook("first-plan", "A First Plan", func(product *shop.Product) {
		product.Variants = product.Variants[:1]
		product.Editions[0].Number = 3
		worksheets := product.Editions[0].Files[0]
		worksheets.Name = "worksheets.pdf"
		product.Editions[0].Files = append(product.Editions[0].Files, worksheets)
	})
	plan.Bodies = append(plan.Bodies, plan.Bodies[0])
	p.MustImport(t, plan)
	v.Post(p.MustLink(t, v, anas), nil).Expect(t, http.StatusSeeOther)
	v.Get("/library").Expect(t, http.StatusOK, "Download all as one ZIP", "Not in the ZIP at the moment: Advisory Structure and Mentors &amp; Interns.")
	contents := unzip(t, v.Get(v.MustArchive("/library/archive")).body)
	if len(contents) != 2 || contents["A First Plan/worksheets.pdf"] == "" {
		t.Errorf("it holds %v", contents)
	}
}

func TestLinksToArchivesDie(t *testing.T) {
	t.Parallel()
	p := MustOpenWithMail(t, nil)
	v := p.Visit(t)
	order := v.MustBuy("the-set")
	link := v.MustArchive(order + "/archive")
	token, err := p.shop.OrderByToken(t.Context(), strings.TrimPrefix(order, "/orders/"))
	must(t, err)
	for _, path := range []string{"/archives/nothing", link[:len(link)-2] + "AA", "/archives/" + strings.TrimPrefix(order, "/orders/")} {
		v.Get(path).Expect(t, http.StatusGone, "press the button again", "not:"+token.Email)
	}
	p.ahead.Store(int64(2 * time.Minute))
	v.Get(link).Expect(t, http.StatusGone, "This link to an archive has expired")
}

func TestTheBucketDoesNotAnswerForAnArchive(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	order := v.MustBuy("the-set")
	link := v.MustArchive(order + "/archive")
	p.bucket.SetDown(true)
	v.Post(order+"/archive", nil).Expect(t, http.StatusServiceUnavailable, "We could not reach the file store", "no download was used up")
	answer, err := v.client.Get(link)
	if err == nil {
		_, err = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close()
	}
	if err == nil {
		t.Error("half an archive looks like a whole one")
	}
	if log := p.log.String(); !strings.Contains(log, "an archive was broken off") || strings.Contains(log, strings.TrimPrefix(link, p.url+"/archives/")) {
		t.Errorf("logged: %s", log)
	}
	p.bucket.SetDown(false)
	unzip(t, v.Get(link).body)
}

// One file that is missing or damaged keeps nobody from the others.
func TestAnArchiveWithoutAFileThatCannotBeMeasured(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	v.MustAdd("first-plan", shop.Individual)
	order := v.MustBuy("the-set")
	p.forgetChecksums(t, "advisory.pdf")
	v.Get(order).Expect(t, http.StatusOK, "Download all as one ZIP", "Not in the ZIP at the moment: advisory.pdf. What can be downloaded")
	contents := unzip(t, v.Get(v.MustArchive(order+"/archive")).body)
	if len(contents) != 2 || contents["Advisory Structure/advisory.pdf"] != "" {
		t.Errorf("it holds %v", contents)
	}
}

// The bucket may lose a file after it was measured.
func TestAnArchiveWithoutAFileThatWasLost(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	v.MustAdd("first-plan", shop.Individual)
	order := v.MustBuy("the-set")
	p.exec(t, "UPDATE files SET key = 'files/lost' WHERE name = 'advisory.pdf'")
	contents := unzip(t, v.Get(v.MustArchive(order+"/archive")).body)
	if len(contents) != 2 || contents["Advisory Structure/advisory.pdf"] != "" {
		t.Errorf("it holds %v", contents)
	}
	if !strings.Contains(p.log.String(), "a file is left out of an archive") {
		t.Errorf("logged: %s", p.log)
	}
	p.exec(t, "UPDATE files SET key = 'files/lost'")
	v.Post(order+"/archive", nil).Expect(t, http.StatusInternalServerError, "missing from our store")
}

// Files that were there before their checksums were kept are in no archive until they are measured.
func TestFilesThatWereThereBefore(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	order := v.MustBuy("the-set")
	p.forgetChecksums(t)
	v.Get(order).Expect(t, http.StatusOK, "advisory.pdf", "Download<span", "not:Download all")
	v.Post(order+"/archive", nil).Expect(t, http.StatusConflict, "None of these files can lie in a ZIP yet")
	if measured, err := p.shop.MeasureFiles(t.Context()); err != nil || measured == 0 {
		t.Fatalf("measured %d: %v", measured, err)
	}
	v.Get(order).Expect(t, http.StatusOK, "Download all as one ZIP")
	unzip(t, v.Get(v.MustArchive(order+"/archive")).body)
	if measured, err := p.shop.MeasureFiles(t.Context()); err != nil || measured != 0 {
		t.Errorf("measured %d again: %v", measured, err)
	}

	p.forgetChecksums(t)
	p.bucket.SetDown(true)
	measured, err := p.shop.MeasureFiles(t.Context())
	if !shop.IsKind(err, shop.Unavailable) || measured != 0 || strings.Count(err.Error(), "measure ") != 1 {
		t.Errorf("measured %d of a bucket that is down: %v", measured, err)
	}
}

// forgetChecksums makes the database look as if the files of these names, or all, had never been measured.
func (p *place) forgetChecksums(tb testing.TB, names ...string) {
	tb.Helper()
	p.exec(tb, "UPDATE files SET crc32 = NULL WHERE $1 = '' OR instr($1, name) > 0", strings.Join(names, " "))
}

// exec changes the database by hand.
func (p *place) exec(tb testing.TB, statement string, args ...any) {
	tb.Helper()
	db, err := sql.Open("sqlite", p.database)
	must(tb, err)
	_, err = db.ExecContext(tb.Context(), statement, args...)
	must(tb, err)
	must(tb, db.Close())
}

func TestSeveralRangesOfAnArchiveAreTheWhole(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	link := v.MustArchive(v.MustBuy("advisory") + "/archive")
	whole := v.Get(link)
	several := v.Get(link, "Range", "bytes=0-0,2-3")
	if several.status != http.StatusOK || several.body != whole.body {
		t.Errorf("status %d, %d bytes of %d", several.status, len(several.body), len(whole.body))
	}
	one := v.Get(link, "Range", "bytes=2-3")
	if one.status != http.StatusPartialContent || one.body != whole.body[2:4] {
		t.Errorf("one range: status %d, %d bytes", one.status, len(one.body))
	}
}
