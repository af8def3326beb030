package staff

import (
	"fmt"
	"net/http"
	"time"

	"bookroom/reports"
	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// orderReport streams the order report of the days from and to, both within it.
func (d *Desk) orderReport(c *gin.Context) {
	settings, err := d.Shop.Settings(c.Request.Context())
	if err != nil {
		d.fail(c, err)
		return
	}
	period, err := readPeriod(settings.Calendar, c.Query("from"), c.Query("to"))
	if err != nil {
		d.showDashboard(c, err)
		return
	}
	if c.Request.Method == http.MethodHead {
		return // nothing leaves the shop
	}
	lines, err := d.Shop.ReportOrders(c.Request.Context(), actor(c), period)
	if err != nil {
		d.fail(c, err)
		return
	}
	c.Header("Content-Type", "text/csv; charset=utf-8")
	c.Header("Content-Disposition", fmt.Sprintf(`attachment; filename="orders %s to %s.csv"`, c.Query("from"), c.Query("to")))
	if err := reports.OrdersCSV(patient{c.Writer, http.NewResponseController(c.Writer)}, lines); err != nil {
		if c.Request.Context().Err() == nil {
			d.Log.ErrorContext(c.Request.Context(), "the order report was broken off", "err", err)
		}
		panic(http.ErrAbortHandler) // so that nobody takes a part for the whole
	}
}

// readPeriod reads the first and the last day of a report.
func readPeriod(calendar shop.Calendar, from, to string) (shop.Period, error) {
	first, badFirst := time.ParseInLocation(time.DateOnly, from, time.UTC)
	last, badLast := time.ParseInLocation(time.DateOnly, to, time.UTC)
	wrong := map[string]shop.Sentence{}
	if badFirst != nil {
		wrong["from"] = shop.Say("Type a day as 2026-08-01.")
	}
	switch {
	case badLast != nil:
		wrong["to"] = shop.Say("Type a day as 2026-08-01.")
	case badFirst == nil && last.Before(first):
		wrong["to"] = shop.Say("The last day cannot be before the first.")
	}
	if len(wrong) > 0 {
		e := shop.NewError(shop.Invalid, "invalid_period", "Please check the days of the report. Nothing was exported.")
		e.Fields = wrong
		return shop.Period{}, e
	}
	return calendar.Days(first, last), nil
}

// stall is how long a client may take no bytes of a report before it is let go.
const stall = 2 * time.Minute

// patient gives an answer time for as long as bytes go through, however many there are.
type patient struct {
	http.ResponseWriter
	line *http.ResponseController
}

func (w patient) Write(bytes []byte) (int, error) {
	if err := w.line.SetWriteDeadline(time.Now().Add(stall)); err != nil {
		return 0, fmt.Errorf("give the answer time: %w", err)
	}
	return w.ResponseWriter.Write(bytes)
}
