package store

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"bookroom/shop"
)

// hitsShown is how many pages of one handbook a search shows.
const hitsShown = 3

// pageHitView is a page that was found, with how its handbook and the whole search stand.
type pageHitView struct {
	ProductID      string
	EditionID      string
	Page           int
	Text           string
	PagesOfBook    int
	PagesInAll     int
	HandbooksInAll int
}

// pageWeight is PostgreSQL's name for words that were given none.
const pageWeight = "D"

// SearchPages looks for pages that have all the words in the newest editions of published handbooks, with the words
// read as a search of products reads them. It returns up to limit handbooks with their best pages, best first. Page
// 1 is left out: a cover only repeats the title.
func (s *Store) SearchPages(ctx context.Context, q string, limit int) (shop.Inside, error) {
	var inside shop.Inside
	err := s.read(ctx, func(tx *gorm.DB) error {
		v, err := s.insideOf(tx, q)
		if err != nil {
			return err
		}
		looked := v.search(q)
		if looked.nowhere() {
			return nil
		}
		var views []pageHitView
		if err := tx.Raw(s.pagesFound(), s.matcher(pageWeight).all(looked.terms), limit, hitsShown).Scan(&views).Error; err != nil {
			return fmt.Errorf("search the pages: %w", err)
		}
		if inside, err = newInside(tx, newQuoter(looked.terms), views); err != nil {
			return err
		}
		inside.Corrected = looked.correctedText(v)
		return nil
	})
	return inside, err
}

// insideOf is the vocabulary for a search inside the handbooks. The words of all pages are too many to be kept:
// pages are asked for those typed words that no product has.
func (s *Store) insideOf(tx *gorm.DB, q string) (*vocabulary, error) {
	shelf, version, err := s.shelf(tx)
	if err != nil {
		return nil, err
	}
	products, err := s.vocabulary(tx, shelf, version)
	if err != nil {
		return nil, err
	}
	v := *products
	v.inside = map[string]bool{}
	typed := typedWords(q)
	for i, w := range typed {
		last := i == len(typed)-1
		if v.has(w.folded, last) {
			continue
		}
		if v.inside[w.folded], err = s.onPages(tx, w.folded, last); err != nil {
			return nil, err
		}
	}
	return &v, nil
}

// onPages reports whether pages have a word, or one of which this is the beginning.
func (s *Store) onPages(tx *gorm.DB, word string, beginning bool) (bool, error) {
	query := "SELECT EXISTS (SELECT 1 FROM page_search WHERE page_search MATCH ?)"
	if s.dialect == PostgreSQL {
		query = "SELECT EXISTS (SELECT 1 FROM page_search WHERE document @@ ?::text::tsquery)"
	}
	w := wanted{forms: inflections(word)}
	if beginning {
		w.beginning = word
	}
	var found bool
	if err := tx.Raw(query, s.matcher(pageWeight).wanted(w)).Scan(&found).Error; err != nil {
		return false, fmt.Errorf("look for a word on the pages: %w", err)
	}
	return found, nil
}

// pagesFound is the statement of SearchPages; its parameters are the words, the number of handbooks and that of
// pages of each. The better a page, the lower its rank: words that are rarer or come more often in less text count
// more. A handbook is as good as its best page.
func (s *Store) pagesFound() string {
	ranked := `SELECT p.edition_id, p.page, page_search.rank AS rank FROM page_search JOIN edition_pages p ON p.id = page_search.rowid
		WHERE page_search MATCH ?`
	if s.dialect == PostgreSQL {
		ranked = `SELECT p.edition_id, p.page, -ts_rank(f.document, asked.query, 1) AS rank
			FROM (SELECT ?::text::tsquery AS query) asked JOIN page_search f ON f.document @@ asked.query JOIN edition_pages p ON p.id = f.page_id`
	}
	return `
	WITH ranked AS MATERIALIZED (` + ranked + `),
	hits AS (
		SELECT editions.product_id, ranked.edition_id, ranked.page, ranked.rank,
			ROW_NUMBER() OVER (PARTITION BY ranked.edition_id ORDER BY ranked.rank, ranked.page) AS place,
			COUNT(*) OVER (PARTITION BY ranked.edition_id) AS pages_of_book,
			COUNT(*) OVER () AS pages_in_all
		FROM ranked JOIN editions ON editions.id = ranked.edition_id JOIN products ON products.id = editions.product_id
		WHERE ranked.page > 1 AND products.status = 'published' AND ` + isNewestEdition + `
	),
	books AS (
		SELECT edition_id, rank AS best, COUNT(*) OVER () AS handbooks_in_all FROM hits WHERE place = 1 ORDER BY rank, edition_id LIMIT ?
	)
	SELECT hits.product_id, hits.edition_id, hits.page, hits.pages_of_book, hits.pages_in_all, books.handbooks_in_all, p.words AS text
	FROM books JOIN hits ON hits.edition_id = books.edition_id
	JOIN edition_pages p ON p.edition_id = hits.edition_id AND p.page = hits.page
	WHERE hits.place <= ?
	ORDER BY books.best, books.edition_id, hits.place`
}

// newInside puts the pages under their handbooks, in the order in which they were found.
func newInside(tx *gorm.DB, quote quoter, views []pageHitView) (shop.Inside, error) {
	if len(views) == 0 {
		return shop.Inside{}, nil
	}
	var productIDs, editionIDs []string
	for _, v := range views {
		if n := len(productIDs); n == 0 || productIDs[n-1] != v.ProductID {
			productIDs, editionIDs = append(productIDs, v.ProductID), append(editionIDs, v.EditionID)
		}
	}
	products, err := productsByID(tx, productIDs)
	if err != nil {
		return shop.Inside{}, err
	}
	samples, err := readSamples(tx, editionIDs)
	if err != nil {
		return shop.Inside{}, err
	}
	inside := shop.Inside{Total: views[0].HandbooksInAll, Pages: views[0].PagesInAll}
	for _, v := range views {
		n := len(inside.Handbooks)
		if n == 0 || inside.Handbooks[n-1].Product.ID != v.ProductID {
			inside.Handbooks = append(inside.Handbooks, shop.InsideHandbook{Product: products[v.ProductID], Total: v.PagesOfBook})
			n++
		}
		hit := shop.InsideHit{Page: v.Page, Snippet: quote.snippet(v.Text)}
		for _, sample := range samples[v.EditionID] {
			if sample.Page == v.Page {
				hit.Sample = &sample
			}
		}
		inside.Handbooks[n-1].Hits = append(inside.Handbooks[n-1].Hits, hit)
	}
	return inside, nil
}

// productsByID reads products as a list shows them.
func productsByID(tx *gorm.DB, ids []string) (map[string]shop.Product, error) {
	var rows []productRow
	if err := tx.Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read the handbooks that were found: %w", err)
	}
	products, err := fill(tx, rows, newestWithoutFiles)
	if err != nil {
		return nil, err
	}
	byID := map[string]shop.Product{}
	for _, p := range products {
		byID[p.ID] = p
	}
	return byID, nil
}
