package store_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

// MustMails returns the mails about an order, oldest first.
func MustMails(tb testing.TB, s *store.Store, orderID string) []shop.MailRecord {
	tb.Helper()
	order, err := s.Order(tb.Context(), orderID)
	if err != nil {
		tb.Fatal(err)
	}
	mails, err := s.Mails(tb.Context(), shop.MailQuery{Words: order.Number, Limit: 100})
	if err != nil {
		tb.Fatal(err)
	}
	slices.Reverse(mails)
	return mails
}

// MustNote claims the jobs that are due and notes what each says.
func MustNote(tb testing.TB, s *store.Store, to string) []shop.Job {
	tb.Helper()
	jobs, err := s.ClaimJobs(tb.Context(), storetest.Now().Add(time.Hour), 100, time.Minute)
	if err != nil {
		tb.Fatal(err)
	}
	for _, job := range jobs {
		order := job.Subject
		if job.Kind == shop.JobLink {
			order = ""
		}
		noted, err := s.NoteLetter(tb.Context(), job.Key, shop.MailRecord{
			Kind: shop.MailKind(job.Detail), OrderID: order, MessageID: job.Key + "@shop.example", To: to, Language: shop.English,
			Subject: "Your receipt", Text: "Hello " + to, HTML: "<p>Hello " + to,
		})
		if err != nil || !noted {
			tb.Fatalf("note %s: %t, %v", job.Key, noted, err)
		}
	}
	return jobs
}

func TestAMailIsInTheLogFromTheMomentItIsQueued(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		order := storetest.MustPaidOrder(t, s, storetest.Advisory)
		mails := MustMails(t, s, order.ID)
		if len(mails) != 1 {
			t.Fatalf("mails %+v", mails)
		}
		queued := mails[0]
		if queued.State != shop.MailQueued || queued.Kind != shop.MailReceipt || queued.OrderNumber != order.Number ||
			queued.To != "" || queued.QueuedAt.IsZero() || queued.NextAttempt.IsZero() {
			t.Errorf("queued: %+v", queued)
		}

		job := MustNote(t, s, "Ada@School.example")[0]
		must(t, s.RetryJob(t.Context(), job, storetest.Now(), "mail_unavailable: 451"))
		tried, err := s.Mail(t.Context(), queued.ID)
		must(t, err)
		if tried.State != shop.MailQueued || tried.Attempts != 1 || tried.Error != "mail_unavailable: 451" || tried.To != "ada@school.example" ||
			tried.Text != "Hello Ada@School.example" || !tried.SentAt.IsZero() {
			t.Errorf("after a failed attempt: %+v", tried)
		}

		job = MustNote(t, s, "ada@school.example")[0]
		must(t, s.FinishJob(t.Context(), job, storetest.Now()))
		sent, err := s.Mail(t.Context(), queued.ID)
		must(t, err)
		if sent.State != shop.MailSent || sent.Attempts != 2 || sent.Error != "" || !sent.SentAt.Equal(storetest.Now().Truncate(time.Microsecond)) || !sent.NextAttempt.IsZero() {
			t.Errorf("sent: %+v", sent)
		}
		must(t, s.GiveUpJob(t.Context(), job, storetest.Now(), "late")) // a claim that is over
		if again, err := s.Mail(t.Context(), queued.ID); err != nil || again.State != shop.MailSent {
			t.Errorf("after a claim that is over: %+v, %v", again, err)
		}
	})
}

func TestAMailThatIsGivenUpHasFailed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		order := storetest.MustPaidOrder(t, s, storetest.Advisory)
		must(t, s.GiveUpJob(t.Context(), MustNote(t, s, "ada@school.example")[0], storetest.Now(), "mail_refused: 550"))
		if mails := MustMails(t, s, order.ID); mails[0].State != shop.MailFailed || mails[0].Error != "mail_refused: 550" || !mails[0].SentAt.IsZero() {
			t.Errorf("given up: %+v", mails)
		}
		counts, err := s.MailCounts(t.Context(), []shop.Period{{From: storetest.Now(), To: storetest.Now().Add(time.Hour)}, {To: storetest.Now()}})
		if want := []shop.MailCounts{{Failed: 1}, {}}; err != nil || !slices.Equal(counts, want) {
			t.Errorf("counts %+v, %v", counts, err)
		}
	})
}

func TestAMailThatWasNotDueLeavesTheLog(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		must(t, s.AskForLink(t.Context(), mailedLink(shop.LinkLibrary, "stranger@school.example"), storetest.Now().Add(-time.Hour), 3))
		if mails, err := s.Mails(t.Context(), shop.MailQuery{Limit: 10}); err != nil || len(mails) != 1 || mails[0].Kind != shop.MailLibraryLink {
			t.Fatalf("queued: %+v, %v", mails, err)
		}
		for _, job := range mustClaim(t, s, 10) {
			must(t, s.FinishJob(t.Context(), job, storetest.Now()))
		}
		if mails, err := s.Mails(t.Context(), shop.MailQuery{Limit: 10}); err != nil || len(mails) != 0 {
			t.Errorf("left: %+v, %v", mails, err)
		}
		if noted, err := s.NoteLetter(t.Context(), "no job", shop.MailRecord{Kind: shop.MailReceipt, MessageID: "m"}); err != nil || noted {
			t.Errorf("a letter without a job: %t, %v", noted, err)
		}
	})
}

func TestTheLogIsNarrowedAndTurnedOver(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		var orders []shop.Order
		for _, to := range []string{"ada@school.example", "adam@school.example", "bob@school.example"} {
			orders = append(orders, storetest.MustPaidOrder(t, s, storetest.Advisory))
			for _, job := range MustNote(t, s, to) {
				must(t, s.FinishJob(t.Context(), job, storetest.Now()))
			}
		}
		waiting := storetest.MustPaidOrder(t, s, storetest.Advisory)
		for name, c := range map[string]struct {
			query shop.MailQuery
			want  []string
		}{
			"all":                  {shop.MailQuery{Limit: 10}, []string{waiting.Number, orders[2].Number, orders[1].Number, orders[0].Number}},
			"the first page":       {shop.MailQuery{Limit: 2}, []string{waiting.Number, orders[2].Number}},
			"queued":               {shop.MailQuery{State: shop.MailQueued, Limit: 10}, []string{waiting.Number}},
			"another kind":         {shop.MailQuery{Kind: shop.MailReview, Limit: 10}, nil},
			"beginning of address": {shop.MailQuery{Words: " ADA", Limit: 10}, []string{orders[1].Number, orders[0].Number}},
			"a whole address":      {shop.MailQuery{Words: "ada@school.example", Limit: 10}, []string{orders[0].Number}},
			"a number":             {shop.MailQuery{Words: orders[1].Number, Limit: 10}, []string{orders[1].Number}},
			"not text":             {shop.MailQuery{Words: "a\x00", Limit: 10}, nil},
		} {
			mails, err := s.Mails(t.Context(), c.query)
			must(t, err)
			var got []string
			for _, m := range mails {
				got = append(got, m.OrderNumber)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: %v, want %v", name, got, c.want)
			}
		}
		first, err := s.Mails(t.Context(), shop.MailQuery{Limit: 3})
		must(t, err)
		rest, err := s.Mails(t.Context(), shop.MailQuery{Limit: 3, Before: first[2].ID})
		if err != nil || len(rest) != 1 || rest[0].OrderNumber != orders[0].Number {
			t.Errorf("the second page: %+v, %v", rest, err)
		}
	})
}

func TestAMailIsSentAgainOnceForEachRequest(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		order := storetest.MustPaidOrder(t, s, storetest.Advisory)
		must(t, s.FinishJob(t.Context(), MustNote(t, s, "ada@school.example")[0], storetest.Now()))
		first := MustMails(t, s, order.ID)[0]
		act := shop.Act{By: shop.Actor{StaffID: "s1", Name: "Sam"}, Verb: "mail.resend", Subject: shop.Subject{Kind: "mail", ID: fmt.Sprint(first.ID)}}
		var all sync.WaitGroup
		both := make([]shop.MailRecord, 2)
		for i := range both {
			all.Go(func() {
				var err error
				if both[i], err = s.ResendMail(t.Context(), first.ID, "resend:1", act, storetest.Now()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if both[0].ID != both[1].ID || both[0].ID == first.ID || both[0].State != shop.MailQueued {
			t.Errorf("pressed twice: %+v", both)
		}
		_, err := s.ResendMail(t.Context(), first.ID, "resend:2", act, storetest.Now())
		must(t, err)
		if mails := MustMails(t, s, order.ID); len(mails) != 3 {
			t.Errorf("%d mails after two requests", len(mails))
		}
		if records, err := s.AuditRecords(t.Context(), shop.AuditQuery{Verb: "mail.resend", Limit: 10}); err != nil || len(records) != 2 {
			t.Errorf("trail: %+v, %v", records, err)
		}
		must(t, s.AskForLink(t.Context(), mailedLink(shop.LinkLibrary, "ada@school.example"), storetest.Now().Add(-time.Hour), 3))
		links, err := s.Mails(t.Context(), shop.MailQuery{Kind: shop.MailLibraryLink, Limit: 1})
		must(t, err)
		if _, err := s.ResendMail(t.Context(), links[0].ID, "resend:3", act, storetest.Now()); !shop.IsKind(err, shop.Conflict) {
			t.Errorf("a link: %v", err)
		}
	})
}

func TestReportsCountOnceAndFindTheirMail(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		order := storetest.MustPaidOrder(t, s, storetest.Advisory)
		must(t, s.FinishJob(t.Context(), MustNote(t, s, "ada@school.example")[0], storetest.Now()))
		mail := MustMails(t, s, order.ID)[0]
		at := storetest.Now().Add(time.Hour).Truncate(time.Microsecond)
		report := func(id string, kind shop.MailReportKind, messageID string, to ...string) shop.MailReport {
			return shop.MailReport{ID: id, Kind: kind, MessageID: messageID, To: to, Detail: "Permanent: 5.1.1", At: at}
		}
		for _, c := range []struct {
			name   string
			report shop.MailReport
			want   shop.MailReportOutcome
			state  shop.MailState
		}{
			{"of a stranger", report("r0", shop.ReportBounced, "x@y", "bob@school.example"), shop.ReportUnmatched, shop.MailSent},
			{"before it was queued", shop.MailReport{ID: "r1", Kind: shop.ReportBounced, To: []string{"ada@school.example"}, At: at.Add(-24 * time.Hour)}, shop.ReportUnmatched, shop.MailSent},
			{"delivered", report("r2", shop.ReportDelivered, mail.MessageID), shop.ReportApplied, shop.MailSent},
			{"bounced", report("r3", shop.ReportBounced, "unknown", "ada@school.example"), shop.ReportApplied, shop.MailBounced},
			{"once more", report("r3", shop.ReportComplaint, mail.MessageID), shop.ReportDuplicate, shop.MailBounced},
			{"complaint", report("r4", shop.ReportComplaint, mail.MessageID), shop.ReportApplied, shop.MailComplaint},
			{"bounced late", report("r5", shop.ReportBounced, mail.MessageID), shop.ReportApplied, shop.MailComplaint},
			{"not text", report("r6", shop.ReportBounced, "\x00", "\x00"), shop.ReportUnmatched, shop.MailComplaint},
		} {
			outcome, err := s.ApplyMailReport(t.Context(), c.report, storetest.Now())
			if err != nil || outcome != c.want {
				t.Errorf("%s: %s, %v", c.name, outcome, err)
			}
			if got := MustMails(t, s, order.ID)[0]; got.State != c.state {
				t.Errorf("%s: state %s, want %s", c.name, got.State, c.state)
			}
		}
		if got := MustMails(t, s, order.ID)[0]; !got.DeliveredAt.Equal(at) || !got.BouncedAt.Equal(at) || got.Bounce != "Permanent: 5.1.1" {
			t.Errorf("mail %+v", got)
		}
	})
}
