package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"bookroom/shop"
)

type cartRow struct {
	ID        string `gorm:"primaryKey"`
	CreatedAt utc    `gorm:"autoCreateTime:false"`
	UpdatedAt utc    `gorm:"autoUpdateTime:false"`
}

type cartItemRow struct {
	CartID    string `gorm:"primaryKey"`
	VariantID string `gorm:"primaryKey"`
	Position  int
	Quantity  int
}

// CreateCart makes an empty cart with an id that nobody can guess.
func (s *Store) CreateCart(ctx context.Context) (shop.Cart, error) {
	now := at(time.Now())
	row := cartRow{ID: shop.NewSecret(), CreatedAt: now, UpdatedAt: now}
	err := s.write(ctx, func(tx *gorm.DB) error {
		if err := tx.Create(&row).Error; err != nil {
			return fmt.Errorf("create cart: %w", err)
		}
		return nil
	})
	return shop.Cart{ID: row.ID, UpdatedAt: now.Time}, err
}

// Cart returns a cart with its titles as they are now, in the order in which they were added;
// shop.ErrCartNotFound where there is none. A title whose licence was withdrawn counts as archived.
func (s *Store) Cart(ctx context.Context, id string) (shop.Cart, error) {
	var cart shop.Cart
	err := s.read(ctx, func(tx *gorm.DB) error {
		var err error
		cart, err = readCart(tx, id)
		return err
	})
	return cart, err
}

// CartCount is the number of licences in a cart; zero where there is no such cart.
func (s *Store) CartCount(ctx context.Context, id string) (int, error) {
	if !isKey(id) {
		return 0, nil
	}
	count := 0
	err := s.reader.WithContext(ctx).
		Raw("SELECT COALESCE(SUM(quantity), 0) FROM cart_items WHERE cart_id = ?", id).Scan(&count).Error
	if err != nil {
		return 0, fmt.Errorf("count cart: %w", err)
	}
	return count, nil
}

// SetCartItem puts that many of a licence into a cart, whatever number was there before. It refuses a
// quantity out of range, a title that is not on sale (shop.ErrVariantNotFound) and one title too many
// (shop.ErrCartFull).
func (s *Store) SetCartItem(ctx context.Context, cartID, variantID string, quantity int) (shop.Cart, error) {
	return s.putCartItem(ctx, cartID, variantID, quantity, func(int) int { return quantity })
}

// AddCartItem is like SetCartItem, but adds to what is there. It stops at shop.MaxQuantity.
func (s *Store) AddCartItem(ctx context.Context, cartID, variantID string, quantity int) (shop.Cart, error) {
	return s.putCartItem(ctx, cartID, variantID, quantity, func(present int) int {
		return min(present+quantity, shop.MaxQuantity)
	})
}

// RemoveCartItem takes a licence out of a cart. It is no error when it is not there.
func (s *Store) RemoveCartItem(ctx context.Context, cartID, variantID string) (shop.Cart, error) {
	return s.changeCart(ctx, cartID, func(tx *gorm.DB) error {
		if !isKey(variantID) {
			return nil
		}
		if err := tx.Exec("DELETE FROM cart_items WHERE cart_id = ? AND variant_id = ?", cartID, variantID).Error; err != nil {
			return fmt.Errorf("remove cart item: %w", err)
		}
		return nil
	})
}

// DeleteStaleCarts removes carts that were not touched since the given time. Orders that were made from
// them stay.
func (s *Store) DeleteStaleCarts(ctx context.Context, before time.Time) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		if err := tx.Exec("DELETE FROM carts WHERE updated_at < ?", at(before)).Error; err != nil {
			return fmt.Errorf("delete stale carts: %w", err)
		}
		return nil
	})
}

func (s *Store) putCartItem(ctx context.Context, cartID, variantID string, quantity int, become func(present int) int) (shop.Cart, error) {
	if err := shop.CheckQuantity(quantity); err != nil {
		return shop.Cart{}, err
	}
	return s.changeCart(ctx, cartID, func(tx *gorm.DB) error {
		if err := checkOnSale(tx, variantID); err != nil {
			return err
		}
		var items []cartItemRow
		if err := tx.Where("cart_id = ?", cartID).Order("position").Find(&items).Error; err != nil {
			return fmt.Errorf("read cart items: %w", err)
		}
		item := cartItemRow{CartID: cartID, VariantID: variantID, Position: 1}
		present := false
		for _, other := range items {
			if other.VariantID == variantID {
				item, present = other, true
				break
			}
			item.Position = other.Position + 1
		}
		if !present && len(items) >= shop.MaxCartItems {
			return shop.ErrCartFull
		}
		item.Quantity = become(item.Quantity)
		err := tx.Clauses(clause.OnConflict{
			Columns:   []clause.Column{{Name: "cart_id"}, {Name: "variant_id"}},
			DoUpdates: clause.AssignmentColumns([]string{"quantity"}),
		}).Create(&item).Error
		if err != nil {
			return fmt.Errorf("write cart item: %w", err)
		}
		return nil
	})
}

// changeCart changes a cart while nobody else does, and returns it.
func (s *Store) changeCart(ctx context.Context, id string, change func(tx *gorm.DB) error) (shop.Cart, error) {
	var cart shop.Cart
	err := s.write(ctx, func(tx *gorm.DB) error {
		if err := lockCart(tx, id); err != nil {
			return err
		}
		if err := change(tx); err != nil {
			return err
		}
		if err := tx.Exec("UPDATE carts SET updated_at = ? WHERE id = ?", at(time.Now()), id).Error; err != nil {
			return fmt.Errorf("touch cart: %w", err)
		}
		var err error
		cart, err = readCart(tx, id)
		return err
	})
	return cart, err
}

func lockCart(tx *gorm.DB, id string) error {
	if !isKey(id) {
		return shop.ErrCartNotFound
	}
	var rows []cartRow
	if err := forUpdate(tx).Where("id = ?", id).Limit(1).Find(&rows).Error; err != nil {
		return fmt.Errorf("lock cart: %w", err)
	}
	if len(rows) == 0 {
		return shop.ErrCartNotFound
	}
	return nil
}

func checkOnSale(tx *gorm.DB, variantID string) error {
	if !isKey(variantID) {
		return shop.ErrVariantNotFound
	}
	var onSale int64
	err := tx.Raw(`SELECT COUNT(*) FROM variants v JOIN products p ON p.id = v.product_id
		WHERE v.id = ? AND v.on_sale AND p.status = 'published'`, variantID).Scan(&onSale).Error
	if err != nil {
		return fmt.Errorf("read licence: %w", err)
	}
	if onSale == 0 {
		return shop.ErrVariantNotFound
	}
	return nil
}

// cartItemView is an item with its licence.
type cartItemView struct {
	Variant  variantRow `gorm:"embedded"`
	Quantity int
}

func readCart(tx *gorm.DB, id string) (shop.Cart, error) {
	if !isKey(id) {
		return shop.Cart{}, shop.ErrCartNotFound
	}
	var rows []cartRow
	if err := tx.Where("id = ?", id).Limit(1).Find(&rows).Error; err != nil {
		return shop.Cart{}, fmt.Errorf("read cart: %w", err)
	}
	if len(rows) == 0 {
		return shop.Cart{}, shop.ErrCartNotFound
	}
	cart := shop.Cart{ID: id, UpdatedAt: rows[0].UpdatedAt.Time}
	var items []cartItemView
	err := tx.Raw(`SELECT v.*, i.quantity FROM cart_items i JOIN variants v ON v.id = i.variant_id
		WHERE i.cart_id = ? ORDER BY i.position`, id).Scan(&items).Error
	if err != nil {
		return shop.Cart{}, fmt.Errorf("read cart items: %w", err)
	}
	products, err := readCartProducts(tx, items)
	if err != nil {
		return shop.Cart{}, err
	}
	for i := range items {
		product := products[items[i].Variant.ProductID]
		if !items[i].Variant.OnSale && product.Status == shop.Published {
			product.Status = shop.Archived
		}
		cart.Items = append(cart.Items, shop.CartItem{Variant: items[i].Variant.variant(), Product: product, Quantity: items[i].Quantity})
	}
	return cart, nil
}

func readCartProducts(tx *gorm.DB, items []cartItemView) (map[string]shop.Product, error) {
	if len(items) == 0 {
		return nil, nil
	}
	ids := make([]string, len(items))
	for i := range items {
		ids[i] = items[i].Variant.ProductID
	}
	var rows []productRow
	if err := tx.Omit("description", "contents").Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read products of a cart: %w", err)
	}
	products, err := fill(tx, rows, newestWithoutFiles)
	byID := make(map[string]shop.Product, len(products))
	for _, product := range products {
		byID[product.ID] = product
	}
	return byID, err
}
