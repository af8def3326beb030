package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"bookroom/shop"
)

// orderWordRow says that an order is found by a word: see orderWords.
type orderWordRow struct {
	Word     string `gorm:"primaryKey"`
	Sequence int64  `gorm:"primaryKey;autoIncrement:false"`
}

// productWord is what orders of a product are listed under. No folded word and no address looks like it.
func productWord(productID string) string { return "product:" + productID }

// orderWords are what an order is found by: the folded words of name and organisation, the e-mail address, its host
// behind an @, and what was bought.
func orderWords(email, name, organisation string, productIDs []string) []string {
	words := append(foldedWords(name), foldedWords(organisation)...)
	email = strings.ToLower(email)
	words = append(words, email, "@"+email[strings.LastIndexByte(email, '@')+1:])
	for _, id := range productIDs {
		words = append(words, productWord(id))
	}
	slices.Sort(words)
	return slices.Compact(words)
}

// reindexOrder makes an order findable as it is now. Whoever changes the name, the organisation or the address of
// an order calls it in the same transaction.
func reindexOrder(tx *gorm.DB, orderID string) error {
	var rows []orderRow
	if err := tx.Where("id = ?", orderID).Limit(1).Find(&rows).Error; err != nil {
		return fmt.Errorf("read an order to be indexed: %w", err)
	}
	return indexOrders(tx, rows)
}

// indexOrders writes the words of orders in place of those that are there.
func indexOrders(tx *gorm.DB, rows []orderRow) error {
	if len(rows) == 0 {
		return nil
	}
	ids, sequences := make([]string, len(rows)), make([]int64, len(rows))
	for i := range rows {
		ids[i], sequences[i] = rows[i].ID, rows[i].Sequence
	}
	var sold []struct{ OrderID, ProductID string }
	if err := tx.Raw("SELECT order_id, product_id FROM order_lines WHERE order_id IN ?", ids).Scan(&sold).Error; err != nil {
		return fmt.Errorf("read what was sold: %w", err)
	}
	products := map[string][]string{}
	for _, line := range sold {
		products[line.OrderID] = append(products[line.OrderID], line.ProductID)
	}
	var words []orderWordRow
	for i := range rows {
		for _, word := range orderWords(rows[i].Email, rows[i].Name, rows[i].Organisation, products[rows[i].ID]) {
			words = append(words, orderWordRow{Word: word, Sequence: rows[i].Sequence})
		}
	}
	if err := tx.Exec("DELETE FROM order_words WHERE sequence IN ?", sequences).Error; err != nil {
		return fmt.Errorf("forget the words of orders: %w", err)
	}
	if err := tx.CreateInBatches(&words, 1000).Error; err != nil {
		return fmt.Errorf("write the words of orders: %w", err)
	}
	if err := tx.Exec("UPDATE orders SET indexed = TRUE WHERE sequence IN ? AND NOT indexed", sequences).Error; err != nil {
		return fmt.Errorf("note that orders are indexed: %w", err)
	}
	return nil
}

// indexAtOnce is how many orders are indexed in one transaction: buyers go on ordering between two.
const indexAtOnce = 500

// indexOldOrders makes those orders findable that were placed before orders were indexed, the newest first.
func (s *Store) indexOldOrders(ctx context.Context) error {
	for {
		done := 0
		err := s.write(ctx, func(tx *gorm.DB) error {
			var rows []orderRow
			if err := forUpdate(tx).Where("NOT indexed").Order("sequence DESC").Limit(indexAtOnce).Find(&rows).Error; err != nil {
				return fmt.Errorf("find orders that are not indexed: %w", err)
			}
			done = len(rows)
			return indexOrders(tx, rows)
		})
		if err != nil || done == 0 {
			return err
		}
	}
}

// newOrderWords are the words of an order that is being placed.
func newOrderWords(o *shop.Order, sequence int64) []orderWordRow {
	products := make([]string, len(o.Lines))
	for i, line := range o.Lines {
		products[i] = line.ProductID
	}
	words := orderWords(o.Email, o.Name, o.Organisation, products)
	rows := make([]orderWordRow, len(words))
	for i, word := range words {
		rows[i] = orderWordRow{Word: word, Sequence: sequence}
	}
	return rows
}
