package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"bookroom/shop"
)

// PlaceOrder numbers and writes a new order with its lines, entitlements and jobs. An order that was
// placed from the same cart with the same idempotency key, or a pending one with the same fingerprint
// that can be paid for at least shop.ReuseMargin, is returned instead. Other pending orders of the cart
// are canceled, returned, and a job is queued for each to expire its payment session.
func (s *Store) PlaceOrder(ctx context.Context, o shop.Order, c shop.Change) (shop.Placement, error) {
	var placement shop.Placement
	err := s.write(ctx, func(tx *gorm.DB) error {
		// One after the other for each cart: of two presses of the button, the second one finds the order.
		if err := lockCart(tx, o.CartID); err != nil {
			return err
		}
		existing, err := loadOrder(tx, "cart_id = ? AND idempotency_key = ?", o.CartID, o.IdempotencyKey)
		if errors.Is(err, shop.ErrOrderNotFound) {
			placement, err = placeNew(tx, o, c)
			return err
		}
		placement = shop.Placement{Order: existing, Existing: true}
		return err
	})
	return placement, err
}

func placeNew(tx *gorm.DB, o shop.Order, c shop.Change) (shop.Placement, error) {
	var pending []orderRow
	if err := forUpdate(tx).Where("cart_id = ? AND status = 'pending'", o.CartID).Order("sequence").Find(&pending).Error; err != nil {
		return shop.Placement{}, fmt.Errorf("read pending orders of a cart: %w", err)
	}
	var placement shop.Placement
	for i := range pending {
		old := pending[i].order()
		if old.Fingerprint == o.Fingerprint && !old.ExpiresAt.Before(o.PlacedAt.Add(shop.ReuseMargin)) {
			same, err := completeOrder(tx, pending[i])
			return shop.Placement{Order: same, Existing: true}, err
		}
		placement.Superseded = append(placement.Superseded, old)
	}
	for i := range placement.Superseded {
		if err := supersede(tx, &placement.Superseded[i], o.PlacedAt); err != nil {
			return shop.Placement{}, err
		}
	}
	if err := insertOrder(tx, &o); err != nil {
		return shop.Placement{}, err
	}
	placement.Order = o
	return placement, writeChange(tx, &o, c)
}

// supersede cancels a pending order whose place another one takes.
func supersede(tx *gorm.DB, old *shop.Order, now time.Time) error {
	old.Status, old.Closed, old.UpdatedAt = shop.Canceled, shop.Canceled, now
	if err := updateOrder(tx, old); err != nil {
		return err
	}
	if old.SessionID == "" {
		return nil
	}
	return queue(tx, []shop.Job{expireJob(old.SessionID, now)})
}

// expireJob is the job that makes a payment session unpayable.
func expireJob(sessionID string, now time.Time) shop.Job {
	return shop.Job{Kind: shop.JobExpireSession, Key: "expire:" + sessionID, Subject: sessionID, RunAt: now}
}

// insertOrder writes an order with its lines and gives it its number.
func insertOrder(tx *gorm.DB, o *shop.Order) error {
	row := newOrderRow(o)
	if err := tx.Create(&row).Error; err != nil {
		return fmt.Errorf("write order: %w", err)
	}
	o.Number = row.Number
	lines := make([]orderLineRow, len(o.Lines))
	for i, line := range o.Lines {
		lines[i] = newOrderLineRow(o.ID, line)
	}
	if err := tx.Create(&lines).Error; err != nil {
		return fmt.Errorf("write order lines: %w", err)
	}
	return nil
}
