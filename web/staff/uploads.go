package staff

import (
	"net/http"
	"strconv"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// What follows is asked by the script that sends files, not by people: it answers in JSON.

// uploadAnswer is an upload as the script needs it.
type uploadAnswer struct {
	ID       string           `json:"id"`
	State    shop.UploadState `json:"state"`
	PartSize int64            `json:"part_size"`
	Parts    int              `json:"parts"`
	Arrived  []int            `json:"arrived"`
	Refused  string           `json:"refused,omitempty"` // why, as a sentence
}

func newUploadAnswer(u shop.Upload, arrived []int) uploadAnswer {
	if arrived == nil {
		arrived = []int{} // not null
	}
	return uploadAnswer{u.ID, u.State, u.PartSize, u.Parts(), arrived, u.Refused.Sentence().String()}
}

type linkAnswer struct {
	Number int    `json:"number"`
	URL    string `json:"url"`
}

// refuse says in JSON what went wrong.
func (d *Desk) refuse(c *gin.Context, err error) {
	told := d.tell(c, err)
	c.JSON(statusOf(err), gin.H{"message": told.Message, "fields": told.Fields})
}

func (d *Desk) beginUpload(c *gin.Context) {
	size, err := strconv.ParseInt(c.PostForm("size"), 10, 64)
	if err != nil {
		size = 0 // which the shop refuses, beside the field
	}
	u, err := d.Shop.BeginUpload(c.Request.Context(), actor(c), shop.NewUpload{
		Slug: c.Param("slug"), Name: c.PostForm("name"), Size: size, FirstSHA256: c.PostForm("first_sha256"),
	})
	if err != nil {
		d.refuse(c, err)
		return
	}
	d.answerUpload(c, u.ID)
}

func (d *Desk) upload(c *gin.Context) { d.answerUpload(c, c.Param("upload")) }

func (d *Desk) answerUpload(c *gin.Context, id string) {
	u, arrived, err := d.Shop.UploadedParts(c.Request.Context(), id)
	if err != nil {
		d.refuse(c, err)
		return
	}
	c.JSON(http.StatusOK, newUploadAnswer(u, arrived))
}

func (d *Desk) signParts(c *gin.Context) {
	var numbers []int
	for _, text := range c.PostFormArray("number") {
		number, err := strconv.Atoi(text)
		if err != nil {
			number = 0 // there is no such part
		}
		numbers = append(numbers, number)
	}
	links, err := d.Shop.SignParts(c.Request.Context(), actor(c), c.Param("upload"), numbers)
	if err != nil {
		d.refuse(c, err)
		return
	}
	answers := make([]linkAnswer, len(links))
	for i, link := range links {
		answers[i] = linkAnswer{link.Number, link.URL}
	}
	c.JSON(http.StatusOK, answers)
}

func (d *Desk) completeUpload(c *gin.Context) {
	u, err := d.Shop.CompleteUpload(c.Request.Context(), actor(c), c.Param("upload"), c.PostFormArray("checksum"))
	if err != nil {
		d.refuse(c, err)
		return
	}
	c.JSON(http.StatusOK, newUploadAnswer(u, nil))
}

// abortUpload is a form of the page: it works without the script.
func (d *Desk) abortUpload(c *gin.Context) {
	if err := d.Shop.AbortUpload(c.Request.Context(), actor(c), c.Param("upload")); err != nil {
		d.fail(c, err)
		return
	}
	u, _, err := d.Shop.UploadedParts(c.Request.Context(), c.Param("upload"))
	if err != nil {
		d.fail(c, err)
		return
	}
	seeOther(c, "/products/"+u.Slug+"/edition?done=given-up")
}
