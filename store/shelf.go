package store

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"gorm.io/gorm"

	"bookroom/shop"
)

// shelf is what the published products are narrowed and sorted by, as of one version of the catalog. A
// search asks for that of all products again and again, and it is small.
type shelf struct {
	products []shelved // by title
	places   map[string]int
}

// shelved is one product on the shelf.
type shelved struct {
	ID          string
	TitleKey    string
	Price       int64
	PublishedAt utc
	facets      []facetChoice
	tier        int // among what a search has found; the lowest comes first
}

// shelf returns the shelf as tx sees it, and the version of the catalog that it belongs to.
func (s *Store) shelf(tx *gorm.DB) (*shelf, int64, error) {
	var version int64
	if err := tx.Raw("SELECT version FROM catalog_versions").Scan(&version).Error; err != nil {
		return nil, 0, fmt.Errorf("read the catalog's version: %w", err)
	}
	found, err := s.shelves.at(version, func() (*shelf, error) { return readShelf(tx) })
	return found, version, err
}

func readShelf(tx *gorm.DB) (*shelf, error) {
	f := &shelf{places: map[string]int{}}
	err := tx.Table("products").Select("id", "title_key", "price", "published_at").
		Where("status = 'published'").Order("title_key, id").Find(&f.products).Error
	if err != nil {
		return nil, fmt.Errorf("read the shelf: %w", err)
	}
	for i, p := range f.products {
		f.places[p.ID] = i
	}
	var rows []searchFacetRow
	if err := tx.Order("product_id, facet, key").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read the facets of products: %w", err)
	}
	for _, row := range rows {
		if i, published := f.places[row.ProductID]; published {
			f.products[i].facets = append(f.products[i].facets, facetChoice{row.Facet, row.Key})
		}
	}
	return f, nil
}

// found takes the products that a search has found, by their tiers, from the shelf. The title that is just
// what was looked for comes before all others.
func (f *shelf) found(tiers map[string]int, titleKey string) []shelved {
	var found []shelved
	for id, tier := range tiers {
		i, published := f.places[id]
		if !published {
			continue
		}
		p := f.products[i]
		if p.tier = tier; p.TitleKey == titleKey {
			p.tier = 0
		}
		found = append(found, p)
	}
	return found
}

// order compares products as a list in that order has them. The id makes every order whole.
func order(sort shop.ProductSort) func(a, b shelved) int {
	return func(a, b shelved) int {
		switch sort {
		case shop.SortRelevance:
			return cmp.Or(cmp.Compare(a.tier, b.tier), cmp.Compare(a.TitleKey, b.TitleKey), cmp.Compare(a.ID, b.ID))
		case shop.SortTitle:
			return cmp.Or(cmp.Compare(a.TitleKey, b.TitleKey), cmp.Compare(a.ID, b.ID))
		case shop.SortPrice:
			return cmp.Or(cmp.Compare(a.Price, b.Price), cmp.Compare(a.ID, b.ID))
		default:
			return cmp.Or(b.PublishedAt.Compare(a.PublishedAt.Time), cmp.Compare(b.ID, a.ID))
		}
	}
}

// pageAfter is a page of the products in that order, from behind a product on, and one more, which tells
// whether there is another page.
func pageAfter(products []shelved, after *shelved, sort shop.ProductSort, limit int) []shelved {
	compare := order(sort)
	rest := slices.Clone(products)
	if after != nil {
		rest = slices.DeleteFunc(rest, func(p shelved) bool { return compare(p, *after) <= 0 })
	}
	slices.SortFunc(rest, compare)
	return rest[:min(len(rest), limit+1)]
}

// cursorAt is where a page ended that this product is the last of.
func cursorAt(sort shop.ProductSort, p shelved) string {
	switch sort {
	case shop.SortRelevance:
		return newCursor(sort, p.ID, strconv.Itoa(p.tier), p.TitleKey)
	case shop.SortTitle:
		return newCursor(sort, p.ID, p.TitleKey)
	case shop.SortPrice:
		return newCursor(sort, p.ID, strconv.FormatInt(p.Price, 10))
	default:
		return newCursor(sort, p.ID, p.PublishedAt.Format(time.RFC3339Nano))
	}
}

// product is the last product of the page that the cursor is the end of, as far as its order needs it; nil
// for the start of the list.
func (c cursor) product(sort shop.ProductSort) (*shelved, error) {
	if !c.given() {
		return nil, nil
	}
	p := shelved{ID: c.id()}
	var err error
	switch sort {
	case shop.SortRelevance:
		p.TitleKey = c.key(1)
		p.tier, err = strconv.Atoi(c.key(0))
	case shop.SortTitle:
		p.TitleKey = c.key(0)
	case shop.SortPrice:
		p.Price, err = strconv.ParseInt(c.key(0), 10, 64)
	default:
		p.PublishedAt.Time, err = time.Parse(time.RFC3339Nano, c.key(0))
	}
	if err != nil {
		return nil, errCursor
	}
	return &p, nil
}
