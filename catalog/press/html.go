package press

import (
	"fmt"
	"html"
	"html/template"
	"net/url"
	"strings"
)

// Chapter is a chapter of a text as HTML, for books whose pages a reader lays out.
type Chapter struct {
	Title    string
	Sections []Section
	// HTML is well-formed XML without white space of its own. It begins with the title in an h1 and
	// refers to nothing but addresses on the web.
	HTML template.HTML
}

// Section is a passage of a chapter that stands in the contents.
type Section struct {
	Title string
	ID    string // of its heading, unique within the chapter
}

// Chapters returns the text as HTML. A line to write on is an hr of class "blank", a box to tick the
// character ☐, and a cell to write in a td of class "blank".
func (t *Text) Chapters() []Chapter {
	var chapters []Chapter
	var w htmlWriter
	for i, b := range t.blocks {
		if h, ok := b.(heading); ok && h.level == 1 {
			w = htmlWriter{chapter: Chapter{Title: plain(h.spans)}}
			w.element("h1", h.spans)
		} else {
			w.block(b)
		}
		if last := i+1 == len(t.blocks); last || startsChapter(t.blocks[i+1]) {
			chapters = append(chapters, w.finished())
		}
	}
	return chapters
}

func startsChapter(b block) bool {
	h, ok := b.(heading)
	return ok && h.level == 1
}

// htmlWriter writes one chapter.
type htmlWriter struct {
	chapter Chapter
	out     strings.Builder
}

func (w *htmlWriter) finished() Chapter {
	w.chapter.HTML = template.HTML(w.out.String()) //nolint:gosec // every text in it was escaped
	return w.chapter
}

func (w *htmlWriter) blocks(blocks []block) {
	for _, b := range blocks {
		w.block(b)
	}
}

func (w *htmlWriter) block(b block) {
	switch b := b.(type) {
	case heading:
		w.heading(b)
	case paragraph:
		w.element("p", b.spans)
	case list:
		w.list(b)
	case table:
		w.table(b)
	case quote:
		w.out.WriteString("<blockquote>")
		w.blocks(b.blocks)
		w.out.WriteString("</blockquote>")
	default:
		w.out.WriteString(`<hr class="blank"/>`)
	}
}

// heading writes the heading of a section or a passage; the chapter's own stays the only h1.
func (w *htmlWriter) heading(h heading) {
	if h.level != 2 {
		w.element(fmt.Sprintf("h%d", max(h.level, 2)), h.spans)
		return
	}
	section := Section{Title: plain(h.spans), ID: fmt.Sprintf("s%d", len(w.chapter.Sections)+1)}
	w.chapter.Sections = append(w.chapter.Sections, section)
	fmt.Fprintf(&w.out, `<h2 id="%s">`, section.ID)
	w.spans(h.spans)
	w.out.WriteString("</h2>")
}

func (w *htmlWriter) element(name string, spans []span) {
	w.out.WriteString("<" + name + ">")
	w.spans(spans)
	w.out.WriteString("</" + name + ">")
}

func (w *htmlWriter) list(l list) {
	name, start := "ul", ""
	if l.first > 0 {
		name = "ol"
	}
	if l.first > 1 {
		start = fmt.Sprintf(` start="%d"`, l.first)
	}
	w.out.WriteString("<" + name + start + ">")
	for _, i := range l.items {
		w.item(i)
	}
	w.out.WriteString("</" + name + ">")
}

// item writes the first paragraph of an item bare, as most items have no other.
func (w *htmlWriter) item(i item) {
	if i.task {
		w.out.WriteString(`<li class="task">☐ `)
	} else {
		w.out.WriteString("<li>")
	}
	rest := i.blocks
	if len(rest) > 0 {
		if p, ok := rest[0].(paragraph); ok {
			w.spans(p.spans)
			rest = rest[1:]
		}
	}
	w.blocks(rest)
	w.out.WriteString("</li>")
}

func (w *htmlWriter) table(t table) {
	w.out.WriteString("<table><thead><tr>")
	for _, c := range t.header {
		if c.empty() { // a header without words heads nothing
			w.out.WriteString("<td></td>")
			continue
		}
		w.out.WriteString(`<th scope="col">`)
		w.spans(c.spans)
		w.out.WriteString("</th>")
	}
	w.out.WriteString("</tr></thead>")
	if len(t.rows) > 0 {
		w.out.WriteString("<tbody>")
		firstHeads := isForm(t) || t.header[0].empty()
		for _, row := range t.rows {
			w.row(row, firstHeads)
		}
		w.out.WriteString("</tbody>")
	}
	w.out.WriteString("</table>")
}

// row writes a row. Its first cell heads it where the others are to be filled in, and where nothing heads
// the first column.
func (w *htmlWriter) row(cells []cell, firstHeads bool) {
	w.out.WriteString("<tr>")
	for i, c := range cells {
		switch {
		case c.empty():
			w.out.WriteString(`<td class="blank"></td>`)
		case i == 0 && firstHeads:
			w.out.WriteString(`<th scope="row">`)
			w.spans(c.spans)
			w.out.WriteString("</th>")
		default:
			w.element("td", c.spans)
		}
	}
	w.out.WriteString("</tr>")
}

func (w *htmlWriter) spans(spans []span) {
	for _, s := range spans {
		w.span(s)
	}
}

func (w *htmlWriter) span(s span) {
	if s.text == "\n" {
		w.out.WriteString("<br/>")
		return
	}
	text := html.EscapeString(s.text)
	if s.italic {
		text = "<em>" + text + "</em>"
	}
	if s.bold {
		text = "<strong>" + text + "</strong>"
	}
	if address, ok := webAddress(s.link); ok {
		text = `<a href="` + html.EscapeString(address) + `">` + text + "</a>"
	}
	w.out.WriteString(text)
}

// webAddress returns an address that leads out of the book; ok is false for any other.
func webAddress(link string) (address string, ok bool) {
	u, err := url.Parse(link)
	if err != nil {
		return "", false
	}
	switch u.Scheme {
	case "http", "https":
		return u.String(), u.Host != ""
	case "mailto", "tel":
		return u.String(), u.Opaque != ""
	default:
		return "", false
	}
}
