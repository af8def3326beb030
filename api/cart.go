package api

import (
	"time"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

type cart struct {
	ID        string     `json:"id"`
	Items     []cartItem `json:"items"`
	Donation  *money     `json:"donation"`
	Total     *money     `json:"total"`
	Obstacle  *obstacle  `json:"obstacle"`
	UpdatedAt time.Time  `json:"updated_at"`
}

type cartItem struct {
	Variant   variant          `json:"variant"`
	Slug      string           `json:"slug"`
	Kind      shop.ProductKind `json:"kind"`
	Title     string           `json:"title"`
	Quantity  int              `json:"quantity"`
	UnitPrice money            `json:"unit_price"`
	Support   money            `json:"support"`
	PriceSeen *money           `json:"price_seen"`
	Total     money            `json:"total"`
	Unsold    *string          `json:"unsold"`
}

type obstacle struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

type cartItemRequest struct {
	Quantity int    `json:"quantity"`
	Amount   *int64 `json:"amount"`
}

type donationRequest struct {
	Amount int64 `json:"amount"`
}

func (a *API) createCart(c *gin.Context) (any, error) {
	made, err := a.Store.CreateCart(c.Request.Context())
	if err != nil {
		return nil, err
	}
	c.Header("Location", root+"/carts/"+made.ID)
	return cartOf(made)
}

func (a *API) getCart(c *gin.Context) (any, error) {
	found, err := a.Store.Cart(c.Request.Context(), c.Param("cart"))
	if err != nil {
		return nil, err
	}
	return cartOf(found)
}

func (a *API) setCartItem(c *gin.Context) (any, error) {
	var in cartItemRequest
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	changed, err := a.Store.SetCartItem(c.Request.Context(), c.Param("cart"),
		shop.CartChoice{VariantID: c.Param("variant"), Quantity: in.Quantity, Amount: in.Amount})
	if err != nil {
		return nil, err
	}
	return cartOf(changed)
}

func (a *API) removeCartItem(c *gin.Context) (any, error) {
	changed, err := a.Store.RemoveCartItem(c.Request.Context(), c.Param("cart"), c.Param("variant"))
	if err != nil {
		return nil, err
	}
	return cartOf(changed)
}

func (a *API) setDonation(c *gin.Context) (any, error) {
	var in donationRequest
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	return a.donate(c, in.Amount)
}

func (a *API) removeDonation(c *gin.Context) (any, error) { return a.donate(c, 0) }

func (a *API) donate(c *gin.Context, amount int64) (any, error) {
	changed, err := a.Store.SetDonation(c.Request.Context(), c.Param("cart"), amount)
	if err != nil {
		return nil, err
	}
	return cartOf(changed)
}

// cartOf prices the cart; what keeps it from being priced is what keeps it from being bought.
func cartOf(from shop.Cart) (cart, error) {
	to := cart{ID: from.ID, Items: each(from.Items, cartItemOf), Donation: optional(money(from.Donation)), UpdatedAt: from.UpdatedAt.UTC()}
	priced, err := shop.Price(from)
	if shop.AsError(err) == nil {
		to.Total = &money{Amount: priced.Total, Currency: priced.Currency}
		return to, nil
	}
	reason := shop.AsError(err)
	if reason.Kind == shop.Internal {
		return cart{}, err
	}
	to.Obstacle = &obstacle{Code: reason.Code, Detail: reason.Message.String()}
	return to, nil
}

func cartItemOf(item shop.CartItem) cartItem {
	to := cartItem{
		Variant: variantOf(item.Variant), Slug: item.Product.Slug, Kind: item.Product.Kind, Title: item.Product.Title,
		Quantity: item.Quantity, UnitPrice: money(item.Unit()), Support: money(item.Support()), Total: money(item.Total()),
	}
	if item.Repriced() {
		to.PriceSeen = optional(money(item.Seen))
	}
	if !item.Sold() {
		to.Unsold = optional(item.Unsold().String())
	}
	return to
}
