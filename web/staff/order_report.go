package staff

import (
	"fmt"
	"net/http"
	"time"

	"bookroom/reports"

	"github.com/gin-gonic/gin"
)

// orderReport streams the order report of the days from and to, both within it.
func (d *Desk) orderReport(c *gin.Context) {
	settings, err := d.Shop.Settings(c.Request.Context())
	if err != nil {
		d.fail(c, err)
		return
	}
	period, err := settings.Calendar.ReadDays(c.Query("from"), c.Query("to"))
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
