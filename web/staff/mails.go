package staff

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// MailStore is what the pages about what was mailed read.
type MailStore interface {
	// Mails returns mails of the log, newest first, without what they say.
	Mails(ctx context.Context, q shop.MailQuery) ([]shop.MailRecord, error)
	// Mail returns a mail with what it says; shop.ErrMailNotFound where there is none.
	Mail(ctx context.Context, id int64) (shop.MailRecord, error)
}

func (d *Desk) mailRoutes() []Route {
	return []Route{
		get("/mails", shop.SeeMails, d.mails),
		get("/mails/:mail", shop.SeeMails, d.mail),
		get("/mails/:mail/message", shop.SeeMails, d.message),
		d.post("/mails/:mail/resend", shop.HandleOrders, d.resendMail),
	}
}

// mailsPerPage is how many mails stand on one page.
const mailsPerPage = 50

type mailsPage struct {
	frame
	Query  shop.MailQuery
	States []choice
	Kinds  []choice
	Mails  []mailRow
	Older  string // the address of the next page; empty where there is none
}

// choice is one value of a filter.
type choice struct {
	Value, Name string
	Chosen      bool
}

// mailRow is a mail as the pages show it.
type mailRow struct{ shop.MailRecord }

// Mark is how the state of a mail looks.
func (m mailRow) Mark() string {
	switch m.State {
	case shop.MailSent:
		return "good"
	case shop.MailFailed, shop.MailBounced, shop.MailComplaint:
		return "bad"
	case shop.MailQueued:
		return "warn"
	default:
		return ""
	}
}

// StateName is the state in words.
func (m mailRow) StateName() string {
	if m.State == shop.MailSent && !m.DeliveredAt.IsZero() {
		return "Delivered"
	}
	return inWords(string(m.State))
}

// inWords is the name of a state with a capital.
func inWords(name string) string {
	return strings.ToUpper(name[:1]) + name[1:]
}

// mails lists the mail log, newest first.
func (d *Desk) mails(c *gin.Context) {
	page := mailsPage{
		frame: d.frame(c, "Mails", "/mails"),
		Query: shop.MailQuery{State: shop.MailState(c.Query("state")), Kind: shop.MailKind(c.Query("kind")), Words: c.Query("q"), Limit: mailsPerPage + 1},
	}
	for _, state := range shop.MailStates() {
		page.States = append(page.States, choice{string(state), inWords(string(state)), state == page.Query.State})
	}
	for _, kind := range shop.MailKinds() {
		page.Kinds = append(page.Kinds, choice{string(kind), kind.Name(), kind == page.Query.Kind})
	}
	if before, err := strconv.ParseInt(c.Query("before"), 10, 64); err == nil {
		page.Query.Before = before
	}
	mails, err := d.Store.Mails(c.Request.Context(), page.Query)
	if err != nil {
		d.fail(c, err)
		return
	}
	if len(mails) > mailsPerPage {
		mails = mails[:mailsPerPage]
		page.Older = Root + "/mails?" + url.Values{
			"state": {string(page.Query.State)}, "kind": {string(page.Query.Kind)}, "q": {page.Query.Words},
			"before": {strconv.FormatInt(mails[mailsPerPage-1].ID, 10)},
		}.Encode()
	}
	for _, m := range mails {
		page.Mails = append(page.Mails, mailRow{m})
	}
	d.show(c, http.StatusOK, "mails", page)
}

type mailPage struct {
	frame
	Mail    mailRow
	Request string // tells pressing the button twice from wanting the mail twice
}

// mail shows what a mail said and what came of it.
func (d *Desk) mail(c *gin.Context) {
	m, err := d.mailOf(c)
	if err != nil {
		d.fail(c, err)
		return
	}
	page := mailPage{frame: d.frame(c, "Mail "+strconv.FormatInt(m.ID, 10), "/mails"), Mail: mailRow{m}, Request: shop.NewSecret()}
	if c.Query("done") == "resent" {
		page.Done = "The mail is queued and goes out in a moment, as its order is now."
	}
	// The page shows the message in a frame, which no other page has.
	c.Header("Content-Security-Policy", c.Writer.Header().Get("Content-Security-Policy")+"; frame-src 'self'")
	d.show(c, http.StatusOK, "mail", page)
}

// mailOf is the mail in the address.
func (d *Desk) mailOf(c *gin.Context) (shop.MailRecord, error) {
	id, err := strconv.ParseInt(c.Param("mail"), 10, 64)
	if err != nil {
		return shop.MailRecord{}, shop.ErrMailNotFound
	}
	return d.Store.Mail(c.Request.Context(), id)
}

// message is what the frame on the page of a mail shows: the mail alone, which may do nothing but be looked at.
func (d *Desk) message(c *gin.Context) {
	m, err := d.mailOf(c)
	if err != nil {
		d.fail(c, err)
		return
	}
	c.Header("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; form-action 'none'; base-uri 'none'")
	c.Header("X-Frame-Options", "SAMEORIGIN")
	c.Data(http.StatusOK, "text/html; charset=utf-8", []byte(m.HTML))
}

// resendMail has a mail written and sent anew.
func (d *Desk) resendMail(c *gin.Context) {
	m, err := d.mailOf(c)
	if err == nil {
		m, err = d.Shop.ResendMail(c.Request.Context(), actor(c), m.ID, c.PostForm("request"))
	}
	if err != nil {
		d.fail(c, err)
		return
	}
	seeOther(c, "/mails/"+strconv.FormatInt(m.ID, 10)+"?done=resent")
}
