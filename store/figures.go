package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"

	"bookroom/shop"
)

// quartersADay is how many quarters of an hour a day of UTC has.
const quartersADay = 96

// quarterOf counts quarters of an hour since 1970, those before it downwards.
func quarterOf(t time.Time) int64 { return down(t.Unix(), int64(shop.Quarter/time.Second)) }

// dayOf is the day of UTC since 1970 that a quarter is in.
func dayOf(quarter int64) int64 { return down(quarter, quartersADay) }

// down divides and rounds down.
func down(a, b int64) int64 {
	if a%b < 0 {
		return a/b - 1
	}
	return a / b
}

// figureSum is what is known of one figure at some time.
type figureSum struct {
	Figure   shop.Figure
	Currency string // empty where no money is counted
	Count    int64
	Amount   int64
}

// stretch is a period in quarters.
type stretch struct{ from, to int64 }

func (s stretch) has(quarter int64) bool { return quarter >= s.from && quarter < s.to }

// stretches are periods by which sums are read: a day within which one begins or ends by its quarters, any other whole.
type stretches []stretch

func stretchesOf(periods []shop.Period) stretches {
	all := make(stretches, len(periods))
	for i, p := range periods {
		all[i] = stretch{quarterOf(p.From), quarterOf(p.To)}
	}
	return all
}

// days returns the first day that is in one of them, and the day after the last.
func (all stretches) days() (first, end int64) {
	for i, s := range all {
		from, to := dayOf(s.from), dayOf(s.to-1)+1
		if i == 0 {
			first, end = from, to
		}
		first, end = min(first, from), max(end, to)
	}
	return first, end
}

// cuts are the days that one of them begins or ends within, and the quarters of a day, in order, at which that happens.
func (all stretches) cuts() (days map[int64]bool, quarters []int64) {
	days = map[int64]bool{}
	for _, s := range all {
		for _, at := range []int64{s.from, s.to} {
			day := dayOf(at)
			if quarter := at - day*quartersADay; quarter > 0 {
				days[day] = true
				quarters = append(quarters, quarter)
			}
		}
	}
	slices.Sort(quarters)
	return days, slices.Compact(quarters)
}

// Figures returns what happened within each of the periods, as of one moment: the sums, and the slips that are not
// in them yet. A slip is taken out in the transaction that adds it to the sums, so it counts once.
func (s *Store) Figures(ctx context.Context, periods []shop.Period) ([]shop.Figures, error) {
	all := make([]shop.Figures, len(periods))
	for i := range all {
		all[i] = shop.Figures{}
	}
	stretches := stretchesOf(periods)
	add := func(quarter int64, sum figureSum) {
		for i, s := range stretches {
			if s.has(quarter) {
				all[i].Add(sum.Figure, sum.Currency, sum.Count, sum.Amount)
			}
		}
	}
	err := s.read(ctx, func(tx *gorm.DB) error {
		return errors.Join(eachSum(tx, stretches, add), eachSlip(tx, add))
	})
	return all, err
}

// eachSum reads the sums of the whole days, and of the days that are cut: from cut to cut, with the first quarter that has one.
func eachSum(tx *gorm.DB, all stretches, add func(quarter int64, sum figureSum)) error {
	first, end := all.days()
	cutDays, quarters := all.cuts()
	whole := func(day int64, sum figureSum) {
		if !cutDays[day] {
			add(day*quartersADay, sum)
		}
	}
	err := scanSums(tx.Raw("SELECT day, figure, currency, count, amount FROM figure_sums WHERE span = ? AND day >= ? AND day < ?", quartersADay, first, end), whole)
	if err != nil || len(cutDays) == 0 {
		return err
	}
	return scanSums(tx.Raw(fmt.Sprintf("SELECT day * %d + MIN(quarter), figure, currency, CAST(SUM(count) AS BIGINT), CAST(SUM(amount) AS BIGINT) "+
		"FROM figure_sums WHERE span = 1 AND day IN ? GROUP BY day, %s, figure, currency", quartersADay, cutOf(quarters)), slices.Collect(maps.Keys(cutDays))), add)
}

// cutOf numbers the parts of a day between the quarters at which it is cut. It holds nothing but numbers of ours.
func cutOf(quarters []int64) string {
	parts := "CASE"
	for i, quarter := range quarters {
		parts += fmt.Sprintf(" WHEN quarter < %d THEN %d", quarter, i)
	}
	return parts + fmt.Sprintf(" ELSE %d END", len(quarters))
}

// scanSums reads rows of a time and a sum.
func scanSums(query *gorm.DB, do func(at int64, sum figureSum)) (err error) {
	rows, err := query.Rows()
	if err != nil {
		return fmt.Errorf("read the sums of figures: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var at int64
		var sum figureSum
		if err := rows.Scan(&at, &sum.Figure, &sum.Currency, &sum.Count, &sum.Amount); err != nil {
			return fmt.Errorf("read the sums of figures: %w", err)
		}
		do(at, sum)
	}
	return rows.Err()
}

// eachSlip reads the slips one by one: after a migration there may be millions.
func eachSlip(tx *gorm.DB, add func(quarter int64, sum figureSum)) (err error) {
	rows, err := tx.Raw("SELECT at, figure, currency, count, amount FROM figure_slips").Rows()
	if err != nil {
		return fmt.Errorf("read the slips of figures: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var at utc
		var sum figureSum
		if err := rows.Scan(&at, &sum.Figure, &sum.Currency, &sum.Count, &sum.Amount); err != nil {
			return fmt.Errorf("read the slips of figures: %w", err)
		}
		add(quarterOf(at.Time), sum)
	}
	return rows.Err()
}
