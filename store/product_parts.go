package store

import (
	"fmt"

	"gorm.io/gorm"

	"bookroom/shop"
)

// editionsWanted says how much of their editions products are filled with; each is more than the one before.
type editionsWanted int

const (
	newestWithoutFiles editionsWanted = iota
	newestEdition
	allEditions
	forEditing // all editions, and the drafts within bundles
)

const isNewestEdition = "editions.number = (SELECT MAX(newest.number) FROM editions newest WHERE newest.product_id = editions.product_id)"

// fill turns rows into products with their facets, the licences on sale, editions and the handbooks of
// bundles, in one statement for each sort of thing. Drafts within a bundle are for editing only.
func fill(tx *gorm.DB, rows []productRow, wanted editionsWanted) ([]shop.Product, error) {
	products := make([]shop.Product, len(rows))
	byID := make(map[string]*shop.Product, len(rows))
	ids := make([]string, len(rows))
	for i := range rows {
		products[i] = rows[i].product()
		byID[rows[i].ID], ids[i] = &products[i], rows[i].ID
	}
	if len(rows) == 0 {
		return products, nil
	}
	if err := fillVariants(tx, ids, byID); err != nil {
		return nil, err
	}
	if err := fillEditions(tx, ids, byID, wanted); err != nil {
		return nil, err
	}
	parts, err := readParts(tx, ids, wanted == forEditing)
	if err != nil {
		return nil, err
	}
	for i := range parts {
		ids = append(ids, parts[i].ProductID)
	}
	facets, err := readFacets(tx, ids)
	if err != nil {
		return nil, err
	}
	for id, product := range byID {
		product.Distinguishers, product.Goals = facets[id].distinguishers, facets[id].goals
	}
	for i := range parts {
		part := parts[i].part()
		part.Distinguishers = facets[part.ProductID].distinguishers
		bundle := byID[parts[i].BundleID]
		bundle.Parts = append(bundle.Parts, part)
	}
	return products, nil
}

func fillVariants(tx *gorm.DB, ids []string, byID map[string]*shop.Product) error {
	var rows []variantRow
	if err := tx.Where("product_id IN ? AND on_sale", ids).Order("amount, kind").Find(&rows).Error; err != nil {
		return fmt.Errorf("read licences: %w", err)
	}
	for i := range rows {
		product := byID[rows[i].ProductID]
		product.Variants = append(product.Variants, rows[i].variant())
	}
	return nil
}

func fillEditions(tx *gorm.DB, ids []string, byID map[string]*shop.Product, wanted editionsWanted) error {
	query := tx.Where("product_id IN ?", ids)
	if wanted < allEditions {
		query = query.Where(isNewestEdition)
	}
	var rows []editionRow
	if err := query.Order("product_id, number DESC").Find(&rows).Error; err != nil {
		return fmt.Errorf("read editions: %w", err)
	}
	files := map[string][]shop.File{}
	if wanted != newestWithoutFiles {
		var err error
		if files, err = readFiles(tx, rows); err != nil {
			return err
		}
	}
	samples := map[string][]shop.SamplePage{}
	if wanted >= allEditions {
		var err error
		if samples, err = readSamples(tx, editionIDs(rows)); err != nil {
			return err
		}
	}
	for i := range rows {
		edition := rows[i].edition()
		edition.Files, edition.Samples = files[edition.ID], samples[edition.ID]
		product := byID[rows[i].ProductID]
		product.Editions = append(product.Editions, edition)
	}
	if wanted == allEditions {
		return fillInspections(tx, byID)
	}
	return nil
}

// fillInspections adds what is known of the newest editions' PDFs.
func fillInspections(tx *gorm.DB, byID map[string]*shop.Product) error {
	var sums []string
	for _, product := range byID {
		if edition := product.Edition(); edition != nil && edition.PDF() != nil {
			sums = append(sums, edition.PDF().SHA256)
		}
	}
	known, err := readInspections(tx, sums)
	if err != nil {
		return err
	}
	for _, product := range byID {
		if edition := product.Edition(); edition != nil && edition.PDF() != nil {
			edition.Inspection = known[edition.PDF().SHA256]
		}
	}
	return nil
}

// readFiles returns the files of editions by the edition's id.
func readFiles(tx *gorm.DB, editions []editionRow) (map[string][]shop.File, error) {
	files := map[string][]shop.File{}
	if len(editions) == 0 {
		return files, nil
	}
	var rows []fileRow
	if err := tx.Where("edition_id IN ?", editionIDs(editions)).Order("edition_id, position").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read files: %w", err)
	}
	for i := range rows {
		files[rows[i].EditionID] = append(files[rows[i].EditionID], rows[i].file())
	}
	return files, nil
}

func editionIDs(editions []editionRow) []string {
	ids := make([]string, len(editions))
	for i := range editions {
		ids[i] = editions[i].ID
	}
	return ids
}

// partView is a handbook as its bundle shows it.
type partView struct {
	BundleID  string
	ProductID string
	Slug      string
	Title     string
	Subtitle  string
	Summary   string
	Pages     int
	Status    shop.ProductStatus
	Edition   int
	Amount    int64
	Currency  string
}

func (v *partView) part() shop.Part {
	return shop.Part{
		ProductID: v.ProductID, Slug: v.Slug, Title: v.Title, Subtitle: v.Subtitle, Summary: v.Summary,
		Pages: v.Pages, Status: v.Status, Edition: v.Edition, Price: shop.Money{Amount: v.Amount, Currency: v.Currency},
	}
}

// readParts returns the handbooks that are in bundles now, with those that are drafts or without.
func readParts(tx *gorm.DB, bundleIDs []string, drafts bool) ([]partView, error) {
	var views []partView
	err := tx.Raw(`
		SELECT b.bundle_id, p.id AS product_id, p.slug, p.title, p.subtitle, p.summary, p.pages, p.status,
			COALESCE((SELECT MAX(number) FROM editions WHERE product_id = p.id), 0) AS edition,
			COALESCE(v.amount, 0) AS amount, COALESCE(v.currency, '') AS currency
		FROM bundle_parts b
		JOIN products p ON p.id = b.product_id AND (p.status <> 'draft' OR ?)
		LEFT JOIN variants v ON v.product_id = p.id AND v.kind = 'individual' AND v.on_sale
		WHERE b.bundle_id IN ? AND b.until IS NULL
		ORDER BY b.bundle_id, b.position`, drafts, bundleIDs).Scan(&views).Error
	if err != nil {
		return nil, fmt.Errorf("read the handbooks of bundles: %w", err)
	}
	return views, nil
}

type facets struct{ distinguishers, goals []string }

func readFacets(tx *gorm.DB, ids []string) (map[string]facets, error) {
	var rows []productFacetRow
	if err := tx.Where("product_id IN ?", ids).Order("product_id, facet, position").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read facets: %w", err)
	}
	byProduct := map[string]facets{}
	for _, row := range rows {
		f := byProduct[row.ProductID]
		if row.Facet == facetDistinguisher {
			f.distinguishers = append(f.distinguishers, row.Key)
		} else {
			f.goals = append(f.goals, row.Key)
		}
		byProduct[row.ProductID] = f
	}
	return byProduct, nil
}
