package store_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

func TestAnInvitationIsTakenUpOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := mustDoor(t, s)
		admin := d.mustJoin("admin@school.example", shop.RoleAdmin)
		_, err := d.LookAtInvitation(t.Context(), "none")
		d.wants("none", err, shop.ErrInvitationNotFound)
		_, err = d.AddStaff(t.Context(), admin.Actor, " Admin@School.example ", "Robin", shop.RoleSupport)
		d.wants("an address that is taken", err, shop.ErrStaffExists)

		token := d.mustInvite("robin@school.example", shop.RoleSupport)
		ticket, err := d.ChooseFirstPassword(t.Context(), token, goodPassword, goodPassword)
		must(t, err)
		i, app, err := d.FirstApp(t.Context(), token, ticket)
		must(t, err)
		accept := func() error {
			_, _, err := d.AcceptWithApp(t.Context(), token, ticket, shop.TOTPCode(app.Secret, d.now), d.client)
			return err
		}
		d.twice("an invitation", accept, shop.ErrInvitationUsed)
		d.wants("later", accept(), shop.ErrInvitationUsed)
		if got := d.verbs(i.Staff.ID); !slices.Equal(got, []string{"staff.invite", "staff.accept"}) {
			t.Errorf("the trail has %v", got)
		}
		d.wants("to invite who is here", d.ResendInvitation(t.Context(), admin.Actor, i.Staff.ID), shop.ErrNotInvited)
	})
}

func TestAnInvitationExpiresAndIsReplaced(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := mustDoor(t, s)
		admin := d.mustJoin("admin@school.example", shop.RoleAdmin)
		token := d.mustInvite("robin@school.example", shop.RoleSupport)
		ticket, err := d.ChooseFirstPassword(t.Context(), token, goodPassword, goodPassword)
		must(t, err)
		i, err := d.LookAtInvitation(t.Context(), token)
		must(t, err)
		start := d.now
		d.now = start.Add(shop.InvitationLife)
		_, err = d.LookAtInvitation(t.Context(), token)
		d.wants("after three days", err, shop.ErrInvitationExpired)
		d.now = start
		must(t, d.ResendInvitation(t.Context(), admin.Actor, i.Staff.ID))
		_, _, err = d.FirstApp(t.Context(), token, ticket)
		d.wants("replaced", err, shop.ErrInvitationUsed)

		other := d.mustInvite("sam@school.example", shop.RoleSupport)
		_, _, err = d.FirstApp(t.Context(), other, ticket)
		d.wants("with the ticket of another", err, shop.ErrBeginAgain)
		late, err := d.ChooseFirstPassword(t.Context(), other, goodPassword, goodPassword)
		must(t, err)
		d.now = start.Add(10 * time.Minute)
		_, _, err = d.FirstApp(t.Context(), other, late)
		d.wants("with a ticket from before", err, shop.ErrBeginAgain)
	})
}

func TestTheLastAdminStays(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := mustDoor(t, s)
		one := d.mustJoin("one@school.example", shop.RoleAdmin)
		d.mustInvite("invited@school.example", shop.RoleAdmin) // cannot sign in yet
		d.wants("closed", d.DisableStaff(t.Context(), one.Actor, one.Staff.ID), shop.ErrLastAdmin)
		d.wants("demoted", d.ChangeRole(t.Context(), one.Actor, one.Staff.ID, shop.RoleAdmin, shop.RoleSupport), shop.ErrLastAdmin)
		d.wants("reset", d.ResetStaff(t.Context(), one.Actor, one.Staff.ID), shop.ErrLastAdmin)
		d.mustActor(one.session)
		if got := d.verbs(one.Staff.ID); !slices.Equal(got, []string{"staff.invite", "staff.accept"}) {
			t.Errorf("the trail has what did not happen: %v", got)
		}
		two := d.mustJoin("two@school.example", shop.RoleAdmin)
		both := make(chan error, 2)
		go func() { both <- d.DisableStaff(t.Context(), one.Actor, two.Staff.ID) }()
		go func() {
			both <- d.ChangeRole(t.Context(), two.Actor, one.Staff.ID, shop.RoleAdmin, shop.RoleFinance)
		}()
		got := []error{<-both, <-both}
		if !slices.Contains(got, nil) || !errors.Is(errors.Join(got...), shop.ErrLastAdmin) {
			t.Errorf("each the other at once: %v", got)
		}
		_, err := d.ResetStaffByEmail(t.Context(), shop.Shell(), "one@school.example")
		must(t, err)
	})
}

func TestAChangeOfWhatSomebodyElseChangedIsRefused(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := mustDoor(t, s)
		admin, robin := d.mustJoin("admin@school.example", shop.RoleAdmin), d.mustJoin("robin@school.example", shop.RoleSupport)
		change := func(from, to shop.Role) error {
			return d.ChangeRole(t.Context(), admin.Actor, robin.Staff.ID, from, to)
		}
		d.twice("a role", func() error { return change(shop.RoleSupport, shop.RoleCatalog) }, shop.ErrStaffChanged)
		d.wants("nobody", d.ChangeRole(t.Context(), admin.Actor, "none", shop.RoleSupport, shop.RoleAdmin), shop.ErrStaffNotFound)
		if err := change(shop.RoleCatalog, "owner"); !shop.IsKind(err, shop.Invalid) {
			t.Errorf("no role: %v", err)
		}
		if by := d.mustActor(robin.session); by.Role != shop.RoleCatalog || by.May(shop.SeeOrders) {
			t.Errorf("the open session may as %s", by.Role)
		}
		want := []string{"staff.invite", "staff.accept", "staff.change_role"}
		if got := d.verbs(robin.Staff.ID); !slices.Equal(got, want) {
			t.Errorf("the trail has %v", got)
		}
	})
}

// mustToken makes a token with those scopes, and returns what a program sends.
func (d *door) mustToken(by shop.Actor, scopes ...shop.Permission) (id, header string) {
	d.Helper()
	token, secret, err := d.MakeToken(d.Context(), by, "Website", scopes, d.now.Add(24*time.Hour))
	must(d.T, err)
	return token.ID, "Bearer " + secret
}

func TestWhoIsClosedOutIsOutAtOnce(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := mustDoor(t, s)
		admin, robin := d.mustJoin("admin@school.example", shop.RoleAdmin), d.mustJoin("robin@school.example", shop.RoleAdmin)
		_, token := d.mustToken(robin.Actor, shop.SeeOrders)
		must(t, d.DisableStaff(t.Context(), admin.Actor, robin.Staff.ID))
		_, err := d.StaffActor(t.Context(), robin.session, d.client)
		d.wants("a session", err, shop.ErrNotSignedIn)
		_, err = d.TokenActor(t.Context(), token, d.client)
		d.wants("a token", err, shop.ErrNoToken)
		d.wants("a reset", d.ResetStaff(t.Context(), admin.Actor, robin.Staff.ID), shop.ErrStaffDisabled)
		_, err = d.NewRecoveryCodes(t.Context(), robin.Actor)
		d.wants("a request that was under way", err, shop.ErrNotSignedIn)
		_, _, err = d.MakeToken(t.Context(), robin.Actor, "late", []shop.Permission{shop.SeeOrders}, d.now.Add(time.Hour))
		d.wants("another", err, shop.ErrNotSignedIn)

		must(t, d.EnableStaff(t.Context(), admin.Actor, robin.Staff.ID))
		_, err = d.StaffActor(t.Context(), robin.session, d.client)
		d.wants("the session afterwards", err, shop.ErrNotSignedIn)
		_, err = d.TokenActor(t.Context(), token, d.client)
		must(t, err)
		d.mustSignIn(robin)

		must(t, d.ResetStaff(t.Context(), admin.Actor, robin.Staff.ID))
		_, err = d.BeginSignIn(t.Context(), robin.Staff.Email, goodPassword, d.client)
		d.wants("the password after a reset", err, shop.ErrSignInFailed)
		tokens, err := s.APITokens(t.Context(), robin.Staff.ID)
		must(t, err)
		if len(tokens) != 1 || tokens[0].State(d.now) != "revoked" {
			t.Errorf("the tokens after a reset: %+v", tokens)
		}
		member, err := s.Member(t.Context(), robin.Staff.ID, d.now)
		must(t, err)
		if member.State != shop.StaffInvited || member.App || member.RecoveryCodes != 0 || member.Sessions != 0 || member.InvitedUntil.IsZero() {
			t.Errorf("after a reset: %+v", member)
		}
		want := []string{"staff.invite", "staff.accept", "staff.disable", "staff.enable", "staff.sign_in", "staff.reset", "staff.sign_in_failed"}
		if got := d.verbs(robin.Staff.ID); !slices.Equal(got, want) {
			t.Errorf("the trail has %v", got)
		}
	})
}

func TestATokenMayWhatItsScopesAndTheRoleOfItsMakerAllow(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := mustDoor(t, s)
		admin, robin := d.mustJoin("admin@school.example", shop.RoleAdmin), d.mustJoin("robin@school.example", shop.RoleAdmin)
		for name, c := range map[string]struct {
			by      shop.Actor
			scopes  []shop.Permission
			expires time.Duration
			field   string
		}{
			"beyond the role": {by(robin, shop.RoleSupport), []shop.Permission{shop.SeeOrders, shop.ManageStaff}, time.Hour, "scopes"},
			"no scope":        {robin.Actor, nil, time.Hour, "scopes"},
			"an unknown one":  {robin.Actor, []shop.Permission{"everything"}, time.Hour, "scopes"},
			"already over":    {robin.Actor, []shop.Permission{shop.SeeOrders}, 0, "expires"},
			"for ever":        {robin.Actor, []shop.Permission{shop.SeeOrders}, shop.LongestToken + time.Hour, "expires"},
		} {
			_, _, err := d.MakeToken(t.Context(), c.by, "Website", c.scopes, d.now.Add(c.expires))
			if e := shop.AsError(err); err == nil || e.Fields[c.field].Format == "" {
				t.Errorf("%s: %v", name, err)
			}
		}
		id, header := d.mustToken(robin.Actor, shop.SeeOrders, shop.ManageStaff)
		token, err := d.TokenActor(t.Context(), header, d.client)
		must(t, err)
		if token.TokenID != id || !token.May(shop.ManageStaff) || token.May(shop.RefundOrders) {
			t.Errorf("the token is %+v", token)
		}
		_, _, err = d.MakeToken(t.Context(), token, "child", []shop.Permission{shop.SeeOrders}, d.now.Add(time.Hour))
		d.wants("made by a token", err, shop.ErrProveAgain)

		must(t, d.ChangeRole(t.Context(), admin.Actor, robin.Staff.ID, shop.RoleAdmin, shop.RoleSupport))
		token, err = d.TokenActor(t.Context(), header, d.client)
		must(t, err)
		if token.May(shop.ManageStaff) || !token.May(shop.SeeOrders) {
			t.Errorf("after the role was narrowed the token is %+v", token)
		}
		for name, sent := range map[string]string{"none": "", "no scheme": header[7:], "another scheme": "Basic " + header[7:], "unknown": "Bearer x", "empty": "Bearer "} {
			_, err := d.TokenActor(t.Context(), sent, d.client)
			d.wants(name, err, shop.ErrNoToken)
		}
		d.now = d.now.Add(24 * time.Hour)
		_, err = d.TokenActor(t.Context(), header, d.client)
		d.wants("expired", err, shop.ErrNoToken)
		must(t, d.RevokeToken(t.Context(), admin.Actor, id))
		d.wants("revoked twice", d.RevokeToken(t.Context(), admin.Actor, id), shop.ErrTokenNotFound)
		records, err := s.AuditRecords(t.Context(), shop.AuditQuery{Subject: shop.Subject{Kind: "token", ID: id}, Limit: 9})
		must(t, err)
		if len(records) != 2 || records[0].Verb != "token.revoke" || records[1].Verb != "token.add" || records[0].StaffID != admin.Staff.ID {
			t.Errorf("the trail has %+v", records)
		}
	})
}

// by is somebody in another role.
func by(who someone, role shop.Role) shop.Actor {
	actor := who.Actor
	actor.Role = role
	return actor
}

func TestOnesOwnAccountIsChangedBehindAFreshProof(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		d := mustDoor(t, s)
		robin := d.mustJoin("robin@school.example", shop.RoleSupport)
		other := d.mustSignIn(robin)
		d.now = d.now.Add(10 * time.Minute)
		robin.Actor = d.mustActor(robin.session)
		_, err := d.OfferApp(robin.Actor)
		d.wants("an app", err, shop.ErrProveAgain)
		_, err = d.NewRecoveryCodes(t.Context(), robin.Actor)
		d.wants("recovery codes", err, shop.ErrProveAgain)
		d.wants("a password", d.ChangePassword(t.Context(), robin.Actor, goodPassword, "another four words here", "another four words here"), shop.ErrProveAgain)

		code := shop.TOTPCode(robin.app, d.now)
		must(t, d.ProveByCode(t.Context(), robin.Actor, code))
		d.wants("the same code", d.ProveByCode(t.Context(), robin.Actor, code), shop.ErrCodeWrong)
		robin.Actor = d.mustActor(robin.session)
		d.wants("the only factor", d.RemoveApp(t.Context(), robin.Actor), shop.ErrLastFactor)

		app, err := d.OfferApp(robin.Actor)
		must(t, err)
		if err := d.ChangeApp(t.Context(), robin.Actor, app.Ticket, code); !shop.IsKind(err, shop.Invalid) {
			t.Errorf("the code of the app before: %v", err)
		}
		must(t, d.ChangeApp(t.Context(), robin.Actor, app.Ticket, shop.TOTPCode(app.Secret, d.now)))
		_, err = d.signIn(robin, shop.TOTPCode(robin.app, d.now.Add(30*time.Second)))
		d.wants("the app before", err, shop.ErrCodeWrong)

		err = d.ChangePassword(t.Context(), robin.Actor, "not the present one", "short", "short")
		if e := shop.AsError(err); e.Fields["old"].Format == "" || e.Fields["new"].Format == "" {
			t.Errorf("wrong twice: %v", e.Fields)
		}
		must(t, d.ChangePassword(t.Context(), robin.Actor, goodPassword, "another four words here", "another four words here"))
		_, err = d.StaffActor(t.Context(), other, d.client)
		d.wants("another session after a new password", err, shop.ErrNotSignedIn)
		d.mustActor(robin.session)
		_, err = d.BeginSignIn(t.Context(), robin.Staff.Email, goodPassword, d.client)
		d.wants("the password before", err, shop.ErrSignInFailed)
		want := []string{
			"staff.invite", "staff.accept", "staff.sign_in", "staff.prove", "staff.change_app", "staff.sign_in_failed", "staff.change_password",
		}
		if got := d.verbs(robin.Staff.ID); !slices.Equal(got, want) {
			t.Errorf("the trail has %v", got)
		}
	})
}
