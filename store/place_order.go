package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"bookroom/shop"
)

// OpenOrders returns the orders of a cart whose payment page can be used, without what belongs to them.
func (s *Store) OpenOrders(ctx context.Context, cartID string) ([]shop.Order, error) {
	if !isKey(cartID) {
		return nil, nil
	}
	var rows []orderRow
	err := s.reader.WithContext(ctx).Where("cart_id = ? AND session_state = 'open'", cartID).Order("sequence").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read open orders of a cart: %w", err)
	}
	return bareOrders(rows), nil
}

// PlaceOrder numbers and writes a new order with its lines, entitlements and jobs, and cancels the cart's
// other pending orders, but for those whose payment is under way. An order of the cart that Answers the
// new one is returned instead. It is shop.ErrCartChanged when the cart does not hold what the order is of
// any more, and shop.ErrOpenPage while another order of the cart has an open payment page.
func (s *Store) PlaceOrder(ctx context.Context, o shop.Order, c shop.Change) (shop.Order, error) {
	var placed shop.Order
	err := s.write(ctx, func(tx *gorm.DB) error {
		// One after the other for each cart: of two presses of the button, the second one finds the order.
		if err := lockCart(tx, o.CartID); err != nil {
			return err
		}
		var rows []orderRow
		err := forUpdate(tx).Where("cart_id = ? AND (idempotency_key = ? OR status = 'pending' OR session_state = 'open')", o.CartID, o.IdempotencyKey).
			Order("sequence").Find(&rows).Error
		if err != nil {
			return fmt.Errorf("read the other orders of a cart: %w", err)
		}
		for i := range rows {
			if old := rows[i].order(); old.Answers(o) {
				placed, err = completeOrder(tx, rows[i])
				return err
			}
		}
		if o.Source == shop.SourceFree {
			if err := s.countFree(tx, o); err != nil {
				return err
			}
		}
		placed = o
		return placeNew(tx, &placed, bareOrders(rows), c)
	})
	return placed, err
}

// countFree sees that an address gets no more free orders than shop.FreeOrders allows.
func (s *Store) countFree(tx *gorm.DB, o shop.Order) error {
	if err := s.lockText(tx, "free orders "+o.Email); err != nil {
		return fmt.Errorf("lock the free orders of an address: %w", err)
	}
	var placed int
	err := tx.Raw("SELECT COUNT(*) FROM orders WHERE email = ? AND source = ? AND placed_at > ?", o.Email, shop.SourceFree, at(o.PlacedAt.Add(-shop.FreeOrdersCounted))).
		Scan(&placed).Error
	if err != nil {
		return fmt.Errorf("count free orders: %w", err)
	}
	if placed >= shop.FreeOrders {
		return shop.TooManyFreeOrders()
	}
	return nil
}

func placeNew(tx *gorm.DB, o *shop.Order, others []shop.Order, c shop.Change) error {
	if err := compareCart(tx, o); err != nil {
		return err
	}
	for i := range others {
		old := &others[i]
		switch {
		case old.SessionState == shop.SessionOpen:
			return shop.ErrOpenPage
		case old.SessionState == shop.SessionProcessing:
			continue
		}
		old.Status, old.Closed, old.UpdatedAt = shop.Canceled, shop.Canceled, o.PlacedAt
		if err := updateOrder(tx, old); err != nil {
			return err
		}
	}
	if err := insertOrder(tx, o); err != nil {
		return err
	}
	return writeChange(tx, o, c)
}

// compareCart sees that the cart, which is locked, comes to what the order is of: it was read before.
func compareCart(tx *gorm.DB, o *shop.Order) error {
	cart, err := readCart(tx, o.CartID)
	if err != nil {
		return err
	}
	if !o.IsOf(cart) {
		return shop.ErrCartChanged
	}
	return nil
}

// expireJob is the job that makes a payment session unpayable.
func expireJob(sessionID string, now time.Time) shop.Job {
	return shop.Job{Kind: shop.JobExpireSession, Key: "expire:" + sessionID, Subject: sessionID, RunAt: now}
}

// insertOrder writes an order with its lines and words and gives it its number.
func insertOrder(tx *gorm.DB, o *shop.Order) error {
	row := newOrderRow(o)
	row.Indexed = true
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
	words := newOrderWords(o, row.Sequence)
	if err := tx.Create(&words).Error; err != nil {
		return fmt.Errorf("write the words of an order: %w", err)
	}
	return nil
}
