package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"path"
	"slices"
	"strings"

	"bookroom/shop"
	"bookroom/words"

	"github.com/gin-gonic/gin"
)

//go:embed templates
var templateFiles embed.FS

// templates are the pages of one language by the names of their files, each with the frame around it.
type templates map[string]*template.Template

// sharedTemplates are part of every page.
var sharedTemplates = []string{"templates/frame.html", "templates/parts.html", "templates/owned.html"}

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

// frame is what every page tells the frame around it; the pages embed it.
type frame struct {
	Title   string
	Here    string // the page's own address, without its language
	Current string // the entry of the navigation that the page belongs to: "handbooks", "library", "help", "cart", "about"
	Private bool   // one visitor's own: kept from search engines
	Reload  int    // seconds after which a browser without JavaScript asks again; 0 is never
	// OwnSearch is for a page that has a search field itself: the header leaves its own out.
	OwnSearch bool
	// Description is what search engines and messages say of the page; About is the same for machines.
	Description string
	About       thing
	Card        string // address of the picture beside links to the page; empty is the shop's own
}

// render makes the page of that name.
func (p *Pages) render(w *words.Words, status int, name string, data any) (*answer, error) {
	var body bytes.Buffer
	if err := p.templates[w.Language][name].ExecuteTemplate(&body, "frame", data); err != nil {
		return nil, fmt.Errorf("render the page %s: %w", name, err)
	}
	return newAnswer(status, "text/html; charset=utf-8", body.Bytes()), nil
}

// show answers with a page for this visitor alone, which nothing keeps.
func (p *Pages) show(c *gin.Context, status int, name string, data any) {
	w := p.words(c)
	a, err := p.render(w, status, name, data)
	if err != nil {
		p.fail(c, err)
		return
	}
	c.Header("Cache-Control", "private, no-store")
	p.send(c, w, a, p.cartCount(c))
}

// text answers with a page that says the same to everybody.
func (p *Pages) text(name string, title shop.Sentence) gin.HandlerFunc {
	return func(c *gin.Context) {
		w := p.words(c)
		p.public(c, "/"+name, func() (*answer, error) {
			return p.render(w, http.StatusOK, name, frame{Title: w.Sentence(title), Here: "/" + name, Current: name})
		})
	}
}

// seeOther answers a form: the browser goes on with GET, so that reloading repeats nothing.
func seeOther(c *gin.Context, address string) { c.Redirect(http.StatusSeeOther, address) }
