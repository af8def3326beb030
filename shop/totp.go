package shop

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // what RFC 6238 and every app use; HMAC does not need it to be free of collisions
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// The codes of an authenticator app are those of RFC 6238: six digits, another every half minute.
const (
	totpPeriod = 30 // seconds
	totpSecret = 20 // bytes
)

var totpText = base32.StdEncoding.WithPadding(base32.NoPadding)

// newTOTPSecret returns a secret in the letters that apps take.
func newTOTPSecret() string {
	secret := make([]byte, totpSecret)
	_, _ = rand.Read(secret) // it never fails
	return totpText.EncodeToString(secret)
}

// TOTPCode is the code that an app with that secret shows at a moment; empty for what is no secret.
func TOTPCode(secret string, at time.Time) string {
	key, err := totpText.DecodeString(secret)
	if err != nil {
		return ""
	}
	return totpCode(key, at.Unix()/totpPeriod)
}

func totpCode(key []byte, step int64) string {
	h := hmac.New(sha1.New, key)
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(step))) //nolint:gosec // steps are counted from 1970
	sum := h.Sum(nil)
	offset := sum[len(sum)-1] & 0x0f
	number := binary.BigEndian.Uint32(sum[offset:]) & 0x7fffffff
	return fmt.Sprintf("%06d", number%1_000_000)
}

// totpStep returns the step whose code it is: of now, or one before or after, for clocks that differ. A step up to
// the last used one is not good any more.
func totpStep(secret, code string, now time.Time, last int64) (step int64, good bool) {
	key, err := totpText.DecodeString(secret)
	if err != nil {
		return 0, false
	}
	current := now.Unix() / totpPeriod
	for s := current - 1; s <= current+1; s++ {
		if subtle.ConstantTimeCompare([]byte(totpCode(key, s)), []byte(code)) == 1 && s > last {
			step, good = s, true
		}
	}
	return step, good
}

// totpAddress is what the app reads from the picture.
func totpAddress(secret, email, issuer string) string {
	label := url.PathEscape(issuer + ":" + email)
	return "otpauth://totp/" + label + "?" + url.Values{"secret": {secret}, "issuer": {issuer}}.Encode()
}

// cleanCode drops what people type around a code.
func cleanCode(code string) string {
	return strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "\u00a0", "").Replace(strings.TrimSpace(code)))
}

func isTOTPCode(code string) bool {
	return len(code) == 6 && strings.Trim(code, "0123456789") == ""
}
