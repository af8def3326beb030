package web

import (
	"net/http"
	"time"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// The cookie that remembers which cart is this browser's.
const (
	cartCookie     = "cart"
	cartCookieLife = 180 * 24 * time.Hour
)

// cartID returns the id of the browser's cart; empty when it has none.
func cartID(c *gin.Context) string {
	id, err := c.Cookie(cartCookie)
	if err != nil {
		return ""
	}
	return id
}

func (p *Pages) rememberCart(c *gin.Context, id string) {
	http.SetCookie(c.Writer, &http.Cookie{ //nolint:gosec // Secure is off only where the shop has no https
		Name: cartCookie, Value: id, Path: "/", MaxAge: int(cartCookieLife.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: p.secure,
	})
}

// The cookie that remembers the order that this browser placed last. It holds the order's link, so that
// the cart can lead there and what was typed comes back: neither is told to those who only know the cart.
const (
	orderCookie     = "order"
	orderCookieLife = 24 * time.Hour
)

func (p *Pages) rememberOrder(c *gin.Context, token string) {
	http.SetCookie(c.Writer, &http.Cookie{ //nolint:gosec // Secure is off only where the shop has no https
		Name: orderCookie, Value: token, Path: "/", MaxAge: int(orderCookieLife.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: p.secure,
	})
}

// forget has the browser drop a cookie.
func (p *Pages) forget(c *gin.Context, name string) {
	http.SetCookie(c.Writer, &http.Cookie{ //nolint:gosec // Secure is off only where the shop has no https
		Name: name, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: p.secure,
	})
}

// forgetOrder is for whoever sees another's order in the cart of a browser that several people use.
func (p *Pages) forgetOrder(c *gin.Context) {
	p.forget(c, orderCookie)
	seeOther(c, "/cart")
}

// latestOrder is the order that this browser placed last, if it is of its cart, with the order's link;
// the zero Order where there is none. Pages are worth showing without it, so trouble is only logged.
func (p *Pages) latestOrder(c *gin.Context) (o shop.Order, token string) {
	token, err := c.Cookie(orderCookie)
	if err != nil {
		return shop.Order{}, ""
	}
	o, err = p.Shop.OrderByToken(c.Request.Context(), token)
	if err != nil && !shop.IsKind(err, shop.NotFound) {
		p.Log.WarnContext(c.Request.Context(), "read the latest order", "err", err)
	}
	if err != nil || o.CartID != cartID(c) {
		return shop.Order{}, ""
	}
	return o, token
}

// cartCount is the number beside the word Cart. A page is worth showing without it, so trouble is only logged.
func (p *Pages) cartCount(c *gin.Context) int {
	id := cartID(c)
	if id == "" {
		return 0
	}
	n, err := p.Store.CartCount(c.Request.Context(), id)
	if err != nil {
		p.Log.WarnContext(c.Request.Context(), "count the cart", "err", err)
		return 0
	}
	return n
}
