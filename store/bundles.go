package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"bookroom/shop"
)

// BundlesWith returns the published bundles that a product is part of, with their handbooks and licences,
// sorted by title; none where it is part of none.
func (s *Store) BundlesWith(ctx context.Context, productID string) ([]shop.Product, error) {
	var bundles []shop.Product
	err := s.read(ctx, func(tx *gorm.DB) error {
		var rows []productRow
		err := tx.Where("status = 'published' AND id IN (SELECT bundle_id FROM bundle_parts WHERE product_id = ? AND until IS NULL)", productID).
			Order("title_key, id").Find(&rows).Error
		if err != nil {
			return fmt.Errorf("read the bundles of a handbook: %w", err)
		}
		bundles, err = fill(tx, rows, newestWithoutFiles)
		return err
	})
	return bundles, err
}
