// Package storetest gives every test of the bookroom a real database of its own, SQLite or PostgreSQL,
// and things to put into it.
package storetest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"bookroom/migrations"
	"bookroom/shop"
	"bookroom/store"
)

// Each runs a test on both databases, each time on a fresh one with its tables made.
func Each(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	t.Run(store.SQLite, func(t *testing.T) { t.Parallel(); test(t, Open(t, SQLite(t))) })
	t.Run(store.PostgreSQL, func(t *testing.T) { t.Parallel(); test(t, Open(t, PostgreSQL(t))) })
}

// EachEmpty runs a test on the addresses of both databases, each time of one without tables.
func EachEmpty(t *testing.T, test func(t *testing.T, address string)) {
	t.Helper()
	t.Run(store.SQLite, func(t *testing.T) { t.Parallel(); test(t, EmptySQLite(t)) })
	t.Run(store.PostgreSQL, func(t *testing.T) { t.Parallel(); test(t, EmptyPostgreSQL(t)) })
}

// Open opens a database until the test ends.
func Open(tb testing.TB, address string) *store.Store {
	tb.Helper()
	s, err := store.Open(context.Background(), address)
	if err != nil {
		tb.Fatalf("open database: %v", err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Errorf("close database: %v", err)
		}
	})
	return s
}

// SQLite returns the address of a fresh SQLite database with its tables made.
func SQLite(tb testing.TB) string {
	tb.Helper()
	address := EmptySQLite(tb)
	if err := migrate(address); err != nil {
		tb.Fatal(err)
	}
	return address
}

// EmptySQLite returns the address of a SQLite database that is not there yet.
func EmptySQLite(tb testing.TB) string {
	tb.Helper()
	return "sqlite://" + filepath.Join(tb.TempDir(), "test.db")
}

// PostgreSQL returns the address of a fresh PostgreSQL database with its tables made.
func PostgreSQL(tb testing.TB) string {
	tb.Helper()
	admin := connect(tb)
	template, err := admin.template()
	if err != nil {
		tb.Fatalf("make the template database: %v", err)
	}
	return admin.create(tb, template)
}

// EmptyPostgreSQL returns the address of a PostgreSQL database without tables.
func EmptyPostgreSQL(tb testing.TB) string {
	tb.Helper()
	return connect(tb).create(tb, "template1")
}

func migrate(address string) error {
	s, err := store.Open(context.Background(), address)
	if err != nil {
		return err
	}
	if err := s.Migrate(context.Background()); err != nil {
		return err
	}
	return s.Close()
}

// server is a connection to the test server that may create databases.
type server struct {
	*pgx.Conn
	address *url.URL
}

func connect(tb testing.TB) server {
	tb.Helper()
	text := os.Getenv("BOOKROOM_TEST_POSTGRES")
	if text == "" {
		tb.Fatal("this test needs PostgreSQL: run `make test`, or set BOOKROOM_TEST_POSTGRES to the address of a server that may create databases")
	}
	address, err := url.Parse(text)
	if err != nil {
		tb.Fatal("BOOKROOM_TEST_POSTGRES should be like postgres://user@host/postgres")
	}
	connection, err := pgx.Connect(context.Background(), text)
	if err != nil {
		tb.Fatalf("connect to the test server: %v", err)
	}
	tb.Cleanup(func() {
		if err := connection.Close(context.Background()); err != nil {
			tb.Errorf("close the test server: %v", err)
		}
	})
	return server{connection, address}
}

// database is the address of one of the server's databases.
func (s server) database(name string) string {
	address := *s.address
	address.Path = "/" + name
	return address.String()
}

// create makes a database that is dropped when the test ends.
func (s server) create(tb testing.TB, template string) string {
	tb.Helper()
	name := "test_" + strings.ReplaceAll(shop.NewID(), "-", "")
	ctx := context.Background()
	if _, err := s.Exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+template); err != nil {
		tb.Fatalf("create database: %v", err)
	}
	tb.Cleanup(func() {
		if _, err := s.Exec(ctx, "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			tb.Errorf("drop database: %v", err)
		}
	})
	return s.database(name)
}

// template returns the name of a database that has its tables made. It is made once for these
// migrations, by whichever test comes first.
func (s server) template() (string, error) {
	version, err := migrationsHash()
	if err != nil {
		return "", err
	}
	name, ctx := "template_"+version, context.Background()
	if _, err := s.Exec(ctx, "SELECT pg_advisory_lock(1)"); err != nil {
		return "", err
	}
	var made bool
	if err := s.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", name).Scan(&made); err != nil {
		return "", err
	}
	if !made {
		if err := s.makeTemplate(ctx, name); err != nil {
			return "", err
		}
	}
	_, err = s.Exec(ctx, "SELECT pg_advisory_unlock(1)")
	return name, err
}

// makeTemplate gives the database its name last, so that a half-made one is never used.
func (s server) makeTemplate(ctx context.Context, name string) error {
	if _, err := s.Exec(ctx, "DROP DATABASE IF EXISTS unfinished"); err != nil {
		return err
	}
	if _, err := s.Exec(ctx, "CREATE DATABASE unfinished"); err != nil {
		return err
	}
	if err := migrate(s.database("unfinished")); err != nil {
		return err
	}
	_, err := s.Exec(ctx, "ALTER DATABASE unfinished RENAME TO "+name)
	return err
}

func migrationsHash() (string, error) {
	hash := sha256.New()
	err := fs.WalkDir(migrations.FS, store.PostgreSQL, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := migrations.FS.ReadFile(path)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(hash, "%s %q\n", path, text)
		return err
	})
	return fmt.Sprintf("%x", hash.Sum(nil)[:8]), err
}
