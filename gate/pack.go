package gate

import (
	"bytes"
	"compress/gzip"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/gin-gonic/gin"
)

// Packed is an answer that is given many times: as it is, and packed for clients that understand it, unless
// its bytes are packed in themselves. It is never changed.
type Packed struct{ plain, gzip, brotli []byte }

// keptQuality is where brotli packs half as well again as gzip and still takes milliseconds.
const keptQuality = 7

// Pack packs an answer well, which is worth it where it is given many times. It takes over the body. Text
// becomes smaller; pictures of dots and fonts, which are packed in themselves, are left as they are.
func Pack(contentType string, body []byte) Packed {
	if isPacked(contentType) {
		return Packed{plain: body}
	}
	var packed bytes.Buffer
	w := brotli.NewWriterLevel(&packed, keptQuality)
	_, _ = w.Write(body) // a bytes.Buffer takes everything
	_ = w.Close()
	return Packed{plain: body, gzip: Zip(body, true), brotli: packed.Bytes()}
}

func isPacked(contentType string) bool {
	switch contentType {
	case "image/png", "image/jpeg", "font/woff2":
		return true
	default:
		return false
	}
}

// For returns the smallest form that the client understands, with its Content-Encoding; empty for the
// plain one.
func (p Packed) For(c *gin.Context) (encoding string, body []byte) {
	switch {
	case p.gzip == nil:
		return "", p.plain
	case takes(c, "br"):
		return "br", p.brotli
	case takes(c, "gzip"):
		return "gzip", p.gzip
	default:
		return "", p.plain
	}
}

// Size is how many bytes of memory all forms take.
func (p Packed) Size() int { return cap(p.plain) + cap(p.gzip) + cap(p.brotli) }

// TakesGzip reports whether the client understands an answer that is packed by gzip.
func TakesGzip(c *gin.Context) bool { return takes(c, "gzip") }

// takes reports whether the client names the encoding without refusing it (RFC 9110, 12.5.3).
func takes(c *gin.Context, encoding string) bool {
	for offer := range strings.SplitSeq(c.GetHeader("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(offer, ";")
		if strings.EqualFold(strings.TrimSpace(name), encoding) {
			_, q, weighed := strings.Cut(weight, "=")
			return !weighed || strings.Trim(strings.TrimSpace(q), "0.") != ""
		}
	}
	return false
}

// Zip packs an answer by gzip: once and well for one that is kept, quickly for one that is not.
func Zip(body []byte, kept bool) []byte {
	level := gzip.BestSpeed
	if kept {
		level = gzip.DefaultCompression
	}
	var zipped bytes.Buffer
	w, err := gzip.NewWriterLevel(&zipped, level)
	if err != nil {
		panic(err) // the levels are constants of package gzip
	}
	_, _ = w.Write(body) // a bytes.Buffer takes everything
	_ = w.Close()
	return zipped.Bytes()
}
