package api

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"

	"bookroom/shop"
)

func fileOf(name, body string) shop.File {
	sum := sha256.Sum256([]byte(body))
	hash := hex.EncodeToString(sum[:])
	return shop.File{Name: name, ContentType: "application/pdf", Size: int64(len(body)), SHA256: hash, Key: shop.FileKey(hash)}
}

func bodyOf(text string) shop.Body {
	return func() (io.ReadSeekCloser, error) { return readSeekNopCloser{bytes.NewReader([]byte(text))}, nil }
}

type readSeekNopCloser struct{ *bytes.Reader }

func (readSeekNopCloser) Close() error { return nil }
