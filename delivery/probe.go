package delivery

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"bookroom/shop"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
)

// Step is one thing that Probe tried.
type Step struct {
	Name   string
	Err    error  // nil if it went well
	Advice string // what to do about Err
}

// Probe really uses the bucket as the shop does, with a small object of its own that it deletes again,
// and returns what it tried, in order. It stops early where the rest could not work.
func (b *Bucket) Probe(ctx context.Context) []Step {
	p := &probe{
		Bucket: b,
		file:   shop.File{Key: "doctor/" + rand.Text(), Name: "Prüfung “1”.txt", ContentType: "text/plain"},
		text:   []byte("Bookroom's doctor wrote this and will delete it. " + rand.Text()),
	}
	const (
		rights = "Allow these credentials s3:PutObject, s3:GetObject, s3:DeleteObject, s3:AbortMultipartUpload, s3:ListMultipartUploadParts on the bucket's objects and s3:ListBucket on the bucket."
		public = "The bucket must be private: switch on Block Public Access and remove public policies and ACLs."
		link   = "Check that browsers reach the bucket by the same address as the shop, and that a proxy before it leaves the Host header and the query alone."
	)
	steps := []struct {
		name   string
		try    func(context.Context) error
		advice string
		needed bool // by all that follow
	}{
		{"find credentials", p.findCredentials, "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine a role.", true},
		{"write an object", p.write, rights, true},
		{"read it back", p.read, rights, false},
		{"download it by a link", p.download, link, false},
		{"resume a download", p.resume, link, false},
		{"refuse a link that expired", p.expired, public, false},
		{"refuse a request without a signature", p.unsigned, public, false},
		{"agree on the time", p.agreeOnTime, "Set this machine's clock, best by NTP: links would die early or late.", false},
		{"delete it", p.delete, rights, false},
		{"begin and give up a file in parts", p.parts, rights, false},
	}
	var done []Step
	for _, step := range steps {
		result := Step{Name: step.name, Err: step.try(ctx)}
		if result.Err != nil {
			result.Advice = adviceFor(result.Err, step.advice)
		}
		done = append(done, result)
		if result.Err != nil && step.needed {
			break
		}
	}
	return done
}

// adviceFor knows better than the step where S3 said what is wrong.
func adviceFor(err error, otherwise string) string {
	var said smithy.APIError
	if !errors.As(err, &said) {
		var silent *smithy.OperationError
		if errors.As(err, &silent) {
			return "Check AWS_ENDPOINT_URL_S3, AWS_REGION and this machine's way to the network."
		}
		return otherwise
	}
	switch said.ErrorCode() {
	case "NoSuchBucket":
		return "Create the bucket, or correct S3_BUCKET."
	case "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken":
		return "Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, for temporary ones, AWS_SESSION_TOKEN."
	case "PermanentRedirect", "AuthorizationHeaderMalformed", "MovedPermanently":
		return "Set AWS_REGION to the region of the bucket."
	case "RequestTimeTooSkewed":
		return "Set this machine's clock, best by NTP."
	case "ServiceUnavailable", "SlowDown", "InternalError":
		return "S3 itself is in trouble: try again in some minutes."
	}
	return otherwise
}

type probe struct {
	*Bucket
	file shop.File
	text []byte
}

func (p *probe) findCredentials(ctx context.Context) error {
	_, err := p.client.Options().Credentials.Retrieve(ctx)
	return err
}

// write does not use Put, which would look first: looking for what is not there needs a right of its own,
// and it is better to be told about each in turn.
func (p *probe) write(ctx context.Context) error {
	_, err := p.client.PutObject(ctx, &s3.PutObjectInput{Bucket: &p.name, Key: &p.file.Key, Body: bytes.NewReader(p.text)})
	return err
}

func (p *probe) read(ctx context.Context) error {
	out, err := p.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &p.name, Key: &p.file.Key})
	if err != nil {
		return err
	}
	body, err := io.ReadAll(out.Body)
	if err := cmp.Or(err, out.Body.Close()); err != nil {
		return err
	}
	return same(body, p.text)
}

func (p *probe) download(ctx context.Context) error {
	address, _, err := p.Presign(ctx, p.file, time.Minute)
	if err != nil {
		return err
	}
	got, err := get(ctx, address, "")
	if err != nil {
		return err
	}
	if got.status != http.StatusOK {
		return got.unexpected()
	}
	if name := got.header.Get("Content-Disposition"); name != Disposition(p.file.Name) {
		return fmt.Errorf("the file would not be saved under its name: Content-Disposition is %q", name)
	}
	return same(got.body, p.text)
}

func (p *probe) resume(ctx context.Context) error {
	address, _, err := p.Presign(ctx, p.file, time.Minute)
	if err != nil {
		return err
	}
	got, err := get(ctx, address, "bytes=10-")
	if err != nil {
		return err
	}
	if got.status != http.StatusPartialContent {
		return got.unexpected()
	}
	return same(got.body, p.text[10:])
}

// expired tries a link that was signed an hour ago for a minute.
func (p *probe) expired(ctx context.Context) error {
	signed := p.now().UTC().Add(-time.Hour)
	address, err := p.sign(ctx, p.file, signed, signed.Add(time.Minute))
	if err != nil {
		return err
	}
	return mustRefuse(ctx, address)
}

func (p *probe) unsigned(ctx context.Context) error {
	address, err := p.bareAddress(ctx)
	if err != nil {
		return err
	}
	return mustRefuse(ctx, address)
}

// agreeOnTime compares the server's Date with the clock that links are signed by.
func (p *probe) agreeOnTime(ctx context.Context) error {
	address, err := p.bareAddress(ctx)
	if err != nil {
		return err
	}
	got, err := get(ctx, address, "")
	if err != nil {
		return err
	}
	theirs, err := http.ParseTime(got.header.Get("Date"))
	if err != nil {
		return fmt.Errorf("the server does not say what time it is: %w", err)
	}
	if apart := p.now().Sub(theirs).Abs(); apart > time.Minute {
		return fmt.Errorf("this machine's clock and the file store's are %s apart", apart.Round(time.Second))
	}
	return nil
}

func (p *probe) delete(ctx context.Context) error {
	_, err := p.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &p.name, Key: &p.file.Key})
	return err
}

// parts does to an upload what sending from a browser needs besides.
func (p *probe) parts(ctx context.Context) error {
	upload, err := p.BeginParts(ctx, p.file.Key, p.file.ContentType)
	if err != nil {
		return err
	}
	_, err = p.Parts(ctx, p.file.Key, upload)
	return errors.Join(err, p.DropParts(ctx, p.file.Key, upload))
}

// bareAddress returns the object's address without the signature.
func (p *probe) bareAddress(ctx context.Context) (string, error) {
	address, _, err := p.Presign(ctx, p.file, time.Minute)
	bare, _, _ := strings.Cut(address, "?")
	return bare, err
}

func same(got, want []byte) error {
	if !bytes.Equal(got, want) {
		return errors.New("other bytes came back than were written")
	}
	return nil
}

func mustRefuse(ctx context.Context, address string) error {
	got, err := get(ctx, address, "")
	if err != nil {
		return err
	}
	switch got.status {
	case http.StatusForbidden, http.StatusUnauthorized:
		return nil
	case http.StatusOK:
		return errors.New("it was answered with the file")
	}
	return got.unexpected()
}

// answer is what a browser would get.
type answer struct {
	status int
	header http.Header
	body   []byte // its beginning
}

// get asks as a browser would, for the whole or a range. Its error does not hold the address, which may
// be signed.
func get(ctx context.Context, address, byteRange string) (answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return answer{}, errors.New("the link is not an address")
	}
	if byteRange != "" {
		request.Header.Set("Range", byteRange)
	}
	return send(request)
}

// send is get for any request.
func send(request *http.Request) (answer, error) {
	response, err := (&http.Client{Timeout: 2 * lookTimeout}).Do(request)
	if err != nil {
		var withAddress *url.Error
		if errors.As(err, &withAddress) {
			err = withAddress.Err
		}
		return answer{}, fmt.Errorf("ask %s: %w", request.URL.Host, err)
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	return answer{response.StatusCode, response.Header, body}, cmp.Or(err, response.Body.Close())
}

// unexpected is the answer as an error, with S3's words if there are any.
func (a answer) unexpected() error {
	var said struct{ Code, Message string }
	if err := xml.Unmarshal(a.body, &said); err != nil {
		return fmt.Errorf("unexpected answer with status %d", a.status)
	}
	return fmt.Errorf("unexpected answer with status %d: %w", a.status, &smithy.GenericAPIError{Code: said.Code, Message: said.Message})
}

// TakesFromBrowsers asks the bucket, as a browser would, whether a page of that origin may send it parts of a file.
func (b *Bucket) TakesFromBrowsers(ctx context.Context, origin string) Step {
	step := Step{Name: "take files from pages of " + origin}
	if step.Err = b.preflight(ctx, origin); step.Err != nil {
		step.Advice = "Give the bucket a CORS rule that allows PUT from this origin: see docs/GO-LIVE.md. Without one only sending files in the back office does not work."
	}
	return step
}

func (b *Bucket) preflight(ctx context.Context, origin string) error {
	address, _, err := b.SignPart(ctx, "doctor/"+rand.Text(), "none", 1, 1, time.Minute)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodOptions, address, nil)
	if err != nil {
		return errors.New("the link is not an address")
	}
	request.Header.Set("Origin", origin)
	request.Header.Set("Access-Control-Request-Method", http.MethodPut)
	got, err := send(request)
	if err != nil {
		return err
	}
	allowed := got.header.Get("Access-Control-Allow-Origin")
	if got.status >= http.StatusBadRequest || allowed != "*" && allowed != origin {
		return fmt.Errorf("it answers a browser's question with status %d and lets in %q", got.status, allowed)
	}
	return nil
}
