package shop

import (
	"net/netip"
	"strings"
	"testing"
)

func TestWhatPasswordsAreTaken(t *testing.T) {
	t.Parallel()
	robin := Staff{Name: "Robin García Li", Email: "robin.desk@school.example"}
	for password, fine := range map[string]bool{
		"quiet otters mend lamps":      true,
		"ñandúes comen té":             true,
		"hunter2-Hunter3-x9":           true,
		"robin keeps quiet otters":     true, // there is enough beside the name
		"lila lemons lick lint":        true, // two letters of a name are no name
		strings.Repeat("ab12 xyz", 16): true,

		"":                                     false,
		"elevenchars":                          false,
		"ñandú té ña":                          false, // eleven characters of fourteen bytes
		strings.Repeat("ab12 xyz", 16) + "!":   false,
		"Robin2026!!!":                         false,
		"xxROBIN.DESKxx":                       false,
		"garcía-12345":                         false,
		"aaaaaaaaaaaaaaaa":                     false,
		"121212121212":                         false,
		"Password2026!":                        false,
		"!!qwertyuiop1":                        false,
		"123password123":                       false,
		"CorrectHorseBatteryStaple1":           false,
		"quiet otters mend \xff\xfe lamps now": false,
	} {
		if got := checkPassword(password, robin).Format == ""; got != fine {
			t.Errorf("%q is taken: %t", password, got)
		}
	}
}

func TestNewPasswordsAreTypedTwice(t *testing.T) {
	t.Parallel()
	const good = "quiet otters mend lamps"
	for again, field := range map[string]string{good: "", good + " ": "again", "": "again"} {
		wrong := newPasswordFields(Staff{}, good, again)
		if _, said := wrong[field]; len(wrong) > 0 != (field != "") || field != "" && !said {
			t.Errorf("%q: %v", again, wrong)
		}
	}
	if wrong := newPasswordFields(Staff{}, "short", "other"); len(wrong) != 1 || wrong["new"].Format == "" {
		t.Errorf("what is wrong with both: %v", wrong)
	}
}

// One client has the whole of a /64, and an IPv4 address may come in the clothes of IPv6.
func TestAttemptsOfOneClientAreCountedTogether(t *testing.T) {
	t.Parallel()
	for ip, want := range map[string]string{
		"192.0.2.7": "client:192.0.2.7", "::ffff:192.0.2.7": "client:192.0.2.7",
		"2001:db8:1:2:3:4:5:6": "client:2001:db8:1:2::/64", "2001:db8:1:2::1%eth0": "client:2001:db8:1:2::/64",
	} {
		if got := clientBucket(netip.MustParseAddr(ip)); got != want {
			t.Errorf("%s is %s, want %s", ip, got, want)
		}
	}
	s := New(Config{Secret: make([]byte, 32)})
	if bucket := s.accountBucket("robin@school.example"); strings.Contains(bucket, "robin") || bucket == New(Config{Secret: []byte("x")}).accountBucket("robin@school.example") {
		t.Errorf("%s tells whose it is", bucket)
	}
}
