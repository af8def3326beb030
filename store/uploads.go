package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"bookroom/shop"
)

// handbookBySlug returns a handbook, drafts too: ErrProductNotFound, and shop.ErrNotAHandbook for a bundle.
func handbookBySlug(tx *gorm.DB, slug string) (productRow, error) {
	if !isKey(slug) {
		return productRow{}, ErrProductNotFound
	}
	var rows []productRow
	if err := tx.Where("slug = ?", slug).Limit(1).Find(&rows).Error; err != nil {
		return productRow{}, fmt.Errorf("read a handbook: %w", err)
	}
	switch {
	case len(rows) == 0:
		return productRow{}, ErrProductNotFound
	case rows[0].Kind != shop.Handbook:
		return productRow{}, shop.ErrNotAHandbook
	default:
		return rows[0], nil
	}
}

// CreateUpload keeps a new upload. When one of the same file for the same product is open already, that one is returned
// instead. ErrProductNotFound, and shop.ErrNotAHandbook for a bundle.
func (s *Store) CreateUpload(ctx context.Context, u shop.Upload, act shop.Act, now time.Time) (shop.Upload, error) {
	err := s.write(ctx, func(tx *gorm.DB) error {
		product, err := handbookBySlug(tx, u.Slug)
		if err != nil {
			return err
		}
		u.ProductID = product.ID
		if err := s.lockDraft(tx, product.ID); err != nil {
			return err
		}
		var open []uploadRow
		err = tx.Where("product_id = ? AND state = 'open' AND name = ? AND size = ? AND first_sha256 = ?", product.ID, u.Name, u.Size, u.FirstSHA256).
			Limit(1).Find(&open).Error
		if err != nil {
			return fmt.Errorf("look for an open upload: %w", err)
		}
		if len(open) > 0 {
			u = open[0].upload(u.Slug)
			return touchUpload(tx, u.ID, now)
		}
		row := newUploadRow(u)
		if err := tx.Create(&row).Error; err != nil {
			return fmt.Errorf("write an upload: %w", err)
		}
		return s.audit(tx, act, now)
	})
	return u, err
}

// touchUpload notes a sign of life.
func touchUpload(tx *gorm.DB, id string, now time.Time) error {
	if err := tx.Exec("UPDATE uploads SET updated_at = ? WHERE id = ?", at(now), id).Error; err != nil {
		return fmt.Errorf("note a sign of life of an upload: %w", err)
	}
	return nil
}

// Upload returns an upload; shop.ErrUploadNotFound where there is none.
func (s *Store) Upload(ctx context.Context, id string) (shop.Upload, error) {
	return readUpload(s.reader.WithContext(ctx), id)
}

func readUpload(tx *gorm.DB, id string) (shop.Upload, error) {
	if !isKey(id) {
		return shop.Upload{}, shop.ErrUploadNotFound
	}
	uploads, err := readUploads(tx, "uploads.id = ?", id)
	if err != nil {
		return shop.Upload{}, err
	}
	if len(uploads) == 0 {
		return shop.Upload{}, shop.ErrUploadNotFound
	}
	return uploads[0], nil
}

// readUploads returns uploads with their products' slugs, newest first.
func readUploads(tx *gorm.DB, where string, args ...any) ([]shop.Upload, error) {
	var rows []struct {
		Upload uploadRow `gorm:"embedded"`
		Slug   string
	}
	err := tx.Table("uploads").Select("uploads.*, products.slug").Joins("JOIN products ON products.id = uploads.product_id").
		Where(where, args...).Order("uploads.created_at DESC, uploads.id DESC").Scan(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read uploads: %w", err)
	}
	uploads := make([]shop.Upload, len(rows))
	for i := range rows {
		uploads[i] = rows[i].Upload.upload(rows[i].Slug)
	}
	return uploads, nil
}

// CloseUpload notes the checksums of the parts of an open upload and queues the job that checks it. One that is not
// open any more is returned as it is.
func (s *Store) CloseUpload(ctx context.Context, id string, checksums []string, act shop.Act, now time.Time) (shop.Upload, error) {
	var u shop.Upload
	err := s.write(ctx, func(tx *gorm.DB) error {
		row := uploadRow{State: shop.UploadChecking, Checksums: checksums, UpdatedAt: at(now)}
		done := tx.Model(&uploadRow{}).Where("id = ? AND state = 'open'", id).Select("state", "checksums", "updated_at").Updates(&row)
		if done.Error != nil {
			return fmt.Errorf("close an upload: %w", done.Error)
		}
		var err error
		if u, err = readUpload(tx, id); err != nil || done.RowsAffected == 0 {
			return err
		}
		if err := s.audit(tx, act, now); err != nil {
			return err
		}
		return queue(tx, []shop.Job{{Kind: shop.JobCheckUpload, Key: string(shop.JobCheckUpload) + ":" + id, Subject: id, RunAt: now}})
	})
	return u, err
}

// AcceptUpload puts the file of an upload that is being checked into its handbook's draft, in the place of one of the
// same name, and queues the inspection of a PDF. One that is not being checked is left alone.
func (s *Store) AcceptUpload(ctx context.Context, id string, f shop.File, now time.Time) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		u, err := readUpload(tx, id)
		if err != nil {
			return err
		}
		if err := s.lockDraft(tx, u.ProductID); err != nil {
			return err
		}
		accepted, err := endUpload(tx, id, shop.UploadChecking, shop.UploadDone, "", now)
		if err != nil || !accepted {
			return err
		}
		draft, err := readDraft(tx, u.Slug)
		if err != nil {
			return err
		}
		draft.Files = withFile(draft.Files, f)
		if err := writeDraft(tx, &draft, now); err != nil || f.ContentType != shop.TypePDF {
			return err
		}
		// The key names the upload as well: a PDF whose inspection was given up is looked into again when it is sent again.
		return queue(tx, []shop.Job{{Kind: shop.JobInspect, Key: string(shop.JobInspect) + ":" + id, Subject: f.SHA256, RunAt: now}})
	})
}

// withFile puts a file in the place of the one with its name, or behind all.
func withFile(files []shop.DraftFile, f shop.File) []shop.DraftFile {
	for i := range files {
		if files[i].Name == f.Name {
			files[i] = shop.DraftFile{File: f}
			return files
		}
	}
	return append(files, shop.DraftFile{File: f})
}

// RefuseUpload ends an upload that is being checked.
func (s *Store) RefuseUpload(ctx context.Context, id string, why shop.UploadRefusal, now time.Time) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		_, err := endUpload(tx, id, shop.UploadChecking, shop.UploadRefused, why, now)
		return err
	})
}

// EndUpload gives an open upload up. One that is not open is left alone.
func (s *Store) EndUpload(ctx context.Context, id string, act shop.Act, now time.Time) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		ended, err := endUpload(tx, id, shop.UploadOpen, shop.UploadEnded, "", now)
		if err != nil || !ended {
			return err
		}
		return s.audit(tx, act, now)
	})
}

// DropUpload ends an upload that is open or was refused.
func (s *Store) DropUpload(ctx context.Context, id string, now time.Time) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		_, err := endUpload(tx, id, shop.UploadOpen, shop.UploadEnded, "", now)
		if err == nil {
			_, err = endUpload(tx, id, shop.UploadRefused, shop.UploadEnded, "", now)
		}
		return err
	})
}

func endUpload(tx *gorm.DB, id string, from, to shop.UploadState, why shop.UploadRefusal, now time.Time) (ended bool, err error) {
	done := tx.Exec("UPDATE uploads SET state = ?, refused = ?, updated_at = ? WHERE id = ? AND state = ?", to, why, at(now), id, from)
	if done.Error != nil {
		return false, fmt.Errorf("end an upload: %w", done.Error)
	}
	return done.RowsAffected == 1, nil
}

// AbandonedUploads returns uploads that are open or were refused and that nothing was heard of since the given time.
func (s *Store) AbandonedUploads(ctx context.Context, before time.Time, limit int) ([]shop.Upload, error) {
	return readUploads(s.reader.WithContext(ctx).Limit(limit), "uploads.state IN ('open', 'refused') AND uploads.updated_at < ?", at(before))
}
