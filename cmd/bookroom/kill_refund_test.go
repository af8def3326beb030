package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"bookroom/payments/stripetest"
	"bookroom/shop"
	"bookroom/store/storetest"
)

type refundJSON struct {
	ID, State string
	RefundID  string `json:"refund_id"`
}

// Two of the staff refund each order at once, while the shop is killed under them and Stripe's answers get lost: the
// money goes back once.
func TestARefundIsMadeOnceWhereverTheShopIsKilled(t *testing.T) {
	t.Parallel()
	const orders = 16
	path := filepath.Join(t.TempDir(), "bookroom.db")
	w := mustWorld(t, "sqlite://"+path)
	stock, err := openApp(t.Context(), w.settings, w.delivery(), pdfs, time.Now, quiet())
	if err != nil {
		t.Fatal(err)
	}
	mustStock(t, stock)
	token := storetest.MustToken(t, stock.store, storetest.MustStaff(t, stock.store, shop.RoleFinance))
	if err := stock.store.Close(); err != nil {
		t.Fatal(err)
	}

	k := &killedShop{tb: t, w: w}
	done, last := make(chan struct{}), make(chan struct{})
	go func() { defer close(last); k.live(done) }()
	var all sync.WaitGroup
	for n := range orders {
		all.Go(func() {
			number, err := sold(w, 5*n)
			if err != nil {
				t.Errorf("sell %d: %v", n, err)
				return
			}
			w.stripe.SetFaults(stripetest.Faults{API: stripetest.APIFault{Kind: stripetest.FaultResetAfter, Path: "/v1/refunds", Times: 3}})
			var two sync.WaitGroup
			for _, key := range []string{"one", "other"} {
				two.Go(func() {
					if err := refundInsisting(w, token, number, key); err != nil {
						t.Errorf("refund %s: %v", number, err)
					}
				})
			}
			two.Wait()
		})
	}
	all.Wait()
	close(done)
	<-last
	if t.Failed() {
		t.FailNow()
	}
	t.Logf("%d refunds, the shop was killed %d times", orders, k.kills)
	if k.kills < 10 {
		t.Errorf("the shop was killed only %d times", k.kills)
	}
	var made struct{ Data []json.RawMessage }
	mustAskStripe(t, w, "/v1/refunds?limit=100", &made)
	if len(made.Data) != orders {
		t.Errorf("Stripe made %d refunds of %d orders", len(made.Data), orders)
	}
	db := mustSQLite(t, path)
	for query, want := range map[string]int{
		"SELECT count(*) FROM orders WHERE status = 'refunded'":          orders,
		"SELECT count(*) FROM order_returns WHERE state = 'succeeded'":   orders,
		"SELECT count(*) FROM order_returns WHERE state <> 'succeeded'":  0,
		"SELECT count(*) FROM entitlements WHERE state <> 'revoked'":     0,
		"SELECT count(*) FROM audit_records WHERE verb = 'order.refund'": orders,
	} {
		var got int
		if err := db.QueryRowContext(t.Context(), query).Scan(&got); err != nil || got != want {
			t.Errorf("%s: %d, want %d (%v)", query, got, want, err)
		}
	}
}

// sold buys a handbook and returns the number of the order once the shop knows that it is paid.
func sold(w *world, n int) (number string, err error) {
	token, _, err := purchase(w, n)
	if err != nil {
		return "", err
	}
	b := newBuyer(w.settings.URL, "")
	var seen orderJSON
	err = insist(func() (err error) {
		if seen, err = b.order(token); err == nil && seen.Status != "paid" {
			return &statusError{http.StatusServiceUnavailable, seen.Status}
		}
		return err
	})
	return seen.Number, err
}

// refundInsisting refunds an order as often as it takes to hear that the money went, or that somebody else did it.
func refundInsisting(w *world, token, number, key string) error {
	staff := newBuyer(w.settings.URL, "")
	staff.token = token
	err := insist(func() error {
		var made refundJSON
		err := staff.call("POST", "/staff/orders/"+number+"/refunds", key, map[string]string{"reason": "goodwill"}, &made)
		if err == nil && made.State != "succeeded" {
			return &statusError{http.StatusServiceUnavailable, made.State}
		}
		return err
	})
	var status *statusError
	if errors.As(err, &status) && status.status == http.StatusConflict {
		return nil // the other one was first
	}
	return err
}

func mustAskStripe(tb testing.TB, w *world, path string, into any) {
	tb.Helper()
	r, err := http.NewRequestWithContext(tb.Context(), http.MethodGet, w.stripeURL+path, http.NoBody)
	if err != nil {
		tb.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer sk_test_world")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		tb.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		tb.Fatal(fmt.Errorf("stripe answered %d", answer.StatusCode))
	}
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		tb.Fatal(err)
	}
}
