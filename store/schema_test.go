package store_test

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	"bookroom/store/storetest"
)

// The two dialects must not drift apart: the same tables, columns, kinds of column and indexes. Only
// the search index is each database's own affair.
func TestBothDialectsHaveTheSameSchema(t *testing.T) {
	t.Parallel()
	lite := pool(t, storetest.Open(t, storetest.SQLite(t)))
	post := pool(t, storetest.Open(t, storetest.PostgreSQL(t)))

	sqlite := read(t, lite, `SELECT m.name || '.' || c.name || ' ' || c.type || CASE WHEN c."notnull" THEN ' NOT NULL' ELSE '' END
		FROM sqlite_master m JOIN pragma_table_xinfo(m.name) c WHERE m.type = 'table'`)
	postgres := read(t, post, `SELECT table_name || '.' || column_name || ' ' || data_type || CASE is_nullable WHEN 'NO' THEN ' NOT NULL' ELSE '' END
		FROM information_schema.columns WHERE table_schema = 'public'`)
	types := strings.NewReplacer("timestamp with time zone", "TIMESTAMP", "bytea", "BLOB", "text", "TEXT", "bigint", "BIGINT",
		"integer", "INTEGER", "boolean", "BOOLEAN")
	// SQLite counts up in columns of the type INTEGER only; there they hold 64 bits as well.
	wide := strings.NewReplacer("jobs.id BIGINT", "jobs.id INTEGER", "edition_pages.id BIGINT", "edition_pages.id INTEGER", "orders.sequence BIGINT", "orders.sequence INTEGER",
		"figure_slips.id BIGINT", "figure_slips.id INTEGER", "mails.id BIGINT", "mails.id INTEGER")
	for i := range postgres {
		postgres[i] = wide.Replace(types.Replace(postgres[i]))
	}
	same(t, "columns", ours(sqlite), ours(postgres))

	const byHand = "name NOT LIKE 'sqlite_%' AND name NOT LIKE '%_pkey' AND name NOT LIKE '%_key'"
	same(t, "indexes",
		ours(read(t, lite, "SELECT tbl_name || '.' || name FROM sqlite_master WHERE type = 'index' AND "+byHand)),
		ours(read(t, post, "SELECT tablename || '.' || name FROM (SELECT tablename, indexname AS name FROM pg_indexes WHERE schemaname = 'public') i WHERE "+byHand)))
}

// Every foreign key can be followed backwards by an index.
func TestForeignKeysAreIndexed(t *testing.T) {
	t.Parallel()
	missing := read(t, pool(t, storetest.Open(t, storetest.PostgreSQL(t))), `
		SELECT c.conrelid::regclass || ': ' || c.conname FROM pg_constraint c
		WHERE c.contype = 'f' AND NOT EXISTS (
			SELECT 1 FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1] AND i.indpred IS NULL)`)
	if len(missing) > 0 {
		t.Errorf("foreign keys without an index: %v", missing)
	}
}

func read(t *testing.T, pool *sql.DB, query string, args ...any) []string {
	t.Helper()
	rows, err := pool.Query(query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		list = append(list, text)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(list)
	return list
}

// ours leaves out what belongs to goose, to SQLite itself and to the search index.
func ours(list []string) []string {
	return slices.DeleteFunc(list, func(name string) bool {
		for _, foreign := range []string{"goose_db_version", "sqlite_", "product_search", "page_search"} {
			if strings.HasPrefix(name, foreign) {
				return true
			}
		}
		return false
	})
}

func same(t *testing.T, what string, sqlite, postgres []string) {
	t.Helper()
	if len(sqlite) == 0 {
		t.Fatalf("there are no %s", what)
	}
	var differ []string
	for _, name := range sqlite {
		if !slices.Contains(postgres, name) {
			differ = append(differ, fmt.Sprintf("only in SQLite: %s", name))
		}
	}
	for _, name := range postgres {
		if !slices.Contains(sqlite, name) {
			differ = append(differ, fmt.Sprintf("only in PostgreSQL: %s", name))
		}
	}
	if len(differ) > 0 {
		t.Errorf("%s:\n%s", what, strings.Join(differ, "\n"))
	}
}
