package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"strings"

	"bookroom/gate"

	"github.com/gin-gonic/gin"
)

//go:embed assets
var assetFiles embed.FS

// asset is a file under an address that changes with its content, so that browsers keep it for ever.
type asset struct {
	path        string
	contentType string
	body        []byte
	zipped      []byte // nil where zipping saves nothing
}

// assets are found by their name (fonts, style.css, order.js) and by their address.
type assets struct {
	byName map[string]*asset
	byPath map[string]*asset
}

// readAssets loads the embedded files. The style sheets become one, since every page needs both.
func readAssets() assets {
	a := assets{byName: map[string]*asset{}, byPath: map[string]*asset{}}
	fonts := []string{"fraunces-soft-latin.woff2", "atkinson-next-latin.woff2"}
	style := append(mustReadAsset("tokens.css"), mustReadAsset("shop.css")...)
	for _, font := range fonts {
		a.add(font, "font/woff2", mustReadAsset(font))
		style = bytes.ReplaceAll(style, []byte("url("+font+")"), []byte("url("+a.byName[font].path+")"))
	}
	a.add("style.css", "text/css; charset=utf-8", style)
	a.add("order.js", "text/javascript; charset=utf-8", mustReadAsset("order.js"))
	a.add("icon.svg", "image/svg+xml", mustReadAsset("icon.svg"))
	return a
}

func mustReadAsset(name string) []byte {
	body, err := assetFiles.ReadFile("assets/" + name)
	if err != nil {
		panic(err) // embedded: it is there or the program was built wrongly
	}
	return body
}

func (a assets) add(name, contentType string, body []byte) {
	sum := sha256.Sum256(body)
	ext := path.Ext(name)
	file := &asset{
		path:        fmt.Sprintf("/assets/%s.%s%s", strings.TrimSuffix(name, ext), hex.EncodeToString(sum[:6]), ext),
		contentType: contentType, body: body,
	}
	if contentType != "font/woff2" {
		file.zipped = gate.Zip(body, true)
	}
	a.byName[name], a.byPath[file.path] = file, file
}

// address is what a template writes into a page.
func (a assets) address(name string) (string, error) {
	file, ok := a.byName[name]
	if !ok {
		return "", fmt.Errorf("no asset %q", name)
	}
	return file.path, nil
}

func (p *Pages) asset(c *gin.Context) {
	file, ok := p.assets.byPath[c.Request.URL.Path]
	if !ok {
		p.fail(c, errNoPage)
		return
	}
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	body := file.body
	if file.zipped != nil {
		c.Header("Vary", "Accept-Encoding")
		if gate.TakesGzip(c) {
			c.Header("Content-Encoding", "gzip")
			body = file.zipped
		}
	}
	c.Data(http.StatusOK, file.contentType, body)
}

func (p *Pages) robots(c *gin.Context) {
	c.String(http.StatusOK, "User-agent: *\nDisallow: /cart\nDisallow: /checkout\nDisallow: /orders/\n")
}

// coverImage draws a cover as a picture by itself, to look at or to save. Other sites can link to it but
// not embed it: our answers are for our own pages (Cross-Origin-Resource-Policy).
func (p *Pages) coverImage(c *gin.Context) {
	slug, ok := strings.CutSuffix(c.Param("file"), ".svg")
	if !ok {
		p.fail(c, errNoPage)
		return
	}
	p.public(c, "/covers/"+slug, func() (*answer, error) {
		product, err := p.Store.Product(c.Request.Context(), slug)
		if err != nil {
			return nil, err
		}
		var drawing bytes.Buffer
		if err := p.Cover(&drawing, product); err != nil {
			return nil, fmt.Errorf("draw the cover of %s: %w", slug, err)
		}
		return newAnswer(http.StatusOK, "image/svg+xml", drawing.Bytes()), nil
	})
}
