package web

import (
	"net/http"
	"time"

	"bookroom/gate"
	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// The cookie by which orders know a browser again, where the shop asks for new devices to be confirmed.
const (
	browserCookie     = "browser"
	browserCookieLife = 400 * 24 * time.Hour // browsers keep none for longer
)

// client is who asks, as far as orders know them.
func (p *Pages) client(c *gin.Context) (shop.Client, error) {
	by := shop.Client{IP: gate.ClientIP(c), Agent: c.Request.UserAgent()}
	confirms, err := p.Shop.ConfirmsDevices(c.Request.Context())
	if err != nil || !confirms {
		return by, err
	}
	if kept, err := c.Cookie(browserCookie); err == nil {
		by.Browser = p.Shop.Browser(kept)
	}
	_, by.Email, err = p.session(c)
	return by, err
}

// homeClient is client for a browser that an order is going to know: it is given something to be known by.
func (p *Pages) homeClient(c *gin.Context) (shop.Client, error) {
	by, err := p.client(c)
	if err != nil || by.Browser != "" {
		return by, err
	}
	if confirms, err := p.Shop.ConfirmsDevices(c.Request.Context()); err != nil || !confirms {
		return by, err
	}
	signed, err := p.Shop.NewBrowser()
	if err != nil {
		return by, err
	}
	by.Browser = p.Shop.Browser(signed)
	http.SetCookie(c.Writer, &http.Cookie{ //nolint:gosec // Secure is off only where the shop has no https
		Name: browserCookie, Value: signed, Path: "/", MaxAge: int(browserCookieLife.Seconds()),
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: p.secure,
	})
	return by, nil
}

// closedPage is what a device that an order does not know sees of it: nothing of the buyer, and no files.
type closedPage struct {
	frame
	Token string
	Order shop.Order
	State orderState
	Asked bool // the mail was asked for just now
}

func (p *Pages) showClosed(c *gin.Context, status int, o shop.Order, asked bool) {
	w := p.words(c)
	p.show(c, status, "order_closed", closedPage{
		frame: frame{Title: w.Say("Order %s", o.Number), Here: "/orders/" + c.Param("token"), Private: true},
		Token: c.Param("token"), Order: o, State: stateOf(w, o), Asked: asked,
	})
}

// askForDevice has the buyer asked by mail. The answer is the same when enough mails went out of late.
func (p *Pages) askForDevice(c *gin.Context) {
	switch confirms, err := p.Shop.ConfirmsDevices(c.Request.Context()); {
	case err != nil:
		p.fail(c, err)
		return
	case !confirms:
		seeOther(c, "/orders/"+c.Param("token"))
		return
	}
	if err := p.Shop.RequestDeviceLink(c.Request.Context(), c.Param("token")); err != nil {
		p.fail(c, err)
		return
	}
	o, err := p.Shop.OrderByToken(c.Request.Context(), c.Param("token"))
	if err != nil {
		p.fail(c, err)
		return
	}
	secret(c)
	p.showClosed(c, http.StatusOK, o, true)
}

type devicePage struct {
	frame
	Token  string
	Number string // of the order
}

// deviceLink asks for a press of the button: those who only follow links, as mail scanners do, change nothing.
func (p *Pages) deviceLink(c *gin.Context) {
	withinSite(c)
	o, err := p.Shop.DeviceLink(c.Request.Context(), c.Param("token"))
	if err != nil {
		p.fail(c, err)
		return
	}
	p.show(c, http.StatusOK, "device", devicePage{
		frame: frame{Title: p.words(c).Say("Confirm this device"), Here: c.Request.URL.Path, Private: true}, Token: c.Param("token"), Number: o.Number,
	})
}

// confirmDevice makes this browser known to the order and goes there.
func (p *Pages) confirmDevice(c *gin.Context) {
	withinSite(c)
	by, err := p.homeClient(c)
	if err != nil {
		p.fail(c, err)
		return
	}
	order, err := p.Shop.ConfirmDevice(c.Request.Context(), c.Param("token"), by)
	if err != nil {
		p.fail(c, err)
		return
	}
	c.Header("Cache-Control", "private, no-store")
	seeOther(c, order)
}

// secret keeps the address of a page, which is a secret, from every other page.
func secret(c *gin.Context) {
	c.Header("Referrer-Policy", "no-referrer")
	c.Header("X-Robots-Tag", "noindex")
}

// withinSite keeps the address of a page from every other site. Its forms are refused from other sites by
// the origin that they name, which some browsers leave out of pages under the stricter policy of secret.
func withinSite(c *gin.Context) {
	c.Header("Referrer-Policy", "same-origin")
	c.Header("X-Robots-Tag", "noindex")
}
