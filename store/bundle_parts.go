package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"bookroom/shop"
)

// reachedParts are the handbooks b of a bundle that an order o for the bundle gives the right to.
const reachedParts = "(b.since IS NULL OR b.since <= o.placed_at) AND (b.until IS NULL OR b.until > o.placed_at)"

// SaveParts writes the handbooks of a bundle. One that is taken out stays with the orders placed before; one that is
// added reaches them, too, or only those that are placed from now on. It is shop.ErrProductChanged when the bundle
// has another version by now.
func (s *Store) SaveParts(ctx context.Context, save shop.PartsSave, now time.Time) error {
	return s.changeCatalog(ctx, now, func(tx *gorm.DB) ([]string, error) {
		var row productRow
		if err := forUpdate(tx).Select("version").Where("id = ?", save.BundleID).Take(&row).Error; err != nil {
			return nil, fmt.Errorf("lock a bundle: %w", err)
		}
		if row.Version != save.Version {
			return nil, shop.ErrProductChanged
		}
		var since utc
		if !save.ForOwners {
			since = at(now)
		}
		if _, err := writeParts(tx, save.BundleID, save.Handbooks, at(now), since); err != nil {
			return nil, err
		}
		if err := tx.Exec("UPDATE products SET version = version + 1, updated_at = ? WHERE id = ?", at(now), save.BundleID).Error; err != nil {
			return nil, fmt.Errorf("raise the version of a bundle: %w", err)
		}
		return []string{save.BundleID}, s.audit(tx, save.Act, now)
	})
}

// BundleOwners is the number of addresses with an active right to the product.
func (s *Store) BundleOwners(ctx context.Context, productID string) (int, error) {
	var owners int
	err := s.reader.WithContext(ctx).
		Raw("SELECT COUNT(DISTINCT email) FROM entitlements WHERE product_id = ? AND state = 'active'", productID).Scan(&owners).Error
	if err != nil {
		return 0, fmt.Errorf("count the owners of a bundle: %w", err)
	}
	return owners, nil
}

// writeParts makes these the handbooks of a bundle, in this order, and reports whether they were others before. Orders
// placed before since do not reach those that it gains; the zero time gives them to all orders.
func writeParts(tx *gorm.DB, bundleID string, wanted []string, now, since utc) (changed bool, err error) {
	var present []bundlePartRow
	if err := tx.Where("bundle_id = ? AND until IS NULL", bundleID).Order("position").Find(&present).Error; err != nil {
		return false, fmt.Errorf("read the handbooks of a bundle: %w", err)
	}
	kept := map[string]bundlePartRow{}
	for _, row := range present {
		if slices.Contains(wanted, row.ProductID) {
			kept[row.ProductID] = row
			continue
		}
		changed = true
		if err := tx.Exec("UPDATE bundle_parts SET until = ? WHERE id = ?", now, row.ID).Error; err != nil {
			return false, fmt.Errorf("take a handbook out of a bundle: %w", err)
		}
	}
	for n, id := range wanted {
		row, known := kept[id]
		switch {
		case !known:
			err = addPart(tx, bundlePartRow{ID: shop.NewID(), BundleID: bundleID, ProductID: id, Position: n + 1, Since: since})
		case row.Position != n+1:
			err = tx.Exec("UPDATE bundle_parts SET position = ? WHERE id = ?", n+1, row.ID).Error
		default:
			continue
		}
		if changed = true; err != nil {
			return false, fmt.Errorf("write a handbook of a bundle: %w", err)
		}
	}
	return changed, nil
}

// addPart puts a handbook into a bundle. Where all orders reach it, those that had it once need no row of their own.
func addPart(tx *gorm.DB, row bundlePartRow) error {
	if row.Since.IsZero() {
		if err := tx.Exec("DELETE FROM bundle_parts WHERE bundle_id = ? AND product_id = ?", row.BundleID, row.ProductID).Error; err != nil {
			return err
		}
	}
	return tx.Create(&row).Error
}
