package shop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// ExportPerson notes that what is held of an e-mail address is handed out, and returns what writes it as one JSON
// object: the address, the time, and a list of rows for each table that holds something. It is ErrNothingHeld when
// there is nothing.
func (s *Shop) ExportPerson(ctx context.Context, by Actor, email string) (func(io.Writer) error, error) {
	clean, holdings, err := s.PersonHoldings(ctx, email)
	if err != nil {
		return nil, err
	}
	if len(holdings) == 0 {
		return nil, ErrNothingHeld
	}
	now := s.now()
	act := Act{By: by, Verb: "person.export", Subject: Subject{Kind: "person"}, After: map[string]any{"person": Personal(clean)}}
	if err := s.config.Store.NoteAct(ctx, act, now); err != nil {
		return nil, fmt.Errorf("note an export: %w", err)
	}
	return func(w io.Writer) error { return s.writePerson(ctx, w, clean, now) }, nil
}

// writePerson writes row by row, so that it takes no more memory for much than for little.
func (s *Shop) writePerson(ctx context.Context, w io.Writer, email string, now time.Time) error {
	if _, err := fmt.Fprintf(w, `{"email": %s, "exported_at": %q`, quoted(email), now.Format(time.RFC3339)); err != nil {
		return err
	}
	open := ""
	err := s.config.Store.ExportPerson(ctx, email, func(table string, row map[string]any) error {
		text, err := json.Marshal(row)
		if err != nil {
			return fmt.Errorf("write a row of %s: %w", table, err)
		}
		before := ",\n    "
		if table != open {
			before = fmt.Sprintf("%s,\n  %q: [\n    ", closing(open), table)
			open = table
		}
		_, err = fmt.Fprintf(w, "%s%s", before, text)
		return err
	})
	_, last := fmt.Fprintf(w, "%s\n}\n", closing(open))
	return errors.Join(err, last)
}

// closing ends the list of a table; nothing before the first.
func closing(table string) string {
	if table == "" {
		return ""
	}
	return "\n  ]"
}

func quoted(text string) []byte {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // a text can always be written
	}
	return quoted
}
