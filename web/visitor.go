package web

import (
	"net/http"
	"time"

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
