package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"syscall"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"bookroom/migrations"
)

// Migration is one step of the database's structure.
type Migration struct {
	Version   int64
	Name      string
	AppliedAt time.Time // zero while it has not been applied
}

// Migrate brings the tables up to date, and what products and orders are found by. Processes that start at once wait
// for each other.
func (s *Store) Migrate(ctx context.Context) error {
	return s.migrating(ctx, func(p *goose.Provider) error {
		if _, err := p.Up(ctx); err != nil {
			return err
		}
		if err := s.reindexStale(ctx); err != nil {
			return err
		}
		return s.indexOldOrders(ctx)
	})
}

// MigrateDown takes back the newest migration, with the data that it holds. On a database without any
// it does nothing.
func (s *Store) MigrateDown(ctx context.Context) error {
	return s.migrating(ctx, func(p *goose.Provider) error {
		_, err := p.Down(ctx)
		if errors.Is(err, goose.ErrNoNextVersion) {
			return nil
		}
		return err
	})
}

// MigrationStatus lists all migrations, oldest first.
func (s *Store) MigrationStatus(ctx context.Context) ([]Migration, error) {
	var list []Migration
	err := s.migrating(ctx, func(p *goose.Provider) error {
		status, err := p.Status(ctx)
		for _, m := range status {
			list = append(list, Migration{Version: m.Source.Version, Name: path.Base(m.Source.Path), AppliedAt: m.AppliedAt.UTC()})
		}
		return err
	})
	return list, err
}

// migrating runs f with nobody else migrating: behind a session lock on PostgreSQL, a file lock on SQLite.
func (s *Store) migrating(ctx context.Context, f func(*goose.Provider) error) (err error) {
	var options []goose.ProviderOption
	dialect := goose.DialectSQLite3
	if s.dialect == PostgreSQL {
		dialect = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return err
		}
		options = append(options, goose.WithSessionLocker(locker))
	} else {
		unlock, err := lockFile(ctx, s.path+".migrating")
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, unlock()) }()
	}
	folder, err := fs.Sub(migrations.FS, s.dialect)
	if err != nil {
		return err
	}
	pool, err := s.writer.DB()
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(dialect, pool, folder, options...)
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	if err := f(provider); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// lockFile waits until no other process holds the file's lock, and takes it.
func lockFile(ctx context.Context, path string) (unlock func() error, err error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the migrations: %w", err)
	}
	retry := time.NewTicker(20 * time.Millisecond)
	defer retry.Stop()
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return file.Close, nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, errors.Join(fmt.Errorf("lock the migrations: %w", err), file.Close())
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("wait for another migration: %w", ctx.Err()), file.Close())
		case <-retry.C:
		}
	}
}
