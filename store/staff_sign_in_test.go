package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

func TestSigningInTakesAPasswordAndACodeThatIsGoodOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := mustDoor(t, s)
		robin := d.mustJoin("robin@school.example", shop.RoleSupport)
		_, err := d.signIn(robin, shop.TOTPCode(robin.app, d.now))
		d.wants("the code that was shown to the invitation", err, shop.ErrCodeWrong)

		d.now = d.now.Add(time.Minute)
		code := shop.TOTPCode(robin.app, d.now)
		session, err := d.signIn(robin, " "+code[:3]+" "+code[3:])
		must(t, err)
		by := d.mustActor(session)
		if by.StaffID != robin.Staff.ID || by.Role != shop.RoleSupport || by.SessionID == robin.SessionID || !by.ProvedAt.Equal(d.now) {
			t.Errorf("signed in as %+v", by)
		}
		_, err = d.signIn(robin, code)
		d.wants("the same code", err, shop.ErrCodeWrong)
		_, err = d.signIn(robin, shop.TOTPCode(robin.app, d.now.Add(-30*time.Second)))
		d.wants("the code before the one that was used", err, shop.ErrCodeWrong)
		_, err = d.signIn(robin, shop.TOTPCode(robin.app, d.now.Add(5*time.Minute)))
		d.wants("a code of the future", err, shop.ErrCodeWrong)
		_, err = d.signIn(robin, "")
		d.wants("no code", err, shop.ErrCodeWrong)

		d.now = d.now.Add(time.Minute)
		d.twice("one code", func() error {
			_, err := d.signIn(robin, shop.TOTPCode(robin.app, d.now))
			return err
		}, shop.ErrCodeWrong)
	})
}

func TestARecoveryCodeIsGoodOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := mustDoor(t, s)
		robin, sam := d.mustJoin("robin@school.example", shop.RoleSupport), d.mustJoin("sam@school.example", shop.RoleSupport)
		_, err := d.signIn(robin, strings.ToLower(robin.codes[0]))
		must(t, err)
		_, err = d.signIn(robin, robin.codes[0])
		d.wants("used before", err, shop.ErrCodeWrong)
		_, err = d.signIn(robin, sam.codes[1])
		d.wants("somebody else's", err, shop.ErrCodeWrong)
		d.twice("a recovery code", func() error { _, err := d.signIn(robin, robin.codes[1]); return err }, shop.ErrCodeWrong)
		keys, err := s.StaffKeys(t.Context(), robin.Staff.ID)
		must(t, err)
		if keys.RecoveryCodes != len(robin.codes)-2 {
			t.Errorf("%d are left of %d", keys.RecoveryCodes, len(robin.codes))
		}
		fresh, err := d.NewRecoveryCodes(t.Context(), robin.Actor)
		must(t, err)
		_, err = d.signIn(robin, robin.codes[2])
		d.wants("replaced", err, shop.ErrCodeWrong)
		_, err = d.signIn(robin, fresh[0])
		must(t, err)
	})
}

// An address without an account, one that waits for an invitation, one that was closed, and a wrong password are the same from outside.
func TestAFailedSignInDoesNotTellWhichHalfWasWrong(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := mustDoor(t, s)
		admin := d.mustJoin("admin@school.example", shop.RoleAdmin)
		closed := d.mustJoin("closed@school.example", shop.RoleSupport)
		must(t, d.DisableStaff(t.Context(), admin.Actor, closed.Staff.ID))
		d.mustInvite("invited@school.example", shop.RoleSupport)
		attempts := pool(t, s)
		count := func() (n int) {
			must(t, attempts.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM staff_attempts").Scan(&n))
			return n
		}
		for name, try := range map[string]struct{ email, password string }{
			"nobody": {"nobody@school.example", goodPassword}, "no address": {"", goodPassword}, "no text": {"a\x00b", goodPassword},
			"invited": {"invited@school.example", ""}, "closed": {"closed@school.example", goodPassword},
			"wrong": {"admin@school.example", "quiet otters mend lampz"}, "endless": {"admin@school.example", strings.Repeat("a", 1<<20)},
		} {
			before := count()
			_, err := d.BeginSignIn(t.Context(), try.email, try.password, d.client)
			if !errors.Is(err, shop.ErrSignInFailed) || err.Error() != shop.ErrSignInFailed.Error() {
				t.Errorf("%s: %v", name, err)
			}
			if written := count() - before; written != 3 {
				t.Errorf("%s: %d writes, want 3 whoever it is", name, written)
			}
		}
	})
}

func TestAttemptsAreBoundedByAccountAndByClient(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := mustDoor(t, s)
		robin := d.mustJoin("robin@school.example", shop.RoleSupport)
		try := func(email, password, ip string) error {
			_, err := d.BeginSignIn(t.Context(), email, password, from(ip))
			return err
		}
		for _, email := range []string{"robin@school.example", "nobody@school.example"} {
			for i := range 10 {
				d.wants("a wrong password", try(email, "wrong", fmt.Sprintf("192.0.2.%d", i)), shop.ErrSignInFailed)
			}
			d.wants("the eleventh", try(" "+strings.ToUpper(email), goodPassword, "198.51.100.1"), shop.ErrTooManyAttempts)
		}
		d.now = d.now.Add(14 * time.Minute)
		d.wants("too early", try(robin.Staff.Email, goodPassword, "198.51.100.1"), shop.ErrTooManyAttempts)
		d.now = d.now.Add(time.Minute)
		must(t, try(robin.Staff.Email, goodPassword, "198.51.100.1"))
		must(t, s.DeleteStaleAttempts(t.Context(), d.now.Add(time.Second)))

		limit := []shop.AttemptLimit{{Bucket: "client:2001:db8::/64", Most: 50}}
		for range 49 {
			must(t, s.CountAttempt(t.Context(), limit, d.now.Add(-time.Minute), d.now))
		}
		d.wants("the fiftieth of a network", try("a@school.example", "wrong", "2001:db8::1"), shop.ErrSignInFailed)
		d.wants("another host of it", try("b@school.example", goodPassword, "2001:db8::2"), shop.ErrTooManyAttempts)
		d.wants("another network", try("c@school.example", "wrong", "2001:db8:0:1::2"), shop.ErrSignInFailed)
	})
}

func TestCodesAreBoundedAsPasswordsAre(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := mustDoor(t, s)
		robin := d.mustJoin("robin@school.example", shop.RoleSupport)
		d.now = d.now.Add(time.Minute)
		ticket, err := d.BeginSignIn(t.Context(), robin.Staff.Email, goodPassword, d.client)
		must(t, err)
		good := shop.TOTPCode(robin.app, d.now)
		for range 10 {
			_, err := d.SignInWithCode(t.Context(), ticket, "AAAA-BBBB-CCCC", d.client)
			d.wants("a wrong code", err, shop.ErrCodeWrong)
		}
		_, err = d.SignInWithCode(t.Context(), ticket, good, d.client)
		d.wants("the right one, too late", err, shop.ErrTooManyAttempts)
		d.wants("to prove it instead", d.ProveByCode(t.Context(), robin.Actor, good), shop.ErrTooManyAttempts)
	})
}

func TestATicketIsGoodForOnePurposeAndAWhile(t *testing.T) {
	t.Parallel()
	d := mustDoor(t, storetest.Open(t, storetest.SQLite(t)))
	admin := d.mustJoin("admin@school.example", shop.RoleAdmin)
	robin := d.mustJoin("robin@school.example", shop.RoleSupport)
	begin := func() string {
		ticket, err := d.BeginSignIn(t.Context(), robin.Staff.Email, goodPassword, d.client)
		must(t, err)
		return ticket
	}
	app, err := d.OfferApp(robin.Actor)
	must(t, err)
	for name, ticket := range map[string]string{"none": "", "no text": "?", "another purpose": app.Ticket, "changed": "A" + begin()[1:]} {
		_, err := d.SignInFactors(t.Context(), ticket)
		d.wants(name, err, shop.ErrBeginAgain)
	}
	d.wants("somebody else's", d.ChangeApp(t.Context(), admin.Actor, app.Ticket, shop.TOTPCode(app.Secret, d.now)), shop.ErrBeginAgain)

	changed := begin()
	must(t, d.ChangePassword(t.Context(), robin.Actor, goodPassword, "another four words here", "another four words here"))
	_, err = d.SignInFactors(t.Context(), changed)
	d.wants("after the password was changed", err, shop.ErrBeginAgain)
	must(t, d.ChangePassword(t.Context(), robin.Actor, "another four words here", goodPassword, goodPassword))

	closed := begin()
	must(t, d.DisableStaff(t.Context(), admin.Actor, robin.Staff.ID))
	_, err = d.SignInWithCode(t.Context(), closed, robin.codes[0], d.client)
	d.wants("after the account was closed", err, shop.ErrBeginAgain)
	must(t, d.EnableStaff(t.Context(), admin.Actor, robin.Staff.ID))

	late := begin()
	d.now = d.now.Add(10 * time.Minute)
	_, err = d.SignInWithCode(t.Context(), late, robin.codes[0], d.client)
	d.wants("after ten minutes", err, shop.ErrBeginAgain)
}

// The trail says that somebody failed to sign in, and nothing that was typed.
func TestFailedSignInsAreNotedOnceAWindow(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := mustDoor(t, s)
		robin := d.mustJoin("robin@school.example", shop.RoleSupport)
		for range 3 {
			for _, email := range []string{robin.Staff.Email, "typed-by-mistake@school.example"} {
				_, err := d.BeginSignIn(t.Context(), email, "what-was-typed", d.client)
				d.wants(email, err, shop.ErrSignInFailed)
			}
		}
		read := func() []shop.AuditRecord {
			records, err := s.AuditRecords(t.Context(), shop.AuditQuery{Verb: "staff.sign_in_failed", Limit: 100})
			must(t, err)
			return records
		}
		records := read()
		if len(records) != 2 || records[0].Subject.Name != "no account" || records[0].Subject.ID != "" || records[1].Subject.ID != robin.Staff.ID {
			t.Errorf("the trail has %+v", records)
		}
		text, err := json.Marshal(records)
		must(t, err)
		if strings.Contains(string(text), "typed") || records[0].IP == d.client.IP.String() {
			t.Errorf("the trail tells what was typed, or where: %s", text)
		}
		d.now = d.now.Add(16 * time.Minute)
		_, err = d.BeginSignIn(t.Context(), robin.Staff.Email, "wrong", d.client)
		d.wants("later", err, shop.ErrSignInFailed)
		if after := read(); len(after) != 3 {
			t.Errorf("later the trail has %d", len(after))
		}
		if _, _, err := s.VerifyAudit(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestSessionsAreEndedOneByOneAndAllTheOthers(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := mustDoor(t, s)
		robin := d.mustJoin("robin@school.example", shop.RoleSupport)
		sam := d.mustJoin("sam@school.example", shop.RoleSupport)
		second, third := d.mustSignIn(robin), d.mustSignIn(robin)
		by := d.mustActor(third)
		d.wants("somebody else's", d.EndOwnSession(t.Context(), sam.Actor, by.SessionID), shop.ErrSessionNotFound)
		must(t, d.EndOwnSession(t.Context(), by, robin.SessionID))
		d.wants("one that has ended", d.EndOwnSession(t.Context(), by, robin.SessionID), shop.ErrSessionNotFound)
		_, err := d.StaffActor(t.Context(), robin.session, d.client)
		d.wants("the one that was ended", err, shop.ErrNotSignedIn)
		d.mustActor(second)
		must(t, d.EndOtherSessions(t.Context(), by))
		_, err = d.StaffActor(t.Context(), second, d.client)
		d.wants("another", err, shop.ErrNotSignedIn)
		d.mustActor(third)
		d.mustActor(sam.session)
		must(t, d.SignOut(t.Context(), by))
		_, err = d.StaffActor(t.Context(), third, d.client)
		d.wants("signed out", err, shop.ErrNotSignedIn)
		want := []string{"staff.invite", "staff.accept", "staff.sign_in", "staff.sign_in", "staff.end_session", "staff.end_sessions", "staff.sign_out"}
		if got := d.verbs(robin.Staff.ID); !slices.Equal(got, want) {
			t.Errorf("the trail has %v", got)
		}
	})
}

func TestASessionEndsUnusedAndAfterAWeek(t *testing.T) {
	t.Parallel()
	d := mustDoor(t, storetest.Open(t, storetest.SQLite(t)))
	robin := d.mustJoin("robin@school.example", shop.RoleSupport)
	sam := d.mustJoin("sam@school.example", shop.RoleSupport)
	for end := d.now.Add(shop.StaffSessionLife); d.now.Before(end); d.now = d.now.Add(9 * time.Hour) {
		d.mustActor(robin.session)
	}
	for name, session := range map[string]string{"used for a week": robin.session, "unused": sam.session, "none": ""} {
		_, err := d.StaffActor(t.Context(), session, d.client)
		d.wants(name, err, shop.ErrNotSignedIn)
	}
}
