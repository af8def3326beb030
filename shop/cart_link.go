package shop

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
)

// CartCopyURL is the address at which anybody who has it can copy a cart. It does not give away the cart's
// id, with which the cart could be changed and ordered.
func (s *Shop) CartCopyURL(cartID string) string {
	sealed := s.cartCopies().Seal(nil, nil, []byte(cartID), nil)
	return s.config.URL + "/cart/copy/" + base64.RawURLEncoding.EncodeToString(sealed)
}

// CartToCopy returns the id of the cart that the last part of such an address is for; ErrCartNotFound for
// any other text. The id is not for whoever has the address.
func (s *Shop) CartToCopy(token string) (cartID string, err error) {
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil {
		return "", ErrCartNotFound
	}
	id, err := s.cartCopies().Open(nil, nil, sealed, nil)
	if err != nil {
		return "", ErrCartNotFound
	}
	return string(id), nil
}

// cartCopies encrypts and signs ids of carts, under a key that is for nothing else.
func (s *Shop) cartCopies() cipher.AEAD {
	key := hmac.New(sha256.New, s.config.Secret)
	key.Write([]byte("cart copy\x00"))
	block, err := aes.NewCipher(key.Sum(nil))
	if err != nil {
		panic(err) // the key is of 32 bytes
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // the block is that of AES
	}
	return aead
}
