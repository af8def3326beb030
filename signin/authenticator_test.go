package signin_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"slices"
	"testing"
)

// The flags of what an authenticator says.
const (
	userPresent  = 1 << 0
	userVerified = 1 << 2
	hasKey       = 1 << 6
)

// authenticator is a security key with one passkey in it, and the browser that it is put into.
type authenticator struct {
	*testing.T
	id      []byte
	key     *ecdsa.PrivateKey
	site    string // the id of the site that the key is for
	origin  string // of the page that asks
	counter uint32 // one more each time; what does not count says 0 always
	counts  bool
}

func mustAuthenticator(t *testing.T, site, origin string) *authenticator {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	return &authenticator{T: t, id: []byte(rand.Text()), key: key, site: site, origin: origin, counts: true}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func text(bytes []byte) string { return base64.RawURLEncoding.EncodeToString(bytes) }

// question is what the site's page hands to the browser.
type question struct {
	Challenge string `json:"challenge"`
	User      struct {
		ID string `json:"id"`
	} `json:"user"`
}

func (a *authenticator) read(options []byte) (q question) {
	a.Helper()
	must(a.T, json.Unmarshal(options, &q))
	return q
}

// client is what the browser says of the page and the question.
func (a *authenticator) client(kind, challenge string) []byte {
	a.Helper()
	said, err := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": a.origin, "crossOrigin": false})
	must(a.T, err)
	return said
}

// data is what the authenticator says of itself.
func (a *authenticator) data(flags byte) []byte {
	if a.counts {
		a.counter++
	}
	site := sha256.Sum256([]byte(a.site))
	return binary.BigEndian.AppendUint32(append(site[:], flags), a.counter)
}

// make answers the offer of a passkey, without a word about who built the authenticator.
func (a *authenticator) make(options []byte) []byte {
	a.Helper()
	point, err := a.key.PublicKey.Bytes()
	must(a.T, err)
	x, y := point[1:33], point[33:]
	data := append(a.data(userPresent|userVerified|hasKey), make([]byte, 16)...) // of no known model
	data = binary.BigEndian.AppendUint16(data, uint16(len(a.id)))                //nolint:gosec // 26 bytes
	data = append(data, a.id...)
	data = slices.Concat(data, []byte("\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x20"), x, []byte("\x22\x58\x20"), y) // COSE: ES256 on P-256
	attested := []byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59")
	attested = append(binary.BigEndian.AppendUint16(attested, uint16(len(data))), data...) //nolint:gosec // some 160 bytes
	return a.answer(map[string]string{"clientDataJSON": text(a.client("webauthn.create", a.read(options).Challenge)), "attestationObject": text(attested)})
}

// sign answers the question for a sign.
func (a *authenticator) sign(options []byte) []byte {
	a.Helper()
	client, data := a.client("webauthn.get", a.read(options).Challenge), a.data(userPresent|userVerified)
	said := sha256.Sum256(client)
	digest := sha256.Sum256(append(slices.Clone(data), said[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, a.key, digest[:])
	must(a.T, err)
	return a.answer(map[string]string{"clientDataJSON": text(client), "authenticatorData": text(data), "signature": text(signature)})
}

func (a *authenticator) answer(response map[string]string) []byte {
	a.Helper()
	answer, err := json.Marshal(map[string]any{"id": text(a.id), "rawId": text(a.id), "type": "public-key", "response": response})
	must(a.T, err)
	return answer
}
