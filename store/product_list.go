package store

import (
	"fmt"
	"strconv"
	"time"

	"gorm.io/gorm"

	"bookroom/shop"
)

// productList reads one page of the catalog.
type productList struct {
	store *Store
	query shop.ProductQuery
	words words
	after cursor
}

func (s *Store) newProductList(query shop.ProductQuery) (productList, error) {
	l := productList{store: s, query: query, words: queryWords(query.Q)}
	switch {
	case query.Limit < 0 || query.Limit > shop.MaxPage:
		return l, shop.NewError(shop.Invalid, "invalid_limit", "A page holds 1 to %d titles.", shop.MaxPage)
	case query.Limit == 0:
		l.query.Limit = shop.DefaultPage
	}
	switch query.Sort {
	case "", shop.SortRelevance:
		l.query.Sort = shop.SortNewest
		if l.words.asked {
			l.query.Sort = shop.SortRelevance
		}
	case shop.SortNewest, shop.SortTitle, shop.SortPrice:
	default:
		return l, shop.NewError(shop.Invalid, "invalid_sort", "Titles can be sorted by relevance, newest, title or price.")
	}
	var err error
	l.after, err = readCursor(query.Cursor, l.query.Sort)
	return l, err
}

// listedProduct is a product with its tier among what a search found.
type listedProduct struct {
	Product productRow `gorm:"embedded"`
	Tier    int
}

func (l productList) read(tx *gorm.DB) (shop.ProductPage, error) {
	var page shop.ProductPage
	if l.words.asked && l.words.empty() {
		return page, nil // signs only: no title has them
	}
	var total int64
	if err := l.matching(tx).Count(&total).Error; err != nil {
		return page, fmt.Errorf("count products: %w", err)
	}
	sorted, err := l.sorted(l.matching(tx))
	if err != nil {
		return page, err
	}
	var listed []listedProduct
	// One more than the page holds tells whether there is another page.
	if err := sorted.Select(l.columns()).Limit(l.query.Limit + 1).Find(&listed).Error; err != nil {
		return page, fmt.Errorf("list products: %w", err)
	}
	if len(listed) > l.query.Limit {
		listed = listed[:l.query.Limit]
		page.Next = l.cursorAt(listed[len(listed)-1])
	}
	rows := make([]productRow, len(listed))
	for i := range listed {
		rows[i] = listed[i].Product
	}
	page.Total = int(total)
	page.Items, err = fill(tx, rows, newestEdition)
	return page, err
}

// matching is the published products that the query asks for, in no order. The status is written out
// because the indexes of the lists hold published products only.
func (l productList) matching(tx *gorm.DB) *gorm.DB {
	q := tx.Table("products").Where("products.status = 'published'")
	if l.query.Kind != "" {
		q = q.Where("products.kind = ?", l.query.Kind)
	}
	const hasFacet = "products.id IN (SELECT product_id FROM product_facets WHERE facet = ? AND key = ?)"
	if l.query.Distinguisher != "" {
		q = q.Where(hasFacet, facetDistinguisher, l.query.Distinguisher)
	}
	if l.query.Goal != "" {
		q = q.Where(hasFacet, facetGoal, l.query.Goal)
	}
	if l.words.asked {
		q = q.Joins("JOIN (?) found ON found.product_id = products.id", l.store.found(tx, l.words))
	}
	return q
}

// sorted puts the products in order, from behind the cursor on. The id makes every order whole.
func (l productList) sorted(q *gorm.DB) (*gorm.DB, error) {
	after := l.after
	switch l.query.Sort {
	case shop.SortRelevance:
		if after.given() {
			tier, err := strconv.Atoi(after.key(0))
			if err != nil {
				return nil, errCursor
			}
			q = q.Where("(found.tier, products.title_key, products.id) > (?, ?, ?)", tier, after.key(1), after.id())
		}
		return q.Order("found.tier, products.title_key, products.id"), nil
	case shop.SortTitle:
		if after.given() {
			q = q.Where("(products.title_key, products.id) > (?, ?)", after.key(0), after.id())
		}
		return q.Order("products.title_key, products.id"), nil
	case shop.SortPrice:
		if after.given() {
			amount, err := strconv.ParseInt(after.key(0), 10, 64)
			if err != nil {
				return nil, errCursor
			}
			q = q.Where("(products.price, products.id) > (?, ?)", amount, after.id())
		}
		return q.Order("products.price, products.id"), nil
	default:
		if after.given() {
			published, err := time.Parse(time.RFC3339Nano, after.key(0))
			if err != nil {
				return nil, errCursor
			}
			q = q.Where("(products.published_at, products.id) < (?, ?)", at(published), after.id())
		}
		return q.Order("products.published_at DESC, products.id DESC"), nil
	}
}

func (l productList) cursorAt(last listedProduct) string {
	p := last.Product
	switch l.query.Sort {
	case shop.SortRelevance:
		return newCursor(l.query.Sort, p.ID, strconv.Itoa(last.Tier), p.TitleKey)
	case shop.SortTitle:
		return newCursor(l.query.Sort, p.ID, p.TitleKey)
	case shop.SortPrice:
		return newCursor(l.query.Sort, p.ID, strconv.FormatInt(p.Price, 10))
	default:
		return newCursor(l.query.Sort, p.ID, p.PublishedAt.Format(time.RFC3339Nano))
	}
}

// columns are those that a list shows.
func (l productList) columns() string {
	columns := "products.id, slug, kind, status, products.title, title_key, subtitle, products.summary, authors, language, " +
		"pages, products.tags, accessibility, price, published_at, updated_at"
	if l.query.Sort == shop.SortRelevance {
		columns += ", found.tier"
	}
	return columns
}
