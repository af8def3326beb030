package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bookroom/gate"
	"bookroom/mail/ses"
	"bookroom/mail/ses/sestest"
	"bookroom/shop"
	"bookroom/store/storetest"
)

// amazon is one for all tests: it keeps nothing of theirs.
var amazon = sync.OnceValues(func() (*sestest.Amazon, error) { return sestest.Open(time.Now()) })

func mustAmazon(tb testing.TB) *sestest.Amazon {
	tb.Helper()
	a, err := amazon()
	if err != nil {
		tb.Fatal(err)
	}
	return a
}

func mustReports(tb testing.TB) *ses.Reader {
	tb.Helper()
	reader, err := ses.New(ses.Config{Topic: sestest.Topic, Client: mustAmazon(tb).Client()})
	if err != nil {
		tb.Fatal(err)
	}
	return reader
}

// report is a message that Amazon signed.
func report(tb testing.TB, m sestest.Message) request {
	tb.Helper()
	signed, err := mustAmazon(tb).Sign(m, "2")
	if err != nil {
		tb.Fatal(err)
	}
	return request{method: http.MethodPost, path: "/webhooks/ses", body: string(signed), header: map[string]string{"Content-Type": "text/plain; charset=UTF-8"}}
}

func mailTypes() map[string]any {
	return map[string]any{
		"MailSummary": mailSummary{}, "Mail": mailDetail{}, "MailList": mailList{}, "MailReportReceived": mailReportReceived{},
		"EraseRequest": eraseRequest{}, "Erased": erased{}, "Holding": holding{},
	}
}

func mailProblems() map[string]func(*testing.T, *world) answered {
	return map[string]func(*testing.T, *world) answered{
		"mail_not_found": func(t *testing.T, w *world) answered {
			return w.send(t, request{method: "GET", path: "/api/v1/staff/mails/7", header: w.as(t, shop.RoleSupport)})
		},
		"invalid_request_id": func(t *testing.T, w *world) answered {
			return w.send(t, request{method: "POST", path: "/api/v1/staff/mails/7/resend", header: w.as(t, shop.RoleSupport)})
		},
		"mail_not_resendable": func(t *testing.T, w *world) answered {
			mails := w.mustMails(t)
			erase := map[string]string{"email": "ada@school.example", "confirm": "ada@school.example"}
			w.mustErase(t, erase)
			return w.send(t, w.resend(t, mails[0].ID, "once"))
		},
		"nothing_held": func(t *testing.T, w *world) answered {
			return w.send(t, request{method: "GET", path: "/api/v1/staff/people/export?email=nobody@school.example", header: w.as(t, shop.RoleAdmin)})
		},
		"mail_reports_unavailable": func(t *testing.T, w *world) answered {
			m := sestest.Notification("m1", "{}")
			m["SigningCertURL"] = "https://" + sestest.Host + "/away.pem"
			return w.send(t, report(t, m))
		},
	}
}

// mustMails makes an order of Ada's that is paid, and returns the mails of the log, newest first.
func (w *world) mustMails(t *testing.T) []mailSummary {
	t.Helper()
	storetest.MustProducts(t, w.store)
	storetest.MustPaidOrder(t, w.store, storetest.Advisory)
	jobs, err := w.store.ClaimJobs(t.Context(), time.Now(), 10, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for _, job := range jobs {
		if job.Kind != shop.JobMail {
			continue
		}
		noted, err := w.store.NoteLetter(t.Context(), job.Key, shop.MailRecord{
			Kind: shop.MailReceipt, OrderID: job.Subject, MessageID: "receipt.1@shop.example", To: "ada@school.example", Subject: "Your receipt", Text: "Hello", HTML: "<p>Hello",
		})
		if err != nil || !noted {
			t.Fatalf("note: %t, %v", noted, err)
		}
		if err := w.store.FinishJob(t.Context(), job, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	return must[mailList](t, w, http.StatusOK, request{method: "GET", path: "/api/v1/staff/mails", header: w.as(t, shop.RoleSupport)}).Items
}

func (w *world) resend(t *testing.T, mail int64, key string) request {
	t.Helper()
	header := w.as(t, shop.RoleSupport)
	header["Idempotency-Key"] = key
	return request{method: "POST", path: fmt.Sprintf("/api/v1/staff/mails/%d/resend", mail), header: header}
}

func (w *world) mustErase(t *testing.T, of map[string]string) erased {
	t.Helper()
	body, err := json.Marshal(of)
	if err != nil {
		t.Fatal(err)
	}
	return must[erased](t, w, http.StatusOK, request{method: "POST", path: "/api/v1/staff/people/erase", body: string(body), header: w.as(t, shop.RoleAdmin)})
}

func TestTheMailLog(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	mails := w.mustMails(t)
	if len(mails) != 1 || mails[0].State != shop.MailSent || mails[0].To != "ada@school.example" || mails[0].OrderNumber == nil {
		t.Fatalf("mails %+v", mails)
	}
	as := w.as(t, shop.RoleSupport)
	one := must[mailDetail](t, w, http.StatusOK, request{method: "GET", path: fmt.Sprintf("/api/v1/staff/mails/%d", mails[0].ID), header: as})
	if one.Text != "Hello" || one.HTML != "<p>Hello" {
		t.Errorf("mail %+v", one)
	}
	again := must[mailSummary](t, w, http.StatusCreated, w.resend(t, mails[0].ID, "once"))
	twice := must[mailSummary](t, w, http.StatusCreated, w.resend(t, mails[0].ID, "once"))
	if again.ID != twice.ID || again.ID == mails[0].ID || again.State != shop.MailQueued {
		t.Errorf("sent again: %+v, %+v", again, twice)
	}
	first := must[mailList](t, w, http.StatusOK, request{method: "GET", path: "/api/v1/staff/mails?limit=1", header: as})
	if len(first.Items) != 1 || first.Items[0].ID != again.ID || first.NextCursor == nil {
		t.Fatalf("first page %+v", first)
	}
	rest := must[mailList](t, w, http.StatusOK, request{method: "GET", path: "/api/v1/staff/mails?limit=1&cursor=" + *first.NextCursor, header: as})
	if len(rest.Items) != 1 || rest.Items[0].ID != mails[0].ID || rest.NextCursor != nil {
		t.Errorf("second page %+v", rest)
	}
	queued := must[mailList](t, w, http.StatusOK, request{method: "GET", path: "/api/v1/staff/mails?state=queued&kind=receipt&q=", header: as})
	if len(queued.Items) != 1 || queued.Items[0].ID != again.ID {
		t.Errorf("queued %+v", queued)
	}
	for query, status := range map[string]int{"state=lost": http.StatusBadRequest, "cursor=x": http.StatusBadRequest, "limit=0": http.StatusBadRequest} {
		if got := w.send(t, request{method: "GET", path: "/api/v1/staff/mails?" + query, header: as}); got.status != status {
			t.Errorf("%s: %d", query, got.status)
		}
	}
}

func TestReportsAboutMails(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	mails := w.mustMails(t)
	bounce := report(t, sestest.Notification("m1", sestest.Bounce("receipt.1@shop.example", "ada@school.example")))
	for _, want := range []shop.MailReportOutcome{shop.ReportApplied, shop.ReportDuplicate} {
		if got := must[mailReportReceived](t, w, http.StatusOK, bounce); got.Outcome != want {
			t.Errorf("outcome %s, want %s", got.Outcome, want)
		}
	}
	if got := must[mailReportReceived](t, w, http.StatusOK, report(t, sestest.Confirmation())); got.Outcome != shop.ReportConfirmed {
		t.Errorf("a confirmation: %s", got.Outcome)
	}
	got := must[mailDetail](t, w, http.StatusOK, request{method: "GET", path: fmt.Sprintf("/api/v1/staff/mails/%d", mails[0].ID), header: w.as(t, shop.RoleSupport)})
	if got.State != shop.MailBounced || !strings.Contains(got.Bounce, "5.1.1") || got.BouncedAt == nil {
		t.Errorf("mail %+v", got)
	}
	forged := bounce
	forged.body = strings.Replace(forged.body, "5.1.1", "5.1.2", 1)
	if got := w.send(t, forged); got.status != http.StatusBadRequest || got.code(t) != "invalid_signature" {
		t.Errorf("forged: %d %s", got.status, got.body)
	}
	large := bounce
	large.body = strings.Repeat(" ", 300<<10)
	if got := w.send(t, large); got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("too large: %d", got.status)
	}
}

func TestAPersonIsExportedAndErased(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	w.mustMails(t)
	out := w.send(t, request{method: "GET", path: "/api/v1/staff/people/export?email=Ada@school.example", header: w.as(t, shop.RoleAdmin)})
	held := mustRead[map[string]any](t, out)
	orders, is := held["orders"].([]any)
	if out.status != http.StatusOK || held["email"] != "ada@school.example" || !is || len(orders) != 1 || held["mails"] == nil || held["payments"] == nil {
		t.Fatalf("exported %d: %s", out.status, out.body)
	}
	if !strings.Contains(out.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("headers %v", out.header)
	}
	unsure := w.send(t, request{
		method: "POST", path: "/api/v1/staff/people/erase", body: `{"email":"ada@school.example","confirm":"bob@school.example"}`, header: w.as(t, shop.RoleAdmin),
	})
	if unsure.status != http.StatusBadRequest || mustRead[problem](t, unsure).Errors[0].Field != "confirm" {
		t.Errorf("not confirmed: %d %s", unsure.status, unsure.body)
	}
	ada := map[string]string{"email": "ada@school.example", "confirm": " ADA@school.example"}
	if e := w.mustErase(t, ada); e.Orders != 1 || !slices.Contains(e.Held, holding{"orders", 1}) {
		t.Errorf("erased %+v", e)
	}
	if e := w.mustErase(t, ada); e.Orders != 0 || len(e.Held) != 0 {
		t.Errorf("erased again %+v", e)
	}
}
