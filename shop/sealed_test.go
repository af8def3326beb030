package shop

import (
	"bytes"
	"testing"
	"time"
)

func TestWhatIsSealedOpensUnderTheSameKeyForTheSamePurpose(t *testing.T) {
	t.Parallel()
	s := New(Config{Secret: []byte("0123456789abcdef0123456789abcdef")})
	other := New(Config{Secret: []byte("0123456789abcdef0123456789abcdeF")})
	plain := []byte("the secret of an app")
	sealed := s.seal("totp robin", plain)
	if got, err := s.unseal("totp robin", sealed); err != nil || !bytes.Equal(got, plain) {
		t.Errorf("opened %q: %v", got, err)
	}
	if bytes.Contains(sealed, plain) || bytes.Equal(sealed, s.seal("totp robin", plain)) {
		t.Error("sealed twice it is the same, or open to see")
	}
	if _, err := other.unseal("totp robin", sealed); err == nil {
		t.Error("opened with another key")
	}
	if _, err := s.unseal("totp sam", sealed); err == nil {
		t.Error("opened for somebody else")
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if _, err := s.unseal("totp robin", changed); err == nil {
			t.Errorf("opened with byte %d changed", i)
		}
		if _, err := s.unseal("totp robin", sealed[:i]); err == nil {
			t.Errorf("opened cut to %d bytes", i)
		}
	}
}

func TestATicketOpensUntilItsTimeIsOver(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)
	now := start
	s := New(Config{Secret: make([]byte, 32), Now: func() time.Time { return now }})
	text, err := s.writeTicket("sign in", "robin")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		purpose, text string
		after         time.Duration
		good          bool
	}{
		"in time":         {"sign in", text, ticketLife - time.Nanosecond, true},
		"late":            {"sign in", text, ticketLife, false},
		"another purpose": {"passkey sign in", text, 0, false},
		"empty":           {"sign in", "", 0, false},
		"padded":          {"sign in", text + "=", 0, false},
	} {
		now = start.Add(c.after)
		var holds string
		err := s.readTicket(c.purpose, c.text, &holds)
		if good := err == nil && holds == "robin"; good != c.good || !good && !IsKind(err, Unauthorized) {
			t.Errorf("%s: %q, %v", name, holds, err)
		}
	}
}
