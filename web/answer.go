package web

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"

	"bookroom/gate"

	"github.com/gin-gonic/gin"
)

// cartSlot stands in a rendered page where the visitor's cart is counted.
const cartSlot = "<cart-count></cart-count>"

// answer is a rendered page that is the same for everybody but for the number in the cart, at which it
// is cut in two. It is never changed once it is kept.
type answer struct {
	status        int
	contentType   string
	before, after []byte // after is nil where there is nothing to count
	// What follows is only there once the answer is kept.
	zipped []byte // for an empty cart
	etag   string // for an empty cart
	figure int64  // the moving figure that the page shows
}

// newAnswer takes over the body.
func newAnswer(status int, contentType string, body []byte) *answer {
	a := &answer{status: status, contentType: contentType, before: body}
	if before, after, ok := bytes.Cut(body, []byte(cartSlot)); ok {
		a.before, a.after = before, after
	}
	return a
}

// keep makes an answer ready to be given many times, until the figure moves on.
func (a *answer) keep(figure int64) {
	plain := a.body(0)
	a.zipped = gate.Zip(plain, true)
	sum := sha256.Sum256(plain)
	a.etag = `W/"` + hex.EncodeToString(sum[:9]) + `"`
	a.figure = figure
}

// size is how many bytes of memory a kept answer takes.
func (a *answer) size() int {
	return cap(a.before) + cap(a.zipped) // before is cut from the whole page and holds all of its memory
}

// body puts the page together for a cart with so many licences.
func (a *answer) body(inCart int) []byte {
	if a.after == nil {
		return a.before
	}
	count := ""
	if inCart > 0 {
		count = fmt.Sprintf(` <span class="tally">%d<span class="hidden"> in it</span></span>`, inCart)
	}
	return bytes.Join([][]byte{a.before, a.after}, []byte(count))
}

// public answers with a page that is kept for as long as the catalog stays what it is.
func (p *Pages) public(c *gin.Context, key string, render func() (*answer, error)) {
	p.moving(c, key, 0, render)
}

// moving is public for a page that shows a figure which moves by itself: the one page that is kept under
// the key makes room for the next one when the figure has moved on.
func (p *Pages) moving(c *gin.Context, key string, figure int64, render func() (*answer, error)) {
	version, err := p.Store.CatalogVersion(c.Request.Context())
	if err != nil {
		p.fail(c, err)
		return
	}
	a, ok := p.cache.Get(version, key)
	if !ok || a.figure != figure {
		if a, err = render(); err != nil {
			p.fail(c, err)
			return
		}
		a.keep(figure)
		p.cache.Put(version, key, a, a.size())
	}
	c.Header("Cache-Control", "private, no-cache")
	c.Header("Vary", "Accept-Encoding, Cookie")
	inCart := p.cartCount(c)
	if inCart > 0 {
		p.send(c, a, inCart)
		return
	}
	c.Header("ETag", a.etag)
	switch {
	case a.status == http.StatusOK && strings.Contains(c.GetHeader("If-None-Match"), a.etag):
		c.Status(http.StatusNotModified)
	case gate.TakesGzip(c):
		c.Header("Content-Encoding", "gzip")
		c.Data(a.status, a.contentType, a.zipped)
	default:
		c.Data(a.status, a.contentType, a.body(0))
	}
}

// send writes an answer for one visitor.
func (p *Pages) send(c *gin.Context, a *answer, inCart int) {
	body := a.body(inCart)
	if gate.TakesGzip(c) {
		c.Header("Content-Encoding", "gzip")
		body = gate.Zip(body, false)
	}
	c.Data(a.status, a.contentType, body)
}
