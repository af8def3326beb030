package store

import (
	"context"
	"fmt"
	"time"

	"gorm.io/gorm"

	"bookroom/shop"
)

// sortChanged is the order of the staff's list: what was changed last comes first.
const sortChanged shop.ProductSort = "changed"

// DeskProducts returns one page of the products that the query asks for, in whatever state, without what their pages
// tell.
func (s *Store) DeskProducts(ctx context.Context, q shop.DeskProductQuery) (shop.DeskProductPage, error) {
	after, err := readCursor(q.Cursor, sortChanged)
	if err != nil {
		return shop.DeskProductPage{}, err
	}
	var page shop.DeskProductPage
	err = s.read(ctx, func(tx *gorm.DB) error {
		narrowed, err := narrowDesk(tx, q, after)
		if err != nil {
			return err
		}
		var rows []productRow
		if err := narrowed.Order("updated_at DESC, id DESC").Limit(q.Limit + 1).Find(&rows).Error; err != nil {
			return fmt.Errorf("list products: %w", err)
		}
		if len(rows) > q.Limit {
			rows = rows[:q.Limit]
			last := rows[q.Limit-1]
			page.Next = newCursor(sortChanged, last.ID, last.UpdatedAt.Format(time.RFC3339Nano))
		}
		page.Items, err = fillEdited(tx, rows)
		return err
	})
	return page, err
}

func narrowDesk(tx *gorm.DB, q shop.DeskProductQuery, after cursor) (*gorm.DB, error) {
	if q.Status != "" {
		tx = tx.Where("status = ?", q.Status)
	}
	if q.Kind != "" {
		tx = tx.Where("kind = ?", q.Kind)
	}
	for _, word := range foldedWords(q.Words) {
		like := "%" + likeText(word) + "%"
		tx = tx.Where(`(title_key LIKE ? ESCAPE '\' OR slug LIKE ? ESCAPE '\' OR EXISTS (
			SELECT 1 FROM variants v WHERE v.product_id = products.id AND lower(v.sku) LIKE ? ESCAPE '\'))`, like, like, like)
	}
	if !after.given() {
		return tx, nil
	}
	changed, err := time.Parse(time.RFC3339Nano, after.key(0))
	if err != nil {
		return nil, errCursor
	}
	return tx.Where("(updated_at, id) < (?, ?)", at(changed), after.id()), nil
}
