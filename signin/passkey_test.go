package signin_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/netip"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"bookroom/shop"
	"bookroom/signin"
	"bookroom/store"
	"bookroom/store/storetest"
)

const (
	site   = "books.school.example"
	origin = "https://" + site
)

var robin = shop.Staff{ID: "019a1b2c-3d4e-7f50-8a9b-0c1d2e3f4a5b", Email: "robin@school.example", Name: "Robin"}

func mustSite(t *testing.T) *signin.Passkeys {
	t.Helper()
	p, err := signin.NewPasskeys(origin)
	must(t, err)
	return p
}

func mustTake(t *testing.T, p *signin.Passkeys, a *authenticator) shop.Passkey {
	t.Helper()
	options, state, err := p.Offer(robin, nil)
	must(t, err)
	key, err := p.Take(robin, state, a.make(options))
	must(t, err)
	return key
}

func TestAPasskeyIsTakenAndGivesASign(t *testing.T) {
	t.Parallel()
	p, a := mustSite(t), mustAuthenticator(t, site, origin)
	key := mustTake(t, p, a)
	if key.ID != text(a.id) {
		t.Errorf("it is %s, want %s", key.ID, text(a.id))
	}
	for range 2 {
		options, state, err := p.Ask(robin, []shop.Passkey{key})
		must(t, err)
		if !bytes.Contains(options, []byte(text(a.id))) {
			t.Errorf("the question does not name the passkey: %s", options)
		}
		after, err := p.Check(robin, []shop.Passkey{key}, state, a.sign(options))
		must(t, err)
		if after.ID != key.ID || bytes.Equal(after.Credential, key.Credential) {
			t.Error("what was counted is not kept")
		}
		key = after
	}
	options, _, err := p.Offer(robin, []shop.Passkey{key})
	must(t, err)
	if !bytes.Contains(options, []byte(text(a.id))) {
		t.Errorf("the offer does not exclude the passkey that is known: %s", options)
	}
}

func TestNewPasskeysThatAreNoneForUsAreRefused(t *testing.T) {
	t.Parallel()
	p := mustSite(t)
	for name, answer := range map[string]func(t *testing.T, options []byte) []byte{
		"from another site's page": func(t *testing.T, options []byte) []byte {
			return mustAuthenticator(t, site, "https://b00ks.school.example").make(options)
		},
		"from another port": func(t *testing.T, options []byte) []byte {
			return mustAuthenticator(t, site, origin+":8443").make(options)
		},
		"without https": func(t *testing.T, options []byte) []byte {
			return mustAuthenticator(t, site, "http://"+site).make(options)
		},
		"for another site": func(t *testing.T, options []byte) []byte {
			return mustAuthenticator(t, "school.example", origin).make(options)
		},
		"a sign":               func(t *testing.T, options []byte) []byte { return mustAuthenticator(t, site, origin).sign(options) },
		"nothing":              func(*testing.T, []byte) []byte { return nil },
		"no JSON":              func(*testing.T, []byte) []byte { return []byte("passkey") },
		"to another challenge": func(t *testing.T, _ []byte) []byte { return mustAuthenticator(t, site, origin).make(offer(t, p)) },
	} {
		options, state, err := p.Offer(robin, nil)
		must(t, err)
		if _, err := p.Take(robin, state, answer(t, options)); !refused(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// refused reports whether the answer was none of a passkey that we know; the error says why.
func refused(err error) bool {
	return err != nil && shop.AsError(err).Code == shop.ErrPasskeyRefused.Code
}

func offer(t *testing.T, p *signin.Passkeys) []byte {
	t.Helper()
	options, _, err := p.Offer(robin, nil)
	must(t, err)
	return options
}

func TestSignsThatProveNothingAreRefused(t *testing.T) {
	t.Parallel()
	p := mustSite(t)
	for name, answer := range map[string]func(t *testing.T, a *authenticator, options, before []byte) []byte{
		"from another site's page": func(_ *testing.T, a *authenticator, options, _ []byte) []byte {
			a.origin = "https://" + site + ".evil.example"
			return a.sign(options)
		},
		"for another site": func(_ *testing.T, a *authenticator, options, _ []byte) []byte {
			a.site = "school.example"
			return a.sign(options)
		},
		"to an earlier question": func(_ *testing.T, a *authenticator, _, before []byte) []byte { return a.sign(before) },
		"with a counter that goes back": func(_ *testing.T, a *authenticator, options, _ []byte) []byte {
			a.counter = 0
			return a.sign(options)
		},
		"with a counter that stands": func(_ *testing.T, a *authenticator, options, _ []byte) []byte {
			a.counts = false
			return a.sign(options)
		},
		"signed by another key": func(t *testing.T, a *authenticator, options, _ []byte) []byte {
			a.key = mustAuthenticator(t, site, origin).key
			return a.sign(options)
		},
		"of an unknown passkey": func(t *testing.T, _ *authenticator, options, _ []byte) []byte {
			return mustAuthenticator(t, site, origin).sign(options)
		},
		"a new passkey": func(_ *testing.T, a *authenticator, options, _ []byte) []byte { return a.make(options) },
		"nothing":       func(*testing.T, *authenticator, []byte, []byte) []byte { return nil },
	} {
		a := mustAuthenticator(t, site, origin)
		a.counter = 5
		known := []shop.Passkey{mustTake(t, p, a)}
		before, _, err := p.Ask(robin, known)
		must(t, err)
		options, state, err := p.Ask(robin, known)
		must(t, err)
		if _, err := p.Check(robin, known, state, answer(t, a, options, before)); !refused(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAPasskeyIsOnePersons(t *testing.T) {
	t.Parallel()
	p, a := mustSite(t), mustAuthenticator(t, site, origin)
	known := []shop.Passkey{mustTake(t, p, a)}
	sam := shop.Staff{ID: shop.NewID(), Email: "sam@school.example", Name: "Sam"}
	options, state, err := p.Ask(robin, known)
	must(t, err)
	if _, err := p.Check(sam, known, state, a.sign(options)); !refused(err) {
		t.Errorf("as somebody else: %v", err)
	}
	if _, _, err := p.Ask(sam, nil); !refused(err) {
		t.Errorf("who has none: %v", err)
	}
}

// desk is a back office with a clock of its own, and somebody who took up an invitation with a passkey.
type desk struct {
	*testing.T
	*shop.Shop
	store   *store.Store
	now     time.Time
	key     *authenticator
	session string
}

var client = shop.Client{IP: netip.MustParseAddr("192.0.2.7"), Agent: "test"}

const password = "quiet otters mend lamps"

// mustDesk has a passkey that counts nothing, as those do that go from device to device: its counter shows no copies.
func mustDesk(t *testing.T) *desk {
	t.Helper()
	hashing, err := signin.NewPasswords()
	must(t, err)
	d := &desk{T: t, store: storetest.Open(t, storetest.SQLite(t)), now: storetest.Now(), key: mustAuthenticator(t, site, origin)}
	d.key.counts = false
	d.Shop = shop.New(shop.Config{
		Store: d.store, Passwords: hashing, Passkeys: mustSite(t), URL: origin, Secret: make([]byte, 32),
		Now: func() time.Time { return d.now }, Wake: func() {}, Log: slog.New(slog.DiscardHandler),
	})
	address, err := d.AddStaff(t.Context(), shop.Shell(), robin.Email, robin.Name, shop.RoleSupport)
	must(t, err)
	token := path.Base(address)
	ticket, err := d.ChooseFirstPassword(t.Context(), token, password, password)
	must(t, err)
	q, err := d.OfferFirstPasskey(t.Context(), token, ticket)
	must(t, err)
	d.session, _, err = d.AcceptWithPasskey(t.Context(), token, ticket, shop.PasskeyAnswer{Ticket: q.Ticket, Answer: string(d.key.make(q.Options))}, client)
	must(t, err)
	d.now = d.now.Add(time.Minute)
	return d
}

// ask begins a sign-in and returns what ends it.
func (d *desk) ask() (ticket string, a shop.PasskeyAnswer) {
	d.Helper()
	ticket, err := d.BeginSignIn(d.Context(), robin.Email, password, client)
	must(d.T, err)
	q, err := d.AskPasskeyToSignIn(d.Context(), ticket)
	must(d.T, err)
	return ticket, shop.PasskeyAnswer{Ticket: q.Ticket, Answer: string(d.key.sign(q.Options))}
}

func (d *desk) signIn(ticket string, a shop.PasskeyAnswer) error {
	_, err := d.SignInWithPasskey(d.Context(), ticket, a, client)
	return err
}

func TestTheAnswerOfAPasskeyIsGoodOnce(t *testing.T) {
	t.Parallel()
	d := mustDesk(t)
	early, earlier := d.ask()
	d.now = d.now.Add(time.Second)
	ticket, answer := d.ask()
	d.now = d.now.Add(time.Second)
	both := make(chan error, 2)
	for range 2 {
		go func() { both <- d.signIn(ticket, answer) }()
	}
	got := []error{<-both, <-both}
	if !slices.Contains(got, nil) || !errors.Is(errors.Join(got...), shop.ErrPasskeyRefused) {
		t.Errorf("twice at once: %v", got)
	}
	d.now = d.now.Add(time.Second)
	if err := d.signIn(ticket, answer); !refused(err) {
		t.Errorf("again: %v", err)
	}
	if err := d.signIn(early, earlier); !refused(err) {
		t.Errorf("a question from before the last use: %v", err)
	}
	if err := d.signIn(d.ask()); err != nil {
		t.Errorf("a new one: %v", err)
	}
}

func TestTheAnswerOfAPasskeyIsForWhatWasAsked(t *testing.T) {
	t.Parallel()
	d := mustDesk(t)
	by, err := d.StaffActor(t.Context(), d.session, client)
	must(t, err)
	ticket, answer := d.ask()
	if err := d.ProveByPasskey(t.Context(), by, answer); !errors.Is(err, shop.ErrBeginAgain) {
		t.Errorf("a sign-in's, to prove it: %v", err)
	}
	swapped := answer
	swapped.Ticket = ticket
	if err := d.signIn(ticket, swapped); !errors.Is(err, shop.ErrBeginAgain) {
		t.Errorf("the ticket of the sign-in: %v", err)
	}
	d.now = d.now.Add(10 * time.Minute)
	if err := d.signIn(ticket, answer); !errors.Is(err, shop.ErrBeginAgain) {
		t.Errorf("late: %v", err)
	}
	q, err := d.AskPasskeyToProve(t.Context(), by)
	must(t, err)
	must(t, d.ProveByPasskey(t.Context(), by, shop.PasskeyAnswer{Ticket: q.Ticket, Answer: string(d.key.sign(q.Options))}))
}

func TestPasskeysComeAndGoButTheLastFactorStays(t *testing.T) {
	t.Parallel()
	d := mustDesk(t)
	by, err := d.StaffActor(t.Context(), d.session, client)
	must(t, err)
	add := func(key *authenticator) error {
		q, err := d.OfferPasskey(t.Context(), by)
		must(t, err)
		return d.AddPasskey(t.Context(), by, shop.PasskeyAnswer{Ticket: q.Ticket, Answer: string(key.make(q.Options)), Name: strings.Repeat("k", 99)})
	}
	if err := d.RemovePasskey(t.Context(), by, text(d.key.id)); !errors.Is(err, shop.ErrLastFactor) {
		t.Errorf("the only one is removed: %v", err)
	}
	if err := add(d.key); !errors.Is(err, shop.ErrPasskeyKnown) {
		t.Errorf("one that is known: %v", err)
	}
	must(t, add(mustAuthenticator(t, site, origin)))
	must(t, d.RemovePasskey(t.Context(), by, text(d.key.id)))
	if err := d.RemovePasskey(t.Context(), by, text(d.key.id)); !errors.Is(err, shop.ErrPasskeyNotFound) {
		t.Errorf("removed twice: %v", err)
	}
	keys, err := d.OwnFactors(t.Context(), by)
	must(t, err)
	if len(keys.Passkeys) != 1 || len(keys.Passkeys[0].Name) > 60 || keys.TOTP != nil {
		t.Errorf("what is left is %+v", keys.Passkeys)
	}
	records, err := d.store.AuditRecords(t.Context(), shop.AuditQuery{StaffID: by.StaffID, Limit: 9})
	must(t, err)
	var verbs []string
	for _, r := range records {
		verbs = append(verbs, r.Verb)
	}
	if want := []string{"staff.remove_passkey", "staff.add_passkey", "staff.accept"}; !slices.Equal(verbs, want) {
		t.Errorf("the trail has %v", verbs)
	}
}
