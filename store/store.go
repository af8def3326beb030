// Package store keeps everything that the bookroom remembers: every SQL statement is here, for SQLite
// and PostgreSQL alike. One exported method is one transaction.
//
// The package knows nothing of HTTP, Stripe, S3 or mail, calls nothing outside the database, and hands
// out no database handle. What is allowed is decided in package shop; constraints in the database keep
// the rules even where the Go code is wrong.
package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"unicode/utf8"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"bookroom/shop"
)

// The dialects.
const (
	SQLite     = "sqlite"
	PostgreSQL = "postgres"
)

// Store is one database. It is safe for concurrent use.
type Store struct {
	dialect  string
	path     string // of the SQLite file
	writer   *gorm.DB
	reader   *gorm.DB   // the writer itself on PostgreSQL
	version  sharedRead // of the catalog
	settings sharedRead // their version
	shelves  kept[shelf]
	words    kept[vocabulary]
}

var _ shop.Store = (*Store)(nil)

// Dialect is SQLite or PostgreSQL.
func (s *Store) Dialect() string { return s.dialect }

// Ping asks the database whether it is there.
func (s *Store) Ping(ctx context.Context) error {
	pool, err := s.reader.DB()
	if err != nil {
		return err
	}
	if err := pool.PingContext(ctx); err != nil {
		return fmt.Errorf("the database does not answer: %s", oneLine(err))
	}
	return nil
}

// Close waits for running statements and closes the database.
func (s *Store) Close() error {
	pools := []*gorm.DB{s.reader}
	if s.writer != s.reader {
		pools = append(pools, s.writer) // last, so that the write-ahead log is folded into the file
	}
	for _, db := range pools {
		pool, err := db.DB()
		if err != nil {
			return err
		}
		if err := pool.Close(); err != nil {
			return fmt.Errorf("close the database: %w", err)
		}
	}
	return nil
}

// write runs f in a transaction that is committed when f returns nil.
func (s *Store) write(ctx context.Context, f func(tx *gorm.DB) error) error {
	return s.writer.WithContext(ctx).Transaction(f)
}

// read runs f in a transaction that sees the database as it is at one moment.
func (s *Store) read(ctx context.Context, f func(tx *gorm.DB) error) error {
	return s.reader.WithContext(ctx).Transaction(f, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
}

// forUpdate locks the rows that are read, so that transactions which decide by them go one after the
// other. Rows that only refer to them can still be written meanwhile. SQLite drops it: there is one
// writer at a time.
func forUpdate(tx *gorm.DB) *gorm.DB { return tx.Clauses(clause.Locking{Strength: "NO KEY UPDATE"}) }

// lockText makes transactions that lock the same text go one after the other, where no row does. SQLite
// needs no such lock: there is one writer at a time.
func (s *Store) lockText(tx *gorm.DB, text string) error {
	if s.dialect != PostgreSQL {
		return nil
	}
	return tx.Exec("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", text).Error
}

// isKey reports whether a text from outside can be a key at all. PostgreSQL refuses any other text
// with an error.
func isKey(text string) bool {
	return utf8.ValidString(text) && !strings.Contains(text, "\x00")
}

func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
