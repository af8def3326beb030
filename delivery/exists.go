package delivery

import (
	"context"
	"errors"
	"fmt"

	"bookroom/shop"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Exists asks the bucket for f and returns nil if it is there, in its size. It answers within seconds: a
// *shop.Error with the code file_missing if the bucket says that it is not, files_unavailable if the
// bucket says anything else or nothing at all.
func (b *Bucket) Exists(ctx context.Context, f shop.File) error {
	there, err := b.head(ctx, f.Key)
	switch {
	case isMissing(err):
		return missing(fmt.Errorf("no object %s in bucket %s", f.Key, b.name))
	case err != nil:
		return unreachable(fmt.Errorf("look for %s: %w", f.Key, err))
	case there.size != f.Size:
		return missing(fmt.Errorf("object %s in bucket %s is %d bytes, not %d", f.Key, b.name, there.size, f.Size))
	}
	return nil
}

func missing(cause error) error {
	return shop.NewError(shop.Internal, "file_missing",
		"This file is missing from our store. Your purchase is safe and no download was used up; write to us and we will put it right.").
		Because(cause)
}

func unreachable(cause error) error {
	return shop.NewError(shop.Unavailable, "files_unavailable",
		"We could not reach the file store. Your purchase is safe and no download was used up; try again in a minute.").
		Because(cause)
}

// object is what the bucket says about a key.
type object struct {
	size   int64
	sha256 string // as Put noted it, empty if something else wrote the object
}

func (b *Bucket) head(ctx context.Context, key string) (object, error) {
	ctx, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	out, err := b.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &b.name, Key: &key})
	if err != nil {
		return object{}, err
	}
	return object{size: aws.ToInt64(out.ContentLength), sha256: out.Metadata[sha256Metadata]}, nil
}

func isMissing(err error) bool {
	var notFound *types.NotFound
	return errors.As(err, &notFound)
}
