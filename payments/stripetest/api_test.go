package stripetest_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"bookroom/payments/stripetest"
)

func TestKeys(t *testing.T) {
	t.Parallel()
	s := MustStart(t, stripetest.Options{})
	for name, c := range map[string]struct {
		authorization string
		status        int
		says          string
	}{
		"test key":        {"Bearer sk_test_1", http.StatusOK, `"acct_`},
		"restricted key":  {"Bearer rk_test_1", http.StatusOK, `"acct_`},
		"basic":           {"Basic c2tfdGVzdF8xOg==", http.StatusOK, `"acct_`}, // sk_test_1:
		"no key":          {"", http.StatusUnauthorized, "You did not provide an API key."},
		"live key":        {"Bearer sk_live_1", http.StatusUnauthorized, "it refuses live keys"},
		"live restricted": {"Bearer rk_live_1", http.StatusUnauthorized, "it refuses live keys"},
		"publishable key": {"Bearer pk_test_1", http.StatusUnauthorized, "Invalid API Key provided"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, body, head := ask(t, s.url+"/v1/account", c.authorization)
			if status != c.status || !strings.HasPrefix(head.Get("Request-Id"), "req_") {
				t.Errorf("answered %d, request %q; want %d", status, head.Get("Request-Id"), c.status)
			}
			mustContain(t, body, c.says)
			if key := strings.TrimPrefix(c.authorization, "Bearer "); key != "" && strings.Contains(body, key) {
				t.Error("the answer repeats the key")
			}
		})
	}
	if status, body, _ := ask(t, s.url+"/v1/moon", "Bearer sk_test_1"); status != http.StatusNotFound || !strings.Contains(body, "Unrecognized request URL (GET: /v1/moon).") {
		t.Errorf("an unknown path answered %d: %s", status, body)
	}
}

func TestOnlyOneVersionIsSpoken(t *testing.T) {
	t.Parallel()
	s := MustStart(t, stripetest.Options{})
	request, err := http.NewRequest(http.MethodGet, s.url+"/v1/account", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer sk_test_1")
	request.Header.Set("Stripe-Version", "2024-06-20")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	if body := mustRead(t, response); response.StatusCode != http.StatusBadRequest || !strings.Contains(body, "speaks 2023-10-16") {
		t.Errorf("another version answered %d: %s", response.StatusCode, body)
	}
}

func TestUnknownObjects(t *testing.T) {
	t.Parallel()
	s := MustStart(t, stripetest.Options{})
	for name, retrieve := range map[string]func() error{
		"checkout.session":    func() error { _, err := s.CheckoutSessions.Get("cs_x", nil); return err },
		"payment_intent":      func() error { _, err := s.PaymentIntents.Get("pi_x", nil); return err },
		"charge":              func() error { _, err := s.Charges.Get("ch_x", nil); return err },
		"refund":              func() error { _, err := s.Refunds.Get("re_x", nil); return err },
		"dispute":             func() error { _, err := s.Disputes.Get("dp_x", nil); return err },
		"payout":              func() error { _, err := s.Payouts.Get("po_x", nil); return err },
		"balance_transaction": func() error { _, err := s.BalanceTransactions.Get("txn_x", nil); return err },
		"event":               func() error { _, err := s.API.Events.Get("evt_x", nil); return err },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mustRefuse(t, retrieve(), http.StatusNotFound, "resource_missing", "No such "+name)
		})
	}
}

func TestPagesFollowCursors(t *testing.T) {
	t.Parallel()
	s := MustStart(t, stripetest.Options{})
	var ids []string // newest first
	for range 7 {
		ids = append([]string{s.MustBuy(t, stripetest.CardSuccess).PaymentIntent.ID}, ids...)
	}
	for name, c := range map[string]struct {
		params stripe.ListParams
		want   []string
		more   bool
	}{
		"the first":       {stripe.ListParams{Limit: stripe.Int64(3)}, ids[:3], true},
		"after one":       {stripe.ListParams{Limit: stripe.Int64(3), StartingAfter: &ids[2]}, ids[3:6], true},
		"the last":        {stripe.ListParams{Limit: stripe.Int64(3), StartingAfter: &ids[5]}, ids[6:], false},
		"after the last":  {stripe.ListParams{Limit: stripe.Int64(3), StartingAfter: &ids[6]}, nil, false},
		"before one":      {stripe.ListParams{Limit: stripe.Int64(3), EndingBefore: &ids[4]}, ids[1:4], true},
		"before, the top": {stripe.ListParams{Limit: stripe.Int64(3), EndingBefore: &ids[2]}, ids[:2], false},
		"exactly all":     {stripe.ListParams{Limit: stripe.Int64(7)}, ids, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.params.Single = true
			list := s.PaymentIntents.List(&stripe.PaymentIntentListParams{ListParams: c.params}).PaymentIntentList()
			var got []string
			for _, payment := range list.Data {
				got = append(got, payment.ID)
			}
			if !slices.Equal(got, c.want) || list.HasMore != c.more {
				t.Errorf("got %v, more %t; want %v, %t", got, list.HasMore, c.want, c.more)
			}
		})
	}
	t.Run("all, page by page", func(t *testing.T) {
		t.Parallel()
		params := &stripe.PaymentIntentListParams{ListParams: stripe.ListParams{Limit: stripe.Int64(2)}}
		params.AddExpand("data.latest_charge")
		var got []string
		list := s.PaymentIntents.List(params)
		for list.Next() {
			got = append(got, list.PaymentIntent().ID)
			if !list.PaymentIntent().LatestCharge.Paid {
				t.Error("a charge in the list is not expanded")
			}
		}
		if list.Err() != nil || !slices.Equal(got, ids) {
			t.Errorf("got %v, %v; want %v", got, list.Err(), ids)
		}
	})
	for name, params := range map[string]stripe.ListParams{
		"limit 0":        {Limit: stripe.Int64(0)},
		"limit 101":      {Limit: stripe.Int64(101)},
		"unknown cursor": {StartingAfter: stripe.String("pi_x")},
		"both cursors":   {StartingAfter: &ids[0], EndingBefore: &ids[1]},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			list := s.PaymentIntents.List(&stripe.PaymentIntentListParams{ListParams: params})
			var refused *stripe.Error
			if !errors.As(list.Err(), &refused) || refused.HTTPStatusCode != http.StatusBadRequest {
				t.Errorf("got %v, want a 400", list.Err())
			}
		})
	}
}

func TestIdempotencyKeys(t *testing.T) {
	t.Parallel()
	s := MustStart(t, stripetest.Options{Now: fixedClock})
	open := func(key string, change func(*stripe.CheckoutSessionParams)) (*stripe.CheckoutSession, error) {
		params := sale()
		params.SetIdempotencyKey(key)
		if change != nil {
			change(params)
		}
		return s.CheckoutSessions.New(params)
	}
	first, err := open("order-7", nil)
	if err != nil {
		t.Fatal(err)
	}
	again, err := open("order-7", nil)
	if err != nil {
		t.Fatal(err)
	}
	head := again.LastResponse.Header
	if again.ID != first.ID || head.Get("Idempotent-Replayed") != "true" || head.Get("Original-Request") != first.LastResponse.RequestID {
		t.Errorf("the same request gave %s, replayed %q of %q; want %s", again.ID, head.Get("Idempotent-Replayed"), head.Get("Original-Request"), first.ID)
	}

	_, err = open("order-7", func(p *stripe.CheckoutSessionParams) { p.LineItems[0].Quantity = stripe.Int64(2) })
	if refused := mustRefuse(t, err, http.StatusBadRequest, "", "can only be used with the same parameters"); refused.Type != "idempotency_error" {
		t.Errorf("the error is a %s", refused.Type)
	}
	expire := &stripe.CheckoutSessionExpireParams{}
	expire.SetIdempotencyKey("order-7")
	_, err = s.CheckoutSessions.Expire(first.ID, expire)
	mustRefuse(t, err, http.StatusBadRequest, "", "can only be used for the same endpoint")

	if _, err = open("order-8", func(p *stripe.CheckoutSessionParams) { p.Mode = nil }); err == nil {
		t.Fatal("a session without mode")
	}
	if _, err = open("order-8", nil); err != nil {
		t.Errorf("a request that failed validation used its key up: %v", err)
	}

	if err := s.Advance(24 * time.Hour); err != nil {
		t.Fatal(err)
	}
	if late, err := open("order-7", nil); err != nil || late.ID == first.ID {
		t.Errorf("after a day the key still gives %v, %v", late, err)
	}
}

func TestARefusedRefundKeepsItsKey(t *testing.T) {
	t.Parallel()
	s := MustStart(t, stripetest.Options{})
	charge := s.MustBuy(t, stripetest.CardSuccess).PaymentIntent.LatestCharge
	refund := func() error {
		params := &stripe.RefundParams{Charge: &charge.ID, Amount: stripe.Int64(9999)}
		params.SetIdempotencyKey("refund-1")
		_, err := s.Refunds.New(params)
		return err
	}
	first := mustRefuse(t, refund(), http.StatusBadRequest, "", "greater than unrefunded amount")
	second := mustRefuse(t, refund(), http.StatusBadRequest, "", "greater than unrefunded amount")
	if second.LastResponse.Header.Get("Idempotent-Replayed") != "true" || first.LastResponse.Header.Get("Idempotent-Replayed") != "" {
		t.Error("the second refusal is not a replay of the first")
	}
}

func TestFaultsOfTheAPI(t *testing.T) {
	t.Parallel()
	t.Run("a broken connection after the effect, healed by a retry", func(t *testing.T) {
		t.Parallel()
		s := MustStart(t, stripetest.Options{})
		s.SetFaults(stripetest.Faults{API: stripetest.APIFault{Kind: stripetest.FaultResetAfter, Times: 1}})
		session, err := newClient(s.url, "sk_test_123", 1).CheckoutSessions.New(sale())
		if err != nil {
			t.Fatal(err)
		}
		list := s.CheckoutSessions.List(&stripe.CheckoutSessionListParams{}).CheckoutSessionList().Data
		if len(list) != 1 || list[0].ID != session.ID || session.LastResponse.Header.Get("Idempotent-Replayed") != "true" {
			t.Errorf("there are %d sessions, want the one that was made before the break", len(list))
		}
	})
	t.Run("a broken connection before the effect", func(t *testing.T) {
		t.Parallel()
		s := MustStart(t, stripetest.Options{Faults: stripetest.Faults{API: stripetest.APIFault{Kind: stripetest.FaultResetBefore, Path: "/v1/checkout"}}})
		if _, err := s.Accounts.Get(); err != nil {
			t.Errorf("another path suffers too: %v", err)
		}
		if _, err := s.CheckoutSessions.New(sale()); err == nil {
			t.Error("no fault")
		}
		s.SetFaults(stripetest.Faults{})
		if list := s.CheckoutSessions.List(&stripe.CheckoutSessionListParams{}).CheckoutSessionList().Data; len(list) != 0 {
			t.Errorf("there are %d sessions, want none", len(list))
		}
	})
	t.Run("an error, kept for its key", func(t *testing.T) {
		t.Parallel()
		s := MustStart(t, stripetest.Options{Faults: stripetest.Faults{API: stripetest.APIFault{Kind: stripetest.FaultError, Times: 1}}})
		open := func() (*stripe.CheckoutSession, error) {
			params := sale()
			params.SetIdempotencyKey("order-7")
			return s.CheckoutSessions.New(params)
		}
		for range 2 {
			_, err := open()
			if refused := mustRefuse(t, err, http.StatusInternalServerError, "", "There was an error"); refused.Type != "api_error" {
				t.Errorf("the error is a %s", refused.Type)
			}
		}
		if _, err := s.CheckoutSessions.New(sale()); err != nil {
			t.Errorf("another key fails too: %v", err)
		}
	})
	t.Run("no answer", func(t *testing.T) {
		t.Parallel()
		s := MustStart(t, stripetest.Options{Faults: stripetest.Faults{API: stripetest.APIFault{Kind: stripetest.FaultHang, Times: 1}}})
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		defer cancel()
		params := sale()
		params.Context = ctx
		if _, err := s.CheckoutSessions.New(params); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the client to give up", err)
		}
		if _, err := s.CheckoutSessions.New(sale()); err != nil {
			t.Errorf("the next request fails too: %v", err)
		}
	})
}

func ask(tb testing.TB, address, authorization string) (status int, body string, head http.Header) {
	tb.Helper()
	request, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		tb.Fatal(err)
	}
	if authorization != "" {
		request.Header.Set("Authorization", authorization)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		tb.Fatal(err)
	}
	return response.StatusCode, mustRead(tb, response), response.Header
}
