package staff

import (
	"net/http"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

func (d *Desk) invitationRoutes() []Route {
	return []Route{
		get("/invitations/:token", Anyone, d.invitationForm),
		d.post("/invitations/:token", Anyone, d.chooseFirstPassword),
		get("/invitations/:token/factor", Anyone, d.firstFactorForm),
		d.post("/invitations/:token/factor", Anyone, d.acceptWithApp),
		d.post("/invitations/:token/passkey/ask", Anyone, d.offerFirstPasskey),
		d.post("/invitations/:token/passkey", Anyone, d.acceptWithPasskey),
	}
}

type invitationPage struct {
	frame
	Path       string // where the forms go
	Invitation shop.Invitation
	App        shop.NewApp // of the second step
}

func (d *Desk) invitationForm(c *gin.Context) { d.showInvitation(c, http.StatusOK, nil) }

func (d *Desk) showInvitation(c *gin.Context, status int, wrong error) {
	invitation, err := d.Shop.LookAtInvitation(c.Request.Context(), c.Param("token"))
	if err != nil {
		d.fail(c, err)
		return
	}
	page := invitationPage{frame: d.frame(c, "Welcome to the back office", ""), Path: invitationPath(c), Invitation: invitation}
	page.Trouble = d.tell(c, wrong)
	d.show(c, status, "invitation", page)
}

func invitationPath(c *gin.Context) string { return Root + "/invitations/" + c.Param("token") }

func (d *Desk) chooseFirstPassword(c *gin.Context) {
	ticket, err := d.Shop.ChooseFirstPassword(c.Request.Context(), c.Param("token"), c.PostForm("new"), c.PostForm("again"))
	if err != nil {
		d.showInvitation(c, statusOf(err), err)
		return
	}
	d.keepFor(c, stepCookie, ticket)
	seeOther(c, "/invitations/"+c.Param("token")+"/factor")
}

func (d *Desk) firstFactorForm(c *gin.Context) { d.showFirstFactor(c, http.StatusOK, nil) }

func (d *Desk) showFirstFactor(c *gin.Context, status int, wrong error) {
	invitation, app, err := d.Shop.FirstApp(c.Request.Context(), c.Param("token"), d.kept(c, stepCookie))
	if shop.IsKind(err, shop.Unauthorized) {
		d.showInvitation(c, statusOf(err), err)
		return
	}
	if err != nil {
		d.fail(c, err)
		return
	}
	page := invitationPage{frame: d.frame(c, "Your second factor", ""), Path: invitationPath(c), Invitation: invitation, App: app}
	page.Trouble = d.tell(c, wrong)
	d.show(c, status, "first_factor", page)
}

func (d *Desk) acceptWithApp(c *gin.Context) {
	token, codes, err := d.Shop.AcceptWithApp(c.Request.Context(), c.Param("token"), d.kept(c, stepCookie), c.PostForm("code"), client(c))
	d.accepted(c, token, codes, err)
}

func (d *Desk) offerFirstPasskey(c *gin.Context) {
	question, err := d.Shop.OfferFirstPasskey(c.Request.Context(), c.Param("token"), d.kept(c, stepCookie))
	d.ask(c, question, err)
}

func (d *Desk) acceptWithPasskey(c *gin.Context) {
	token, codes, err := d.Shop.AcceptWithPasskey(c.Request.Context(), c.Param("token"), d.kept(c, stepCookie), d.answer(c), client(c))
	d.accepted(c, token, codes, err)
}

// accepted signs in who took up an invitation, and shows their recovery codes this once.
func (d *Desk) accepted(c *gin.Context, token string, codes []string, err error) {
	if err != nil {
		d.showFirstFactor(c, statusOf(err), err)
		return
	}
	d.drop(c, stepCookie)
	d.keep(c, token)
	d.showCodes(c, codes)
}

type codesPage struct {
	frame
	Codes []string
}

func (d *Desk) showCodes(c *gin.Context, codes []string) {
	d.show(c, http.StatusOK, "recovery_codes", codesPage{d.frame(c, "Your recovery codes", "/account"), codes})
}
