package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"bookroom/shop"
)

// Inspection returns what is known of the PDF with that SHA-256; nil where it was not looked into yet.
func (s *Store) Inspection(ctx context.Context, sha256 string) (*shop.Inspection, error) {
	known, err := readInspections(s.reader.WithContext(ctx), []string{sha256})
	return known[sha256], err
}

// readInspections returns what is known of PDFs by their SHA-256.
func readInspections(tx *gorm.DB, sums []string) (map[string]*shop.Inspection, error) {
	known := map[string]*shop.Inspection{}
	if len(sums) == 0 {
		return known, nil
	}
	var rows []inspectionRow
	if err := tx.Where("sha256 IN ?", sums).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read inspections: %w", err)
	}
	for i := range rows {
		known[rows[i].SHA256] = rows[i].inspection()
	}
	return known, nil
}

// SaveInspection notes what was found in a PDF, in place of what was known.
func (s *Store) SaveInspection(ctx context.Context, sha256 string, i shop.Inspection) error {
	return s.write(ctx, func(tx *gorm.DB) error { return saveInspection(tx, sha256, i) })
}

func saveInspection(tx *gorm.DB, sha256 string, i shop.Inspection) error {
	row := newInspectionRow(sha256, i)
	write := clause.OnConflict{Columns: []clause.Column{{Name: "sha256"}}, UpdateAll: true}
	if err := tx.Clauses(write).Create(&row).Error; err != nil {
		return fmt.Errorf("save an inspection: %w", err)
	}
	return nil
}

// FileToInspect returns a file of a draft or of an edition with that SHA-256; shop.ErrFileNotFound where there is none.
func (s *Store) FileToInspect(ctx context.Context, sha256 string) (shop.File, error) {
	const columns = "name, content_type, size, sha256, key"
	var rows []fileRow
	err := s.reader.WithContext(ctx).Raw("SELECT "+columns+" FROM edition_draft_files WHERE sha256 = ? UNION ALL SELECT "+columns+
		" FROM files WHERE sha256 = ? LIMIT 1", sha256, sha256).Scan(&rows).Error
	if err != nil {
		return shop.File{}, fmt.Errorf("find a file to inspect: %w", err)
	}
	if len(rows) == 0 {
		return shop.File{}, shop.ErrFileNotFound
	}
	return rows[0].file(), nil
}
