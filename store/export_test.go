package store

import (
	"context"
	"database/sql"
	"sync"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"bookroom/shop"
)

// Pool is the writer's own pool, for tests that look at the tables themselves.
func (s *Store) Pool() (*sql.DB, error) { return s.writer.DB() }

// Statements returns the statements that run sends to the database.
func (s *Store) Statements(run func(*Store)) []string {
	r := &recorder{Interface: logger.Discard}
	session := &gorm.Session{Logger: r}
	run(&Store{dialect: s.dialect, path: s.path, writer: s.writer.Session(session), reader: s.reader.Session(session)})
	return r.statements
}

type recorder struct {
	logger.Interface
	mu         sync.Mutex
	statements []string
}

func (r *recorder) Trace(_ context.Context, _ time.Time, statement func() (string, int64), _ error) {
	sql, _ := statement()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.statements = append(r.statements, sql)
}

// FindOrdersAmong is FindOrders with at most so many orders looked at that fit one condition.
func (s *Store) FindOrdersAmong(ctx context.Context, q shop.OrderQuery, most int) (shop.OrderPage, error) {
	return s.findOrders(ctx, q, most)
}
