package api

import (
	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

type checkoutRequest struct {
	Email         string        `json:"email"`
	Name          string        `json:"name"`
	Organisation  string        `json:"organisation"`
	PONumber      string        `json:"po_number"`
	ExpectedTotal *int64        `json:"expected_total"`
	Language      shop.Language `json:"language"`
}

type checkedOut struct {
	Order      order   `json:"order"`
	OrderToken string  `json:"order_token"`
	OrderURL   string  `json:"order_url"`
	PaymentURL *string `json:"payment_url"`
}

func (a *API) checkout(c *gin.Context) (any, error) {
	var in checkoutRequest
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	done, err := a.Shop.Checkout(c.Request.Context(), shop.CheckoutRequest{
		CartID: c.Param("cart"), Email: in.Email, Name: in.Name, Organisation: in.Organisation, PONumber: in.PONumber,
		IdempotencyKey: c.GetHeader("Idempotency-Key"), ExpectedTotal: in.ExpectedTotal, Language: in.Language, By: client(c),
	})
	if err != nil {
		return nil, err
	}
	placed, err := a.orderOf(c.Request.Context(), done.Order)
	if err != nil {
		return nil, err
	}
	c.Header("Location", root+"/orders/"+done.Token)
	return checkedOut{Order: placed, OrderToken: done.Token, OrderURL: done.OrderURL, PaymentURL: optional(done.PaymentURL)}, nil
}
