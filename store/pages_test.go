package store_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

// mustSavePages keeps texts as the pages of a handbook's newest edition; pages of these numbers are samples.
func mustSavePages(t *testing.T, s *store.Store, slug string, texts []string, samples ...int) shop.EditionPages {
	t.Helper()
	pages := shop.EditionPages{Texts: texts}
	for _, page := range samples {
		pages.Samples = append(pages.Samples, shop.SamplePicture{Image: []byte{0, 1, byte(page)}, SamplePage: shop.SamplePage{
			Page: page, Width: 900, Height: 1165, ContentType: "image/png", SHA256: strings.Repeat(string(rune('a'+page)), 64), Opening: "Weeks “1”",
		}})
	}
	product := storetest.MustProduct(t, s, slug)
	must(t, s.SavePages(t.Context(), *product.Edition(), pages, storetest.Now()))
	return pages
}

func TestPagesAreKeptForTheNewestEdition(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		before, err := s.CatalogVersion(t.Context())
		must(t, err)
		mustSavePages(t, s, storetest.Advisory, []string{"One old", "Two", "Three"}, 2, 3)
		saved := mustSavePages(t, s, storetest.Advisory, []string{"One", "Two", "Three"}, 2, 3) // again, as after a crash
		if after, err := s.CatalogVersion(t.Context()); err != nil || after <= before {
			t.Errorf("version %d, was %d (%v)", after, before, err)
		}
		product := storetest.MustProduct(t, s, storetest.Advisory)
		edition := product.Edition()
		if want := []shop.SamplePage{saved.Samples[0].SamplePage, saved.Samples[1].SamplePage}; !slices.Equal(edition.Samples, want) {
			t.Errorf("samples %+v, want %+v", edition.Samples, want)
		}
		if n := read(t, pool(t, s), "SELECT 'page' FROM edition_pages"); len(n) != 3 {
			t.Errorf("%d pages are kept", len(n))
		}
		if found := mustInside(t, s, "old"); found.Pages != 0 {
			t.Errorf("what was there before is still found: %+v", found)
		}

		newer := storetest.Handbook(storetest.Advisory, "The Advisory Handbook")
		newer.Product.Editions = []shop.Edition{storetest.Edition("newer", 2)}
		storetest.MustImport(t, s, newer)
		must(t, s.SavePages(t.Context(), *edition, saved, storetest.Now())) // a late job for the old edition
		if found := mustInside(t, s, "one"); found.Pages != 0 {
			t.Errorf("the old edition is still found: %+v", found)
		}
		if _, err := s.EditionToRead(t.Context(), edition.ID); !errors.Is(err, shop.ErrEditionReplaced) {
			t.Errorf("the old edition: %v", err)
		}
		mustSavePages(t, s, storetest.Advisory, []string{"Eins"}, 1)
		if n := read(t, pool(t, s), "SELECT 'page' FROM edition_pages UNION ALL SELECT 'sample' FROM sample_pages"); len(n) != 2 {
			t.Errorf("of both editions there are %v", n)
		}
	})
}

// What an import changes while a PDF is read is read again; the late result must not stand in its place.
func TestPagesOfAnotherReadingAreNotKept(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		entry := storetest.Handbook("a", "A")
		entry.Product.Status = shop.Draft
		storetest.MustImport(t, s, entry)
		jobs := mustClaim(t, s, 10)
		for name, change := range map[string]func(*shop.Edition){
			"other samples": func(e *shop.Edition) { e.LookInside = append(e.LookInside, 9) },
			"another PDF":   func(e *shop.Edition) { e.Files[0].SHA256 = strings.Repeat("f", 64) },
		} {
			before, err := s.EditionToRead(t.Context(), jobs[0].Subject)
			must(t, err)
			change(&entry.Product.Editions[0])
			storetest.MustImport(t, s, entry)
			must(t, s.SavePages(t.Context(), before.Edition, shop.EditionPages{Texts: []string{"late"}}, storetest.Now()))
			if n := len(read(t, pool(t, s), "SELECT 'page' FROM edition_pages")); n != 0 {
				t.Errorf("%s: %d pages of the reading before are kept", name, n)
			}
		}
		now, err := s.EditionToRead(t.Context(), jobs[0].Subject)
		must(t, err)
		must(t, s.SavePages(t.Context(), now.Edition, shop.EditionPages{Texts: []string{"new"}}, storetest.Now()))
		if n := len(read(t, pool(t, s), "SELECT 'page' FROM edition_pages")); n != 1 {
			t.Errorf("%d pages of the newest reading are kept", n)
		}
	})
}

func TestSamplePicture(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		draft := storetest.Handbook("draft", "Not yet")
		draft.Product.Status = shop.Draft
		storetest.MustImport(t, s, storetest.Handbook("a", "A"), draft)
		saved := mustSavePages(t, s, "a", []string{"One", "Two"}, 2)
		hash := saved.Samples[0].SHA256[:12]
		got, err := s.SamplePicture(t.Context(), "a", 2, hash)
		if err != nil || !bytes.Equal(got.Image, saved.Samples[0].Image) || got.SamplePage != saved.Samples[0].SamplePage {
			t.Errorf("%+v, %v", got, err)
		}
		for name, c := range map[string]struct {
			slug string
			page int
			hash string
		}{
			"another page": {"a", 1, hash}, "another picture": {"a", 2, "ffffffffffff"}, "no hash": {"a", 2, ""}, "another handbook": {"b", 2, hash},
			"no text": {"\xff", 2, hash}, "half a character": {"a", 2, "\xc3"}, "a draft": {"draft", 2, hash},
		} {
			if _, err := s.SamplePicture(t.Context(), c.slug, c.page, c.hash); !shop.IsKind(err, shop.NotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestANewEditionEndsTheSamplesOfTheOneBefore(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		entry := storetest.Handbook("a", "A")
		storetest.MustImport(t, s, entry)
		saved := mustSavePages(t, s, "a", []string{"One", "Two"}, 2)
		for number, left := range []int{3, 0} { // one with a PDF, which is read soon, and one without
			newer := shop.Edition{Number: number + 5}
			if left > 0 {
				newer = storetest.Edition("newer", number+5)
			}
			entry.Product.Editions = []shop.Edition{newer}
			storetest.MustImport(t, s, entry)
			if _, err := s.SamplePicture(t.Context(), "a", 2, saved.Samples[0].SHA256[:12]); !errors.Is(err, shop.ErrSampleNotFound) {
				t.Errorf("edition %d: %v", newer.Number, err)
			}
			if n := read(t, pool(t, s), "SELECT 'page' FROM edition_pages UNION ALL SELECT 'sample' FROM sample_pages"); len(n) != left {
				t.Errorf("edition %d: %d pages and samples are kept", newer.Number, len(n))
			}
		}
	})
}

func TestANewEditionIsQueuedToBeRead(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		queued := func() (editions []string) {
			jobs, err := s.ClaimJobs(t.Context(), storetest.Now().Add(time.Minute), 10, time.Hour)
			must(t, err)
			for _, job := range jobs {
				if job.Kind != shop.JobReadEdition {
					t.Errorf("job %+v", job)
				}
				editions = append(editions, job.Subject)
			}
			return editions
		}
		a := func(number int, look ...int) shop.CatalogEntry {
			entry := storetest.Handbook("a", "A")
			entry.Product.Editions[0].Number, entry.Product.Editions[0].LookInside = number, look
			return entry
		}
		for _, c := range []struct {
			name  string
			entry shop.CatalogEntry
			want  int
		}{
			{"a new handbook", a(1), 1}, {"the same", a(1), 0}, {"other samples", a(1, 3, 5), 1}, {"the same samples", a(1, 3, 5), 0},
			{"the first choice again", a(1), 1}, {"a new edition", a(2, 3), 1}, {"a bundle", storetest.Bundle("b", "B", "a"), 0},
		} {
			storetest.MustImport(t, s, c.entry)
			got := queued()
			if len(got) != c.want {
				t.Errorf("%s: %d jobs", c.name, len(got))
				continue
			}
			if c.want == 0 {
				continue
			}
			edition, err := s.EditionToRead(t.Context(), got[0])
			must(t, err)
			newest := c.entry.Product.Editions[0]
			if edition.Number != newest.Number || !slices.Equal(edition.LookInside, newest.LookInside) || edition.PDF() == nil ||
				edition.Slug != "a" || len(edition.Contents) != 1 {
				t.Errorf("%s: %+v", c.name, edition)
			}
		}
	})
}

// A shop that was filled before this step has its handbooks read after it.
func TestTheStepToPagesQueuesWhatIsThere(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for _, m := range slices.Backward(mustStatus(t, s)) {
			if m.Version < 7 {
				break
			}
			must(t, s.MigrateDown(t.Context()))
		}
		insert := func(statement string, args ...any) {
			_, err := pool(t, s).ExecContext(t.Context(), statement, args...)
			must(t, err)
		}
		insert(`INSERT INTO products (id, slug, kind, status, title, title_key, subtitle, summary, description, authors, language, pages, tags,
			accessibility, contents, price, published_at, updated_at) VALUES ('p', 'p', 'handbook', 'published', 'P', 'p', '', '', '', '[]', 'en', 9,
			'[]', '[]', '[]', 0, '2025-01-01 00:00:00+00:00', '2025-01-01 00:00:00+00:00')`)
		for _, number := range []string{"1", "2"} {
			insert("INSERT INTO editions (id, product_id, number, notes, published_at) VALUES ('e" + number + "', 'p', " + number + ", '', '2025-01-01 00:00:00+00:00')")
		}
		must(t, s.Migrate(t.Context()))
		jobs, err := s.ClaimJobs(t.Context(), storetest.Now(), 10, time.Minute)
		must(t, err)
		if len(jobs) != 1 || jobs[0].Kind != shop.JobReadEdition || jobs[0].Subject != "e2" {
			t.Errorf("jobs %+v", jobs)
		}
		if product := storetest.MustProduct(t, s, "p"); len(product.Editions[0].LookInside) != 0 {
			t.Errorf("samples were chosen: %v", product.Editions[0].LookInside)
		}
	})
}
