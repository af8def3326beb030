package store_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

func asking(o shop.Order, key string, parts ...string) shop.RefundRequest {
	return shop.RefundRequest{
		ID: shop.NewID(), By: shop.Actor{StaffID: "staff-1", Name: "Ana", Role: shop.RoleSupport, IP: "192.0.2.1"}, Number: o.Number,
		Kind: shop.ReturnParts, Reason: shop.WrongTitle, Note: "She said so.", Parts: parts, IdempotencyKey: key,
	}
}

func mustRefund(t *testing.T, s *store.Store, r shop.RefundRequest) shop.Return {
	t.Helper()
	_, made, err := s.RequestRefund(t.Context(), r, storetest.Now().Add(time.Hour))
	if err != nil {
		t.Fatalf("request a refund: %v", err)
	}
	return made
}

// answerTo is what the payment provider says of a refund when so much has gone back in all.
func answerTo(o shop.Order, r shop.Return, state shop.ReturnState, inAll int64) shop.PaymentEvent {
	return shop.PaymentEvent{
		ID: "re_" + r.ID + ":" + string(state), Type: "refund", Kind: shop.ChargeRefunded, Source: shop.FromSweep, At: storetest.Now().Add(2 * time.Hour),
		Payload: []byte("{}"), OrderID: o.ID, PaymentIntentID: r.PaymentIntentID, Amount: inAll, Currency: o.Currency,
		RefundID: "re_" + r.ID, ReturnID: r.ID, ReturnState: state,
	}
}

func hasCode(err error, code string) bool {
	var known *shop.Error
	return errors.As(err, &known) && known.Code == code
}

func TestARefundIsKeptWithItsJobAndItsRecord(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		order := storetest.MustPaidOrder(t, s, storetest.Advisory, storetest.Projects)
		mustClaim(t, s, 10) // the receipt
		request := asking(order, "key-1", "line-2")
		made := mustRefund(t, s, request)
		read, kept, err := s.Return(t.Context(), made.ID)
		must(t, err)
		for name, r := range map[string]shop.Return{"made": made, "kept": kept, "of the order": read.Returns[0]} {
			if r.State != shop.ReturnRequested || r.Amount != 1900 || !slices.Equal(r.Parts, []string{"line-2"}) || !slices.Equal(r.Revokes, []string{order.Lines[1].ID}) ||
				r.Staff != "Ana" || r.Reason != shop.WrongTitle || r.Note != request.Note || r.PaymentIntentID != order.Payments[0].PaymentIntentID || r.Key != "key-1" {
				t.Errorf("%s: %+v", name, r)
			}
		}
		again := request
		again.ID = shop.NewID()
		if same := mustRefund(t, s, again); same.ID != made.ID {
			t.Errorf("the same request made another refund")
		}
		acts, err := s.AuditRecords(t.Context(), shop.AuditQuery{Verb: "order.refund", Limit: 10})
		must(t, err)
		if len(acts) != 1 || acts[0].Subject.Name != order.Number || acts[0].Staff != "Ana" || acts[0].After["amount"] != "$19.00" || acts[0].After["note"] != request.Note {
			t.Errorf("the trail has %+v", acts)
		}
		jobs, err := s.ClaimJobs(t.Context(), storetest.Now().Add(2*time.Hour), 10, time.Minute, shop.JobRefund)
		must(t, err)
		if len(jobs) != 1 || jobs[0].Subject != made.ID {
			t.Errorf("jobs %+v", jobs)
		}

		settled := storetest.MustApply(t, s, answerTo(order, made, shop.ReturnPending, 1900), shop.EventApplied)
		if got := mustOrder(t, s, order.ID); got.Status != shop.PartiallyRefunded || settled.Returns[0].State != shop.ReturnPending || got.Returns[0].RefundID != "re_"+made.ID ||
			got.Entitlements[0].State == got.Entitlements[1].State {
			t.Errorf("after the answer: %s, %+v", got.Status, got.Returns)
		}
		if _, _, err := s.RequestRefund(t.Context(), asking(order, "key-2", "line-2"), storetest.Now()); !hasCode(err, "already_refunded") {
			t.Errorf("the same line again: %v", err)
		}
		failed := answerTo(order, made, shop.ReturnFailed, 1900)
		failed.ID, failed.Kind, failed.At = "evt_failed_"+order.ID, shop.RefundFailed, failed.At.Add(time.Hour)
		if got := storetest.MustApply(t, s, failed, shop.EventApplied); got.Status != shop.Paid || got.Returns[0].State != shop.ReturnFailed || got.Attention == "" {
			t.Errorf("after it failed: %s, %s, attention %q", got.Status, got.Returns[0].State, got.Attention)
		}
		if r := mustRefund(t, s, asking(order, "key-2", "line-2")); r.ID == made.ID {
			t.Error("the failed refund was returned")
		}
	})
}

func TestRefundsOfNobody(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for _, number := range []string{"", "BR-1", "\x00", "%"} {
			if _, _, err := s.RequestRefund(t.Context(), asking(shop.Order{Number: number}, "key"), storetest.Now()); !errors.Is(err, shop.ErrNoSuchOrder) {
				t.Errorf("an order %q: %v", number, err)
			}
			if _, err := s.OrderByNumber(t.Context(), number); !errors.Is(err, shop.ErrNoSuchOrder) {
				t.Errorf("reading order %q: %v", number, err)
			}
			if _, _, err := s.Return(t.Context(), number); !errors.Is(err, shop.ErrReturnNotFound) {
				t.Errorf("a refund %q: %v", number, err)
			}
		}
	})
}

// However many press the button at once, a part goes back once.
func TestTwoWhoPressRefundAtOnceRefundOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		for name, key := range map[string]func(n int) string{
			"the same form":      func(int) string { return "key" },
			"forms of their own": func(n int) string { return fmt.Sprint("key-", n) },
		} {
			order := storetest.MustPaidOrder(t, s, storetest.Advisory, storetest.Projects)
			const people = 8
			made, errs := make([]shop.Return, people), make([]error, people)
			var all sync.WaitGroup
			for n := range people {
				all.Go(func() {
					_, made[n], errs[n] = s.RequestRefund(t.Context(), asking(order, key(n), "line-1"), storetest.Now().Add(time.Hour))
				})
			}
			all.Wait()
			ids := map[string]bool{}
			for n := range people {
				switch {
				case errs[n] == nil:
					ids[made[n].ID] = true
				case !hasCode(errs[n], "refund_under_way"):
					t.Errorf("%s: %v", name, errs[n])
				}
			}
			if got := mustOrder(t, s, order.ID); len(ids) != 1 || len(got.Returns) != 1 {
				t.Errorf("%s: %d refunds were made, %d kept", name, len(ids), len(got.Returns))
			}
		}
	})
}

// The database keeps the rule even where the Go code is wrong.
func TestAPartIsHeldOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		order := storetest.MustPaidOrder(t, s, storetest.Advisory, storetest.Projects)
		made := mustRefund(t, s, asking(order, "key-1", "line-1"))
		other := mustRefund(t, s, asking(order, "key-2", "line-2"))
		insert := fmt.Sprintf("INSERT INTO order_return_parts (return_id, order_id, part, held) VALUES ('%s', '%s', 'line-1', true)", other.ID, order.ID)
		if _, err := pool(t, s).Exec(insert); err == nil {
			t.Error("two refunds hold one part")
		}
		refused := answerTo(order, made, shop.ReturnRefused, 0)
		refused.Kind, refused.RefundID = shop.RefundChanged, ""
		storetest.MustApply(t, s, refused, shop.EventApplied)
		if _, err := pool(t, s).Exec(insert); err != nil {
			t.Errorf("a refund that was refused still holds its part: %v", err)
		}
	})
}

func TestMoneyOfTheDashboardIsAssignedInOneStep(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		order := storetest.MustPaidOrder(t, s, storetest.Advisory, storetest.Projects)
		refund := storetest.Payment(order)
		refund.ID, refund.Kind, refund.Amount = "evt_refund_"+order.ID, shop.ChargeRefunded, 500
		if got := storetest.MustApply(t, s, refund, shop.EventApplied); got.Attention == "" {
			t.Fatal("nobody is told of a sum that fits no line")
		}
		assign := asking(order, "key", "line-2")
		assign.Kind = shop.ReturnAssigned
		mustRefund(t, s, assign)
		got := mustOrder(t, s, order.ID)
		states := map[string]shop.EntitlementState{}
		for _, e := range got.Entitlements {
			states[e.LineID] = e.State
		}
		if got.Attention != "" || states[order.Lines[0].ID] != shop.Active || states[order.Lines[1].ID] != shop.Revoked {
			t.Errorf("attention %q, rights %v", got.Attention, states)
		}
	})
}

func TestARefundThatCameToNothingIsDroppedOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		order := storetest.MustPaidOrder(t, s, storetest.Advisory)
		made := mustRefund(t, s, asking(order, "key"))
		refused := answerTo(order, made, shop.ReturnRefused, 0)
		refused.Kind, refused.RefundID = shop.RefundChanged, ""
		if got := storetest.MustApply(t, s, refused, shop.EventApplied); got.Attention == "" {
			t.Error("nobody is told of a refund that was refused")
		}
		by := shop.Actor{StaffID: "staff-1", Name: "Ana"}
		for range 2 {
			must(t, s.DropRefund(t.Context(), by, order.Number, made.ID, storetest.Now()))
		}
		acts, err := s.AuditRecords(t.Context(), shop.AuditQuery{Verb: "order.drop_refund", Limit: 10})
		must(t, err)
		if got := mustOrder(t, s, order.ID); got.Attention != "" || got.Returns[0].State != shop.ReturnDropped || len(acts) != 1 {
			t.Errorf("attention %q, %s, %d acts", got.Attention, got.Returns[0].State, len(acts))
		}
	})
}
