package staff

import (
	"bytes"
	"context"
	"net/http"

	"bookroom/reports"
	"bookroom/shop"
	"bookroom/words"

	"github.com/gin-gonic/gin"
)

// orderReceipt is the receipt of an order as its buyer gets it, and orderInvoice the invoice.
func (d *Desk) orderReceipt(c *gin.Context) { d.sendDocument(c, d.Shop.Receipt) }
func (d *Desk) orderInvoice(c *gin.Context) { d.sendDocument(c, d.Shop.Bill) }

func (d *Desk) sendDocument(c *gin.Context, read func(context.Context, shop.Order) (shop.Paper, error)) {
	o, err := d.Store.OrderByNumber(c.Request.Context(), c.Param("number"))
	if err != nil {
		d.fail(c, err)
		return
	}
	paper, err := read(c.Request.Context(), o)
	if err != nil {
		d.fail(c, err)
		return
	}
	document := reports.Document{Paper: paper, Words: words.Load().In(o.Language)}
	var pdf bytes.Buffer
	if err := document.WritePDF(&pdf); err != nil {
		d.fail(c, err)
		return
	}
	c.Header("Content-Disposition", `inline; filename="`+document.Filename()+`"`)
	c.Data(http.StatusOK, "application/pdf", pdf.Bytes())
}
