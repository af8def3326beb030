package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// StaffRefundStore is what the API about refunds and documents reads.
type StaffRefundStore interface {
	// OrderByNumber returns the order of that number with all that belongs to it; shop.ErrNoSuchOrder where there is none.
	OrderByNumber(ctx context.Context, number string) (shop.Order, error)
}

func (a *API) refundRoutes() []StaffRoute {
	return []StaffRoute{
		{http.MethodGet, "/orders/:number/refunds", shop.SeeOrders, http.StatusOK, a.listRefunds},
		{http.MethodPost, "/orders/:number/refunds", shop.RefundOrders, http.StatusCreated, a.refund},
	}
}

// refundRequest has nil for what was left out and an empty list for none.
type refundRequest struct {
	Kind           shop.ReturnKind   `json:"kind"`
	Reason         shop.RefundReason `json:"reason"`
	Note           string            `json:"note"`
	Lines          []string          `json:"lines"`
	Revoke         []string          `json:"revoke"`
	ExpectedAmount int64             `json:"expected_amount"`
}

type refundList struct {
	Refunds    []refund     `json:"refunds"`
	Parts      []refundPart `json:"parts"`
	Refundable money        `json:"refundable"`
	Surplus    money        `json:"surplus"`
	Unassigned money        `json:"unassigned"`
}

type refund struct {
	ID          string            `json:"id"`
	Kind        shop.ReturnKind   `json:"kind"`
	State       shop.ReturnState  `json:"state"`
	Amount      money             `json:"amount"`
	Lines       []string          `json:"lines"`
	Revoked     []string          `json:"revoked"`
	Reason      shop.RefundReason `json:"reason"`
	Note        string            `json:"note"`
	Staff       string            `json:"staff"`
	RefundID    *string           `json:"refund_id"`
	Problem     *string           `json:"problem"`
	RequestedAt time.Time         `json:"requested_at"`
	SettledAt   *time.Time        `json:"settled_at"`
}

type refundPart struct {
	Name       string `json:"name"`
	Title      string `json:"title"`
	SKU        string `json:"sku"`
	Gift       bool   `json:"gift"`
	Amount     money  `json:"amount"`
	Refundable bool   `json:"refundable"`
}

func (a *API) listRefunds(c *gin.Context) (any, error) {
	o, err := a.Store.OrderByNumber(c.Request.Context(), c.Param("number"))
	if err != nil {
		return nil, err
	}
	_, surplus := o.Surplus()
	list := refundList{
		Refunds: []refund{}, Parts: []refundPart{},
		Refundable: amountOf(o, o.Refundable()), Surplus: amountOf(o, surplus), Unassigned: amountOf(o, o.Unexplained()),
	}
	for _, r := range o.Returns {
		list.Refunds = append(list.Refunds, refundOf(o, r))
	}
	for _, p := range o.PartsLeft() {
		list.Parts = append(list.Parts, refundPart{p.Name, p.Title, p.SKU, p.Gift, amountOf(o, p.Amount), p.Taken == nil})
	}
	return list, nil
}

func (a *API) refund(c *gin.Context) (any, error) {
	var in refundRequest
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	made, err := a.Shop.Refund(c.Request.Context(), actor(c), shop.RefundRequest{
		Number: c.Param("number"), Kind: in.Kind, Reason: in.Reason, Note: in.Note, Parts: in.Lines, Revoke: in.Revoke, Expect: in.ExpectedAmount,
		IdempotencyKey: c.GetHeader("Idempotency-Key"),
	})
	if err != nil {
		return nil, err
	}
	o, err := a.Store.OrderByNumber(c.Request.Context(), c.Param("number"))
	if err != nil {
		return nil, err
	}
	return refundOf(o, made), nil
}

func amountOf(o shop.Order, amount int64) money { return money{Amount: amount, Currency: o.Currency} }

func refundOf(o shop.Order, r shop.Return) refund {
	shown := refund{
		ID: r.ID, Kind: r.Kind, State: r.State, Amount: amountOf(o, r.Amount), Lines: []string{}, Revoked: []string{}, Reason: r.Reason,
		Note: r.Note, Staff: r.Staff, RefundID: optional(r.RefundID), Problem: optional(r.Problem), RequestedAt: r.RequestedAt, SettledAt: moment(r.SettledAt),
	}
	shown.Lines = append(shown.Lines, r.Parts...)
	for _, line := range o.Lines {
		if slices.Contains(r.Revokes, line.ID) {
			shown.Revoked = append(shown.Revoked, line.SKU)
		}
	}
	return shown
}
