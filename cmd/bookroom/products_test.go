package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bookroom/catalog"
)

func TestAnImportStaysInItsFolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "catalog")
	if err := os.CopyFS(dir, catalog.Sample()); err != nil {
		t.Fatal(err)
	}
	outside := filepath.Join(t.TempDir(), "private.md")
	handbook := filepath.Join(dir, "advisory-structure", "handbook.md")
	if err := os.Rename(handbook, outside); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, handbook); err != nil {
		t.Fatal(err)
	}
	err := (&productsImport{Dir: dir}).Run(&env{ctx: t.Context(), log: quiet()})
	if err == nil || !strings.Contains(err.Error(), "read advisory-structure/handbook.md: ") || !strings.Contains(err.Error(), "escapes") {
		t.Errorf("a link out of the catalog: %v", err)
	}
}

func TestASecondStartLeavesTheCatalogAsItIs(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, "sqlite://"+filepath.Join(t.TempDir(), "bookroom.db"))
	a, err := openApp(t.Context(), w.settings, w.delivery(), pdfs, w.now, quiet())
	if err != nil {
		t.Fatal(err)
	}
	defer closeStore(a.store)
	entries, err := catalog.Read(catalog.Sample())
	if err != nil {
		t.Fatal(err)
	}
	entries[0].Product.Title = "Changed by its owner"
	if _, err := importEntries(t.Context(), a.shop, entries[:1]); err != nil {
		t.Fatal(err)
	}
	if err := loadSample(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	p, err := a.store.Product(t.Context(), entries[0].Product.Slug)
	if err != nil || p.Title != "Changed by its owner" {
		t.Errorf("the demo put %q in its place (%v)", p.Title, err)
	}
	for _, entry := range entries {
		if _, err := a.store.Product(t.Context(), entry.Product.Slug); err != nil {
			t.Errorf("%s: %v", entry.Product.Slug, err)
		}
	}
}
