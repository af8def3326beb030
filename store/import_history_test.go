package store_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

// withHistory is a handbook in its edition of that number, with earlier ones.
func withHistory(number int, earlier ...shop.Edition) shop.CatalogEntry {
	entry := storetest.Handbook(storetest.Advisory, "The Advisory Handbook")
	entry.Product.Editions = append([]shop.Edition{storetest.Edition(storetest.Advisory, number)}, earlier...)
	return entry
}

func earlier(number int, notes string) shop.Edition {
	return shop.Edition{Number: number, Notes: notes, PublishedAt: storetest.Now().AddDate(number-10, 0, 0)}
}

// history lists a product's editions: number, notes, how many files.
func history(t *testing.T, s *store.Store) []string {
	t.Helper()
	var editions []string
	for _, e := range storetest.MustProduct(t, s, storetest.Advisory).Editions {
		editions = append(editions, fmt.Sprintf("%d %s %d", e.Number, e.Notes, len(e.Files)))
	}
	return editions
}

func TestImportOfEarlierEditions(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for _, step := range []struct {
			name  string
			entry shop.CatalogEntry
			done  shop.Imported
			want  []string
		}{
			{"new", withHistory(5, earlier(4, "Four."), earlier(1, "One.")), shop.Imported{Created: 1}, []string{"5 First words. 1", "4 Four. 0", "1 One. 0"}},
			{"again", withHistory(5, earlier(4, "Four."), earlier(1, "One.")), shop.Imported{Unchanged: 1}, []string{"5 First words. 1", "4 Four. 0", "1 One. 0"}},
			{"one more, told otherwise", withHistory(5, earlier(4, "4."), earlier(2, "Two."), earlier(1, "One.")), shop.Imported{Updated: 1},
				[]string{"5 First words. 1", "4 4. 0", "2 Two. 0", "1 One. 0"}},
			{"one less", withHistory(5, earlier(4, "4."), earlier(1, "One.")), shop.Imported{Updated: 1}, []string{"5 First words. 1", "4 4. 0", "1 One. 0"}},
			{"a new edition", withHistory(6, earlier(5, "Told otherwise."), earlier(4, "4."), earlier(1, "One.")), shop.Imported{Updated: 1},
				[]string{"6 First words. 1", "5 First words. 1", "4 4. 0", "1 One. 0"}},
			{"one that was left out here", withHistory(8, earlier(7, "Seven.")), shop.Imported{Updated: 1},
				[]string{"8 First words. 1", "7 Seven. 0", "6 First words. 1", "5 First words. 1"}},
			{"without any", withHistory(8), shop.Imported{Updated: 1}, []string{"8 First words. 1", "6 First words. 1", "5 First words. 1"}},
		} {
			if got := storetest.MustImport(t, s, step.entry); got != step.done {
				t.Errorf("%s: %+v, want %+v", step.name, got, step.done)
			}
			if got := history(t, s); !slices.Equal(got, step.want) {
				t.Errorf("%s: editions %q, want %q", step.name, got, step.want)
			}
		}
	})
}

func TestImportOfAnotherDate(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustImport(t, s, withHistory(2, earlier(1, "One.")))
		moved := earlier(1, "One.")
		moved.PublishedAt = moved.PublishedAt.Add(-24 * time.Hour)
		if got := storetest.MustImport(t, s, withHistory(2, moved)); got.Updated != 1 {
			t.Errorf("%+v", got)
		}
		if got := storetest.MustProduct(t, s, storetest.Advisory).Editions[1].PublishedAt; !got.Equal(moved.PublishedAt) {
			t.Errorf("the date is %s, want %s", got, moved.PublishedAt)
		}
	})
}

func TestImportRefusesEarlierEditionsThatAreNot(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		undated := earlier(1, "One.")
		undated.PublishedAt = time.Time{}
		for name, editions := range map[string][]shop.Edition{
			"as new":      {earlier(3, "")},
			"newer":       {earlier(4, "")},
			"twice":       {earlier(1, ""), earlier(1, "")},
			"wrong order": {earlier(1, ""), earlier(2, "")},
			"with files":  {storetest.Edition(storetest.Advisory, 1)},
			"undated":     {undated},
		} {
			t.Run(name, func(t *testing.T) {
				wantError(t, importing(s, withHistory(3, editions...)), shop.Invalid, "edition_not_earlier")
			})
		}
	})
}

// Whatever asks for the newest edition gets the one with files.
func TestEarlierEditionsAreNeverSold(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		order := storetest.MustPaidOrder(t, s, storetest.Advisory, storetest.Both)
		sold := mustFiles(t, s, order.ID)[0].ID
		storetest.MustImport(t, s, withHistory(5, earlier(4, "Four."), earlier(1, "Told otherwise.")))

		want := []string{"advisory advisory 5", "both advisory 5", "both projects 1"}
		if got := owned(t, s, order.ID); !slices.Equal(got, want) {
			t.Errorf("owned %q, want %q", got, want)
		}
		if _, err := s.OwnedFile(t.Context(), order.ID, sold); err != nil {
			t.Errorf("the file that was sold: %v", err)
		}
		page, err := s.Products(t.Context(), shop.ProductQuery{Q: "advisory handbook", Kinds: []shop.ProductKind{shop.Handbook}})
		must(t, err)
		if e := page.Items[0].Edition(); len(page.Items[0].Editions) != 1 || e.Number != 5 || len(e.Files) != 1 {
			t.Errorf("listed with %+v", page.Items[0].Editions)
		}
		if parts := storetest.MustProduct(t, s, storetest.Both).Parts; parts[0].Edition != 5 {
			t.Errorf("the bundle holds edition %d", parts[0].Edition)
		}
		later := storetest.MustPaidOrder(t, s, storetest.Advisory)
		if later.Lines[0].EditionNumber != 5 {
			t.Errorf("edition %d was sold", later.Lines[0].EditionNumber)
		}
	})
}
