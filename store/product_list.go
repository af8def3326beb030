package store

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"bookroom/shop"
)

// productList reads one page of the catalog.
type productList struct {
	store  *Store
	query  shop.ProductQuery
	chosen chosen
	after  cursor
	asked  bool   // something was typed, even if no word is in it
	search search // of a query that asks for something
}

func (s *Store) newProductList(query shop.ProductQuery) (productList, error) {
	l := productList{store: s, query: query, chosen: newChosen(query), asked: strings.TrimSpace(query.Q) != ""}
	switch {
	case query.Limit < 0 || query.Limit > shop.MaxPage:
		return l, shop.NewError(shop.Invalid, "invalid_limit", "A page holds 1 to %d titles.", shop.MaxPage)
	case query.Limit == 0:
		l.query.Limit = shop.DefaultPage
	}
	switch query.Sort {
	case "", shop.SortRelevance:
		l.query.Sort = shop.SortNewest
		if l.asked {
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
	if !l.asked {
		return l.page(tx)
	}
	v, err := l.store.vocabulary(tx)
	if err != nil {
		return shop.ProductPage{}, err
	}
	l.search = v.search(l.query.Q)
	page, err := l.page(tx)
	if err != nil {
		return page, err
	}
	page.Corrected = l.search.correctedText(v)
	if page.Total == 0 {
		page.Suggested, err = l.suggest(tx, v)
		return page, err
	}
	m := newMarker(l.search.terms)
	page.Highlights = m.highlights(page.Items)
	return page, nil
}

func (l productList) page(tx *gorm.DB) (shop.ProductPage, error) {
	var page shop.ProductPage
	var err error
	if page.Facets, err = l.facets(tx); err != nil {
		return page, err
	}
	var total int64
	if err := l.matching(tx, "").Count(&total).Error; err != nil {
		return page, fmt.Errorf("count products: %w", err)
	}
	page.Total = int(total)
	if total == 0 {
		return page, nil
	}
	listed, err := l.listed(tx)
	if err != nil {
		return page, err
	}
	if len(listed) > l.query.Limit {
		listed = listed[:l.query.Limit]
		page.Next = l.cursorAt(listed[len(listed)-1])
	}
	rows := make([]productRow, len(listed))
	for i := range listed {
		rows[i] = listed[i].Product
	}
	page.Items, err = fill(tx, rows, newestEdition)
	return page, err
}

// listed reads one more than the page holds, which tells whether there is another page.
func (l productList) listed(tx *gorm.DB) ([]listedProduct, error) {
	q := l.matching(tx, "").Select(listColumns)
	if l.query.Sort == shop.SortRelevance {
		// The title that is just what was looked for comes before all tiers.
		q = tx.Table("(?) products", q.Select(listColumns+", CASE WHEN products.title_key = ? THEN 0 ELSE found.tier END AS tier", l.search.titleKey()).
			Joins("JOIN (?) found ON found.product_id = products.id", l.store.found(tx, &l.search)))
	}
	q, err := l.sorted(q)
	if err != nil {
		return nil, err
	}
	var listed []listedProduct
	if err := q.Limit(l.query.Limit + 1).Find(&listed).Error; err != nil {
		return nil, fmt.Errorf("list products: %w", err)
	}
	return listed, nil
}

// matching is the published products that the query asks for, whatever they have of one facet, in no
// order. The status is written out because the indexes of the lists hold published products only.
func (l productList) matching(tx *gorm.DB, except shop.FacetKey) *gorm.DB {
	q := l.chosen.narrow(tx.Table("products").Where("products.status = 'published'"), except)
	switch {
	case l.asked && l.search.nowhere():
		q = q.Where("1 = 0")
	case l.asked:
		q = q.Where("products.id IN (?)", l.store.having(tx, l.search.terms...))
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
			q = q.Where("(products.tier, products.title_key, products.id) > (?, ?, ?)", tier, after.key(1), after.id())
		}
		return q.Order("products.tier, products.title_key, products.id"), nil
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

// listColumns are those that a list shows.
const listColumns = "products.id, products.slug, products.kind, products.status, products.title, products.title_key, products.subtitle, " +
	"products.summary, products.authors, products.language, products.pages, products.tags, products.accessibility, products.price, " +
	"products.published_at, products.updated_at"
