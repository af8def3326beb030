package staff

import (
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// auditBatch is how many records are read at once for the file.
const auditBatch = 1000

// exportAudit sends the records of a filter as CSV, oldest last, a batch at a time. That it was done is a record itself, which comes first.
func (d *Desk) exportAudit(c *gin.Context) {
	filter := readAuditFilter(c.PostForm)
	query, err := filter.query()
	if err != nil {
		d.fail(c, err)
		return
	}
	if err := d.Shop.NoteAuditExport(c.Request.Context(), actor(c), filter.values().Encode()); err != nil {
		d.fail(c, err)
		return
	}
	c.Header("Content-Type", "text/csv; charset=utf-8")
	c.Header("Content-Disposition", `attachment; filename="audit-`+d.Now().UTC().Format(time.DateOnly)+`.csv"`)
	c.Status(http.StatusOK)
	if err := d.writeAudit(c, query, c.Writer); err != nil {
		d.Log.ErrorContext(c.Request.Context(), "the export of the audit trail broke off", "err", err)
		panic(http.ErrAbortHandler) // so that nobody takes half of it for the whole
	}
}

func (d *Desk) writeAudit(c *gin.Context, query shop.AuditQuery, to io.Writer) error {
	out := csv.NewWriter(to)
	if err := out.Write([]string{"number", "at", "who", "token", "from", "what", "kind", "id", "name", "changes", "hash"}); err != nil {
		return fmt.Errorf("write the head of the audit trail: %w", err)
	}
	query.Limit = auditBatch
	for {
		records, err := d.Store.AuditRecords(c.Request.Context(), query)
		if err != nil {
			return err
		}
		for _, r := range records {
			if err := out.Write(auditLine(r)); err != nil {
				return fmt.Errorf("write a record of the audit trail: %w", err)
			}
		}
		out.Flush()
		if err := out.Error(); err != nil {
			return fmt.Errorf("send records of the audit trail: %w", err)
		}
		if len(records) < auditBatch {
			return nil
		}
		query.Before = records[len(records)-1].Sequence
	}
}

func auditLine(r shop.AuditRecord) []string {
	var changed []string
	for _, change := range changes(r) {
		changed = append(changed, change.Name+": "+change.Before+" → "+change.After)
	}
	line := []string{
		strconv.FormatInt(r.Sequence, 10), r.At.UTC().Format(time.RFC3339), r.Staff, r.TokenID, r.IP, r.Verb, r.Subject.Kind, r.Subject.ID, r.Subject.Name,
		strings.Join(changed, "; "), r.Hash,
	}
	for i := range line {
		line[i] = noFormula(line[i])
	}
	return line
}

// noFormula keeps a spreadsheet from working out what somebody typed.
func noFormula(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
