package seed

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// batch is orders on their way into the database.
type batch struct {
	random   *rand.Rand
	goods    []goods
	now      time.Time
	of       int    // orders in all
	done     int    // orders so far
	sequence int64  // of the next order
	audited  int64  // records of the audit trail so far
	lastHash string // of the last of them

	orders, lines, payments, movements, entitlements, events, jobs, mails, downloads, disputes, returns, parts, notes, acts rows
}

func (b *batch) clear() {
	b.orders = rows{table: "orders", columns: []string{
		"sequence", "id", "cart_id", "source", "status", "email", "name", "organisation", "po_number", "language", "currency", "subtotal", "discount",
		"donation", "tax", "total", "token_version", "idempotency_key", "fingerprint", "session_id", "session_state", "payment_url", "closed",
		"attention", "placed_at", "expires_at", "paid_at", "updated_at",
	}}
	b.lines = rows{table: "order_lines", columns: []string{
		"id", "order_id", "position", "product_id", "product_slug", "variant_id", "licence", "sku", "title", "edition_number", "quantity",
		"unit_price", "support", "discount", "tax", "total",
	}}
	b.payments = rows{table: "payments", columns: []string{
		"payment_intent_id", "order_id", "charge_id", "session_id", "amount", "tax", "currency", "paid_at", "matches", "refunded", "refunded_as_of",
	}}
	b.movements = rows{table: "money_movements", columns: []string{"payment_intent_id", "position", "order_id", "kind", "at", "amount", "currency"}}
	b.entitlements = rows{table: "entitlements", columns: []string{
		"id", "order_id", "line_id", "product_id", "licence", "email", "organisation", "state", "downloads", "granted_at",
	}}
	b.events = rows{table: "payment_events", columns: []string{
		"id", "type", "kind", "source", "livemode", "outcome", "order_id", "session_id", "payment_intent_id", "charge_id", "amount", "tax", "currency",
		"refund_id", "dispute_id", "dispute_status", "dispute_amount", "dispute_reason", "payload", "at", "received_at",
	}}
	b.jobs = rows{table: "jobs", columns: []string{"kind", "key", "subject", "detail", "state", "attempts", "run_at", "cause", "finished_at"}}
	b.mails = rows{table: "mails", columns: []string{
		"key", "kind", "order_id", "to_address", "language", "subject", "plain", "html", "message_id", "state", "attempts", "error", "bounce",
		"queued_at", "sent_at", "delivered_at", "bounced_at",
	}}
	b.downloads = rows{table: "downloads", columns: []string{
		"id", "entitlement_id", "order_id", "file_id", "edition_id", "issued_at", "expires_at", "ip", "agent",
	}}
	b.disputes = rows{table: "disputes", columns: []string{"id", "order_id", "payment_intent_id", "status", "amount", "reason", "updated_at"}}
	b.returns = rows{table: "order_returns", columns: []string{
		"id", "order_id", "kind", "state", "payment_intent_id", "amount", "revokes", "reason", "note", "staff_id", "staff", "token_id",
		"idempotency_key", "fingerprint", "refund_id", "problem", "requested_at", "settled_at",
	}}
	b.parts = rows{table: "order_return_parts", columns: []string{"return_id", "order_id", "part", "held"}}
	b.acts = rows{table: "audit_records", columns: []string{
		"sequence", "at", "staff_id", "staff", "token_id", "ip", "verb", "subject_kind", "subject_id", "subject_name", "before", "after", "previous_hash", "hash",
	}}
	b.notes = rows{table: "order_notes", columns: []string{"id", "order_id", "staff_id", "staff", "note", "written_at"}}
}

func (b *batch) tables() []*rows {
	return []*rows{
		&b.orders, &b.lines, &b.payments, &b.movements, &b.entitlements, &b.events, &b.jobs, &b.mails, &b.downloads, &b.disputes, &b.returns, &b.parts,
		&b.notes, &b.acts,
	}
}

// years is how long the shop has been selling.
const years = 4

var (
	firstNames = strings.Fields("Ada Alan Ana Andre Beatriz Bo Carla Carlos Chen Clara Dana David Elena Emma Erik Fatima Felix Grace Hana Hugo Ines Ivan Jada James Jamal Jose Julia Kai Karen Lena Leo Lucia Luis Maria Marcus Maya Mei Miguel Nadia Nina Noah Olga Omar Paula Pedro Priya Rosa Ruth Sam Sara Sofia Tariq Tom Uma Vera Victor Wanda Yusuf Zoe")
	lastNames  = strings.Fields("Adams Allen Alvarez Baker Bell Brown Campbell Carter Castillo Chavez Clark Collins Cooper Cruz Davis Diaz Edwards Evans Flores Foster Garcia Gomez Gonzalez Gray Green Hall Harris Hernandez Hill Howard Hughes Jackson James Johnson Jones Kelly Kim King Lee Lewis Lopez Martin Martinez Mendoza Miller Mitchell Moore Morales Morgan Morris Murphy Nguyen Ortiz Parker Patel Perez Phillips Price Ramirez Reed Reyes Rivera Roberts Robinson Rodriguez Rogers Ruiz Sanchez Sanders Scott Smith Stewart Taylor Thomas Thompson Torres Turner Walker Ward Watson White Williams Wilson Wood Wright Young")
	places     = strings.Fields("Albany Arcadia Ashland Aurora Bayview Belmont Bristol Burlington Camden Canton Chester Clayton Clinton Concord Dayton Dover Easton Fairview Florence Franklin Georgetown Glendale Greenville Hamilton Harbor Hudson Jackson Kingston Lakeside Lebanon Lexington Madison Manchester Marion Milford Milton Newport Oakland Oxford Princeton Quincy Riverside Salem Sheridan Springfield Troy Union Vernon Westfield Winchester")
	sorts      = []string{"High School", "Middle School", "Academy", "Charter School", "Career Center", "Unified District", "Community School", "Learning Center"}
	agents     = []string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1",
		"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/129.0 Safari/537.36",
	}
)

// id is a UUID of version 7 of that moment.
func (b *batch) id(at time.Time) string {
	ms, r1, r2 := uint64(at.UnixMilli()), b.random.Uint64(), b.random.Uint64()
	return fmt.Sprintf("%08x-%04x-7%03x-%04x-%012x", ms>>16, ms&0xffff, r1&0xfff, 0x8000|r1>>12&0x3fff, r2&0xffffffffffff)
}

func (b *batch) oneIn(n int) bool { return b.random.IntN(n) == 0 }

func one[T any](b *batch, of []T) T { return of[b.random.IntN(len(of))] }

// sold is an order while its rows are written.
type sold struct {
	id, status, closed, attention, source, session, intent, charge string
	email, name, organisation, language                            string
	total                                                          int64
	placed, paid                                                   time.Time
	paidAt                                                         any // nil while it is not
	lines                                                          []goods
	lineIDs                                                        []string
}

// isPaid reports whether money came in, or none was due.
func (s *sold) isPaid() bool { return !s.paid.IsZero() }

// add makes one more order, a little later than the one before.
func (b *batch) add() {
	span := time.Duration(years*365*24) * time.Hour
	placed := b.now.Add(-span + time.Duration(float64(span)*float64(b.done+1)/float64(b.of+1))).Truncate(time.Microsecond)
	s := &sold{id: b.id(placed), placed: placed, source: "card"}
	b.buyer(s)
	for range 1 + b.random.IntN(2)*b.random.IntN(3) {
		s.lines = append(s.lines, one(b, b.goods))
		s.lineIDs = append(s.lineIDs, b.id(placed))
		s.total += s.lines[len(s.lines)-1].price
	}
	b.fate(s)
	b.write(s)
	b.done++
	b.sequence++
}

func (b *batch) buyer(s *sold) {
	first, last, place := one(b, firstNames), one(b, lastNames), one(b, places)
	s.name = first + " " + last
	s.organisation = place + " " + one(b, sorts)
	host := strings.ToLower(place) + fmt.Sprint(b.random.IntN(40)) + ".k12.example"
	if b.oneIn(4) {
		host, s.organisation = "mail.example", ""
	}
	s.email = strings.ToLower(first+"."+last) + fmt.Sprint(b.random.IntN(30)) + "@" + host
}

// fate decides what became of an order.
func (b *batch) fate(s *sold) {
	s.session, s.intent, s.charge = "cs_seed_"+s.id, "pi_seed_"+s.id, "ch_seed_"+s.id
	recent := b.now.Sub(s.placed) < 2*time.Hour
	switch roll := b.random.IntN(1000); {
	case s.total == 0:
		s.status, s.source, s.session = "paid", "free", ""
		if b.oneIn(20) {
			s.source = "granted"
		}
	case recent && roll < 300:
		s.status = "pending"
	case roll < 60:
		s.status, s.closed = "expired", "expired"
	case roll < 80:
		s.status, s.closed = "canceled", "canceled"
	case roll < 82:
		s.status, s.attention = "review", "The payment is not the one that was due. Nothing was granted; refund it in Stripe or settle it with the buyer."
	case roll < 100:
		s.status = "refunded"
	case roll < 112:
		s.status = "partially_refunded"
		if b.oneIn(10) {
			s.attention = "A refund is not the price of certain lines. Access was left as it was; decide which lines it is for."
		}
	case roll < 115:
		s.status = "disputed"
	case roll < 117:
		s.status = "lost"
	default:
		s.status = "paid"
	}
	if s.closed == "" && s.status != "pending" {
		s.paid = s.placed.Add(time.Duration(30+b.random.IntN(600)) * time.Second)
		s.paidAt = s.paid
	}
}

func (b *batch) write(s *sold) {
	sessionState, updated := "closed", s.placed
	s.language = "en"
	if b.oneIn(9) {
		s.language = "es"
	}
	if s.status == "pending" {
		sessionState = "open"
	}
	if s.session == "" {
		sessionState = ""
	}
	if s.isPaid() {
		updated = s.paid
	}
	var paidAt any
	if s.isPaid() && s.status != "review" {
		paidAt = s.paid
	}
	b.orders.values = append(b.orders.values, []any{
		b.sequence, s.id, b.id(s.placed), s.source, s.status, s.email, s.name, s.organisation, "", s.language, "usd", s.total, 0,
		0, 0, s.total, 1, "seed-" + s.id, s.id, s.session, sessionState, "", s.closed,
		s.attention, s.placed, s.placed.Add(2 * time.Hour), paidAt, updated,
	})
	for i, g := range s.lines {
		edition := 0
		if g.fileID != "" {
			edition = 1
		}
		b.lines.values = append(b.lines.values, []any{
			s.lineIDs[i], s.id, i + 1, g.productID, g.slug, g.variantID, g.licence, g.sku, g.title, edition, 1, g.price, 0, 0, 0, g.price,
		})
	}
	if s.total > 0 && s.isPaid() {
		b.pay(s)
	}
	if s.closed != "" {
		b.event(s, "checkout.session.expired", "payment_expired", 0, s.placed.Add(2*time.Hour), "", "")
	}
	if s.isPaid() && s.status != "review" {
		b.deliver(s)
	}
	if b.oneIn(200) {
		b.notes.values = append(b.notes.values, []any{b.id(s.placed), s.id, "seed", "Sam at the desk", "The buyer called about the invoice.", s.placed.Add(time.Hour)})
		b.act(s, "order.note", s.placed.Add(time.Hour))
	}
}

func (b *batch) pay(s *sold) {
	b.event(s, "checkout.session.completed", "payment_succeeded", s.total, s.paid, "", "")
	refunded, refundedAt, amount := int64(0), any(nil), s.total
	later := s.paid.Add(time.Duration(1+b.random.IntN(20*24)) * time.Hour)
	switch s.status {
	case "refunded":
		refunded = s.total
	case "partially_refunded":
		refunded = max(1, s.total/2)
	case "review":
		amount = s.total + 100
	case "disputed", "lost":
		status := map[string]string{"disputed": "open", "lost": "lost"}[s.status]
		b.disputes.values = append(b.disputes.values, []any{"dp_seed_" + s.id, s.id, s.intent, status, s.total, "fraudulent", later})
		b.event(s, "charge.dispute.created", "dispute_changed", 0, later, "dp_seed_"+s.id, status)
	}
	if amount > 0 {
		b.movements.values = append(b.movements.values, []any{s.intent, 1, s.id, "payment", s.paid, amount, "usd"})
	}
	if refunded > 0 {
		refundedAt = later
		b.movements.values = append(b.movements.values, []any{s.intent, 2, s.id, "refund", later, refunded, "usd"})
		if s.status == "refunded" && b.oneIn(2) {
			b.giveBack(s, later)
		}
		b.event(s, "charge.refunded", "charge_refunded", refunded, later, "", "")
	}
	b.payments.values = append(b.payments.values, []any{
		s.intent, s.id, s.charge, s.session, amount, 0, "usd", s.paidAt, s.status != "review", refunded, refundedAt,
	})
}

func (b *batch) event(s *sold, kind, means string, amount int64, at time.Time, dispute, disputeStatus string) {
	payload := fmt.Sprintf(`{"id":"evt","object":"event","type":%q,"data":{"object":{"id":%q,"payment_intent":%q,"amount":%d}}}`, kind, s.charge, s.intent, amount)
	reason, disputed := "", int64(0)
	if dispute != "" {
		reason, disputed = "fraudulent", s.total
	}
	b.events.values = append(b.events.values, []any{
		"evt_" + kind + "_" + s.id, kind, means, "webhook", false, "applied", s.id, s.session, s.intent, s.charge, amount, 0, "usd",
		"", dispute, disputeStatus, disputed, reason, []byte(payload), at, at.Add(2 * time.Second),
	})
}

// deliver grants what was bought, mails the receipt and has most buyers download.
func (b *batch) deliver(s *sold) {
	state := map[string]string{"refunded": "revoked", "lost": "revoked", "disputed": "suspended"}[s.status]
	if state == "" {
		state = "active"
	}
	for i, g := range s.lines {
		id, links := b.id(s.paid), 0
		if g.fileID != "" {
			links = b.random.IntN(3)
		}
		b.entitlements.values = append(b.entitlements.values, []any{id, s.id, s.lineIDs[i], g.productID, g.licence, s.email, s.organisation, state, links, s.paid})
		for range links {
			at := s.paid.Add(time.Duration(1+b.random.IntN(10_000)) * time.Minute)
			b.downloads.values = append(b.downloads.values, []any{
				b.id(at), id, s.id, g.fileID, g.editionID, at, at.Add(10 * time.Minute), fmt.Sprintf("198.51.%d.0", b.random.IntN(256)), one(b, agents),
			})
		}
	}
	b.mail(s)
}

// mail sends the receipt, which in a few cases does not arrive.
func (b *batch) mail(s *sold) {
	job, state, cause, bounce := "done", "sent", "", ""
	sent := s.paid.Add(3 * time.Second)
	sentAt, delivered, bounced := any(sent), any(sent.Add(2*time.Second)), any(nil)
	switch roll := b.random.IntN(3000); {
	case roll < 10:
		job, state, cause = "failed", "failed", "The mail server refused the address for good."
		sentAt, delivered = nil, nil
	case roll < 30:
		state, bounce, delivered, bounced = "bounced", "smtp; 550 5.1.1 user unknown", nil, sent.Add(time.Minute)
	case roll < 31:
		state, bounced = "complaint", sent.Add(time.Hour)
	}
	key := "mail:receipt:" + s.id
	b.jobs.values = append(b.jobs.values, []any{"mail", key, s.id, "receipt", job, 1, sent, cause, sent})
	b.mails.values = append(b.mails.values, []any{
		key, "receipt", s.id, s.email, s.language, "Your downloads and receipt", "Hello " + s.name + ",\n\n" + receipt, "<p>Hello " + s.name + ",</p><p>" + receipt + "</p>",
		"receipt." + s.id + "@shop.example", state, 1, cause, bounce, s.paid, sentAt, delivered, bounced,
	})
}

// receipt is about as long as what buyers are told.
var receipt = strings.Repeat("Thank you for your order. Your files are at the link below, for as long as you like. ", 8)

// giveBack is a refund of the whole order that was asked for at the desk.
func (b *batch) giveBack(s *sold, at time.Time) {
	id := b.id(at)
	asked := at.Add(-3 * time.Second)
	b.returns.values = append(b.returns.values, []any{
		id, s.id, "parts", "succeeded", s.intent, s.total, "[]", "buyer_asked", "", "seed", "Sam at the desk", "", "seed-" + s.id, s.id, "re_seed_" + s.id, "",
		asked, at,
	})
	for i := range s.lines {
		b.parts.values = append(b.parts.values, []any{id, s.id, fmt.Sprintf("line-%d", i+1), true})
	}
	b.act(s, "order.refund", asked)
}

// act adds a record to the audit trail. Its hash is none that could be verified.
func (b *batch) act(s *sold, verb string, at time.Time) {
	b.audited++
	hash := fmt.Sprintf("%x", sha256.Sum256([]byte(verb+s.id)))
	b.acts.values = append(b.acts.values, []any{
		b.audited, at, "seed", "Sam at the desk", "", "198.51.100.0", verb, "order", s.id, fmt.Sprintf("BR-%d", 100_000+b.sequence), "{}", "{}", b.lastHash, hash,
	})
	b.lastHash = hash
}
