package store

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"bookroom/shop"
)

// What belongs to an imported product is written only where it differs, so that an import can say
// what changed. Each of these reports whether it wrote anything.

func (i importer) facets(productID string, p *shop.Product, before *stored) (changed bool, err error) {
	if slices.Equal(p.Distinguishers, before.product.Distinguishers) && slices.Equal(p.Goals, before.product.Goals) {
		return false, nil
	}
	if err := i.tx.Exec("DELETE FROM product_facets WHERE product_id = ?", productID).Error; err != nil {
		return false, fmt.Errorf("delete facets: %w", err)
	}
	var rows []productFacetRow
	for n, key := range p.Distinguishers {
		rows = append(rows, productFacetRow{ProductID: productID, Facet: facetDistinguisher, Key: key, Position: n})
	}
	for n, key := range p.Goals {
		rows = append(rows, productFacetRow{ProductID: productID, Facet: facetGoal, Key: key, Position: n})
	}
	if len(rows) == 0 {
		return true, nil
	}
	if err := i.tx.Create(&rows).Error; err != nil {
		return false, fmt.Errorf("write facets of %s: %w", p.Slug, err)
	}
	return true, nil
}

// variants writes the licences of a product. Those that it has no more are taken off sale and stay,
// since carts and orders name them.
func (i importer) variants(productID string, onSale, withdrawn []shop.Variant) (changed bool, err error) {
	var rows []variantRow
	if err := i.tx.Where("product_id = ?", productID).Find(&rows).Error; err != nil {
		return false, fmt.Errorf("read licences: %w", err)
	}
	before := map[shop.VariantKind]variantRow{}
	for _, row := range rows {
		before[row.Kind] = row
	}
	for n, v := range slices.Concat(onSale, withdrawn) {
		row := variantRow{
			ID: shop.NewID(), ProductID: productID, Kind: v.Kind, SKU: v.SKU, Amount: v.Price.Amount, Suggested: v.Suggested.Amount,
			Currency: v.Price.Currency, OnSale: n < len(onSale),
		}
		old, known := before[v.Kind]
		delete(before, v.Kind)
		if known {
			row.ID = old.ID
		}
		if row == old {
			continue
		}
		if err := i.writeVariant(row, known); err != nil {
			return false, err
		}
		changed = true
	}
	for _, row := range before {
		if !row.OnSale {
			continue
		}
		row.OnSale = false
		if err := i.writeVariant(row, true); err != nil {
			return false, err
		}
		changed = true
	}
	return changed, nil
}

func (i importer) writeVariant(row variantRow, known bool) error {
	var done *gorm.DB
	if known {
		done = i.tx.Exec("UPDATE variants SET sku = ?, amount = ?, suggested = ?, currency = ?, on_sale = ? WHERE id = ?",
			row.SKU, row.Amount, row.Suggested, row.Currency, row.OnSale, row.ID)
	} else {
		done = i.tx.Create(&row)
	}
	if done.Error != nil {
		return fmt.Errorf("write licence %s: %w", row.SKU, done.Error)
	}
	return nil
}

// edition writes the entry's newest edition, if it has one. Files that were published are never changed: other
// files need a new edition.
func (i importer) edition(productID string, p *shop.Product, before *stored) (changed bool, err error) {
	wanted, newest := p.Edition(), before.product.Edition()
	switch {
	case wanted == nil:
		return false, nil
	case newest == nil || wanted.Number > newest.Number:
		if wanted.PDF() == nil { // nothing will be read that would replace the pages of the edition before
			if err := i.store.forgetPages(i.tx, productID); err != nil {
				return false, err
			}
		}
		return true, i.createEdition(productID, p.Slug, wanted)
	case wanted.Number < newest.Number:
		return false, shop.NewError(shop.Conflict, "edition_older",
			"%q has edition %d already; edition %d is older. Nothing was imported.", p.Slug, newest.Number, wanted.Number)
	}
	read := false
	if !slices.EqualFunc(wanted.Files, newest.Files, sameFile) {
		if before.row.Status != shop.Draft {
			return false, shop.NewError(shop.Conflict, "edition_exists",
				"Edition %d of %q was published with other files. Raise the edition's number to publish these. Nothing was imported.",
				wanted.Number, p.Slug)
		}
		if err := i.tx.Exec("DELETE FROM files WHERE edition_id = ?", newest.ID).Error; err != nil {
			return false, fmt.Errorf("delete the files of a draft: %w", err)
		}
		if err := i.createFiles(newest.ID, wanted.Files); err != nil {
			return false, err
		}
		read, changed = true, true
	}
	if !slices.Equal(wanted.LookInside, newest.LookInside) {
		row := editionRow{ID: newest.ID, LookInside: orEmpty(wanted.LookInside)}
		if err := i.tx.Model(&row).Select("look_inside").Updates(&row).Error; err != nil {
			return false, fmt.Errorf("update the sample pages of an edition: %w", err)
		}
		read, changed = true, true
	}
	if wanted.Notes != newest.Notes {
		if err := i.tx.Exec("UPDATE editions SET notes = ? WHERE id = ?", wanted.Notes, newest.ID).Error; err != nil {
			return false, fmt.Errorf("update edition: %w", err)
		}
		changed = true
	}
	if read {
		return changed, i.queueReading(newest.ID)
	}
	return changed, nil
}

// readingPause is how long after an import the reading begins. It takes a processor for some seconds, which a shop
// that has just started with new stock needs for its first visitors.
const readingPause = 5 * time.Second

// queueReading asks for an edition to be read, or read again.
func (i importer) queueReading(editionID string) error {
	return queue(i.tx, []shop.Job{{
		Kind: shop.JobReadEdition, Key: fmt.Sprintf("%s:%s:%d", shop.JobReadEdition, editionID, i.version), Subject: editionID,
		RunAt: i.now.Add(readingPause),
	}})
}

func sameFile(a, b shop.File) bool {
	return a.Name == b.Name && a.ContentType == b.ContentType && a.Size == b.Size && a.SHA256 == b.SHA256 && a.Key == b.Key
}

func (i importer) createEdition(productID, slug string, e *shop.Edition) error {
	row := editionRow{ID: cmp.Or(e.ID, shop.NewID()), ProductID: productID, Number: e.Number, Notes: e.Notes, PublishedAt: at(e.PublishedAt), LookInside: orEmpty(e.LookInside)}
	if row.PublishedAt.IsZero() {
		row.PublishedAt = i.now
	}
	if err := i.tx.Create(&row).Error; err != nil {
		return fmt.Errorf("write edition %d of %s: %w", e.Number, slug, err)
	}
	if err := i.createFiles(row.ID, e.Files); err != nil || e.PDF() == nil {
		return err
	}
	return i.queueReading(row.ID)
}

func (i importer) createFiles(editionID string, files []shop.File) error {
	if len(files) == 0 {
		return nil
	}
	rows := make([]fileRow, len(files))
	for n, f := range files {
		rows[n] = fileRow{
			ID: shop.NewID(), EditionID: editionID, Position: n + 1, Name: f.Name, ContentType: f.ContentType,
			Size: f.Size, SHA256: f.SHA256, Key: f.Key,
		}
		if f.CRC32.Known {
			sum := int64(f.CRC32.Sum)
			rows[n].CRC32 = &sum
		}
	}
	if err := i.tx.Create(&rows).Error; err != nil {
		return fmt.Errorf("write files: %w", err)
	}
	return nil
}

// parts writes the handbooks of a bundle in the entry's order. Those that it gains are everybody's who has the bundle.
func (i importer) parts(bundleID string, entry shop.CatalogEntry) (changed bool, err error) {
	wanted, err := i.handbookIDs(entry)
	if err != nil {
		return false, err
	}
	return writeParts(i.tx, bundleID, wanted, i.now, utc{})
}

// handbookIDs are the ids of the handbooks that a bundle names by slug.
func (i importer) handbookIDs(entry shop.CatalogEntry) ([]string, error) {
	if len(entry.Includes) == 0 {
		return nil, nil
	}
	slug := entry.Product.Slug
	if entry.Product.Kind != shop.Bundle {
		return nil, shop.NewError(shop.Invalid, "not_a_bundle", "%q is a handbook and cannot include others. Nothing was imported.", slug)
	}
	var rows []productRow
	if err := i.tx.Select("id", "slug").Where("slug IN ? AND kind = 'handbook'", entry.Includes).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read handbooks: %w", err)
	}
	bySlug := map[string]string{}
	for _, row := range rows {
		bySlug[row.Slug] = row.ID
	}
	var ids []string
	for _, name := range entry.Includes {
		id, known := bySlug[name]
		switch {
		case !known:
			return nil, shop.NewError(shop.Invalid, "unknown_handbook",
				"The bundle %q includes %q, which is not a handbook of the shop. Nothing was imported.", slug, name)
		case slices.Contains(ids, id):
			return nil, shop.NewError(shop.Invalid, "handbook_twice", "The bundle %q includes %q twice. Nothing was imported.", slug, name)
		}
		ids = append(ids, id)
	}
	return ids, nil
}
