package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"bookroom/shop"
)

// ApplyPayment stores the event, finds and locks its order, calls Order.Apply and writes what follows.
// An event that was stored before changes nothing. Events that were stored as unmatched and belong to
// the same payment are applied with it, in the order in which they happened.
func (s *Store) ApplyPayment(ctx context.Context, e shop.PaymentEvent, now time.Time) (shop.Applied, error) {
	var applied shop.Applied
	err := s.write(ctx, func(tx *gorm.DB) error {
		if err := s.lockPayment(tx, e.PaymentIntentID); err != nil {
			return err
		}
		var err error
		applied, err = applyPayment(tx, e, now)
		return err
	})
	if err != nil {
		return shop.Applied{}, err
	}
	return applied, nil
}

// lockPayment makes events of one payment go one after the other, whether or not their order is known:
// on PostgreSQL an event that finds no order and the payment that would have led it there could
// otherwise miss each other.
func (s *Store) lockPayment(tx *gorm.DB, intentID string) error {
	if intentID == "" {
		return nil
	}
	if err := s.lockText(tx, intentID); err != nil {
		return fmt.Errorf("lock payment: %w", err)
	}
	return nil
}

func applyPayment(tx *gorm.DB, e shop.PaymentEvent, now time.Time) (shop.Applied, error) {
	row := newPaymentEventRow(e, now)
	if e.Kind == shop.Irrelevant {
		return storeEvent(tx, row, shop.EventIgnored)
	}
	locked, err := lockOrderOf(tx, e)
	if err != nil {
		return shop.Applied{}, err
	}
	if locked == nil {
		return storeEvent(tx, row, shop.EventUnmatched)
	}
	row.OrderID = &locked.Order.ID
	if shop.IsErased(locked.Order.Email) {
		row.Payload = withoutPerson(row.Payload)
	}
	stored, err := storeEvent(tx, row, shop.EventApplied)
	if err != nil || stored.Outcome == shop.EventDuplicate {
		return stored, err
	}
	order, err := completeOrder(tx, locked.Order)
	if err != nil {
		return shop.Applied{}, err
	}
	if err := applyTo(tx, &order, e, now); err != nil {
		return shop.Applied{}, err
	}
	if locked.HasUnmatched && e.PaymentIntentID != "" {
		if err := applyUnmatched(tx, &order, e.PaymentIntentID, now); err != nil {
			return shop.Applied{}, err
		}
	}
	if err := updateOrder(tx, &order); err != nil {
		return shop.Applied{}, err
	}
	return shop.Applied{Outcome: shop.EventApplied, Order: order}, nil
}

// storeEvent keeps an event under its id. Of one that is there already it returns EventDuplicate with
// the order, if one is known.
func storeEvent(tx *gorm.DB, row paymentEventRow, outcome shop.EventOutcome) (shop.Applied, error) {
	row.Outcome = outcome
	stored := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&row)
	if stored.Error != nil {
		return shop.Applied{}, fmt.Errorf("store event: %w", stored.Error)
	}
	if stored.RowsAffected == 1 {
		return shop.Applied{Outcome: outcome}, nil
	}
	order, err := loadOrder(tx, "id = (SELECT order_id FROM payment_events WHERE id = ?)", row.ID)
	if err != nil && !errors.Is(err, shop.ErrOrderNotFound) {
		return shop.Applied{}, err
	}
	return shop.Applied{Outcome: shop.EventDuplicate, Order: order}, nil
}

// lockedOrder is the row of an order that nobody else changes now, and whether events of the payment
// have been waiting for it.
type lockedOrder struct {
	Order        orderRow `gorm:"embedded"`
	HasUnmatched bool
}

// lockOrderOf finds the order that an event is about and locks it; nil when there is none yet.
func lockOrderOf(tx *gorm.DB, e shop.PaymentEvent) (*lockedOrder, error) {
	for _, by := range []struct{ where, key string }{
		{"session_id = ? AND session_id <> ''", e.SessionID},
		{"id = ?", e.OrderID},
		{"id = (SELECT order_id FROM payments WHERE payment_intent_id = ?)", e.PaymentIntentID},
	} {
		if by.key == "" || !isKey(by.key) {
			continue
		}
		var found []lockedOrder
		err := forUpdate(tx).Table("orders").
			Select("*, EXISTS (SELECT 1 FROM payment_events WHERE payment_intent_id = ? AND outcome = 'unmatched') AS has_unmatched", e.PaymentIntentID).
			Where(by.where, by.key).Find(&found).Error
		if err != nil {
			return nil, fmt.Errorf("lock the order of an event: %w", err)
		}
		if len(found) == 1 {
			return &found[0], nil
		}
	}
	return nil, nil
}

// applyTo applies one event to an order and writes what follows, but for the order's own row.
func applyTo(tx *gorm.DB, order *shop.Order, e shop.PaymentEvent, now time.Time) error {
	change, err := order.Apply(e, now)
	if err != nil {
		return fmt.Errorf("apply %s to %s: %w", e.Type, order.Number, err)
	}
	return writeChange(tx, order, change)
}

// applyUnmatched applies what was heard of a payment before its order was known.
func applyUnmatched(tx *gorm.DB, order *shop.Order, intentID string, now time.Time) error {
	var rows []paymentEventRow
	err := tx.Where("payment_intent_id = ? AND outcome = 'unmatched'", intentID).Order("at, id").Find(&rows).Error
	if err != nil {
		return fmt.Errorf("read unmatched events: %w", err)
	}
	for i := range rows {
		if err := applyTo(tx, order, rows[i].event(), now); err != nil {
			return err
		}
		err := tx.Exec("UPDATE payment_events SET outcome = 'applied', order_id = ? WHERE id = ?", order.ID, rows[i].ID).Error
		if err != nil {
			return fmt.Errorf("mark event as applied: %w", err)
		}
	}
	return nil
}
