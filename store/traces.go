package store

import "strings"

// trace is a table, or a part of its rows, and what becomes of what it holds of a person. Every column that can hold
// text is named here; a test compares with the tables.
type trace struct {
	table string
	what  string // its rows, as people are told of them; "" where they say nothing by themselves
	of    string // which rows are a person's, by @email, and @escaped as it stands in addresses; "" where none are
	gone  bool   // these rows are deleted; otherwise columns are erased
	// erased says by which expression each column is replaced. The column rewritten, if there is one, holds JSON and is
	// rewritten by the program; the table's key is id then.
	erased    map[string]string
	rewritten string
	withheld  string            // columns that are not handed out either, being secrets, separated by spaces
	kept      map[string]string // columns that stay, separated by spaces, by the reason
}

// ofOrders is the orders of a person. They are erased last, since the others are found by them.
const ofOrders = "(SELECT id FROM orders WHERE email = @email)"

// The reasons for what stays. Whole tables stay for the last ones.
const (
	bookkeeping = "bookkeeping needs it"
	plumbing    = "made up by the program, says nothing of a person"
	goods       = "what is sold, not who buys"
	ourStaff    = "members of staff, who are no buyers; they are removed in the list of staff"
	trail       = "the trail of what staff did: append-only, persons are in audit_personal"
)

// all is every column of a table.
const all = "*"

// traces are all tables, in the order in which a person is erased from them.
func (s *Store) traces() []trace {
	return []trace{
		{
			table: "payment_events", what: "reports of payments",
			of:        "order_id IN " + ofOrders + " OR (order_id IS NULL AND " + s.holdsBytes("payload") + ")",
			rewritten: "payload",
			kept: map[string]string{
				bookkeeping: "id type kind source outcome order_id session_id payment_intent_id charge_id currency refund_id dispute_id dispute_status dispute_reason",
			},
		},
		{
			table: "mails", what: "mails",
			of: "to_address = @email OR order_id IN " + ofOrders + " OR " + s.holds("key") +
				" OR key IN (SELECT '" + linkJob + "' || id FROM mailed_links WHERE purpose = 'library' AND subject = @email)",
			erased: map[string]string{
				"key": replaced("key"), "to_address": "CASE to_address WHEN @email THEN @pseudonym ELSE to_address END",
				"subject": "''", "plain": "''", "html": "''", "error": "''", "bounce": "''", "erased_at": "COALESCE(erased_at, @now)",
			},
			kept: map[string]string{plumbing: "kind order_id language message_id state"},
		},
		{table: "mail_reports", kept: map[string]string{plumbing: "id kind"}},
		{
			table: "jobs", what: "pieces of work",
			of: s.holds("key") + " OR " + s.holds("subject") + " OR " + s.holds("detail") + " OR " + s.holds("cause"),
			erased: map[string]string{
				"key": replaced("key"), "subject": replaced("subject"), "detail": replaced("detail"), "cause": "''",
				"state": "CASE state WHEN 'queued' THEN 'done' ELSE state END", "finished_at": "COALESCE(finished_at, @now)",
			},
			kept: map[string]string{plumbing: "kind"},
		},
		{
			table: "mailed_links", what: "links by mail", withheld: "token_hash",
			of:     "(purpose = 'library' AND subject = @email) OR (purpose = 'device' AND subject IN " + ofOrders + ")",
			erased: map[string]string{"subject": "CASE purpose WHEN 'library' THEN @pseudonym ELSE subject END", "used_at": "COALESCE(used_at, @now)"},
			kept:   map[string]string{plumbing: "id purpose language token_hash"},
		},
		{
			table: "sessions", what: "open libraries", gone: true, withheld: "token data",
			of: s.holdsBytes("data"), kept: map[string]string{plumbing: "token"}, erased: map[string]string{"data": ""},
		},
		{
			table: "order_devices", what: "known devices", gone: true, of: "order_id IN " + ofOrders,
			erased: map[string]string{"device": ""}, kept: map[string]string{plumbing: "order_id kind"},
		},
		{
			table: "downloads", what: "downloads", of: "order_id IN " + ofOrders,
			erased: map[string]string{"ip": "''", "agent": "''"},
			kept:   map[string]string{plumbing: "id entitlement_id order_id file_id edition_id archive_id"},
		},
		{
			table: "audit_personal", what: "values in the audit trail", gone: true, withheld: "salt hash",
			of:     "sequence IN (SELECT p.sequence FROM audit_personal p WHERE p.value = @email) OR sequence IN (SELECT r.sequence FROM audit_records r WHERE r.subject_kind = 'order' AND r.subject_id IN " + ofOrders + ")",
			erased: map[string]string{"value": "", "salt": ""}, kept: map[string]string{plumbing: "hash"},
		},
		{
			table: "entitlements", what: "rights", of: "email = @email OR order_id IN " + ofOrders,
			erased: map[string]string{"email": "@pseudonym", "organisation": "''"},
			kept:   map[string]string{plumbing: "id order_id line_id product_id", "the right itself stays": "licence state held"},
		},
		{
			table: "order_lines", what: "lines of orders", of: "order_id IN " + ofOrders,
			kept: map[string]string{bookkeeping: "id order_id product_id product_slug variant_id licence sku title"},
		},
		{
			table: "payments", what: "payments", of: "order_id IN " + ofOrders,
			kept: map[string]string{bookkeeping: "payment_intent_id order_id charge_id session_id currency"},
		},
		{
			table: "refunds", what: "refunds", of: "order_id IN " + ofOrders,
			kept: map[string]string{bookkeeping: "id order_id payment_intent_id"},
		},
		{
			// An invoice that an organisation keeps in its books says so for as long as the shop's own books do.
			table: "order_billing", what: "versions of invoices", of: "order_id IN " + ofOrders,
			erased: map[string]string{"name": "''", "address": "''", "tax_id": "CASE organisation WHEN '' THEN '' ELSE tax_id END"},
			kept:   map[string]string{bookkeeping: "order_id organisation"},
		},
		{
			table: "disputes", what: "disputes", of: "order_id IN " + ofOrders,
			kept: map[string]string{bookkeeping: "id order_id payment_intent_id status reason"},
		},
		{
			table: "order_returns", what: "refunds by staff", of: "order_id IN " + ofOrders, withheld: "idempotency_key fingerprint",
			erased: map[string]string{"note": "''"},
			kept: map[string]string{
				bookkeeping: "id order_id kind state payment_intent_id revokes reason refund_id problem",
				ourStaff:    "staff_id staff token_id", plumbing: "idempotency_key fingerprint",
			},
		},
		{
			table: "order_return_parts", what: "refunded parts of orders", of: "order_id IN " + ofOrders,
			kept: map[string]string{bookkeeping: all},
		},
		{table: "invoices", what: "invoices", of: "order_id IN " + ofOrders, kept: map[string]string{bookkeeping: all}},
		{
			table: "money_movements", what: "movements of money", of: "order_id IN " + ofOrders,
			kept: map[string]string{bookkeeping: all},
		},
		{
			table: "order_words", gone: true, of: "sequence IN (SELECT sequence FROM orders WHERE email = @email)",
			erased: map[string]string{"word": ""}, // the order is indexed anew
		},
		{
			// A hash of the address can be guessed. What takes its place fits no address, so that nobody is written to.
			table: "notice_recipients", what: "notices of new editions", of: "order_id IN " + ofOrders,
			erased: map[string]string{"address_hash": "substr(id || id, 1, 64)"}, kept: map[string]string{plumbing: "id edition_id order_id state"},
		},
		{table: "order_requests", of: "order_id IN " + ofOrders, withheld: "request", kept: map[string]string{plumbing: all}},
		{
			table: "order_notes", what: "notes of staff", of: "order_id IN " + ofOrders,
			erased: map[string]string{"note": "'" + erasedText + "'"}, kept: map[string]string{ourStaff: "id order_id staff_id staff"},
		},
		{
			table: "order_views", gone: true, of: s.holds("query") + " OR " + s.holds("name") + " OR " + s.holdsArg("query", "@escaped"),
			erased: map[string]string{"name": "", "query": ""}, kept: map[string]string{ourStaff: "id staff_id"},
		},
		{
			table: "orders", what: "orders", of: "email = @email", withheld: "idempotency_key fingerprint payment_url",
			erased: map[string]string{
				"email": "@pseudonym", "name": "''", "organisation": "''", "po_number": "''", "fingerprint": "''",
				// The page of a payment that is under way stays open; it is Stripe's.
				"payment_url": "CASE WHEN session_state IN ('open', 'processing') THEN payment_url ELSE '' END",
			},
			kept: map[string]string{
				bookkeeping: "id number source status currency session_id session_state closed attention",
				plumbing:    "cart_id idempotency_key language",
			},
		},

		{table: "carts", kept: map[string]string{plumbing: all}},
		{table: "cart_items", kept: map[string]string{plumbing: all}},
		{table: "cart_donations", kept: map[string]string{plumbing: all}},
		{table: "products", kept: map[string]string{goods: all}},
		{table: "product_facets", kept: map[string]string{goods: all}},
		{table: "variants", kept: map[string]string{goods: all}},
		{table: "editions", kept: map[string]string{goods: all}},
		{table: "edition_pages", kept: map[string]string{goods: all}},
		{table: "sample_pages", kept: map[string]string{goods: all}},
		{table: "edition_drafts", kept: map[string]string{goods: all}},
		{table: "edition_draft_files", kept: map[string]string{goods: all}},
		{table: "edition_notices", kept: map[string]string{plumbing: all}},
		{table: "inspections", kept: map[string]string{goods: all}},
		{table: "uploads", kept: map[string]string{ourStaff: all}},
		{table: "files", kept: map[string]string{goods: all}},
		{table: "bundle_parts", kept: map[string]string{goods: all}},
		{table: "search_facets", kept: map[string]string{goods: all}},
		{table: "search_synonyms", kept: map[string]string{goods: all}},
		{table: "figure_slips", kept: map[string]string{bookkeeping: all}},
		{table: "figure_sums", kept: map[string]string{bookkeeping: all}},
		{table: "settings", kept: map[string]string{"what staff decide of the shop": all}},
		{table: "staff", kept: map[string]string{ourStaff: all}},
		{table: "staff_attempts", kept: map[string]string{ourStaff: all}},
		{table: "staff_invitations", kept: map[string]string{ourStaff: all}},
		{table: "staff_passkeys", kept: map[string]string{ourStaff: all}},
		{table: "staff_recovery_codes", kept: map[string]string{ourStaff: all}},
		{table: "staff_sessions", kept: map[string]string{ourStaff: all}},
		{table: "api_tokens", kept: map[string]string{ourStaff: all}},
		{table: "audit_records", kept: map[string]string{trail: all}},
	}
}

// Personal returns the columns that are named in the list of what is erased and kept, as "table.column"; the column
// is "*" where it is all of them.
func (s *Store) Personal() []string {
	var named []string
	for _, t := range s.traces() {
		for column := range t.erased {
			named = append(named, t.table+"."+column)
		}
		if t.rewritten != "" {
			named = append(named, t.table+"."+t.rewritten)
		}
		for _, columns := range t.kept {
			for column := range strings.FieldsSeq(columns) {
				named = append(named, t.table+"."+column)
			}
		}
	}
	return named
}

// holds is the condition that a column of text holds the address somewhere.
func (s *Store) holds(column string) string { return s.holdsArg(column, "@email") }

// holdsArg is holds for another argument in lower case.
func (s *Store) holdsArg(column, arg string) string {
	if s.dialect == PostgreSQL {
		return "strpos(lower(" + column + "), " + arg + ") > 0"
	}
	return "instr(lower(" + column + "), " + arg + ") > 0"
}

// holdsBytes is holds for a column of bytes.
func (s *Store) holdsBytes(column string) string {
	if s.dialect == PostgreSQL {
		return "position(convert_to(@email, 'UTF8') IN " + column + ") > 0"
	}
	return "instr(" + column + ", CAST(@email AS BLOB)) > 0"
}

// replaced is a column of text with the pseudonym in the place of the address.
func replaced(column string) string { return "replace(" + column + ", @email, @pseudonym)" }
