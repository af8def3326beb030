package staff

import (
	"net/http"
	"slices"
	"time"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

func (d *Desk) tokenRoutes() []Route {
	return []Route{
		get("/account/tokens", shop.ManageTokens, d.tokens),
		d.post("/account/tokens", shop.ManageTokens, d.makeToken),
		d.post("/account/tokens/:id/revoke", shop.ManageTokens, d.revokeToken),
	}
}

type tokensPage struct {
	frame
	Tokens []shop.APIToken
	Now    time.Time
	Made   string // the secret of a token that was just made
	Form   tokenForm
}

type tokenForm struct {
	Name    string
	Scopes  []shop.Permission
	Expires string // a day, until its end in UTC
}

// Chosen reports whether a scope was ticked.
func (f tokenForm) Chosen(p shop.Permission) bool { return slices.Contains(f.Scopes, p) }

func (d *Desk) tokens(c *gin.Context) {
	form := tokenForm{Expires: d.Now().UTC().AddDate(0, 3, 0).Format(time.DateOnly)}
	d.showTokens(c, http.StatusOK, form, "", nil)
}

func (d *Desk) showTokens(c *gin.Context, status int, form tokenForm, made string, wrong error) {
	page := tokensPage{frame: d.frame(c, "Tokens of the API", "/account"), Now: d.Now(), Made: made, Form: form}
	page.Trouble = d.tell(c, wrong)
	var err error
	if page.Tokens, err = d.Store.APITokens(c.Request.Context(), page.Actor.StaffID); err != nil {
		d.fail(c, err)
		return
	}
	d.show(c, status, "tokens", page)
}

func (d *Desk) makeToken(c *gin.Context) {
	form := tokenForm{Name: c.PostForm("name"), Expires: c.PostForm("expires")}
	for _, scope := range c.PostFormArray("scopes") {
		form.Scopes = append(form.Scopes, shop.Permission(scope))
	}
	expires, err := time.Parse(time.DateOnly, form.Expires)
	if err == nil {
		expires = expires.AddDate(0, 0, 1) // what is no day stays in the past, and is said to be wrong
	}
	_, secret, err := d.Shop.MakeToken(c.Request.Context(), actor(c), form.Name, form.Scopes, expires)
	switch {
	case shop.IsKind(err, shop.Invalid):
		d.showTokens(c, statusOf(err), form, "", err)
	case err != nil:
		d.fail(c, err)
	default:
		d.showTokens(c, http.StatusOK, tokenForm{Expires: form.Expires}, secret, nil)
	}
}

func (d *Desk) revokeToken(c *gin.Context) {
	if err := d.Shop.RevokeToken(c.Request.Context(), actor(c), c.Param("id")); err != nil {
		d.fail(c, err)
		return
	}
	d.done(c, "/account/tokens", "The token is not good any more.")
}
