package staff_test

import (
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"bookroom/mail"
	"bookroom/mail/mailtest"
	"bookroom/shop"
	"bookroom/store/storetest"
)

// MustOpenWithMail opens a back office that sends mails to an inbox.
func MustOpenWithMail(tb testing.TB) (*place, *mailtest.Sink) {
	tb.Helper()
	inbox, err := mailtest.Open(mailtest.Options{})
	must(tb, err)
	tb.Cleanup(func() { must(tb, inbox.Close()) })
	mailer, err := mail.New(mail.Config{URL: inbox.URL(), From: "Bookroom <orders@bookroom.example>"})
	must(tb, err)
	return MustOpen(tb, func(c *shop.Config) { c.Mailer = mailer }), inbox
}

// work does the mails that are due, as the runner of jobs does.
func (p *place) work(tb testing.TB) {
	tb.Helper()
	jobs, err := p.store.ClaimJobs(tb.Context(), time.Now().Add(time.Hour), 100, time.Minute, shop.JobMail, shop.JobLink)
	must(tb, err)
	for _, job := range jobs {
		handle := p.shop.SendMail
		if job.Kind == shop.JobLink {
			handle = p.shop.SendLink
		}
		must(tb, handle(tb.Context(), job))
		must(tb, p.store.FinishJob(tb.Context(), job, time.Now()))
	}
}

var requestField = regexp.MustCompile(`name="request" value="([^"]+)"`)

func TestAMailIsFoundReadAndSentAgain(t *testing.T) {
	t.Parallel()
	p, inbox := MustOpenWithMail(t)
	order := storetest.MustPaidOrder(t, p.store, storetest.Advisory)
	support := p.SignIn(t, shop.RoleSupport)
	support.Get("/staff/mails?state=queued").Expect(t, http.StatusOK, order.Number, "Receipt 1", "Queued")
	p.work(t)

	support.Get("/staff/mails?q=ADA&state=sent&kind=receipt").Expect(t, http.StatusOK, "ada@school.example", order.Number, "Sent")
	support.Get("/staff/mails?q=bob").Expect(t, http.StatusOK, "No mail fits")
	page := support.Get("/staff/mails/1")
	page.Expect(t, http.StatusOK, "Your downloads and receipt", "Taken by the mail server", `src="/staff/mails/1/message"`, "/orders/hidden", "Send it again")
	if !strings.Contains(page.header.Get("Content-Security-Policy"), "frame-src 'self'") {
		t.Errorf("the page may not show a frame: %v", page.header)
	}
	token, err := p.shop.OrderToken(order)
	must(t, err)
	message := support.Get("/staff/mails/1/message")
	message.Expect(t, http.StatusOK, "<html", "/orders/hidden")
	if policy := message.header.Get("Content-Security-Policy"); !strings.HasPrefix(policy, "sandbox;") || !strings.Contains(policy, "default-src 'none'") {
		t.Errorf("the message may do more than be looked at: %s", policy)
	}
	if strings.Contains(page.body+message.body, token) {
		t.Error("the log holds the order's link")
	}
	if sent, err := inbox.Messages(); err != nil || len(sent) != 1 || !strings.Contains(sent[0].Text, token) {
		t.Errorf("the buyer's mail: %+v, %v", sent, err)
	}

	form := url.Values{"request": {requestField.FindStringSubmatch(page.body)[1]}}
	again, twice := support.Post("/staff/mails/1/resend", form), support.Post("/staff/mails/1/resend", form)
	address := again.header.Get("Location")
	if again.status != http.StatusSeeOther || address == "" || twice.header.Get("Location") != address {
		t.Fatalf("pressed twice: %d to %q and to %q", again.status, address, twice.header.Get("Location"))
	}
	p.work(t)
	if sent, err := inbox.Messages(); err != nil || len(sent) != 2 {
		t.Errorf("%d mails, %v", len(sent), err)
	}
	support.Get(address).Expect(t, http.StatusOK, "is queued", "Sent")
	support.Get("/staff/mails/99").Expect(t, http.StatusNotFound)
	support.Get("/staff/mails/x").Expect(t, http.StatusNotFound)
	if got := support.Post("/staff/mails/1/resend", url.Values{}); got.status != http.StatusUnprocessableEntity {
		t.Errorf("without a request: %d", got.status)
	}
}

func TestMailsAreTurnedOver(t *testing.T) {
	t.Parallel()
	p, _ := MustOpenWithMail(t)
	for range 51 {
		storetest.MustPaidOrder(t, p.store, storetest.Advisory)
	}
	support := p.SignIn(t, shop.RoleSupport)
	first := support.Get("/staff/mails?kind=receipt")
	first.Expect(t, http.StatusOK, "Receipt 51", "Receipt 2<", "before=2&amp;kind=receipt")
	second := support.Get("/staff/mails?kind=receipt&before=2")
	second.Expect(t, http.StatusOK, "Receipt 1<")
	if strings.Contains(second.body, "Older") || strings.Contains(second.body, "Receipt 2<") {
		t.Errorf("the last page: %s", second.body)
	}
}

func TestALinkThatIsGoodOnceIsHiddenAndNotSentAgain(t *testing.T) {
	t.Parallel()
	p, inbox := MustOpenWithMail(t)
	storetest.MustPaidOrder(t, p.store, storetest.Advisory)
	must(t, p.shop.RequestLibraryLink(t.Context(), "ada@school.example", shop.English))
	must(t, p.shop.RequestLibraryLink(t.Context(), "stranger@school.example", shop.English))
	p.work(t)
	support := p.SignIn(t, shop.RoleSupport)
	list := support.Get("/staff/mails?kind=library_link")
	list.Expect(t, http.StatusOK, "ada@school.example")
	if strings.Contains(list.body, "stranger@") || strings.Contains(list.body, "Queued</span>") {
		t.Errorf("a mail that was not due is listed: %s", list.body)
	}
	support.Get("/staff/mails/2/message").Expect(t, http.StatusOK, "/library/enter/hidden")
	support.Get("/staff/mails/2").Expect(t, http.StatusOK, "cannot be sent again")
	support.Post("/staff/mails/2/resend", url.Values{"request": {"r"}}).Expect(t, http.StatusConflict, "good once")
	if sent, err := inbox.Messages(); err != nil || len(sent) != 2 {
		t.Errorf("%d mails, %v", len(sent), err)
	}
}

func TestAPersonIsLookedUpHandedOutAndErased(t *testing.T) {
	t.Parallel()
	p, inbox := MustOpenWithMail(t)
	order := storetest.MustPaidOrder(t, p.store, storetest.Advisory)
	p.work(t)
	admin := p.SignIn(t, shop.RoleAdmin)
	admin.Post("/staff/people", url.Values{"email": {"not an address"}}).Expect(t, http.StatusUnprocessableEntity, `value="not an address"`, "name@school.org")
	admin.Post("/staff/people", url.Values{"email": {"bob@school.example"}}).Expect(t, http.StatusOK, "holds nothing of bob@school.example")
	admin.Post("/staff/people", url.Values{"email": {" Ada@School.example"}}).Expect(t, http.StatusOK, "ada@school.example", "<td>orders</td>", "<td>mails</td>", "Erase for good")

	out := admin.Post("/staff/people/export", url.Values{"email": {"ada@school.example"}})
	out.Expect(t, http.StatusOK, `"number":"`+order.Number+`"`, `"email": "ada@school.example"`)
	if !strings.HasPrefix(out.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("the export opens in the browser: %v", out.header)
	}
	token, err := p.shop.OrderToken(order)
	must(t, err)
	if strings.Contains(out.body, token) {
		t.Error("the export holds the order's link")
	}

	form := url.Values{"email": {"ada@school.example"}, "confirm": {"ada@school"}}
	admin.Post("/staff/people/erase", form).Expect(t, http.StatusUnprocessableEntity, "Type the address again", `value="ada@school"`)
	form.Set("confirm", "ADA@school.example")
	if got := admin.Post("/staff/people/erase", form); got.status != http.StatusSeeOther || got.header.Get("Location") != "/staff/people?done=erased" {
		t.Fatalf("erase: %d to %s: %s", got.status, got.header.Get("Location"), got.body)
	}
	admin.Get("/staff/people?done=erased").Expect(t, http.StatusOK, "is erased")
	admin.Post("/staff/people", url.Values{"email": {"ada@school.example"}}).Expect(t, http.StatusOK, "holds nothing")
	admin.Get("/staff/mails/1").Expect(t, http.StatusOK, "was erased on")

	// The link still opens the order, and nobody is written to.
	left, err := p.shop.OrderByToken(t.Context(), token)
	must(t, err)
	if !shop.IsErased(left.Email) || left.Name != "" || left.Entitlements[0].State != shop.Active {
		t.Errorf("the order: %+v", left)
	}
	must(t, p.shop.RequestLibraryLink(t.Context(), "ada@school.example", shop.English))
	must(t, p.shop.RequestDeviceLink(t.Context(), token))
	p.work(t)
	if sent, err := inbox.Messages(); err != nil || len(sent) != 1 {
		t.Errorf("%d mails, %v", len(sent), err)
	}
	records, err := p.store.AuditRecords(t.Context(), shop.AuditQuery{Subject: shop.Subject{}, Limit: 10})
	must(t, err)
	if trail := fmt.Sprint(records); strings.Contains(trail, "ada@") || records[0].Verb != "person.erase" || records[1].Verb != "person.export" {
		t.Errorf("trail %s", trail)
	}
}

// What a mail says is known while the mail server refuses it, and the mail goes out when it does not any more.
func TestAMailThatDoesNotGoOutIsTriedAgain(t *testing.T) {
	t.Parallel()
	p, inbox := MustOpenWithMail(t)
	storetest.MustPaidOrder(t, p.store, storetest.Advisory)
	inbox.FailNext(1, mailtest.Busy)
	jobs, err := p.store.ClaimJobs(t.Context(), time.Now(), 10, time.Minute, shop.JobMail)
	must(t, err)
	failed := p.shop.SendMail(t.Context(), jobs[0])
	if !shop.IsKind(failed, shop.Unavailable) {
		t.Fatalf("a busy server: %v", failed)
	}
	must(t, p.store.RetryJob(t.Context(), jobs[0], time.Now(), failed.Error()))
	support := p.SignIn(t, shop.RoleSupport)
	support.Get("/staff/mails/1").Expect(t, http.StatusOK, "Queued", "Your downloads and receipt", "The last attempt failed", "451", "Next attempt")
	p.work(t)
	page := support.Get("/staff/mails/1")
	page.Expect(t, http.StatusOK, "Taken by the mail server", ">2</dd>")
	if strings.Contains(page.body, "451") {
		t.Error("a failure that is over is still told")
	}

	storetest.MustPaidOrder(t, p.store, storetest.Advisory)
	inbox.FailNext(1, mailtest.UnknownRecipient)
	jobs, err = p.store.ClaimJobs(t.Context(), time.Now(), 10, time.Minute, shop.JobMail)
	must(t, err)
	failed = p.shop.SendMail(t.Context(), jobs[0])
	if !shop.IsKind(failed, shop.Invalid) {
		t.Fatalf("an unknown mailbox: %v", failed)
	}
	must(t, p.store.GiveUpJob(t.Context(), jobs[0], time.Now(), failed.Error()))
	support.Get("/staff/mails?state=failed").Expect(t, http.StatusOK, "Failed</span>", "ada@school.example")
	if sent, err := inbox.Messages(); err != nil || len(sent) != 1 {
		t.Errorf("%d mails, %v", len(sent), err)
	}
}
