package staff

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// AuditStore is the trail of what staff did.
type AuditStore interface {
	// AuditRecords returns records, newest first.
	AuditRecords(ctx context.Context, q shop.AuditQuery) ([]shop.AuditRecord, error)
	// AuditVerbs returns the verbs that the trail has, in order.
	AuditVerbs(ctx context.Context) ([]string, error)
}

func (d *Desk) auditRoutes() []Route {
	return []Route{
		get("/audit", shop.SeeAuditTrail, d.audit),
		d.post("/audit/export", shop.SeeAuditTrail, d.exportAudit),
	}
}

// auditRecords is how many records stand on one page.
const auditRecords = 50

type auditPage struct {
	frame
	Filter  auditFilter
	Verbs   []string
	Members []shop.Member
	Records []shop.AuditRecord
	Older   string // the address of the next page; empty where there is none
}

// auditFilter is what the trail is narrowed by, as the form has it.
type auditFilter struct {
	Words, Verb, Person string
	Kind, ID            string // of the subject
	From, To            string // days
}

func readAuditFilter(read func(string) string) auditFilter {
	return auditFilter{read("q"), read("verb"), read("person"), read("kind"), read("id"), read("from"), read("to")}
}

// query is the filter as the store takes it. A day that is none is said to be wrong.
func (f auditFilter) query() (shop.AuditQuery, error) {
	q := shop.AuditQuery{Words: f.Words, Verb: f.Verb, StaffID: f.Person}
	if f.ID != "" {
		q.Subject = shop.Subject{Kind: f.Kind, ID: f.ID}
	}
	wrong := map[string]shop.Sentence{}
	q.From = readDay(f.From, "from", wrong)
	if to := readDay(f.To, "to", wrong); !to.IsZero() {
		q.To = to.AddDate(0, 0, 1)
	}
	if len(wrong) > 0 {
		e := shop.NewError(shop.Invalid, "invalid_input", "Please check the marked fields. Nothing was changed.")
		e.Fields = wrong
		return q, e
	}
	return q, nil
}

func readDay(text, field string, wrong map[string]shop.Sentence) time.Time {
	if text == "" {
		return time.Time{}
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		wrong[field] = shop.Say("Please write a day as in 2026-11-22.")
	}
	return day
}

// values is the filter as an address holds it, without what does not narrow.
func (f auditFilter) values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{"q": f.Words, "verb": f.Verb, "person": f.Person, "kind": f.Kind, "id": f.ID, "from": f.From, "to": f.To} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}

// audit shows the trail, newest first.
func (d *Desk) audit(c *gin.Context) {
	page := auditPage{frame: d.frame(c, "Audit trail", "/audit"), Filter: readAuditFilter(c.Query)}
	query, wrong := page.Filter.query()
	page.Trouble = d.tell(c, wrong)
	query.Limit = auditRecords + 1
	if before, err := strconv.ParseInt(c.Query("before"), 10, 64); err == nil {
		query.Before = before
	}
	if err := d.readAudit(c.Request.Context(), &page, query); err != nil {
		d.fail(c, err)
		return
	}
	status := http.StatusOK
	if wrong != nil {
		status = statusOf(wrong)
	}
	d.show(c, status, "audit", page)
}

func (d *Desk) readAudit(ctx context.Context, page *auditPage, query shop.AuditQuery) (err error) {
	if page.Verbs, err = d.Store.AuditVerbs(ctx); err != nil {
		return err
	}
	if page.Members, err = d.Store.Members(ctx, d.Now()); err != nil {
		return err
	}
	if page.Records, err = d.Store.AuditRecords(ctx, query); err != nil {
		return err
	}
	if len(page.Records) > auditRecords {
		page.Records = page.Records[:auditRecords]
		next := page.Filter.values()
		next.Set("before", strconv.FormatInt(page.Records[auditRecords-1].Sequence, 10))
		page.Older = Root + "/audit?" + next.Encode()
	}
	return nil
}

// fieldChange is one field of a record, before and after.
type fieldChange struct {
	Name          string
	Before, After string // empty where there was, or is, nothing
}

// changes lists what a record changed, field by field.
func changes(r shop.AuditRecord) []fieldChange {
	names := slices.Collect(maps.Keys(r.After))
	for name := range r.Before {
		if _, twice := r.After[name]; !twice {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, cmp.Compare)
	list := make([]fieldChange, len(names))
	for i, name := range names {
		list[i] = fieldChange{name, plain(r.Before[name]), plain(r.After[name])}
	}
	return list
}

// plain is a value of the trail as people read it.
func plain(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case float64: // every number of JSON
		return strconv.FormatFloat(v, 'f', -1, 64)
	case []any:
		text := ""
		for i, item := range v {
			if i > 0 {
				text += ", "
			}
			text += plain(item)
		}
		return text
	case map[string]any:
		text := ""
		for i, name := range slices.Sorted(maps.Keys(v)) {
			if i > 0 {
				text += ", "
			}
			text += name + ": " + plain(v[name])
		}
		return text
	default:
		return fmt.Sprint(v)
	}
}
