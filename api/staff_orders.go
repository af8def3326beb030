package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// StaffOrderStore is what the API about orders and what staff do with them reads.
type StaffOrderStore interface {
	// FindOrders returns a page of the list of orders, newest first.
	FindOrders(ctx context.Context, q shop.OrderQuery) (shop.OrderPage, error)
	// OrderHistory returns what happened to an order: of each sort the newest that are older than the mark, at most
	// so many.
	OrderHistory(ctx context.Context, o shop.Order, before shop.TimelineMark, limit int) (shop.OrderHistory, error)
}

func (a *API) orderRoutes() []StaffRoute {
	act := func(name string, handle handler) StaffRoute {
		return StaffRoute{http.MethodPost, "/orders/:number/" + name, shop.HandleOrders, http.StatusOK, handle}
	}
	return []StaffRoute{
		{http.MethodGet, "/orders", shop.SeeOrders, http.StatusOK, a.findOrders},
		{http.MethodGet, "/orders/:number", shop.SeeOrders, http.StatusOK, a.getStaffOrder},
		act("resend", a.resendReceipt),
		act("email", a.correctEmail),
		act("notes", a.noteOnOrder),
		act("revoke", a.revokeRight),
		act("restore", a.restoreRight),
		act("extend", a.extendLinks),
		{http.MethodPost, "/grants", shop.HandleOrders, http.StatusCreated, a.grantOrder},
	}
}

type staffOrderList struct {
	Orders     []staffOrderSummary `json:"orders"`
	Next       *string             `json:"next"`
	Unfinished bool                `json:"unfinished"`
}

type staffOrderSummary struct {
	Number       string           `json:"number"`
	Status       shop.OrderStatus `json:"status"`
	Source       shop.Source      `json:"source"`
	Email        string           `json:"email"`
	Name         string           `json:"name"`
	Organisation string           `json:"organisation"`
	Titles       []string         `json:"titles"`
	Total        money            `json:"total"`
	Attention    *string          `json:"attention"`
	PlacedAt     time.Time        `json:"placed_at"`
}

type staffOrder struct {
	Number       string           `json:"number"`
	Status       shop.OrderStatus `json:"status"`
	Source       shop.Source      `json:"source"`
	Email        string           `json:"email"`
	Name         string           `json:"name"`
	Organisation string           `json:"organisation"`
	Language     shop.Language    `json:"language"`
	Total        money            `json:"total"`
	Refunded     money            `json:"refunded"`
	PlacedAt     time.Time        `json:"placed_at"`
	PaidAt       *time.Time       `json:"paid_at"`
	Rights       []staffRight     `json:"rights"`
	Troubles     []staffTrouble   `json:"troubles"`
	Timeline     []happening      `json:"timeline"`
}

type staffRight struct {
	ID        string                `json:"id"`
	Title     string                `json:"title"`
	State     shop.EntitlementState `json:"state"`
	Held      bool                  `json:"held"`
	Downloads int                   `json:"downloads"`
}

type staffTrouble struct {
	Code string `json:"code"`
	What string `json:"what"`
	Do   string `json:"do"`
}

type happening struct {
	Kind  shop.HappeningKind `json:"kind"`
	At    time.Time          `json:"at"`
	Title string             `json:"title"`
	Facts []string           `json:"facts"`
	By    string             `json:"by"`
}

// findOrders lists orders, newest first. The contract has checked the filters.
func (a *API) findOrders(c *gin.Context) (any, error) {
	q := shop.OrderQuery{
		Words: c.Query("q"), Status: shop.OrderStatus(c.Query("state")), Source: shop.Source(c.Query("source")), Language: shop.Language(c.Query("language")),
		Product: c.Query("product"), NeedsPerson: c.Query("needs_person") == "true", Limit: shop.DefaultPage,
	}
	if limit, err := strconv.Atoi(c.Query("limit")); err == nil {
		q.Limit = limit
	}
	if cursor, err := strconv.ParseInt(c.Query("cursor"), 10, 64); err == nil {
		q.Before = cursor
	}
	if from, err := time.Parse(time.RFC3339, c.Query("from")); err == nil {
		q.From = from.UTC()
	}
	if to, err := time.Parse(time.RFC3339, c.Query("to")); err == nil {
		q.To = to.UTC()
	}
	page, err := a.Store.FindOrders(c.Request.Context(), q)
	if err != nil {
		return nil, err
	}
	list := staffOrderList{Orders: each(page.Orders, summaryOf), Unfinished: page.Unfinished}
	if page.Next > 0 {
		list.Next = optional(strconv.FormatInt(page.Next, 10))
	}
	return list, nil
}

func summaryOf(o shop.OrderSummary) staffOrderSummary {
	return staffOrderSummary{
		Number: o.Number, Status: o.Status, Source: o.Source, Email: o.Email, Name: o.Name, Organisation: o.Organisation,
		Titles: each(o.Titles, same), Total: amountOf(o.Order, o.Total), Attention: optional(o.Attention), PlacedAt: o.PlacedAt,
	}
}

// happeningsShown is how much of an order's timeline an answer holds, the newest.
const happeningsShown = 100

func (a *API) getStaffOrder(c *gin.Context) (any, error) {
	o, err := a.Store.OrderByNumber(c.Request.Context(), c.Param("number"))
	return a.staffOrderOf(c, o, err)
}

// staffOrderOf is an order with its story, as every act on it answers; err is that of the act.
func (a *API) staffOrderOf(c *gin.Context, o shop.Order, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	history, err := a.Store.OrderHistory(c.Request.Context(), o, shop.TimelineMark{}, happeningsShown)
	if err != nil {
		return nil, err
	}
	shown := staffOrder{
		Number: o.Number, Status: o.Status, Source: o.Source, Email: o.Email, Name: o.Name, Organisation: o.Organisation, Language: o.Language,
		Total: amountOf(o, o.Total), Refunded: amountOf(o, o.RefundedAmount()), PlacedAt: o.PlacedAt, PaidAt: moment(o.PaidAt),
		Rights:   each(o.Entitlements, func(e shop.Entitlement) staffRight { return rightOf(o, e) }),
		Troubles: each(a.Shop.Troubles(o, history), func(t shop.OrderTrouble) staffTrouble { return staffTrouble{t.Code, t.What, t.Do} }),
	}
	timeline, _ := history.Timeline(o, shop.TimelineMark{}, happeningsShown)
	shown.Timeline = each(timeline, func(h shop.Happening) happening {
		return happening{h.Kind, h.At, h.Title, each(h.Facts, same), h.By}
	})
	return shown, nil
}

func rightOf(o shop.Order, e shop.Entitlement) staffRight {
	right := staffRight{ID: e.ID, State: e.State, Held: e.Held != "", Downloads: e.Downloads}
	for _, line := range o.Lines {
		if line.ID == e.LineID {
			right.Title = line.Title
		}
	}
	return right
}

func (a *API) resendReceipt(c *gin.Context) (any, error) {
	o, err := a.Shop.ResendReceipt(c.Request.Context(), actor(c), c.Param("number"), c.GetHeader("Idempotency-Key"))
	return a.staffOrderOf(c, o, err)
}

type emailRequest struct {
	From string `json:"from"`
	To   string `json:"to"`
}

func (a *API) correctEmail(c *gin.Context) (any, error) {
	var in emailRequest
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	o, err := a.Shop.CorrectEmail(c.Request.Context(), actor(c), shop.EmailCorrection{
		Number: c.Param("number"), From: in.From, To: in.To, Request: c.GetHeader("Idempotency-Key"),
	})
	return a.staffOrderOf(c, o, err)
}

type noteRequest struct {
	Text string `json:"text"`
}

func (a *API) noteOnOrder(c *gin.Context) (any, error) {
	var in noteRequest
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	o, err := a.Shop.NoteOnOrder(c.Request.Context(), actor(c), c.Param("number"), in.Text, c.GetHeader("Idempotency-Key"))
	return a.staffOrderOf(c, o, err)
}

type rightRequest struct {
	Right  string `json:"right"`
	Reason string `json:"reason"`
}

func (a *API) revokeRight(c *gin.Context) (any, error)  { return a.decideRight(c, a.Shop.RevokeRight) }
func (a *API) restoreRight(c *gin.Context) (any, error) { return a.decideRight(c, a.Shop.RestoreRight) }

func (a *API) decideRight(c *gin.Context, decide func(context.Context, shop.Actor, shop.RightDecision) (shop.Order, error)) (any, error) {
	var in rightRequest
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	o, err := decide(c.Request.Context(), actor(c), shop.RightDecision{
		Number: c.Param("number"), RightID: in.Right, Reason: in.Reason, Request: c.GetHeader("Idempotency-Key"),
	})
	return a.staffOrderOf(c, o, err)
}

type extendRequest struct {
	Hours  int       `json:"hours"`
	Until  time.Time `json:"until"`
	Reason string    `json:"reason"`
}

func (a *API) extendLinks(c *gin.Context) (any, error) {
	var in extendRequest
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	o, err := a.Shop.ExtendLinks(c.Request.Context(), actor(c), shop.Extension{
		Number: c.Param("number"), Hours: in.Hours, Until: in.Until, Reason: in.Reason, Request: c.GetHeader("Idempotency-Key"),
	})
	return a.staffOrderOf(c, o, err)
}

type grantRequest struct {
	Email        string           `json:"email"`
	Name         string           `json:"name"`
	Organisation string           `json:"organisation"`
	Language     shop.Language    `json:"language"`
	Product      string           `json:"product"`
	Licence      shop.VariantKind `json:"licence"`
	Reason       string           `json:"reason"`
}

func (a *API) grantOrder(c *gin.Context) (any, error) {
	var in grantRequest
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	o, err := a.Shop.GrantOrder(c.Request.Context(), actor(c), shop.Grant{
		Email: in.Email, Name: in.Name, Organisation: in.Organisation, Language: in.Language, Product: in.Product, Licence: in.Licence,
		Reason: in.Reason, Request: c.GetHeader("Idempotency-Key"),
	})
	return a.staffOrderOf(c, o, err)
}
