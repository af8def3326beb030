package store_test

import (
	"strings"
	"testing"

	"bookroom/shop"
	"bookroom/store"
	"bookroom/store/storetest"
)

func TestTheAuditTrailOnlyGrows(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		member := storetest.MustStaff(t, s, shop.RoleAdmin)
		storetest.MustToken(t, s, member)
		db := pool(t, s)
		for _, statement := range []string{"UPDATE audit_records SET staff = 'nobody'", "DELETE FROM audit_records", "DELETE FROM audit_records WHERE sequence = 2"} {
			if _, err := db.ExecContext(t.Context(), statement); err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %v", statement, err)
			}
		}
		records, err := s.AuditRecords(t.Context(), shop.AuditQuery{Limit: 10})
		must(t, err)
		if len(records) != 2 || records[0].Verb != "token.add" || records[0].Previous != records[1].Hash || records[1].Previous != "" {
			t.Errorf("the trail is %+v", records)
		}
		count, head, err := s.VerifyAudit(t.Context())
		must(t, err)
		if count != 2 || head != records[0].Hash {
			t.Errorf("verified %d records up to %s", count, head)
		}
	})
}

func TestAChangedTrailIsNoticed(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]string{
		"another word":   "UPDATE audit_records SET after = '{}' WHERE sequence = 2",
		"one left out":   "DELETE FROM audit_records WHERE sequence = 2",
		"one put before": "UPDATE audit_records SET sequence = 9 WHERE sequence = 1",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := storetest.Open(t, storetest.SQLite(t))
			member := storetest.MustStaff(t, s, shop.RoleAdmin)
			storetest.MustToken(t, s, member, shop.SeeOrders)
			storetest.MustToken(t, s, member)
			db := pool(t, s)
			for _, statement := range []string{
				"PRAGMA foreign_keys = OFF", "DROP TRIGGER audit_records_stay", "DROP TRIGGER audit_records_stay_whole", change,
			} {
				_, err := db.ExecContext(t.Context(), statement)
				must(t, err)
			}
			if _, _, err := s.VerifyAudit(t.Context()); err == nil || !strings.Contains(err.Error(), "broken at record") {
				t.Errorf("verified: %v", err)
			}
		})
	}
}
