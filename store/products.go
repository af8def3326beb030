package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"bookroom/shop"
)

// ErrProductNotFound answers a slug that no published or archived product has.
var ErrProductNotFound = shop.NewError(shop.NotFound, "product_not_found",
	"There is no such title in the shop. It may have been renamed; please look for it in the catalog.")

// CatalogVersion is a number that grows with every change of the catalog. It is cheap to ask for: those
// who ask at the same time share one look at the database, which begins after each of them has asked.
func (s *Store) CatalogVersion(ctx context.Context) (int64, error) {
	return s.version.read(func() (int64, error) {
		pool, err := s.reader.DB()
		if err != nil {
			return 0, err
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), versionPatience)
		defer cancel()
		var version int64
		if err := pool.QueryRowContext(ctx, "SELECT version FROM catalog_versions").Scan(&version); err != nil {
			return 0, fmt.Errorf("read the catalog's version: %w", err)
		}
		return version, nil
	})
}

// versionPatience bounds a look that others wait for, and that its first asker cannot cancel therefore.
const versionPatience = 5 * time.Second

// Products returns one page of the published products that the query asks for. A limit, a sort or a
// cursor that makes no sense is an Error of kind Invalid.
func (s *Store) Products(ctx context.Context, query shop.ProductQuery) (shop.ProductPage, error) {
	list, err := s.newProductList(query)
	if err != nil {
		return shop.ProductPage{}, err
	}
	var page shop.ProductPage
	err = s.read(ctx, func(tx *gorm.DB) error {
		var err error
		page, err = list.read(tx)
		return err
	})
	return page, err
}

// Product returns a published or archived product with all that belongs to it; ErrProductNotFound for
// a draft or an unknown slug.
func (s *Store) Product(ctx context.Context, slug string) (shop.Product, error) {
	if !isKey(slug) {
		return shop.Product{}, ErrProductNotFound
	}
	var product shop.Product
	err := s.read(ctx, func(tx *gorm.DB) error {
		var rows []productRow
		if err := tx.Where("slug = ? AND status <> 'draft'", slug).Limit(1).Find(&rows).Error; err != nil {
			return fmt.Errorf("read product: %w", err)
		}
		if len(rows) == 0 {
			return ErrProductNotFound
		}
		products, err := fill(tx, rows, allEditions)
		if err != nil {
			return err
		}
		product = products[0]
		return nil
	})
	return product, err
}
