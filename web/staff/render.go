package staff

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"

	"bookroom/gate"
	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

//go:embed templates
var templateFiles embed.FS

// templates are the pages by the names of their files, each with the frame around it.
type templates map[string]*template.Template

// sharedTemplates are part of every page.
var sharedTemplates = []string{"templates/frame.html", "templates/parts.html"}

func parseTemplates(funcs template.FuncMap) templates {
	files, err := templateFiles.ReadDir("templates")
	if err != nil {
		panic(err) // embedded: it is there or the program was built wrongly
	}
	shared := template.Must(template.New("").Funcs(funcs).ParseFS(templateFiles, sharedTemplates...))
	pages := templates{}
	for _, file := range files {
		name := strings.TrimSuffix(file.Name(), path.Ext(file.Name()))
		if slices.Contains(sharedTemplates, "templates/"+file.Name()) {
			continue
		}
		page := template.Must(shared.Clone())
		pages[name] = template.Must(page.ParseFS(templateFiles, "templates/"+file.Name()))
	}
	return pages
}

// funcs are what the templates call.
func (d *Desk) funcs() template.FuncMap {
	return template.FuncMap{
		"asset":        d.Asset,
		"money":        d.words.Money,
		"number":       func(n int) string { return d.words.Number(int64(n)) },
		"size":         d.words.Size,
		"when":         when,
		"day":          func(t time.Time) string { return t.UTC().Format("Jan 2, 2006") },
		"stamp":        func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"list":         strings.Join,
		"tone":         stateTone,
		"state":        stateName,
		"states":       states,
		"stateName":    productStateName,
		"licencePrice": d.licencePrice,
		"input":        input,
		"qr":           qrCode,
		"device":       device,
		"changes":      changes,
	}
}

// when is a moment as the tables of the back office write it; the head of the column, or the text around it, says UTC.
func when(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.UTC().Format("Jan 2, 2006 15:04")
}

// frame is what every page tells the frame around it; the pages embed it.
type frame struct {
	Title   string
	Current string // the entry of the navigation that the page belongs to
	Actor   shop.Actor
	Done    string // what was just done, said once
	Trouble *trouble
}

// May reports whether whoever looks may do that, so that a page offers no more.
func (f frame) May(p shop.Permission) bool { return f.Actor.May(p) }

// Wrong says what is wrong with a field; empty when nothing is.
func (f frame) Wrong(field string) string {
	if f.Trouble == nil {
		return ""
	}
	return f.Trouble.Fields[field]
}

// entry is one entry of the navigation.
type entry struct {
	Name, Path string
	Needs      shop.Permission
}

// Entries are those parts of the back office that whoever looks may use.
func (f frame) Entries() []entry {
	return slices.DeleteFunc([]entry{
		{"Dashboard", "", shop.SeeDashboard},
		{"Orders", "/orders", shop.SeeOrders},
		{"Handbooks", "/products", shop.SeeCatalog},
		{"Mails", "/mails", shop.SeeMails},
		{"People", "/people", shop.ManagePeople},
		{"Staff", "/members", shop.ManageStaff},
		{"Audit trail", "/audit", shop.SeeAuditTrail},
		{"Settings", "/settings", shop.EditSettings},
	}, func(e entry) bool { return !f.May(e.Needs) })
}

// frame begins a page for whoever asks.
func (d *Desk) frame(c *gin.Context, title, current string) frame {
	return frame{Title: title, Current: current, Actor: actor(c), Done: d.wasDone(c)}
}

// show answers with a page.
func (d *Desk) show(c *gin.Context, status int, name string, data any) {
	var body bytes.Buffer
	if err := d.templates[name].ExecuteTemplate(&body, "frame", data); err != nil {
		d.fail(c, fmt.Errorf("render the page %s: %w", name, err))
		return
	}
	page := body.Bytes()
	if gate.TakesGzip(c) {
		c.Header("Content-Encoding", "gzip")
		page = gate.Zip(page, false)
	}
	c.Header("Vary", "Accept-Encoding")
	c.Data(status, "text/html; charset=utf-8", page)
}

// seeOther answers a form: the browser goes on with GET, so that reloading repeats nothing.
func seeOther(c *gin.Context, address string) { c.Redirect(http.StatusSeeOther, Root+address) }

// trouble is an error as a page tells it.
type trouble struct {
	Message   string
	Fields    map[string]string
	Reference string // what to quote; only for unexpected errors
}

// tell logs what an error hides and returns what is shown of it. It is nil for nil.
func (d *Desk) tell(c *gin.Context, err error) *trouble {
	known := shop.AsError(err)
	if known == nil {
		return nil
	}
	t := &trouble{Message: known.Message.String(), Fields: map[string]string{}, Reference: gate.Report(c, d.Log, known)}
	for field, wrong := range known.Fields {
		t.Fields[field] = wrong.String()
	}
	return t
}

// statusOf is the gate's status but for one: a form that was filled in wrongly comes back to be mended, which is 422.
func statusOf(err error) int {
	if status := gate.Status(shop.AsError(err)); status != http.StatusBadRequest {
		return status
	}
	return http.StatusUnprocessableEntity
}

// Fail answers with a page that shows the error. It is a gate.Fail.
func (d *Desk) Fail(c *gin.Context, e *shop.Error) { d.fail(c, e) }

type errorPage struct {
	frame
	Status int
}

func (d *Desk) fail(c *gin.Context, err error) {
	if errors.Is(err, shop.ErrProveAgain) {
		d.askToProve(c)
		return
	}
	page := errorPage{d.frame(c, "That did not work", ""), statusOf(err)}
	page.Trouble = d.tell(c, err)
	var body bytes.Buffer
	if err := d.templates["error"].ExecuteTemplate(&body, "frame", page); err != nil {
		panic(err) // the page of last resort
	}
	c.Data(page.Status, "text/html; charset=utf-8", body.Bytes())
}

var (
	errFormTooLarge = shop.NewError(shop.TooLarge, "form_too_large",
		"That was more text than this form takes. Nothing was changed; please shorten it and send it again.")
	errFormBroken = shop.NewError(shop.Invalid, "form_unreadable",
		"We could not read what was sent. Nothing was changed; please go back and send it again.")
)

func unreadableForm(err error) error {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return errFormTooLarge.Because(err)
	}
	return errFormBroken.Because(err)
}
