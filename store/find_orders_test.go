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

// buyer places an order of one handbook in somebody's name.
func buyer(t *testing.T, s *store.Store, email, name, organisation string, change ...func(*shop.Order)) shop.Order {
	t.Helper()
	o := storetest.NewOrder(t, storetest.MustCart(t, s, storetest.Advisory))
	o.Email, o.Name, o.Organisation = email, name, organisation
	for _, c := range change {
		c(&o)
	}
	return mustPlace(t, s, o, shop.Change{})
}

func mustFind(t *testing.T, s *store.Store, q shop.OrderQuery) shop.OrderPage {
	t.Helper()
	if q.Limit == 0 {
		q.Limit = 50
	}
	page, err := s.FindOrders(t.Context(), q)
	must(t, err)
	return page
}

func numbers(page shop.OrderPage) []string {
	list := []string{}
	for _, o := range page.Orders {
		list = append(list, o.Number)
	}
	return list
}

func TestFindOrders(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		ada := buyer(t, s, "ada@met.example", "Ada Lovelace", "The Met School")
		paid := storetest.MustPaidOrder(t, s, storetest.Projects)
		jose := buyer(t, s, "jose.nunez@escuela.example", "José Núñez", "Escuela del Río", func(o *shop.Order) {
			o.Language, o.PlacedAt = shop.Spanish, storetest.Now().AddDate(0, 0, 3)
		})
		for name, test := range map[string]struct {
			query shop.OrderQuery
			want  []string
		}{
			"all, newest first":                  {shop.OrderQuery{}, []string{jose.Number, paid.Number, ada.Number}},
			"by number":                          {shop.OrderQuery{Words: " " + ada.Number}, []string{ada.Number}},
			"by the digits of the number":        {shop.OrderQuery{Words: ada.Number[3:]}, []string{ada.Number}},
			"by e-mail":                          {shop.OrderQuery{Words: "Ada@Met.example"}, []string{ada.Number}},
			"by the beginning of the e-mail":     {shop.OrderQuery{Words: "jose.nun"}, []string{jose.Number}},
			"by the host":                        {shop.OrderQuery{Words: "@escuela"}, []string{jose.Number}},
			"by name without accents":            {shop.OrderQuery{Words: "NUNEZ jose"}, []string{jose.Number}},
			"by the beginnings of words":         {shop.OrderQuery{Words: "lov sch"}, []string{paid.Number, ada.Number}},
			"by words of two fields":             {shop.OrderQuery{Words: "ada met"}, []string{ada.Number}},
			"not by the middle of a word":        {shop.OrderQuery{Words: "ovelace"}, []string{}},
			"by signs alone":                     {shop.OrderQuery{Words: "!?"}, []string{}},
			"by what no database takes":          {shop.OrderQuery{Words: "a\x00"}, []string{}},
			"by session":                         {shop.OrderQuery{Words: "cs_" + paid.ID}, []string{paid.Number}},
			"by payment":                         {shop.OrderQuery{Words: "pi_" + paid.ID}, []string{paid.Number}},
			"by charge":                          {shop.OrderQuery{Words: "ch_" + paid.ID}, []string{paid.Number}},
			"by an unknown dispute":              {shop.OrderQuery{Words: "dp_1"}, []string{}},
			"by state":                           {shop.OrderQuery{Status: shop.Paid}, []string{paid.Number}},
			"by source and state":                {shop.OrderQuery{Source: shop.SourceCard, Status: shop.Pending}, []string{jose.Number, ada.Number}},
			"by language":                        {shop.OrderQuery{Language: shop.Spanish}, []string{jose.Number}},
			"by product":                         {shop.OrderQuery{Product: storetest.Projects}, []string{paid.Number}},
			"by product and words":               {shop.OrderQuery{Product: storetest.Advisory, Words: "ada"}, []string{ada.Number}},
			"by an unknown product":              {shop.OrderQuery{Product: "nothing"}, []string{}},
			"from a day on":                      {shop.OrderQuery{From: storetest.Now().AddDate(0, 0, 1)}, []string{jose.Number}},
			"up to a day":                        {shop.OrderQuery{To: storetest.Now().AddDate(0, 0, 1)}, []string{paid.Number, ada.Number}},
			"between days, with words":           {shop.OrderQuery{From: storetest.Now().AddDate(0, 0, -1), To: storetest.Now().AddDate(0, 0, 1), Words: "ada"}, []string{paid.Number, ada.Number}},
			"those that nobody needs to look at": {shop.OrderQuery{NeedsPerson: true}, []string{}},
		} {
			if got := numbers(mustFind(t, s, test.query)); !slices.Equal(got, test.want) {
				t.Errorf("%s: %v, want %v", name, got, test.want)
			}
		}
		if got := mustFind(t, s, shop.OrderQuery{Words: paid.Number}).Orders[0].Titles; !slices.Equal(got, []string{"Projects in the Real World"}) {
			t.Errorf("it was of %v", got)
		}
	})
}

func TestPagesOfOrdersGoOnWhereTheLastOneEnded(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		var want []string
		for i := range 7 {
			want = append([]string{buyer(t, s, fmt.Sprintf("b%d@school.example", i), "A Buyer", "School").Number}, want...)
		}
		for _, query := range []shop.OrderQuery{{}, {Status: shop.Pending}, {Words: "school"}, {Words: "buy", Status: shop.Pending}} {
			query.Limit = 3
			var got []string
			for {
				page := mustFind(t, s, query)
				got = append(got, numbers(page)...)
				if query.Before = page.Next; page.Next == 0 {
					break
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%+v: %v, want %v", query, got, want)
			}
		}
	})
}

// However few of many orders fit all conditions, a page looks at so many and says where it goes on.
func TestASearchThatFindsLittleStopsAndGoesOn(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		wanted := buyer(t, s, "wanted@school.example", "Ann", "School", func(o *shop.Order) { o.Language = shop.Spanish })
		for range 5 {
			buyer(t, s, "b@school.example", "Ann", "School")
			buyer(t, s, "b@school.example", "Bea", "School", func(o *shop.Order) { o.Language = shop.Spanish })
		}
		query, pages := shop.OrderQuery{Words: "ann", Language: shop.Spanish, Limit: 10}, 0
		var got []string
		for {
			page, err := s.FindOrdersAmong(t.Context(), query, 4)
			must(t, err)
			pages++
			got = append(got, numbers(page)...)
			if page.Unfinished != (page.Next != 0) {
				t.Errorf("page %d: unfinished %v, next %d", pages, page.Unfinished, page.Next)
			}
			if query.Before = page.Next; page.Next == 0 {
				break
			}
		}
		if !slices.Equal(got, []string{wanted.Number}) || pages < 2 {
			t.Errorf("%d pages found %v", pages, got)
		}
	})
}

func TestCountsEndAtAThousand(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		storetest.MustOrder(t, s, storetest.Advisory)
		storetest.MustPaidOrder(t, s, storetest.Advisory)
		counts, err := s.OrderCounts(t.Context(), []shop.OrderQuery{{}, {Status: shop.Paid}, {NeedsPerson: true}, {Product: "nothing"}})
		must(t, err)
		if want := []shop.OrderCount{{Orders: 2}, {Orders: 1}, {}, {}}; !slices.Equal(counts, want) {
			t.Errorf("counted %v, want %v", counts, want)
		}
	})
}

// Orders from before there was an index are found as soon as the tables are up to date.
func TestOldOrdersAreIndexed(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		o := buyer(t, s, "ada@met.example", "Ada Lovelace", "The Met School")
		before := read(t, pool(t, s), "SELECT word FROM order_words")
		for _, statement := range []string{"UPDATE orders SET indexed = FALSE", "DELETE FROM order_words"} {
			_, err := pool(t, s).Exec(statement)
			must(t, err)
		}
		must(t, s.Migrate(t.Context()))
		if got := read(t, pool(t, s), "SELECT word FROM order_words"); !slices.Equal(got, before) || len(got) == 0 {
			t.Errorf("the words are %v, were %v", got, before)
		}
		if got := numbers(mustFind(t, s, shop.OrderQuery{Words: "lovelace"})); !slices.Equal(got, []string{o.Number}) {
			t.Errorf("found %v", got)
		}
	})
}

func TestOrderListUsesIndexes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		order := storetest.MustPaidOrder(t, s, storetest.Both)
		day := storetest.Now()
		statements := s.Statements(func(s *store.Store) {
			for _, q := range []shop.OrderQuery{
				{}, {Before: 99}, {Status: shop.Paid}, {Source: shop.SourceCard, Language: shop.English}, {NeedsPerson: true}, {Product: storetest.Both},
				{From: day.Add(-time.Hour), To: day.Add(time.Hour)}, {Status: shop.Paid, From: day.Add(-time.Hour), Words: "ada sch"}, {Words: "ada@school.example"},
				{Words: order.Number}, {Words: "cs_1"}, {Words: "pi_1"}, {Words: "ch_1"}, {Words: "dp_1"}, {NeedsPerson: true, Product: storetest.Both, Words: "ada"},
			} {
				mustFind(t, s, q)
			}
			_, err := s.OrderCounts(t.Context(), []shop.OrderQuery{{Status: shop.Paid}, {NeedsPerson: true}})
			must(t, err)
			o, err := s.OrderByNumber(t.Context(), order.Number)
			must(t, err)
			_, err = s.OrderHistory(t.Context(), o, shop.TimelineMark{}, 10)
			must(t, err)
			_, err = s.OrderHistory(t.Context(), o, shop.TimelineMark{At: day, Kind: shop.HappenedMail, ID: "1"}, 10)
			must(t, err)
			_, err = s.OrderEvent(t.Context(), o.ID, "evt")
			wantError(t, err, shop.NotFound, "no_such_event")
			_, err = s.OrderViews(t.Context(), "nobody")
			must(t, err)
			_, err = s.ActOnOrder(t.Context(), o.Number, "once", day, func(o *shop.Order) (shop.DeskChange, error) {
				o.Email = "new@school.example"
				return shop.DeskChange{Act: shop.Act{Verb: "order.email", Subject: shop.Subject{Kind: "order", ID: o.ID}}}, nil
			})
			must(t, err)
			must(t, s.Migrate(t.Context()))
		})
		for _, statement := range statements {
			if plan, scanned := explain(t, s, statement); scanned != "" && scanned != "orders_whole" {
				t.Errorf("%s is read from end to end by\n%s\n%s", scanned, statement, plan)
			}
		}
	})
}
