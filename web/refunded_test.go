package web_test

import (
	"net/http"
	"testing"

	"bookroom/shop"
)

// Staff can give the money back and leave the titles.
func TestARefundThatEndsNoRightSaysSo(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	page := v.MustBuy("advisory")
	refund := shop.RefundRequest{Number: "BR-100001", Reason: shop.Goodwill, Revoke: []string{}, IdempotencyKey: "k"}
	if _, err := p.shop.Refund(t.Context(), shop.Actor{StaffID: "staff-1", Name: "Ana"}, refund); err != nil {
		t.Fatal(err)
	}
	v.Get(page).Expect(t, http.StatusOK, "Refunded", "You keep all titles of the order.", "$38.00 went back", "Download<span")
}
