package main

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"text/tabwriter"
	"time"

	"bookroom/shop"
	"bookroom/store"
)

type staffCmd struct {
	Add     staffAdd     `cmd:"" help:"Make somebody a member of staff, and print the link by which they choose what they sign in with."`
	List    staffList    `cmd:"" help:"List the members of staff."`
	Disable staffDisable `cmd:"" help:"Keep a member of staff from signing in, at once."`
	Reset   staffReset   `cmd:"" help:"Take away what a member of staff signs in with, and print a link to choose anew."`
}

// desk is what these commands need: the database, and what invitations are made of.
type desk struct {
	database `embed:""`
	URL      string `env:"BOOKROOM_URL" help:"The shop's public address, as for serve."`
	Secret   string `env:"BOOKROOM_SECRET" help:"As for serve: links that are made with another do not open."`
}

// open brings the tables up to date, so that the first admin can come before the first start.
func (d desk) open(e *env) (*store.Store, *shop.Shop, error) {
	if d.URL == "" {
		return nil, nil, missing(aboutURL)
	}
	if len(strings.TrimSpace(d.Secret)) < 32 {
		return nil, nil, errors.New(aboutSecret)
	}
	s, err := d.database.open(e)
	if err != nil {
		return nil, nil, err
	}
	if err := s.Migrate(e.ctx); err != nil {
		return nil, nil, errors.Join(fmt.Errorf("bring the database up to date: %w", err), s.Close())
	}
	rules := shop.New(shop.Config{
		Store: s, URL: strings.TrimRight(d.URL, "/"), Secret: []byte(d.Secret), Now: time.Now, Log: slog.Default(), Wake: func() {},
	})
	return s, rules, nil
}

type staffAdd struct {
	Email string    `required:"" help:"Their e-mail address, which they sign in with."`
	Name  string    `required:"" help:"Their name, as others see it."`
	Role  shop.Role `required:"" enum:"admin,catalog,support,finance" help:"What they may do: ${enum}."`
	desk  `embed:""`
}

// Run prints the link instead of mailing it.
func (c *staffAdd) Run(e *env) error {
	s, rules, err := c.open(e)
	if err != nil {
		return err
	}
	defer closeStore(s)
	address, err := rules.AddStaff(e.ctx, shop.Shell(), c.Email, c.Name, c.Role)
	if err != nil {
		return spell(err)
	}
	return printLink(e, c.Name, address)
}

func printLink(e *env, who, address string) error {
	_, err := fmt.Fprintf(e.out, "%s chooses a password and a second factor here, within three days, once:\n%s\n", who, address)
	return err
}

// spell names the fields of an error that says no more than that some are wrong.
func spell(err error) error {
	var known *shop.Error
	if !errors.As(err, &known) || len(known.Fields) == 0 {
		return err
	}
	all := []error{}
	for field, wrong := range known.Fields {
		all = append(all, fmt.Errorf("--%s: %s", field, wrong))
	}
	return errors.Join(all...)
}

type staffList struct {
	database `embed:""`
}

// Run lists everybody, also who is kept out.
func (c *staffList) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer closeStore(s)
	members, err := s.Members(e.ctx, time.Now())
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "E-MAIL\tNAME\tROLE\tSTATE\tLAST SEEN")
	for _, m := range members {
		seen := "never"
		if !m.LastSeenAt.IsZero() {
			seen = m.LastSeenAt.UTC().Format("2006-01-02 15:04 UTC")
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", m.Email, m.Name, m.Role, m.State, seen)
	}
	return table.Flush()
}

type staffDisable struct {
	Email string `arg:"" help:"Their e-mail address."`
	desk  `embed:""`
}

// Run ends their sessions, too.
func (c *staffDisable) Run(e *env) error {
	s, rules, err := c.open(e)
	if err != nil {
		return err
	}
	defer closeStore(s)
	keys, err := s.StaffKeysByEmail(e.ctx, strings.ToLower(c.Email))
	if err != nil {
		return err
	}
	if err := rules.DisableStaff(e.ctx, shop.Shell(), keys.Staff.ID); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.out, "%s cannot sign in any more, and is signed out everywhere.\n", keys.Staff.Name)
	return err
}

type staffReset struct {
	Email string `arg:"" help:"Their e-mail address."`
	desk  `embed:""`
}

// Run prints the link instead of mailing it.
func (c *staffReset) Run(e *env) error {
	s, rules, err := c.open(e)
	if err != nil {
		return err
	}
	defer closeStore(s)
	address, err := rules.ResetStaffByEmail(e.ctx, shop.Shell(), c.Email)
	if err != nil {
		return err
	}
	return printLink(e, c.Email, address)
}
