package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"bookroom/shop"
	"bookroom/store/storetest"
)

// read does those jobs that an import queued for these handbooks, and returns what became of each.
func read(t *testing.T, a *app, slugs ...string) map[string]error {
	t.Helper()
	outcomes := map[string]error{}
	for {
		jobs, err := a.store.ClaimJobs(t.Context(), a.now(), 10, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		if len(jobs) == 0 {
			return outcomes
		}
		for _, job := range jobs {
			edition, err := a.store.EditionToRead(t.Context(), job.Subject)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(slugs, edition.Slug) {
				continue
			}
			outcomes[edition.Slug] = a.shop.ReadEdition(t.Context(), job)
		}
	}
}

func get(a *app, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	a.handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

// brokenHandbook is a product whose PDF is none.
func brokenHandbook() shop.CatalogEntry {
	entry := storetest.Handbook("broken", "Broken")
	pdf := []byte("%PDF-1.7\nnothing follows")
	sum := sha256.Sum256(pdf)
	file := &entry.Product.Editions[0].Files[0]
	file.Size, file.SHA256 = int64(len(pdf)), hex.EncodeToString(sum[:])
	entry.Bodies = []shop.Body{func() (io.ReadSeekCloser, error) { return inMemory{bytes.NewReader(pdf)}, nil }}
	return entry
}

type inMemory struct{ *bytes.Reader }

func (inMemory) Close() error { return nil }

func TestFromTheImportToThePicture(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, storetest.EmptySQLite(t))
	a, err := openApp(t.Context(), w.settings, w.delivery(), pdfs, w.now, quiet())
	if err != nil {
		t.Fatal(err)
	}
	defer closeStore(a.store)
	mustStock(t, a)
	if _, err := a.shop.Import(t.Context(), []shop.CatalogEntry{brokenHandbook()}); err != nil {
		t.Fatal(err)
	}
	const handbook = "/handbooks/advisory-structure"
	if page := get(a, handbook).Body.String(); strings.Contains(page, "Look inside") {
		t.Error("there are samples before anything was read")
	}
	w.wait(time.Minute)
	outcomes := read(t, a, "advisory-structure", "broken")
	if len(outcomes) != 2 {
		t.Errorf("read %v", outcomes)
	}
	for slug, err := range outcomes {
		if (slug == "broken") != shop.IsKind(err, shop.Invalid) || slug != "broken" && err != nil {
			t.Errorf("%s: %v", slug, err)
		}
	}
	page := get(a, handbook).Body.String()
	pictures := regexp.MustCompile(`<img src="(`+handbook+`/pages/[^"]+\.png)" width="900" height="1165" alt="([^"]+)"`).FindAllStringSubmatch(page, -1)
	if len(pictures) != 4 || pictures[0][2] != "Page 2: Contents" || pictures[1][2] != "Page 3: The people who stay" {
		t.Fatalf("pictures %v", pictures)
	}
	answer := get(a, pictures[1][1])
	drawn, err := png.Decode(answer.Body)
	if err != nil || drawn.Bounds().Dx() != 900 || answer.Header().Get("Content-Type") != "image/png" {
		t.Errorf("the picture: %v, %v", answer.Header(), err)
	}
	found := get(a, "/handbooks/inside?q=convictions+carry").Body.String()
	if !strings.Contains(found, "Three <mark>convictions</mark> <mark>carry</mark> the structure.") {
		t.Errorf("inside: %s", found)
	}
	if broken := get(a, "/handbooks/broken"); broken.Code != http.StatusOK || !strings.Contains(broken.Body.String(), "Add to cart") ||
		strings.Contains(broken.Body.String(), "Look inside") {
		t.Errorf("the handbook with the broken PDF answers %d", broken.Code)
	}
}
