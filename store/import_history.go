package store

import (
	"fmt"

	"bookroom/shop"
)

// earlierEditions writes the editions that the shop tells of and has no files of. One with files was
// published here and stays as it is; one without goes when the entry does not have it any more.
func (i importer) earlierEditions(productID string, p *shop.Product, before *stored) (changed bool, err error) {
	newest := p.Edition()
	if newest == nil {
		return false, nil
	}
	unlisted := map[int]shop.Edition{}
	for _, e := range before.product.Editions {
		unlisted[e.Number] = e
	}
	for n, e := range p.Editions[1:] {
		if e.Number >= p.Editions[n].Number || len(e.Files) > 0 || e.PublishedAt.IsZero() {
			return false, shop.NewError(shop.Invalid, "edition_not_earlier",
				"Edition %d of %q follows a newer one, so it needs a lower number, a date and no files. Nothing was imported.", e.Number, p.Slug)
		}
		old, known := unlisted[e.Number]
		delete(unlisted, e.Number)
		written, err := i.earlierEdition(productID, p.Slug, e, old, known)
		if err != nil {
			return false, err
		}
		changed = changed || written
	}
	for _, old := range unlisted {
		if old.Number >= newest.Number || len(old.Files) > 0 {
			continue
		}
		if err := i.tx.Exec("DELETE FROM editions WHERE id = ?", old.ID).Error; err != nil {
			return false, fmt.Errorf("delete edition %d of %s: %w", old.Number, p.Slug, err)
		}
		changed = true
	}
	return changed, nil
}

// earlierEdition writes one of them where it is not known or was told otherwise.
func (i importer) earlierEdition(productID, slug string, e, old shop.Edition, known bool) (changed bool, err error) {
	switch {
	case !known:
		return true, i.createEdition(productID, slug, &e)
	case len(old.Files) > 0 || e.Notes == old.Notes && at(e.PublishedAt).Equal(old.PublishedAt):
		return false, nil
	}
	err = i.tx.Exec("UPDATE editions SET notes = ?, published_at = ? WHERE id = ?", e.Notes, at(e.PublishedAt), old.ID).Error
	if err != nil {
		return false, fmt.Errorf("update edition %d of %s: %w", e.Number, slug, err)
	}
	return true, nil
}
