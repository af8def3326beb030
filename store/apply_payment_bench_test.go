package store_test

import (
	"database/sql"
	"testing"

	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

// The two benchmarks stand beside each other: what a payment costs with all its rules, and what it
// costs the database to commit the same rows.

func BenchmarkApplyPayment(b *testing.B) {
	eachBench(b, func(b *testing.B, s *store.Store, orders []shop.Order) {
		for _, order := range orders {
			storetest.MustApply(b, s, storetest.Payment(order), shop.EventApplied)
		}
	})
}

func BenchmarkRawCommit(b *testing.B) {
	eachBench(b, func(b *testing.B, s *store.Store, orders []shop.Order) {
		pool := pool(b, s)
		for _, order := range orders {
			if err := commitRaw(b, pool, order); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func eachBench(b *testing.B, run func(b *testing.B, s *store.Store, orders []shop.Order)) {
	bench := func(b *testing.B, address string) {
		s := storetest.Open(b, address)
		storetest.MustProducts(b, s)
		orders := make([]shop.Order, b.N)
		for i := range orders {
			orders[i] = storetest.MustOrder(b, s, storetest.Advisory)
		}
		b.ResetTimer()
		run(b, s, orders)
	}
	b.Run(store.SQLite, func(b *testing.B) { bench(b, storetest.SQLite(b)) })
	b.Run(store.PostgreSQL, func(b *testing.B) { bench(b, storetest.PostgreSQL(b)) })
}

// commitRaw writes what a payment changes, without asking anything.
func commitRaw(b *testing.B, pool *sql.DB, o shop.Order) error {
	tx, err := pool.BeginTx(b.Context(), nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	e, now, line := storetest.Payment(o), storetest.Now(), o.Lines[0]
	for _, statement := range []struct {
		sql  string
		args []any
	}{
		{`INSERT INTO payment_events (id, type, kind, source, livemode, outcome, order_id, session_id, payment_intent_id, charge_id,
			amount, tax, currency, refund_id, dispute_id, dispute_status, dispute_amount, dispute_reason, payload, at, received_at)
			VALUES ($1, $2, $3, $4, $5, 'applied', $6, $7, $8, $9, $10, $11, $12, '', '', '', 0, '', $13, $14, $15)`,
			[]any{e.ID, e.Type, string(e.Kind), string(e.Source), e.Livemode, o.ID, e.SessionID, e.PaymentIntentID, e.ChargeID,
				e.Amount, e.Tax, e.Currency, e.Payload, e.At, now}},
		{`UPDATE orders SET status = 'paid', closed = '', attention = '', tax = $1, total = $2, paid_at = $3, updated_at = $4 WHERE id = $5`,
			[]any{o.Tax, o.Total, now, now, o.ID}},
		{`INSERT INTO payments (payment_intent_id, order_id, charge_id, session_id, amount, tax, currency, paid_at, matches, refunded)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, true, 0)`,
			[]any{e.PaymentIntentID, o.ID, e.ChargeID, e.SessionID, e.Amount, e.Tax, e.Currency, now}},
		{`INSERT INTO entitlements (id, order_id, line_id, product_id, licence, email, organisation, state, downloads, granted_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, 'active', 0, $8)`,
			[]any{shop.NewID(), o.ID, line.ID, line.ProductID, string(line.Licence), o.Email, o.Organisation, now}},
		{`INSERT INTO jobs (kind, key, subject, detail, run_at) VALUES ('mail', $1, $2, 'receipt', $3)`,
			[]any{"mail:receipt:" + o.ID, o.ID, now}},
		{`DELETE FROM cart_items WHERE cart_id = $1 AND variant_id = $2`, []any{o.CartID, line.VariantID}},
	} {
		if _, err := tx.ExecContext(b.Context(), statement.sql, statement.args...); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func pool(tb testing.TB, s *store.Store) *sql.DB {
	tb.Helper()
	pool, err := s.Pool()
	if err != nil {
		tb.Fatal(err)
	}
	return pool
}
