package staff

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"bookroom/reports"
	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// happeningsOnPage is how many entries of a timeline stand on one page.
const happeningsOnPage = 40

type orderPage struct {
	frame
	Order    *shop.Order
	Troubles []shop.OrderTrouble
	Timeline []shop.Happening
	Older    string // where the timeline goes on; empty at its end
	Acted    string // the form that Trouble is about
	Form     url.Values
	Key      string // of the next press of a button
	Today    time.Time
}

// Money prints an amount of the order.
func (page orderPage) Money(amount int64) shop.Money { return page.Order.Money(amount) }

// Gifts is what the order holds above its prices.
func (page orderPage) Gifts() int64 { return page.Order.Support() + page.Order.Donation }

// Right is what came of a line: nothing while it gives nothing.
func (page orderPage) Right(lineID string) *shop.Entitlement {
	for i := range page.Order.Entitlements {
		if page.Order.Entitlements[i].LineID == lineID {
			return &page.Order.Entitlements[i]
		}
	}
	return nil
}

// In says what is wrong with a field of one of the page's forms.
func (page orderPage) In(form, field string) string {
	if page.Acted != form {
		return ""
	}
	return page.Wrong(field)
}

// Typed is what was typed into a form that did not go through.
func (page orderPage) Typed(form, field string) string {
	if page.Acted != form {
		return ""
	}
	return page.Form.Get(field)
}

// stateTone says at a glance how an order stands.
func stateTone(s shop.OrderStatus) shop.Tone {
	switch s {
	case shop.Paid:
		return shop.ToneGood
	case shop.Pending:
		return shop.ToneWarn
	case shop.Disputed, shop.Lost, shop.Review:
		return shop.ToneBad
	default:
		return shop.TonePlain
	}
}

// stateName is a state as staff read it.
func stateName(s shop.OrderStatus) string {
	switch s {
	case shop.PartiallyRefunded:
		return "Part refunded"
	case shop.Review:
		return "In review"
	default:
		return strings.ToUpper(string(s[:1])) + string(s[1:])
	}
}

// order shows one order.
func (d *Desk) order(c *gin.Context) { d.showOrder(c, http.StatusOK, "", nil) }

// showOrder shows an order, after an act that failed with what was typed.
func (d *Desk) showOrder(c *gin.Context, status int, acted string, failure error) {
	o, err := d.Store.OrderByNumber(c.Request.Context(), c.Param("number"))
	if err != nil {
		d.fail(c, err)
		return
	}
	page := orderPage{
		frame: d.frame(c, o.Number, "/orders"), Order: &o, Acted: acted, Form: c.Request.PostForm, Key: shop.NewSecret(), Today: d.Now().UTC(),
	}
	page.Done = done(c)
	page.Trouble = d.tell(c, failure)
	if err := d.tellStory(c, &page); err != nil {
		d.fail(c, err)
		return
	}
	d.show(c, status, "order", page)
}

// tellStory adds the page of the timeline that was asked for, and what is wrong.
func (d *Desk) tellStory(c *gin.Context, page *orderPage) error {
	ctx := c.Request.Context()
	mark, _ := shop.ReadTimelineMark(c.Query("older")) // a text that is no mark is the beginning
	newest, err := d.Store.OrderHistory(ctx, *page.Order, shop.TimelineMark{}, happeningsOnPage+1)
	if err != nil {
		return err
	}
	page.Troubles = page.Order.Troubles(newest, page.Today)
	shown := newest
	if !mark.At.IsZero() {
		if shown, err = d.Store.OrderHistory(ctx, *page.Order, mark, happeningsOnPage+1); err != nil {
			return err
		}
	}
	list, more := shown.Timeline(*page.Order, mark, happeningsOnPage)
	page.Timeline = list
	if more {
		page.Older = list[len(list)-1].Mark().String()
	}
	return nil
}

type eventPage struct {
	frame
	Order   shop.Order
	Event   shop.ReceivedEvent
	Payload string
}

// orderEvent shows a payment event as it was received.
func (d *Desk) orderEvent(c *gin.Context) {
	o, err := d.Store.OrderByNumber(c.Request.Context(), c.Param("number"))
	if err != nil {
		d.fail(c, err)
		return
	}
	event, err := d.Store.OrderEvent(c.Request.Context(), o.ID, c.Param("event"))
	if err != nil {
		d.fail(c, err)
		return
	}
	var payload bytes.Buffer
	if err := json.Indent(&payload, event.Payload, "", "  "); err != nil {
		payload.Write(event.Payload) // it is shown as it came
	}
	d.show(c, http.StatusOK, "event", eventPage{d.frame(c, "Event of "+o.Number, "/orders"), o, event, payload.String()})
}

// acted answers an act: by the order's page with what went wrong, or from there on with what was done.
func (d *Desk) acted(c *gin.Context, form, sentence string, err error) {
	if err != nil {
		d.showOrder(c, statusOf(err), form, err)
		return
	}
	seeOther(c, "/orders/"+url.PathEscape(c.Param("number"))+"?done="+sentence)
}

func (d *Desk) reapply(c *gin.Context) {
	_, err := d.Shop.ReapplyEvent(c.Request.Context(), actor(c), c.Param("number"), c.Param("event"))
	d.acted(c, "reapply", "reapplied", err)
}

func (d *Desk) askStripe(c *gin.Context) {
	_, err := d.Shop.AskStripe(c.Request.Context(), actor(c), c.Param("number"))
	d.acted(c, "ask", "asked", err)
}

func (d *Desk) resendReceipt(c *gin.Context) {
	_, err := d.Shop.ResendReceipt(c.Request.Context(), actor(c), c.Param("number"), c.PostForm("key"))
	d.acted(c, "resend", "resent", err)
}

func (d *Desk) correctEmail(c *gin.Context) {
	_, err := d.Shop.CorrectEmail(c.Request.Context(), actor(c), shop.EmailCorrection{
		Number: c.Param("number"), From: c.PostForm("from"), To: c.PostForm("email"), Request: c.PostForm("key"),
	})
	d.acted(c, "email", "email", err)
}

func (d *Desk) note(c *gin.Context) {
	_, err := d.Shop.NoteOnOrder(c.Request.Context(), actor(c), c.Param("number"), c.PostForm("text"), c.PostForm("key"))
	d.acted(c, "note", "note", err)
}

func decision(c *gin.Context) shop.RightDecision {
	return shop.RightDecision{Number: c.Param("number"), RightID: c.PostForm("right"), Reason: c.PostForm("reason"), Request: c.PostForm("key")}
}

func (d *Desk) revoke(c *gin.Context) {
	_, err := d.Shop.RevokeRight(c.Request.Context(), actor(c), decision(c))
	d.acted(c, "right-"+c.PostForm("right"), "revoked", err)
}

func (d *Desk) restore(c *gin.Context) {
	_, err := d.Shop.RestoreRight(c.Request.Context(), actor(c), decision(c))
	d.acted(c, "right-"+c.PostForm("right"), "restored", err)
}

func (d *Desk) extend(c *gin.Context) {
	hours, _ := strconv.Atoi(c.PostForm("hours"))                          // what is no number is out of bounds
	until, _ := time.Parse(time.DateOnly, c.PostForm("until"))             // what is no day is out of bounds
	until = until.AddDate(0, 0, 1).Truncate(time.Second).Add(-time.Second) // the end of that day
	_, err := d.Shop.ExtendLinks(c.Request.Context(), actor(c), shop.Extension{
		Number: c.Param("number"), Hours: hours, Until: until, Reason: c.PostForm("reason"), Request: c.PostForm("key"),
	})
	d.acted(c, "extend", "extended", err)
}

type grantPage struct {
	frame
	Titles []shop.Title
	Form   url.Values
	Key    string
}

// grantForm asks what is to be given away, to whom and why.
func (d *Desk) grantForm(c *gin.Context) {
	d.showGrant(c, http.StatusOK, c.Request.URL.Query(), shop.NewSecret(), nil)
}

func (d *Desk) showGrant(c *gin.Context, status int, form url.Values, key string, failure error) {
	page := grantPage{frame: d.frame(c, "Give a title away", "/orders"), Form: form, Key: key}
	page.Trouble = d.tell(c, failure)
	var err error
	if page.Titles, err = d.Store.Titles(c.Request.Context()); err != nil {
		d.fail(c, err)
		return
	}
	d.show(c, status, "grant", page)
}

func (d *Desk) grant(c *gin.Context) {
	o, err := d.Shop.GrantOrder(c.Request.Context(), actor(c), shop.Grant{
		Email: c.PostForm("email"), Name: c.PostForm("name"), Organisation: c.PostForm("organisation"), Language: shop.Language(c.PostForm("language")),
		Product: c.PostForm("product"), Licence: shop.VariantKind(c.PostForm("licence")), Reason: c.PostForm("reason"), Request: c.PostForm("key"),
	})
	if err != nil {
		d.showGrant(c, statusOf(err), c.Request.PostForm, cmp.Or(c.PostForm("key"), shop.NewSecret()), err)
		return
	}
	seeOther(c, "/orders/"+o.Number+"?done=granted")
}

// evidenceHappenings bounds what a dispute's evidence lists.
const evidenceHappenings = 500

// evidence answers with what shows a card holder's bank that the buyer ordered and got what was paid for.
func (d *Desk) evidence(c *gin.Context) {
	ctx := c.Request.Context()
	o, err := d.Store.OrderByNumber(ctx, c.Param("number"))
	if err != nil {
		d.fail(c, err)
		return
	}
	history, err := d.Store.OrderHistory(ctx, o, shop.TimelineMark{}, evidenceHappenings)
	if err != nil {
		d.fail(c, err)
		return
	}
	history.Acts, history.Notes = nil, nil // they are ours
	slices.Reverse(history.Downloads)
	var pdf bytes.Buffer
	if err := reports.WriteEvidence(&pdf, reports.Evidence{Order: o, History: history, Shop: d.Shop.URL(), WrittenAt: d.Now()}); err != nil {
		d.fail(c, err)
		return
	}
	c.Header("Content-Disposition", `attachment; filename="evidence-`+o.Number+`.pdf"`)
	c.Data(http.StatusOK, "application/pdf", pdf.Bytes())
}
