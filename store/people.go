package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"bookroom/shop"
)

// PersonHoldings counts what is held of a person; it is empty when nothing is.
func (s *Store) PersonHoldings(ctx context.Context, email string) ([]shop.Holding, error) {
	var holdings []shop.Holding
	if !isKey(email) {
		return nil, nil
	}
	err := s.read(ctx, func(tx *gorm.DB) error {
		var err error
		holdings, err = countTraces(tx, s.traces(), email)
		return err
	})
	return holdings, err
}

func countTraces(tx *gorm.DB, traces []trace, email string) ([]shop.Holding, error) {
	var holdings []shop.Holding
	for _, t := range traces {
		if t.of == "" || t.what == "" {
			continue
		}
		var rows int
		if err := tx.Raw("SELECT COUNT(*) FROM "+t.table+" WHERE "+t.of, personArgs(email)).Scan(&rows).Error; err != nil {
			return nil, fmt.Errorf("count %s of a person: %w", t.table, err)
		}
		if rows > 0 {
			holdings = append(holdings, shop.Holding{What: t.what, Rows: rows})
		}
	}
	slices.Reverse(holdings) // orders first
	return holdings, nil
}

// ErasePerson puts the pseudonym in the place of an address, removes what else says who it was, and notes the act.
// It does nothing, and notes nothing, when nothing is held of the address.
func (s *Store) ErasePerson(ctx context.Context, email, pseudonym string, act func(shop.Erasure) shop.Act, now time.Time) (shop.Erasure, error) {
	var erasure shop.Erasure
	err := s.write(ctx, func(tx *gorm.DB) error {
		// What is being written about these orders comes first and is seen; what comes later meets the pseudonym.
		var orders []string
		if err := forUpdate(tx).Table("orders").Where("email = ?", email).Order("sequence").Pluck("id", &orders).Error; err != nil {
			return fmt.Errorf("lock the orders of a person: %w", err)
		}
		var err error
		traces := s.traces()
		if erasure.Holdings, err = countTraces(tx, traces, email); err != nil || len(erasure.Holdings) == 0 {
			return err
		}
		erasure.Orders = len(orders)
		args := personArgs(email)
		args["pseudonym"], args["now"] = pseudonym, at(now)
		for _, t := range traces {
			if err := t.erase(tx, args); err != nil {
				return fmt.Errorf("erase a person from %s: %w", t.table, err)
			}
		}
		for some := range slices.Chunk(orders, indexAtOnce) {
			var rows []orderRow
			if err := tx.Where("id IN ?", some).Find(&rows).Error; err != nil {
				return fmt.Errorf("read the orders of a person: %w", err)
			}
			if err := indexOrders(tx, rows); err != nil {
				return err
			}
		}
		return s.audit(tx, act(erasure), now)
	})
	return erasure, err
}

// personArgs are what the conditions of traces name.
func personArgs(email string) map[string]any {
	return map[string]any{"email": email, "escaped": strings.ToLower(url.QueryEscape(email))}
}

// erase erases the person's rows of one table.
func (t trace) erase(tx *gorm.DB, args map[string]any) error {
	switch {
	case t.of == "":
		return nil
	case t.gone:
		return tx.Exec("DELETE FROM "+t.table+" WHERE "+t.of, args).Error
	case t.rewritten != "":
		return t.rewrite(tx, args)
	case len(t.erased) == 0:
		return nil
	}
	var sets []string
	for _, column := range slices.Sorted(maps.Keys(t.erased)) {
		sets = append(sets, column+" = "+t.erased[column])
	}
	return tx.Exec("UPDATE "+t.table+" SET "+strings.Join(sets, ", ")+" WHERE "+t.of, args).Error
}

// rewrite takes the person out of the JSON of each row.
func (t trace) rewrite(tx *gorm.DB, args map[string]any) error {
	var ids []string
	if err := tx.Raw("SELECT id FROM "+t.table+" WHERE "+t.of, args).Scan(&ids).Error; err != nil {
		return err
	}
	for _, id := range ids {
		var payload []byte
		if err := tx.Raw("SELECT "+t.rewritten+" FROM "+t.table+" WHERE id = ?", id).Row().Scan(&payload); err != nil {
			return err
		}
		if err := tx.Exec("UPDATE "+t.table+" SET "+t.rewritten+" = ? WHERE id = ?", withoutPerson(payload), id).Error; err != nil {
			return err
		}
	}
	return nil
}

// ExportPerson hands out everything that is held of a person, row by row, as the tables have it but for secrets.
func (s *Store) ExportPerson(ctx context.Context, email string, take func(table string, row map[string]any) error) error {
	return s.read(ctx, func(tx *gorm.DB) error {
		traces := s.traces()
		slices.Reverse(traces) // orders first
		for _, t := range traces {
			if t.of == "" {
				continue
			}
			if err := t.export(tx, email, take); err != nil {
				return fmt.Errorf("export %s of a person: %w", t.table, err)
			}
		}
		return nil
	})
}

func (t trace) export(tx *gorm.DB, email string, take func(table string, row map[string]any) error) error {
	rows, err := tx.Raw("SELECT * FROM "+t.table+" WHERE "+t.of, personArgs(email)).Rows()
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // reading is over; Err says how it went
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	values, places := make([]any, len(columns)), make([]any, len(columns))
	for i := range values {
		places[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(places...); err != nil {
			return err
		}
		if err := take(t.table, t.handOut(columns, values)); err != nil {
			return err
		}
	}
	return rows.Err()
}

// handOut is a row without its secrets, and with JSON as it is.
func (t trace) handOut(columns []string, values []any) map[string]any {
	row := map[string]any{}
	for i, column := range columns {
		row[column] = values[i]
	}
	for column := range strings.FieldsSeq(t.withheld) {
		delete(row, column)
	}
	if payload, is := row[t.rewritten].([]byte); is && json.Valid(payload) {
		row[t.rewritten] = json.RawMessage(payload)
	}
	return row
}

// withoutPerson is the JSON of a payment event without what it says of a person: names, addresses, numbers of
// telephones and what the card is known by go, the country and the state stay. Anything else than JSON goes wholly.
func withoutPerson(payload []byte) []byte {
	decoder := json.NewDecoder(bytes.NewReader(payload))
	decoder.UseNumber()
	var whole any
	if err := decoder.Decode(&whole); err != nil {
		return []byte("{}")
	}
	text, err := json.Marshal(scrub(whole, "", false))
	if err != nil {
		return []byte("{}")
	}
	return text
}

// erasedText stands where something personal was.
const erasedText = "erased"

// scrub walks JSON. Within a part that is personal, or under such a name, every text goes; so does every e-mail
// address elsewhere.
func scrub(value any, key string, personal bool) any {
	personal = personal || isPersonal(key)
	switch v := value.(type) {
	case map[string]any:
		for name, part := range v {
			v[name] = scrub(part, name, personal)
		}
	case []any:
		for i := range v {
			v[i] = scrub(v[i], key, personal)
		}
	case string:
		if (personal && key != "country" && key != "state" && key != "object") || strings.Contains(v, "@") {
			return erasedText
		}
	case json.Number:
		if personal {
			return json.Number("0")
		}
	}
	return value
}

// isPersonal reports whether a field of the payment provider's by that name holds personal data.
func isPersonal(key string) bool {
	return slices.ContainsFunc([]string{
		"email", "name", "phone", "address", "shipping", "billing_details", "customer_details", "payment_method_details", "custom_fields",
		"tax_id", "signature", "_ip", "description", "statement_descriptor", "evidence",
	}, func(part string) bool { return strings.Contains(key, part) })
}
