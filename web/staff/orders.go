package staff

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// OrderStore is what the pages about orders and what staff do with them read.
type OrderStore interface {
	// FindOrders returns a page of the list of orders, newest first.
	FindOrders(ctx context.Context, q shop.OrderQuery) (shop.OrderPage, error)
	// OrderCounts counts the orders of queries of one condition, each up to shop.OrdersCounted.
	OrderCounts(ctx context.Context, queries []shop.OrderQuery) ([]shop.OrderCount, error)
	// OrderViews returns the views of the list that a member of staff keeps, by name.
	OrderViews(ctx context.Context, staffID string) ([]shop.OrderView, error)
	// OrderByNumber returns an order with all that belongs to it; shop.ErrNoSuchOrder where there is none.
	OrderByNumber(ctx context.Context, number string) (shop.Order, error)
	// OrderHistory returns what happened to an order: of each sort the newest that are older than the mark, at most
	// so many.
	OrderHistory(ctx context.Context, o shop.Order, before shop.TimelineMark, limit int) (shop.OrderHistory, error)
	// OrderEvent returns one payment event of an order as it was received; shop.ErrNoSuchEvent where there is none.
	OrderEvent(ctx context.Context, orderID, eventID string) (shop.ReceivedEvent, error)
	// Titles returns all products but drafts, by title.
	Titles(ctx context.Context) ([]shop.Title, error)
}

func (d *Desk) orderRoutes() []Route {
	return []Route{
		get("/orders", shop.SeeOrders, d.orders),
		d.post("/orders/views", shop.SeeOrders, d.saveView),
		d.post("/orders/views/:view/delete", shop.SeeOrders, d.deleteView),
		get("/orders/:number", shop.SeeOrders, d.order),
		get("/orders/:number/events/:event", shop.SeeOrders, d.orderEvent),
		get("/orders/:number/evidence.pdf", shop.SeeOrders, d.evidence),
		d.post("/orders/:number/events/:event/reapply", shop.HandleOrders, d.reapply),
		d.post("/orders/:number/ask", shop.HandleOrders, d.askStripe),
		d.post("/orders/:number/resend", shop.HandleOrders, d.resendReceipt),
		d.post("/orders/:number/email", shop.HandleOrders, d.correctEmail),
		d.post("/orders/:number/notes", shop.HandleOrders, d.note),
		d.post("/orders/:number/revoke", shop.HandleOrders, d.revoke),
		d.post("/orders/:number/restore", shop.HandleOrders, d.restore),
		d.post("/orders/:number/extend", shop.HandleOrders, d.extend),
		get("/grants", shop.HandleOrders, d.grantForm),
		d.post("/grants", shop.HandleOrders, d.grant),
	}
}

// ordersOnPage is how many orders stand on one page of the list.
const ordersOnPage = 50

// view is a view of the list, with how many orders are in it where that is counted.
type view struct {
	shop.OrderView
	Count *shop.OrderCount
}

// Address leads to the view.
func (v view) Address() string { return Root + "/orders?" + v.Query }

// fixedViews are the views that everybody has.
func fixedViews() []shop.OrderView {
	return []shop.OrderView{
		{Name: "All"},
		{Name: "Need a person", Query: "person=1"},
		{Name: "Pending", Query: "state=pending"},
		{Name: "In review", Query: "state=review"},
		{Name: "Disputed", Query: "state=disputed"},
		{Name: "Part refunded", Query: "state=partially_refunded"},
		{Name: "Refunded", Query: "state=refunded"},
		{Name: "Granted", Query: "source=granted"},
	}
}

type ordersPage struct {
	frame
	Views  []view
	Own    []view
	Filter orderFilter
	List   shop.OrderPage
	Titles []shop.Title
}

// orderFilter is the filters as they stand in the page's address.
type orderFilter struct {
	Words, State, Source, Language, Product, From, To string
	Person                                            bool
	Before                                            int64
}

func readFilter(values url.Values) orderFilter {
	f := orderFilter{
		Words: values.Get("q"), State: values.Get("state"), Source: values.Get("source"), Language: values.Get("language"),
		Product: values.Get("product"), From: values.Get("from"), To: values.Get("to"), Person: values.Get("person") != "",
	}
	f.Before, _ = strconv.ParseInt(values.Get("before"), 10, 64) // anything else is the beginning
	return f
}

// Query writes the filters as the page's address has them, without the place in the list.
func (f orderFilter) Query() string {
	values := url.Values{}
	for name, value := range map[string]string{
		"q": f.Words, "state": f.State, "source": f.Source, "language": f.Language, "product": f.Product, "from": f.From, "to": f.To,
	} {
		if value != "" {
			values.Set(name, value)
		}
	}
	if f.Person {
		values.Set("person", "1")
	}
	return values.Encode()
}

// query is what the filters ask for. Days are in UTC, the last one included.
func (f orderFilter) query() (shop.OrderQuery, map[string]shop.Sentence) {
	q := shop.OrderQuery{
		Words: f.Words, Status: shop.OrderStatus(f.State), Source: shop.Source(f.Source), Language: shop.Language(f.Language), Product: f.Product,
		NeedsPerson: f.Person, Before: f.Before, Limit: ordersOnPage,
	}
	wrong := map[string]shop.Sentence{}
	for field, day := range map[string]struct {
		typed string
		into  *time.Time
		plus  int
	}{"from": {f.From, &q.From, 0}, "to": {f.To, &q.To, 1}} {
		if day.typed == "" {
			continue
		}
		at, err := time.Parse(time.DateOnly, day.typed)
		if err != nil {
			wrong[field] = shop.Say("A day looks like 2026-03-14.")
			continue
		}
		*day.into = at.AddDate(0, 0, day.plus)
	}
	return q, wrong
}

// States, Sources and Languages are what can be chosen.
func (page ordersPage) States() []shop.OrderStatus {
	return []shop.OrderStatus{
		shop.Pending, shop.Paid, shop.PartiallyRefunded, shop.Refunded, shop.Disputed, shop.Lost, shop.Expired, shop.Canceled, shop.Review,
	}
}

// Sources are what can be chosen.
func (page ordersPage) Sources() []shop.Source {
	return []shop.Source{shop.SourceCard, shop.SourceFree, shop.SourceGranted}
}

// orders shows the list, newest first.
func (d *Desk) orders(c *gin.Context) {
	d.showOrders(c, http.StatusOK, readFilter(c.Request.URL.Query()), nil)
}

func (d *Desk) showOrders(c *gin.Context, status int, filter orderFilter, failure error) {
	ctx := c.Request.Context()
	page := ordersPage{frame: d.frame(c, "Orders", "/orders"), Filter: filter}
	page.Done = done(c)
	query, wrong := filter.query()
	if len(wrong) > 0 {
		e := shop.NewError(shop.Invalid, "invalid_input", "Please check the marked fields. Nothing was changed.")
		e.Fields, status, failure = wrong, http.StatusUnprocessableEntity, e
	}
	page.Trouble = d.tell(c, failure)
	var err error
	if page.List, err = d.Store.FindOrders(ctx, query); err != nil {
		d.fail(c, err)
		return
	}
	if page.Views, page.Own, err = d.views(ctx, page.Actor.StaffID); err != nil {
		d.fail(c, err)
		return
	}
	if page.Titles, err = d.Store.Titles(ctx); err != nil {
		d.fail(c, err)
		return
	}
	d.show(c, status, "orders", page)
}

// views are those of everybody, counted, and one's own.
func (d *Desk) views(ctx context.Context, staffID string) (fixed, own []view, err error) {
	var queries []shop.OrderQuery
	for _, v := range fixedViews() {
		values, err := url.ParseQuery(v.Query)
		if err != nil {
			return nil, nil, err
		}
		q, _ := readFilter(values).query()
		fixed, queries = append(fixed, view{OrderView: v}), append(queries, q)
	}
	counts, err := d.Store.OrderCounts(ctx, queries)
	if err != nil {
		return nil, nil, err
	}
	for i := range fixed {
		fixed[i].Count = &counts[i]
	}
	kept, err := d.Store.OrderViews(ctx, staffID)
	for _, v := range kept {
		own = append(own, view{OrderView: v})
	}
	return fixed, own, err
}

func (d *Desk) saveView(c *gin.Context) {
	values, err := url.ParseQuery(c.PostForm("query"))
	if err != nil {
		d.fail(c, unreadableForm(err))
		return
	}
	filter := readFilter(values)
	if err := d.Shop.SaveOrderView(c.Request.Context(), actor(c), c.PostForm("name"), filter.Query()); err != nil {
		d.showOrders(c, statusOf(err), filter, err)
		return
	}
	seeOther(c, "/orders?done=view&"+filter.Query())
}

func (d *Desk) deleteView(c *gin.Context) {
	if err := d.Shop.DeleteOrderView(c.Request.Context(), actor(c), c.Param("view")); err != nil {
		d.fail(c, err)
		return
	}
	seeOther(c, "/orders?done=view_gone")
}

// doneSentences are what is said once after an act, by the name in the address.
var doneSentences = map[string]string{
	"view": "The view is kept.", "view_gone": "The view is gone.",
	"resent": "The receipt is on its way to the buyer.", "email": "The order was moved. Both addresses are told by mail, and the old link is worthless.",
	"note": "The note is kept.", "revoked": "The title was revoked.", "restored": "The title can be downloaded again.",
	"extended": "New download links of this order live longer now.", "granted": "The order was made, and its receipt is on its way.",
	"reapplied": "The event was applied again.", "asked": "Stripe was asked; this is how the order stands now.",
}

// done is what was just done, as the address tells it.
func done(c *gin.Context) string { return doneSentences[c.Query("done")] }
