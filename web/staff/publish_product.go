package staff

import (
	"context"
	"errors"
	"time"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// turn is a verb that puts a product of that version into the shop, or takes it out.
type turn func(ctx context.Context, by shop.Actor, slug string, version int) (shop.EditedProduct, error)

func (d *Desk) turnProduct(done string, turn turn) gin.HandlerFunc {
	return func(c *gin.Context) {
		_, err := turn(c.Request.Context(), actor(c), c.Param("slug"), formVersion(c))
		d.afterTurn(c, done, err)
	}
}

// typedMoment is how browsers send a moment of a form; it is meant in UTC.
const typedMoment = "2006-01-02T15:04"

func (d *Desk) scheduleProduct(c *gin.Context) {
	when, err := time.ParseInLocation(typedMoment, c.PostForm("when"), time.UTC)
	if err != nil {
		d.afterTurn(c, "", shop.NewError(shop.Invalid, "invalid_time", "Choose a day and a time, such as 2026-09-01T08:00.").Because(err))
		return
	}
	_, err = d.Shop.ScheduleProduct(c.Request.Context(), actor(c), c.Param("slug"), formVersion(c), when)
	d.afterTurn(c, "scheduled", err)
}

// afterTurn goes back to the product's page, or says there why nothing was done.
func (d *Desk) afterTurn(c *gin.Context, done string, cause error) {
	if cause == nil {
		seeOther(c, "/products/"+c.Param("slug")+"?done="+done)
		return
	}
	p, err := d.Store.ProductToEdit(c.Request.Context(), c.Param("slug"))
	if err != nil {
		d.fail(c, errors.Join(err, cause))
		return
	}
	d.editor(c, statusOf(cause), p, textsOf(p), cause)
}
