package s3test

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"net/http"

	"github.com/rclone/gofakes3"
)

// checkedBody returns r's body. Where the request promises its SHA-256, reading a body that does not
// keep the promise ends in an error, so that nothing is stored; gofakes3 checks only that the promise
// was signed.
func checkedBody(r *http.Request) io.ReadCloser {
	promised, err := hex.DecodeString(r.Header.Get("X-Amz-Content-Sha256"))
	if err != nil || len(promised) != sha256.Size {
		return r.Body // unsigned or streamed payload, or a presigned link
	}
	return &sha256Body{ReadCloser: r.Body, promised: string(promised), left: r.ContentLength, sum: sha256.New()}
}

type sha256Body struct {
	io.ReadCloser
	promised string
	left     int64 // bytes still to come; negative if the length is not known
	sum      hash.Hash
}

// Read checks at the last byte, not at io.EOF: a reader that knows the length never asks for that.
func (b *sha256Body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.sum.Write(p[:n])
	b.left -= int64(n)
	if (b.left == 0 || err == io.EOF) && string(b.sum.Sum(nil)) != b.promised {
		return 0, gofakes3.ErrorMessage(gofakes3.ErrBadDigest, "The provided x-amz-content-sha256 does not match what was received.")
	}
	return n, err
}
