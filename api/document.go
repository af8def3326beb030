package api

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"

	"bookroom/gate"

	"github.com/gin-gonic/gin"
)

// document is an answer that many share: its bytes, and the tag that changes with each of them.
type document struct {
	contentType string
	etag        string
	body        []byte
	// The same for clients that understand gzip. Its bytes are others, so its tag is another.
	zipped     []byte
	zippedETag string
}

func newDocument(contentType string, body []byte) document {
	sum := sha256.Sum256(body)
	tag := base64.RawURLEncoding.EncodeToString(sum[:12])
	return document{
		contentType: contentType, etag: `"` + tag + `"`, body: body, zippedETag: `"` + tag + `-gzip"`, zipped: gate.Zip(body, true),
	}
}

// size is how many bytes of memory the document takes.
func (d document) size() int { return cap(d.body) + cap(d.zipped) }

// serve sends the document, or 304 to those who have it. Caches keep it and ask each time, so that an
// edit is seen at once.
func (d document) serve(c *gin.Context) {
	body, etag := d.body, d.etag
	if gate.TakesGzip(c) {
		body, etag = d.zipped, d.zippedETag
	}
	c.Header("ETag", etag)
	c.Header("Cache-Control", "public, max-age=0, must-revalidate")
	c.Header("Vary", "Accept-Encoding")
	if d.isAmong(c.GetHeader("If-None-Match")) {
		c.Status(http.StatusNotModified)
		return
	}
	if gate.TakesGzip(c) {
		c.Header("Content-Encoding", "gzip")
	}
	c.Data(http.StatusOK, d.contentType, body)
}

// isAmong reports whether If-None-Match names the document.
func (d document) isAmong(tags string) bool {
	for tag := range strings.SplitSeq(tags, ",") {
		tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
		if tag == d.etag || tag == d.zippedETag || tag == "*" {
			return true
		}
	}
	return false
}
