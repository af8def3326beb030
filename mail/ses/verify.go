package ses

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // the older of the two signatures of SNS
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"
)

// signer is a key of Amazon's, and for how long it is good.
type signer struct {
	key         *rsa.PublicKey
	good, until time.Time
}

// verify returns nil when the message is signed by Amazon.
func (r *Reader) verify(ctx context.Context, e envelope) error {
	if err := r.ours(e.SigningCertURL); err != nil {
		return errForged.Because(err)
	}
	signature, err := base64.StdEncoding.DecodeString(e.Signature)
	if err != nil {
		return errForged.Because(errors.New("the signature is not base64"))
	}
	hash, digest, err := e.digest()
	if err != nil {
		return errForged.Because(err)
	}
	signer, err := r.signer(ctx, e.SigningCertURL)
	if err != nil {
		return err
	}
	if now := r.now(); now.Before(signer.good) || now.After(signer.until) {
		return errForged.Because(errors.New("the certificate is not good at this time"))
	}
	if err := rsa.VerifyPKCS1v15(signer.key, hash, digest, signature); err != nil {
		return errForged.Because(errors.New("the signature does not fit"))
	}
	return nil
}

// digest is the hash that Amazon signs.
func (e envelope) digest() (crypto.Hash, []byte, error) {
	switch e.SignatureVersion {
	case "1":
		sum := sha1.Sum([]byte(e.signed())) //nolint:gosec // see the import
		return crypto.SHA1, sum[:], nil
	case "2":
		sum := sha256.Sum256([]byte(e.signed()))
		return crypto.SHA256, sum[:], nil
	default:
		return 0, nil, errors.New("the signature is of a version that is not known")
	}
}

// signed is the text that Amazon signs: the fields by their names, which differ by the type of the message.
func (e envelope) signed() string {
	fields := [][2]string{{"Message", e.Message}, {"MessageId", e.MessageID}}
	if e.Type == "Notification" {
		if e.Subject != nil {
			fields = append(fields, [2]string{"Subject", *e.Subject})
		}
		fields = append(fields, [2]string{"Timestamp", e.Timestamp})
	} else {
		fields = append(fields, [2]string{"SubscribeURL", e.SubscribeURL}, [2]string{"Timestamp", e.Timestamp}, [2]string{"Token", e.Token})
	}
	fields = append(fields, [2]string{"TopicArn", e.TopicArn}, [2]string{"Type", e.Type})
	var text strings.Builder
	for _, field := range fields {
		text.WriteString(field[0] + "\n" + field[1] + "\n")
	}
	return text.String()
}

// maxSigners bounds how many certificates are remembered; Amazon uses one at a time for years.
const maxSigners = 16

// signer returns the key at an address, which is asked for once. Only errors of Amazon's are worth another try.
func (r *Reader) signer(ctx context.Context, address string) (signer, error) {
	r.mu.Lock()
	known, there := r.keys[address]
	r.mu.Unlock()
	if there {
		return known, nil
	}
	text, err := r.get(ctx, address)
	if err != nil {
		return signer{}, errAmazon.Because(fmt.Errorf("get a certificate: %w", err))
	}
	read, err := readCertificate(text)
	if err != nil {
		return signer{}, errForged.Because(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.keys) >= maxSigners {
		clear(r.keys)
	}
	r.keys[address] = read
	return read, nil
}

func readCertificate(text []byte) (signer, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return signer{}, errors.New("the certificate is not PEM")
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return signer{}, fmt.Errorf("read the certificate: %w", err)
	}
	key, is := certificate.PublicKey.(*rsa.PublicKey)
	if !is {
		return signer{}, errors.New("the certificate has no RSA key")
	}
	return signer{key, certificate.NotBefore, certificate.NotAfter}, nil
}
