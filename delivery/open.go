package delivery

import (
	"context"
	"errors"
	"fmt"
	"io"

	"bookroom/shop"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Open returns f's bytes from the offset to the end, as they come from the bucket. Whether they are the
// right ones is not looked at. Its errors are those of Exists.
func (b *Bucket) Open(ctx context.Context, f shop.File, offset int64) (io.ReadCloser, error) {
	input := &s3.GetObjectInput{Bucket: &b.name, Key: &f.Key}
	if offset > 0 {
		input.Range = aws.String(fmt.Sprintf("bytes=%d-", offset))
	}
	out, err := b.client.GetObject(ctx, input)
	var absent *types.NoSuchKey
	switch {
	case errors.As(err, &absent):
		return nil, missing(fmt.Errorf("no object %s in bucket %s", f.Key, b.name))
	case err != nil:
		return nil, unreachable(fmt.Errorf("get %s: %w", f.Key, err))
	case aws.ToInt64(out.ContentLength) != f.Size-offset:
		_ = out.Body.Close() // nothing was read of it
		return nil, missing(fmt.Errorf("object %s in bucket %s has %d bytes from %d on, not %d", f.Key, b.name, aws.ToInt64(out.ContentLength), offset, f.Size-offset))
	}
	return out.Body, nil
}
