package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/glebarez/sqlite"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
	"gorm.io/gorm/schema"
)

// The most connections to PostgreSQL at once; its own limit is 100 unless it was raised.
const postgresPool = 20

var errAddress = errors.New("the database address should be like sqlite:///var/lib/bookroom/bookroom.db or postgres://user:password@host:5432/bookroom")

// Open opens the database at an address such as sqlite:///abs/path.db, sqlite://relative/path.db or
// postgres://user:password@host/name. A SQLite file that is not there is made; its folder must exist.
// Errors are one line and hold no password. The tables are made by Migrate.
func Open(ctx context.Context, databaseURL string) (*Store, error) {
	scheme, rest, ok := strings.Cut(databaseURL, "://")
	switch {
	case ok && scheme == "sqlite" && rest != "":
		return openSQLite(ctx, rest)
	case ok && (scheme == "postgres" || scheme == "postgresql"):
		return openPostgreSQL(ctx, databaseURL)
	default:
		return nil, errAddress
	}
}

func openSQLite(ctx context.Context, path string) (*Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("the SQLite file %s has no absolute path: %w", path, err)
	}
	if err := touch(path); err != nil {
		return nil, err
	}
	s := &Store{dialect: SQLite, path: path}
	// synchronous=FULL: what was answered must survive a power cut. The one writer takes its lock when
	// the transaction begins, or a read that turns into a write could fail as busy.
	if s.writer, err = openSQLitePool(path, 1, url.Values{
		"_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)"},
		"_txlock": {"immediate"},
	}); err != nil {
		return nil, err
	}
	s.reader = s.writer // until it has its own
	reader, err := openSQLitePool(path, max(4, runtime.NumCPU()), url.Values{
		"_pragma": {"busy_timeout(10000)", "query_only(1)"},
	})
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.reader = reader
	return s.checked(ctx)
}

// checked returns the store if its database answers, and closes it otherwise.
func (s *Store) checked(ctx context.Context) (*Store, error) {
	if err := s.Ping(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// touch makes sure that the file can be read and written, since SQLite does not say why it can't.
func touch(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	var why *fs.PathError
	if errors.As(err, &why) {
		return fmt.Errorf("the SQLite file %s cannot be opened: %w", path, why.Err)
	}
	if err != nil {
		return err
	}
	return file.Close()
}

func openSQLitePool(path string, connections int, options url.Values) (*gorm.DB, error) {
	dsn := url.URL{Scheme: "file", Path: filepath.ToSlash(path), RawQuery: options.Encode()}
	db, err := gorm.Open(sqlite.Open(dsn.String()), gormConfig())
	if err != nil {
		return nil, fmt.Errorf("the SQLite file %s cannot be used: %s", path, oneLine(err))
	}
	return db, limitPool(db, connections)
}

func openPostgreSQL(ctx context.Context, address string) (*Store, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		// The cause may hold a part of the password.
		return nil, errors.New("the PostgreSQL address cannot be read: it should be like postgres://user:password@host:5432/bookroom?sslmode=require")
	}
	config.RuntimeParams["timezone"] = "UTC"
	db, err := gorm.Open(postgres.New(postgres.Config{Conn: stdlib.OpenDB(*config)}), gormConfig())
	if err != nil {
		return nil, fmt.Errorf("PostgreSQL at %s: %s", config.Host, oneLine(err))
	}
	if err := limitPool(db, postgresPool); err != nil {
		return nil, err
	}
	s := &Store{dialect: PostgreSQL, writer: db, reader: db}
	return s.checked(ctx)
}

// limitPool keeps that many connections open and opens no more.
func limitPool(db *gorm.DB, connections int) error {
	pool, err := db.DB()
	if err != nil {
		return err
	}
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	return nil
}

// gormConfig maps structs by convention: productRow is a row of products. Statements are not prepared
// ahead: pgx does that itself and SQLite gains nothing.
func gormConfig() *gorm.Config {
	return &gorm.Config{
		SkipDefaultTransaction: true,
		TranslateError:         true,
		DisableAutomaticPing:   true,
		Logger:                 logger.Discard,
		NamingStrategy:         schema.NamingStrategy{NameReplacer: strings.NewReplacer("Row", "")},
	}
}
