package delivery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"bookroom/shop"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

// BeginParts begins an object that will arrive in parts, straight from a browser, and returns what the bucket
// calls that.
func (b *Bucket) BeginParts(ctx context.Context, key, contentType string) (upload string, err error) {
	out, err := b.client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: &b.name, Key: &key, ContentType: &contentType})
	if err != nil {
		return "", cannotSave(key, err)
	}
	return aws.ToString(out.UploadId), nil
}

// SignPart returns an address to PUT one part of exactly that many bytes to, and when it dies (UTC): after ttl, or with
// the credentials that sign it. Nothing is asked of the bucket.
func (b *Bucket) SignPart(ctx context.Context, key, upload string, number int, size int64, ttl time.Duration) (address string, expires time.Time, err error) {
	signed, expires, err := b.lifetime(ctx, ttl)
	if err != nil {
		return "", time.Time{}, err
	}
	request, err := b.links.PresignUploadPart(ctx, &s3.UploadPartInput{
		Bucket: &b.name, Key: &key, UploadId: &upload, PartNumber: partNumber(number), ContentLength: &size,
	}, func(o *s3.PresignOptions) {
		o.Expires = expires.Sub(signed)
		o.Presigner = signerAt{b.signer, signed}
	})
	if err != nil {
		return "", time.Time{}, unreachable(fmt.Errorf("sign part %d of %s: %w", number, key, err))
	}
	return request.URL, expires, nil
}

func partNumber(number int) *int32 { return aws.Int32(int32(number)) } //nolint:gosec // S3 has at most 10,000

// Parts returns the sizes of the parts that have arrived, by number; shop.ErrNoParts when the bucket knows no such
// upload.
func (b *Bucket) Parts(ctx context.Context, key, upload string) (map[int]int64, error) {
	parts, err := b.listParts(ctx, key, upload)
	if err != nil {
		return nil, err
	}
	sizes := make(map[int]int64, len(parts))
	for _, part := range parts {
		sizes[int(aws.ToInt32(part.PartNumber))] = aws.ToInt64(part.Size)
	}
	return sizes, nil
}

func (b *Bucket) listParts(ctx context.Context, key, upload string) ([]types.Part, error) {
	var parts []types.Part
	pages := s3.NewListPartsPaginator(b.client, &s3.ListPartsInput{Bucket: &b.name, Key: &key, UploadId: &upload})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, noParts(fmt.Errorf("list the parts of %s: %w", key, err))
		}
		parts = append(parts, page.Parts...)
	}
	return parts, nil
}

// noParts tells an upload that the bucket does not know from a bucket that cannot be reached.
func noParts(err error) error {
	var said smithy.APIError
	if errors.As(err, &said) && said.ErrorCode() == "NoSuchUpload" {
		return fmt.Errorf("%w: %w", shop.ErrNoParts, err)
	}
	return unreachable(err)
}

// JoinParts makes the object of all parts that have arrived; shop.ErrNoParts when the bucket knows no such upload, as
// when they are joined already.
func (b *Bucket) JoinParts(ctx context.Context, key, upload string) error {
	arrived, err := b.listParts(ctx, key, upload)
	if err != nil {
		return err
	}
	parts := make([]types.CompletedPart, len(arrived))
	for i, part := range arrived {
		parts[i] = types.CompletedPart{PartNumber: part.PartNumber, ETag: part.ETag}
	}
	slices.SortFunc(parts, func(x, y types.CompletedPart) int { return int(*x.PartNumber - *y.PartNumber) })
	_, err = b.patient.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: &b.name, Key: &key, UploadId: &upload, MultipartUpload: &types.CompletedMultipartUpload{Parts: parts},
	})
	if err != nil {
		return noParts(fmt.Errorf("join the parts of %s: %w", key, err))
	}
	return nil
}

// DropParts gives an upload up with all its parts. One that the bucket does not know is no error.
func (b *Bucket) DropParts(ctx context.Context, key, upload string) error {
	_, err := b.client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &b.name, Key: &key, UploadId: &upload})
	if err == nil {
		return nil
	}
	if err = noParts(fmt.Errorf("drop the parts of %s: %w", key, err)); errors.Is(err, shop.ErrNoParts) {
		return nil
	}
	return err
}

// Copy stores the object of the key from under f's key as well, with f's content type, as Put would have; the bytes
// stay within the bucket. It takes objects of up to 5 GB. One of f's key, size and hash that is there is left as it is.
func (b *Bucket) Copy(ctx context.Context, from string, f shop.File) error {
	there, err := b.head(ctx, f.Key)
	switch {
	case err == nil && there == object{f.Size, f.SHA256}:
		return nil
	case err != nil && !isMissing(err):
		return cannotSave(f.Key, err)
	}
	_, err = b.patient.CopyObject(ctx, &s3.CopyObjectInput{
		Bucket: &b.name, Key: &f.Key, CopySource: aws.String(b.name + "/" + from), ContentType: &f.ContentType,
		Metadata: map[string]string{sha256Metadata: f.SHA256}, MetadataDirective: types.MetadataDirectiveReplace,
	})
	if err != nil {
		return cannotSave(f.Key, err)
	}
	return nil
}

// Delete removes an object. One that is not there is no error.
func (b *Bucket) Delete(ctx context.Context, key string) error {
	if _, err := b.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.name, Key: &key}); err != nil {
		return unreachable(fmt.Errorf("delete %s: %w", key, err))
	}
	return nil
}
