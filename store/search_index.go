package store

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"bookroom/shop"
)

// indexing is the way in which products are indexed. Raise it with every change of what is written to
// product_search and search_facets: Migrate then indexes all products anew.
const indexing = 1

// reindexStale indexes all products if that was last done in another way, and raises the catalog's version then.
func (s *Store) reindexStale(ctx context.Context) error {
	return s.write(ctx, func(tx *gorm.DB) error {
		version, err := lockCatalog(tx)
		if err != nil {
			return err
		}
		var done int
		if err := tx.Raw("SELECT indexed FROM catalog_versions").Scan(&done).Error; err != nil {
			return fmt.Errorf("read how products are indexed: %w", err)
		}
		if done == indexing {
			return nil
		}
		var ids []string
		if err := tx.Raw("SELECT id FROM products ORDER BY id").Scan(&ids).Error; err != nil {
			return fmt.Errorf("list all products: %w", err)
		}
		if err := s.reindex(tx, ids); err != nil {
			return err
		}
		if err := tx.Exec("UPDATE catalog_versions SET indexed = ?", indexing).Error; err != nil {
			return fmt.Errorf("note how products are indexed: %w", err)
		}
		return writeCatalogVersion(tx, version, time.Now())
	})
}

// reindexAtOnce is how many products are held in memory.
const reindexAtOnce = 500

// reindex makes products findable as they are now.
func (s *Store) reindex(tx *gorm.DB, ids []string) error {
	for some := range slices.Chunk(ids, reindexAtOnce) {
		if err := s.reindexSome(tx, some); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) reindexSome(tx *gorm.DB, ids []string) error {
	var rows []productRow
	if err := tx.Where("id IN ?", ids).Order("id").Find(&rows).Error; err != nil {
		return fmt.Errorf("read what is to be indexed: %w", err)
	}
	products, err := fill(tx, rows, newestEdition)
	if err != nil {
		return err
	}
	formats, err := formatsOfParts(tx, products)
	if err != nil {
		return err
	}
	for _, table := range []string{"product_search", "search_facets"} {
		if err := tx.Exec("DELETE FROM "+table+" WHERE product_id IN ?", ids).Error; err != nil {
			return fmt.Errorf("forget %s: %w", table, err)
		}
	}
	var facets []searchFacetRow
	for i := range products {
		p := &products[i]
		if err := s.writeWords(tx, p); err != nil {
			return err
		}
		facets = append(facets, facetRows(p, append(formats[p.ID], formatsOf(p.Edition())...))...)
	}
	if err := tx.CreateInBatches(&facets, 1000).Error; err != nil {
		return fmt.Errorf("store the facets of products: %w", err)
	}
	return nil
}

// withBundles adds the bundles that the products are in: they have the formats of their handbooks.
func withBundles(tx *gorm.DB, ids []string) ([]string, error) {
	all := slices.Clone(ids)
	for some := range slices.Chunk(ids, reindexAtOnce) {
		var bundles []string
		if err := tx.Raw("SELECT bundle_id FROM bundle_parts WHERE product_id IN ? AND until IS NULL", some).Scan(&bundles).Error; err != nil {
			return nil, fmt.Errorf("read the bundles of handbooks: %w", err)
		}
		all = append(all, bundles...)
	}
	slices.Sort(all)
	return slices.Compact(all), nil
}

// searchTexts are the texts of a product by how much they count: title, tags and authors, summary, contents.
type searchTexts [4]string

func newSearchTexts(p *shop.Product) searchTexts {
	tags := slices.Concat(p.Tags, p.Authors)
	for _, key := range p.Distinguishers {
		tags = append(tags, shop.FacetName(shop.Distinguishers(), key))
	}
	for _, key := range p.Goals {
		tags = append(tags, shop.FacetName(shop.Goals(), key))
	}
	var contents []string
	for _, entry := range p.Contents {
		contents = append(contents, entry.Title)
	}
	return searchTexts{p.Title, strings.Join(tags, " "), p.Subtitle + " " + p.Summary, strings.Join(contents, " ")}
}

func (s *Store) writeWords(tx *gorm.DB, p *shop.Product) error {
	var fields [4][]string
	for i, text := range newSearchTexts(p) {
		fields[i] = foldedWords(text)
	}
	var insert *gorm.DB
	if s.dialect == PostgreSQL {
		insert = tx.Exec("INSERT INTO product_search (product_id, document) VALUES (?, ?::text::tsvector)", p.ID, vector(fields))
	} else {
		insert = tx.Exec("INSERT INTO product_search (product_id, title, tags, summary, contents) VALUES (?, ?, ?, ?, ?)", p.ID,
			strings.Join(fields[0], " "), strings.Join(fields[1], " "), strings.Join(fields[2], " "), strings.Join(fields[3], " "))
	}
	if insert.Error != nil {
		return fmt.Errorf("store the words of a product: %w", insert.Error)
	}
	return nil
}

// weights are PostgreSQL's names for the four fields.
const weights = "ABCD"

// vector writes the words as a tsvector. They hold letters and digits only, so quotes are safe. PostgreSQL
// counts positions up to 16383: each field has a range of its own, so that no phrase goes from one to another.
func vector(fields [4][]string) string {
	const positions = 4000
	var b strings.Builder
	for i, field := range fields {
		for n, word := range field {
			fmt.Fprintf(&b, "'%s':%d%c ", word, i*(positions+1)+min(n, positions-1)+1, weights[i])
		}
	}
	return b.String()
}

// formatsOf are the formats of an edition's files that can be asked for.
func formatsOf(e *shop.Edition) []string {
	if e == nil {
		return nil
	}
	var formats []string
	for _, file := range e.Files {
		format := strings.ToLower(strings.TrimPrefix(path.Ext(file.Name), "."))
		if slices.ContainsFunc(shop.Formats(), func(f shop.Facet) bool { return f.Key == format }) {
			formats = append(formats, format)
		}
	}
	return formats
}

// formatsOfParts are the formats of the handbooks of bundles, by the bundle's id.
func formatsOfParts(tx *gorm.DB, products []shop.Product) (map[string][]string, error) {
	bundlesOf := map[string][]string{} // by the handbook's id
	var ids []string
	for _, p := range products {
		for _, part := range p.Parts {
			bundlesOf[part.ProductID] = append(bundlesOf[part.ProductID], p.ID)
			ids = append(ids, part.ProductID)
		}
	}
	formats := map[string][]string{}
	if len(ids) == 0 {
		return formats, nil
	}
	var editions []editionRow
	if err := tx.Where("product_id IN ?", ids).Where(isNewestEdition).Find(&editions).Error; err != nil {
		return nil, fmt.Errorf("read the editions of a bundle's handbooks: %w", err)
	}
	files, err := readFiles(tx, editions)
	if err != nil {
		return nil, err
	}
	for _, edition := range editions {
		for _, bundle := range bundlesOf[edition.ProductID] {
			formats[bundle] = append(formats[bundle], formatsOf(&shop.Edition{Files: files[edition.ID]})...)
		}
	}
	return formats, nil
}
