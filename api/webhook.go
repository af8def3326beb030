package api

import (
	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// maxEvent is how many bytes an event may have; Stripe's are of a few KiB.
const maxEvent = 256 << 10

type eventReceived struct {
	Outcome shop.EventOutcome `json:"outcome"`
}

// receiveEvent takes the body as it is, since the signature is over its bytes.
func (a *API) receiveEvent(c *gin.Context) (any, error) {
	payload, err := readBody(c, maxEvent)
	if err != nil {
		return nil, err
	}
	outcome, err := a.Shop.ReceiveEvent(c.Request.Context(), payload, c.GetHeader("Stripe-Signature"))
	if err != nil {
		return nil, err
	}
	return eventReceived{Outcome: outcome}, nil
}
