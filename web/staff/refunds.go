package staff

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

func (d *Desk) refundRoutes() []Route {
	return []Route{
		get("/orders/:number/refund", shop.RefundOrders, d.refundForm),
		d.post("/orders/:number/refund", shop.RefundOrders, d.refund),
		d.post("/orders/:number/refund/drop", shop.RefundOrders, d.dropRefund),
		get("/orders/:number/receipt.pdf", shop.SeeOrders, d.orderReceipt),
		get("/orders/:number/invoice.pdf", shop.SeeOrders, d.orderInvoice),
	}
}

// refundPage is the form, the step that says what it will do, and what was refunded before.
type refundPage struct {
	frame
	Order   *shop.Order
	Parts   []shop.PartLeft
	Left    int64 // of the price
	Surplus int64 // beyond the price
	Unknown int64 // went back, and nobody said for what
	Form    refundFields
	Check   *shop.Return // what the form comes to, to be confirmed; nil before
}

// refundFields is the form as it was filled in.
type refundFields struct {
	Kind   shop.ReturnKind
	All    bool     // all that is left
	Parts  []string // otherwise
	Ends   string   // whose rights end: of what is refunded, of none, of those chosen
	Revoke []string
	Reason shop.RefundReason
	Note   string
	Key    string // made when the form was shown: it is sent once, however often the button is pressed
	Expect int64
}

// Whose rights end with a refund.
const (
	endsRefunded = "refunded"
	endsNone     = "none"
	endsChosen   = "chosen"
)

// Has reports whether a part is chosen, and Revokes whether a line's right is.
func (f refundFields) Has(part string) bool     { return slices.Contains(f.Parts, part) }
func (f refundFields) Revokes(line string) bool { return slices.Contains(f.Revoke, line) }

// request is what the form asks for.
func (f refundFields) request(by shop.Actor, number string) shop.RefundRequest {
	r := shop.RefundRequest{ID: f.Key, By: by, Number: number, Kind: f.Kind, Reason: f.Reason, Note: f.Note, Expect: f.Expect, IdempotencyKey: f.Key}
	if !f.All {
		r.Parts = append([]string{}, f.Parts...)
	}
	switch f.Ends {
	case endsNone:
		r.Revoke = []string{}
	case endsChosen:
		r.Revoke = append([]string{}, f.Revoke...)
	}
	return r
}

func readRefund(c *gin.Context) refundFields {
	form := c.Request.PostForm
	f := refundFields{
		Kind: shop.ReturnKind(form.Get("kind")), All: form.Get("all") != "", Parts: form["part"], Ends: form.Get("ends"), Revoke: form["revoke"],
		Reason: shop.RefundReason(form.Get("reason")), Note: strings.TrimSpace(form.Get("note")), Key: form.Get("key"),
	}
	if expect, err := shop.ReadAmount(form.Get("expect"), form.Get("currency")); err == nil {
		f.Expect = expect.Amount
	}
	return f
}

// Shows reports whether a form is on the page: all that there are, or the one that comes back to be mended.
func (p refundPage) Shows(kind shop.ReturnKind) bool {
	return p.Trouble == nil || p.Form.Kind == "" || p.Form.Kind == kind
}

// Money prints an amount of the order.
func (p refundPage) Money(amount int64) shop.Money { return p.Order.Money(amount) }

// Reasons are those that can be chosen.
func (refundPage) Reasons() []shop.RefundReason { return shop.RefundReasons() }

// ReasonName is a reason in words.
func (refundPage) ReasonName(r shop.RefundReason) string {
	names := map[shop.RefundReason]string{
		shop.BuyerAsked: "The buyer asked for it", shop.WrongTitle: "Wrong title or licence", shop.NotAsDescribed: "Not what was described",
		shop.BoughtTwice: "Bought twice", shop.PaidTooMuch: "Paid too much", shop.Goodwill: "Goodwill", shop.Fraud: "Fraud",
	}
	return cmp.Or(names[r], string(r))
}

// StateName and StateTone say what has become of a refund.
func (refundPage) StateName(r shop.Return) string {
	return map[shop.ReturnState]string{
		shop.ReturnRequested: "Waits for Stripe", shop.ReturnRefused: "Refused", shop.ReturnPending: "On its way", shop.ReturnSucceeded: "Done", shop.ReturnFailed: "Sent back", shop.ReturnDropped: "Settled otherwise",
	}[r.State]
}

func (refundPage) StateTone(r shop.Return) string {
	return map[shop.ReturnState]string{
		shop.ReturnRequested: "warn", shop.ReturnRefused: "bad", shop.ReturnPending: "warn", shop.ReturnSucceeded: "good", shop.ReturnFailed: "bad",
	}[r.State]
}

// PartName is a part of the order in words.
func (p refundPage) PartName(name string) string {
	for _, part := range p.Order.Parts() {
		switch {
		case part.Name != name:
		case part.Title == "":
			return "The donation"
		case part.Gift:
			return "The gift with “" + part.Title + "”"
		default:
			return part.Title
		}
	}
	return name
}

// Ended are the titles whose rights end with a refund.
func (p refundPage) Ended(r shop.Return) []string {
	var titles []string
	for _, line := range p.Order.Lines {
		if slices.Contains(r.Revokes, line.ID) {
			titles = append(titles, line.Title)
		}
	}
	return titles
}

// Why says why a part cannot be refunded.
func (refundPage) Why(t shop.Taken) string {
	switch {
	case t.Doubtful:
		return "perhaps refunded in Stripe’s dashboard"
	case t.By.ID == "":
		return "refunded in Stripe’s dashboard"
	case t.By.State == shop.ReturnRequested:
		return t.By.Staff + " is refunding it, since " + when(t.By.RequestedAt) + " UTC"
	case t.By.Kind == shop.ReturnAssigned:
		return "refunded, as " + t.By.Staff + " said on " + when(t.By.RequestedAt) + " UTC"
	default:
		return "refunded by " + t.By.Staff + " on " + when(t.By.RequestedAt) + " UTC"
	}
}

// refundForm shows what can be refunded of an order, and what was.
func (d *Desk) refundForm(c *gin.Context) {
	o, err := d.Store.OrderByNumber(c.Request.Context(), c.Param("number"))
	if err != nil {
		d.fail(c, err)
		return
	}
	page := d.refundPage(c, o, refundFields{Key: shop.NewSecret(), Ends: endsRefunded})
	for _, r := range o.Returns {
		if r.ID == c.Query("done") {
			page.Done = doneWith(o, r)
		}
	}
	d.show(c, http.StatusOK, "refund", page)
}

func (d *Desk) refundPage(c *gin.Context, o shop.Order, form refundFields) refundPage {
	_, surplus := o.Surplus()
	return refundPage{
		frame: d.frame(c, "Refund order "+o.Number, "/orders"), Order: &o, Parts: o.PartsLeft(), Left: o.Refundable(), Surplus: surplus,
		Unknown: o.Unexplained(), Form: form,
	}
}

// doneWith says once what has become of a request.
func doneWith(o shop.Order, r shop.Return) string {
	amount := o.Money(r.Amount).String()
	switch {
	case r.Kind == shop.ReturnAssigned:
		return "Noted what the " + amount + " were for."
	case r.State == shop.ReturnRequested:
		return "The refund of " + amount + " is kept. Stripe has not answered yet; the shop asks again by itself until it does."
	case r.State == shop.ReturnPending:
		return amount + " are on their way back to the buyer’s bank."
	case r.State == shop.ReturnSucceeded:
		return amount + " went back to the buyer, who gets a mail about it."
	default:
		return "" // the table and the order's state say it
	}
}

// refund shows what the form comes to, or does it when that was confirmed.
func (d *Desk) refund(c *gin.Context) {
	number := c.Param("number")
	o, err := d.Store.OrderByNumber(c.Request.Context(), number)
	if err != nil {
		d.fail(c, err)
		return
	}
	form := readRefund(c)
	if c.Request.PostForm.Get("confirmed") == "" {
		form.Expect = 0
		d.checkRefund(c, o, form)
		return
	}
	made, err := d.Shop.Refund(c.Request.Context(), actor(c), form.request(actor(c), number))
	if err != nil {
		d.showRefund(c, o, form, nil, err)
		return
	}
	seeOther(c, "/orders/"+number+"/refund?done="+made.ID)
}

// dropRefund notes that a refund that came to nothing was settled in another way.
func (d *Desk) dropRefund(c *gin.Context) {
	if err := d.Shop.DropRefund(c.Request.Context(), actor(c), c.Param("number"), c.Request.PostForm.Get("refund")); err != nil {
		d.fail(c, err)
		return
	}
	seeOther(c, "/orders/"+c.Param("number")+"/refund")
}

// checkRefund says what the form would do. Nothing is kept.
func (d *Desk) checkRefund(c *gin.Context, o shop.Order, form refundFields) {
	would, err := d.Shop.WouldRefund(o, actor(c), form.request(actor(c), o.Number))
	if err != nil {
		d.showRefund(c, o, form, nil, err)
		return
	}
	form.Expect = would.Amount
	d.showRefund(c, o, form, &would, nil)
}

func (d *Desk) showRefund(c *gin.Context, o shop.Order, form refundFields, would *shop.Return, cause error) {
	if form.Key == "" {
		form.Key = shop.NewSecret()
	}
	page := d.refundPage(c, o, form)
	page.Check, page.Trouble = would, d.tell(c, cause)
	status := http.StatusOK
	if cause != nil {
		status = statusOf(cause)
	}
	d.show(c, status, "refund", page)
}
