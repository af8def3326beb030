package store

import (
	"fmt"
	"strings"

	"gorm.io/gorm"

	"bookroom/shop"
)

// productList reads one page of the catalog.
type productList struct {
	store  *Store
	query  shop.ProductQuery
	chosen chosen
	after  *shelved // the last product of the page before; nil on the first page
}

func (s *Store) newProductList(query shop.ProductQuery) (productList, error) {
	l := productList{store: s, query: query, chosen: newChosen(query)}
	switch {
	case query.Limit < 0 || query.Limit > shop.MaxPage:
		return l, shop.NewError(shop.Invalid, "invalid_limit", "A page holds 1 to %d titles.", shop.MaxPage)
	case query.Limit == 0:
		l.query.Limit = shop.DefaultPage
	}
	switch query.Sort {
	case "", shop.SortRelevance:
		l.query.Sort = shop.SortNewest
		if l.asked() {
			l.query.Sort = shop.SortRelevance
		}
	case shop.SortNewest, shop.SortTitle, shop.SortPrice:
	default:
		return l, shop.NewError(shop.Invalid, "invalid_sort", "Titles can be sorted by relevance, newest, title or price.")
	}
	after, err := readCursor(query.Cursor, l.query.Sort)
	if err != nil {
		return l, err
	}
	l.after, err = after.product(l.query.Sort)
	return l, err
}

// asked reports whether something was typed, even if no word is in it.
func (l productList) asked() bool { return strings.TrimSpace(l.query.Q) != "" }

func (l productList) read(tx *gorm.DB) (shop.ProductPage, error) {
	shelf, version, err := l.store.shelf(tx)
	if err != nil {
		return shop.ProductPage{}, err
	}
	if !l.asked() {
		return l.page(tx, shelf.products)
	}
	v, err := l.store.vocabulary(tx, shelf, version)
	if err != nil {
		return shop.ProductPage{}, err
	}
	search := v.search(l.query.Q)
	tiers, err := l.store.found(tx, &search)
	if err != nil {
		return shop.ProductPage{}, err
	}
	page, err := l.page(tx, shelf.found(tiers, search.titleKey()))
	if err != nil {
		return page, err
	}
	page.Corrected = search.correctedText(v)
	if page.Total == 0 {
		page.Suggested.Queries = v.otherQueries(&search)
		page.Suggested.Products, err = l.store.withMost(tx, shelf, search.terms)
		return page, err
	}
	m := newMarker(search.terms)
	page.Highlights = m.highlights(page.Items)
	return page, nil
}

// page is the query's page of those products.
func (l productList) page(tx *gorm.DB, products []shelved) (shop.ProductPage, error) {
	fitting, counts := l.chosen.narrow(products)
	page := shop.ProductPage{Total: len(fitting), Facets: facetGroups(counts, l.chosen)}
	listed := pageAfter(fitting, l.after, l.query.Sort, l.query.Limit)
	if len(listed) > l.query.Limit {
		listed = listed[:l.query.Limit]
		page.Next = cursorAt(l.query.Sort, listed[len(listed)-1])
	}
	var err error
	page.Items, err = readListed(tx, listed)
	return page, err
}

// readListed reads what a list shows of products, in their order.
func readListed(tx *gorm.DB, listed []shelved) ([]shop.Product, error) {
	if len(listed) == 0 {
		return nil, nil
	}
	ids := make([]string, len(listed))
	places := map[string]int{}
	for i, p := range listed {
		ids[i], places[p.ID] = p.ID, i
	}
	var found []productRow
	err := tx.Select("id", "slug", "kind", "status", "title", "title_key", "subtitle", "summary", "authors", "language", "pages", "tags",
		"accessibility", "price", "published_at", "updated_at").Where("id IN ?", ids).Find(&found).Error
	if err != nil {
		return nil, fmt.Errorf("list products: %w", err)
	}
	rows := make([]productRow, len(listed))
	for i := range found {
		rows[places[found[i].ID]] = found[i]
	}
	return fill(tx, rows, newestEdition)
}
