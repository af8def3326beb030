package staff

import (
	"net/http"
	"net/url"
	"strings"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

func (d *Desk) signInRoutes() []Route {
	return []Route{
		get("/sign-in", Anyone, d.signInForm),
		d.post("/sign-in", Anyone, d.signIn),
		get("/sign-in/factor", Anyone, d.factorForm),
		d.post("/sign-in/factor", Anyone, d.signInWithCode),
		d.post("/sign-in/passkey/ask", Anyone, d.askPasskeyToSignIn),
		d.post("/sign-in/passkey", Anyone, d.signInWithPasskey),
		d.post("/sign-out", SignedIn, d.signOut),
	}
}

type signInPage struct {
	frame
	To    string // where to go then
	Email string
}

func (d *Desk) signInForm(c *gin.Context) {
	if actor(c).StaffID != "" {
		seeOther(c, target(c.Query("to")))
		return
	}
	d.showSignIn(c, http.StatusOK, nil)
}

// showSignIn shows the form, with what went wrong.
func (d *Desk) showSignIn(c *gin.Context, status int, err error) {
	page := signInPage{frame: d.frame(c, "Sign in", ""), To: c.Query("to"), Email: c.PostForm("email")}
	if c.Request.Method == http.MethodPost {
		page.To = c.PostForm("to")
	}
	page.Trouble = d.tell(c, err)
	d.show(c, status, "sign_in", page)
}

func (d *Desk) signIn(c *gin.Context) {
	ticket, err := d.Shop.BeginSignIn(c.Request.Context(), c.PostForm("email"), c.PostForm("password"), client(c))
	if err != nil {
		d.refuseSignIn(c, err)
		return
	}
	d.keepFor(c, stepCookie, ticket)
	seeOther(c, "/sign-in/factor?to="+url.QueryEscape(c.PostForm("to")))
}

// refuseSignIn shows the form for address and password again.
func (d *Desk) refuseSignIn(c *gin.Context, err error) {
	if shop.IsKind(err, shop.TooMany) {
		c.Header("Retry-After", "900") // the window in which attempts count
	}
	d.showSignIn(c, statusOf(err), err)
}

type factorPage struct {
	frame
	To      string
	Factors shop.Factors
	Action  string // where a code goes; the passkey's addresses begin with Passkey
	Passkey string
	Lead    string
}

func (d *Desk) factorForm(c *gin.Context) { d.showFactor(c, http.StatusOK, nil) }

func (d *Desk) showFactor(c *gin.Context, status int, wrong error) {
	factors, err := d.Shop.SignInFactors(c.Request.Context(), d.kept(c, stepCookie))
	if err != nil {
		d.refuseSignIn(c, err)
		return
	}
	page := factorPage{
		frame: d.frame(c, "Your second factor", ""), To: c.Query("to"), Factors: factors,
		Action: Root + "/sign-in/factor", Passkey: Root + "/sign-in/passkey", Lead: "The password is right. Now show that it is you.",
	}
	if c.Request.Method == http.MethodPost {
		page.To = c.PostForm("to")
	}
	page.Trouble = d.tell(c, wrong)
	d.show(c, status, "factor", page)
}

func (d *Desk) signInWithCode(c *gin.Context) {
	token, err := d.Shop.SignInWithCode(c.Request.Context(), d.kept(c, stepCookie), c.PostForm("code"), client(c))
	d.signedInNow(c, token, err)
}

func (d *Desk) askPasskeyToSignIn(c *gin.Context) {
	question, err := d.Shop.AskPasskeyToSignIn(c.Request.Context(), d.kept(c, stepCookie))
	d.ask(c, question, err)
}

func (d *Desk) signInWithPasskey(c *gin.Context) {
	token, err := d.Shop.SignInWithPasskey(c.Request.Context(), d.kept(c, stepCookie), d.answer(c), client(c))
	d.signedInNow(c, token, err)
}

// signedInNow leads to where somebody was going. A session that the browser had before is ended.
func (d *Desk) signedInNow(c *gin.Context, token string, err error) {
	if err != nil {
		d.showFactor(c, statusOf(err), err)
		return
	}
	if before := actor(c); before.StaffID != "" {
		if err := d.Shop.SignOut(c.Request.Context(), before); err != nil && !shop.IsKind(err, shop.NotFound) {
			d.fail(c, err)
			return
		}
	}
	d.drop(c, stepCookie)
	d.keep(c, token)
	seeOther(c, target(c.PostForm("to")))
}

func (d *Desk) signOut(c *gin.Context) {
	if err := d.Shop.SignOut(c.Request.Context(), actor(c)); err != nil && !shop.IsKind(err, shop.NotFound) {
		d.fail(c, err)
		return
	}
	d.drop(c, sessionCookie)
	seeOther(c, "/sign-in")
}

// target is the page below Root that an address names, and the dashboard for any other address.
func target(address string) string {
	below, ours := strings.CutPrefix(address, Root)
	if !ours || below != "" && below[0] != '/' && below[0] != '?' || strings.HasPrefix(below, "/sign-in") || strings.ContainsAny(address, "\\\r\n") {
		return ""
	}
	return below
}
