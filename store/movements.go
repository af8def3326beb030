package store

import (
	"fmt"
	"time"

	"gorm.io/gorm"

	"bookroom/shop"
)

// movementRow is money that came in or went back.
type movementRow struct {
	PaymentIntentID string `gorm:"primaryKey"`
	Position        int    `gorm:"primaryKey;autoIncrement:false"`
	OrderID         string
	Kind            shop.Figure // FigureRevenue or FigureRefunds
	At              utc
	Amount          int64
	Currency        string
}

func (movementRow) TableName() string { return "money_movements" }

// writeMovements writes down what a change means for the money of the payments that it touches: what is written
// already makes up the difference. The order is locked, so nobody else writes of them.
func writeMovements(tx *gorm.DB, o *shop.Order, c shop.Change) error {
	failed := map[string]time.Time{}
	for _, r := range c.Refunds {
		failed[r.PaymentIntentID] = r.FailedAt
	}
	touched := map[string]bool{}
	for _, p := range c.Payments {
		touched[p.PaymentIntentID] = true
	}
	for _, p := range o.Payments {
		at, isFailure := failed[p.PaymentIntentID]
		if !isFailure && !touched[p.PaymentIntentID] {
			continue
		}
		if !isFailure {
			at = p.RefundedAsOf
		}
		if err := writeMovementsOf(tx, o, p, at); err != nil {
			return fmt.Errorf("write the movements of a payment: %w", err)
		}
	}
	return nil
}

// writeMovementsOf writes what is not written yet of one payment. Refunds that are new happened at the given time.
func writeMovementsOf(tx *gorm.DB, o *shop.Order, p shop.Payment, refunded time.Time) error {
	var written struct {
		Last     int
		Payments int
		Refunds  int64
	}
	err := tx.Raw(`SELECT COALESCE(MAX(position), 0) AS last, COALESCE(SUM(CASE kind WHEN 'payment' THEN 1 END), 0) AS payments,
			COALESCE(SUM(CASE kind WHEN 'refund' THEN amount END), 0) AS refunds
		FROM money_movements WHERE payment_intent_id = ?`, p.PaymentIntentID).Scan(&written).Error
	if err != nil {
		return err
	}
	add := func(kind shop.Figure, when time.Time, amount int64) error {
		written.Last++
		return tx.Create(&movementRow{
			PaymentIntentID: p.PaymentIntentID, Position: written.Last, OrderID: o.ID, Kind: kind, At: at(when), Amount: amount, Currency: p.Currency,
		}).Error
	}
	if !p.PaidAt.IsZero() && p.Amount > 0 && written.Payments == 0 {
		if err := add(shop.FigureRevenue, p.PaidAt, p.Amount); err != nil {
			return err
		}
	}
	if growth := o.Returned(p) - written.Refunds; growth != 0 {
		return add(shop.FigureRefunds, refunded, growth)
	}
	return nil
}
