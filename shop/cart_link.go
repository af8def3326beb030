package shop

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
)

// CartCopyURL is the address at which anybody who has it can copy a cart. It does not give away the cart's
// id, with which the cart could be changed and ordered. It is always the same for a cart: Stripe takes a
// request that is sent again only as it was.
func (s *Shop) CartCopyURL(cartID string) string {
	nonce := s.cartCopyKey("nonce " + cartID)[:cartNonce]
	sealed := s.cartCopies().Seal(nonce, nonce, []byte(cartID), nil)
	return s.config.URL + "/cart/copy/" + base64.RawURLEncoding.EncodeToString(sealed)
}

// CartToCopy returns the id of the cart that the last part of such an address is for; ErrCartNotFound for
// any other text. The id is not for whoever has the address.
func (s *Shop) CartToCopy(token string) (cartID string, err error) {
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(sealed) < cartNonce {
		return "", ErrCartNotFound
	}
	id, err := s.cartCopies().Open(nil, sealed[:cartNonce], sealed[cartNonce:], nil)
	if err != nil {
		return "", ErrCartNotFound
	}
	return string(id), nil
}

// cartNonce is the size of what makes each cart's encryption another one, in bytes. It follows from the
// cart's id, so that it is used for nothing else.
const cartNonce = 12

// cartCopies encrypts and signs ids of carts.
func (s *Shop) cartCopies() cipher.AEAD {
	block, err := aes.NewCipher(s.cartCopyKey("key"))
	if err != nil {
		panic(err) // the key is of 32 bytes
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // the block is that of AES
	}
	return aead
}

// cartCopyKey derives 32 secret bytes that are for nothing else.
func (s *Shop) cartCopyKey(of string) []byte {
	h := hmac.New(sha256.New, s.config.Secret)
	h.Write([]byte("cart copy\x00" + of))
	return h.Sum(nil)
}
