package store

import (
	"context"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"bookroom/shop"
)

// lookThrough is how many orders that fit one condition are held against the others for one page, so that no page
// takes long, however many orders there are and however few fit all conditions.
const lookThrough = 2000

// placedWithin is by how much the times of orders may differ from the sequence in which they were written: a checkout
// is dated before it is.
const placedWithin = time.Hour

// condition is one thing that orders have to fit, said twice: as the index entries of those that do, and as a test of
// an order o.
type condition struct {
	entries string // FROM and WHERE, of a table with a column sequence
	test    string
	args    []any // of both
	// sorted is true when the index has the entries in their sequence. Those of the beginning of a word are not.
	sorted bool
}

// FindOrders returns a page of the list of orders, newest first.
func (s *Store) FindOrders(ctx context.Context, q shop.OrderQuery) (shop.OrderPage, error) {
	return s.findOrders(ctx, q, lookThrough)
}

// findOrders is FindOrders with at most so many orders looked at that fit one condition.
func (s *Store) findOrders(ctx context.Context, q shop.OrderQuery, most int) (shop.OrderPage, error) {
	var page shop.OrderPage
	err := s.read(ctx, func(tx *gorm.DB) error {
		conditions, possible, err := conditionsOf(tx, q)
		if err != nil || !possible {
			return err
		}
		span, err := spanOf(tx, q)
		if err != nil {
			return err
		}
		found, err := find(tx, conditions, span, q.Limit+1, most)
		if err != nil {
			return err
		}
		page = shop.OrderPage{Next: found.next, Unfinished: found.next != 0}
		if len(found.rows) > q.Limit {
			found.rows = found.rows[:q.Limit]
			page.Next, page.Unfinished = found.rows[q.Limit-1].Sequence, false
		}
		page.Orders, err = summaries(tx, found.rows)
		return err
	})
	return page, err
}

// OrderCounts counts the orders of queries, each up to shop.OrdersCounted. Of a query with several conditions it counts
// those that fit the first.
func (s *Store) OrderCounts(ctx context.Context, queries []shop.OrderQuery) ([]shop.OrderCount, error) {
	counts := make([]shop.OrderCount, len(queries))
	err := s.read(ctx, func(tx *gorm.DB) error {
		for i, q := range queries {
			conditions, possible, err := conditionsOf(tx, q)
			if err != nil {
				return err
			}
			if !possible {
				continue
			}
			from, args := "FROM orders", []any(nil)
			if len(conditions) > 0 {
				from, args = conditions[0].entries, conditions[0].args
			}
			var n int
			err = tx.Raw("SELECT COUNT(*) FROM (SELECT 1 AS one "+from+" LIMIT ?) each", append(slices.Clone(args), shop.OrdersCounted+1)...).Scan(&n).Error
			if err != nil {
				return fmt.Errorf("count orders: %w", err)
			}
			counts[i] = shop.OrderCount{Orders: min(n, shop.OrdersCounted), More: n > shop.OrdersCounted}
		}
		return nil
	})
	return counts, err
}

var (
	isNumber   = regexp.MustCompile(`^(?i:BR-?)?([0-9]{6,18})$`)
	isStripeID = regexp.MustCompile(`^(cs|pi|ch|py|dp|du)_[A-Za-z0-9_-]+$`)
)

// conditionsOf are the conditions of a query; possible is false when no order can fit them.
func conditionsOf(tx *gorm.DB, q shop.OrderQuery) (conditions []condition, possible bool, err error) {
	if !isKey(q.Words) || !isKey(q.Product) {
		return nil, false, nil
	}
	if q.NeedsPerson {
		conditions = append(conditions, condition{entries: "FROM orders WHERE attention <> ''", test: "o.attention <> ''", sorted: true})
	}
	for _, column := range []struct{ name, value string }{
		{"status", string(q.Status)}, {"source", string(q.Source)}, {"language", string(q.Language)},
	} {
		if column.value != "" {
			conditions = append(conditions, condition{
				entries: "FROM orders WHERE " + column.name + " = ?", test: "o." + column.name + " = ?", args: []any{column.value}, sorted: true,
			})
		}
	}
	if q.Product != "" {
		var ids []string
		if err := tx.Raw("SELECT id FROM products WHERE slug = ?", q.Product).Scan(&ids).Error; err != nil {
			return nil, false, fmt.Errorf("find the product of orders: %w", err)
		}
		if len(ids) == 0 {
			return nil, false, nil
		}
		conditions = append(conditions, condition{
			entries: "FROM order_words WHERE word = ?", args: []any{productWord(ids[0])}, sorted: true,
			test: "EXISTS (SELECT 1 FROM order_words w WHERE w.sequence = o.sequence AND w.word = ?" + oneByOne + ")",
		})
	}
	words, possible := wordConditions(strings.TrimSpace(q.Words))
	return append(words, conditions...), possible, nil
}

// oneByOne ends a subquery that is to be asked for each candidate. Without it PostgreSQL makes a join of it, which
// reads every order that has the word for the sake of a few hundred.
const oneByOne = " LIMIT 1 OFFSET 0"

// mostWords is how many words of a search count.
const mostWords = 8

// wordConditions reads what was typed.
func wordConditions(text string) (conditions []condition, possible bool) {
	if number := isNumber.FindStringSubmatch(text); number != nil {
		return []condition{lookUp("FROM orders WHERE number = ?", "BR-"+number[1])}, true
	}
	if isStripeID.MatchString(text) {
		return []condition{stripeCondition(text)}, true
	}
	for _, token := range strings.Fields(text) {
		words := foldedWords(token)
		if strings.Contains(token, "@") {
			words = []string{strings.ToLower(token)}
		}
		for _, word := range words {
			conditions = append(conditions, condition{
				entries: "FROM order_words WHERE word >= ? AND word < ?", args: []any{word, word + "\U0010FFFF"},
				test: "EXISTS (SELECT 1 FROM order_words w WHERE w.sequence = o.sequence AND w.word >= ? AND w.word < ?" + oneByOne + ")",
			})
		}
	}
	return conditions[:min(len(conditions), mostWords)], text == "" || len(conditions) > 0
}

// lookUp is a condition that very few orders fit.
func lookUp(entries, value string) condition {
	return condition{entries: entries, test: "o.sequence IN (SELECT sequence " + entries + ")", args: []any{value}}
}

func stripeCondition(id string) condition {
	const ofPayment = "FROM orders WHERE id IN (SELECT order_id FROM payments WHERE "
	switch prefix, _, _ := strings.Cut(id, "_"); prefix {
	case "cs":
		return lookUp("FROM orders WHERE session_id = ? AND session_id <> ''", id)
	case "pi":
		return lookUp(ofPayment+"payment_intent_id = ?)", id)
	case "dp", "du":
		return lookUp("FROM orders WHERE id IN (SELECT order_id FROM disputes WHERE id = ?)", id)
	default:
		return lookUp(ofPayment+"charge_id = ? AND charge_id <> '')", id)
	}
}

// span is between which orders a page lies, both left out, and when they were placed.
type span struct {
	above, below int64
	test         string
	args         []any
}

// spanOf turns the times of a query into a span of sequences, which every index is sorted by.
func spanOf(tx *gorm.DB, q shop.OrderQuery) (span, error) {
	between := span{below: math.MaxInt64}
	if q.Before > 0 {
		between.below = q.Before
	}
	if !q.From.IsZero() {
		last, err := sequenceWhere(tx, "placed_at < ? ORDER BY placed_at DESC, sequence DESC", q.From.Add(-placedWithin))
		if err != nil {
			return between, err
		}
		between.above, between.test, between.args = last, " AND o.placed_at >= ?", []any{at(q.From)}
	}
	if !q.To.IsZero() {
		first, err := sequenceWhere(tx, "placed_at >= ? ORDER BY placed_at, sequence", q.To.Add(placedWithin))
		if err != nil {
			return between, err
		}
		if first > 0 {
			between.below = min(between.below, first)
		}
		between.test, between.args = between.test+" AND o.placed_at < ?", append(between.args, at(q.To))
	}
	return between, nil
}

// sequenceWhere is the sequence of the first order that fits; 0 where none does.
func sequenceWhere(tx *gorm.DB, where string, t time.Time) (int64, error) {
	var sequence int64
	if err := tx.Raw("SELECT sequence FROM orders WHERE "+where+" LIMIT 1", at(t)).Scan(&sequence).Error; err != nil {
		return 0, fmt.Errorf("find where a time begins: %w", err)
	}
	return sequence, nil
}

// atOnce is how many candidates are held against the other conditions by one statement.
const atOnce = 500

// found is what a search came to: next is where it goes on that stopped before it was done, 0 when it was done.
type found struct {
	rows []orderRow
	next int64
}

// find returns orders that fit all conditions, newest first, at most so many.
func find(tx *gorm.DB, conditions []condition, between span, limit, most int) (found, error) {
	if len(conditions) == 0 || len(conditions) == 1 && conditions[0].sorted {
		rows, err := fitting(tx, "o.sequence < ? AND o.sequence > ?", []any{between.below, between.above}, conditions, between, limit)
		return found{rows: rows}, err
	}
	candidates, err := fewest(tx, conditions, between, most)
	if err != nil {
		return found{}, err
	}
	var f found
	for some := range slices.Chunk(candidates.sequences, atOnce) {
		rows, err := fitting(tx, "o.sequence IN ?", []any{some}, candidates.others, between, limit-len(f.rows))
		if err != nil {
			return f, err
		}
		if f.rows = append(f.rows, rows...); len(f.rows) == limit {
			return f, nil
		}
	}
	if !candidates.all {
		f.next = candidates.sequences[len(candidates.sequences)-1]
	}
	return f, nil
}

// candidates are orders that fit one condition, newest first, to be held against the others.
type candidates struct {
	sequences []int64
	all       bool // there are no more within the span
	others    []condition
}

// fewest returns the candidates of the condition that the fewest orders fit. Where each fits too many, they are the
// newest of the one that reaches back the furthest, or the newest orders of all.
func fewest(tx *gorm.DB, conditions []condition, between span, most int) (candidates, error) {
	var best candidates
	better := func(c candidates) bool {
		switch {
		case best.sequences == nil && !best.all, c.all && !best.all:
			return true
		case c.all != best.all:
			return false
		case c.all:
			return len(c.sequences) < len(best.sequences)
		default:
			return c.sequences[len(c.sequences)-1] < best.sequences[len(best.sequences)-1]
		}
	}
	for i, condition := range conditions {
		if best.all && len(best.sequences) <= atOnce {
			break // another one would save nothing
		}
		c, err := condition.candidates(tx, between, most)
		if err != nil {
			return best, err
		}
		if c.all || condition.sorted {
			c.others = slices.Delete(slices.Clone(conditions), i, i+1)
			if better(c) {
				best = c
			}
		}
	}
	if best.sequences != nil || best.all {
		return best, nil
	}
	newest, err := condition{entries: "FROM orders WHERE TRUE", sorted: true}.candidates(tx, between, most)
	newest.others = conditions
	return newest, err
}

// candidates reads the entries of a condition, so many at most.
func (c condition) candidates(tx *gorm.DB, between span, most int) (candidates, error) {
	query, args := "SELECT sequence "+c.entries, slices.Clone(c.args)
	if c.sorted {
		query += " AND sequence < ? AND sequence > ? ORDER BY sequence DESC"
		args = append(args, between.below, between.above)
	}
	sequences, err := readSequences(tx, query+" LIMIT ?", append(args, most+1)...)
	if err != nil {
		return candidates{}, fmt.Errorf("read what orders are found by: %w", err)
	}
	all := len(sequences) <= most
	if !all {
		sequences = sequences[:most]
	}
	if !c.sorted { // one order may have several words that begin alike
		slices.Sort(sequences)
		sequences = slices.Compact(sequences)
		slices.Reverse(sequences)
		sequences = slices.DeleteFunc(sequences, func(n int64) bool { return n >= between.below || n <= between.above })
	}
	return candidates{sequences: sequences, all: all}, nil
}

// readSequences reads a column of numbers.
func readSequences(tx *gorm.DB, query string, args ...any) (sequences []int64, err error) {
	rows, err := tx.Raw(query, args...).Rows()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var sequence int64
		if err := rows.Scan(&sequence); err != nil {
			return nil, err
		}
		sequences = append(sequences, sequence)
	}
	return sequences, rows.Err()
}

// fitting reads those orders of some that fit the conditions, newest first.
func fitting(tx *gorm.DB, of string, args []any, conditions []condition, between span, limit int) ([]orderRow, error) {
	query, args := "SELECT o.* FROM orders o WHERE "+of+between.test, append(args, between.args...)
	for _, c := range conditions {
		query, args = query+" AND "+c.test, append(args, c.args...)
	}
	var rows []orderRow
	if err := tx.Raw(query+" ORDER BY o.sequence DESC LIMIT ?", append(args, limit)...).Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("read the list of orders: %w", err)
	}
	return rows, nil
}

// summaries adds what was sold.
func summaries(tx *gorm.DB, rows []orderRow) ([]shop.OrderSummary, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	list, ids, places := make([]shop.OrderSummary, len(rows)), make([]string, len(rows)), map[string]int{}
	for i := range rows {
		list[i] = shop.OrderSummary{Order: rows[i].order(), Sequence: rows[i].Sequence}
		ids[i], places[rows[i].ID] = rows[i].ID, i
	}
	var lines []struct{ OrderID, Title string }
	if err := tx.Raw("SELECT order_id, title FROM order_lines WHERE order_id IN ? ORDER BY position", ids).Scan(&lines).Error; err != nil {
		return nil, fmt.Errorf("read what was sold: %w", err)
	}
	for _, line := range lines {
		o := &list[places[line.OrderID]]
		o.Titles = append(o.Titles, line.Title)
	}
	return list, nil
}

// Titles returns all products but drafts, by title.
func (s *Store) Titles(ctx context.Context) ([]shop.Title, error) {
	var titles []shop.Title
	err := s.reader.WithContext(ctx).Raw("SELECT slug, title FROM products WHERE status <> 'draft' ORDER BY title_key, slug").Scan(&titles).Error
	if err != nil {
		return nil, fmt.Errorf("read the titles: %w", err)
	}
	return titles, nil
}
