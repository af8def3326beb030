package store

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"bookroom/shop"
)

// EditionDraft returns the draft of a handbook's next edition; where nobody began one, what the newest edition has.
// ErrProductNotFound, and shop.ErrNotAHandbook for a bundle.
func (s *Store) EditionDraft(ctx context.Context, slug string) (shop.EditionDraft, error) {
	var draft shop.EditionDraft
	err := s.read(ctx, func(tx *gorm.DB) error {
		var err error
		draft, err = readDraft(tx, slug)
		return err
	})
	return draft, err
}

// lockDraft makes those who change the draft of a handbook go one after the other.
func (s *Store) lockDraft(tx *gorm.DB, productID string) error {
	if err := s.lockText(tx, "edition draft "+productID); err != nil {
		return fmt.Errorf("lock the draft of an edition: %w", err)
	}
	return nil
}

func readDraft(tx *gorm.DB, slug string) (shop.EditionDraft, error) {
	product, err := handbookBySlug(tx, slug)
	if err != nil {
		return shop.EditionDraft{}, err
	}
	draft := shop.EditionDraft{ProductID: product.ID, Slug: product.Slug, Title: product.Title, Status: product.Status, Number: 1}
	if draft.Published, err = newestOf(tx, product); err != nil {
		return draft, err
	}
	if draft.Published != nil {
		draft.Number = draft.Published.Number + 1
	}
	if err := readOwnDraft(tx, &draft); err != nil {
		return draft, err
	}
	if err := inspectedDraft(tx, &draft); err != nil {
		return draft, err
	}
	draft.Uploads, err = readUploads(tx, "uploads.product_id = ? AND uploads.state IN ('open', 'checking', 'refused')", product.ID)
	return draft, err
}

// newestOf returns a handbook's newest edition with its files, or nil where there is none.
func newestOf(tx *gorm.DB, product productRow) (*shop.Edition, error) {
	filled, err := fill(tx, []productRow{product}, newestEdition)
	if err != nil || len(filled[0].Editions) == 0 {
		return nil, err
	}
	return &filled[0].Editions[0], nil
}

// readOwnDraft fills in what was drafted, or what the newest edition has where nothing was.
func readOwnDraft(tx *gorm.DB, draft *shop.EditionDraft) error {
	var drafted []editionDraftRow
	if err := tx.Where("product_id = ?", draft.ProductID).Find(&drafted).Error; err != nil {
		return fmt.Errorf("read the draft of an edition: %w", err)
	}
	if len(drafted) == 0 {
		if draft.Published != nil {
			draft.LookInside = draft.Published.LookInside
			for _, f := range draft.Published.Files {
				draft.Files = append(draft.Files, shop.DraftFile{File: f})
			}
		}
		return nil
	}
	draft.Version, draft.Notes, draft.LookInside = drafted[0].Version, drafted[0].Notes, drafted[0].LookInside
	draft.UpdatedAt = drafted[0].UpdatedAt.Time
	var files []editionDraftFileRow
	if err := tx.Where("product_id = ?", draft.ProductID).Order("position").Find(&files).Error; err != nil {
		return fmt.Errorf("read the files of a draft: %w", err)
	}
	for i := range files {
		draft.Files = append(draft.Files, shop.DraftFile{File: files[i].file()})
	}
	return nil
}

// inspectedDraft adds what is known of the PDFs.
func inspectedDraft(tx *gorm.DB, draft *shop.EditionDraft) error {
	var sums []string
	for _, f := range draft.Files {
		sums = append(sums, f.SHA256)
	}
	published := draft.Published
	if published != nil && published.PDF() != nil {
		sums = append(sums, published.PDF().SHA256)
	}
	known, err := readInspections(tx, sums)
	if err != nil {
		return err
	}
	for i := range draft.Files {
		draft.Files[i].Inspection = known[draft.Files[i].SHA256]
	}
	if published != nil && published.PDF() != nil {
		published.Inspection = known[published.PDF().SHA256]
	}
	return nil
}

// writeDraft writes a draft in place of what was there, without raising its version.
func writeDraft(tx *gorm.DB, draft *shop.EditionDraft, now time.Time) error {
	row := editionDraftRow{
		ProductID: draft.ProductID, Version: draft.Version, Notes: draft.Notes, LookInside: orEmpty(draft.LookInside), UpdatedAt: at(now),
	}
	write := clause.OnConflict{Columns: []clause.Column{{Name: "product_id"}}, UpdateAll: true}
	if err := tx.Clauses(write).Create(&row).Error; err != nil {
		return fmt.Errorf("write the draft of an edition: %w", err)
	}
	if err := tx.Exec("DELETE FROM edition_draft_files WHERE product_id = ?", draft.ProductID).Error; err != nil {
		return fmt.Errorf("delete the files of a draft: %w", err)
	}
	if len(draft.Files) == 0 {
		return nil
	}
	files := make([]editionDraftFileRow, len(draft.Files))
	for i, f := range draft.Files {
		files[i] = newEditionDraftFileRow(draft.ProductID, i+1, f.File)
	}
	if err := tx.Create(&files).Error; err != nil {
		return fmt.Errorf("write the files of a draft: %w", err)
	}
	return nil
}

// SaveDraft changes a draft of that version, or begins one where the version is 0; shop.ErrDraftChanged otherwise.
func (s *Store) SaveDraft(ctx context.Context, slug string, change shop.DraftChange, act shop.Act, now time.Time) (shop.EditionDraft, error) {
	var draft shop.EditionDraft
	err := s.write(ctx, func(tx *gorm.DB) error {
		product, err := handbookBySlug(tx, slug)
		if err != nil {
			return err
		}
		if err := s.lockDraft(tx, product.ID); err != nil {
			return err
		}
		if draft, err = readDraft(tx, slug); err != nil {
			return err
		}
		if draft.Version != change.Version {
			return shop.ErrDraftChanged
		}
		draft.Version, draft.Notes, draft.LookInside, draft.UpdatedAt = change.Version+1, change.Notes, change.LookInside, now
		draft.Files = slices.DeleteFunc(draft.Files, func(f shop.DraftFile) bool { return slices.Contains(change.Remove, f.ID) })
		sortFiles(draft.Files, change.Order)
		if err := writeDraft(tx, &draft, now); err != nil {
			return err
		}
		return s.audit(tx, act, now)
	})
	return draft, err
}

// sortFiles puts files in that order of their ids; those that it does not name come after, as they were.
func sortFiles(files []shop.DraftFile, order []string) {
	place := func(f shop.DraftFile) int {
		if i := slices.Index(order, f.ID); i >= 0 {
			return i
		}
		return len(order)
	}
	slices.SortStableFunc(files, func(a, b shop.DraftFile) int { return place(a) - place(b) })
}

// PublishEdition makes the draft with that fingerprint the newest edition, in one transaction with the jobs that follow,
// and ends the draft; shop.ErrDraftChanged when there is no such draft any more.
func (s *Store) PublishEdition(ctx context.Context, slug string, p shop.EditionPublication, act shop.Act, now time.Time) (shop.Edition, error) {
	var edition shop.Edition
	err := s.write(ctx, func(tx *gorm.DB) error {
		version, err := lockCatalog(tx)
		if err != nil {
			return err
		}
		draft, err := s.lockedDraft(tx, slug)
		if err != nil {
			return err
		}
		if draft.Fingerprint() != p.Fingerprint {
			return shop.ErrDraftChanged
		}
		edition = editionOf(&draft, p.EditionID, now)
		i := importer{store: s, tx: tx, now: at(now), version: nextVersion(version, now)}
		if err := i.createEdition(draft.ProductID, slug, &edition); err != nil {
			return err
		}
		if err := i.endDraft(&draft, p.TakeContents); err != nil {
			return err
		}
		if err := s.audit(tx, act, now); err != nil {
			return err
		}
		return writeCatalogVersion(tx, version, now)
	})
	return edition, err
}

func (s *Store) lockedDraft(tx *gorm.DB, slug string) (shop.EditionDraft, error) {
	product, err := handbookBySlug(tx, slug)
	if err != nil {
		return shop.EditionDraft{}, err
	}
	if err := s.lockDraft(tx, product.ID); err != nil {
		return shop.EditionDraft{}, err
	}
	return readDraft(tx, slug)
}

func editionOf(draft *shop.EditionDraft, id string, now time.Time) shop.Edition {
	edition := shop.Edition{ID: id, Number: draft.Number, Notes: draft.Notes, PublishedAt: now, LookInside: draft.LookInside}
	for _, f := range draft.Files {
		edition.Files = append(edition.Files, f.File)
	}
	return edition
}

// endDraft deletes a draft that was published and has its handbook found by what is new.
func (i importer) endDraft(draft *shop.EditionDraft, takeContents bool) error {
	if err := i.tx.Exec("DELETE FROM edition_draft_files WHERE product_id = ?", draft.ProductID).Error; err != nil {
		return fmt.Errorf("delete the files of a draft: %w", err)
	}
	if err := i.tx.Exec("DELETE FROM edition_drafts WHERE product_id = ?", draft.ProductID).Error; err != nil {
		return fmt.Errorf("delete the draft of an edition: %w", err)
	}
	if pdf := draft.PDF(); takeContents && pdf != nil && pdf.Inspection != nil && pdf.Inspection.Pages > 0 {
		if err := i.takeContents(draft.ProductID, pdf.Inspection); err != nil {
			return err
		}
	}
	found, err := withBundles(i.tx, []string{draft.ProductID})
	if err != nil {
		return err
	}
	return i.store.reindex(i.tx, found)
}

// takeContents makes the number of pages and the contents of a handbook those of its PDF.
func (i importer) takeContents(productID string, found *shop.Inspection) error {
	row := productRow{ID: productID, Pages: found.Pages, Contents: newInspectionRow("", *found).Outline, UpdatedAt: i.now}
	columns := []string{"pages", "updated_at"}
	if len(row.Contents) > 0 {
		columns = append(columns, "contents")
	}
	if err := i.tx.Model(&row).Select(columns).Updates(&row).Error; err != nil {
		return fmt.Errorf("take over the contents of a PDF: %w", err)
	}
	return raiseVersion(i.tx, productID)
}
