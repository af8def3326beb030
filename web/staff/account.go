package staff

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// AccountStore is what the pages of one's own account read.
type AccountStore interface {
	// StaffSessions returns the open sessions of a member of staff, the one seen last first.
	StaffSessions(ctx context.Context, staffID string, now time.Time) ([]shop.StaffSession, error)
	// APITokens returns the tokens that a member of staff made, the newest first.
	APITokens(ctx context.Context, staffID string) ([]shop.APIToken, error)
}

func (d *Desk) accountRoutes() []Route {
	return []Route{
		get("/account", SignedIn, d.account),
		d.post("/account/sessions/:id/end", SignedIn, d.endSession),
		d.post("/account/sessions/end", SignedIn, d.endOtherSessions),
		get("/account/password", SignedIn, d.passwordForm),
		d.post("/account/password", SignedIn, d.changePassword),
		get("/account/app", SignedIn, d.appForm),
		d.post("/account/app", SignedIn, d.changeApp),
		d.post("/account/app/remove", SignedIn, d.removeApp),
		get("/account/passkeys", SignedIn, d.passkeyForm),
		d.post("/account/passkeys/ask", SignedIn, d.offerPasskey),
		d.post("/account/passkeys", SignedIn, d.addPasskey),
		d.post("/account/passkeys/:id/remove", SignedIn, d.removePasskey),
		d.post("/account/recovery-codes", SignedIn, d.newRecoveryCodes),
		get("/account/prove", SignedIn, d.proveForm),
		d.post("/account/prove", SignedIn, d.prove),
		d.post("/account/prove/passkey/ask", SignedIn, d.askPasskeyToProve),
		d.post("/account/prove/passkey", SignedIn, d.proveByPasskey),
	}
}

type accountPage struct {
	frame
	Keys     shop.StaffKeys
	Sessions []shop.StaffSession
}

// This reports whether it is the session that the page is looked at by.
func (p accountPage) This(s shop.StaffSession) bool { return s.ID == p.Actor.SessionID }

func (d *Desk) account(c *gin.Context) {
	page := accountPage{frame: d.frame(c, "Your account", "/account")}
	var err error
	if page.Keys, err = d.Shop.OwnFactors(c.Request.Context(), page.Actor); err != nil {
		d.fail(c, err)
		return
	}
	if page.Sessions, err = d.Store.StaffSessions(c.Request.Context(), page.Actor.StaffID, d.Now()); err != nil {
		d.fail(c, err)
		return
	}
	d.show(c, http.StatusOK, "account", page)
}

// change leads back to the account after a change, or says why there was none.
func (d *Desk) change(c *gin.Context, err error, sentence string) {
	if err != nil {
		d.fail(c, err)
		return
	}
	d.done(c, "/account", sentence)
}

func (d *Desk) endSession(c *gin.Context) {
	d.change(c, d.Shop.EndOwnSession(c.Request.Context(), actor(c), c.Param("id")), "That device is signed out.")
}

func (d *Desk) endOtherSessions(c *gin.Context) {
	d.change(c, d.Shop.EndOtherSessions(c.Request.Context(), actor(c)), "All other devices are signed out.")
}

// formPage is a page with nothing but a form of one's own account.
type formPage struct {
	frame
	App shop.NewApp
}

func (d *Desk) passwordForm(c *gin.Context) {
	if err := d.Shop.Proved(actor(c)); err != nil {
		d.fail(c, err)
		return
	}
	d.show(c, http.StatusOK, "password", formPage{frame: d.frame(c, "Change your password", "/account")})
}

func (d *Desk) changePassword(c *gin.Context) {
	err := d.Shop.ChangePassword(c.Request.Context(), actor(c), c.PostForm("old"), c.PostForm("new"), c.PostForm("again"))
	if shop.IsKind(err, shop.Invalid) || shop.IsKind(err, shop.TooMany) {
		page := formPage{frame: d.frame(c, "Change your password", "/account")}
		page.Trouble = d.tell(c, err)
		d.show(c, statusOf(err), "password", page)
		return
	}
	d.change(c, err, "Your password is changed. All other devices are signed out.")
}

func (d *Desk) appForm(c *gin.Context) {
	app, err := d.Shop.OfferApp(actor(c))
	if err != nil {
		d.fail(c, err)
		return
	}
	d.show(c, http.StatusOK, "app", formPage{d.frame(c, "Set up an authenticator app", "/account"), app})
}

func (d *Desk) changeApp(c *gin.Context) {
	by, ticket := actor(c), c.PostForm("ticket")
	err := d.Shop.ChangeApp(c.Request.Context(), by, ticket, c.PostForm("code"))
	if !shop.IsKind(err, shop.Invalid) {
		d.change(c, err, "Your authenticator app is set up. Another one that was, is not good any more.")
		return
	}
	page := formPage{frame: d.frame(c, "Set up an authenticator app", "/account")}
	page.Trouble = d.tell(c, err)
	if page.App, err = d.Shop.App(by, ticket); err != nil {
		d.fail(c, err)
		return
	}
	d.show(c, http.StatusUnprocessableEntity, "app", page)
}

func (d *Desk) removeApp(c *gin.Context) {
	d.change(c, d.Shop.RemoveApp(c.Request.Context(), actor(c)), "The authenticator app is not good any more.")
}

func (d *Desk) passkeyForm(c *gin.Context) {
	if err := d.Shop.Proved(actor(c)); err != nil {
		d.fail(c, err)
		return
	}
	d.show(c, http.StatusOK, "passkey", formPage{frame: d.frame(c, "Add a passkey", "/account")})
}

func (d *Desk) offerPasskey(c *gin.Context) {
	question, err := d.Shop.OfferPasskey(c.Request.Context(), actor(c))
	d.ask(c, question, err)
}

func (d *Desk) addPasskey(c *gin.Context) {
	d.change(c, d.Shop.AddPasskey(c.Request.Context(), actor(c), d.answer(c)), "The passkey is added.")
}

func (d *Desk) removePasskey(c *gin.Context) {
	d.change(c, d.Shop.RemovePasskey(c.Request.Context(), actor(c), c.Param("id")), "The passkey is not good any more.")
}

func (d *Desk) newRecoveryCodes(c *gin.Context) {
	codes, err := d.Shop.NewRecoveryCodes(c.Request.Context(), actor(c))
	if err != nil {
		d.fail(c, err)
		return
	}
	d.showCodes(c, codes)
}

// askToProve leads to the question for a second factor, and from there back to the page, or to the one that the form was on.
func (d *Desk) askToProve(c *gin.Context) {
	to := c.Request.URL.RequestURI()
	if c.Request.Method != http.MethodGet && c.Request.Method != http.MethodHead {
		to = ""
		if from, err := url.Parse(c.Request.Referer()); err == nil && from.Path != "" {
			to = from.RequestURI()
		}
	}
	seeOther(c, "/account/prove?to="+url.QueryEscape(to))
}

func (d *Desk) proveForm(c *gin.Context) { d.showProof(c, http.StatusOK, nil) }

func (d *Desk) showProof(c *gin.Context, status int, wrong error) {
	keys, err := d.Shop.OwnFactors(c.Request.Context(), actor(c))
	if err != nil {
		d.fail(c, err)
		return
	}
	page := factorPage{
		frame: d.frame(c, "Is it still you?", "/account"), To: c.Query("to"),
		Factors: shop.Factors{Staff: keys.Staff, App: keys.TOTP != nil, Passkey: len(keys.Passkeys) > 0, RecoveryCodes: keys.RecoveryCodes},
		Action:  Root + "/account/prove", Passkey: Root + "/account/prove/passkey",
		Lead: "Before what you sign in with is changed, or a token made, show your second factor once more. It holds for 10 minutes.",
	}
	if c.Request.Method == http.MethodPost {
		page.To = c.PostForm("to")
	}
	page.Trouble = d.tell(c, wrong)
	d.show(c, status, "factor", page)
}

func (d *Desk) prove(c *gin.Context) {
	d.proved(c, d.Shop.ProveByCode(c.Request.Context(), actor(c), c.PostForm("code")))
}

func (d *Desk) askPasskeyToProve(c *gin.Context) {
	question, err := d.Shop.AskPasskeyToProve(c.Request.Context(), actor(c))
	d.ask(c, question, err)
}

func (d *Desk) proveByPasskey(c *gin.Context) {
	d.proved(c, d.Shop.ProveByPasskey(c.Request.Context(), actor(c), d.answer(c)))
}

func (d *Desk) proved(c *gin.Context, err error) {
	if err != nil {
		d.showProof(c, statusOf(err), err)
		return
	}
	to := target(c.PostForm("to"))
	if to == "" {
		to = "/account"
	}
	seeOther(c, to)
}
