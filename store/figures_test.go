package store_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"sync"
	"testing"
	"time"

	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

// The figures are what a plain count of the tables says, in any state of the sums and while others add to them.
func TestFiguresAreAPlainSum(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		random := rand.New(rand.NewPCG(1, 2))
		middle := storetest.Now().Truncate(24 * time.Hour)
		near := func() time.Time {
			return middle.Add(time.Duration(random.Int64N(int64(144*time.Hour)) - int64(72*time.Hour)))
		}
		for i := range 12 {
			order := storetest.MustOrder(t, s, storetest.Advisory)
			paid := storetest.Payment(order)
			paid.At = near()
			order = storetest.MustApply(t, s, paid, shop.EventApplied)
			file := mustFiles(t, s, order.ID)[0]
			for range random.IntN(4) {
				must(t, s.RecordDownload(t.Context(), shop.Download{
					ID: shop.NewID(), EntitlementID: file.EntitlementID, OrderID: order.ID, FileID: file.ID, EditionID: file.EditionID,
					IssuedAt: near(), ExpiresAt: middle,
				}))
			}
			if i == 5 {
				must(t, s.SumFigures(t.Context()))
			}
		}
		compareAll := func() {
			t.Helper()
			var periods []shop.Period
			for range 30 {
				from := near().Truncate(shop.Quarter)
				p := shop.Period{From: from, To: from.Add(time.Duration(random.IntN(400)) * shop.Quarter)}
				compareWithTables(t, s, p)
				periods = append(periods, p)
			}
			together, err := s.Figures(t.Context(), periods)
			must(t, err)
			for i, p := range periods {
				if alone, err := s.Figures(t.Context(), periods[i:i+1]); err != nil || !reflect.DeepEqual(alone[0], together[i]) {
					t.Errorf("%v: %v alone, %v among others (%v)", p, alone, together[i], err)
				}
			}
		}
		compareAll()
		// An order whose payment was dated anew, and a download that is gone, by whatever hand.
		db := pool(t, s)
		_, err := db.ExecContext(t.Context(), "UPDATE orders SET paid_at = '2026-03-13 22:10:00+00:00' WHERE sequence = 3")
		must(t, err)
		_, err = db.ExecContext(t.Context(), "DELETE FROM downloads WHERE id = (SELECT MIN(id) FROM downloads)")
		must(t, err)
		compareAll()
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if err := s.SumFigures(t.Context()); err != nil {
					t.Error(err)
				}
			})
		}
		compareAll()
		all.Wait()
		compareAll()
		must(t, s.SumFigures(t.Context()))
		if left := read(t, db, "SELECT figure FROM figure_slips"); len(left) != 0 {
			t.Errorf("%d slips are left", len(left))
		}
		compareAll()
	})
}

func compareWithTables(t *testing.T, s *store.Store, p shop.Period) {
	t.Helper()
	figures, err := s.Figures(t.Context(), []shop.Period{{From: p.From.AddDate(0, 0, -1), To: p.From}, p})
	must(t, err)
	got := figures[1]
	within := func(column string) string {
		const stamp = "2006-01-02 15:04:05-07:00"
		return fmt.Sprintf("%[1]s >= '%[2]s' AND %[1]s < '%[3]s'", column, p.From.UTC().Format(stamp), p.To.UTC().Format(stamp))
	}
	for statement, figure := range map[string]int64{
		"SELECT COUNT(*) FROM orders WHERE " + within("paid_at"):                                              got.Count(shop.FigureOrders),
		"SELECT COUNT(*) FROM downloads WHERE " + within("issued_at"):                                         got.Count(shop.FigureDownloads),
		"SELECT COALESCE(SUM(amount), 0) FROM payments WHERE currency = 'usd' AND " + within("paid_at"):       got.Amount(shop.FigureRevenue, "usd"),
		"SELECT COALESCE(SUM(amount), 0) FROM money_movements WHERE kind = 'refund' AND " + within("at") + "": got.Amount(shop.FigureRefunds, "usd"),
	} {
		if want := read(t, pool(t, s), statement)[0]; want != fmt.Sprint(figure) {
			t.Errorf("%v: %d, but %s says %s", p, figure, statement, want)
		}
	}
}

func TestTroublesAreThoseThatAPersonCanEnd(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		now := storetest.Now().Add(time.Hour)
		if got, err := s.Troubles(t.Context(), now); err != nil || len(got) != 0 {
			t.Fatalf("a new shop has trouble: %+v (%v)", got, err)
		}
		disputed := storetest.MustPaidOrder(t, s, storetest.Advisory)
		storetest.MustApply(t, s, shop.PaymentEvent{
			ID: "evt_dispute", Kind: shop.DisputeChanged, Source: shop.FromWebhook, At: now, PaymentIntentID: "pi_" + disputed.ID,
			Dispute: shop.Dispute{ID: "dp_1", PaymentIntentID: "pi_" + disputed.ID, Status: shop.DisputeOpen, Amount: 1900, Reason: "fraudulent", UpdatedAt: now},
		}, shop.EventApplied)
		wrong := storetest.Payment(storetest.MustOrder(t, s, storetest.Advisory))
		wrong.Amount--
		inReview := storetest.MustApply(t, s, wrong, shop.EventApplied)
		for _, job := range mustClaim(t, s, 10) {
			must(t, s.GiveUpJob(t.Context(), job, now, "the mailbox is full"))
		}
		got, err := s.Troubles(t.Context(), now)
		must(t, err)
		if len(got) != 3 || got[0].Kind != shop.TroubleDispute || got[1].Kind != shop.TroubleReview || got[2].Kind != shop.TroubleMail {
			t.Fatalf("the troubles are %+v", got)
		}
		if got[0].Newest[0].Order != disputed.Number || got[0].Newest[0].What != "fraudulent" || got[1].Newest[0].Order != inReview.Number {
			t.Errorf("the troubles are %+v", got)
		}
		if got[2].Newest[0].What != "the mailbox is full" || got[2].Count != len(got[2].Newest) {
			t.Errorf("the mails are %+v", got[2])
		}
		if later, err := s.Troubles(t.Context(), now.Add(shop.TroubleLife)); err != nil || len(later) != 2 {
			t.Errorf("a month later: %+v (%v)", later, err)
		}
	})
}
