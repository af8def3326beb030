package api

import (
	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// mailReportReceived is what came of a message about mails.
type mailReportReceived struct {
	Outcome shop.MailReportOutcome `json:"outcome"`
}

var errNoMailReports = shop.NewError(shop.NotFound, "not_found", "There is nothing at this address. It may have been mistyped or moved.")

// receiveMailReport takes the body as it is; Amazon declares it as text.
func (a *API) receiveMailReport(c *gin.Context) (any, error) {
	if !a.Shop.TakesMailReports() {
		return nil, errNoMailReports
	}
	payload, err := readBody(c, maxEvent)
	if err != nil {
		return nil, err
	}
	outcome, err := a.Shop.ReceiveMailReport(c.Request.Context(), payload)
	if err != nil {
		return nil, err
	}
	return mailReportReceived{Outcome: outcome}, nil
}

// maxEvent is how many bytes an event may have; Stripe's and Amazon's are of a few KiB.
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
