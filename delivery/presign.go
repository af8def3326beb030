package delivery

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"bookroom/shop"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// longestLink is S3's own limit.
const longestLink = 7 * 24 * time.Hour

// Presign returns an address that anybody can download f from, whole or in parts, until expires (UTC).
// The browser saves it under f's name; no cache may keep it. Nothing is asked of the bucket.
//
// The link lives for ttl in whole seconds, at most seven days, and never longer than the credentials that
// sign it: where those are temporary, as a machine's role has them, expires may come sooner.
func (b *Bucket) Presign(ctx context.Context, f shop.File, ttl time.Duration) (address string, expires time.Time, err error) {
	signed, expires, err := b.lifetime(ctx, ttl)
	if err != nil {
		return "", time.Time{}, err
	}
	address, err = b.sign(ctx, f, signed, expires)
	if err != nil {
		return "", time.Time{}, unreachable(fmt.Errorf("sign a link: %w", err))
	}
	return address, expires, nil
}

// lifetime is from when until when a link is good that is signed now.
func (b *Bucket) lifetime(ctx context.Context, ttl time.Duration) (signed, expires time.Time, err error) {
	signed = b.now().UTC().Truncate(time.Second)
	expires = signed.Add(min(ttl, longestLink).Truncate(time.Second))
	credentials, err := b.client.Options().Credentials.Retrieve(ctx)
	if err != nil {
		return signed, expires, unreachable(fmt.Errorf("find credentials: %w", err))
	}
	if credentials.CanExpire && credentials.Expires.Before(expires) {
		expires = credentials.Expires.UTC().Truncate(time.Second)
	}
	if !expires.After(signed) {
		return signed, expires, unreachable(errors.New("sign a link: it would be dead at once; the time to live is under a second or the credentials have expired"))
	}
	return signed, expires, nil
}

// sign makes a link that is good from signed until expires.
func (b *Bucket) sign(ctx context.Context, f shop.File, signed, expires time.Time) (string, error) {
	input := &s3.GetObjectInput{
		Bucket:                     &b.name,
		Key:                        &f.Key,
		ResponseContentDisposition: aws.String(Disposition(f.Name)),
		ResponseCacheControl:       aws.String("private, no-store"),
	}
	if f.ContentType != "" {
		input.ResponseContentType = &f.ContentType
	}
	request, err := b.links.PresignGetObject(ctx, input, func(o *s3.PresignOptions) {
		o.Expires = expires.Sub(signed)
		o.Presigner = signerAt{b.signer, signed}
	})
	if err != nil {
		return "", err
	}
	return request.URL, nil
}

// signerAt signs as of one time, where the SDK would look at the machine's clock.
type signerAt struct {
	signer *v4.Signer
	at     time.Time
}

func (s signerAt) PresignHTTP(ctx context.Context, credentials aws.Credentials, r *http.Request, payloadHash, service, region string, _ time.Time, options ...func(*v4.SignerOptions)) (string, http.Header, error) {
	return s.signer.PresignHTTP(ctx, credentials, r, payloadHash, service, region, s.at, options...)
}
