// Package s3test is an S3 bucket in a folder: the file store of the demo and of the tests.
//
// It speaks enough of S3's protocol for the real SDK, for presigned links and for a browser: signatures
// in header and query, expiry, ranges, multipart uploads, response overrides, S3's own XML errors. It
// holds one bucket, one key pair, and no versions, ACLs or policies; nothing in it is public. It knows
// nothing of handbooks, orders or people, and it is no place for a shop's only copy of its files.
package s3test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"

	"github.com/rclone/gofakes3"
)

// Options say where the bucket lies and who may use it. All but Log are needed.
type Options struct {
	Dir       string // made if it is missing; belongs to one Server at a time
	Bucket    string // by S3's rules: 3 to 63 of a-z, 0-9, dot and dash
	AccessKey string // 3 characters or more
	SecretKey string
	Log       *slog.Logger // told when the disk fails; nil says nothing
}

// Server answers for one bucket, path-style, under "/{bucket}/". A signature covers the Host header: a
// proxy in front must leave it alone.
type Server struct {
	s3   http.Handler
	down atomic.Bool
}

// New opens the bucket in o.Dir, made if need be, and clears away whatever a killed process left half done.
func New(o Options) (*Server, error) {
	if len(o.AccessKey) < 3 || o.SecretKey == "" {
		return nil, errors.New("s3test: the access key needs 3 characters or more and the secret key at least one")
	}
	if err := gofakes3.ValidateBucketName(o.Bucket); err != nil {
		return nil, fmt.Errorf("s3test: bucket %q: %w", o.Bucket, err)
	}
	d, err := openDisk(o.Dir, o.Bucket)
	if err != nil {
		return nil, fmt.Errorf("s3test: %w", err)
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	fake := gofakes3.New(d,
		gofakes3.WithV4Auth(map[string]string{o.AccessKey: o.SecretKey}),
		gofakes3.WithLogger(errorLog{o.Log}))
	return &Server{s3: fake.Server()}, nil
}

// SetDown makes every request fail with 503, as when S3 has a bad day, until it is called with false.
func (s *Server) SetDown(down bool) { s.down.Store(down) }

// ServeHTTP answers one S3 request. Each answer says in a header of its own that this is not Amazon's S3.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Embedded-Bucket", "bookroom s3test, not Amazon S3")
	switch {
	case s.down.Load():
		http.Error(w, xml.Header+"<Error><Code>ServiceUnavailable</Code><Message>Please try again.</Message></Error>", http.StatusServiceUnavailable)
	case r.Method == http.MethodOptions:
		answerPreflight(w, r)
	default:
		r.Body = checkedBody(r)
		s.s3.ServeHTTP(w, r)
	}
}

// answerPreflight lets any origin ask: what it may do is decided by the signature on what follows.
func answerPreflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", "GET, HEAD, PUT, POST, DELETE")
	if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" {
		h.Set("Access-Control-Allow-Headers", asked)
	}
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
}

// errorLog passes on errors only: gofakes3's other messages hold addresses with signatures.
type errorLog struct{ log *slog.Logger }

func (l errorLog) Print(level gofakes3.LogLevel, v ...any) {
	if level == gofakes3.LogErr {
		l.log.Error("embedded bucket", "error", fmt.Sprint(v...))
	}
}
