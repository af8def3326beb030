package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"bookroom/shop"
)

// changeCatalog runs a change of products, one after the other. The products whose ids it returns can be found by what
// they are then, and the shop shows them so from the next request on.
func (s *Store) changeCatalog(ctx context.Context, now time.Time, change func(tx *gorm.DB) ([]string, error)) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		version, err := lockCatalog(tx)
		if err != nil {
			return err
		}
		ids, err := change(tx)
		if err != nil {
			return err
		}
		found, err := withBundles(tx, ids)
		if err != nil {
			return err
		}
		if err := s.reindex(tx, found); err != nil {
			return err
		}
		return writeCatalogVersion(tx, version, now)
	})
}

// raiseVersion notes that a product was changed, for those who are at work on it.
func raiseVersion(tx *gorm.DB, productID string) error {
	if err := tx.Exec("UPDATE products SET version = version + 1 WHERE id = ?", productID).Error; err != nil {
		return fmt.Errorf("raise the version of a product: %w", err)
	}
	return nil
}

// ProductToEdit returns a product in whatever state; ErrProductNotFound for an unknown slug.
func (s *Store) ProductToEdit(ctx context.Context, slug string) (shop.EditedProduct, error) {
	products, err := s.ProductsToEdit(ctx, []string{slug})
	if err != nil {
		return shop.EditedProduct{}, err
	}
	p, found := products[slug]
	if !found {
		return p, ErrProductNotFound
	}
	return p, nil
}

// ProductsToEdit returns those of these products that there are, by slug.
func (s *Store) ProductsToEdit(ctx context.Context, slugs []string) (map[string]shop.EditedProduct, error) {
	slugs = slices.DeleteFunc(slices.Clone(slugs), func(slug string) bool { return !isKey(slug) })
	bySlug := map[string]shop.EditedProduct{}
	if len(slugs) == 0 {
		return bySlug, nil
	}
	products, err := s.productsToEdit(ctx, func(tx *gorm.DB) *gorm.DB { return tx.Where("slug IN ?", slugs) })
	for _, p := range products {
		bySlug[p.Slug] = p
	}
	return bySlug, err
}

// ProductsDue returns drafts whose publication is due, longest waiting first.
func (s *Store) ProductsDue(ctx context.Context, now time.Time, limit int) ([]shop.EditedProduct, error) {
	return s.productsToEdit(ctx, func(tx *gorm.DB) *gorm.DB {
		return tx.Where("publish_at <= ?", at(now)).Order("publish_at, id").Limit(limit)
	})
}

// AllProducts returns every product as staff work on it, by slug.
func (s *Store) AllProducts(ctx context.Context) ([]shop.EditedProduct, error) {
	return s.productsToEdit(ctx, func(tx *gorm.DB) *gorm.DB { return tx.Order("slug") })
}

func (s *Store) productsToEdit(ctx context.Context, which func(tx *gorm.DB) *gorm.DB) ([]shop.EditedProduct, error) {
	var edited []shop.EditedProduct
	err := s.read(ctx, func(tx *gorm.DB) error {
		var rows []productRow
		if err := which(tx).Find(&rows).Error; err != nil {
			return fmt.Errorf("read products to edit: %w", err)
		}
		var err error
		edited, err = fillEdited(tx, rows)
		return err
	})
	return edited, err
}

func fillEdited(tx *gorm.DB, rows []productRow) ([]shop.EditedProduct, error) {
	products, err := fill(tx, rows, forEditing)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	edited := make([]shop.EditedProduct, len(rows))
	byID := make(map[string]*shop.EditedProduct, len(rows))
	ids := make([]string, len(rows))
	for i, row := range rows {
		edited[i] = shop.EditedProduct{Product: products[i], Version: row.Version, PublishAt: row.PublishAt.Time}
		byID[row.ID], ids[i] = &edited[i], row.ID
	}
	var withdrawn []variantRow
	if err := tx.Where("product_id IN ? AND NOT on_sale", ids).Order("amount, kind").Find(&withdrawn).Error; err != nil {
		return nil, fmt.Errorf("read withdrawn licences: %w", err)
	}
	for i := range withdrawn {
		p := byID[withdrawn[i].ProductID]
		p.Withdrawn = append(p.Withdrawn, withdrawn[i].variant())
	}
	return edited, nil
}

// SaveProducts writes all of these products or none: shop.ErrProductChanged when one has another version by now,
// shop.ErrSlugTaken when another product has the slug. Editions and the handbooks of bundles stay as they are.
func (s *Store) SaveProducts(ctx context.Context, saves []shop.ProductSave, now time.Time) error {
	return s.changeCatalog(ctx, now, func(tx *gorm.DB) ([]string, error) {
		i := importer{store: s, tx: tx, now: at(now)}
		ids := make([]string, len(saves))
		for n, save := range saves {
			id, err := i.save(save.Product)
			if err != nil {
				return nil, err
			}
			ids[n] = id
			save.Act.Subject = shop.Subject{Kind: "product", ID: id, Name: save.Product.Slug}
			if err := s.audit(tx, save.Act, now); err != nil {
				return nil, err
			}
		}
		return ids, nil
	})
}

// save writes one product and returns its id.
func (i importer) save(p shop.EditedProduct) (id string, err error) {
	before := &stored{}
	if p.ID != "" {
		if before, err = i.current(p); err != nil {
			return "", err
		}
	}
	row := i.row(&p.Product, before)
	row.UpdatedAt, row.Version, row.PublishAt = i.now, p.Version+1, at(p.PublishAt)
	if row.ID == "" {
		row.ID = shop.NewID()
	}
	write := clause.OnConflict{Columns: []clause.Column{{Name: "id"}}, UpdateAll: true}
	switch err := i.tx.Clauses(write).Create(&row).Error; {
	case errors.Is(err, gorm.ErrDuplicatedKey):
		return "", shop.ErrSlugTaken
	case err != nil:
		return "", fmt.Errorf("write product %s: %w", p.Slug, err)
	}
	if _, err := i.facets(row.ID, &p.Product, before); err != nil {
		return "", err
	}
	_, err = i.variants(row.ID, p.Variants, p.Withdrawn)
	return row.ID, err
}

// current returns what a save is to take the place of.
func (i importer) current(p shop.EditedProduct) (*stored, error) {
	var rows []productRow
	if err := forUpdate(i.tx).Where("id = ? AND version = ?", p.ID, p.Version).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("lock product %s: %w", p.Slug, err)
	}
	if len(rows) == 0 {
		return nil, shop.ErrProductChanged
	}
	facets, err := readFacets(i.tx, []string{p.ID})
	if err != nil {
		return nil, err
	}
	before := &stored{row: rows[0]}
	before.product.Distinguishers, before.product.Goals = facets[p.ID].distinguishers, facets[p.ID].goals
	return before, nil
}
