package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"bookroom/shop"
)

type orderViewRow struct {
	ID        string `gorm:"primaryKey"`
	StaffID   string
	Name      string
	Query     string
	CreatedAt utc `gorm:"autoCreateTime:false"`
}

// OrderViews returns the views of the list of orders that a member of staff keeps, by name.
func (s *Store) OrderViews(ctx context.Context, staffID string) ([]shop.OrderView, error) {
	var rows []orderViewRow
	if err := s.reader.WithContext(ctx).Where("staff_id = ?", staffID).Order("name").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read the views of the list of orders: %w", err)
	}
	views := make([]shop.OrderView, len(rows))
	for i, r := range rows {
		views[i] = shop.OrderView{ID: r.ID, Name: r.Name, Query: r.Query}
	}
	return views, nil
}

// SaveOrderView keeps a view for whoever does it; shop.ErrViewTaken when there is another one of that name.
func (s *Store) SaveOrderView(ctx context.Context, v shop.OrderView, act shop.Act, now time.Time) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		err := tx.Create(&orderViewRow{ID: v.ID, StaffID: act.By.StaffID, Name: v.Name, Query: v.Query, CreatedAt: at(now)}).Error
		if errors.Is(err, gorm.ErrDuplicatedKey) {
			return shop.ErrViewTaken()
		}
		if err != nil {
			return fmt.Errorf("save a view: %w", err)
		}
		return s.audit(tx, act, now)
	})
}

// DeleteOrderView forgets a view of whoever does it; one that is not theirs, or gone already, is left alone.
func (s *Store) DeleteOrderView(ctx context.Context, id string, act shop.Act, now time.Time) error {
	if !isKey(id) {
		return nil
	}
	return s.write(ctx, func(tx *gorm.DB) error {
		done := tx.Exec("DELETE FROM order_views WHERE id = ? AND staff_id = ?", id, act.By.StaffID)
		if done.Error != nil {
			return fmt.Errorf("delete a view: %w", done.Error)
		}
		if done.RowsAffected == 0 {
			return nil
		}
		return s.audit(tx, act, now)
	})
}
