package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"time"

	"bookroom/bench/seed"
)

// fewOrders is how many orders the shop has that the large one is compared with.
const fewOrders = 1000

// Each page is asked for so often, one after the other; one that takes very long less often.
const (
	looks       = 200
	looksAtMost = 20 * time.Second
	fewestLooks = 20
)

// aim is what a page is to take at most in 95 of 100 cases.
const aim = 50 * time.Millisecond

// deskTable is how long pages of staff take on one database, with many orders and with few.
type deskTable struct {
	database  string
	took      preparation
	many, few []deskRow
}

// preparation is how long a shop took to be filled.
type preparation struct {
	seeded  time.Duration // the rows were written
	indexed time.Duration // orders can be found
	summed  time.Duration // the running shop has added its figures up
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
	fmt.Fprintf(w, "\n## %s\n\nThe orders were written in %s and indexed in %s, and their figures were added up in %s.\n\n| page | p50 | p95 | within 50 ms | slowest | p95 of the small shop |\n|---|---:|---:|---|---:|---:|\n",
		t.database, t.took.seeded.Round(time.Second), t.took.indexed.Round(time.Second), t.took.summed.Round(time.Second))
	for i, r := range t.many {
		within := "yes"
		if r.p95 >= aim {
			within = "**no**"
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s |\n", r.name, short(r.p50), short(r.p95), within, short(r.max), short(t.few[i].p95))
	}
}

func measureDesk(ctx context.Context, binary, server string, orders int) (deskTable, error) {
	t := deskTable{database: "SQLite"}
	if server != "" {
		t.database = "PostgreSQL"
	}
	var err error
	if t.few, _, err = measurePages(ctx, binary, server, fewOrders); err != nil {
		return t, err
	}
	t.many, t.took, err = measurePages(ctx, binary, server, orders)
	return t, err
}

// measurePages fills a shop of its own with orders and measures every page.
func measurePages(ctx context.Context, binary, server string, orders int) (rows []deskRow, took preparation, err error) {
	w, err := open(ctx, binary, server, func(w *world) error {
		start := time.Now()
		if err := seed.Orders(ctx, w.database, orders); err != nil {
			return err
		}
		took.seeded = time.Since(start)
		if err := w.command("migrate", "up"); err != nil {
			return err
		}
		took.indexed = time.Since(start) - took.seeded
		return signIn(ctx, w.database)
	})
	if err != nil {
		return nil, took, err
	}
	defer w.close()
	opened := time.Now()
	if err := awaitNone(ctx, w.database, "figure_slips"); err != nil {
		return nil, took, err
	}
	took.summed = time.Since(opened)
	c := newClient(w.url)
	for _, p := range deskPages(orders) {
		row, err := p.measure(ctx, c)
		if err != nil {
			return nil, took, fmt.Errorf("%s: %w", p.name, err)
		}
		log.Printf("%d orders, %s: %s", orders, row.name, short(row.p95))
		rows = append(rows, row)
	}
	return rows, took, nil
}

// deskSecret is the cookie of whoever is at the desk.
const deskSecret = "the secret of the bench's session"

// signIn puts an admin to the desk who keeps a few views of the list of orders.
func signIn(ctx context.Context, address string) error {
	db, err := openRaw(address)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // what was written is checked
	hash, now := sha256.Sum256([]byte(deskSecret)), time.Now().UTC()
	statements := []string{
		`INSERT INTO staff (id, email, name, role, state, password_hash, created_at, updated_at) VALUES ('bench', 'bench@bookroom.example', 'Bench', 'admin', 'active', '', $1, $1)`,
		`INSERT INTO staff_sessions (id, staff_id, token_hash, agent, ip, created_at, last_seen_at, expires_at) VALUES ('bench', 'bench', '` + hex.EncodeToString(hash[:]) + `', '', '', $1, $1, $2)`,
	}
	args := [][]any{{now}, {now, now.AddDate(0, 0, 7)}}
	for i, query := range deskViews() {
		statements = append(statements, `INSERT INTO order_views (id, staff_id, name, query, created_at) VALUES ($1, 'bench', $1, $2, $3)`)
		args = append(args, []any{fmt.Sprintf("View %d", i+1), query, now})
	}
	return inOne(ctx, db, statements, args)
}

// deskViews are the queries of whoever is at the desk.
func deskViews() []string {
	return []string{"state=disputed&language=es", "product=leadership&source=card", "q=springfield&state=refunded", "person=1&source=card", "from=2026-01-01&language=es"}
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
	form func(n int) string // what is sent, where the page is the answer to a form
}

// deskPages are the pages that are measured, in a shop of so many orders.
func deskPages(orders int) []deskPage {
	return slices.Concat(orderPages(orders), otherPages(orders))
}

// at is a page with another one of the values in its address each time.
func at(address string, values ...string) func(int) string {
	return func(n int) string {
		if len(values) == 0 {
			return address
		}
		return fmt.Sprintf(address, url.QueryEscape(values[n%len(values)]))
	}
}

// addresses are what buyers may have, from their beginning on.
func addresses() []string {
	return []string{"maria.garcia7@mail.example", "ada.king1@mail.example", "zoe.young12@mail.example"}
}

func orderPages(orders int) []deskPage {
	number := func(n int) string { return fmt.Sprintf("BR-%d", 100001+n*7919%orders) }
	list := func(query string, values ...string) func(int) string { return at("/staff/orders?"+query, values...) }
	names := []string{"Maria Garcia", "Carlos Lopez", "Ada King", "Zoe Young", "Tariq Patel", "Priya Nguyen", "Sofia Reyes"}
	surnames := []string{"garcia", "lopez", "king", "young", "patel", "nguyen", "reyes", "smith"}
	return []deskPage{
		{name: "orders, newest", path: list("")},
		{name: "orders, far back", path: func(n int) string { return fmt.Sprintf("/staff/orders?before=%d", 1+n*7919%orders) }},
		{name: "orders, each state", path: list("state=%s", "pending", "paid", "partially_refunded", "refunded", "disputed", "lost", "expired", "canceled", "review")},
		{name: "orders that need a person", path: list("person=1")},
		{name: "orders, each source", path: list("source=%s", "card", "free", "granted")},
		{name: "orders in Spanish", path: list("language=es")},
		{name: "orders of a handbook", path: list("product=%s", "advisory-structure", "leadership", "the-complete-set")},
		{name: "orders of a month", path: func(n int) string {
			from := time.Now().UTC().AddDate(0, -1-n%40, 0)
			return "/staff/orders?from=" + from.Format("2006-01-02") + "&to=" + from.AddDate(0, 1, 0).Format("2006-01-02")
		}},
		{name: "orders, a view of one's own", path: func(n int) string { return "/staff/orders?" + deskViews()[n%len(deskViews())] }},
		{name: "search, number", path: func(n int) string { return "/staff/orders?q=" + number(n) }},
		{name: "search, payment of Stripe's", path: list("q=%s", "pi_seed_nothing", "ch_seed_nothing", "cs_seed_nothing", "dp_seed_nothing")},
		{name: "search, e-mail", path: list("q=%s", addresses()...)},
		{name: "search, beginning of an e-mail", path: list("q=%s", "maria.g", "ada.king", "zoe.y", "tariq.patel1")},
		{name: "search, host", path: list("q=%s", "@springfield3.k12", "@troy", "@mail.example")},
		{name: "search, name", path: list("q=%s", names...)},
		{name: "search, surname", path: list("q=%s", surnames...)},
		{name: "search, first letter", path: list("q=%s", "a", "m", "s", "z")},
		{name: "search, school", path: list("q=%s", "troy high school", "springfield academy", "harbor learning center")},
		{name: "search, name in a state", path: list("q=%s&state=refunded", names...)},
		{name: "search, words that meet nowhere", path: list("q=%s", "ada zoe", "troy salem academy", "garcia king")},
		{name: "search and every filter", path: list("q=%s&state=paid&language=es&source=card&product=leadership&from=2020-01-01&to=2030-01-01", surnames...)},
		{name: "filters that few orders fit", path: list("state=%s&language=es&product=la-familia-en-el-equipo", "disputed", "lost", "refunded", "canceled")},
		{name: "one order", path: func(n int) string { return "/staff/orders/" + number(n) }},
	}
}

// otherPages are those about all but orders.
func otherPages(orders int) []deskPage {
	back := func(address string, most int) func(int) string {
		return func(n int) string { return fmt.Sprintf("%s?before=%d", address, 1+n*7919%most) }
	}
	return []deskPage{
		{name: "dashboard", path: at("/staff")},
		{name: "dashboard, day by day", path: at("/staff?by=day")},
		{name: "mails, newest", path: at("/staff/mails")},
		{name: "mails, far back", path: back("/staff/mails", orders)},
		{name: "mails, each state", path: at("/staff/mails?state=%s", "queued", "sent", "failed", "bounced", "complaint")},
		{name: "mails of a kind", path: at("/staff/mails?kind=%s", "receipt", "refunded")},
		{name: "mails, a kind in a state", path: at("/staff/mails?kind=%s&state=bounced", "receipt", "refunded")},
		{name: "mails, number", path: func(n int) string { return fmt.Sprintf("/staff/mails?q=BR-%d", 100001+n*7919%orders) }},
		{name: "mails, e-mail", path: at("/staff/mails?q=%s", addresses()...)},
		{name: "mails, beginning of an e-mail", path: at("/staff/mails?q=%s", "maria.g", "ada.king", "zoe.y", "m", "a")},
		{name: "mails, beginning of an e-mail in a state", path: at("/staff/mails?q=%s&state=bounced", "maria.g", "m", "a")},
		{name: "one mail", path: func(n int) string { return fmt.Sprintf("/staff/mails/%d", 1+n*7919%(orders*8/10)) }},
		{name: "products", path: at("/staff/products")},
		{name: "one product", path: at("/staff/products/%s", "advisory-structure", "leadership", "the-complete-set")},
		{name: "products as a table", path: at("/staff/product-table")},
		{name: "audit trail", path: at("/staff/audit")},
		{name: "audit trail, far back", path: back("/staff/audit", orders/100)},
		{name: "audit trail, words", path: at("/staff/audit?q=%s", "refund", "sam", "nobody")},
		{name: "audit trail, one verb", path: at("/staff/audit?verb=%s", "order.refund", "order.note", "order.email")},
		{name: "a person", path: at("/staff/people"), form: at("email=%s", addresses()...)},
		{name: "settings", path: at("/staff/settings")},
	}
}

// measure asks for the page, the first few times without counting.
func (p deskPage) measure(ctx context.Context, c *client) (deskRow, error) {
	header := map[string]string{"Cookie": "staff=" + url.QueryEscape(deskSecret), "Accept-Encoding": "gzip"}
	method, form := http.MethodGet, func(int) string { return "" }
	if p.form != nil {
		method, form = http.MethodPost, p.form
		header["Content-Type"] = "application/x-www-form-urlencoded"
	}
	var took []time.Duration
	begun := time.Now()
	for n := range looks + 10 {
		before := time.Now()
		if len(took) >= fewestLooks && before.Sub(begun) > looksAtMost {
			break
		}
		if err := c.send(ctx, method, p.path(n), header, []byte(form(n)), http.StatusOK, nil); err != nil {
			return deskRow{}, err
		}
		if n >= 10 {
			took = append(took, time.Since(before))
		}
	}
	slices.Sort(took)
	return deskRow{p.name, took[len(took)/2], took[len(took)*95/100], took[len(took)-1]}, nil
}
