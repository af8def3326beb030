package api

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"
)

// document is an answer that many share: its bytes, and the tag that changes with each of them.
type document struct {
	contentType string
	etag        string
	body        []byte
}

func newDocument(contentType string, body []byte) document {
	sum := sha256.Sum256(body)
	return document{contentType: contentType, etag: `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`, body: body}
}

// size is how many bytes of memory the document takes.
func (d document) size() int { return cap(d.body) }

// serve sends the document, or 304 to those who have it. Caches keep it and ask each time, so that an
// edit is seen at once.
func (d document) serve(c *gin.Context) {
	c.Header("ETag", d.etag)
	c.Header("Cache-Control", "public, max-age=0, must-revalidate")
	if d.isAmong(c.GetHeader("If-None-Match")) {
		c.Status(http.StatusNotModified)
		return
	}
	c.Data(http.StatusOK, d.contentType, d.body)
}

// isAmong reports whether If-None-Match names the document.
func (d document) isAmong(tags string) bool {
	for tag := range strings.SplitSeq(tags, ",") {
		tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
		if tag == d.etag || tag == "*" {
			return true
		}
	}
	return false
}
