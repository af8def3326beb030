package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/netip"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"bookroom/shop"
)

// demoMember is somebody at the demo's desk, with everything that a real one keeps to themselves.
type demoMember struct {
	Role     shop.Role `json:"role"`
	Email    string    `json:"email"`
	Password string    `json:"password"`
	Secret   string    `json:"totp_secret"` // of the authenticator app
	Token    string    `json:"token"`       // of the API, for all that the role may do
}

// demoClient is the device that the demo's staff are set up from.
var demoClient = shop.Client{IP: netip.IPv6Loopback(), Agent: "bookroom demo"}

// employ sees that there is somebody of each role, and keeps what they sign in with.
func (d *demo) employ(ctx context.Context, a *app) error {
	path := filepath.Join(d.dir, "staff.json")
	raw, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(raw, &d.staff)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("read who is at the demo's desk: %w; delete %s to have them made anew", bare(err), path)
	}
	for _, role := range shop.Roles() {
		if slices.ContainsFunc(d.staff, func(m demoMember) bool { return m.Role == role }) {
			continue
		}
		m, err := newDemoMember(ctx, a, role)
		if err != nil {
			return fmt.Errorf("make the demo's %s: %w", role, spell(err))
		}
		d.staff = append(d.staff, m)
		if err := writeJSON(path, d.staff); err != nil {
			return err
		}
	}
	return nil
}

// newDemoMember takes up an invitation as people do. One that was half set up when a start broke off is set up anew.
func newDemoMember(ctx context.Context, a *app, role shop.Role) (demoMember, error) {
	m := demoMember{Role: role, Email: string(role) + "@bookroom.example", Password: strings.ToLower(rand.Text()[:16])}
	address, err := a.shop.AddStaff(ctx, shop.Shell(), m.Email, "Demo "+string(role), role)
	if shop.IsKind(err, shop.Conflict) {
		address, err = a.shop.ResetStaffByEmail(ctx, shop.Shell(), m.Email)
	}
	if err != nil {
		return m, err
	}
	invitation := path.Base(address)
	ticket, err := a.shop.ChooseFirstPassword(ctx, invitation, m.Password, m.Password)
	if err != nil {
		return m, err
	}
	_, app, err := a.shop.FirstApp(ctx, invitation, ticket)
	if err != nil {
		return m, err
	}
	m.Secret = app.Secret
	earlier := shop.TOTPCode(m.Secret, a.now().Add(-30*time.Second)) // the present one stays good for whoever signs in at once
	session, _, err := a.shop.AcceptWithApp(ctx, invitation, ticket, earlier, demoClient)
	if err != nil {
		return m, err
	}
	m.Token, err = makeDemoToken(ctx, a, session, role)
	return m, err
}

// makeDemoToken makes a token in a session, and ends that.
func makeDemoToken(ctx context.Context, a *app, session string, role shop.Role) (string, error) {
	by, err := a.shop.StaffActor(ctx, session, demoClient)
	if err != nil {
		return "", err
	}
	_, token, err := a.shop.MakeToken(ctx, by, "Demo", role.Permissions(), a.now().AddDate(1, 0, 0))
	if err != nil {
		return "", err
	}
	return token, a.shop.SignOut(ctx, by)
}

// tokens are those of the API by role.
func (d *demo) tokens() map[shop.Role]string {
	tokens := map[shop.Role]string{}
	for _, m := range d.staff {
		tokens[m.Role] = m.Token
	}
	return tokens
}

// writeStaff writes a table of who can sign in, with the codes that their apps show at that moment.
func (d *demo) writeStaff(to io.Writer, now time.Time) error {
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "  ROLE\tE-MAIL\tPASSWORD\tSECRET OF THE APP\tCODE NOW")
	for _, m := range d.staff {
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\t%s\n", m.Role, m.Email, m.Password, m.Secret, shop.TOTPCode(m.Secret, now))
	}
	return table.Flush()
}

// showStaff is the page that stands in for everybody's authenticator app.
func (d *demo) showStaff(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Refresh", "5")
	fmt.Fprintf(w, "Sign in at %s/staff as one of these. Another code comes every 30 seconds; each is good once.\n\n", d.url)
	if err := d.writeStaff(w, time.Now()); err != nil {
		d.log.WarnContext(r.Context(), "show the demo's staff", "err", err)
	}
}
