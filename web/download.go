package web

import (
	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// download issues a link to one file and sends the browser there.
func (p *Pages) download(c *gin.Context) {
	by, err := p.client(c)
	if err != nil {
		p.fail(c, err)
		return
	}
	link, err := p.Shop.IssueDownload(c.Request.Context(), c.Param("token"), c.Param("file"), by)
	p.toFiles(c, link, err)
}

// toFiles sends the browser to what it asked for. What went wrong is said on the order's page, beside the
// files.
func (p *Pages) toFiles(c *gin.Context, link shop.Link, err error) {
	if err == nil {
		c.Header("Cache-Control", "private, no-store")
		c.Header("Referrer-Policy", "no-referrer")
		seeOther(c, link.URL)
		return
	}
	o, lost := p.Shop.OrderByToken(c.Request.Context(), c.Param("token"))
	if lost != nil {
		p.fail(c, lost)
		return
	}
	p.showOrder(c, statusOf(err), o, err)
}
