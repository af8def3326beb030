package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"bookroom/shop"
)

// ArchivedFiles returns what went out as the archive of that id, with the present state of the rights.
func (s *Store) ArchivedFiles(ctx context.Context, archiveID string) ([]shop.OwnedFile, error) {
	return s.ownedFiles(ctx, ownedColumns+` FROM downloads a JOIN entitlements e ON e.id = a.entitlement_id
		JOIN files f ON f.id = a.file_id JOIN editions ON editions.id = f.edition_id JOIN products p ON p.id = editions.product_id
		LEFT JOIN product_facets d ON d.product_id = p.id AND d.facet = 'distinguisher' AND d.position = 0
		WHERE a.archive_id = ? ORDER BY a.id`, archiveID)
}

// UnmeasuredFiles returns files whose CRC-32 is not known, by their ids, after the one with that id.
func (s *Store) UnmeasuredFiles(ctx context.Context, after string, limit int) ([]shop.File, error) {
	var rows []fileRow
	err := s.reader.WithContext(ctx).Where("crc32 IS NULL AND id > ?", after).Order("id").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read files without a checksum: %w", err)
	}
	files := make([]shop.File, len(rows))
	for i := range rows {
		files[i] = rows[i].file()
	}
	return files, nil
}

// NoteCRC32 notes the checksum of those files with these bytes that have none.
func (s *Store) NoteCRC32(ctx context.Context, sha256 string, sum uint32) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		if err := tx.Exec("UPDATE files SET crc32 = ? WHERE crc32 IS NULL AND sha256 = ?", int64(sum), sha256).Error; err != nil {
			return fmt.Errorf("note a checksum: %w", err)
		}
		return nil
	})
}
