package staff

import (
	"context"
	"net/http"
	"strings"
	"time"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// FigureStore is what the pages about the dashboard and the order report read.
type FigureStore interface {
	shop.FigureStore
}

func (d *Desk) figureRoutes() []Route {
	return []Route{
		get("", shop.SeeDashboard, d.dashboard),
		get("/orders.csv", shop.SeeMoney, d.orderReport),
	}
}

type dashboardPage struct {
	frame
	Zone       string
	Now        string // in that zone
	SchoolYear string // when it began
	Columns    []dashboardColumn
	Rows       []dashboardRow
	Troubles   []troubleView
	ByDay      bool // what the plots show: the last four weeks day by day, or the school year week by week
	Plots      []plot
	From, To   string // of the report, as it was typed
}

// dashboardColumn is one period.
type dashboardColumn struct {
	Name     string
	Since    string
	Compared string // what the figure in brackets is of
	now, was shop.Period
}

// dashboardRow is one figure in every period.
type dashboardRow struct {
	Name  string
	Cells []dashboardCell
}

type dashboardCell struct{ Now, Before string }

// dashboard shows what happened, and first what wants a person.
func (d *Desk) dashboard(c *gin.Context) { d.showDashboard(c, nil) }

// showDashboard tells beside the fields of the report what is wrong with them.
func (d *Desk) showDashboard(c *gin.Context, wrong error) {
	page, err := d.dashboardPage(c)
	if err != nil {
		d.fail(c, err)
		return
	}
	status := http.StatusOK
	if wrong != nil {
		page.Trouble, status = d.tell(c, wrong), statusOf(wrong)
		page.From, page.To = c.Query("from"), c.Query("to")
	}
	d.show(c, status, "dashboard", page)
}

func (d *Desk) dashboardPage(c *gin.Context) (dashboardPage, error) {
	ctx, now := c.Request.Context(), d.Now()
	page := dashboardPage{frame: d.frame(c, "Dashboard", ""), ByDay: c.Query("by") == "day"}
	settings, err := d.Shop.Settings(ctx)
	if err != nil {
		return page, err
	}
	calendar := settings.Calendar
	page.Zone, page.Now = calendar.Zone.String(), now.In(calendar.Zone).Format("Monday, January 2, 2006, 15:04")
	page.SchoolYear = longDay(calendar, calendar.Year(now))
	page.From, page.To = calendar.Date(now).Format("2006-01")+"-01", calendar.Date(now).Format(time.DateOnly)
	page.Columns = columns(calendar, now)

	labels, steps := plotSteps(calendar, now, page.ByDay)
	figures, err := d.Store.Figures(ctx, append(periodsOf(page.Columns), steps...))
	if err != nil {
		return page, err
	}
	if page.Rows, err = d.rows(ctx, page, figures[:2*len(page.Columns)]); err != nil {
		return page, err
	}
	page.Plots = d.plots(page.frame, labels, figures[2*len(page.Columns):], page.ByDay)
	troubles, err := d.Store.Troubles(ctx, now)
	page.Troubles = troubleViews(page.frame, troubles)
	return page, err
}

// columns are the periods, each beside the one before it up to the same time of the clock.
func columns(calendar shop.Calendar, now time.Time) []dashboardColumn {
	until := now.Truncate(shop.Quarter).Add(shop.Quarter)
	day, week, year := calendar.Day(now), calendar.Week(now), calendar.Year(now)
	return []dashboardColumn{
		{
			"Today", longDay(calendar, day), "by this time yesterday",
			shop.Period{From: day, To: until}, shop.Period{From: calendar.Later(day, 0, 0, -1), To: calendar.Before(now, 0, 1)},
		},
		{
			"This week", "since " + longDay(calendar, week), "by this time last week",
			shop.Period{From: week, To: until}, shop.Period{From: calendar.Later(week, 0, 0, -7), To: calendar.Before(now, 0, 7)},
		},
		{
			"This school year", "since " + longDay(calendar, year), "by this time last school year",
			shop.Period{From: year, To: until}, shop.Period{From: calendar.Later(year, -1, 0, 0), To: calendar.Before(now, 1, 0)},
		},
	}
}

func longDay(calendar shop.Calendar, t time.Time) string {
	return calendar.Date(t).Format("January 2, 2006")
}

// periodsOf are each column's two.
func periodsOf(columns []dashboardColumn) []shop.Period {
	var all []shop.Period
	for _, column := range columns {
		all = append(all, column.now, column.was)
	}
	return all
}

// rows are the figures of the columns. Money is for those who may see it.
func (d *Desk) rows(ctx context.Context, page dashboardPage, figures []shop.Figures) ([]dashboardRow, error) {
	count := func(name string, of shop.Figure) dashboardRow {
		return cells(name, figures, func(f shop.Figures) string { return d.words.Number(f.Count(of)) })
	}
	money := func(name string, of shop.Figure) dashboardRow {
		return cells(name, figures, func(f shop.Figures) string { return d.sums(f.Money(of)) })
	}
	rows := []dashboardRow{count("Orders", shop.FigureOrders)}
	if page.May(shop.SeeMoney) {
		rows = append(rows, money("Revenue", shop.FigureRevenue), money("Refunds", shop.FigureRefunds))
	}
	rows = append(rows, count("Downloads", shop.FigureDownloads))
	if !page.May(shop.SeeMails) && !page.May(shop.SeeOrders) {
		return rows, nil
	}
	mails, err := d.Store.MailCounts(ctx, periodsOf(page.Columns))
	if err != nil {
		return nil, err
	}
	lost := make([]int64, len(mails))
	for i, m := range mails {
		lost[i] = m.Lost()
	}
	return append(rows, cells("Mails that failed or came back", lost, d.words.Number)), nil
}

// cells are the two figures of each column.
func cells[T any](name string, figures []T, write func(T) string) dashboardRow {
	row := dashboardRow{Name: name}
	for i := 0; i < len(figures); i += 2 {
		row.Cells = append(row.Cells, dashboardCell{Now: write(figures[i]), Before: write(figures[i+1])})
	}
	return row
}

// sums are amounts in several currencies.
func (d *Desk) sums(all []shop.Money) string {
	if len(all) == 0 {
		return "0"
	}
	var texts []string
	for _, m := range all {
		texts = append(texts, d.words.Money(m))
	}
	return strings.Join(texts, " + ")
}

// daysPlotted is how far back plots by day go.
const daysPlotted = 28

// plotSteps are the periods of the plots with their labels, the oldest first.
func plotSteps(calendar shop.Calendar, now time.Time, byDay bool) (labels []string, steps []shop.Period) {
	from, days := calendar.Year(now), 7
	if byDay {
		from, days = calendar.Later(now, 0, 0, 1-daysPlotted), 1
	}
	for !from.After(now) {
		next := calendar.Later(from, 0, 0, 1)
		if days > 1 {
			next = calendar.Later(calendar.Week(from), 0, 0, days) // the year's first week may be a short one
		}
		labels = append(labels, calendar.Date(from).Format("Jan 2"))
		steps = append(steps, shop.Period{From: from, To: next})
		from = next
	}
	return labels, steps
}

func (d *Desk) plots(f frame, labels []string, figures []shop.Figures, byDay bool) []plot {
	head := "Week from"
	if byDay {
		head = "Day"
	}
	values := func(of func(shop.Figures) int64) []int64 {
		all := make([]int64, len(figures))
		for i := range figures {
			all[i] = of(figures[i])
		}
		return all
	}
	var plots []plot
	if f.May(shop.SeeMoney) {
		currencies := shop.Currencies(figures...)
		if len(currencies) == 0 {
			currencies = []string{"usd"}
		}
		for _, currency := range currencies {
			write := func(minor int64) string { return d.words.Money(shop.Money{Amount: minor, Currency: currency}) }
			plots = append(plots, newPlot("money-"+currency, "Revenue and refunds, "+strings.ToUpper(currency), head, labels, []series{
				{"Revenue", "in", false, values(func(f shop.Figures) int64 { return f.Amount(shop.FigureRevenue, currency) })},
				{"Refunds", "out", true, values(func(f shop.Figures) int64 { return f.Amount(shop.FigureRefunds, currency) })},
			}, write))
		}
	}
	for _, one := range []struct {
		id, name string
		of       shop.Figure
	}{{"orders", "Orders", shop.FigureOrders}, {"downloads", "Downloads", shop.FigureDownloads}} {
		counts := values(func(f shop.Figures) int64 { return f.Count(one.of) })
		plots = append(plots, newPlot(one.id, one.name, head, labels, []series{{one.name, "in", false, counts}}, d.words.Number))
	}
	return plots
}

// troubleView is one kind of trouble in words.
type troubleView struct {
	Title, Tone, More string // More is where all of them are
	Count             int
	Newest            []shop.TroubleCase
}

// troubleViews are those that whoever looks may do something about.
func troubleViews(f frame, all []shop.Trouble) []troubleView {
	var views []troubleView
	for _, t := range all {
		v := troubleView{Count: t.Count, Newest: t.Newest, Tone: "warn", More: Root + "/orders"}
		needs := shop.SeeOrders
		switch t.Kind {
		case shop.TroubleDispute:
			v.Title, v.Tone = "Disputed by a bank", "bad"
		case shop.TroubleReview:
			v.Title, v.Tone = "Paid another sum than was due", "bad"
		case shop.TroubleOrder:
			v.Title = "Orders that need a decision"
		case shop.TroubleMail:
			v.Title, v.More, needs = "Mails that could not be delivered", Root+"/mails", shop.SeeMails
		case shop.TroubleBounce:
			v.Title, v.More, needs = "Mails that came back", Root+"/mails?state=bounced", shop.SeeMails
		case shop.TroubleJob:
			v.Title, v.More, needs = "Other work that was given up", "", shop.SeeDashboard
		}
		if f.May(needs) {
			views = append(views, v)
		}
	}
	return views
}
