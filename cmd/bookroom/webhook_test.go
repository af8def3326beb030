package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bookroom/payments/stripetest"
	"bookroom/shop"
	"bookroom/store/storetest"

	"github.com/stripe/stripe-go/v76/webhook"
)

// sale is an order on its way through a running shop.
type sale struct {
	*buyer
	t       testing.TB
	w       *world
	app     *app
	token   string
	session string // of its payment page
	page    string
}

// mustSell puts two handbooks, of different prices, through checkout.
func mustSell(tb testing.TB, w *world, a *app) *sale {
	tb.Helper()
	b := newBuyer(w.settings.URL, "reader@school.example")
	var variants []string
	for _, slug := range []string{"advisory-structure", "school-culture"} {
		p, err := b.product(slug)
		if err != nil {
			tb.Fatal(err)
		}
		variants = append(variants, p.Variants[0].ID)
	}
	cart, err := b.fillCart(variants...)
	if err != nil {
		tb.Fatal(err)
	}
	done, err := b.checkout(cart, "")
	if err != nil {
		tb.Fatal(err)
	}
	s := &sale{buyer: b, t: tb, w: w, app: a, token: done.OrderToken, page: done.PaymentURL}
	s.session = s.stored().SessionID
	return s
}

// stored is the order as the database has it.
func (s *sale) stored() shop.Order {
	s.t.Helper()
	o, err := s.app.shop.OrderByToken(s.t.Context(), s.token)
	if err != nil {
		s.t.Fatal(err)
	}
	return o
}

func (s *sale) mustPay() {
	s.t.Helper()
	if err := s.pay(s.page); err != nil {
		s.t.Fatal(err)
	}
}

// must is for the simulator's acts.
func (s *sale) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// settle waits until every event has arrived.
func (s *sale) settle() {
	s.t.Helper()
	s.must(s.w.stripe.Idle(s.t.Context()))
}

// charge is the order's charge at Stripe.
func (s *sale) charge() string {
	s.t.Helper()
	s.settle()
	for _, e := range s.w.stripe.Events() {
		if e.Type == "charge.succeeded" {
			return e.Object
		}
	}
	s.t.Fatal("nothing was charged")
	return ""
}

// expect compares the order's state and its rights, in the order of its lines.
func (s *sale) expect(status shop.OrderStatus, rights ...shop.EntitlementState) {
	s.t.Helper()
	o := s.stored()
	var got []shop.EntitlementState
	for _, line := range o.Lines {
		for _, e := range o.Entitlements {
			if e.LineID == line.ID {
				got = append(got, e.State)
			}
		}
	}
	if o.Status != status || !slices.Equal(got, rights) {
		s.t.Errorf("the order is %s with %v, want %s with %v (attention: %q)", o.Status, got, status, rights, o.Attention)
	}
}

func TestAnOrderFollowsStripe(t *testing.T) {
	t.Parallel()
	const on, off, held = shop.Active, shop.Revoked, shop.Suspended
	for name, act := range map[string]func(s *sale){
		"paid": func(s *sale) {
			s.mustPay()
			s.settle()
			s.expect(shop.Paid, on, on)
		},
		"declined, then paid": func(s *sale) {
			answer, err := s.http.PostForm(s.page, map[string][]string{"card": {stripetest.CardDeclined}, "exp": {"12/40"}, "cvc": {"123"}})
			s.must(err)
			s.must(answer.Body.Close())
			s.settle()
			s.expect(shop.Pending)
			s.mustPay()
			s.settle()
			s.expect(shop.Paid, on, on)
		},
		"slow payment that succeeds": func(s *sale) {
			s.payByBank()
			s.settle()
			s.expect(shop.Pending)
			s.must(s.w.stripe.SettleBankDebit(s.session, true))
			s.settle()
			s.expect(shop.Paid, on, on)
		},
		"slow payment that fails": func(s *sale) {
			s.payByBank()
			s.must(s.w.stripe.SettleBankDebit(s.session, false))
			s.settle()
			s.expect(shop.Canceled)
		},
		"expired": func(s *sale) {
			s.must(s.w.stripe.ExpireSession(s.session))
			s.settle()
			s.expect(shop.Expired)
		},
		"refunded": func(s *sale) {
			s.mustPay()
			_, err := s.w.stripe.Refund(s.charge(), 0)
			s.must(err)
			s.settle()
			s.expect(shop.Refunded, off, off)
		},
		"one line refunded, then the other": func(s *sale) {
			s.mustPay()
			charge := s.charge()
			for n, want := range []shop.OrderStatus{shop.PartiallyRefunded, shop.Refunded} {
				_, err := s.w.stripe.Refund(charge, s.stored().Lines[n].Total)
				s.must(err)
				s.settle()
				s.expect(want, off, []shop.EntitlementState{on, off}[n])
			}
		},
		"refund that fails": func(s *sale) {
			s.mustPay()
			refund, err := s.w.stripe.Refund(s.charge(), 0)
			s.must(err)
			s.settle()
			s.must(s.w.stripe.FailRefund(refund))
			s.settle()
			s.expect(shop.Paid, on, on)
		},
		"disputed and won": func(s *sale) {
			s.mustPay()
			dispute, err := s.w.stripe.Dispute(s.charge(), "fraudulent")
			s.must(err)
			s.settle()
			s.expect(shop.Disputed, held, held)
			s.must(s.w.stripe.DecideDispute(dispute, true))
			s.settle()
			s.expect(shop.Paid, on, on)
		},
		"disputed and lost": func(s *sale) {
			s.mustPay()
			dispute, err := s.w.stripe.Dispute(s.charge(), "fraudulent")
			s.must(err)
			s.must(s.w.stripe.DecideDispute(dispute, false))
			s.settle()
			s.expect(shop.Lost, off, off)
		},
		"every event three times": func(s *sale) {
			s.w.stripe.SetFaults(stripetest.Faults{Duplicate: 2})
			s.mustPay()
			s.settle()
			s.expect(shop.Paid, on, on)
		},
		"the dispute is heard of before the payment": func(s *sale) {
			s.w.stripe.SetFaults(stripetest.Faults{Reorder: 1000})
			s.mustPay()
			_, err := s.w.stripe.Dispute(s.charge(), "fraudulent")
			s.must(err)
			s.w.stripe.SetFaults(stripetest.Faults{}) // sends what was held back, last first
			s.settle()
			s.expect(shop.Disputed, held, held)
		},
		"no event, but the buyer comes back": func(s *sale) {
			s.w.stripe.SetFaults(stripetest.Faults{Drop: []string{"*"}})
			s.mustPay()
			s.settle()
			s.expect(shop.Pending)
			if _, err := s.order(s.token); err != nil {
				s.t.Fatal(err)
			}
			s.expect(shop.Paid, on, on)
		},
		"no event, and the buyer never comes back": func(s *sale) {
			s.w.stripe.SetFaults(stripetest.Faults{Drop: []string{"*"}})
			s.mustPay()
			s.w.wait(2 * time.Minute)
			_, err := s.app.shop.Sweep(s.t.Context())
			s.must(err)
			s.expect(shop.Paid, on, on)
		},
		"no event of the expiry": func(s *sale) {
			s.w.stripe.SetFaults(stripetest.Faults{Drop: []string{"*"}})
			s.must(s.w.stripe.ExpireSession(s.session))
			s.w.wait(2 * time.Minute)
			_, err := s.app.shop.Sweep(s.t.Context())
			s.must(err)
			s.expect(shop.Expired)
		},
		"an event that comes when all is over": func(s *sale) {
			s.mustPay()
			_, err := s.w.stripe.Refund(s.charge(), 0)
			s.must(err)
			s.settle()
			for _, e := range s.w.stripe.Events() {
				s.must(s.w.stripe.Redeliver(e.ID))
			}
			s.settle()
			s.expect(shop.Refunded, off, off)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.EachEmpty(t, func(t *testing.T, database string) {
				w := mustWorld(t, database)
				act(mustSell(t, w, w.mustOpen(t)))
			})
		})
	}
}

// payByBank chooses the method whose money comes days later, if at all.
func (s *sale) payByBank() {
	s.t.Helper()
	answer, err := s.http.PostForm(s.page, map[string][]string{"method": {"us_bank_account"}})
	s.must(err)
	s.must(answer.Body.Close())
	if answer.StatusCode != http.StatusSeeOther {
		s.t.Fatalf("paying by bank: status %d", answer.StatusCode)
	}
}

// letter is an event as it could be posted to the webhook by anybody.
type letter struct {
	id, kind string
	livemode bool
	object   map[string]any
	secret   string
	at       time.Time
	padding  int // bytes
}

// completed is the event of a paid session, true in every point.
func (s *sale) completed() letter {
	o := s.stored()
	return letter{
		id: "evt_" + shop.NewSecret(), kind: "checkout.session.completed", secret: worldWebhook, at: time.Now(),
		object: map[string]any{
			"id": o.SessionID, "object": "checkout.session", "client_reference_id": o.ID, "payment_status": "paid", "status": "complete",
			"amount_subtotal": o.Subtotal, "amount_total": o.Total, "currency": o.Currency, "payment_intent": "pi_" + shop.NewSecret(), "livemode": false,
		},
	}
}

func (s *sale) post(l letter) (int, string) {
	s.t.Helper()
	return mustPost(s.t, s.shop, l)
}

// mustPost delivers a letter to a shop and returns the status and the body of the answer.
func mustPost(tb testing.TB, shop string, l letter) (int, string) {
	tb.Helper()
	raw, err := json.Marshal(map[string]any{
		"id": l.id, "object": "event", "type": l.kind, "api_version": "2023-10-16", "created": l.at.Unix(), "livemode": l.livemode,
		"data": map[string]any{"object": l.object}, "padding": strings.Repeat("x", l.padding),
	})
	if err != nil {
		tb.Fatal(err)
	}
	signed := webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: raw, Secret: l.secret, Timestamp: l.at})
	r, err := http.NewRequestWithContext(tb.Context(), "POST", shop+"/webhooks/stripe", strings.NewReader(string(raw)))
	if err != nil {
		tb.Fatal(err)
	}
	r.Header.Set("Stripe-Signature", signed.Header)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		tb.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		tb.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

func TestLettersToTheWebhook(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*letter)
		answer int
		status shop.OrderStatus
	}{
		"a true one":             {func(*letter) {}, 200, shop.Paid},
		"found by its reference": {func(l *letter) { l.object["id"] = "cs_of_nobody" }, 200, shop.Paid},
		"with tax": {func(l *letter) {
			l.object["amount_total"] = l.object["amount_total"].(int64) + 7
			l.object["total_details"] = map[string]any{"amount_tax": 7}
		}, 200, shop.Paid},
		"a cent too little":          {func(l *letter) { l.object["amount_total"] = l.object["amount_total"].(int64) - 1 }, 200, shop.Review},
		"a cent too much":            {func(l *letter) { l.object["amount_total"] = l.object["amount_total"].(int64) + 1 }, 200, shop.Review},
		"another currency":           {func(l *letter) { l.object["currency"] = "cad" }, 200, shop.Review},
		"unpaid as yet":              {func(l *letter) { l.object["payment_status"] = "unpaid" }, 200, shop.Pending},
		"of the other mode":          {func(l *letter) { l.livemode = true }, 200, shop.Pending},
		"of a type nobody knows":     {func(l *letter) { l.kind = "radar.early_fraud_warning.created" }, 200, shop.Pending},
		"about nobody's order":       {func(l *letter) { l.object["id"], l.object["client_reference_id"] = "cs_of_nobody", "nobody" }, 200, shop.Pending},
		"signed by somebody else":    {func(l *letter) { l.secret = "whsec_of_somebody_else" }, 400, shop.Pending},
		"six minutes old":            {func(l *letter) { l.at = l.at.Add(-6 * time.Minute) }, 400, shop.Pending},
		"from six minutes ahead":     {func(l *letter) { l.at = l.at.Add(6 * time.Minute) }, 400, shop.Pending},
		"four minutes old":           {func(l *letter) { l.at = l.at.Add(-4 * time.Minute) }, 200, shop.Paid},
		"without an id":              {func(l *letter) { l.id = "" }, 400, shop.Pending},
		"a session without a status": {func(l *letter) { delete(l.object, "payment_status") }, 400, shop.Pending},
		"larger than any event":      {func(l *letter) { l.padding = 2 << 20 }, 413, shop.Pending},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := mustWorld(t, "sqlite://"+t.TempDir()+"/bookroom.db")
			w.settings.StripeSecrets = "whsec_of_last_year, " + worldWebhook
			s := mustSell(t, w, w.mustOpen(t))
			l := s.completed()
			c.change(&l)
			for range 2 { // the second time nothing more happens
				if status, body := s.post(l); status != c.answer {
					t.Errorf("answered %d, want %d: %s", status, c.answer, body)
				}
			}
			if c.status == shop.Paid {
				s.expect(shop.Paid, shop.Active, shop.Active)
			} else {
				s.expect(c.status)
			}
		})
	}
}

func TestTwoHundredDeliveriesOfTwentyEventsGrantTwentyTimes(t *testing.T) {
	t.Parallel()
	storetest.EachEmpty(t, func(t *testing.T, database string) {
		w := mustWorld(t, database)
		a := w.mustOpen(t)
		var sales []*sale
		var letters []letter
		for range 20 {
			s := mustSell(t, w, a)
			sales, letters = append(sales, s), append(letters, s.completed())
		}
		var connections sync.WaitGroup
		for c := range 8 {
			connections.Go(func() {
				for n := range 25 {
					which := (c*25 + n) % 20
					if status, body := sales[which].post(letters[which]); status != 200 {
						t.Errorf("answered %d: %s", status, body)
					}
				}
			})
		}
		connections.Wait()
		for _, s := range sales {
			s.expect(shop.Paid, shop.Active, shop.Active)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if receipts, err := w.inbox.WaitFor(ctx, len(sales)); err != nil || len(receipts) != len(sales) {
			t.Errorf("%d receipts for %d orders (%v)", len(receipts), len(sales), err)
		}
	})
}

func TestWhenStripeIsAway(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]stripetest.FaultKind{
		"it errs": stripetest.FaultError, "the line breaks before it acts": stripetest.FaultResetBefore,
		"the line breaks after it acted": stripetest.FaultResetAfter,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := mustWorld(t, "sqlite://"+t.TempDir()+"/bookroom.db")
			w.mustOpen(t)
			b := newBuyer(w.settings.URL, "reader@school.example")
			p, err := b.product("advisory-structure")
			if err != nil {
				t.Fatal(err)
			}
			cart, err := b.fillCart(p.Variants[0].ID)
			if err != nil {
				t.Fatal(err)
			}
			w.stripe.SetFaults(stripetest.Faults{API: stripetest.APIFault{Kind: fault, Path: "/v1/checkout/sessions"}})
			_, err = b.checkout(cart, "the-same-press")
			var status *statusError
			if !errors.As(err, &status) || status.status != 503 || !strings.Contains(status.body, "Nothing was charged") {
				t.Fatalf("checkout without Stripe: %v", err)
			}
			w.stripe.SetFaults(stripetest.Faults{})
			var pages []string
			for _, key := range []string{"the-same-press", "the-same-press", "another-press"} {
				done, err := b.checkout(cart, key)
				if err != nil {
					t.Fatal(err)
				}
				pages = append(pages, done.PaymentURL)
			}
			if pages[0] != pages[1] || pages[1] == pages[2] {
				t.Errorf("presses lead to %v", pages)
			}
			if b.pay(pages[0]) == nil || b.pay(pages[2]) != nil {
				t.Error("the buyer could not pay on the newest page alone")
			}
		})
	}
}

func TestTwoWindowsLeadToOnePayment(t *testing.T) {
	t.Parallel()
	storetest.EachEmpty(t, func(t *testing.T, database string) {
		w := mustWorld(t, database)
		a := w.mustOpen(t)
		s := mustSell(t, w, a)
		cart := s.stored().CartID
		pages := make([]string, 6) // those who come too late are told so, and have none
		var same sync.WaitGroup
		for n := range pages {
			same.Go(func() {
				done, err := s.checkout(cart, fmt.Sprint("window-", n))
				var status *statusError
				if err != nil && (!errors.As(err, &status) || status.status != http.StatusConflict) {
					t.Errorf("window %d: %v", n, err)
				}
				pages[n] = done.PaymentURL
			})
		}
		same.Wait()
		done, err := s.checkout(cart, "the-last-window")
		s.must(err)
		paid := 0
		for _, page := range append(pages, s.page, done.PaymentURL) {
			if page != "" && s.pay(page) == nil {
				paid++
			}
		}
		if paid != 1 {
			t.Errorf("paid %d times", paid)
		}
		s.settle()
		if got := s.stored().Status; got != shop.Canceled && got != shop.Expired { // whichever word comes first
			t.Errorf("the replaced order is %s", got)
		}
		if err := s.pay(s.page); err == nil {
			t.Error("the replaced order could be paid")
		}
	})
}
