package web_test

import (
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"

	"bookroom/shop"
)

func TestABuyerGetsAReceiptAsPDF(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	order := v.MustBuy("advisory")
	v.Get(order).Expect(t, http.StatusOK, order+"/receipt.pdf", "Do you need an invoice?", "not:"+order+"/invoice.pdf")
	first, again := v.Get(order+"/receipt.pdf"), v.Get(order+"/receipt.pdf")
	first.Expect(t, http.StatusOK, "%PDF-")
	if first.body != again.body {
		t.Error("the same receipt has other bytes")
	}
	for name, want := range map[string]string{
		"Content-Type": "application/pdf", "Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer", "Content-Disposition": `inline; filename="BR-100001.pdf"`,
	} {
		if got := first.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	v.Get(order+"/invoice.pdf").Expect(t, http.StatusNotFound, "This order has no invoice yet")
	v.Get("/orders/forged/receipt.pdf").Expect(t, http.StatusNotFound, "This order link is not valid")
	p.MustRefund(t, 3800)
	if after := v.Get(order + "/receipt.pdf"); after.body == first.body {
		t.Error("the receipt does not know of the refund")
	}
}

func TestAnInvoiceIsMadeAndCorrected(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	order := v.MustBuy("advisory")
	v.Get(order).Expect(t, http.StatusOK, `name="invoice_name" value="Ana Núñez"`, `name="invoice_organisation" value="The Met"`)
	form := url.Values{"invoice_name": {"Accounts"}, "invoice_organisation": {"Распределение 李"}, "invoice_address": {"1 Main Street\r\n\r\nProvidence"}, "invoice_tax_id": {" EIN  12 "}}
	made := v.Post(order+"/billing", form)
	made.Expect(t, http.StatusSeeOther)
	if to := made.header.Get("Location"); to != order+"#invoice" {
		t.Errorf("it leads to %q", to)
	}
	v.Get(order).Expect(t, http.StatusOK, "Invoice INV-000001 as PDF", "Correct the invoice details", `value="Распределение 李"`, "1 Main Street\nProvidence", `value="EIN 12"`)
	first := v.Get(order + "/invoice.pdf")
	first.Expect(t, http.StatusOK, "%PDF-")
	form.Set("invoice_tax_id", "EIN 13")
	v.Post(order+"/billing", form).Expect(t, http.StatusSeeOther)
	v.Get(order).Expect(t, http.StatusOK, "Invoice INV-000001 as PDF", `value="EIN 13"`)
	if second := v.Get(order + "/invoice.pdf"); second.body == first.body || second.header.Get("Content-Disposition") != `inline; filename="INV-000001.pdf"` {
		t.Error("the correction does not show")
	}

	wrong := v.Post(order+"/billing", url.Values{"invoice_address": {strings.Repeat("line\n", shop.MaxAddressLines+1)}, "invoice_tax_id": {strings.Repeat("x", shop.MaxTaxID+1)}})
	wrong.Expect(t, http.StatusUnprocessableEntity, "Please check the marked fields of the invoice", "An invoice needs a name or an organisation.", "at most 6 lines", "longer than 60 characters", "<details open>", "line\nline")
	v.Get(order+"/billing").Expect(t, http.StatusSeeOther)
}

func TestNoDocumentBeforeTheMoney(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	v.MustAdd("advisory", shop.Individual)
	v.MustOrder()
	order, err := p.store.OrderByNumber(t.Context(), "BR-100001")
	must(t, err)
	token, err := p.shop.OrderToken(order)
	must(t, err)
	page := "/orders/" + token
	v.Get(page).Expect(t, http.StatusOK, "not:receipt.pdf", "not:invoice_name")
	v.Get(page+"/receipt.pdf").Expect(t, http.StatusConflict, "is made when the order is paid")
	v.Post(page+"/billing", url.Values{"invoice_name": {"Ana"}}).Expect(t, http.StatusConflict, "is made when the order is paid")
}

func TestADeviceThatTheOrderDoesNotKnowGetsNoDocument(t *testing.T) {
	t.Parallel()
	p := MustOpenShop(t, func(c *shop.Config) { c.Defaults.ConfirmDevices = true })
	v := p.Visit(t)
	order := v.MustBuy("advisory")
	token := order[strings.LastIndex(order, "/")+1:]
	stranger := shop.Client{IP: netip.MustParseAddr("203.0.113.9")}
	if _, err := p.shop.IssueInvoice(t.Context(), token, shop.Billing{Name: "Eve"}, stranger); !shop.IsKind(err, shop.Forbidden) {
		t.Errorf("a stranger's invoice: %v", err)
	}
	v.Get(order+"/receipt.pdf").Expect(t, http.StatusOK, "%PDF-")
}
