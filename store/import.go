package store

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"bookroom/shop"
)

// ImportProducts writes products with their licences, editions, files and bundles, all or none. A product
// is recognised by its slug and keeps its ids; a licence that the entry does not have is taken off sale.
// What would change files that were published, take a published product back to a draft, or name an
// unknown handbook is refused.
// A job to read its PDF is queued for each new edition.
func (s *Store) ImportProducts(ctx context.Context, entries []shop.CatalogEntry, now time.Time) (shop.Imported, error) {
	var imported shop.Imported
	err := s.write(ctx, func(tx *gorm.DB) error {
		version, err := lockCatalog(tx)
		if err != nil {
			return err
		}
		i := importer{store: s, tx: tx, now: at(now), version: nextVersion(version, now)}
		if imported, err = i.all(entries); err != nil || imported.Created+imported.Updated == 0 {
			return err
		}
		return writeCatalogVersion(tx, version, now)
	})
	if err != nil {
		return shop.Imported{}, err
	}
	return imported, nil
}

// lockCatalog lets imports go one after the other.
func lockCatalog(tx *gorm.DB) (version int64, err error) {
	err = forUpdate(tx).Table("catalog_versions").Select("version").Take(&version).Error
	if err != nil {
		return 0, fmt.Errorf("lock catalog: %w", err)
	}
	return version, nil
}

// nextVersion follows the clock, so that a database made anew does not repeat the versions that browsers
// remember.
func nextVersion(before int64, now time.Time) int64 { return max(before+1, now.UnixMicro()) }

// writeCatalogVersion raises the version.
func writeCatalogVersion(tx *gorm.DB, before int64, now time.Time) error {
	if err := tx.Exec("UPDATE catalog_versions SET version = ?", nextVersion(before, now)).Error; err != nil {
		return fmt.Errorf("raise the catalog's version: %w", err)
	}
	return nil
}

// importer brings in products within one transaction.
type importer struct {
	store   *Store
	tx      *gorm.DB
	now     utc
	version int64 // of the catalog when the import is done
}

// stored is a product as it was before the import.
type stored struct {
	row     productRow
	product shop.Product // with drafts and withdrawn licences left out
}

func (i importer) all(entries []shop.CatalogEntry) (shop.Imported, error) {
	var imported shop.Imported
	before, err := i.storedBySlug(entries)
	if err != nil {
		return imported, err
	}
	ids := map[string]string{} // of the entries, by slug
	changed := map[string]bool{}
	var changedIDs []string
	for _, entry := range entries {
		slug := entry.Product.Slug
		if _, twice := ids[slug]; twice {
			return imported, shop.NewError(shop.Invalid, "slug_twice", "The catalog holds %q twice. Nothing was imported.", slug)
		}
		if ids[slug], changed[slug], err = i.one(entry, before[slug]); err != nil {
			return imported, err
		}
	}
	for _, entry := range entries { // now that every handbook has an id
		slug := entry.Product.Slug
		parts, err := i.parts(ids[slug], entry)
		if err != nil {
			return imported, err
		}
		switch {
		case before[slug] == nil:
			imported.Created++
		case changed[slug] || parts:
			imported.Updated++
			if err := raiseVersion(i.tx, ids[slug]); err != nil {
				return imported, err
			}
		default:
			imported.Unchanged++
			continue
		}
		changedIDs = append(changedIDs, ids[slug])
	}
	found, err := withBundles(i.tx, changedIDs)
	if err != nil {
		return imported, err
	}
	return imported, i.store.reindex(i.tx, found)
}

func (i importer) storedBySlug(entries []shop.CatalogEntry) (map[string]*stored, error) {
	slugs := make([]string, len(entries))
	for n, entry := range entries {
		slugs[n] = entry.Product.Slug
	}
	var rows []productRow
	if err := i.tx.Where("slug IN ?", slugs).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read the products there are: %w", err)
	}
	products, err := fill(i.tx, rows, allEditions)
	if err != nil {
		return nil, err
	}
	before := map[string]*stored{}
	for n := range rows {
		before[rows[n].Slug] = &stored{row: rows[n], product: products[n]}
	}
	return before, nil
}

// one writes a product but for the handbooks of a bundle. before is nil for a new one.
func (i importer) one(entry shop.CatalogEntry, before *stored) (id string, changed bool, err error) {
	p := entry.Product
	row := i.row(&p, before)
	switch {
	case before == nil:
		row.ID = shop.NewID()
		before, changed = &stored{row: row}, true
	case before.row.Kind != p.Kind:
		return "", false, shop.NewError(shop.Conflict, "kind_changed",
			"%q is a %s in the shop and cannot become a %s. Give it another slug. Nothing was imported.", p.Slug, before.row.Kind, p.Kind)
	case before.row.Status != shop.Draft && p.Status == shop.Draft:
		return "", false, shop.NewError(shop.Conflict, "was_published",
			"%q was published: its buyers keep it. Set its status to archived instead of draft. Nothing was imported.", p.Slug)
	case !reflect.DeepEqual(row, before.row):
		row.UpdatedAt, changed = i.now, true
	}
	if changed {
		write := clause.OnConflict{Columns: []clause.Column{{Name: "id"}}, UpdateAll: true}
		if err := i.tx.Clauses(write).Create(&row).Error; err != nil {
			return "", false, fmt.Errorf("write product %s: %w", p.Slug, err)
		}
	}
	facets, err := i.facets(row.ID, &p, before)
	if err != nil {
		return "", false, err
	}
	variants, err := i.variants(row.ID, p.Variants, nil)
	if err != nil {
		return "", false, err
	}
	edition, err := i.edition(row.ID, &p, before)
	if err != nil {
		return "", false, err
	}
	history, err := i.earlierEditions(row.ID, &p, before)
	if err != nil {
		return "", false, err
	}
	return row.ID, changed || facets || variants || edition || history, nil
}

// row is the product's row as it should be. What only the database knows is taken from before.
func (i importer) row(p *shop.Product, before *stored) productRow {
	row := productRow{
		Slug: p.Slug, Kind: p.Kind, Status: p.Status, Title: p.Title, TitleKey: titleKey(p.Title),
		Subtitle: p.Subtitle, Summary: p.Summary, Description: p.Description, Authors: orEmpty(p.Authors),
		Language: p.Language, Pages: p.Pages, Tags: orEmpty(p.Tags), Accessibility: orEmpty(p.Accessibility),
		Contents: []contentRow{}, Price: p.From().Amount, PublishedAt: at(p.PublishedAt), UpdatedAt: i.now, Version: 1,
	}
	for _, entry := range p.Contents {
		row.Contents = append(row.Contents, contentRow(entry))
	}
	if before != nil {
		row.ID, row.UpdatedAt, row.Version = before.row.ID, before.row.UpdatedAt, before.row.Version
		if row.Status == shop.Draft {
			row.PublishAt = before.row.PublishAt
		}
		if row.PublishedAt.IsZero() {
			row.PublishedAt = before.row.PublishedAt
		}
	}
	if row.PublishedAt.IsZero() && row.Status != shop.Draft {
		row.PublishedAt = i.now
	}
	return row
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
