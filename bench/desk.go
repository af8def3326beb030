package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"time"

	"bookroom/bench/seed"
)

// fewOrders is how many orders the shop has that the large one is compared with.
const fewOrders = 1000

// looks is how often each page is asked for, one after the other.
const looks = 200

// deskTable is how long pages of staff take on one database, with many orders and with few.
type deskTable struct {
	database        string
	seeded, indexed time.Duration
	many, few       []deskRow
}

// deskRow is one page of staff.
type deskRow struct {
	name          string
	p50, p95, max time.Duration
}

// measureDesks measures the pages that staff work with on every database and writes a part of the results.
func measureDesks(ctx context.Context, binary, out string, servers []string, orders int) error {
	var page bytes.Buffer
	fmt.Fprintf(&page, "# How fast the back office is\n\nWritten by `make bench`; do not edit. %s, commit %s, %s, %d cores.\n", time.Now().UTC().Format("2006-01-02"), commit(ctx), cpu(), runtime.NumCPU())
	fmt.Fprintf(&page, "Each page %d times, one after the other, each time with other words, places or orders, in a shop of %d orders and in one of %d.\nA page is to take less than 50 ms in 95 of 100 cases.\n", looks, orders, fewOrders)
	for _, server := range servers {
		t, err := measureDesk(ctx, binary, server, orders)
		if err != nil {
			return err
		}
		t.write(&page)
	}
	return publish(out, page.String())
}

func (t deskTable) write(w io.Writer) {
	fmt.Fprintf(w, "\n## %s\n\nThe orders were written in %s and indexed in %s.\n\n| page | p50 | p95 | slowest | p95 of the small shop |\n|---|---:|---:|---:|---:|\n",
		t.database, t.seeded.Round(time.Second), t.indexed.Round(time.Second))
	for i, r := range t.many {
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s |\n", r.name, short(r.p50), short(r.p95), short(r.max), short(t.few[i].p95))
	}
}

func measureDesk(ctx context.Context, binary, server string, orders int) (deskTable, error) {
	t := deskTable{database: "SQLite"}
	if server != "" {
		t.database = "PostgreSQL"
	}
	var err error
	if t.few, _, _, err = measurePages(ctx, binary, server, fewOrders); err != nil {
		return t, err
	}
	t.many, t.seeded, t.indexed, err = measurePages(ctx, binary, server, orders)
	return t, err
}

// measurePages fills a shop of its own with orders and measures every page.
func measurePages(ctx context.Context, binary, server string, orders int) (rows []deskRow, seeded, indexed time.Duration, err error) {
	w, err := open(ctx, binary, server, func(w *world) error {
		start := time.Now()
		if err := seed.Orders(ctx, w.database, orders); err != nil {
			return err
		}
		seeded = time.Since(start)
		if err := w.command("migrate", "up"); err != nil {
			return err
		}
		indexed = time.Since(start) - seeded
		return signIn(ctx, w.database)
	})
	if err != nil {
		return nil, 0, 0, err
	}
	defer w.close()
	c := newClient(w.url)
	for _, p := range deskPages(orders) {
		row, err := p.measure(ctx, c)
		if err != nil {
			return nil, 0, 0, fmt.Errorf("%s: %w", p.name, err)
		}
		rows = append(rows, row)
	}
	return rows, seeded, indexed, nil
}

// deskSecret is the cookie of whoever is at the desk.
const deskSecret = "the secret of the bench's session"

// signIn puts an admin to the desk.
func signIn(ctx context.Context, address string) error {
	db, err := openRaw(address)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // what was written is checked
	hash, now := sha256.Sum256([]byte(deskSecret)), time.Now().UTC()
	return inOne(ctx, db, []string{
		`INSERT INTO staff (id, email, name, role, state, password_hash, created_at, updated_at) VALUES ('bench', 'bench@bookroom.example', 'Bench', 'admin', 'active', '', $1, $1)`,
		`INSERT INTO staff_sessions (id, staff_id, token_hash, agent, ip, created_at, last_seen_at, expires_at) VALUES ('bench', 'bench', '` + hex.EncodeToString(hash[:]) + `', '', '', $1, $1, $2)`,
	}, [][]any{{now}, {now, now.AddDate(0, 0, 7)}})
}

func inOne(ctx context.Context, db *sql.DB, statements []string, args [][]any) error {
	for i, statement := range statements {
		if _, err := db.ExecContext(ctx, statement, args[i]...); err != nil {
			return fmt.Errorf("sign in: %w", err)
		}
	}
	return nil
}

// deskPage is a page of staff; path gives another address for every number.
type deskPage struct {
	name string
	path func(n int) string
}

// deskPages are the pages that are measured, in a shop of so many orders.
func deskPages(orders int) []deskPage {
	number := func(n int) string { return fmt.Sprintf("BR-%d", 100001+n*7919%orders) }
	list := func(query string, args ...string) func(int) string {
		return func(n int) string {
			if len(args) == 0 {
				return "/staff/orders?" + query
			}
			return "/staff/orders?" + fmt.Sprintf(query, url.QueryEscape(args[n%len(args)]))
		}
	}
	names := []string{"Maria Garcia", "Carlos Lopez", "Ada King", "Zoe Young", "Tariq Patel", "Priya Nguyen", "Sofia Reyes"}
	surnames := []string{"garcia", "lopez", "king", "young", "patel", "nguyen", "reyes", "smith"}
	return []deskPage{
		{"orders, newest", list("")},
		{"orders, far back", func(n int) string { return fmt.Sprintf("/staff/orders?before=%d", 1+n*7919%orders) }},
		{"orders, each state", list("state=%s", "pending", "paid", "partially_refunded", "refunded", "disputed", "lost", "expired", "canceled", "review")},
		{"orders that need a person", list("person=1")},
		{"orders, each source", list("source=%s", "card", "free", "granted")},
		{"orders in Spanish", list("language=es")},
		{"orders of a handbook", list("product=%s", "advisory-structure", "leadership", "the-complete-set")},
		{"orders of a month", func(n int) string {
			from := time.Now().UTC().AddDate(0, -1-n%40, 0)
			return "/staff/orders?from=" + from.Format("2006-01-02") + "&to=" + from.AddDate(0, 1, 0).Format("2006-01-02")
		}},
		{"search, number", func(n int) string { return "/staff/orders?q=" + number(n) }},
		{"search, payment of Stripe's", list("q=%s", "pi_seed_nothing", "ch_seed_nothing", "cs_seed_nothing", "dp_seed_nothing")},
		{"search, e-mail", list("q=%s", "maria.garcia7@mail.example", "ada.king1@mail.example", "zoe.young12@mail.example")},
		{"search, beginning of an e-mail", list("q=%s", "maria.g", "ada.king", "zoe.y", "tariq.patel1")},
		{"search, host", list("q=%s", "@springfield3.k12", "@troy", "@mail.example")},
		{"search, name", list("q=%s", names...)},
		{"search, surname", list("q=%s", surnames...)},
		{"search, first letter", list("q=%s", "a", "m", "s", "z")},
		{"search, school", list("q=%s", "troy high school", "springfield academy", "harbor learning center")},
		{"search, name in a state", list("q=%s&state=refunded", names...)},
		{"search, words that meet nowhere", list("q=%s", "ada zoe", "troy salem academy", "garcia king")},
		{"search and every filter", list("q=%s&state=paid&language=es&source=card&product=leadership&from=2020-01-01&to=2030-01-01", surnames...)},
		{"filters that few orders fit", list("state=%s&language=es&product=la-familia-en-el-equipo", "disputed", "lost", "refunded", "canceled")},
		{"one order", func(n int) string { return "/staff/orders/" + number(n) }},
		{"audit trail", func(int) string { return "/staff/audit" }},
	}
}

// measure asks for the page, the first few times without counting.
func (p deskPage) measure(ctx context.Context, c *client) (deskRow, error) {
	header := map[string]string{"Cookie": "staff=" + url.QueryEscape(deskSecret), "Accept-Encoding": "gzip"}
	var took []time.Duration
	for n := range looks + 10 {
		before := time.Now()
		if err := c.send(ctx, http.MethodGet, p.path(n), header, nil, http.StatusOK, nil); err != nil {
			return deskRow{}, err
		}
		if n >= 10 {
			took = append(took, time.Since(before))
		}
	}
	slices.Sort(took)
	return deskRow{p.name, took[len(took)/2], took[len(took)*95/100], took[len(took)-1]}, nil
}
