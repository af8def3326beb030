package web

import (
	"bytes"
	"context"
	"errors"
	"net/http"

	"bookroom/reports"
	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// paperwork is what an order's page offers of documents.
type paperwork struct {
	Invoice *shop.Invoice // nil before it was issued
	Billing shop.Billing  // what stands in the form
	Typed   bool          // it comes back to be mended
}

// paperworkOf is the paperwork of a paid order, with what was typed where that has to be mended; nil before it is paid.
func (p *Pages) paperworkOf(c *gin.Context, o shop.Order, typed *shop.Billing) (*paperwork, error) {
	if !o.IsPaid() {
		return nil, nil
	}
	papers := &paperwork{Billing: o.SuggestedBilling()}
	invoice, err := p.Shop.Invoice(c.Request.Context(), o)
	switch {
	case err == nil:
		papers.Invoice, papers.Billing = &invoice, invoice.Billing
	case !errors.Is(err, shop.ErrNoInvoice):
		return nil, err
	}
	if typed != nil {
		papers.Billing, papers.Typed = *typed, true
	}
	return papers, nil
}

// receipt is the receipt of an order as PDF, and invoice its invoice.
func (p *Pages) receipt(c *gin.Context) { p.sendDocument(c, p.Shop.Receipt) }
func (p *Pages) invoice(c *gin.Context) { p.sendDocument(c, p.Shop.Bill) }

// sendDocument answers with a document of the order whose link was used. It is in the language that the order was
// made in, whatever page led there, so that it stays the same.
func (p *Pages) sendDocument(c *gin.Context, read func(context.Context, shop.Order) (shop.Paper, error)) {
	secret(c)
	o, err := p.knownOrder(c)
	if err != nil {
		p.fail(c, err)
		return
	}
	paper, err := read(c.Request.Context(), o)
	if err != nil {
		p.fail(c, err)
		return
	}
	document := reports.Document{Paper: paper, Words: p.catalogue.In(o.Language)}
	var pdf bytes.Buffer
	if err := document.WritePDF(&pdf); err != nil {
		p.fail(c, err)
		return
	}
	c.Header("Cache-Control", "private, no-store")
	c.Header("Content-Disposition", `inline; filename="`+document.Filename()+`"`)
	c.Data(http.StatusOK, "application/pdf", pdf.Bytes())
}

// knownOrder is the order of the address for a device that may see it; shop.ErrUnknownDevice for any other.
func (p *Pages) knownOrder(c *gin.Context) (shop.Order, error) {
	o, err := p.Shop.OrderByToken(c.Request.Context(), c.Param("token"))
	if err != nil {
		return o, err
	}
	by, err := p.client(c)
	if err != nil {
		return o, err
	}
	known, err := p.Shop.Knows(c.Request.Context(), o, by)
	if err == nil && !known {
		err = shop.ErrUnknownDevice
	}
	return o, err
}

// issueInvoice makes the invoice out as the form says, or corrects it.
func (p *Pages) issueInvoice(c *gin.Context) {
	by, err := p.client(c)
	if err != nil {
		p.fail(c, err)
		return
	}
	form := c.Request.PostForm
	to := shop.Billing{
		Name: form.Get("invoice_name"), Organisation: form.Get("invoice_organisation"), Address: form.Get("invoice_address"), TaxID: form.Get("invoice_tax_id"),
	}
	_, err = p.Shop.IssueInvoice(c.Request.Context(), c.Param("token"), to, by)
	if err == nil {
		seeOther(c, "/orders/"+c.Param("token")+"#invoice")
		return
	}
	o, lost := p.Shop.OrderByToken(c.Request.Context(), c.Param("token"))
	if lost != nil {
		p.fail(c, lost)
		return
	}
	p.showOrderWith(c, statusOf(err), o, err, &to)
}
