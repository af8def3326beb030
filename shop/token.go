package shop

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"

	"github.com/google/uuid"
)

// NewID returns an identifier that sorts by the time it was made (UUID version 7).
func NewID() string { return uuid.Must(uuid.NewV7()).String() }

// NewSecret returns 128 random bits for an address that nobody can guess.
func NewSecret() string { return rand.Text() }

// ErrOrderNotFound answers a link that is not one of ours; it says the same for a forged one, an old
// one and one that never was.
var ErrOrderNotFound = NewError(NotFound, "order_not_found",
	"This order link is not valid. Please use the link in your newest receipt, or write to us with your order number.")

const macSize = 16 // 128 bits

// links derives order tokens: the order's id and the link's version, with an HMAC over both. Nothing
// has to be stored, so a receipt can be sent again; raising the version replaces a leaked link.
type links struct {
	secret []byte
	what   string // keeps links of one sort from being taken for those of another
}

func (l links) token(orderID string, version int) (string, error) {
	id, err := uuid.Parse(orderID)
	if err != nil {
		return "", NewError(Internal, "order_id", "An order's id is a UUID.").Because(err)
	}
	message := binary.AppendUvarint(id[:], uint64(version))
	return base64.RawURLEncoding.EncodeToString(append(message, l.mac(message)...)), nil
}

// read returns what a token says if it is one of ours. The version still has to be compared with the order's.
func (l links) read(token string) (orderID string, version int, err error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) <= len(uuid.UUID{})+macSize {
		return "", 0, ErrOrderNotFound
	}
	message, mac := raw[:len(raw)-macSize], raw[len(raw)-macSize:]
	if !hmac.Equal(mac, l.mac(message)) {
		return "", 0, ErrOrderNotFound
	}
	id := uuid.UUID(message[:16])
	v, read := binary.Uvarint(message[16:])
	if read != len(message)-16 {
		return "", 0, ErrOrderNotFound
	}
	return id.String(), int(v), nil
}

func (l links) mac(message []byte) []byte {
	h := hmac.New(sha256.New, l.secret)
	h.Write([]byte(l.what + "\x00"))
	h.Write(message)
	return h.Sum(nil)[:macSize]
}
