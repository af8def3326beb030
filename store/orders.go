package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"gorm.io/gorm"

	"bookroom/shop"
)

// Order returns an order with all that belongs to it; shop.ErrOrderNotFound where there is none.
func (s *Store) Order(ctx context.Context, id string) (shop.Order, error) {
	if !isKey(id) {
		return shop.Order{}, shop.ErrOrderNotFound
	}
	return s.readOrder(ctx, "id = ?", id)
}

// OrderByKey returns the order that was placed from the cart with that idempotency key;
// shop.ErrOrderNotFound where there is none.
func (s *Store) OrderByKey(ctx context.Context, cartID, key string) (shop.Order, error) {
	if !isKey(cartID) || !isKey(key) {
		return shop.Order{}, shop.ErrOrderNotFound
	}
	return s.readOrder(ctx, "cart_id = ? AND idempotency_key = ?", cartID, key)
}

// AttachPayment notes the payment session of an order, and until when it can be paid, and returns the
// one that is noted: the first stays, and a job is queued to expire any other. When another checkout has
// taken the order's place meanwhile, its session is expired too and the answer is an Error of kind Conflict.
func (s *Store) AttachPayment(ctx context.Context, orderID string, page shop.PaymentPage, now time.Time) (shop.PaymentPage, error) {
	var closed bool
	err := s.write(ctx, func(tx *gorm.DB) error {
		var rows []orderRow
		if err := forUpdate(tx).Where("id = ?", orderID).Limit(1).Find(&rows).Error; err != nil {
			return fmt.Errorf("lock order: %w", err)
		}
		if len(rows) == 0 {
			return shop.ErrOrderNotFound
		}
		order := rows[0].order()
		if order.SessionID != "" && order.SessionID != page.SessionID {
			second := page.SessionID
			page = shop.PaymentPage{SessionID: order.SessionID, URL: order.PaymentURL, ExpiresAt: order.ExpiresAt}
			return queue(tx, []shop.Job{expireJob(second, now)})
		}
		err := tx.Exec("UPDATE orders SET session_id = ?, session_state = CASE session_state WHEN '' THEN 'open' ELSE session_state END, payment_url = ?, expires_at = ? WHERE id = ?",
			page.SessionID, page.URL, at(page.ExpiresAt), orderID).Error
		if err != nil {
			return fmt.Errorf("write payment session: %w", err)
		}
		closed = order.Status == shop.Canceled || order.Status == shop.Expired
		if !closed {
			return nil
		}
		return queue(tx, []shop.Job{expireJob(page.SessionID, now)})
	})
	if err == nil && closed {
		return shop.PaymentPage{}, shop.ErrOrderClosed
	}
	return page, err
}

// NoteAsked claims the right to ask the payment provider about an order: false when it was asked since
// the given time.
func (s *Store) NoteAsked(ctx context.Context, orderID string, since, now time.Time) (bool, error) {
	mine := false
	err := s.write(ctx, func(tx *gorm.DB) error {
		done := tx.Exec("UPDATE orders SET asked_at = ? WHERE id = ? AND (asked_at IS NULL OR asked_at < ?)", at(now), orderID, at(since))
		if done.Error != nil {
			return fmt.Errorf("note that an order was asked about: %w", done.Error)
		}
		mine = done.RowsAffected == 1
		return nil
	})
	return mine, err
}

// CloseSession notes that a payment page cannot be used any more.
func (s *Store) CloseSession(ctx context.Context, sessionID string) error {
	err := s.write(ctx, func(tx *gorm.DB) error {
		return tx.Exec("UPDATE orders SET session_state = 'closed' WHERE session_id = ? AND session_state = 'open'", sessionID).Error
	})
	if err != nil {
		return fmt.Errorf("close payment session: %w", err)
	}
	return nil
}

// askFor is how long an order can be of interest: the slowest bank debits take about two weeks.
const askFor = 30 * 24 * time.Hour

// OrdersToAsk returns orders that are pending or have a payment page that is not closed, and that were
// placed, and last asked about, before the given time, but not more than a month before: those that have waited longest for a look first, and without what belongs to them.
func (s *Store) OrdersToAsk(ctx context.Context, before time.Time, limit int) ([]shop.Order, error) {
	var rows []orderRow
	err := s.reader.WithContext(ctx).
		Where("(status = 'pending' OR session_state IN ('open', 'processing')) AND COALESCE(asked_at, placed_at) < ? AND placed_at > ?", at(before), at(before.Add(-askFor))).
		Order("COALESCE(asked_at, placed_at)").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("find orders to ask about: %w", err)
	}
	return bareOrders(rows), nil
}

// bareOrders are orders without what belongs to them.
func bareOrders(rows []orderRow) []shop.Order {
	orders := make([]shop.Order, len(rows))
	for i := range rows {
		orders[i] = rows[i].order()
	}
	return orders
}

func (s *Store) readOrder(ctx context.Context, where string, args ...any) (shop.Order, error) {
	var order shop.Order
	err := s.read(ctx, func(tx *gorm.DB) error {
		var err error
		order, err = loadOrder(tx, where, args...)
		return err
	})
	return order, err
}

// loadOrder reads an order with all that belongs to it; shop.ErrOrderNotFound where there is none.
func loadOrder(tx *gorm.DB, where string, args ...any) (shop.Order, error) {
	var rows []orderRow
	if err := tx.Where(where, args...).Limit(1).Find(&rows).Error; err != nil {
		return shop.Order{}, fmt.Errorf("read order: %w", err)
	}
	if len(rows) == 0 {
		return shop.Order{}, shop.ErrOrderNotFound
	}
	return completeOrder(tx, rows[0])
}

// orderLineView is a line and which sorts of things belong to its order beside the lines, so that only
// those are read: most orders have no refunds and disputes, and a pending one has nothing.
type orderLineView struct {
	Line            orderLineRow `gorm:"embedded"`
	HasEntitlements bool
	HasPayments     bool
	HasRefunds      bool
	HasDisputes     bool
	HasReturns      bool
}

// completeOrder reads all that belongs to an order.
func completeOrder(tx *gorm.DB, row orderRow) (shop.Order, error) {
	orders, err := completeOrders(tx, []orderRow{row})
	if err != nil {
		return row.order(), err
	}
	return orders[0], nil
}

// completeOrders reads all that belongs to orders, with as many statements for many as for one.
func completeOrders(tx *gorm.DB, rows []orderRow) ([]shop.Order, error) {
	orders := bareOrders(rows)
	ids, byID := make([]string, len(orders)), map[string]*shop.Order{}
	for i := range orders {
		ids[i], byID[orders[i].ID] = orders[i].ID, &orders[i]
	}
	var lines []orderLineView
	err := tx.Raw(`SELECT l.*,
			EXISTS (SELECT 1 FROM entitlements WHERE order_id = l.order_id) AS has_entitlements,
			EXISTS (SELECT 1 FROM payments WHERE order_id = l.order_id) AS has_payments,
			EXISTS (SELECT 1 FROM refunds WHERE order_id = l.order_id) AS has_refunds,
			EXISTS (SELECT 1 FROM disputes WHERE order_id = l.order_id) AS has_disputes,
			EXISTS (SELECT 1 FROM order_returns WHERE order_id = l.order_id) AS has_returns
		FROM order_lines l WHERE l.order_id IN ? ORDER BY l.position`, ids).Scan(&lines).Error
	if err != nil {
		return nil, fmt.Errorf("read order lines: %w", err)
	}
	var has orderLineView // what any of the orders has
	for i := range lines {
		l := &lines[i]
		has.HasEntitlements = has.HasEntitlements || l.HasEntitlements
		has.HasPayments = has.HasPayments || l.HasPayments
		has.HasRefunds = has.HasRefunds || l.HasRefunds
		has.HasDisputes = has.HasDisputes || l.HasDisputes
		has.HasReturns = has.HasReturns || l.HasReturns
		o := byID[l.Line.OrderID]
		o.Lines = append(o.Lines, l.Line.line())
	}
	err = errors.Join(
		children(tx, has.HasEntitlements, ids, "id", func(r *entitlementRow) {
			o := byID[r.OrderID]
			o.Entitlements = append(o.Entitlements, r.entitlement())
		}),
		children(tx, has.HasPayments, ids, "paid_at, payment_intent_id", func(r *paymentRow) {
			o := byID[r.OrderID]
			o.Payments = append(o.Payments, r.payment())
		}),
		children(tx, has.HasRefunds, ids, "id", func(r *refundRow) {
			o := byID[r.OrderID]
			o.Refunds = append(o.Refunds, r.refund())
		}),
		children(tx, has.HasDisputes, ids, "id", func(r *disputeRow) {
			o := byID[r.OrderID]
			o.Disputes = append(o.Disputes, r.dispute())
		}),
	)
	if has.HasReturns {
		err = errors.Join(err, readReturns(tx, ids, byID))
	}
	return orders, err
}

// children reads the rows of one table that belong to orders, if there are any.
func children[Row any](tx *gorm.DB, there bool, orderIDs []string, sorted string, take func(*Row)) error {
	if !there {
		return nil
	}
	var rows []Row
	if err := tx.Where("order_id IN ?", orderIDs).Order(sorted).Find(&rows).Error; err != nil {
		return fmt.Errorf("read what belongs to orders: %w", err)
	}
	for i := range rows {
		take(&rows[i])
	}
	return nil
}
