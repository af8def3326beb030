package main

import (
	"fmt"
	"text/tabwriter"

	"bookroom/store"
)

type migrateCmd struct {
	Up     migrateUp     `cmd:"" help:"Apply every migration that is missing."`
	Down   migrateDown   `cmd:"" help:"Take the newest migration back. Data in its tables is lost."`
	Status migrateStatus `cmd:"" help:"List the migrations and when they were applied."`
}

// database is the one setting that these commands need.
type database struct {
	DatabaseURL string `env:"DATABASE_URL" help:"Where orders are kept, as for serve."`
}

func (d database) open(e *env) (*store.Store, error) {
	if d.DatabaseURL == "" {
		return nil, missing(aboutDatabase)
	}
	return openStore(e.ctx, d.DatabaseURL)
}

type migrateUp struct {
	database `embed:""`
}

// Run applies what is missing.
func (c *migrateUp) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer closeStore(s)
	if err := s.Migrate(e.ctx); err != nil {
		return err
	}
	_, err = fmt.Fprintln(e.out, "The database is up to date.")
	return err
}

type migrateDown struct {
	database `embed:""`
}

// Run takes one migration back.
func (c *migrateDown) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer closeStore(s)
	if err := s.MigrateDown(e.ctx); err != nil {
		return err
	}
	_, err = fmt.Fprintln(e.out, "The newest migration was taken back.")
	return err
}

type migrateStatus struct {
	database `embed:""`
}

// Run lists the migrations.
func (c *migrateStatus) Run(e *env) error {
	s, err := c.open(e)
	if err != nil {
		return err
	}
	defer closeStore(s)
	all, err := s.MigrationStatus(e.ctx)
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "MIGRATION\tAPPLIED")
	for _, m := range all {
		applied := "no"
		if !m.AppliedAt.IsZero() {
			applied = m.AppliedAt.UTC().Format("2006-01-02 15:04:05 UTC")
		}
		fmt.Fprintf(table, "%s\t%s\n", m.Name, applied)
	}
	return table.Flush()
}
