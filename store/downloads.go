package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"bookroom/shop"
)

type downloadRow struct {
	ID            string `gorm:"primaryKey"`
	EntitlementID string
	OrderID       string
	FileID        string
	EditionID     string
	IssuedAt      utc
	ExpiresAt     utc
	IP            string
	Agent         string
	ArchiveID     *string
}

// ownedFileView is a file with the right that reaches it.
type ownedFileView struct {
	File          fileRow `gorm:"embedded"`
	OrderID       string
	EntitlementID string
	State         shop.EntitlementState
	LineID        string
	ProductID     string
	ProductSlug   string
	ProductTitle  string
	Subtitle      string
	Language      string
	ProductKind   shop.ProductKind
	Distinguisher *string
	EditionNumber int
	EditionDate   utc
	Downloads     int
}

func (v *ownedFileView) ownedFile() shop.OwnedFile {
	file := shop.OwnedFile{
		File: v.File.file(), OrderID: v.OrderID, EntitlementID: v.EntitlementID, State: v.State, LineID: v.LineID,
		ProductID: v.ProductID, ProductSlug: v.ProductSlug, ProductTitle: v.ProductTitle, ProductSubtitle: v.Subtitle, ProductLanguage: v.Language,
		ProductKind: v.ProductKind, EditionID: v.File.EditionID, EditionNumber: v.EditionNumber, EditionDate: v.EditionDate.Time, Downloads: v.Downloads,
	}
	if v.Distinguisher != nil {
		file.ProductDistinguishers = []string{*v.Distinguisher}
	}
	return file
}

// ownedColumns are those of an ownedFileView.
const ownedColumns = `
	SELECT f.*, e.order_id, e.id AS entitlement_id, e.state, e.line_id, e.downloads,
		p.id AS product_id, p.slug AS product_slug, p.title AS product_title, p.subtitle, p.language, p.kind AS product_kind,
		d.key AS distinguisher, editions.number AS edition_number, editions.published_at AS edition_date`

// ownedTables reach from entitlements e of orders o to files. A right to a bundle reaches the handbooks that are in
// the bundle now or were when it was ordered, but for those that it gained only for later orders. A draft's
// files are nobody's.
const ownedTables = `
	JOIN order_lines l ON l.id = e.line_id
	LEFT JOIN bundle_parts b ON b.bundle_id = e.product_id AND ` + reachedParts + `
	JOIN products p ON p.id = COALESCE(b.product_id, e.product_id) AND p.status <> 'draft'
	LEFT JOIN product_facets d ON d.product_id = p.id AND d.facet = 'distinguisher' AND d.position = 0
	JOIN editions ON editions.product_id = p.id
	JOIN files f ON f.edition_id = editions.id`

// ownedFiles selects the files that an order's rights reach.
const ownedFiles = ownedColumns + " FROM entitlements e JOIN orders o ON o.id = e.order_id" + ownedTables + " WHERE e.order_id = ?"

// OwnedFiles returns the files that an order gives the right to, whatever the rights' state: for each
// line those of the newest edition, in the order of the lines, a bundle's handbooks and their files.
func (s *Store) OwnedFiles(ctx context.Context, orderID string) ([]shop.OwnedFile, error) {
	return s.ownedFiles(ctx, ownedFiles+" AND "+isNewestEdition+" ORDER BY l.position, b.position, f.position", orderID)
}

// isBoughtEdition says which edition was sold with a line: the one that the line names, and of a handbook in a bundle
// the newest that there was when the order was placed.
const isBoughtEdition = `editions.number = CASE WHEN b.bundle_id IS NULL THEN l.edition_number ELSE (
	SELECT MAX(then_newest.number) FROM editions then_newest JOIN orders placed ON placed.id = l.order_id
	WHERE then_newest.product_id = p.id AND then_newest.published_at <= placed.placed_at) END`

// BoughtFiles returns the files of the editions that were sold with an order, as OwnedFiles does, where there is a newer
// edition by now.
func (s *Store) BoughtFiles(ctx context.Context, orderID string) ([]shop.OwnedFile, error) {
	return s.ownedFiles(ctx, ownedFiles+" AND NOT ("+isNewestEdition+") AND "+isBoughtEdition+" ORDER BY l.position, b.position, f.position", orderID)
}

func (s *Store) ownedFiles(ctx context.Context, query string, args ...any) ([]shop.OwnedFile, error) {
	var views []ownedFileView
	if err := s.reader.WithContext(ctx).Raw(query, args...).Scan(&views).Error; err != nil {
		return nil, fmt.Errorf("read owned files: %w", err)
	}
	files := make([]shop.OwnedFile, len(views))
	for i := range views {
		files[i] = views[i].ownedFile()
	}
	return files, nil
}

// OwnedFile returns a file of the newest edition, or of the edition that was sold, whatever the state of
// the right to it; shop.ErrFileNotFound for any other file. Where several rights reach the file it is
// the best one.
func (s *Store) OwnedFile(ctx context.Context, orderID, fileID string) (shop.OwnedFile, error) {
	if !isKey(fileID) {
		return shop.OwnedFile{}, shop.ErrFileNotFound
	}
	var views []ownedFileView
	err := s.reader.WithContext(ctx).
		Raw(ownedFiles+` AND f.id = ? AND (`+isNewestEdition+` OR `+isBoughtEdition+`)
			ORDER BY CASE e.state WHEN 'active' THEN 1 WHEN 'suspended' THEN 2 ELSE 3 END, l.position LIMIT 1`, orderID, fileID).
		Scan(&views).Error
	if err != nil {
		return shop.OwnedFile{}, fmt.Errorf("read a file of an order: %w", err)
	}
	if len(views) == 0 {
		return shop.OwnedFile{}, shop.ErrFileNotFound
	}
	return views[0].ownedFile(), nil
}

// RecordDownload counts and records links, all or none, but only while every entitlement is active;
// otherwise it is shop.ErrSuspended or shop.ErrRevoked.
func (s *Store) RecordDownload(ctx context.Context, downloads ...shop.Download) error {
	// Transactions that lock several rights lock them in the same order.
	downloads = slices.SortedFunc(slices.Values(downloads), func(a, b shop.Download) int { return strings.Compare(a.EntitlementID, b.EntitlementID) })
	return s.write(ctx, func(tx *gorm.DB) error {
		for _, d := range downloads {
			if err := recordDownload(tx, d); err != nil {
				return err
			}
		}
		return nil
	})
}

func recordDownload(tx *gorm.DB, d shop.Download) error {
	counted := tx.Exec("UPDATE entitlements SET downloads = downloads + 1 WHERE id = ? AND order_id = ? AND state = 'active'",
		d.EntitlementID, d.OrderID)
	if counted.Error != nil {
		return fmt.Errorf("count download: %w", counted.Error)
	}
	if counted.RowsAffected == 0 {
		return whyNotUsable(tx, d)
	}
	row := downloadRow{
		ID: d.ID, EntitlementID: d.EntitlementID, OrderID: d.OrderID, FileID: d.FileID, EditionID: d.EditionID,
		IssuedAt: at(d.IssuedAt), ExpiresAt: at(d.ExpiresAt), IP: d.IP, Agent: d.Agent,
	}
	if d.ArchiveID != "" {
		row.ArchiveID = &d.ArchiveID
	}
	if err := tx.Create(&row).Error; err != nil {
		return fmt.Errorf("record download: %w", err)
	}
	return nil
}

func whyNotUsable(tx *gorm.DB, d shop.Download) error {
	var states []shop.EntitlementState
	err := tx.Raw("SELECT state FROM entitlements WHERE id = ? AND order_id = ?", d.EntitlementID, d.OrderID).Scan(&states).Error
	switch {
	case err != nil:
		return fmt.Errorf("read entitlement: %w", err)
	case len(states) == 0:
		return shop.ErrFileNotFound
	case states[0] == shop.Suspended:
		return shop.ErrSuspended
	default:
		return shop.ErrRevoked
	}
}
