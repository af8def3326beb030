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
		arrived = []int{}
	}
	return uploadAnswer{u.ID, u.State, u.PartSize, u.Parts(), arrived, u.Refused.Sentence().String()}
}

type linkAnswer struct {
	Number int    `json:"number"`
	URL    string `json:"url"`
}

// answer sends data, or says in JSON what went wrong.
func (d *Desk) answer(c *gin.Context, data any, err error) {
	if err != nil {
		told := d.tell(c, err)
		c.JSON(statusOf(err), gin.H{"message": told.Message, "fields": told.Fields})
		return
	}
	c.JSON(http.StatusOK, data)
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
		d.answer(c, nil, err)
		return
	}
	d.answerUpload(c, u.ID)
}

func (d *Desk) upload(c *gin.Context) { d.answerUpload(c, c.Param("upload")) }

func (d *Desk) answerUpload(c *gin.Context, id string) {
	u, arrived, err := d.Shop.UploadedParts(c.Request.Context(), id)
	d.answer(c, newUploadAnswer(u, arrived), err)
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
	answers := make([]linkAnswer, len(links))
	for i, link := range links {
		answers[i] = linkAnswer{link.Number, link.URL}
	}
	d.answer(c, answers, err)
}

func (d *Desk) completeUpload(c *gin.Context) {
	u, err := d.Shop.CompleteUpload(c.Request.Context(), actor(c), c.Param("upload"), c.PostFormArray("checksum"))
	d.answer(c, newUploadAnswer(u, nil), err)
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
