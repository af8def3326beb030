package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// killedShop is the real program, killed again and again at moments that nobody chose.
type killedShop struct {
	tb    testing.TB
	w     *world
	kills int
}

// live starts the shop, kills it after a random time with SIGKILL and starts it again, until done is
// closed; then it lets the last one run on until the test ends.
func (k *killedShop) live(done <-chan struct{}) {
	for {
		cmd := exec.Command(mustBinary(k.tb), "serve")
		cmd.Env = k.w.environ()
		cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		if err := cmd.Start(); err != nil {
			k.tb.Errorf("start the shop: %v", err)
			return
		}
		k.awaitOpen()
		select {
		case <-done:
			k.tb.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
			return
		case <-time.After(time.Duration(rand.IntN(120_000)) * time.Microsecond):
			k.kills++
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	}
}

// awaitOpen returns when the shop takes requests, or when it has had ample time to.
func (k *killedShop) awaitOpen() {
	for range 1000 {
		c, err := net.Dial("tcp", k.w.address)
		if err == nil {
			_ = c.Close()
			return
		}
		time.Sleep(5 * time.Millisecond) // it is another process
	}
}

// insist repeats a call while the shop is down or answers that it cannot just now.
func insist(call func() error) error {
	deadline := time.Now().Add(2 * time.Minute)
	for {
		err := call()
		var status *statusError
		if err == nil || (errors.As(err, &status) && status.status < 500) || time.Now().After(deadline) {
			return err
		}
		time.Sleep(20 * time.Millisecond) // between attempts of a client, not for synchronisation
	}
}

// purchase buys a handbook, insisting at each step. Every fifth buyer walks away before paying.
func purchase(w *world, n int) (token string, paid bool, err error) {
	b := newBuyer(w.settings.URL, fmt.Sprintf("reader%d@school.example", n))
	var p productJSON
	var cart string
	var done checkoutJSON
	if err := insist(func() (err error) { p, err = b.product("advisory-structure"); return err }); err != nil {
		return "", false, fmt.Errorf("find: %w", err)
	}
	if err := insist(func() (err error) { cart, err = b.fillCart(p.Variants[0].ID); return err }); err != nil {
		return "", false, fmt.Errorf("add: %w", err)
	}
	if err := insist(func() (err error) { done, err = b.checkout(cart, fmt.Sprint("key-", n)); return err }); err != nil {
		return "", false, fmt.Errorf("check out: %w", err)
	}
	if n%5 == 4 {
		return done.OrderToken, false, nil
	}
	if err := insist(func() error { return b.pay(done.PaymentURL) }); err != nil {
		return "", false, fmt.Errorf("pay: %w", err)
	}
	return done.OrderToken, true, nil
}

func TestNothingIsLostWhenTheShopIsKilled(t *testing.T) {
	t.Parallel()
	const purchases = 200
	path := filepath.Join(t.TempDir(), "bookroom.db")
	w := mustWorld(t, "sqlite://"+path)
	stock, err := openApp(t.Context(), w.settings, w.delivery(), pdfs, time.Now, quiet())
	if err != nil {
		t.Fatal(err)
	}
	mustStock(t, stock)
	if err := stock.store.Close(); err != nil {
		t.Fatal(err)
	}

	k := &killedShop{tb: t, w: w}
	done, last := make(chan struct{}), make(chan struct{})
	go func() { defer close(last); k.live(done) }()
	type order struct {
		token string
		paid  bool
	}
	orders := make([]order, purchases)
	var buyers sync.WaitGroup
	lanes := make(chan int)
	for range 4 {
		buyers.Go(func() {
			for n := range lanes {
				token, paid, err := purchase(w, n)
				if err != nil {
					t.Errorf("purchase %d: %v", n, err)
				}
				orders[n] = order{token, paid}
			}
		})
	}
	for n := range purchases {
		lanes <- n
	}
	close(lanes)
	buyers.Wait()
	close(done)
	<-last
	if t.Failed() {
		t.FailNow()
	}
	t.Logf("%d purchases, the shop was killed %d times", purchases, k.kills)
	if k.kills < 20 {
		t.Errorf("the shop was killed only %d times", k.kills)
	}

	numbers := map[string]bool{}
	for n, o := range orders {
		b := newBuyer(w.settings.URL, "")
		var seen orderJSON
		settled := func() error {
			err := insist(func() (err error) { seen, err = b.order(o.token); return err })
			if err == nil && o.paid && seen.Status != "paid" {
				return &statusError{http.StatusServiceUnavailable, seen.Status}
			}
			return err
		}
		if err := insist(settled); err != nil {
			t.Fatalf("order of purchase %d: %v", n, err)
		}
		if numbers[seen.Number] {
			t.Errorf("%s belongs to two purchases", seen.Number)
		}
		numbers[seen.Number] = true
		files := 0
		for _, item := range seen.Items {
			files += len(item.Files)
		}
		if o.paid != (files > 0) {
			t.Errorf("%s: paid %t, but it lists %d files", seen.Number, o.paid, files)
		}
		if !o.paid && seen.Status != "pending" {
			t.Errorf("%s was never paid and is %s", seen.Number, seen.Status)
		}
		if o.paid && n%20 == 0 {
			if err := insist(func() error { return b.download(o.token, seen.Items[0].Files[0]) }); err != nil {
				t.Errorf("%s: %v", seen.Number, err)
			}
		}
	}
	want := purchases - purchases/5
	k.checkReceipts(want)
	db := mustSQLite(t, path)
	for query, want := range map[string]int{
		"SELECT count(*) FROM orders WHERE status = 'paid'":                   want,
		"SELECT count(*) FROM entitlements":                                   want,
		"SELECT count(DISTINCT order_id) FROM entitlements":                   want,
		"SELECT count(*) FROM orders WHERE status NOT IN ('paid', 'pending')": 0,
		"SELECT count(*) FROM payments WHERE paid_at IS NOT NULL AND matches": want,
	} {
		var got int
		if err := db.QueryRowContext(t.Context(), query).Scan(&got); err != nil || got != want {
			t.Errorf("%s: %d, want %d (%v)", query, got, want, err)
		}
	}
}

// checkReceipts waits until every buyer who paid has a receipt. A copy that was sent because the shop
// was killed between sending and noting it has the same Message-ID, and the inbox counts it as one.
func (k *killedShop) checkReceipts(want int) {
	k.tb.Helper()
	ctx, cancel := context.WithTimeout(k.tb.Context(), 2*time.Minute)
	defer cancel()
	messages, err := k.w.inbox.WaitFor(ctx, want)
	if err != nil {
		k.tb.Fatal(err)
	}
	receipts := map[string]int{}
	for _, m := range messages {
		receipts[m.To]++
	}
	if len(receipts) != want {
		k.tb.Errorf("%d of %d buyers got a receipt", len(receipts), want)
	}
	for to, n := range receipts {
		if n != 1 {
			k.tb.Errorf("%s got %d different receipts", to, n)
		}
	}
}

func mustSQLite(tb testing.TB, path string) *sql.DB {
	tb.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	return db
}
