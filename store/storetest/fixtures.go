package storetest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"testing"
	"time"

	"bookroom/shop"
	"bookroom/store"
)

// Now is the moment at which the fixtures happen.
func Now() time.Time { return time.Date(2026, 3, 14, 9, 26, 53, 589793000, time.UTC) }

// Handbook is a published handbook with two licences, at $19.00 and $190.00, and one PDF.
func Handbook(slug, title string) shop.CatalogEntry {
	return shop.CatalogEntry{Product: shop.Product{
		Slug: slug, Kind: shop.Handbook, Status: shop.Published, Title: title,
		Subtitle: "A training handbook", Summary: "What every advisor should know.", Description: "## Why\n\nBecause.",
		Authors: []string{"Bookroom"}, Language: "en", Pages: 40,
		Distinguishers: []string{"advisory"}, Goals: []string{"communication"}, Tags: []string{"practice"},
		Accessibility: []string{"The PDF is tagged."},
		Contents:      []shop.ContentEntry{{Title: "Beginnings", Page: 5, Level: 1}},
		Variants:      Variants(1900, 19000),
		Editions:      []shop.Edition{Edition(slug, 1)},
	}}
}

// Bundle is a published bundle of handbooks.
func Bundle(slug, title string, includes ...string) shop.CatalogEntry {
	entry := Handbook(slug, title)
	entry.Product.Kind, entry.Product.Editions, entry.Product.Contents, entry.Includes = shop.Bundle, nil, nil, includes
	entry.Product.Variants = Variants(4900, 49000)
	return entry
}

// Variants are an individual and a school licence at these prices, in US cents.
func Variants(individual, school int64) []shop.Variant {
	return []shop.Variant{
		{Kind: shop.Individual, SKU: "I", Price: shop.Money{Amount: individual, Currency: "usd"}},
		{Kind: shop.SchoolLicence, SKU: "S", Price: shop.Money{Amount: school, Currency: "usd"}},
	}
}

// Edition is an edition with one PDF, whose bytes are other ones for every slug and number.
func Edition(slug string, number int) shop.Edition {
	sum := sha256.Sum256([]byte{byte(number)})
	sum = sha256.Sum256(append(sum[:], slug...))
	digest := hex.EncodeToString(sum[:])
	return shop.Edition{Number: number, Notes: "First words.", Files: []shop.File{
		{Name: slug + ".pdf", ContentType: "application/pdf", Size: 1234, SHA256: digest, Key: shop.FileKey(digest)},
	}}
}

// The slugs of MustProducts.
const (
	Advisory = "advisory"
	Projects = "projects"
	Starter  = "starter" // costs nothing
	Both     = "both"    // a bundle of the first two
)

// MustProducts brings in three handbooks and a bundle. The jobs that follow from it are done.
func MustProducts(tb testing.TB, s *store.Store) {
	tb.Helper()
	starter := Handbook(Starter, "A Free Start")
	starter.Product.Variants = Variants(0, 0)[:1]
	MustImport(tb, s, Handbook(Advisory, "The Advisory Handbook"), Handbook(Projects, "Projects in the Real World"), starter,
		Bundle(Both, "Advisory and Projects", Advisory, Projects))
	MustFinishJobs(tb, s)
}

// MustFinishJobs ends the jobs that are queued, so that a test meets those only that follow from what it does.
func MustFinishJobs(tb testing.TB, s *store.Store) {
	tb.Helper()
	jobs, err := s.ClaimJobs(context.Background(), Now().Add(time.Hour), 100, time.Minute)
	for _, job := range jobs {
		err = errors.Join(err, s.FinishJob(context.Background(), job, Now()))
	}
	if err != nil {
		tb.Fatalf("finish jobs: %v", err)
	}
}

// MustImport brings products in.
func MustImport(tb testing.TB, s *store.Store, entries ...shop.CatalogEntry) shop.Imported {
	tb.Helper()
	imported, err := s.ImportProducts(context.Background(), entries, Now())
	if err != nil {
		tb.Fatalf("import: %v", err)
	}
	return imported
}

// MustProduct returns a product that is there.
func MustProduct(tb testing.TB, s *store.Store, slug string) shop.Product {
	tb.Helper()
	product, err := s.Product(context.Background(), slug)
	if err != nil {
		tb.Fatalf("product %s: %v", slug, err)
	}
	return product
}

// MustCart returns a cart with one individual licence of each product.
func MustCart(tb testing.TB, s *store.Store, slugs ...string) shop.Cart {
	tb.Helper()
	ctx := context.Background()
	cart, err := s.CreateCart(ctx)
	if err != nil {
		tb.Fatalf("create cart: %v", err)
	}
	for _, slug := range slugs {
		choice := shop.CartChoice{VariantID: MustProduct(tb, s, slug).Variants[0].ID, Quantity: 1}
		if cart, err = s.SetCartItem(ctx, cart.ID, choice); err != nil {
			tb.Fatalf("put %s into the cart: %v", slug, err)
		}
	}
	return cart
}

// NewOrder is a pending order of what is in the cart, not placed yet.
func NewOrder(tb testing.TB, cart shop.Cart) shop.Order {
	tb.Helper()
	priced, err := shop.Price(cart)
	if err != nil {
		tb.Fatalf("price: %v", err)
	}
	order := shop.Order{
		ID: shop.NewID(), CartID: cart.ID, Source: shop.SourceCard, Status: shop.Pending,
		Email: "ada@school.example", Name: "Ada Lovelace", Organisation: "The School", PONumber: "PO 7",
		Currency: priced.Currency, Subtotal: priced.Subtotal, Discount: priced.Discount, Donation: priced.Donation, Total: priced.Total, Lines: priced.Lines,
		TokenVersion: 1, IdempotencyKey: shop.NewSecret(), Fingerprint: shop.NewSecret(),
		PlacedAt: Now(), UpdatedAt: Now(), ExpiresAt: Now().Add(shop.PaymentWindow),
	}
	for i := range order.Lines {
		order.Lines[i].ID = shop.NewID()
	}
	return order
}

// MustOrder places an order for one individual licence of each product, with a payment session.
func MustOrder(tb testing.TB, s *store.Store, slugs ...string) shop.Order {
	tb.Helper()
	ctx := context.Background()
	order, err := s.PlaceOrder(ctx, NewOrder(tb, MustCart(tb, s, slugs...)), shop.Change{})
	if err != nil {
		tb.Fatalf("place order: %v", err)
	}
	page := shop.PaymentPage{SessionID: "cs_" + order.ID, URL: "https://pay.example/" + order.ID, ExpiresAt: order.ExpiresAt}
	if _, err := s.AttachPayment(ctx, order.ID, page, Now()); err != nil {
		tb.Fatalf("attach payment: %v", err)
	}
	order.SessionID, order.SessionState, order.PaymentURL = page.SessionID, shop.SessionOpen, page.URL
	return order
}

// Payment is the event that an order was paid in full, without tax.
func Payment(o shop.Order) shop.PaymentEvent {
	return shop.PaymentEvent{
		ID: "evt_paid_" + o.ID, Type: "checkout.session.completed", Kind: shop.PaymentSucceeded, Source: shop.FromWebhook,
		At: Now().Add(time.Minute), Payload: []byte(`{"object":"event"}`), OrderID: o.ID, SessionID: o.SessionID,
		PaymentIntentID: "pi_" + o.ID, ChargeID: "ch_" + o.ID, Amount: o.Due(), Currency: o.Currency,
	}
}

// MustApply applies an event and expects that outcome.
func MustApply(tb testing.TB, s *store.Store, e shop.PaymentEvent, outcome shop.EventOutcome) shop.Order {
	tb.Helper()
	applied, err := s.ApplyPayment(context.Background(), e, Now().Add(2*time.Minute))
	if err != nil {
		tb.Fatalf("apply %s: %v", e.ID, err)
	}
	if applied.Outcome != outcome {
		tb.Fatalf("applying %s: %s, want %s", e.ID, applied.Outcome, outcome)
	}
	return applied.Order
}

// MustPaidOrder places and pays an order for one individual licence of each product.
func MustPaidOrder(tb testing.TB, s *store.Store, slugs ...string) shop.Order {
	tb.Helper()
	return MustApply(tb, s, Payment(MustOrder(tb, s, slugs...)), shop.EventApplied)
}

// MustStaff adds somebody who is at the desk.
func MustStaff(tb testing.TB, s *store.Store, role shop.Role) shop.Staff {
	tb.Helper()
	member := shop.Staff{
		ID: shop.NewID(), Name: "Sam " + string(role), Role: role, State: shop.StaffActive, CreatedAt: Now(), UpdatedAt: Now(),
	}
	member.Email = member.ID + "@bookroom.example"
	act := shop.Act{By: shop.Actor{Name: "test"}, Verb: "staff.add", Subject: shop.Subject{Kind: "staff", ID: member.ID, Name: member.Email}}
	if err := s.AddStaff(tb.Context(), member, "", act); err != nil {
		tb.Fatalf("add staff: %v", err)
	}
	return member
}

// Actor is a member of staff who does something at the desk.
func Actor(member shop.Staff) shop.Actor {
	return shop.Actor{StaffID: member.ID, Name: member.Name, Email: member.Email, Role: member.Role, IP: "192.0.2.7"}
}

// MustToken adds a token of the API that lasts, for all that the role may do where no scopes are named, and returns its secret.
func MustToken(tb testing.TB, s *store.Store, member shop.Staff, scopes ...shop.Permission) (secret string) {
	tb.Helper()
	if len(scopes) == 0 {
		scopes = member.Role.Permissions()
	}
	secret = shop.NewSecret()
	sum := sha256.Sum256([]byte(secret))
	token := shop.APIToken{
		ID: shop.NewID(), Staff: member, Name: "test", TokenHash: hex.EncodeToString(sum[:]), Scopes: scopes,
		CreatedAt: Now(), ExpiresAt: time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	act := shop.Act{By: Actor(member), Verb: "token.add", Subject: shop.Subject{Kind: "token", ID: token.ID, Name: token.Name}, After: map[string]any{"scopes": scopes}}
	if err := s.AddToken(tb.Context(), token, act); err != nil {
		tb.Fatalf("add token: %v", err)
	}
	return secret
}
