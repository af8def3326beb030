package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"bookroom/shop"
)

// Return returns a refund with its order; shop.ErrReturnNotFound where there is none.
func (s *Store) Return(ctx context.Context, id string) (shop.Order, shop.Return, error) {
	if !isKey(id) {
		return shop.Order{}, shop.Return{}, shop.ErrReturnNotFound
	}
	order, err := s.readOrder(ctx, "id = (SELECT order_id FROM order_returns WHERE id = ?)", id)
	if errors.Is(err, shop.ErrOrderNotFound) {
		return order, shop.Return{}, shop.ErrReturnNotFound
	}
	i := slices.IndexFunc(order.Returns, func(r shop.Return) bool { return r.ID == id })
	if err != nil || i < 0 {
		return order, shop.Return{}, err
	}
	return order, order.Returns[i], nil
}

// RequestRefund locks the order, calls Order.Return and writes what follows, with the record of the act. The Return
// that the same request made before is returned instead. Of two requests at once, the second one meets an order
// that knows the first.
func (s *Store) RequestRefund(ctx context.Context, r shop.RefundRequest, now time.Time) (shop.Order, shop.Return, error) {
	var order shop.Order
	var made shop.Return
	err := s.write(ctx, func(tx *gorm.DB) error {
		var err error
		if order, err = lockNumber(tx, r.Number); err != nil {
			return err
		}
		var change shop.Change
		var act shop.Act
		if made, change, act, err = order.Return(r, now); err != nil || made.ID != r.ID {
			return err
		}
		return s.writeRefund(tx, &order, change, act, now)
	})
	return order, made, err
}

// DropRefund locks the order, calls Order.Drop and writes what follows, with the record of the act.
func (s *Store) DropRefund(ctx context.Context, by shop.Actor, number, id string, now time.Time) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		order, err := lockNumber(tx, number)
		if err != nil {
			return err
		}
		change, act, err := order.Drop(by, id, now)
		if err != nil || act.Verb == "" {
			return err
		}
		return s.writeRefund(tx, &order, change, act, now)
	})
}

// writeRefund writes what follows from a refund, and the record of the act.
func (s *Store) writeRefund(tx *gorm.DB, o *shop.Order, change shop.Change, act shop.Act, now time.Time) error {
	if err := writeChange(tx, o, change); err != nil {
		return err
	}
	if err := updateOrder(tx, o); err != nil {
		return err
	}
	return s.audit(tx, act, now)
}

// writeReturns writes returns that are new or have come to another state.
func writeReturns(tx *gorm.DB, orderID string, returns []shop.Return) error {
	for _, r := range returns {
		row, err := newOrderReturnRow(orderID, r)
		if err != nil {
			return err
		}
		err = tx.Clauses(clause.OnConflict{
			Columns:   []clause.Column{{Name: "id"}},
			DoUpdates: clause.AssignmentColumns([]string{"state", "refund_id", "problem", "settled_at"}),
		}).Create(&row).Error
		if err != nil {
			return fmt.Errorf("write refund: %w", err)
		}
		if err := writeReturnParts(tx, orderID, r); err != nil {
			return err
		}
	}
	return nil
}

// writeReturnParts holds the parts of a return while it may come to something.
func writeReturnParts(tx *gorm.DB, orderID string, r shop.Return) error {
	if len(r.Parts) == 0 {
		return nil
	}
	rows := make([]orderReturnPartRow, len(r.Parts))
	for i, part := range r.Parts {
		rows[i] = orderReturnPartRow{ReturnID: r.ID, OrderID: orderID, Part: part, Held: !r.Void()}
	}
	err := tx.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "return_id"}, {Name: "part"}},
		DoUpdates: clause.AssignmentColumns([]string{"held"}),
	}).Create(&rows).Error
	if err != nil {
		return fmt.Errorf("write the parts of a refund: %w", err)
	}
	return nil
}

// readReturns reads what staff gave back of orders.
func readReturns(tx *gorm.DB, ids []string, byID map[string]*shop.Order) error {
	parts := map[string][]string{}
	var broken []error
	err := errors.Join(
		children(tx, true, ids, "return_id, part", func(r *orderReturnPartRow) { parts[r.ReturnID] = append(parts[r.ReturnID], r.Part) }),
		children(tx, true, ids, "requested_at, id", func(r *orderReturnRow) {
			given, err := r.toReturn()
			if err != nil {
				broken = append(broken, err)
			}
			given.Parts = parts[r.ID]
			o := byID[r.OrderID]
			o.Returns = append(o.Returns, given)
		}),
	)
	return errors.Join(append(broken, err)...)
}
