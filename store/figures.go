package store

import (
	"context"
	"fmt"
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
	if len(periods) == 0 {
		return all, nil
	}
	err := s.read(ctx, func(tx *gorm.DB) error {
		var sums []figureSum
		if err := tx.Raw(sumsOf(periods)).Scan(&sums).Error; err != nil {
			return fmt.Errorf("read the sums of figures: %w", err)
		}
		for _, sum := range sums {
			all[sum.Period].Add(sum.Figure, sum.Currency, sum.Count, sum.Amount)
		}
		var slips []figureSlipRow
		if err := tx.Find(&slips).Error; err != nil {
			return fmt.Errorf("read the slips of figures: %w", err)
		}
		for _, slip := range slips {
			for i, p := range periods {
				if slip.within(p) {
					all[i].Add(slip.Figure, slip.Currency, slip.Count, slip.Amount)
				}
			}
		}
		return nil
	})
	return all, err
}

// sumsOf is the one statement that adds up all periods. It holds nothing but numbers of ours.
func sumsOf(periods []shop.Period) string {
	var rows []string
	for n, period := range periods {
		for _, p := range pieces(n, period) {
			rows = append(rows, fmt.Sprintf("(%d, %d, %d, %d)", p.period, p.span, p.start, p.end))
		}
	}
	var figures []string
	for _, f := range shop.AllFigures() {
		figures = append(figures, "('"+string(f)+"')")
	}
	return `WITH pieces (period, span, first, last) AS (VALUES ` + strings.Join(rows, ", ") + `), figures (figure) AS (VALUES ` + strings.Join(figures, ", ") + `)
		SELECT p.period, s.figure, s.currency, CAST(SUM(s.count) AS BIGINT) AS count, CAST(SUM(s.amount) AS BIGINT) AS amount
		FROM pieces p CROSS JOIN figures f JOIN figure_sums s ON s.span = p.span AND s.figure = f.figure AND s.start >= p.first AND s.start < p.last
		GROUP BY p.period, s.figure, s.currency`
}
