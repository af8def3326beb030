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
	packed      gate.Packed
}

// assets are found by their name (fonts, style.css, shop.js) and by their address.
type assets struct {
	byName map[string]*asset
	byPath map[string]*asset
}

// readAssets loads the embedded files. The style sheets become one, and so do the scripts: every page
// needs both sheets, and asking for one file is quicker than asking for two.
func readAssets() assets {
	a := assets{byName: map[string]*asset{}, byPath: map[string]*asset{}}
	style := join("tokens.css", "shop.css")
	for _, font := range []string{"fraunces-latin.woff2", "fraunces-latin-ext.woff2", "atkinson-latin.woff2", "atkinson-latin-ext.woff2"} {
		a.add(font, "font/woff2", mustReadAsset(font))
		style = bytes.ReplaceAll(style, []byte("url("+font+")"), []byte("url("+a.byName[font].path+")"))
	}
	a.add("style.css", "text/css; charset=utf-8", style)
	a.add("shop.js", "text/javascript; charset=utf-8", join("htmx.min.js", "order.js", "shop.js"))
	a.add("staff.css", "text/css; charset=utf-8", mustReadAsset("staff.css"))
	a.add("staff.js", "text/javascript; charset=utf-8", mustReadAsset("staff.js"))
	a.add("orders.js", "text/javascript; charset=utf-8", mustReadAsset("orders.js"))
	a.add("staff_passkey.js", "text/javascript; charset=utf-8", mustReadAsset("staff_passkey.js"))
	a.add("staff_upload.js", "text/javascript; charset=utf-8", mustReadAsset("staff_upload.js"))
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

// join puts files together, each on lines of its own.
func join(names ...string) []byte {
	var all bytes.Buffer
	for _, name := range names {
		all.Write(mustReadAsset(name))
		all.WriteByte('\n')
	}
	return all.Bytes()
}

func (a assets) add(name, contentType string, body []byte) {
	sum := sha256.Sum256(body)
	ext := path.Ext(name)
	file := &asset{
		path:        fmt.Sprintf("/assets/%s.%s%s", strings.TrimSuffix(name, ext), hex.EncodeToString(sum[:6]), ext),
		contentType: contentType, packed: gate.Pack(contentType, body),
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

// Asset is the address of a style sheet, script, font or picture of that name, for the pages of other rooms.
func (p *Pages) Asset(name string) (string, error) { return p.assets.address(name) }

func (p *Pages) asset(c *gin.Context) {
	file, ok := p.assets.byPath[c.Request.URL.Path]
	if !ok {
		p.fail(c, errNoPage)
		return
	}
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	c.Header("Vary", "Accept-Encoding")
	give(c, http.StatusOK, file.contentType, file.packed)
}
