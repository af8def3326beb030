package stripetest_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v76"

	"bookroom/payments/stripetest"
)

// crash copies a journal as it is on disk at this moment: what a killed
// simulator leaves.
func crash(tb testing.TB, journal string) (copied string) {
	tb.Helper()
	image, err := os.ReadFile(journal)
	if err != nil {
		tb.Fatal(err)
	}
	copied = filepath.Join(tb.TempDir(), "after-crash")
	if err := os.WriteFile(copied, image, 0o600); err != nil {
		tb.Fatal(err)
	}
	return copied
}

func TestNothingIsForgotten(t *testing.T) {
	t.Parallel()
	journal := filepath.Join(t.TempDir(), "stripe.journal")
	before := MustStart(t, stripetest.Options{Journal: journal, Now: fixedClock})
	params := sale()
	params.SetIdempotencyKey("order-7")
	open, err := before.CheckoutSessions.New(params)
	if err != nil {
		t.Fatal(err)
	}
	before.Pay(t, open.URL, stripetest.Card3DSecure)
	paid := before.MustBuy(t, stripetest.CardDisputed)
	if err := before.Advance(time.Hour); err != nil {
		t.Fatal(err)
	}

	after := MustStart(t, stripetest.Options{Journal: crash(t, journal), Now: fixedClock})
	again := sale()
	again.SetIdempotencyKey("order-7")
	replayed, err := after.CheckoutSessions.New(again)
	if err != nil || replayed.ID != open.ID {
		t.Errorf("the idempotency key gives %v, %v; want %s", replayed, err, open.ID)
	}
	if got := after.MustGet(t, paid.ID); got.PaymentIntent.LatestCharge.ID != paid.PaymentIntent.LatestCharge.ID || !got.PaymentIntent.LatestCharge.Disputed {
		t.Errorf("the payment is now %+v", got.PaymentIntent)
	}
	if got := after.MustGet(t, paid.ID).LineItems.Data; len(got) != 2 {
		t.Errorf("the session has %d lines, want 2", len(got))
	}
	if status, body := get(t, after.url+"/c/pay/"+open.ID); status != 200 || !strings.Contains(body, "three_d_secure") {
		t.Errorf("the 3-D Secure step is forgotten: %d %s", status, body)
	}
	if late := after.MustOpen(t); late.Created != fixedClock().Add(time.Hour).Unix() {
		t.Errorf("the clock is at %d", late.Created)
	}
	want, got := before.Server.Events(), after.Server.Events()
	if !slices.Equal(got, want) {
		t.Errorf("there are %d events, want the same %d", len(got), len(want))
	}
}

func TestUndeliveredEventsAreDeliveredAfterARestart(t *testing.T) {
	t.Parallel()
	journal := filepath.Join(t.TempDir(), "stripe.journal")
	closed := newInbox(t)
	closed.refuse = 1 << 30
	before := MustStart(t, stripetest.Options{Journal: journal, WebhookURL: closed.url, WebhookSecret: secret})
	before.MustBuy(t, stripetest.CardSuccess)

	box := newInbox(t)
	after := MustStart(t, stripetest.Options{Journal: crash(t, journal), WebhookURL: box.url, WebhookSecret: secret})
	mustSettle(t, after.Server)
	if got := box.types(); !slices.Equal(got, purchase) {
		t.Errorf("after the restart came %v, want %v", got, purchase)
	}
}

func TestATornLastLineIsDropped(t *testing.T) {
	t.Parallel()
	journal := filepath.Join(t.TempDir(), "stripe.journal")
	before := MustStart(t, stripetest.Options{Journal: journal})
	first, second := before.MustOpen(t), before.MustOpen(t)

	torn := crash(t, journal)
	info, err := os.Stat(torn)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(torn, info.Size()-10); err != nil {
		t.Fatal(err)
	}
	after := MustStart(t, stripetest.Options{Journal: torn})
	after.MustGet(t, first.ID)
	if _, err := after.CheckoutSessions.Get(second.ID, nil); err == nil {
		t.Error("half a line was read")
	}
	third := after.MustOpen(t)
	MustStart(t, stripetest.Options{Journal: crash(t, torn)}).MustGet(t, third.ID)
}

func TestADamagedJournalIsNamed(t *testing.T) {
	t.Parallel()
	for name, line := range map[string]string{
		"not JSON":     "{]\n",
		"unknown kind": `[{"id":"moon_1"}]` + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			journal := filepath.Join(t.TempDir(), "stripe.journal")
			if err := os.WriteFile(journal, []byte("[]\n"+line), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := stripetest.New(stripetest.Options{Journal: journal})
			if err == nil || !strings.Contains(err.Error(), journal) || !strings.Contains(err.Error(), "line 2") {
				t.Errorf("got %v, want the file and line 2", err)
			}
		})
	}
}

func TestManyAtOnceAreAllKept(t *testing.T) {
	t.Parallel()
	journal := filepath.Join(t.TempDir(), "stripe.journal")
	s := MustStart(t, stripetest.Options{Journal: journal})
	var wg sync.WaitGroup
	var mu sync.Mutex
	var ids []string
	for range 8 {
		wg.Go(func() {
			for range 10 {
				session, err := s.CheckoutSessions.New(sale())
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				ids = append(ids, session.ID)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	after := MustStart(t, stripetest.Options{Journal: crash(t, journal)})
	for _, id := range ids {
		after.MustGet(t, id)
	}
	list := after.CheckoutSessions.List(&stripe.CheckoutSessionListParams{ListParams: stripe.ListParams{Limit: stripe.Int64(100)}})
	if got := list.CheckoutSessionList().Data; len(got) != 80 {
		t.Errorf("%d sessions are kept, want 80", len(got))
	}
}

func TestAClosedSimulatorKeepsItsState(t *testing.T) {
	t.Parallel()
	journal := filepath.Join(t.TempDir(), "stripe.journal")
	server, err := stripetest.New(stripetest.Options{Journal: journal, Now: fixedClock})
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Advance(time.Hour); err != nil {
		t.Fatal(err)
	}
	if err := server.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if late := MustStart(t, stripetest.Options{Journal: journal, Now: fixedClock}).MustOpen(t); late.Created != fixedClock().Add(time.Hour).Unix() {
		t.Errorf("the clock is at %d", late.Created)
	}
}
