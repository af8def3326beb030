package delivery

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"bookroom/shop"
)

// Get returns f's bytes. They are held in memory: it is for files whose size the caller has looked at. It is a
// *shop.Error with the code file_missing if the bucket does not have them or has others, files_unavailable
// if it cannot be reached.
func (b *Bucket) Get(ctx context.Context, f shop.File) ([]byte, error) {
	body, err := b.Open(ctx, f, 0)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	content, err := io.ReadAll(body)
	if err != nil {
		return nil, unreachable(fmt.Errorf("get %s: %w", f.Key, err))
	}
	if sum := sha256.Sum256(content); int64(len(content)) != f.Size || hex.EncodeToString(sum[:]) != f.SHA256 {
		return nil, missing(fmt.Errorf("object %s in bucket %s is not the file that was stored", f.Key, b.name))
	}
	return content, nil
}
