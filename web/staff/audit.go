package staff

import (
	"net/http"
	"strconv"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

func (d *Desk) auditRoutes() []Route {
	return []Route{get("/audit", shop.SeeAuditTrail, d.audit)}
}

// auditRecords is how many records stand on one page.
const auditRecords = 50

type auditPage struct {
	frame
	Query   shop.AuditQuery
	Records []shop.AuditRecord
	Older   int64 // where the next page begins; 0 where there is none
}

// audit shows the trail, newest first.
func (d *Desk) audit(c *gin.Context) {
	page := auditPage{frame: d.frame(c, "Audit trail", "/audit"), Query: shop.AuditQuery{Words: c.Query("q"), Verb: c.Query("verb"), Limit: auditRecords + 1}}
	if before, err := strconv.ParseInt(c.Query("before"), 10, 64); err == nil {
		page.Query.Before = before
	}
	records, err := d.Store.AuditRecords(c.Request.Context(), page.Query)
	if err != nil {
		d.fail(c, err)
		return
	}
	if len(records) > auditRecords {
		records = records[:auditRecords]
		page.Older = records[auditRecords-1].Sequence
	}
	page.Records = records
	d.show(c, http.StatusOK, "audit", page)
}
