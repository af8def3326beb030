package store_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

// BenchmarkSearch sets what a search costs in a shop of 2000 titles beside a plain page of the same list.
func BenchmarkSearch(b *testing.B) {
	bench := func(b *testing.B, address string) {
		s := storetest.Open(b, address)
		storetest.MustImport(b, s, manyTitles(2000)...)
		if _, err := pool(b, s).ExecContext(b.Context(), "ANALYZE"); err != nil { // as the database does by itself after a while
			b.Fatal(err)
		}
		for _, c := range []struct {
			name  string
			query shop.ProductQuery
		}{
			{"plain list", shop.ProductQuery{}},
			{"beginning", shop.ProductQuery{Q: "advi"}},
			{"a rare word", shop.ProductQuery{Q: "word77"}},
			{"three words", shop.ProductQuery{Q: "advisory handbook fam"}},
			{"mistake", shop.ProductQuery{Q: "exhbition advisry"}},
			{"synonym", shop.ProductQuery{Q: "learning through internship"}},
			{"nothing", shop.ProductQuery{Q: "zzzzzzzz advisory mentor"}},
			{"three facets", shop.ProductQuery{Distinguishers: []string{"lti", "family"}, Formats: []string{"pdf"}, Goals: []string{"communication"}}},
			{"words and facets", shop.ProductQuery{Q: "advisory", Distinguishers: []string{"lti", "family"}, Formats: []string{"pdf"}}},
		} {
			b.Run(c.name, func(b *testing.B) {
				mustPage(b, s, c.query) // what is read once for each version of the catalog
				for b.Loop() {
					mustPage(b, s, c.query)
				}
			})
		}
		b.Run("first after an edit", func(b *testing.B) {
			edited := storetest.Handbook("edited", "Edited")
			for b.Loop() {
				b.StopTimer()
				edited.Product.Pages++
				storetest.MustImport(b, s, edited)
				b.StartTimer()
				mustPage(b, s, shop.ProductQuery{Q: "advi"})
			}
		})
	}
	b.Run(store.SQLite, func(b *testing.B) { bench(b, storetest.SQLite(b)) })
	b.Run(store.PostgreSQL, func(b *testing.B) { bench(b, storetest.PostgreSQL(b)) })
}

// manyTitles are handbooks of some common words and many rare ones, always the same.
func manyTitles(n int) []shop.CatalogEntry {
	random := rand.New(rand.NewPCG(1, 2))
	common := strings.Fields("advisory internship mentor family exhibition assessment learning plan project school student leadership culture reading")
	text := func(words int) string {
		var list []string
		for range words {
			if random.IntN(2) == 0 {
				list = append(list, common[random.IntN(len(common))])
			} else {
				list = append(list, fmt.Sprintf("word%d", random.IntN(5000)))
			}
		}
		return strings.Join(list, " ")
	}
	entries := make([]shop.CatalogEntry, n)
	for i := range entries {
		entries[i] = storetest.Handbook(fmt.Sprintf("t%d", i), text(4))
		p := &entries[i].Product
		p.Summary, p.Tags = text(25), strings.Fields(text(3))
		p.Distinguishers, p.Goals = []string{shop.Distinguishers()[i%10].Key}, []string{shop.Goals()[i%5].Key}
		for page := range 10 {
			p.Contents = append(p.Contents, shop.ContentEntry{Title: text(4), Page: page + 1, Level: 1})
		}
	}
	return entries
}
