package shop

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// errNotSealed says that a text was not sealed here for that purpose, or too long ago.
var errNotSealed = errors.New("this was not sealed here, or too long ago")

// seal encrypts and signs bytes for one purpose; nothing that was sealed for another opens in its place.
func (s *Shop) seal(purpose string, plain []byte) []byte {
	nonce := make([]byte, sealNonce)
	_, _ = rand.Read(nonce) // it never fails
	return s.sealer().Seal(nonce, nonce, plain, []byte(purpose))
}

// unseal returns what was sealed for that purpose; errNotSealed for anything else.
func (s *Shop) unseal(purpose string, sealed []byte) ([]byte, error) {
	if len(sealed) < sealNonce {
		return nil, errNotSealed
	}
	plain, err := s.sealer().Open(nil, sealed[:sealNonce], sealed[sealNonce:], []byte(purpose))
	if err != nil {
		return nil, errNotSealed
	}
	return plain, nil
}

// sealNonce is the size of the random start of what is sealed, in bytes.
const sealNonce = 12

func (s *Shop) sealer() cipher.AEAD {
	block, err := aes.NewCipher(s.keyed("sealed"))
	if err != nil {
		panic(err) // the key is of 32 bytes
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // the block is that of AES
	}
	return aead
}

// keyed derives 32 bytes from a text that nobody without the shop's secret can work out.
func (s *Shop) keyed(text string) []byte {
	h := hmac.New(sha256.New, s.config.Secret)
	h.Write([]byte("staff\x00" + text))
	return h.Sum(nil)
}

// ticket is what a browser keeps for us between two steps, sealed. It is good for ticketLife.
type ticket struct {
	Until time.Time       `json:"until"`
	Holds json.RawMessage `json:"holds"`
}

// ticketLife is how long somebody may take from one step to the next.
const ticketLife = 10 * time.Minute

func (s *Shop) writeTicket(purpose string, holds any) (string, error) {
	inside, err := json.Marshal(holds)
	if err != nil {
		return "", fmt.Errorf("write a ticket: %w", err)
	}
	whole, err := json.Marshal(ticket{s.now().Add(ticketLife), inside})
	if err != nil {
		return "", fmt.Errorf("write a ticket: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(s.seal(purpose, whole)), nil
}

// readTicket reads what writeTicket wrote for that purpose; ErrBeginAgain where it is another's, broken or too old.
func (s *Shop) readTicket(purpose, text string, holds any) error {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return ErrBeginAgain
	}
	plain, err := s.unseal(purpose, sealed)
	if err != nil {
		return ErrBeginAgain
	}
	var t ticket
	if err := json.Unmarshal(plain, &t); err != nil {
		return fmt.Errorf("read a ticket: %w", err)
	}
	if !s.now().Before(t.Until) {
		return ErrBeginAgain
	}
	if err := json.Unmarshal(t.Holds, holds); err != nil {
		return fmt.Errorf("read a ticket: %w", err)
	}
	return nil
}
