package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// StaffMailStore is what the API about what was mailed reads.
type StaffMailStore interface {
	// Mails returns mails of the log, newest first, without what they say.
	Mails(ctx context.Context, q shop.MailQuery) ([]shop.MailRecord, error)
	// Mail returns a mail with what it says.
	Mail(ctx context.Context, id int64) (shop.MailRecord, error)
}

func (a *API) mailRoutes() []StaffRoute {
	return []StaffRoute{
		{http.MethodGet, "/mails", shop.SeeMails, http.StatusOK, a.listMails},
		{http.MethodGet, "/mails/:mail", shop.SeeMails, http.StatusOK, a.getMail},
		{http.MethodPost, "/mails/:mail/resend", shop.HandleOrders, http.StatusCreated, a.resendMail},
	}
}

// mailSummary is a mail without what it says.
type mailSummary struct {
	ID          int64          `json:"id"`
	Kind        shop.MailKind  `json:"kind"`
	State       shop.MailState `json:"state"`
	OrderNumber *string        `json:"order_number"`
	To          string         `json:"to"`
	Subject     string         `json:"subject"`
	Language    string         `json:"language"`
	MessageID   string         `json:"message_id"`
	Attempts    int            `json:"attempts"`
	Error       string         `json:"error"`
	Bounce      string         `json:"bounce"`
	QueuedAt    time.Time      `json:"queued_at"`
	NextAttempt *time.Time     `json:"next_attempt_at"`
	SentAt      *time.Time     `json:"sent_at"`
	DeliveredAt *time.Time     `json:"delivered_at"`
	BouncedAt   *time.Time     `json:"bounced_at"`
	ErasedAt    *time.Time     `json:"erased_at"`
}

type mailList struct {
	Items      []mailSummary `json:"items"`
	NextCursor *string       `json:"next_cursor"`
}

// mailDetail is a mail with what it says.
type mailDetail struct {
	mailSummary
	Text string `json:"text"`
	HTML string `json:"html"`
}

func newMailSummary(m shop.MailRecord) mailSummary {
	return mailSummary{
		ID: m.ID, Kind: m.Kind, State: m.State, OrderNumber: optional(m.OrderNumber), To: m.To, Subject: m.Subject, Language: string(m.Language),
		MessageID: m.MessageID, Attempts: m.Attempts, Error: m.Error, Bounce: m.Bounce, QueuedAt: m.QueuedAt, NextAttempt: moment(m.NextAttempt),
		SentAt: moment(m.SentAt), DeliveredAt: moment(m.DeliveredAt), BouncedAt: moment(m.BouncedAt), ErasedAt: moment(m.ErasedAt),
	}
}

var errCursor = shop.NewError(shop.Invalid, "invalid_cursor",
	"This page of the list cannot be found. Please start again from the first page.")

// mailPage is how many mails a page holds unless it is said.
const mailPage = 50

func (a *API) listMails(c *gin.Context) (any, error) {
	query := shop.MailQuery{State: shop.MailState(c.Query("state")), Kind: shop.MailKind(c.Query("kind")), Words: c.Query("q"), Limit: mailPage}
	if limit, err := strconv.Atoi(c.Query("limit")); err == nil { // the contract has looked at it
		query.Limit = limit
	}
	if cursor := c.Query("cursor"); cursor != "" {
		var err error
		if query.Before, err = strconv.ParseInt(cursor, 10, 64); err != nil || query.Before < 1 {
			return nil, errCursor
		}
	}
	asked := query.Limit
	query.Limit++ // one more tells whether there is another page
	mails, err := a.Store.Mails(c.Request.Context(), query)
	if err != nil {
		return nil, err
	}
	list := mailList{}
	if len(mails) > asked {
		mails = mails[:asked]
		list.NextCursor = optional(strconv.FormatInt(mails[asked-1].ID, 10))
	}
	list.Items = each(mails, newMailSummary)
	return list, nil
}

// mailID is the id in the address; no mail has any that is not a number.
func mailID(c *gin.Context) int64 {
	id, err := strconv.ParseInt(c.Param("mail"), 10, 64)
	if err != nil {
		return 0
	}
	return id
}

func (a *API) getMail(c *gin.Context) (any, error) {
	m, err := a.Store.Mail(c.Request.Context(), mailID(c))
	if err != nil {
		return nil, err
	}
	return mailDetail{newMailSummary(m), m.Text, m.HTML}, nil
}

func (a *API) resendMail(c *gin.Context) (any, error) {
	again, err := a.Shop.ResendMail(c.Request.Context(), actor(c), mailID(c), c.GetHeader("Idempotency-Key"))
	if err != nil {
		return nil, err
	}
	return newMailSummary(again), nil
}
