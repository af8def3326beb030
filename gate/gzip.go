package gate

import (
	"bytes"
	"compress/gzip"
	"strings"

	"github.com/gin-gonic/gin"
)

// TakesGzip reports whether the client understands an answer that is packed.
func TakesGzip(c *gin.Context) bool {
	return strings.Contains(c.GetHeader("Accept-Encoding"), "gzip")
}

// Zip packs an answer: once and well for one that is kept, quickly for one that is not.
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
