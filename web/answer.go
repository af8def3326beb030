package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"

	"bookroom/gate"
	"bookroom/words"

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
	packed gate.Packed // for an empty cart
	etag   string      // for an empty cart
	figure int64       // the moving figure that the page shows
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
	plain := a.body("")
	a.packed = gate.Pack(a.contentType, plain)
	sum := sha256.Sum256(plain)
	a.etag = `W/"` + hex.EncodeToString(sum[:9]) + `"`
	a.figure = figure
}

// size is how many bytes of memory a kept answer takes.
func (a *answer) size() int {
	return cap(a.before) + a.packed.Size() // before is cut from the whole page and holds all of its memory
}

// body puts the page together around what it says of the cart.
func (a *answer) body(tally string) []byte {
	if a.after == nil {
		return a.before
	}
	return bytes.Join([][]byte{a.before, a.after}, []byte(tally))
}

// tally is the number beside the word Cart; nothing for an empty one.
func tally(w *words.Words, inCart int) string {
	if inCart == 0 {
		return ""
	}
	return string(w.HTML(` <span class="tally">%d<span class="hidden"> in it</span></span>`, inCart))
}

// public answers with a page that is kept, in each language, for as long as the catalog stays what it is.
func (p *Pages) public(c *gin.Context, key string, render func() (*answer, error)) {
	p.moving(c, key, 0, render)
}

// moving is public for a page that shows a figure which moves by itself: the one page that is kept under
// the key makes room for the next one when the figure has moved on.
func (p *Pages) moving(c *gin.Context, key string, figure int64, render func() (*answer, error)) {
	w := p.words(c)
	a, err := p.kept(c, string(w.Language)+key, figure, render)
	if err != nil {
		p.fail(c, err)
		return
	}
	c.Header("Cache-Control", "private, no-cache")
	c.Header("Vary", "Accept-Encoding, Accept-Language, Cookie")
	if inCart := p.cartCount(c); inCart > 0 {
		p.send(c, w, a, inCart)
		return
	}
	giveKept(c, a)
}

// universal is public for what is the same in every language and whatever is in the cart.
func (p *Pages) universal(c *gin.Context, key string, render func() (*answer, error)) {
	a, err := p.kept(c, key, 0, render)
	if err != nil {
		p.fail(c, err)
		return
	}
	c.Header("Cache-Control", "private, no-cache")
	c.Header("Vary", "Accept-Encoding")
	giveKept(c, a)
}

// kept returns the answer that is kept under a key. Of several visitors who ask for one that has to be
// made, the first makes it, whether or not they stay for it, and the others wait.
func (p *Pages) kept(c *gin.Context, key string, figure int64, render func() (*answer, error)) (*answer, error) {
	version, err := p.Store.CatalogVersion(c.Request.Context())
	if err != nil {
		return nil, err
	}
	if a, ok := p.cache.Get(version, key); ok && a.figure == figure {
		return a, nil
	}
	made, err, _ := p.making.Do(fmt.Sprint(version, " ", figure, " ", key), func() (any, error) {
		if a, ok := p.cache.Get(version, key); ok && a.figure == figure {
			return a, nil
		}
		c.Request = c.Request.WithContext(context.WithoutCancel(c.Request.Context()))
		a, err := render()
		if err != nil {
			return nil, err
		}
		a.keep(figure)
		p.cache.Put(version, key, a, a.size())
		return a, nil
	})
	if err != nil {
		return nil, err
	}
	return made.(*answer), nil
}

func giveKept(c *gin.Context, a *answer) {
	c.Header("ETag", a.etag)
	if a.status == http.StatusOK && strings.Contains(c.GetHeader("If-None-Match"), a.etag) {
		c.Status(http.StatusNotModified)
		return
	}
	give(c, a.status, a.contentType, a.packed)
}

// give writes a packed answer in the form that suits the client.
func give(c *gin.Context, status int, contentType string, packed gate.Packed) {
	encoding, body := packed.For(c)
	if encoding != "" {
		c.Header("Content-Encoding", encoding)
	}
	c.Data(status, contentType, body)
}

// send writes an answer for one visitor.
func (p *Pages) send(c *gin.Context, w *words.Words, a *answer, inCart int) {
	body := a.body(tally(w, inCart))
	if gate.TakesGzip(c) {
		c.Header("Content-Encoding", "gzip")
		body = gate.Zip(body, false)
	}
	c.Data(a.status, a.contentType, body)
}
