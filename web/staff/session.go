package staff

import (
	"encoding/base64"
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
	token, err := c.Cookie(d.cookie(sessionCookie))
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

// The cookies of the back office beside the session's own.
const (
	sessionCookie = "staff"
	stepCookie    = "staff-step"    // the ticket from one step of signing in to the next
	passkeyCookie = "staff-passkey" // the ticket of a question for a passkey
	doneCookie    = "staff-done"    // what the next page says was done
)

// cookie is the name of a cookie. With the prefix, browsers take it from this host alone, and over https.
func (d *Desk) cookie(name string) string {
	if d.secure {
		return "__Host-" + name
	}
	return name
}

// keep gives the browser the secret of its session; it goes when the browser is closed.
func (d *Desk) keep(c *gin.Context, token string) { d.setCookie(c, sessionCookie, token, 0) }

// stepSeconds is how long a cookie of a step is kept; the shop's tickets say for themselves when they end.
const stepSeconds = 600

// keepFor gives the browser what it brings back with the next step.
func (d *Desk) keepFor(c *gin.Context, name, value string) { d.setCookie(c, name, value, stepSeconds) }

// kept is what the browser brings back; empty where it has nothing.
func (d *Desk) kept(c *gin.Context, name string) string {
	value, err := c.Cookie(d.cookie(name))
	if err != nil {
		return ""
	}
	return value
}

func (d *Desk) drop(c *gin.Context, name string) { d.setCookie(c, name, "", -1) }

func (d *Desk) setCookie(c *gin.Context, name, value string, seconds int) {
	http.SetCookie(c.Writer, &http.Cookie{ //nolint:gosec // Secure is off only where the shop has no https
		Name: d.cookie(name), Value: value, Path: "/", MaxAge: seconds, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: d.secure,
	})
}

// done answers a form: the browser goes on to a page, which says once what was done.
func (d *Desk) done(c *gin.Context, address, sentence string) {
	d.keepFor(c, doneCookie, base64.RawURLEncoding.EncodeToString([]byte(sentence)))
	seeOther(c, address)
}

// wasDone is the sentence of the form before, said once.
func (d *Desk) wasDone(c *gin.Context) string {
	value := d.kept(c, doneCookie)
	if value == "" {
		return ""
	}
	d.drop(c, doneCookie)
	sentence, err := base64.RawURLEncoding.DecodeString(value)
	if err != nil {
		return ""
	}
	return string(sentence)
}
