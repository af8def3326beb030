package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// unpaid is a pending order as the raw commits find it.
type unpaid struct {
	id, line, product, licence, email, cart, variant, session string
	total                                                     int64
}

// measureCommits writes the rows of a payment straight into the shop's database, with its settings for
// durability, one order a transaction. It is the most that the database can do.
func measureCommits(ctx context.Context, address string, span time.Duration) (result, error) {
	db, err := openRaw(address)
	if err != nil {
		return result{}, err
	}
	defer func() { _ = db.Close() }() // every commit was checked
	orders, err := pendingOrders(ctx, db)
	if err != nil {
		return result{}, err
	}
	return load(ctx, raw, span, func(n int) error {
		if n >= len(orders) {
			return errEnough
		}
		return commit1(ctx, db, n, orders[n])
	})
}

// settle waits until the shop has worked off its jobs, so that the mails of one measurement are not in
// the way of the next.
func settle(ctx context.Context, address string) error {
	return awaitNone(ctx, address, "jobs WHERE state = 'queued'")
}

// awaitNone waits until there are no such rows any more.
func awaitNone(ctx context.Context, address, rows string) error {
	db, err := openRaw(address)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // it was only read
	for range 3000 {
		var left int
		if err := db.QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM "+rows+" LIMIT 1) AS found").Scan(&left); err != nil {
			return fmt.Errorf("look for what is left of %s: %w", rows, err)
		}
		if left == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
	return errors.New("there is no end to " + rows)
}

func openRaw(address string) (*sql.DB, error) {
	path, isSQLite := strings.CutPrefix(address, "sqlite://")
	if !isSQLite {
		db, err := sql.Open("pgx", address)
		if err == nil {
			db.SetMaxOpenConns(connections)
			db.SetMaxIdleConns(connections)
		}
		return db, err
	}
	options := url.Values{
		"_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)"}, "_txlock": {"immediate"},
	}
	db, err := sql.Open("sqlite", "file:"+path+"?"+options.Encode())
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}

func pendingOrders(ctx context.Context, db *sql.DB) ([]unpaid, error) {
	rows, err := db.QueryContext(ctx, `SELECT o.id, l.id, l.product_id, l.licence, o.email, o.cart_id, l.variant_id, o.session_id, o.total
		FROM orders o JOIN order_lines l ON l.order_id = o.id WHERE o.status = 'pending' AND o.session_id <> ''`)
	if err != nil {
		return nil, fmt.Errorf("read pending orders: %w", err)
	}
	defer rows.Close()
	var all []unpaid
	for rows.Next() {
		var o unpaid
		if err := rows.Scan(&o.id, &o.line, &o.product, &o.licence, &o.email, &o.cart, &o.variant, &o.session, &o.total); err != nil {
			return nil, err
		}
		all = append(all, o)
	}
	return all, rows.Err()
}

// commit1 writes what one payment changes, without asking anything.
func commit1(ctx context.Context, db *sql.DB, n int, o unpaid) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // of no effect after the commit
	now, intent := time.Now().UTC(), fmt.Sprintf("pi_raw_%d", n)
	for _, write := range []struct {
		sql  string
		args []any
	}{
		{`INSERT INTO payment_events (id, type, kind, source, livemode, outcome, order_id, session_id, payment_intent_id, charge_id, amount, tax,
			currency, refund_id, dispute_id, dispute_status, dispute_amount, dispute_reason, payload, at, received_at)
			VALUES ($1, 'checkout.session.completed', 'payment_succeeded', 'webhook', false, 'applied', $2, $3, $4, '', $5, 0, 'usd', '', '', '', 0, '', $6, $7, $7)`,
			[]any{fmt.Sprintf("evt_raw_%d", n), o.id, o.session, intent, o.total, make([]byte, 500), now}},
		{`UPDATE orders SET status = 'paid', paid_at = $1, updated_at = $1 WHERE id = $2`, []any{now, o.id}},
		{`INSERT INTO payments (payment_intent_id, order_id, charge_id, session_id, amount, tax, currency, paid_at, matches, refunded)
			VALUES ($1, $2, '', $3, $4, 0, 'usd', $5, true, 0)`, []any{intent, o.id, o.session, o.total, now}},
		{`INSERT INTO entitlements (id, order_id, line_id, product_id, licence, email, organisation, state, downloads, granted_at)
			VALUES ($1, $2, $3, $4, $5, $6, '', 'active', 0, $7)`, []any{"raw-" + o.line, o.id, o.line, o.product, o.licence, o.email, now}},
		{`INSERT INTO jobs (kind, key, subject, detail, run_at) VALUES ('bench', $1, $2, 'receipt', $3)`, []any{"raw:" + o.id, o.id, now.AddDate(1, 0, 0)}},
		{`DELETE FROM cart_items WHERE cart_id = $1 AND variant_id = $2`, []any{o.cart, o.variant}},
	} {
		if _, err := tx.ExecContext(ctx, write.sql, write.args...); err != nil {
			return err
		}
	}
	return tx.Commit()
}
