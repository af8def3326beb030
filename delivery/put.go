package delivery

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"

	"bookroom/shop"

	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
)

// sha256Metadata is the object metadata that holds the SHA-256 of the whole file, in lower-case hex. S3's
// own checksum of an upload in parts is one over the parts.
const sha256Metadata = "sha256"

// Put stores f's bytes under its key, with its content type. An object of that key, size and hash that
// is already there is left as it is, and body unopened.
//
// Either f.Size bytes with the hash f.SHA256 arrive whole, or nothing is stored: a *shop.Error of kind
// Invalid if body is not what f says, Unavailable if the bucket fails, and body's own error if it cannot
// be read. A process killed during an upload leaves parts that never become an object; a lifecycle rule
// of the bucket should sweep them.
func (b *Bucket) Put(ctx context.Context, f shop.File, body shop.Body) error {
	there, err := b.head(ctx, f.Key)
	switch {
	case err == nil && there == object{f.Size, f.SHA256}:
		return nil
	case err != nil && !isMissing(err):
		return cannotSave(f.Key, err)
	}
	opened, err := body()
	if err != nil {
		return fmt.Errorf("open the file to be saved: %w", err)
	}
	return cmp.Or(b.upload(ctx, f, opened), opened.Close())
}

func (b *Bucket) upload(ctx context.Context, f shop.File, body io.Reader) error {
	checked := &checkedBody{from: body, size: f.Size, sha256hex: f.SHA256, sum: sha256.New()}
	_, err := b.uploads.UploadObject(ctx, &transfermanager.UploadObjectInput{
		Bucket:        &b.name,
		Key:           &f.Key,
		Body:          checked,
		ContentLength: &f.Size,
		ContentType:   &f.ContentType,
		Metadata:      map[string]string{sha256Metadata: f.SHA256},
	})
	if checked.err != nil {
		return checked.err
	}
	if err != nil {
		return cannotSave(f.Key, err)
	}
	return nil
}

func cannotSave(key string, cause error) error {
	return shop.NewError(shop.Unavailable, "files_unavailable",
		"We could not reach the file store. Nothing was saved; please try again in a minute.").
		Because(fmt.Errorf("put %s: %w", key, cause))
}

// checkedBody fails at its end, rather than end, if what was read is not what was announced: an upload
// whose body fails is never finished.
type checkedBody struct {
	from      io.Reader
	size      int64
	sha256hex string
	sum       hash.Hash
	read      int64
	err       error // why it failed
}

func (c *checkedBody) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.sum.Write(p[:n])
	c.read += int64(n)
	ended := errors.Is(err, io.EOF)
	if c.read > c.size || ended && (c.read != c.size || hex.EncodeToString(c.sum.Sum(nil)) != c.sha256hex) {
		c.err = shop.NewError(shop.Invalid, "file_damaged",
			"The file that arrived is not the one that was announced: its size or its SHA-256 differs. Nothing was saved; please send it again.")
		return 0, c.err
	}
	if err != nil && !ended {
		c.err = fmt.Errorf("read the file to be saved: %w", err)
		return n, c.err
	}
	return n, err
}
