// Package seed fills a shop's database with orders such as years of selling leave behind: what was bought and by
// whom, payments and what Stripe said of them, rights, downloads, mails, refunds and disputes, and what somebody at
// the desk did with them.
//
// It writes rows straight into the tables, many in one transaction, and knows nothing of the shop's rules. What
// orders are found by is left to `bookroom migrate up`, which indexes all that is not.
package seed

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	_ "github.com/glebarez/sqlite" // the driver that the shop uses
)

// atOnce is how many orders are written in one transaction.
const atOnce = 20_000

// sink is a database that takes rows.
type sink interface {
	// query runs one statement that returns rows of text, with arguments written $1, $2.
	query(ctx context.Context, sql string) ([][]string, error)
	// write adds rows to tables, all or none.
	write(ctx context.Context, tables []*rows) error
	exec(ctx context.Context, sql string) error
	close(ctx context.Context) error
}

// rows are what is to be written into one table.
type rows struct {
	table   string
	columns []string
	values  [][]any
}

// Orders adds so many orders to the database at the address, which has its tables and products. The newest is of
// today. The same number gives the same orders, but for the day.
func Orders(ctx context.Context, address string, n int) (err error) {
	to, err := open(ctx, address)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.close(ctx)) }()
	goods, err := readGoods(ctx, to)
	if err != nil {
		return err
	}
	last, err := to.query(ctx, "SELECT (SELECT COALESCE(MAX(sequence), 0) FROM orders), (SELECT COALESCE(MAX(sequence), 0) FROM audit_records)")
	if err != nil {
		return err
	}
	var sequence, audited int64
	if _, err := fmt.Sscan(last[0][0]+" "+last[0][1], &sequence, &audited); err != nil {
		return err
	}
	b := &batch{
		random: rand.New(rand.NewPCG(1, 2)), //nolint:gosec // the same number is to give the same orders
		goods:  goods, sequence: sequence + 1, audited: audited, lastHash: fmt.Sprintf("seed %d", audited), now: time.Now().UTC().Truncate(time.Microsecond), of: n,
	}
	for left := n; left > 0; left -= atOnce {
		b.clear()
		for range min(left, atOnce) {
			b.add()
		}
		if err := to.write(ctx, b.tables()); err != nil {
			return fmt.Errorf("write orders: %w", err)
		}
	}
	return to.exec(ctx, "ANALYZE")
}

// goods is what can be sold.
type goods struct {
	productID, slug, title, variantID, licence, sku string
	price                                           int64
	fileID, editionID                               string // empty for a bundle
}

func readGoods(ctx context.Context, from sink) ([]goods, error) {
	found, err := from.query(ctx, `SELECT p.id, p.slug, p.title, v.id, v.kind, v.sku, CAST(v.amount AS TEXT), COALESCE(MIN(f.id), ''), COALESCE(MIN(f.edition_id), '')
		FROM products p JOIN variants v ON v.product_id = p.id LEFT JOIN editions e ON e.product_id = p.id LEFT JOIN files f ON f.edition_id = e.id
		GROUP BY p.id, p.slug, p.title, v.id, v.kind, v.sku, v.amount ORDER BY p.slug, v.kind`)
	if err != nil {
		return nil, fmt.Errorf("read the products: %w", err)
	}
	if len(found) == 0 {
		return nil, errors.New("there are no products to sell: import some first")
	}
	all := make([]goods, len(found))
	for i, f := range found {
		all[i] = goods{productID: f[0], slug: f[1], title: f[2], variantID: f[3], licence: f[4], sku: f[5], fileID: f[7], editionID: f[8]}
		if _, err := fmt.Sscan(f[6], &all[i].price); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// open connects to a database of the shop.
func open(ctx context.Context, address string) (sink, error) {
	path, isSQLite := strings.CutPrefix(address, "sqlite://")
	if isSQLite {
		// Nothing of the shop's is at stake while it is being filled: one flush at the end will do.
		db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(OFF)&_pragma=cache_size(-400000)&_txlock=immediate")
		if err != nil {
			return nil, err
		}
		db.SetMaxOpenConns(1)
		return sqlite{db}, nil
	}
	connection, err := pgx.Connect(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	return postgres{connection}, nil
}

type sqlite struct{ db *sql.DB }

func (s sqlite) query(ctx context.Context, query string) ([][]string, error) {
	found, err := s.db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	columns, err := found.Columns()
	if err != nil {
		return nil, err
	}
	var all [][]string
	for found.Next() {
		row := make([]string, len(columns))
		into := make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := found.Scan(into...); err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, found.Err()
}

func (s sqlite) write(ctx context.Context, tables []*rows) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // of no effect after the commit
	for _, t := range tables {
		if err := insert(ctx, tx, t); err != nil {
			return fmt.Errorf("%s: %w", t.table, err)
		}
	}
	return tx.Commit()
}

func insert(ctx context.Context, tx *sql.Tx, t *rows) error {
	//nolint:gosec // tables and columns are named in this package
	into, err := tx.PrepareContext(ctx, "INSERT INTO "+t.table+" ("+strings.Join(t.columns, ", ")+") VALUES (?"+strings.Repeat(", ?", len(t.columns)-1)+")")
	if err != nil {
		return err
	}
	defer func() { _ = into.Close() }() // every row was checked
	for _, values := range t.values {
		if _, err := into.ExecContext(ctx, values...); err != nil {
			return err
		}
	}
	return nil
}

func (s sqlite) exec(ctx context.Context, statement string) error {
	_, err := s.db.ExecContext(ctx, statement)
	return err
}

func (s sqlite) close(context.Context) error { return s.db.Close() }

type postgres struct{ connection *pgx.Conn }

func (p postgres) query(ctx context.Context, query string) ([][]string, error) {
	found, err := p.connection.Query(ctx, query, pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(found, func(row pgx.CollectableRow) ([]string, error) {
		values, err := row.Values()
		texts := make([]string, len(values))
		for i, v := range values {
			texts[i] = fmt.Sprint(v)
		}
		return texts, err
	})
}

// write copies the rows, and lets the numbers of orders and jobs go on after them.
func (p postgres) write(ctx context.Context, tables []*rows) error {
	tx, err := p.connection.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(ctx) }() // of no effect after the commit
	for _, t := range tables {
		if _, err := tx.CopyFrom(ctx, pgx.Identifier{t.table}, t.columns, pgx.CopyFromRows(t.values)); err != nil {
			return fmt.Errorf("%s: %w", t.table, err)
		}
	}
	if _, err := tx.Exec(ctx, "SELECT setval(pg_get_serial_sequence('orders', 'sequence'), (SELECT MAX(sequence) FROM orders))"); err != nil {
		return err
	}
	return tx.Commit(ctx)
}

func (p postgres) exec(ctx context.Context, statement string) error {
	_, err := p.connection.Exec(ctx, statement)
	return err
}

func (p postgres) close(ctx context.Context) error { return p.connection.Close(ctx) }
