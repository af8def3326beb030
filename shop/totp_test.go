package shop

import (
	"strings"
	"testing"
	"time"
)

// The vectors of RFC 6238, appendix B, for SHA-1: the last six of their eight digits.
func TestCodesAreThoseOfRFC6238(t *testing.T) {
	t.Parallel()
	secret := totpText.EncodeToString([]byte("12345678901234567890"))
	for at, want := range map[int64]string{
		59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037", 20000000000: "353130",
	} {
		if got := TOTPCode(secret, time.Unix(at, 0)); got != want {
			t.Errorf("at %d the code is %s, want %s", at, got, want)
		}
	}
	if got := TOTPCode("not base32!", time.Unix(59, 0)); got != "" {
		t.Errorf("no secret has the code %s", got)
	}
}

func TestACodeIsGoodAroundItsTimeAndAfterTheLastOne(t *testing.T) {
	t.Parallel()
	secret, now := newTOTPSecret(), time.Unix(1_800_000_000, 0)
	step := now.Unix() / totpPeriod
	for name, c := range map[string]struct {
		at   time.Duration // of the code
		last int64         // step that was used
		good bool
	}{
		"now": {0, 0, true}, "the one before": {-30 * time.Second, 0, true}, "the next one": {30 * time.Second, 0, true},
		"two before": {-time.Minute, 0, false}, "two later": {time.Minute, 0, false},
		"used": {0, step, false}, "before the used one": {-30 * time.Second, step, false}, "after the used one": {30 * time.Second, step, true},
	} {
		got, good := totpStep(secret, TOTPCode(secret, now.Add(c.at)), now, c.last)
		if good != c.good || good && got != step+int64(c.at/(30*time.Second)) {
			t.Errorf("%s: %d, %t", name, got-step, good)
		}
	}
	if _, good := totpStep("not base32!", "000000", now, 0); good {
		t.Error("a code of no secret was good")
	}
}

func TestAppsAreToldWhoseSecretItIs(t *testing.T) {
	t.Parallel()
	got := totpAddress("JBSWY3DPEHPK3PXP", "robin+desk@school.example", "Bookroom staff")
	if want := "otpauth://totp/Bookroom%20staff:robin+desk@school.example?issuer=Bookroom+staff&secret=JBSWY3DPEHPK3PXP"; got != want {
		t.Errorf("the address is %s", got)
	}
	if strings.Contains(got, "&algorithm") {
		t.Error("apps that ignore the algorithm would show other codes")
	}
}
