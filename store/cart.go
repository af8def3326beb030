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
	Amount    int64
	Seen      int64
	Currency  string
}

type cartDonationRow struct {
	CartID   string `gorm:"primaryKey"`
	Amount   int64
	Currency string
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

// SetCartItem puts that many of a licence into a cart, whatever was there before; without an amount each
// is had at its price. It refuses a quantity or an amount out of range, a title that is not on sale
// (shop.ErrVariantNotFound) and one title too many (shop.ErrCartFull). The buyer has seen today's price then.
func (s *Store) SetCartItem(ctx context.Context, cartID string, choice shop.CartChoice) (shop.Cart, error) {
	return s.putCartItem(ctx, cartID, choice, func(item *cartItemRow) { item.Quantity, item.Amount = choice.Quantity, 0 })
}

// AddCartItem is like SetCartItem, but adds to the number that is there, up to shop.MaxQuantity, and
// without an amount keeps the one that was chosen before.
func (s *Store) AddCartItem(ctx context.Context, cartID string, choice shop.CartChoice) (shop.Cart, error) {
	return s.putCartItem(ctx, cartID, choice, func(item *cartItemRow) {
		item.Quantity = min(item.Quantity+choice.Quantity, shop.MaxQuantity)
	})
}

// SetDonation puts a donation beside what is in a cart, in place of an earlier one, and takes it away when
// the amount is zero. It refuses an amount out of range and a donation to a cart without a title on sale.
func (s *Store) SetDonation(ctx context.Context, cartID string, amount int64) (shop.Cart, error) {
	return s.changeCart(ctx, cartID, func(tx *gorm.DB) error {
		if amount == 0 {
			return deleteDonation(tx, cartID)
		}
		cart, err := readCart(tx, cartID)
		if err != nil {
			return err
		}
		if err := cart.CheckDonation(amount); err != nil {
			return err
		}
		row := cartDonationRow{CartID: cartID, Amount: amount, Currency: cart.Currency()}
		err = tx.Clauses(clause.OnConflict{
			Columns: []clause.Column{{Name: "cart_id"}}, DoUpdates: clause.AssignmentColumns([]string{"amount", "currency"}),
		}).Create(&row).Error
		if err != nil {
			return fmt.Errorf("write donation: %w", err)
		}
		return nil
	})
}

func deleteDonation(tx *gorm.DB, cartID string) error {
	if err := tx.Exec("DELETE FROM cart_donations WHERE cart_id = ?", cartID).Error; err != nil {
		return fmt.Errorf("remove donation: %w", err)
	}
	return nil
}

// dropLoneDonation takes the donation out of a cart that has no title any more.
func dropLoneDonation(tx *gorm.DB, cartID string) error {
	err := tx.Exec("DELETE FROM cart_donations WHERE cart_id = ? AND NOT EXISTS (SELECT 1 FROM cart_items WHERE cart_id = ?)", cartID, cartID).Error
	if err != nil {
		return fmt.Errorf("remove a donation without titles: %w", err)
	}
	return nil
}

// RemoveCartItem takes a licence out of a cart, and the donation with the last one. It is no error when
// it is not there.
func (s *Store) RemoveCartItem(ctx context.Context, cartID, variantID string) (shop.Cart, error) {
	return s.changeCart(ctx, cartID, func(tx *gorm.DB) error {
		if !isKey(variantID) {
			return nil
		}
		if err := tx.Exec("DELETE FROM cart_items WHERE cart_id = ? AND variant_id = ?", cartID, variantID).Error; err != nil {
			return fmt.Errorf("remove cart item: %w", err)
		}
		return dropLoneDonation(tx, cartID)
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

func (s *Store) putCartItem(ctx context.Context, cartID string, choice shop.CartChoice, put func(*cartItemRow)) (shop.Cart, error) {
	if err := shop.CheckQuantity(choice.Quantity); err != nil {
		return shop.Cart{}, err
	}
	return s.changeCart(ctx, cartID, func(tx *gorm.DB) error {
		variant, err := variantOnSale(tx, choice.VariantID)
		if err != nil {
			return err
		}
		if choice.Amount != nil {
			if err := variant.CheckAmount(*choice.Amount); err != nil {
				return err
			}
		}
		var items []cartItemRow
		if err := tx.Where("cart_id = ?", cartID).Order("position").Find(&items).Error; err != nil {
			return fmt.Errorf("read cart items: %w", err)
		}
		item := cartItemRow{CartID: cartID, VariantID: variant.ID, Position: 1}
		present := false
		for _, other := range items {
			if other.VariantID == variant.ID {
				item, present = other, true
				break
			}
			item.Position = other.Position + 1
		}
		if !present && len(items) >= shop.MaxCartItems {
			return shop.ErrCartFull
		}
		if err := dropLoneDonation(tx, cartID); err != nil {
			return err
		}
		put(&item)
		item.see(variant, choice.Amount)
		err = tx.Clauses(clause.OnConflict{
			Columns:   []clause.Column{{Name: "cart_id"}, {Name: "variant_id"}},
			DoUpdates: clause.AssignmentColumns([]string{"quantity", "amount", "seen", "currency"}),
		}).Create(&item).Error
		if err != nil {
			return fmt.Errorf("write cart item: %w", err)
		}
		return nil
	})
}

// see notes today's price, and the amount that was chosen now or holds from before. What is not above the
// price is no choice.
func (r *cartItemRow) see(v shop.Variant, chosen *int64) {
	switch {
	case chosen != nil:
		r.Amount = *chosen
	case r.Currency != v.Price.Currency:
		r.Amount = 0
	}
	if r.Amount <= v.Price.Amount {
		r.Amount = 0
	}
	r.Seen, r.Currency = v.Price.Amount, v.Price.Currency
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

func variantOnSale(tx *gorm.DB, id string) (shop.Variant, error) {
	if !isKey(id) {
		return shop.Variant{}, shop.ErrVariantNotFound
	}
	var rows []variantRow
	err := tx.Raw(`SELECT v.* FROM variants v JOIN products p ON p.id = v.product_id
		WHERE v.id = ? AND v.on_sale AND p.status = 'published'`, id).Scan(&rows).Error
	if err != nil {
		return shop.Variant{}, fmt.Errorf("read licence: %w", err)
	}
	if len(rows) == 0 {
		return shop.Variant{}, shop.ErrVariantNotFound
	}
	return rows[0].variant(), nil
}

// cartItemView is an item with its licence.
type cartItemView struct {
	Variant      variantRow `gorm:"embedded"`
	Quantity     int
	Chosen       int64
	Seen         int64
	SeenCurrency string
}

func (v *cartItemView) item(product shop.Product) shop.CartItem {
	if !v.Variant.OnSale && product.Status == shop.Published {
		product.Status = shop.Archived
	}
	item := shop.CartItem{Variant: v.Variant.variant(), Product: product, Quantity: v.Quantity, Seen: shop.Money{Amount: v.Seen, Currency: v.SeenCurrency}}
	if v.Chosen != 0 {
		item.Chosen = shop.Money{Amount: v.Chosen, Currency: v.SeenCurrency}
	}
	return item
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
	err := tx.Raw(`SELECT v.*, i.quantity, i.amount AS chosen, i.seen, i.currency AS seen_currency FROM cart_items i JOIN variants v ON v.id = i.variant_id
		WHERE i.cart_id = ? ORDER BY i.position`, id).Scan(&items).Error
	if err != nil {
		return shop.Cart{}, fmt.Errorf("read cart items: %w", err)
	}
	products, err := readCartProducts(tx, items)
	if err != nil {
		return shop.Cart{}, err
	}
	for i := range items {
		cart.Items = append(cart.Items, items[i].item(products[items[i].Variant.ProductID]))
	}
	if len(cart.Items) > 0 { // without titles it is on its way out
		cart.Donation, err = readDonation(tx, id)
	}
	return cart, err
}

// readDonation returns the zero Money where there is none.
func readDonation(tx *gorm.DB, cartID string) (shop.Money, error) {
	var rows []cartDonationRow
	if err := tx.Where("cart_id = ?", cartID).Limit(1).Find(&rows).Error; err != nil {
		return shop.Money{}, fmt.Errorf("read donation: %w", err)
	}
	if len(rows) == 0 {
		return shop.Money{}, nil
	}
	return shop.Money{Amount: rows[0].Amount, Currency: rows[0].Currency}, nil
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
