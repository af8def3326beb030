package signin

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestAPasswordMatchesItsHash(t *testing.T) {
	t.Parallel()
	p := mustPasswords(t)
	hash, err := p.Hash(t.Context(), "quiet otters mend lamps")
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("the hash is %s: %v", hash, err)
	}
	if again, err := p.Hash(t.Context(), "quiet otters mend lamps"); err != nil || again == hash {
		t.Errorf("the same password has the same hash (%v)", err)
	}
	for name, c := range map[string]struct {
		password, hash string
		want           bool
	}{
		"right": {"quiet otters mend lamps", hash, true}, "wrong": {"quiet otters mend lampz", hash, false}, "none": {"", hash, false},
		"of nobody": {"quiet otters mend lamps", "", false}, "none of nobody": {"", "", false},
	} {
		if got, err := p.Matches(t.Context(), c.password, c.hash); err != nil || got != c.want {
			t.Errorf("%s: %t, %v", name, got, err)
		}
	}
	if got, err := p.Matches(t.Context(), "x", "no hash"); got || err == nil || strings.Contains(err.Error(), "no hash") {
		t.Errorf("what is no hash: %t, %v", got, err)
	}
}

// More than a few at once wait for their turn, and whoever goes away waits no longer.
func TestPasswordsTakeTurns(t *testing.T) {
	t.Parallel()
	p := mustPasswords(t)
	var ends []func()
	for range hashesAtOnce {
		end, err := p.turn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ends = append(ends, end)
	}
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := p.Hash(gone, "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("hash: %v", err)
	}
	if _, err := p.Matches(gone, "x", ""); !errors.Is(err, context.Canceled) {
		t.Errorf("match: %v", err)
	}
	ends[0]()
	if _, err := p.Hash(t.Context(), "x"); err != nil {
		t.Errorf("after one has ended: %v", err)
	}
	if got := len(p.turns); got != hashesAtOnce-1 {
		t.Errorf("%d turns are taken", got)
	}
}

func mustPasswords(tb testing.TB) *Passwords {
	tb.Helper()
	p, err := NewPasswords()
	if err != nil {
		tb.Fatal(err)
	}
	return p
}
