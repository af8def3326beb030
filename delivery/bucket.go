// Package delivery keeps the handbooks' files in an S3 bucket and signs the links by which they are
// downloaded.
//
// It moves bytes and signs addresses. It knows nothing of orders, prices, or who may download what, and
// neither of HTTP handlers nor of the database.
package delivery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"bookroom/shop"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	tmtypes "github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Config names the bucket. Whatever else is empty comes from where the SDK looks: the AWS_* variables,
// its files, the machine's role.
type Config struct {
	Bucket string
	// Endpoint is the address of a server that is not Amazon's, as "https://files.example.org". It is
	// spoken to path-style. Empty means AWS_ENDPOINT_URL_S3, or Amazon.
	Endpoint    string
	Region      string
	Credentials aws.CredentialsProvider
	// Now is the clock that links are signed by; nil means time.Now.
	Now func() time.Time
}

var _ shop.Bucket = (*Bucket)(nil)

// Bucket is where the files lie. It is safe for concurrent use.
type Bucket struct {
	name    string
	client  *s3.Client // in a hurry: somebody waits for its answers
	patient *s3.Client // for what the bucket itself takes long for, as copying gigabytes
	uploads *transfermanager.Client
	links   *s3.PresignClient
	signer  *v4.Signer
	now     func() time.Time
}

const (
	partSize    = 8 << 20 // bytes; smaller files go up in one piece
	parallel    = 3       // parts under way at once: an upload holds about five parts in memory
	lookTimeout = 5 * time.Second
)

// Open reads the settings and talks to nobody: the first use, or Probe, shows whether they are right.
func Open(ctx context.Context, c Config) (*Bucket, error) {
	if c.Bucket == "" {
		return nil, errors.New(`S3_BUCKET is not set: give the bucket's name, as "bookroom-files"`)
	}
	settings, err := config.LoadDefaultConfig(ctx,
		config.WithRegion(c.Region),
		config.WithCredentialsProvider(c.Credentials),
		config.WithHTTPClient(httpClient(30*time.Second)))
	if err != nil {
		return nil, fmt.Errorf("read the AWS settings: %w", err)
	}
	where := func(o *s3.Options) {
		if c.Endpoint != "" {
			o.BaseEndpoint = &c.Endpoint
		}
		if o.BaseEndpoint != nil {
			o.UsePathStyle = true
			o.Region = cmp.Or(o.Region, "us-east-1")
		}
	}
	client := s3.NewFromConfig(settings, where, func(o *s3.Options) {
		o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts, o.MaxBackoff = 3, 200*time.Millisecond })
	})
	used := client.Options()
	if used.Region == "" {
		return nil, errors.New(`AWS_REGION is not set: give the region of the bucket, as "us-east-1"; the S3 console shows it beside the bucket's name`)
	}
	if err := checkEndpoint(aws.ToString(used.BaseEndpoint)); err != nil {
		return nil, err
	}
	b := &Bucket{
		name:    c.Bucket,
		client:  client,
		patient: s3.NewFromConfig(settings, where, func(o *s3.Options) { o.HTTPClient = httpClient(10 * time.Minute) }),
		uploads: uploader(s3.NewFromConfig(settings, where)),
		links: s3.NewPresignClient(client, s3.WithPresignClientFromClientOptions(func(o *s3.Options) {
			o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired // a browser checks none
			o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired // nor does it send any
		})),
		signer: v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true }), // as S3 wants it
		now:    c.Now,
	}
	if b.now == nil {
		b.now = time.Now
	}
	return b, nil
}

// checkEndpoint accepts the address of a server, or none.
func checkEndpoint(address string) error {
	if address == "" {
		return nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return fmt.Errorf(`AWS_ENDPOINT_URL_S3 is %q: it should look like "https://files.example.org"`, address)
	}
	return nil
}

func uploader(client *s3.Client) *transfermanager.Client {
	return transfermanager.New(client, func(o *transfermanager.Options) {
		o.PartSizeBytes, o.MultipartUploadThreshold, o.Concurrency = partSize, partSize, parallel
		o.ChecksumAlgorithm = tmtypes.ChecksumAlgorithmSha256
		o.FailTimeout = 2 * lookTimeout // to take back the parts of a failed upload
	})
}

// httpClient gives up on a server that does not begin to answer in that time, but not on a large file.
func httpClient(answer time.Duration) *awshttp.BuildableClient {
	return awshttp.NewBuildableClient().
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = 3 * time.Second }).
		WithTransportOptions(func(t *http.Transport) {
			t.TLSHandshakeTimeout = 3 * time.Second
			t.ResponseHeaderTimeout = answer
		})
}
