package store

import (
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"bookroom/shop"
)

// writeChange writes what follows from a change of an order, but for the order's own row.
func writeChange(tx *gorm.DB, o *shop.Order, c shop.Change) error {
	if err := writePayments(tx, o.ID, c.Payments); err != nil {
		return err
	}
	if err := writeRefunds(tx, o.ID, c.Refunds); err != nil {
		return err
	}
	if err := writeMovements(tx, o, c); err != nil {
		return err
	}
	if err := writeDisputes(tx, o.ID, c.Disputes); err != nil {
		return err
	}
	if err := writeReturns(tx, o.ID, c.Returns); err != nil {
		return err
	}
	if err := writeTax(tx, o.ID, c.Lines); err != nil {
		return err
	}
	if err := writeEntitlements(tx, c.Entitlements); err != nil {
		return err
	}
	if err := queue(tx, c.Jobs); err != nil {
		return err
	}
	switch {
	case c.RefillCart:
		return refillCart(tx, o)
	case c.ClearCart:
		return clearCart(tx, o)
	default:
		return nil
	}
}

// clearCart takes what an order is of out of its cart. The cart's own row is left alone: whoever holds
// its lock may be waiting for this order's.
func clearCart(tx *gorm.DB, o *shop.Order) error {
	err := tx.Exec("DELETE FROM cart_items WHERE cart_id = ? AND variant_id IN (SELECT variant_id FROM order_lines WHERE order_id = ?)",
		o.CartID, o.ID).Error
	if err != nil {
		return fmt.Errorf("clear cart: %w", err)
	}
	err = tx.Exec("DELETE FROM cart_donations WHERE cart_id = ? AND amount = ? AND currency = ?", o.CartID, o.Donation, o.Currency).Error
	if err != nil {
		return fmt.Errorf("clear donation: %w", err)
	}
	return dropLoneDonation(tx, o.CartID)
}

// refillCart puts what an order was of back into its cart, if that is still there.
func refillCart(tx *gorm.DB, o *shop.Order) error {
	err := tx.Exec(`INSERT INTO cart_items (cart_id, variant_id, position, quantity, amount, seen, currency)
		SELECT carts.id, l.variant_id, l.position, l.quantity, CASE l.support WHEN 0 THEN 0 ELSE l.unit_price END, l.unit_price - l.support, o.currency
		FROM order_lines l JOIN orders o ON o.id = l.order_id JOIN carts ON carts.id = o.cart_id WHERE l.order_id = ?
		ON CONFLICT DO NOTHING`, o.ID).Error
	if err != nil {
		return fmt.Errorf("refill cart: %w", err)
	}
	err = tx.Exec(`INSERT INTO cart_donations (cart_id, amount, currency)
		SELECT carts.id, o.donation, o.currency FROM orders o JOIN carts ON carts.id = o.cart_id WHERE o.id = ? AND o.donation > 0
		ON CONFLICT DO NOTHING`, o.ID).Error
	if err != nil {
		return fmt.Errorf("refill donation: %w", err)
	}
	return nil
}

// updateOrder writes what can change of an order after it was placed.
func updateOrder(tx *gorm.DB, o *shop.Order) error {
	err := tx.Exec(`UPDATE orders SET status = ?, session_state = ?, closed = ?, attention = ?, tax = ?, total = ?, paid_at = ?, updated_at = ? WHERE id = ?`,
		o.Status, o.SessionState, o.Closed, o.Attention, o.Tax, o.Total, at(o.PaidAt), at(o.UpdatedAt), o.ID).Error
	if err != nil {
		return fmt.Errorf("update order: %w", err)
	}
	return nil
}

// writePayments writes payments of an order. One that belongs to another order is never taken over.
func writePayments(tx *gorm.DB, orderID string, payments []shop.Payment) error {
	for _, p := range payments {
		row := newPaymentRow(orderID, p)
		done := tx.Clauses(clause.OnConflict{
			Columns: []clause.Column{{Name: "payment_intent_id"}},
			DoUpdates: clause.AssignmentColumns([]string{"charge_id", "session_id", "amount", "tax", "currency", "paid_at", "matches",
				"refunded", "refunded_as_of"}),
			Where: clause.Where{Exprs: []clause.Expression{clause.Expr{SQL: "payments.order_id = excluded.order_id"}}},
		}).Create(&row)
		if done.Error != nil {
			return fmt.Errorf("write payment: %w", done.Error)
		}
		if done.RowsAffected == 0 {
			return fmt.Errorf("write payment: %s belongs to another order", p.PaymentIntentID)
		}
	}
	return nil
}

func writeRefunds(tx *gorm.DB, orderID string, refunds []shop.Refund) error {
	for _, r := range refunds {
		row := newRefundRow(orderID, r)
		if err := tx.Create(&row).Error; err != nil {
			return fmt.Errorf("write refund: %w", err)
		}
	}
	return nil
}

func writeDisputes(tx *gorm.DB, orderID string, disputes []shop.Dispute) error {
	for _, d := range disputes {
		row := newDisputeRow(orderID, d)
		err := tx.Clauses(clause.OnConflict{
			Columns:   []clause.Column{{Name: "id"}},
			DoUpdates: clause.AssignmentColumns([]string{"status", "amount", "reason", "updated_at"}),
		}).Create(&row).Error
		if err != nil {
			return fmt.Errorf("write dispute: %w", err)
		}
	}
	return nil
}

// writeTax writes the tax that became known with the payment.
func writeTax(tx *gorm.DB, orderID string, lines []shop.OrderLine) error {
	for _, line := range lines {
		if line.Tax == 0 {
			continue // as it was placed
		}
		err := tx.Exec("UPDATE order_lines SET tax = ?, total = ? WHERE id = ? AND order_id = ?", line.Tax, line.Total, line.ID, orderID).Error
		if err != nil {
			return fmt.Errorf("write tax: %w", err)
		}
	}
	return nil
}

// writeEntitlements grants new rights and changes the state of those that are there.
func writeEntitlements(tx *gorm.DB, entitlements []shop.Entitlement) error {
	if len(entitlements) == 0 {
		return nil
	}
	rows := make([]entitlementRow, len(entitlements))
	for i, e := range entitlements {
		rows[i] = newEntitlementRow(e)
	}
	err := tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "id"}},
		DoUpdates: clause.AssignmentColumns([]string{"state"}),
	}).Create(&rows).Error
	if err != nil {
		return fmt.Errorf("write entitlements: %w", err)
	}
	return nil
}
