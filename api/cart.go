package api

import (
	"time"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

type cart struct {
	ID        string     `json:"id"`
	Items     []cartItem `json:"items"`
	Total     *money     `json:"total"`
	Obstacle  *obstacle  `json:"obstacle"`
	UpdatedAt time.Time  `json:"updated_at"`
}

type cartItem struct {
	Variant  variant          `json:"variant"`
	Slug     string           `json:"slug"`
	Kind     shop.ProductKind `json:"kind"`
	Title    string           `json:"title"`
	Quantity int              `json:"quantity"`
	Total    money            `json:"total"`
	Unsold   *string          `json:"unsold"`
}

type obstacle struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

type cartItemRequest struct {
	Quantity int `json:"quantity"`
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
	changed, err := a.Store.SetCartItem(c.Request.Context(), c.Param("cart"), c.Param("variant"), in.Quantity)
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

// cartOf prices the cart; what keeps it from being priced is what keeps it from being bought.
func cartOf(from shop.Cart) (cart, error) {
	to := cart{ID: from.ID, Items: each(from.Items, cartItemOf), UpdatedAt: from.UpdatedAt.UTC()}
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
	return cartItem{
		Variant: variantOf(item.Variant), Slug: item.Product.Slug, Kind: item.Product.Kind, Title: item.Product.Title,
		Quantity: item.Quantity, Total: money(item.Total()),
		Unsold: optional(item.Unsold()),
	}
}
