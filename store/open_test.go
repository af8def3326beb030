package store_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bookroom/store"
	"bookroom/store/storetest"
)

func TestOpenSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	readable := filepath.Join(folder, "text.db")
	if err := os.WriteFile(readable, []byte(strings.Repeat("This is not a database. ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ address, says string }{
		"nothing":             {"", "sqlite:///"},
		"no scheme":           {"/var/lib/bookroom.db", "sqlite:///"},
		"another database":    {"mysql://user:s3cret@host/db", "postgres://"},
		"no path":             {"sqlite://", "sqlite:///"},
		"no such folder":      {"sqlite://" + folder + "/missing/bookroom.db", "no such file or directory"},
		"a folder":            {"sqlite://" + folder, "is a directory"},
		"not a database":      {"sqlite://" + readable, "not a database"},
		"bad PostgreSQL port": {"postgres://user:s3cret@host:port/db", "postgres://user:password@host"},
		"nobody listens":      {"postgres://user:s3cret@127.0.0.1:1/db", "127.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := store.Open(context.Background(), c.address)
			if err == nil {
				t.Fatal("it was opened")
			}
			if !strings.Contains(err.Error(), c.says) {
				t.Errorf("%q does not say %q", err, c.says)
			}
			if strings.Contains(err.Error(), "s3cret") || strings.Contains(err.Error(), "\n") {
				t.Errorf("%q holds the password or several lines", err)
			}
		})
	}
}

func TestOpenRelativePathWithOddCharacters(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "a folder #1 with 100% of ?")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Chdir(folder)
	s := storetest.Open(t, "sqlite://shop.db")
	if err := s.Migrate(context.Background()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(folder, "shop.db")); err != nil {
		t.Error(err)
	}
}

func TestSQLiteSettings(t *testing.T) {
	t.Parallel()
	s := storetest.Open(t, storetest.SQLite(t))
	for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "10000"} {
		var got string
		if err := pool(t, s).QueryRow("PRAGMA " + pragma).Scan(&got); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%s is %s, want %s", pragma, got, want)
		}
	}
}
