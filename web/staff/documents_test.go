package staff_test

import (
	"net/http"
	"testing"
	"time"

	"bookroom/shop"
	"bookroom/store/storetest"
)

func TestTheDeskSeesWhatTheBuyerGets(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	order := storetest.MustPaidOrder(t, p.store, storetest.Advisory)
	ana := p.SignIn(t, shop.RoleSupport)
	address := "/staff/orders/" + order.Number
	receipt := ana.Get(address + "/receipt.pdf")
	receipt.Expect(t, http.StatusOK, "%PDF-")
	if kind := receipt.header.Get("Content-Type"); kind != "application/pdf" {
		t.Errorf("a receipt is %q", kind)
	}
	ana.Get(address+"/invoice.pdf").Expect(t, http.StatusNotFound, "This order has no invoice yet")
	_, err := p.store.IssueInvoice(t.Context(), order.ID, shop.Billing{Name: "Accounts"}, time.Now())
	must(t, err)
	ana.Get(address+"/invoice.pdf").Expect(t, http.StatusOK, "%PDF-")
	ana.Get("/staff/orders/BR-1/receipt.pdf").Expect(t, http.StatusNotFound, "There is no order of that number")
	ana.Get("/staff/orders/"+storetest.MustOrder(t, p.store, storetest.Advisory).Number+"/receipt.pdf").Expect(t, http.StatusConflict, "is made when the order is paid")
}
