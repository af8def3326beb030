package delivery

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"bookroom/shop"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Get returns f's bytes. They are held in memory: it is for files whose size the caller has looked at. It is a
// *shop.Error with the code file_missing if the bucket does not have them or has others, files_unavailable
// if it cannot be reached.
func (b *Bucket) Get(ctx context.Context, f shop.File) ([]byte, error) {
	out, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: &f.Key})
	var absent *types.NoSuchKey
	switch {
	case errors.As(err, &absent):
		return nil, missing(fmt.Errorf("no object %s in bucket %s", f.Key, b.name))
	case err != nil:
		return nil, unreachable(fmt.Errorf("get %s: %w", f.Key, err))
	}
	defer out.Body.Close()
	content, err := io.ReadAll(io.LimitReader(out.Body, f.Size+1))
	if err != nil {
		return nil, unreachable(fmt.Errorf("get %s: %w", f.Key, err))
	}
	if sum := sha256.Sum256(content); int64(len(content)) != f.Size || hex.EncodeToString(sum[:]) != f.SHA256 {
		return nil, missing(fmt.Errorf("object %s in bucket %s is not the file that was stored", f.Key, b.name))
	}
	return content, nil
}
