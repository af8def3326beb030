package store

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"bookroom/shop"
)

type samplePageRow struct {
	EditionID   string `gorm:"primaryKey"`
	Page        int    `gorm:"primaryKey"`
	Width       int
	Height      int
	ContentType string
	Opening     string
	SHA256      string `gorm:"column:sha256"`
	Image       []byte
}

func (r *samplePageRow) samplePage() shop.SamplePage {
	return shop.SamplePage{Page: r.Page, Width: r.Width, Height: r.Height, ContentType: r.ContentType, SHA256: r.SHA256, Opening: r.Opening}
}

// sampleFacts are the columns of a sample page beside its picture.
const sampleFacts = "edition_id, page, width, height, content_type, opening, sha256"

// EditionToRead returns an edition with its files and its handbook's contents; shop.ErrEditionReplaced when
// it is not the newest of its handbook.
func (s *Store) EditionToRead(ctx context.Context, id string) (shop.EditionToRead, error) {
	var edition shop.EditionToRead
	err := s.read(ctx, func(tx *gorm.DB) error {
		var rows []productRow
		err := tx.Where("id = (SELECT product_id FROM editions WHERE id = ? AND "+isNewestEdition+")", id).Limit(1).Find(&rows).Error
		if err != nil {
			return fmt.Errorf("read the handbook of an edition: %w", err)
		}
		products, err := fill(tx, rows, newestEdition)
		if err != nil {
			return err
		}
		if len(products) == 0 {
			return shop.ErrEditionReplaced
		}
		edition = shop.EditionToRead{Edition: products[0].Editions[0], Slug: products[0].Slug, Contents: products[0].Contents}
		return nil
	})
	return edition, err
}

// SavePages puts the text and the sample pages of a handbook's newest edition in place of what was there of any
// edition. It does nothing when the edition that was read is not the newest any more, or has another PDF or other
// chosen samples by now: then a job to read it again is queued.
func (s *Store) SavePages(ctx context.Context, read shop.Edition, pages shop.EditionPages, now time.Time) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		version, err := lockCatalog(tx)
		if err != nil {
			return err
		}
		var editions []editionRow
		if err := tx.Where("id = ?", read.ID).Where(isNewestEdition).Find(&editions).Error; err != nil {
			return fmt.Errorf("read an edition: %w", err)
		}
		files, err := readFiles(tx, editions)
		if err != nil {
			return err
		}
		if len(editions) == 0 || !slices.Equal(editions[0].LookInside, read.LookInside) ||
			!samePDF(&shop.Edition{Files: files[read.ID]}, &read) {
			return nil
		}
		if pages.Inspection != nil {
			if err := saveInspection(tx, read.PDF().SHA256, *pages.Inspection); err != nil {
				return err
			}
		}
		if err := s.forgetPages(tx, editions[0].ProductID); err != nil {
			return err
		}
		for i, text := range pages.Texts {
			if err := s.savePage(tx, read.ID, i+1, text); err != nil {
				return err
			}
		}
		for _, p := range pages.Samples {
			row := samplePageRow{
				EditionID: read.ID, Page: p.Page, Width: p.Width, Height: p.Height, ContentType: p.ContentType, Opening: p.Opening,
				SHA256: p.SHA256, Image: p.Image,
			}
			if err := tx.Create(&row).Error; err != nil {
				return fmt.Errorf("save sample page %d: %w", p.Page, err)
			}
		}
		return writeCatalogVersion(tx, version, now)
	})
}

// samePDF reports whether two editions have the same PDF, or both have none.
func samePDF(a, b *shop.Edition) bool {
	one, other := a.PDF(), b.PDF()
	if one == nil || other == nil {
		return one == other
	}
	return one.SHA256 == other.SHA256
}

// forgetPages deletes the pages of all editions of a handbook.
func (s *Store) forgetPages(tx *gorm.DB, productID string) error {
	const ofProduct = " WHERE edition_id IN (SELECT id FROM editions WHERE product_id = ?)"
	statements := []string{"DELETE FROM sample_pages" + ofProduct, "DELETE FROM edition_pages" + ofProduct}
	if s.dialect == SQLite {
		statements = append([]string{"DELETE FROM page_search WHERE rowid IN (SELECT id FROM edition_pages" + ofProduct + ")"}, statements...)
	}
	for _, statement := range statements {
		if err := tx.Exec(statement, productID).Error; err != nil {
			return fmt.Errorf("forget the pages of a handbook: %w", err)
		}
	}
	return nil
}

// savePage keeps a page's text and makes its words findable.
func (s *Store) savePage(tx *gorm.DB, editionID string, page int, text string) error {
	var id int64
	err := tx.Raw("INSERT INTO edition_pages (edition_id, page, words) VALUES (?, ?, ?) RETURNING id", editionID, page, text).Scan(&id).Error
	if err != nil {
		return fmt.Errorf("save page %d: %w", page, err)
	}
	words := foldedWords(text)
	if s.dialect == PostgreSQL {
		err = tx.Exec("INSERT INTO page_search (page_id, document) VALUES (?, ?::text::tsvector)", id, pageVector(words)).Error
	} else {
		err = tx.Exec("INSERT INTO page_search (rowid, words) VALUES (?, ?)", id, strings.Join(words, " ")).Error
	}
	if err != nil {
		return fmt.Errorf("store the words of page %d: %w", page, err)
	}
	return nil
}

// lastPosition is the last place in a text that PostgreSQL tells from those behind it.
const lastPosition = 16383

// pageVector writes the words of a page as a tsvector, with their places. They hold letters and digits only, so
// quotes are safe.
func pageVector(words []string) string {
	var b strings.Builder
	for i, word := range words {
		fmt.Fprintf(&b, "'%s':%d ", word, min(i+1, lastPosition))
	}
	return b.String()
}

// SamplePicture returns a sample page of a published or archived handbook's newest edition with its picture. The hash is the
// beginning of the picture's SHA-256; shop.ErrSampleNotFound where there is none such.
func (s *Store) SamplePicture(ctx context.Context, slug string, page int, hash string) (shop.SamplePicture, error) {
	if !isKey(slug) || !isKey(hash) || hash == "" {
		return shop.SamplePicture{}, shop.ErrSampleNotFound
	}
	var rows []samplePageRow
	err := s.reader.WithContext(ctx).Raw(`SELECT sample_pages.* FROM sample_pages
		JOIN editions ON editions.id = sample_pages.edition_id
		JOIN products ON products.id = editions.product_id
		WHERE products.slug = ? AND products.status <> 'draft' AND page = ? AND substr(sha256, 1, ?) = ? AND `+isNewestEdition,
		slug, page, len(hash), hash).Scan(&rows).Error
	if err != nil {
		return shop.SamplePicture{}, fmt.Errorf("read a sample page: %w", err)
	}
	if len(rows) == 0 {
		return shop.SamplePicture{}, shop.ErrSampleNotFound
	}
	return shop.SamplePicture{SamplePage: rows[0].samplePage(), Image: rows[0].Image}, nil
}

// readSamples returns the sample pages of editions, without their pictures, by the edition's id.
func readSamples(tx *gorm.DB, editionIDs []string) (map[string][]shop.SamplePage, error) {
	samples := map[string][]shop.SamplePage{}
	var rows []samplePageRow
	err := tx.Select(sampleFacts).Where("edition_id IN ?", editionIDs).Order("edition_id, page").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read sample pages: %w", err)
	}
	for i := range rows {
		samples[rows[i].EditionID] = append(samples[rows[i].EditionID], rows[i].samplePage())
	}
	return samples, nil
}
