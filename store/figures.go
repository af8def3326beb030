package store

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"bookroom/shop"
)

// quartersADay is how many quarters of an hour a day of UTC has.
const quartersADay = 96

// quarterOf counts quarters of an hour since 1970, those before it downwards.
func quarterOf(t time.Time) int64 {
	seconds := int64(shop.Quarter / time.Second)
	quarter := t.Unix() / seconds
	if t.Unix()%seconds < 0 {
		quarter--
	}
	return quarter
}

// piece is a part of a period that figure_sums has rows of one span for.
type piece struct {
	period     int
	span       int64
	start, end int64 // quarters
}

// pieces cut a period into whole days of UTC and the quarters before and after them.
func pieces(n int, p shop.Period) []piece {
	from, to := quarterOf(p.From), quarterOf(p.To)
	firstDay, lastDay := (from+quartersADay-1)/quartersADay*quartersADay, to/quartersADay*quartersADay
	if firstDay >= lastDay {
		return []piece{{n, 1, from, to}}
	}
	return []piece{{n, 1, from, firstDay}, {n, quartersADay, firstDay, lastDay}, {n, 1, lastDay, to}}
}

// figureSum is what is known of one figure in one period.
type figureSum struct {
	Period   int
	Figure   shop.Figure
	Currency string
	Count    int64
	Amount   int64
}

// Figures returns what happened within each of the periods, as of one moment: the sums, and the slips that are not
// in them yet. A slip is taken out in the transaction that adds it to the sums, so it counts once.
func (s *Store) Figures(ctx context.Context, periods []shop.Period) ([]shop.Figures, error) {
	all := make([]shop.Figures, len(periods))
	for i := range all {
		all[i] = shop.Figures{}
	}
	err := s.read(ctx, func(tx *gorm.DB) error {
		for statement := range sumsOf(periods) {
			var sums []figureSum
			if err := tx.Raw(statement).Scan(&sums).Error; err != nil {
				return fmt.Errorf("read the sums of figures: %w", err)
			}
			for _, sum := range sums {
				all[sum.Period].Add(sum.Figure, sum.Currency, sum.Count, sum.Amount)
			}
		}
		return eachSlip(tx, func(slip figureSlipRow) {
			for i, p := range periods {
				if slip.within(p) {
					all[i].Add(slip.Figure, slip.Currency, slip.Count, slip.Amount)
				}
			}
		})
	})
	return all, err
}

// piecesAtOnce bounds one statement: SQLite joins no more than 500.
const piecesAtOnce = 400

// sumsOf are the statements that add up all periods, a SELECT for each piece, so that both databases read each along
// the primary key. They hold nothing but numbers of ours.
func sumsOf(periods []shop.Period) iter.Seq[string] {
	var selects []string
	for n, period := range periods {
		for _, p := range pieces(n, period) {
			selects = append(selects, fmt.Sprintf("SELECT %d AS period, figure, currency, CAST(SUM(count) AS BIGINT) AS count, CAST(SUM(amount) AS BIGINT) AS amount "+
				"FROM figure_sums WHERE span = %d AND start >= %d AND start < %d GROUP BY figure, currency", p.period, p.span, p.start, p.end))
		}
	}
	return func(yield func(string) bool) {
		for some := range slices.Chunk(selects, piecesAtOnce) {
			if !yield(strings.Join(some, " UNION ALL ")) {
				return
			}
		}
	}
}

// eachSlip reads the slips one by one: after a migration there may be millions.
func eachSlip(tx *gorm.DB, do func(figureSlipRow)) (err error) {
	rows, err := tx.Raw("SELECT figure, at, currency, count, amount FROM figure_slips").Rows()
	if err != nil {
		return fmt.Errorf("read the slips of figures: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var slip figureSlipRow
		if err := rows.Scan(&slip.Figure, &slip.At, &slip.Currency, &slip.Count, &slip.Amount); err != nil {
			return fmt.Errorf("read the slips of figures: %w", err)
		}
		do(slip)
	}
	return rows.Err()
}
