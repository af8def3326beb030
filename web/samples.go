package web

import (
	"net/http"
	"regexp"
	"strconv"

	"github.com/gin-gonic/gin"
)

// sampleName is what shop.SamplePage.Name makes.
var sampleName = regexp.MustCompile(`^([1-9][0-9]{0,5})-([0-9a-f]{12})\.(png|jpg)$`)

// samplePicture answers with the picture of a sample page. Its address changes with the picture, so browsers keep it
// for ever.
func (p *Pages) samplePicture(c *gin.Context) {
	name := sampleName.FindStringSubmatch(c.Param("file"))
	if name == nil {
		p.fail(c, errNoPage)
		return
	}
	page, err := strconv.Atoi(name[1])
	if err != nil {
		p.fail(c, errNoPage.Because(err))
		return
	}
	picture, err := p.Store.SamplePicture(c.Request.Context(), c.Param("slug"), page, name[2])
	if err != nil {
		p.fail(c, err)
		return
	}
	c.Header("Cache-Control", "public, max-age=31536000, immutable")
	c.Data(http.StatusOK, picture.ContentType, picture.Image)
}
