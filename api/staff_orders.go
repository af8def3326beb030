package api

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
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
		act("ask", a.askStripe),
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
	PONumber     string           `json:"po_number"`
	Language     shop.Language    `json:"language"`
	Subtotal     money            `json:"subtotal"`
	Discount     money            `json:"discount"`
	Donation     money            `json:"donation"`
	Tax          money            `json:"tax"`
	Total        money            `json:"total"`
	Refunded     money            `json:"refunded"`
	Attention    *string          `json:"attention"`
	PlacedAt     time.Time        `json:"placed_at"`
	ExpiresAt    time.Time        `json:"expires_at"`
	PaidAt       *time.Time       `json:"paid_at"`
	LinkHours    *int             `json:"link_hours"`
	LinkUntil    *time.Time       `json:"link_until"`
	Lines        []staffLine      `json:"lines"`
	Payments     []staffPayment   `json:"payments"`
	Disputes     []staffDispute   `json:"disputes"`
	Rights       []staffRight     `json:"rights"`
	Troubles     []staffTrouble   `json:"troubles"`
	Timeline     []happening      `json:"timeline"`
	Older        *string          `json:"older"`
}

type staffLine struct {
	Position  int              `json:"position"`
	Slug      string           `json:"slug"`
	Title     string           `json:"title"`
	Licence   shop.VariantKind `json:"licence"`
	SKU       string           `json:"sku"`
	Edition   *int             `json:"edition"`
	Quantity  int              `json:"quantity"`
	UnitPrice money            `json:"unit_price"`
	Support   money            `json:"support"`
	Discount  money            `json:"discount"`
	Tax       money            `json:"tax"`
	Total     money            `json:"total"`
}

type staffPayment struct {
	PaymentIntent string     `json:"payment_intent"`
	Charge        *string    `json:"charge"`
	Amount        money      `json:"amount"`
	Tax           money      `json:"tax"`
	Refunded      money      `json:"refunded"`
	Matches       bool       `json:"matches"`
	PaidAt        *time.Time `json:"paid_at"`
}

type staffDispute struct {
	ID            string             `json:"id"`
	PaymentIntent string             `json:"payment_intent"`
	Status        shop.DisputeStatus `json:"status"`
	Amount        money              `json:"amount"`
	Reason        string             `json:"reason"`
	UpdatedAt     time.Time          `json:"updated_at"`
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

// happeningsShown is how many happenings a page of an order's timeline holds.
const happeningsShown = 100

func (a *API) getStaffOrder(c *gin.Context) (any, error) {
	mark := shop.TimelineMark{}
	if older := c.Query("older"); older != "" {
		var known bool
		if mark, known = shop.ReadTimelineMark(older); !known {
			return nil, errCursor
		}
	}
	o, err := a.Store.OrderByNumber(c.Request.Context(), c.Param("number"))
	if err != nil {
		return nil, err
	}
	return a.tellStory(c.Request.Context(), o, mark)
}

// acted answers an act by the order as it is then; err is that of the act.
func (a *API) acted(c *gin.Context, o shop.Order, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return a.tellStory(c.Request.Context(), o, shop.TimelineMark{})
}

// tellStory is an order with what is wrong with it, and what happened to it after the mark.
func (a *API) tellStory(ctx context.Context, o shop.Order, after shop.TimelineMark) (any, error) {
	newest, err := a.Store.OrderHistory(ctx, o, shop.TimelineMark{}, happeningsShown+1)
	if err != nil {
		return nil, err
	}
	history := newest
	if !after.At.IsZero() {
		if history, err = a.Store.OrderHistory(ctx, o, after, happeningsShown+1); err != nil {
			return nil, err
		}
	}
	shown := staffOrderOf(o)
	shown.Troubles = each(a.Shop.Troubles(o, newest), func(t shop.OrderTrouble) staffTrouble { return staffTrouble{t.Code, t.What, t.Do} })
	timeline, more := history.Timeline(o, after, happeningsShown)
	shown.Timeline = each(timeline, func(h shop.Happening) happening {
		return happening{h.Kind, h.At, h.Title, each(h.Facts, same), h.By}
	})
	if more {
		shown.Older = optional(timeline[len(timeline)-1].Mark().String())
	}
	return shown, nil
}

// staffOrderOf is an order without its story.
func staffOrderOf(o shop.Order) staffOrder {
	return staffOrder{
		Number: o.Number, Status: o.Status, Source: o.Source, Email: o.Email, Name: o.Name, Organisation: o.Organisation, PONumber: o.PONumber,
		Language: o.Language, Subtotal: amountOf(o, o.Subtotal), Discount: amountOf(o, o.Discount), Donation: amountOf(o, o.Donation),
		Tax: amountOf(o, o.Tax), Total: amountOf(o, o.Total), Refunded: amountOf(o, o.RefundedAmount()), Attention: optional(o.Attention),
		PlacedAt: o.PlacedAt, ExpiresAt: o.ExpiresAt, PaidAt: moment(o.PaidAt), LinkHours: optional(o.LinkHours), LinkUntil: moment(o.LinkUntil),
		Lines:    each(o.Lines, func(l shop.OrderLine) staffLine { return staffLineOf(o, l) }),
		Payments: each(o.Payments, func(p shop.Payment) staffPayment { return staffPaymentOf(o, p) }),
		Disputes: each(o.Disputes, func(d shop.Dispute) staffDispute {
			return staffDispute{d.ID, d.PaymentIntentID, d.Status, amountOf(o, d.Amount), d.Reason, d.UpdatedAt}
		}),
		Rights: each(o.Entitlements, func(e shop.Entitlement) staffRight { return rightOf(o, e) }),
	}
}

func staffLineOf(o shop.Order, l shop.OrderLine) staffLine {
	return staffLine{
		Position: l.Position, Slug: l.ProductSlug, Title: l.Title, Licence: l.Licence, SKU: l.SKU, Edition: optional(l.EditionNumber), Quantity: l.Quantity,
		UnitPrice: amountOf(o, l.UnitPrice), Support: amountOf(o, l.Support), Discount: amountOf(o, l.Discount), Tax: amountOf(o, l.Tax), Total: amountOf(o, l.Total),
	}
}

// staffPaymentOf is in the currency that was paid, which may be another one than the order's.
func staffPaymentOf(o shop.Order, p shop.Payment) staffPayment {
	paid := func(amount int64) money { return money{Amount: amount, Currency: cmp.Or(p.Currency, o.Currency)} }
	return staffPayment{
		PaymentIntent: p.PaymentIntentID, Charge: optional(p.ChargeID), Amount: paid(p.Amount), Tax: paid(p.Tax), Refunded: paid(o.Returned(p)),
		Matches: p.Matches, PaidAt: moment(p.PaidAt),
	}
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

// requestOf names what is asked for: the same key for something else is another request.
func requestOf(c *gin.Context, asked any) (string, error) {
	content, err := encode([]any{c.Request.URL.Path, c.GetHeader("Idempotency-Key"), asked})
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:]), nil
}

// asked reads what is asked for, and names the request.
func asked(c *gin.Context, into any) (request string, err error) {
	if err := decode(c, into); err != nil {
		return "", err
	}
	return requestOf(c, into)
}

func (a *API) askStripe(c *gin.Context) (any, error) {
	o, err := a.Shop.AskStripe(c.Request.Context(), actor(c), c.Param("number"))
	return a.acted(c, o, err)
}

func (a *API) resendReceipt(c *gin.Context) (any, error) {
	request, err := requestOf(c, nil)
	if err != nil {
		return nil, err
	}
	o, err := a.Shop.ResendReceipt(c.Request.Context(), actor(c), c.Param("number"), request)
	return a.acted(c, o, err)
}

type emailRequest struct {
	From string `json:"from"`
	To   string `json:"to"`
}

func (a *API) correctEmail(c *gin.Context) (any, error) {
	var in emailRequest
	request, err := asked(c, &in)
	if err != nil {
		return nil, err
	}
	o, err := a.Shop.CorrectEmail(c.Request.Context(), actor(c), shop.EmailCorrection{
		Number: c.Param("number"), From: in.From, To: in.To, Request: request,
	})
	return a.acted(c, o, err)
}

type noteRequest struct {
	Text string `json:"text"`
}

func (a *API) noteOnOrder(c *gin.Context) (any, error) {
	var in noteRequest
	request, err := asked(c, &in)
	if err != nil {
		return nil, err
	}
	o, err := a.Shop.NoteOnOrder(c.Request.Context(), actor(c), c.Param("number"), in.Text, request)
	return a.acted(c, o, err)
}

type rightRequest struct {
	Right  string `json:"right"`
	Reason string `json:"reason"`
}

func (a *API) revokeRight(c *gin.Context) (any, error)  { return a.decideRight(c, a.Shop.RevokeRight) }
func (a *API) restoreRight(c *gin.Context) (any, error) { return a.decideRight(c, a.Shop.RestoreRight) }

func (a *API) decideRight(c *gin.Context, decide func(context.Context, shop.Actor, shop.RightDecision) (shop.Order, error)) (any, error) {
	var in rightRequest
	request, err := asked(c, &in)
	if err != nil {
		return nil, err
	}
	o, err := decide(c.Request.Context(), actor(c), shop.RightDecision{
		Number: c.Param("number"), RightID: in.Right, Reason: in.Reason, Request: request,
	})
	return a.acted(c, o, err)
}

type extendRequest struct {
	Hours  int       `json:"hours"`
	Until  time.Time `json:"until"`
	Reason string    `json:"reason"`
}

func (a *API) extendLinks(c *gin.Context) (any, error) {
	var in extendRequest
	request, err := asked(c, &in)
	if err != nil {
		return nil, err
	}
	o, err := a.Shop.ExtendLinks(c.Request.Context(), actor(c), shop.Extension{
		Number: c.Param("number"), Hours: in.Hours, Until: in.Until, Reason: in.Reason, Request: request,
	})
	return a.acted(c, o, err)
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
	request, err := asked(c, &in)
	if err != nil {
		return nil, err
	}
	o, err := a.Shop.GrantOrder(c.Request.Context(), actor(c), shop.Grant{
		Email: in.Email, Name: in.Name, Organisation: in.Organisation, Language: in.Language, Product: in.Product, Licence: in.Licence,
		Reason: in.Reason, Request: request,
	})
	return a.acted(c, o, err)
}
