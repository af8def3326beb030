package mailtest

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"html/template"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

//go:embed inbox.css list.html message.html
var assets embed.FS

const (
	pageCSP = "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	// A message brings its own style, and nothing else of it is trusted. Its links may open in the reader's tab.
	messageCSP = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; frame-ancestors 'self'; " +
		"sandbox allow-top-navigation-by-user-activation"
)

// perPage is how many messages the list shows at once.
const perPage = 100

type inbox struct {
	sink  *Sink
	pages *template.Template
}

// Handler shows the messages under /inbox/: pages for people, /inbox/messages.json for scripts.
func (s *Sink) Handler() http.Handler {
	pages := template.New("").Funcs(template.FuncMap{"links": links})
	in := inbox{sink: s, pages: template.Must(pages.ParseFS(assets, "*.html"))}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /inbox/{$}", in.list)
	mux.HandleFunc("GET /inbox/messages.json", in.json)
	mux.HandleFunc("GET /inbox/messages/{id}", in.message)
	mux.HandleFunc("GET /inbox/messages/{id}/html", in.html)
	mux.HandleFunc("GET /inbox/messages/{id}/source", in.source)
	mux.HandleFunc("GET /inbox/inbox.css", in.css)
	return mux
}

// list shows the newest messages, or with ?after=n those that follow the newest n.
func (in inbox) list(w http.ResponseWriter, r *http.Request) {
	letters := in.sink.newestFirst()
	after, err := strconv.Atoi(r.FormValue("after"))
	if err != nil || after < 0 || after >= len(letters) {
		after = 0
	}
	upTo := min(after+perPage, len(letters))
	messages, err := in.sink.openAll(letters[after:upTo])
	if err != nil {
		in.fail(w, err)
		return
	}
	in.render(w, "list.html", struct {
		Messages           []Message
		Total              int
		HasNewer, HasOlder bool
		Newer, Older       int // values of ?after
	}{messages, len(letters), after > 0, upTo < len(letters), max(after-perPage, 0), upTo})
}

func (in inbox) message(w http.ResponseWriter, r *http.Request) {
	if m, ok := in.asked(w, r); ok {
		in.render(w, "message.html", m)
	}
}

// html serves the message's own page for the frame on the message page.
func (in inbox) html(w http.ResponseWriter, r *http.Request) {
	m, ok := in.asked(w, r)
	if !ok {
		return
	}
	// Links leave the frame: the shop's pages refuse to be framed.
	content := strings.Replace(m.HTML, "<head>", `<head><base target="_top">`, 1)
	secure(w, messageCSP)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	in.write(w, []byte(content))
}

func (in inbox) source(w http.ResponseWriter, r *http.Request) {
	m, ok := in.asked(w, r)
	if !ok {
		return
	}
	secure(w, pageCSP)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	in.write(w, m.Source)
}

func (in inbox) json(w http.ResponseWriter, _ *http.Request) {
	messages, err := in.sink.Messages()
	if err != nil {
		in.fail(w, err)
		return
	}
	body, err := json.Marshal(messages)
	if err != nil {
		in.fail(w, err)
		return
	}
	secure(w, pageCSP)
	w.Header().Set("Content-Type", "application/json")
	in.write(w, body)
}

func (in inbox) css(w http.ResponseWriter, r *http.Request) {
	secure(w, pageCSP)
	http.ServeFileFS(w, r, assets, "inbox.css")
}

// asked is the message that the address names; if there is none, the answer is written already.
func (in inbox) asked(w http.ResponseWriter, r *http.Request) (Message, bool) {
	m, err := in.sink.find(r.PathValue("id"))
	if errors.Is(err, errNoMessage) {
		http.Error(w, "There is no such message in this inbox.", http.StatusNotFound)
		return Message{}, false
	}
	if err != nil {
		in.fail(w, err)
		return Message{}, false
	}
	return m, true
}

func (in inbox) render(w http.ResponseWriter, name string, data any) {
	var page bytes.Buffer
	if err := in.pages.ExecuteTemplate(&page, name, data); err != nil {
		in.fail(w, err)
		return
	}
	secure(w, pageCSP)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	in.write(w, page.Bytes())
}

func (in inbox) write(w http.ResponseWriter, body []byte) {
	if _, err := w.Write(body); err != nil {
		in.sink.opts.Logger.Debug("inbox page not delivered", "err", err)
	}
}

func (in inbox) fail(w http.ResponseWriter, err error) {
	in.sink.opts.Logger.Error("inbox page failed", "err", err)
	http.Error(w, "The inbox could not be read. The log says why.", http.StatusInternalServerError)
}

// secure keeps messages, which hold order links, out of caches, referrers and foreign frames.
func secure(w http.ResponseWriter, csp string) {
	h := w.Header()
	h.Set("Content-Security-Policy", csp)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
}

// stretch is a run of text; with a URL when it is a link.
type stretch struct {
	Text, URL string
}

var webAddress = regexp.MustCompile(`https?://[^\s<>"]+`)

// links cuts a text into plain stretches and web addresses. A full stop or bracket after an address is not part of it.
func links(text string) []stretch {
	var cut []stretch
	at := 0
	for _, found := range webAddress.FindAllStringIndex(text, -1) {
		url := strings.TrimRight(text[found[0]:found[1]], ".,;:!?)]'")
		cut = append(cut, stretch{Text: text[at:found[0]]}, stretch{Text: url, URL: url})
		at = found[0] + len(url)
	}
	return append(cut, stretch{Text: text[at:]})
}
