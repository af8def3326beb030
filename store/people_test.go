package store_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

const (
	ada       = "ada@school.example"
	pseudonym = "erased-abc@erased.invalid"
)

// textColumns returns every column that can hold text, as "table.column", but for those of the search index and of
// the database's own tables.
func textColumns(tb testing.TB, s *store.Store) []string {
	tb.Helper()
	query := `SELECT m.name || '.' || c.name FROM sqlite_master m JOIN pragma_table_xinfo(m.name) c
		WHERE m.type = 'table' AND c.type IN ('TEXT', 'BLOB')`
	if s.Dialect() == store.PostgreSQL {
		query = `SELECT table_name || '.' || column_name FROM information_schema.columns
			WHERE table_schema = 'public' AND data_type IN ('text', 'bytea', 'character varying', 'jsonb', 'json', 'ARRAY')`
	}
	rows, err := pool(tb, s).Query(query)
	if err != nil {
		tb.Fatal(err)
	}
	defer rows.Close()
	var columns []string
	for rows.Next() {
		var column string
		if err := rows.Scan(&column); err != nil {
			tb.Fatal(err)
		}
		columns = append(columns, column)
	}
	if err := rows.Err(); err != nil {
		tb.Fatal(err)
	}
	return ours(columns)
}

// Whoever adds a column decides what becomes of it when a person is erased.
func TestEveryColumnIsErasedOrKeptForAReason(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		named := map[string]int{}
		for _, name := range s.Personal() {
			named[name]++
		}
		tables := map[string]bool{}
		for _, column := range textColumns(t, s) {
			table, _, _ := strings.Cut(column, ".")
			tables[table] = true
			if named[column]+named[table+".*"] == 0 {
				t.Errorf("%s can hold personal data: name it in traces, as erased or as kept and why", column)
			}
			if named[column]+named[table+".*"] > 1 {
				t.Errorf("%s is named more than once", column)
			}
		}
		for name := range named {
			if table, _, _ := strings.Cut(name, "."); !tables[table] {
				t.Errorf("%s is named and there is no such table", name)
			}
		}
	})
}

// MustPerson puts a person into every table that can hold one, and returns the order that she paid.
func MustPerson(tb testing.TB, s *store.Store) shop.Order {
	tb.Helper()
	ctx := tb.Context()
	ok := func(err error) {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
	}
	storetest.MustStaff(tb, s, shop.RoleSupport)
	payment := storetest.Payment(storetest.MustOrder(tb, s, storetest.Advisory))
	payment.Payload = []byte(`{"id":"evt_1","data":{"object":{"amount":1900,"customer_email":"ada@school.example","status":"complete",` +
		`"customer_details":{"name":"Ada Lovelace","address":{"line1":"1 Main St","country":"US","state":"RI"}}}}}`)
	order := storetest.MustApply(tb, s, payment, shop.EventApplied)
	stray := storetest.Payment(order)
	stray.ID, stray.OrderID, stray.SessionID, stray.PaymentIntentID, stray.Payload = "evt_stray", "", "", "pi_stray", []byte(`{"receipt_email":"ada@school.example"}`)
	storetest.MustApply(tb, s, stray, shop.EventUnmatched)
	for _, job := range MustNote(tb, s, ada) {
		ok(s.FinishJob(ctx, job, storetest.Now()))
	}
	ok(s.AskForLink(ctx, mailedLink(shop.LinkLibrary, ada), storetest.Now().Add(-time.Hour), 3))
	MustNote(tb, s, ada)
	ok(s.AskForLink(ctx, mailedLink(shop.LinkDevice, order.ID), storetest.Now().Add(-time.Hour), 3))
	ok(s.KeepSession(ctx, "token", []byte("gob\x00\xffemail\x0c"+ada+"\x00"), storetest.Now().Add(time.Hour)))
	ok(s.RememberDevices(ctx, order.ID, []shop.Device{{Kind: shop.DeviceNetwork, Device: "192.0.2.0"}}, storetest.Now()))
	files, err := s.OwnedFiles(ctx, order.ID)
	ok(err)
	ok(s.RecordDownload(ctx, shop.Download{
		ID: shop.NewID(), EntitlementID: files[0].EntitlementID, OrderID: order.ID, FileID: files[0].ID, EditionID: files[0].EditionID,
		IssuedAt: storetest.Now(), ExpiresAt: storetest.Now().Add(time.Hour), IP: "192.0.2.0", Agent: "Ada Lovelace's browser",
	}))
	_, err = s.IssueInvoice(ctx, order.ID, shop.Billing{Name: "Ada Lovelace", Address: "1 Main St", TaxID: "PO 7"}, storetest.Now())
	ok(err)
	for _, write := range []string{
		"INSERT INTO order_notes (id, order_id, staff_id, staff, note, written_at) VALUES ('n1', '" + order.ID + "', 's1', 'Sam', 'Ada Lovelace called', '2026-03-14 09:00:00+00:00')",
		"INSERT INTO order_views (id, staff_id, name, query, created_at) SELECT id, id, 'Ada', 'q=ada%40school.example', '2026-03-14 09:00:00+00:00' FROM staff",
	} {
		_, err := pool(tb, s).Exec(write)
		ok(err)
	}
	_, err = s.ResendMail(ctx, MustMails(tb, s, order.ID)[0].ID, "resend:for "+ada, shop.Act{
		By: shop.Actor{StaffID: "s1", Name: "Sam"}, Verb: "mail.resend", Subject: shop.Subject{Kind: "order", ID: order.ID, Name: order.Number},
		After: map[string]any{"sent_to": shop.Personal(ada), "name": shop.Personal("Ada Lovelace")},
	}, storetest.Now())
	ok(err)
	return order
}

// erase erases Ada.
func erase(ctx context.Context, s *store.Store) (shop.Erasure, error) {
	return s.ErasePerson(ctx, ada, pseudonym, func(e shop.Erasure) shop.Act {
		return shop.Act{
			By: shop.Actor{StaffID: "s1", Name: "Sam"}, Verb: "person.erase", Subject: shop.Subject{Kind: "person", ID: pseudonym},
			After: map[string]any{"orders": e.Orders},
		}
	}, storetest.Now())
}

func TestAnErasedPersonIsNowhere(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		order := MustPerson(t, s)
		before, err := s.PersonHoldings(t.Context(), ada)
		must(t, err)
		for _, what := range []string{
			"orders", "lines of orders", "rights", "payments", "downloads", "known devices", "open libraries", "links by mail", "mails",
			"pieces of work", "reports of payments", "values in the audit trail",
		} {
			if !slices.ContainsFunc(before, func(h shop.Holding) bool { return h.What == what && h.Rows > 0 }) {
				t.Errorf("the preview names no %s: %+v", what, before)
			}
		}

		erasure, err := erase(t.Context(), s)
		if err != nil || erasure.Orders != 1 || !slices.Equal(erasure.Holdings, before) {
			t.Fatalf("erased %+v, %v", erasure, err)
		}

		for _, column := range textColumns(t, s) {
			table, name, _ := strings.Cut(column, ".")
			if column == "order_billing.organisation" || column == "order_billing.tax_id" {
				continue // an organisation is no person, and its invoice has to name it
			}
			for _, trace := range []string{"ada@", "ada%40", "lovelace", "the school", "po 7", "1 main st", "192.0.2"} {
				if rows := count(t, pool(t, s), s.Dialect(), table, name, trace); rows != 0 {
					t.Errorf("%d rows of %s still hold %q", rows, column, trace)
				}
			}
		}
		if left, err := s.PersonHoldings(t.Context(), ada); err != nil || len(left) != 0 {
			t.Errorf("left: %+v, %v", left, err)
		}
		after := mustOrder(t, s, order.ID)
		if after.Email != pseudonym || after.Name != "" || after.Total != order.Total || after.Number != order.Number || after.Status != shop.Paid ||
			len(after.Payments) != 1 || after.Entitlements[0].State != shop.Active || !after.PlacedAt.Equal(order.PlacedAt) {
			t.Errorf("what bookkeeping needs, and the right: %+v", after)
		}
		if files, err := s.OwnedFiles(t.Context(), order.ID); err != nil || len(files) != 1 {
			t.Errorf("files of the order: %v, %v", files, err)
		}
		if _, _, err := s.VerifyAudit(t.Context()); err != nil {
			t.Errorf("the trail: %v", err)
		}
		var payload []byte
		must(t, pool(t, s).QueryRow("SELECT payload FROM payment_events WHERE order_id IS NOT NULL").Scan(&payload))
		var kept any
		must(t, json.Unmarshal(payload, &kept))
		want := "map[data:map[object:map[amount:1900 customer_details:map[address:map[country:US line1:erased state:RI] name:erased] customer_email:erased status:complete]] id:evt_1]"
		if fmt.Sprint(kept) != want {
			t.Errorf("payload %v, want %v", kept, want)
		}
	})
}

// count counts the rows whose column holds a text, in whatever case.
func count(t *testing.T, db *sql.DB, dialect, table, column, text string) (rows int) {
	t.Helper()
	condition := fmt.Sprintf("instr(lower(CAST(%q AS TEXT)), '%s') > 0", column, text)
	if dialect == store.PostgreSQL {
		// Bytes are compared by their hexadecimal digits.
		condition = fmt.Sprintf("strpos(lower(%[1]q::text), '%[2]s') > 0 OR strpos(%[1]q::text, '%[2]x') > 0", column, text)
	}
	must(t, db.QueryRow(fmt.Sprintf("SELECT COUNT(*) FROM %q WHERE %s", table, condition)).Scan(&rows))
	return rows
}

func TestErasingAgainDoesNothing(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		MustPerson(t, s)
		_, err := erase(t.Context(), s)
		must(t, err)
		if again, err := erase(t.Context(), s); err != nil || again.Orders != 0 || len(again.Holdings) != 0 {
			t.Errorf("again: %+v, %v", again, err)
		}
		records, err := s.AuditRecords(t.Context(), shop.AuditQuery{Limit: 10})
		must(t, err)
		var verbs []string
		for _, r := range records[:2] {
			verbs = append(verbs, r.Verb+fmt.Sprint(r.After))
		}
		if want := []string{"person.erase" + fmt.Sprint(map[string]any{"orders": 1}), "mail.resend" + fmt.Sprint(map[string]any{"sent_to": "erased", "name": "erased"})}; !slices.Equal(verbs, want) {
			t.Errorf("trail %v, want %v", verbs, want)
		}
	})
}

// What was under way when somebody was erased does not bring them back.
func TestWhatWasUnderWayDoesNotBringAPersonBack(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		order := storetest.MustPaidOrder(t, s, storetest.Advisory)
		mail := MustMails(t, s, order.ID)[0]
		_, err := erase(t.Context(), s)
		must(t, err)
		if noted, err := s.NoteLetter(t.Context(), mail.Key, shop.MailRecord{Kind: mail.Kind, To: ada, MessageID: "m"}); err != nil || noted {
			t.Errorf("a mail that was being written: %t, %v", noted, err)
		}
		if _, err := s.ResendMail(t.Context(), mail.ID, "resend:1", shop.Act{Verb: "mail.resend", Subject: shop.Subject{Kind: "mail"}}, storetest.Now()); !shop.IsKind(err, shop.Conflict) {
			t.Errorf("sent again: %v", err)
		}
		refund := storetest.Payment(order)
		refund.ID, refund.Kind, refund.Payload = "evt_late", shop.PaymentProcessing, []byte(`{"email":"ada@school.example"}`)
		storetest.MustApply(t, s, refund, shop.EventApplied)
		if rows := count(t, pool(t, s), s.Dialect(), "payment_events", "payload", "ada@"); rows != 0 {
			t.Error("a late event brought the address back")
		}
	})
}

func TestAPersonIsHandedOutWithoutSecrets(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		storetest.MustProducts(t, s)
		order := MustPerson(t, s)
		tables := map[string]int{}
		must(t, s.ExportPerson(t.Context(), ada, func(table string, row map[string]any) error {
			tables[table]++
			for _, secret := range []string{"token", "token_hash", "fingerprint", "idempotency_key", "payment_url", "salt"} {
				if _, there := row[secret]; there {
					t.Errorf("%s hands out %s", table, secret)
				}
			}
			if table == "orders" && (row["number"] != order.Number || row["email"] != ada) {
				t.Errorf("order %v", row)
			}
			_, err := json.Marshal(row)
			return err
		}))
		for _, table := range []string{"orders", "order_lines", "entitlements", "payments", "downloads", "mails", "mailed_links", "payment_events"} {
			if tables[table] == 0 {
				t.Errorf("nothing of %s: %v", table, tables)
			}
		}
		must(t, s.ExportPerson(t.Context(), "bob@school.example", func(table string, _ map[string]any) error {
			t.Errorf("a stranger is handed out %s", table)
			return nil
		}))
	})
}
