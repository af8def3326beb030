package store_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

// Lists and look-ups find their rows by an index, so that they stay quick when the shop has grown.
func TestReadsUseIndexes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		order := storetest.MustPaidOrder(t, s, storetest.Both)
		file := mustFiles(t, s, order.ID)[0].ID
		next := func(sort shop.ProductSort, q string) string {
			page, err := s.Products(t.Context(), shop.ProductQuery{Limit: 1, Sort: sort, Q: q})
			must(t, err)
			return page.Next
		}
		statements := s.Statements(func(s *store.Store) {
			for _, query := range []shop.ProductQuery{
				{Sort: shop.SortNewest, Cursor: next(shop.SortNewest, "")}, {Sort: shop.SortTitle, Cursor: next(shop.SortTitle, "")},
				{Sort: shop.SortPrice, Cursor: next(shop.SortPrice, "")}, {Q: "advi", Cursor: next("", "advi")},
				{Distinguishers: []string{"advisory"}, Goals: []string{"communication"}},
				{Q: "advisroy handbok", Formats: []string{"pdf", "epub"}, Languages: []string{"en"}, Prices: []string{"paid"}, Sort: shop.SortTitle},
				{Q: "advisory zzzzzz projects", Kinds: []shop.ProductKind{shop.Handbook}},
			} {
				must(t, list(s, query))
			}
			storetest.MustProduct(t, s, storetest.Both)
			mustCart(t, s, order.CartID)
			must(t, set(s, order.CartID, order.Lines[0].VariantID, 1))
			mustOrder(t, s, order.ID)
			mustByKey(t, s, order)
			mustFiles(t, s, order.ID)
			_, err := s.OwnedFile(t.Context(), order.ID, file)
			must(t, err)
			_, err = s.OrdersToAsk(t.Context(), storetest.Now(), 10)
			must(t, err)
			mustClaim(t, s, 10)
			_, err = s.ClaimJobs(t.Context(), storetest.Now(), 10, time.Minute, shop.JobMail, shop.JobLink)
			must(t, err)
			must(t, s.DeleteStaleCarts(t.Context(), storetest.Now().Add(-time.Hour)))
			_, err = s.LibraryOrders(t.Context(), shop.LibraryQuery{Email: order.Email, Page: 1, Limit: 10})
			must(t, err)
			_, err = s.LibraryFiles(t.Context(), order.Email)
			must(t, err)
			_, err = s.HasOrders(t.Context(), order.Email)
			must(t, err)
			_, err = s.ArchivedFiles(t.Context(), "an archive")
			must(t, err)
			_, err = s.UnmeasuredFiles(t.Context(), "", 10)
			must(t, err)
			must(t, s.NoteCRC32(t.Context(), "a hash", 1))
			must(t, s.AskForLink(t.Context(), mailedLink(shop.LinkLibrary, order.Email), storetest.Now(), 3))
			_, err = s.UseLink(t.Context(), shop.LinkLibrary, "a hash", storetest.Now())
			wantError(t, err, shop.NotFound, "link_not_found")
			must(t, s.DeleteStaleLinks(t.Context(), storetest.Now()))
			must(t, s.DeleteStaleSessions(t.Context(), storetest.Now()))
			_, _, err = s.Session(t.Context(), "a hash", storetest.Now())
			must(t, err)
			_, err = s.KnownDevices(t.Context(), order.ID, []shop.Device{{Kind: shop.DeviceBrowser, Device: "b"}}, storetest.Now())
			must(t, err)
			_, err = s.ProductsDue(t.Context(), storetest.Now(), 10)
			must(t, err)
			_, err = s.DeskProducts(t.Context(), shop.DeskProductQuery{Limit: 10})
			must(t, err)
			_, err = s.BundleOwners(t.Context(), order.Lines[0].ProductID)
			must(t, err)
			month := shop.Period{From: storetest.Now().AddDate(0, -1, 0), To: storetest.Now().AddDate(0, 1, 0)}
			_, err = s.Figures(t.Context(), []shop.Period{month})
			must(t, err)
			_, err = s.MailCounts(t.Context(), []shop.Period{month})
			must(t, err)
			_, err = s.Troubles(t.Context(), storetest.Now())
			must(t, err)
			for _, err := range s.OrderReport(t.Context(), month) {
				must(t, err)
			}
			_, _, err = s.SettingValues(t.Context())
			must(t, err)
			unmatched := storetest.Payment(order)
			unmatched.ID, unmatched.OrderID, unmatched.SessionID = "evt_again", "", ""
			storetest.MustApply(t, s, unmatched, shop.EventApplied)
			mustPlace(t, s, storetest.NewOrder(t, mustCart(t, s, order.CartID)), shop.Change{})
		})
		if len(statements) < 60 {
			t.Fatalf("only %d statements were seen", len(statements))
		}
		for _, statement := range statements {
			if plan, scanned := explain(t, s, statement); scanned != "" {
				t.Errorf("%s is read from end to end by\n%s\n%s", scanned, statement, plan)
			}
		}
	})
}

var (
	sqliteScan   = regexp.MustCompile(`SCAN (\w+)$`)
	postgresScan = regexp.MustCompile(`Seq Scan on (\w+)`)
	// small tables are those of one row, what staff have typed, what has not been added up yet, and what a subquery
	// has found already.
	small = map[string]bool{
		"catalog_versions": true, "settings_versions": true, "settings": true, "search_synonyms": true, "figure_slips": true,
		"each": true,
	}
)

// explain returns the plan of a statement and the table that it reads from end to end, if there is one.
func explain(t *testing.T, s *store.Store, statement string) (plan, scanned string) {
	t.Helper()
	verb, _, _ := strings.Cut(strings.TrimSpace(statement), " ")
	if verb == "INSERT" || strings.Contains(statement, "pg_advisory") {
		return "", ""
	}
	tx, err := pool(t, s).Begin()
	must(t, err)
	defer tx.Rollback()
	prefix, scan := "EXPLAIN QUERY PLAN ", sqliteScan
	if s.Dialect() == store.PostgreSQL {
		// These tables are so small that PostgreSQL would not look for an index.
		prefix, scan = "EXPLAIN ", postgresScan
		_, err := tx.Exec("SET LOCAL enable_seqscan = off")
		must(t, err)
	}
	rows, err := tx.Query(prefix + statement)
	if err != nil {
		t.Fatalf("explain %s: %v", statement, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	must(t, err)
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		must(t, rows.Scan(values...))
		line := fmt.Sprint(*values[len(values)-1].(*any))
		plan += line + "\n"
		if found := scan.FindStringSubmatch(line); found != nil && !small[found[1]] {
			scanned = found[1]
		}
	}
	must(t, rows.Err())
	return plan, scanned
}

// A page takes no more statements for many titles than for few.
func TestListsTakeAFixedNumberOfStatements(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		queries := []shop.ProductQuery{{}, {Q: "advisory"}, {Q: "advisroy"}, {Q: "zzzzzz advisory"}, {Distinguishers: []string{"advisory"}, Prices: []string{"paid"}}}
		count := func() (counts []int) {
			for _, query := range queries {
				counts = append(counts, len(s.Statements(func(s *store.Store) { must(t, list(s, query)) })))
			}
			return counts
		}
		storetest.MustImport(t, s, storetest.Handbook("first", "The Advisory"), storetest.Bundle("both", "Both Advisories", "first"))
		few := count()
		for i := range 20 {
			slug := fmt.Sprintf("more%d", i)
			storetest.MustImport(t, s, storetest.Handbook(slug, "More Advisory"), storetest.Bundle(slug+"-bundle", "More", slug, "first"))
		}
		for i, many := range count() {
			if many > few[i] {
				t.Errorf("%+v takes %d statements for few titles, %d for many", queries[i], few[i], many)
			}
		}
	})
}
