package staff

import (
	"context"
	"net/http"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

type noticePage struct {
	frame
	Notice shop.Notice
}

// Busy reports whether mails are going out.
func (page noticePage) Busy() bool {
	return page.Notice.State == shop.NoticeSending || page.Notice.Progress.Queued > 0
}

// Told is how many of the owners it was seen to.
func (page noticePage) Told() int {
	p := page.Notice.Progress
	return p.Sent + p.LeftOut + p.Failed
}

// notice shows whom an edition would be told to, and how far that has come.
func (d *Desk) notice(c *gin.Context) { d.showNotice(c, nil) }

func (d *Desk) showNotice(c *gin.Context, cause error) {
	n, err := d.Store.Notice(c.Request.Context(), c.Param("slug"))
	if err != nil {
		d.fail(c, err)
		return
	}
	page := noticePage{frame: d.frame(c, "Tell the owners of "+n.Title, "/products"), Notice: n}
	page.Done, page.Trouble = saidDone(c), d.tell(c, cause)
	status := http.StatusOK
	if cause != nil {
		status = statusOf(cause)
	}
	d.show(c, status, "notice", page)
}

func (d *Desk) testNotice(c *gin.Context) {
	err := d.Shop.TestNotice(c.Request.Context(), actor(c), c.Param("slug"), shop.Language(c.PostForm("language")).Known())
	if err != nil {
		d.showNotice(c, err)
		return
	}
	seeOther(c, "/products/"+c.Param("slug")+"/notice?done=test")
}

// turnNotice starts, pauses or resumes the mails.
func (d *Desk) turnNotice(turn func(context.Context, shop.Actor, string) error) gin.HandlerFunc {
	return func(c *gin.Context) {
		if err := turn(c.Request.Context(), actor(c), c.Param("slug")); err != nil {
			d.showNotice(c, err)
			return
		}
		seeOther(c, "/products/"+c.Param("slug")+"/notice")
	}
}
