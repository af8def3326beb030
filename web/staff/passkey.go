package staff

import (
	"net/http"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// ask puts a question for a passkey to the script of the page, and keeps its ticket with the browser.
func (d *Desk) ask(c *gin.Context, question shop.PasskeyQuestion, err error) {
	if err != nil {
		told := d.tell(c, err)
		c.JSON(statusOf(err), gin.H{"message": told.Message})
		return
	}
	d.keepFor(c, passkeyCookie, question.Ticket)
	c.Data(http.StatusOK, "application/json", question.Options)
}

// answer is what the script put into the form.
func (d *Desk) answer(c *gin.Context) shop.PasskeyAnswer {
	answer := shop.PasskeyAnswer{Ticket: d.kept(c, passkeyCookie), Answer: c.PostForm("answer"), Name: c.PostForm("name")}
	d.drop(c, passkeyCookie)
	return answer
}
