package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"bookroom/shop"
)

// figureSlipRow is something that happened and is not in the sums yet.
type figureSlipRow struct {
	ID       int64 `gorm:"primaryKey"`
	Figure   shop.Figure
	At       utc
	Currency string
	Count    int64
	Amount   int64
}

func (figureSlipRow) TableName() string { return "figure_slips" }

type figureSumRow struct {
	Span     int64       `gorm:"primaryKey;autoIncrement:false"` // quarters of an hour
	Day      int64       `gorm:"primaryKey;autoIncrement:false"` // of UTC since 1970
	Quarter  int64       `gorm:"primaryKey;autoIncrement:false"` // of the day, at which the span begins
	Figure   shop.Figure `gorm:"primaryKey"`
	Currency string      `gorm:"primaryKey"`
	Count    int64
	Amount   int64
}

func (figureSumRow) TableName() string { return "figure_sums" }

// slipsAtOnce bounds the transactions that add slips up.
const slipsAtOnce = 20_000

// SumFigures adds up the slips that have gathered, so that figures are quick to read. They are right without it,
// and right while several processes do it at once.
func (s *Store) SumFigures(ctx context.Context) error {
	for {
		var some []int64
		if err := s.reader.WithContext(ctx).Raw("SELECT id FROM figure_slips LIMIT 1").Scan(&some).Error; err != nil {
			return fmt.Errorf("look for slips of figures: %w", err)
		}
		if len(some) == 0 {
			return nil
		}
		taken := 0
		err := s.write(ctx, func(tx *gorm.DB) error {
			var err error
			taken, err = s.sumSlips(tx)
			return err
		})
		if err != nil || taken == 0 { // another process has what is left
			return err
		}
	}
}

// sumSlips takes slips out, adds them to the sums and returns how many they were.
func (s *Store) sumSlips(tx *gorm.DB) (int, error) {
	skipLocked := ""
	if s.dialect == PostgreSQL {
		skipLocked = "FOR UPDATE SKIP LOCKED"
	}
	var slips []figureSlipRow
	err := tx.Raw("DELETE FROM figure_slips WHERE id IN (SELECT id FROM figure_slips ORDER BY id LIMIT ? "+skipLocked+") RETURNING *", slipsAtOnce).Scan(&slips).Error
	if err != nil {
		return 0, fmt.Errorf("take slips of figures: %w", err)
	}
	if len(slips) == 0 {
		return 0, nil
	}
	sums := map[figureSumRow]figureSumRow{} // by all but what they come to
	for i := range slips {
		slip, quarter := &slips[i], quarterOf(slips[i].At.Time)
		day := dayOf(quarter)
		for _, key := range []figureSumRow{
			{Span: 1, Day: day, Quarter: quarter - day*quartersADay, Figure: slip.Figure, Currency: slip.Currency},
			{Span: quartersADay, Day: day, Figure: slip.Figure, Currency: slip.Currency},
		} {
			sum, found := sums[key]
			if !found {
				sum = key
			}
			sum.Count += slip.Count
			sum.Amount += slip.Amount
			sums[key] = sum
		}
	}
	// Processes that do this at once meet the rows in the same order.
	rows := slices.SortedFunc(maps.Values(sums), func(a, b figureSumRow) int {
		return cmp.Or(cmp.Compare(a.Span, b.Span), cmp.Compare(a.Day, b.Day), cmp.Compare(a.Quarter, b.Quarter),
			cmp.Compare(a.Figure, b.Figure), cmp.Compare(a.Currency, b.Currency))
	})
	err = tx.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "span"}, {Name: "day"}, {Name: "quarter"}, {Name: "figure"}, {Name: "currency"}},
		DoUpdates: clause.Assignments(map[string]any{
			"count": gorm.Expr("figure_sums.count + excluded.count"), "amount": gorm.Expr("figure_sums.amount + excluded.amount"),
		}),
	}).CreateInBatches(&rows, 500).Error
	if err != nil {
		return 0, fmt.Errorf("add to the sums of figures: %w", err)
	}
	return len(slips), nil
}
