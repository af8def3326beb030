package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"bookroom/shop"
)

// OrderByNumber returns an order with all that belongs to it; shop.ErrNoSuchOrder where there is none.
func (s *Store) OrderByNumber(ctx context.Context, number string) (shop.Order, error) {
	if !isKey(number) {
		return shop.Order{}, shop.ErrNoSuchOrder
	}
	o, err := s.readOrder(ctx, "number = ?", number)
	if shop.IsKind(err, shop.NotFound) {
		return shop.Order{}, shop.ErrNoSuchOrder
	}
	return o, err
}

type orderRequestRow struct {
	OrderID string `gorm:"primaryKey"`
	Request string `gorm:"primaryKey"`
}

type orderNoteRow struct {
	ID        string `gorm:"primaryKey"`
	OrderID   string
	StaffID   string
	Staff     string
	Note      string
	WrittenAt utc
}

// ActOnOrder locks an order, calls decide with it and writes what that changes and returns, and the act with it. A
// request that was carried out before changes nothing: decide is not called. It returns the order as it is
// afterwards; shop.ErrNoSuchOrder where there is none.
func (s *Store) ActOnOrder(ctx context.Context, number, request string, now time.Time, decide func(*shop.Order) (shop.DeskChange, error)) (shop.Order, error) {
	var order shop.Order
	if !isKey(request) {
		return order, shop.ErrNoSuchOrder
	}
	err := s.write(ctx, func(tx *gorm.DB) error {
		var err error
		if order, err = lockNumber(tx, number); err != nil {
			return err
		}
		once := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&orderRequestRow{OrderID: order.ID, Request: request})
		if once.Error != nil {
			return fmt.Errorf("note a request of staff: %w", once.Error)
		}
		if once.RowsAffected == 0 {
			return nil
		}
		from := order.Email
		change, err := decide(&order)
		if err != nil || change.Act.Verb == "" {
			return err
		}
		order.UpdatedAt = now
		return s.writeDeskChange(tx, &order, from, change, now)
	})
	if err != nil {
		return shop.Order{}, err
	}
	return order, nil
}

// lockNumber reads the order with that number, which nobody else changes now.
func lockNumber(tx *gorm.DB, number string) (shop.Order, error) {
	if !isKey(number) {
		return shop.Order{}, shop.ErrNoSuchOrder
	}
	var rows []orderRow
	if err := forUpdate(tx).Where("number = ?", number).Limit(1).Find(&rows).Error; err != nil {
		return shop.Order{}, fmt.Errorf("lock an order: %w", err)
	}
	if len(rows) == 0 {
		return shop.Order{}, shop.ErrNoSuchOrder
	}
	return completeOrder(tx, rows[0])
}

func (s *Store) writeDeskChange(tx *gorm.DB, o *shop.Order, from string, c shop.DeskChange, now time.Time) error {
	err := tx.Exec("UPDATE orders SET link_hours = ?, link_until = ?, updated_at = ? WHERE id = ?", o.LinkHours, at(o.LinkUntil), at(now), o.ID).Error
	if err != nil {
		return fmt.Errorf("update an order: %w", err)
	}
	if o.Email != from {
		if err := moveOrder(tx, o, now); err != nil {
			return err
		}
	}
	for _, e := range c.Entitlements {
		if err := tx.Exec("UPDATE entitlements SET state = ?, held = ? WHERE id = ?", e.State, e.Held, e.ID).Error; err != nil {
			return fmt.Errorf("write a right: %w", err)
		}
	}
	if c.Note != "" {
		note := orderNoteRow{ID: shop.NewID(), OrderID: o.ID, StaffID: c.Act.By.StaffID, Staff: c.Act.By.Name, Note: c.Note, WrittenAt: at(now)}
		if err := tx.Create(&note).Error; err != nil {
			return fmt.Errorf("write a note: %w", err)
		}
	}
	if err := queue(tx, c.Jobs); err != nil {
		return err
	}
	return s.audit(tx, c.Act, now)
}

// moveOrder writes the order's new address wherever the old one gave access: the order's link, its rights, the
// devices that it knows, links to new devices that are under way, and archives.
func moveOrder(tx *gorm.DB, o *shop.Order, now time.Time) error {
	for _, change := range []struct {
		sql  string
		args []any
	}{
		{"UPDATE orders SET email = ?, token_version = ? WHERE id = ?", []any{o.Email, o.TokenVersion, o.ID}},
		{"UPDATE entitlements SET email = ? WHERE order_id = ?", []any{o.Email, o.ID}},
		{"DELETE FROM order_devices WHERE order_id = ?", []any{o.ID}},
		{"UPDATE mailed_links SET expires_at = ? WHERE purpose = 'device' AND subject = ? AND expires_at > ?", []any{at(now), o.ID, at(now)}},
		{"UPDATE downloads SET archive_id = NULL WHERE order_id = ? AND archive_id IS NOT NULL", []any{o.ID}},
	} {
		if err := tx.Exec(change.sql, change.args...).Error; err != nil {
			return fmt.Errorf("move an order to another address: %w", err)
		}
	}
	return reindexOrder(tx, o.ID)
}

// GrantOrder numbers and writes an order that staff give away, with what follows from it, and the act. An order that
// was granted by the same request is returned instead.
func (s *Store) GrantOrder(ctx context.Context, o shop.Order, c shop.Change, act shop.Act) (shop.Order, error) {
	granted := o
	err := s.write(ctx, func(tx *gorm.DB) error {
		if err := s.lockText(tx, "grant "+o.IdempotencyKey); err != nil {
			return fmt.Errorf("lock a grant: %w", err)
		}
		before, err := loadOrder(tx, "cart_id = ? AND idempotency_key = ?", o.CartID, o.IdempotencyKey)
		if !shop.IsKind(err, shop.NotFound) {
			granted = before
			return err
		}
		if err := insertOrder(tx, &granted); err != nil {
			return err
		}
		if err := writeChange(tx, &granted, c); err != nil {
			return err
		}
		act.Subject.Name = granted.Number
		return s.audit(tx, act, o.PlacedAt)
	})
	return granted, err
}

// ReapplyEvent applies a stored payment event to its order once more, as it was received; shop.ErrNoSuchEvent where
// the order has none of that id.
func (s *Store) ReapplyEvent(ctx context.Context, number, eventID string, act shop.Act, now time.Time) (shop.Applied, error) {
	var applied shop.Applied
	if !isKey(number) || !isKey(eventID) {
		return applied, shop.ErrNoSuchEvent
	}
	err := s.write(ctx, func(tx *gorm.DB) error {
		order, err := lockNumber(tx, number)
		if err != nil {
			return err
		}
		var rows []paymentEventRow
		if err := tx.Where("id = ? AND order_id = ?", eventID, order.ID).Limit(1).Find(&rows).Error; err != nil {
			return fmt.Errorf("read a stored event: %w", err)
		}
		if len(rows) == 0 {
			return shop.ErrNoSuchEvent
		}
		if err := applyTo(tx, &order, rows[0].event(), now); err != nil {
			return err
		}
		if err := updateOrder(tx, &order); err != nil {
			return err
		}
		applied = shop.Applied{Outcome: rows[0].Outcome, Order: order}
		return s.audit(tx, act, now)
	})
	return applied, err
}

// VariantToGrant returns a variant of a product that is no draft, with that product; shop.ErrNoSuchVariant where
// there is none.
func (s *Store) VariantToGrant(ctx context.Context, slug string, licence shop.VariantKind) (shop.Product, shop.Variant, error) {
	p, err := s.Product(ctx, slug)
	if shop.IsKind(err, shop.NotFound) {
		return shop.Product{}, shop.Variant{}, shop.ErrNoSuchVariant
	}
	if err != nil {
		return shop.Product{}, shop.Variant{}, err
	}
	for _, v := range p.Variants {
		if v.Kind == licence {
			return p, v, nil
		}
	}
	return shop.Product{}, shop.Variant{}, shop.ErrNoSuchVariant
}
