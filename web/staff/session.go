package staff

import (
	"net/http"
	"net/url"

	"bookroom/gate"
	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// actorKey is what the signed-in member of staff is kept under during a request.
const actorKey = "actor"

// allow lets through who may; it is the one check of the back office. Who is not signed in is asked to.
func (d *Desk) allow(needs shop.Permission) gin.HandlerFunc {
	return func(c *gin.Context) {
		actor, err := d.signedIn(c)
		switch {
		case needs == Anyone && (err == nil || shop.IsKind(err, shop.Unauthorized)):
			c.Set(actorKey, actor)
		case shop.IsKind(err, shop.Unauthorized):
			d.askToSignIn(c)
		case err != nil:
			d.fail(c, err)
			c.Abort()
		default:
			c.Set(actorKey, actor)
			if needs == SignedIn {
				return
			}
			if err := actor.Allow(needs); err != nil {
				d.fail(c, err)
				c.Abort()
			}
		}
	}
}

// signedIn is whoever the browser's session belongs to.
func (d *Desk) signedIn(c *gin.Context) (shop.Actor, error) {
	token, err := c.Cookie(d.cookie())
	if err != nil {
		return shop.Actor{}, shop.ErrNotSignedIn
	}
	return d.Shop.StaffActor(c.Request.Context(), token, client(c))
}

// actor is who does what the request asks for; the zero Actor where nobody is signed in.
func actor(c *gin.Context) shop.Actor {
	by, _ := c.Get(actorKey)
	known, _ := by.(shop.Actor)
	return known
}

// client is the device that the request comes from.
func client(c *gin.Context) shop.Client {
	return shop.Client{IP: gate.ClientIP(c), Agent: c.Request.UserAgent()}
}

// askToSignIn leads to the form, and from there back to a page that was asked for.
func (d *Desk) askToSignIn(c *gin.Context) {
	address := Root + "/sign-in"
	if c.Request.Method == http.MethodGet {
		address += "?to=" + url.QueryEscape(c.Request.URL.RequestURI())
	}
	c.Redirect(http.StatusSeeOther, address)
	c.Abort()
}

// cookie is the name of the cookie that holds the session's secret. With the prefix, browsers take it from this
// host alone, and over https.
func (d *Desk) cookie() string {
	if d.secure {
		return "__Host-staff"
	}
	return "staff"
}

// keep gives the browser the secret of its session; it goes when the browser is closed.
func (d *Desk) keep(c *gin.Context, token string) {
	http.SetCookie(c.Writer, &http.Cookie{ //nolint:gosec // Secure is off only where the shop has no https
		Name: d.cookie(), Value: token, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: d.secure,
	})
}
