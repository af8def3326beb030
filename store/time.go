package store

import (
	"database/sql/driver"
	"fmt"
	"time"
)

// utc is a time as both databases keep it: in UTC, in microseconds, NULL for the zero time. SQLite
// compares times as text, so a time of another zone must not reach it: every time goes through utc.
type utc struct{ time.Time }

// at returns the time as it is kept.
func at(t time.Time) utc { return utc{t.UTC().Truncate(time.Microsecond)} }

// Value implements driver.Valuer.
func (u utc) Value() (driver.Value, error) {
	if u.IsZero() {
		return nil, nil
	}
	return at(u.Time).Time, nil
}

// sqliteTime is how the SQLite driver writes times.
const sqliteTime = "2006-01-02 15:04:05.999999999-07:00"

// Scan implements sql.Scanner. SQLite answers with text where a statement computes the column.
func (u *utc) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		*u = utc{}
	case time.Time:
		*u = at(v)
	case string:
		t, err := time.Parse(sqliteTime, v)
		if err != nil {
			return fmt.Errorf("read a time: %w", err)
		}
		*u = at(t)
	default:
		return fmt.Errorf("read a time: it is a %T", value)
	}
	return nil
}
