package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"bookroom/shop"
)

// CopyCart makes a new cart with what is still sold of another one: how many licences, what was chosen to be
// paid for them, and the prices that were seen. A donation is left out: it is for the buyer alone to give.
func (s *Store) CopyCart(ctx context.Context, id string) (shop.Cart, error) {
	var made shop.Cart
	err := s.write(ctx, func(tx *gorm.DB) error {
		if err := lockCart(tx, id); err != nil {
			return err
		}
		now := at(time.Now())
		row := cartRow{ID: shop.NewSecret(), CreatedAt: now, UpdatedAt: now}
		if err := tx.Create(&row).Error; err != nil {
			return fmt.Errorf("create cart: %w", err)
		}
		err := tx.Exec(`INSERT INTO cart_items (cart_id, variant_id, position, quantity, amount, seen, currency)
			SELECT ?, i.variant_id, i.position, i.quantity, i.amount, i.seen, i.currency
			FROM cart_items i JOIN variants v ON v.id = i.variant_id JOIN products p ON p.id = v.product_id
			WHERE i.cart_id = ? AND v.on_sale AND p.status = 'published'`, row.ID, id).Error
		if err != nil {
			return fmt.Errorf("copy cart items: %w", err)
		}
		made, err = readCart(tx, row.ID)
		return err
	})
	return made, err
}
