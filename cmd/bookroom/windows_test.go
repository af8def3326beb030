package main

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"bookroom/payments/stripetest"
	"bookroom/shop"
	"bookroom/store/storetest"
)

// again checks the cart of the sale out once more, as somebody else would, and returns the status.
func (s *sale) again(name, key string) (checkoutJSON, int) {
	s.t.Helper()
	var done checkoutJSON
	err := s.call("POST", "/carts/"+s.stored().CartID+"/checkout", key, map[string]string{"email": s.email, "name": name}, &done)
	var status *statusError
	if errors.As(err, &status) {
		return done, status.status
	}
	s.must(err)
	return done, http.StatusCreated
}

func TestABankPaymentUnderWayIsNotChargedAgain(t *testing.T) {
	t.Parallel()
	for name, deaf := range map[string]bool{"told of": false, "not told of": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := mustWorld(t, storetest.EmptySQLite(t))
			s := mustSell(t, w, w.mustOpen(t))
			if deaf {
				w.stripe.SetFaults(stripetest.Faults{Drop: []string{"*"}})
			}
			s.payByBank()
			s.settle()
			for range 3 {
				if done, status := s.again("Another Name", "another-press"); status == http.StatusCreated {
					t.Fatalf("a second order could be paid at %s", done.PaymentURL)
				}
			}
			s.expect(shop.Pending)
			s.must(w.stripe.SettleBankDebit(s.session, true))
			s.settle()
			w.wait(48 * time.Hour)
			_, err := s.app.shop.Sweep(t.Context())
			s.must(err)
			s.expect(shop.Paid, shop.Active, shop.Active)
		})
	}
}

func TestABankPaymentThatFailsGivesTheCartBack(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, storetest.EmptySQLite(t))
	s := mustSell(t, w, w.mustOpen(t))
	s.payByBank()
	s.settle()
	s.must(w.stripe.SettleBankDebit(s.session, false))
	s.settle()
	s.expect(shop.Canceled)
	if done, status := s.again("A Reader", "a-new-press"); status != http.StatusCreated || done.PaymentURL == "" {
		t.Errorf("trying again: status %d", status)
	}
}

func TestNoSecondPageWhileTheFirstCanBePaid(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, storetest.EmptySQLite(t))
	s := mustSell(t, w, w.mustOpen(t))
	w.stripe.SetFaults(stripetest.Faults{API: stripetest.APIFault{Kind: stripetest.FaultError, Path: "/v1/checkout/sessions/" + s.session + "/expire"}})
	for range 2 {
		if done, status := s.again("Another Name", "another-press"); status != http.StatusServiceUnavailable {
			t.Fatalf("while the first page cannot be closed: status %d, %+v", status, done)
		}
	}
	s.expect(shop.Pending)
	w.stripe.SetFaults(stripetest.Faults{})
	done, status := s.again("Another Name", "another-press")
	if status != http.StatusCreated || done.PaymentURL == s.page {
		t.Fatalf("when it can: status %d", status)
	}
	if err := s.pay(s.page); err == nil {
		t.Error("the first page could still be paid")
	}
	s.must(s.pay(done.PaymentURL))
}

func TestTheEndOfAnotherPageChangesNothing(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, storetest.EmptySQLite(t))
	s := mustSell(t, w, w.mustOpen(t))
	for _, kind := range []string{"checkout.session.expired", "checkout.session.async_payment_failed"} {
		l := s.completed()
		l.kind, l.object["id"], l.object["payment_status"] = kind, "cs_of_another_window", "unpaid"
		if status, body := s.post(l); status != http.StatusOK {
			t.Fatalf("%s: %d %s", kind, status, body)
		}
		s.expect(shop.Pending)
	}
	s.mustPay()
	s.settle()
	s.expect(shop.Paid, shop.Active, shop.Active)
}

func TestACartIsOrderedOnce(t *testing.T) {
	t.Parallel()
	storetest.EachEmpty(t, func(t *testing.T, database string) {
		w := mustWorld(t, database)
		w.mustOpen(t)
		b := newBuyer(w.settings.URL, "reader@school.example")
		free, err := b.product("a-first-learning-plan")
		if err != nil {
			t.Fatal(err)
		}
		for range 5 {
			cart, err := b.fillCart(free.Variants[0].ID)
			if err != nil {
				t.Fatal(err)
			}
			var (
				all    sync.WaitGroup
				mu     sync.Mutex
				orders = map[string]bool{}
			)
			for range 6 {
				all.Go(func() {
					done, err := b.checkout(cart, "")
					mu.Lock()
					defer mu.Unlock()
					if err == nil {
						orders[done.Order.Number] = true
					}
				})
			}
			all.Wait()
			if len(orders) != 1 {
				t.Errorf("one cart became the orders %v", orders)
			}
		}
	})
}

// An order can be canceled a moment before its page is noted; somebody may pay there before it is expired.
func TestABuyerWhoPaidACanceledOrderIsToldSoOnReturn(t *testing.T) {
	t.Parallel()
	database := storetest.EmptySQLite(t)
	w := mustWorld(t, database)
	s := mustSell(t, w, w.mustOpen(t))
	w.stripe.SetFaults(stripetest.Faults{Drop: []string{"*"}})
	s.mustPay()
	db := mustSQLite(t, strings.TrimPrefix(database, "sqlite://"))
	if _, err := db.ExecContext(t.Context(), "UPDATE orders SET status = 'canceled', closed = 'canceled'"); err != nil {
		t.Fatal(err)
	}
	if o, err := s.order(s.token); err != nil || o.Status != "paid" {
		t.Errorf("the order is %s (%v)", o.Status, err)
	}
	s.expect(shop.Paid, shop.Active, shop.Active)
}
