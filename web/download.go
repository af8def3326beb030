package web

import (
	"bookroom/gate"
	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// download issues a link to one file and sends the browser there. What goes wrong is said on the
// order's page, beside the files.
func (p *Pages) download(c *gin.Context) {
	ctx, token := c.Request.Context(), c.Param("token")
	link, err := p.Shop.IssueDownload(ctx, token, c.Param("file"), shop.Client{IP: gate.ClientIP(c), Agent: c.Request.UserAgent()})
	if err == nil {
		c.Header("Cache-Control", "private, no-store")
		c.Header("Referrer-Policy", "no-referrer")
		seeOther(c, link.URL)
		return
	}
	o, lost := p.Shop.OrderByToken(ctx, token)
	if lost != nil {
		p.fail(c, lost)
		return
	}
	p.showOrder(c, statusOf(err), o, err)
}
