package store_test

import (
	"errors"
	"log/slog"
	"net/netip"
	"path"
	"slices"
	"sync"
	"testing"
	"time"

	"bookroom/shop"
	"bookroom/signin"
	"bookroom/store"
	"bookroom/store/storetest"
)

// passwords are the real ones, once for all tests: they take turns.
var passwords = sync.OnceValues(signin.NewPasswords)

const goodPassword = "quiet otters mend lamps"

// door is a back office to sign in to, with a clock of its own.
type door struct {
	*testing.T
	*shop.Shop
	store  *store.Store
	now    time.Time
	client shop.Client
}

func mustDoor(t *testing.T, s *store.Store) *door {
	t.Helper()
	hashing, err := passwords()
	must(t, err)
	passkeys, err := signin.NewPasskeys("https://shop.example")
	must(t, err)
	d := &door{T: t, store: s, now: storetest.Now(), client: from("192.0.2.7")}
	d.Shop = shop.New(shop.Config{
		Store: s, Passwords: hashing, Passkeys: passkeys, URL: "https://shop.example", Secret: []byte("0123456789abcdef0123456789abcdef"),
		Now: func() time.Time { return d.now }, Wake: func() {}, Log: slog.New(slog.DiscardHandler),
	})
	return d
}

func from(ip string) shop.Client { return shop.Client{IP: netip.MustParseAddr(ip), Agent: "test"} }

// someone has taken up an invitation.
type someone struct {
	shop.Staff
	app   string // its secret
	codes []string
	shop.Actor
	session string
}

// mustInvite returns the secret of an invitation.
func (d *door) mustInvite(email string, role shop.Role) string {
	d.Helper()
	address, err := d.AddStaff(d.Context(), shop.Shell(), email, "Robin", role)
	must(d.T, err)
	return path.Base(address)
}

// mustJoin makes somebody a member of staff who is signed in and has an authenticator app.
func (d *door) mustJoin(email string, role shop.Role) someone {
	d.Helper()
	token := d.mustInvite(email, role)
	ticket, err := d.ChooseFirstPassword(d.Context(), token, goodPassword, goodPassword)
	must(d.T, err)
	i, app, err := d.FirstApp(d.Context(), token, ticket)
	must(d.T, err)
	session, codes, err := d.AcceptWithApp(d.Context(), token, ticket, shop.TOTPCode(app.Secret, d.now), d.client)
	must(d.T, err)
	return someone{Staff: i.Staff, app: app.Secret, codes: codes, session: session, Actor: d.mustActor(session)}
}

func (d *door) mustActor(session string) shop.Actor {
	d.Helper()
	by, err := d.StaffActor(d.Context(), session, d.client)
	must(d.T, err)
	return by
}

// signIn gives the right password and then that code.
func (d *door) signIn(who someone, code string) (session string, err error) {
	d.Helper()
	ticket, err := d.BeginSignIn(d.Context(), who.Staff.Email, goodPassword, d.client)
	must(d.T, err)
	return d.SignInWithCode(d.Context(), ticket, code, d.client)
}

func (d *door) mustSignIn(who someone) (session string) {
	d.Helper()
	d.now = d.now.Add(time.Minute) // no code is good twice
	session, err := d.signIn(who, shop.TOTPCode(who.app, d.now))
	must(d.T, err)
	return session
}

func (d *door) wants(what string, got, want error) {
	d.Helper()
	if !errors.Is(got, want) {
		d.Errorf("%s: %v, want %v", what, got, want)
	}
}

// twice does something twice at once, of which one gets through; the other is refused.
func (d *door) twice(what string, do func() error, refused error) {
	d.Helper()
	results := make(chan error, 2)
	for range 2 {
		go func() { results <- do() }()
	}
	got := []error{<-results, <-results}
	if !slices.Contains(got, nil) || !errors.Is(errors.Join(got...), refused) {
		d.Errorf("%s twice at once: %v", what, got)
	}
}

// verbs are those of the trail about somebody, the oldest first.
func (d *door) verbs(staffID string) []string {
	d.Helper()
	records, err := d.store.AuditRecords(d.Context(), shop.AuditQuery{Subject: shop.Subject{Kind: "staff", ID: staffID}, Limit: 100})
	must(d.T, err)
	var verbs []string
	for _, r := range slices.Backward(records) {
		verbs = append(verbs, r.Verb)
	}
	return verbs
}
