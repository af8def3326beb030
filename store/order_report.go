package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"time"

	"gorm.io/gorm"

	"bookroom/shop"
)

// reportColumns are those of a shop.ReportedOrder up to its currency.
const reportColumns = "o.number, o.placed_at, o.paid_at, o.status, o.source, o.email, o.organisation, o.po_number, "

// reportLines are the orders of a period with their own money: found by an index of the period, read in the
// order of their numbers.
const reportLines = "SELECT " + reportColumns + `o.currency, o.subtotal, o.discount, o.donation, o.tax, o.total,
		COALESCE((SELECT SUM(amount) FROM money_movements m WHERE m.order_id = o.id AND m.kind = 'refund' AND m.currency = o.currency), 0),
		COALESCE((SELECT SUM(amount) FROM money_movements m WHERE m.order_id = o.id AND m.kind = 'payment' AND m.currency = o.currency AND m.at >= @from AND m.at < @to), 0),
		COALESCE((SELECT SUM(amount) FROM money_movements m WHERE m.order_id = o.id AND m.kind = 'refund' AND m.currency = o.currency AND m.at >= @from AND m.at < @to), 0)
	FROM orders o
	WHERE o.id IN (SELECT id FROM orders WHERE paid_at >= @from AND paid_at < @to UNION SELECT order_id FROM money_movements WHERE at >= @from AND at < @to)
	ORDER BY o.sequence`

// strangeLines are what came to orders in other currencies than their own.
const strangeLines = "SELECT " + reportColumns + `m.currency, 0, 0, 0, 0, 0,
		(SELECT COALESCE(SUM(amount), 0) FROM money_movements b WHERE b.order_id = o.id AND b.kind = 'refund' AND b.currency = m.currency),
		SUM(CASE m.kind WHEN 'payment' THEN m.amount ELSE 0 END), SUM(CASE m.kind WHEN 'refund' THEN m.amount ELSE 0 END)
	FROM money_movements m JOIN orders o ON o.id = m.order_id AND o.currency <> m.currency
	WHERE m.at >= @from AND m.at < @to GROUP BY o.sequence, o.id, m.currency ORDER BY o.sequence, m.currency`

// errEnough ends a report whose reader wants no more.
var errEnough = errors.New("enough of the report")

// OrderReport returns the lines of a period one by one, as of one moment: see shop.ReportStore.
func (s *Store) OrderReport(ctx context.Context, p shop.Period) iter.Seq2[shop.ReportedOrder, error] {
	return func(yield func(shop.ReportedOrder, error) bool) {
		err := s.read(ctx, func(tx *gorm.DB) error {
			for _, statement := range []string{reportLines, strangeLines} {
				if err := reportRows(tx, statement, p, yield); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			yield(shop.ReportedOrder{}, fmt.Errorf("read the order report: %w", err))
		}
	}
}

func reportRows(tx *gorm.DB, statement string, p shop.Period, yield func(shop.ReportedOrder, error) bool) (err error) {
	rows, err := tx.Raw(statement, sql.Named("from", at(p.From)), sql.Named("to", at(p.To))).Rows()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var line shop.ReportedOrder
		var placed, paid utc
		err := rows.Scan(&line.Number, &placed, &paid, &line.Status, &line.Source, &line.Email, &line.Organisation, &line.PONumber, &line.Currency,
			&line.Subtotal, &line.Discount, &line.Donation, &line.Tax, &line.Total, &line.Refunded, &line.Received, &line.Returned)
		if err != nil {
			return err
		}
		line.PlacedAt, line.PaidAt = placed.Time, paid.Time
		if !yield(line, nil) {
			return errEnough
		}
	}
	return rows.Err()
}

// RecordAct writes down in the audit trail what was done without changing anything.
func (s *Store) RecordAct(ctx context.Context, act shop.Act, now time.Time) error {
	return s.write(ctx, func(tx *gorm.DB) error { return s.audit(tx, act, now) })
}
