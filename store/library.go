package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"bookroom/shop"
)

// inLibrary says which orders stand in the library of an address: those that are shop.Order.InLibrary.
const inLibrary = "email = ? AND (status NOT IN ('pending', 'expired', 'canceled') OR session_state = 'processing')"

// HasOrders reports whether the library of that address would hold anything.
func (s *Store) HasOrders(ctx context.Context, email string) (bool, error) {
	var has bool
	if err := s.reader.WithContext(ctx).Raw("SELECT EXISTS (SELECT 1 FROM orders WHERE "+inLibrary+")", email).Scan(&has).Error; err != nil {
		return false, fmt.Errorf("look for orders: %w", err)
	}
	return has, nil
}

// LibraryOrders returns one page of the orders of an address, newest first, with their lines and rights.
func (s *Store) LibraryOrders(ctx context.Context, q shop.LibraryQuery) (shop.LibraryPage, error) {
	var page shop.LibraryPage
	err := s.read(ctx, func(tx *gorm.DB) error {
		if err := tx.Raw("SELECT COUNT(*) FROM orders WHERE "+inLibrary, q.Email).Scan(&page.Total).Error; err != nil {
			return fmt.Errorf("count the orders of a library: %w", err)
		}
		var rows []orderRow
		err := tx.Where(inLibrary, q.Email).Order("sequence DESC").Offset((max(q.Page, 1) - 1) * q.Limit).Limit(q.Limit).Find(&rows).Error
		if err != nil {
			return fmt.Errorf("read the orders of a library: %w", err)
		}
		page.Orders, err = completeOrders(tx, rows)
		return err
	})
	return page, err
}

// LibraryFiles returns the files that all orders of an address give the right to, whatever the rights'
// state, those of the newest order first; each order's as OwnedFiles does.
func (s *Store) LibraryFiles(ctx context.Context, email string) ([]shop.OwnedFile, error) {
	return s.ownedFiles(ctx, ownedColumns+" FROM (SELECT id, sequence, placed_at FROM orders WHERE email = ?) o JOIN entitlements e ON e.order_id = o.id"+ownedTables+
		" WHERE "+isNewestEdition+" ORDER BY o.sequence DESC, l.position, b.position, f.position", email)
}
