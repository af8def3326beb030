package web

import (
	"errors"
	"net/http"
	"strings"

	"bookroom/gate"
	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// The errors of a page itself.
var (
	errNoPage = shop.NewError(shop.NotFound, "page_not_found",
		"There is no page at this address. It may have been mistyped, or the page has moved.")
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

// statusOf is the gate's status but for one: a form that was filled in wrongly comes back to be mended, which is 422.
func statusOf(err error) int {
	if status := gate.Status(shop.AsError(err)); status != http.StatusBadRequest {
		return status
	}
	return http.StatusUnprocessableEntity
}

// headline says in a few words what the sentence below it explains.
func headline(status int) shop.Sentence {
	switch status {
	case http.StatusNotFound:
		return shop.Say("Nothing here")
	case http.StatusMethodNotAllowed:
		return shop.Say("That does not work here")
	case http.StatusConflict:
		return shop.Say("Not at the moment")
	case http.StatusGone:
		return shop.Say("Not here any more")
	case http.StatusForbidden:
		return shop.Say("Not allowed")
	case http.StatusTooManyRequests:
		return shop.Say("A little too fast")
	case http.StatusRequestEntityTooLarge:
		return shop.Say("Too much at once")
	case http.StatusServiceUnavailable:
		return shop.Say("Please try again in a minute")
	case http.StatusInternalServerError:
		return shop.Say("This is our fault")
	default:
		return shop.Say("That did not work")
	}
}

// trouble is an error as a page tells it.
type trouble struct {
	Message   string
	Fields    map[string]string
	Reference string // what to quote to us; only for unexpected errors
}

// tell logs what an error hides and returns what is shown of it. It is nil for nil.
func (p *Pages) tell(c *gin.Context, err error) *trouble {
	known := shop.AsError(err)
	if known == nil {
		return nil
	}
	w := p.words(c)
	t := &trouble{Message: w.Sentence(known.Message), Fields: map[string]string{}, Reference: gate.Report(c, p.Log, known)}
	for field, wrong := range known.Fields {
		t.Fields[field] = w.Sentence(wrong)
	}
	return t
}

type errorPage struct {
	frame
	Status   int
	Headline string
	Trouble  *trouble
}

// Fail answers with a page that shows the error. It is a gate.Fail.
func (p *Pages) Fail(c *gin.Context, e *shop.Error) { p.fail(c, e) }

// ownAddress is what was asked for as an address of this site, whatever was asked for: one with two slashes
// at its beginning would be another site's.
func ownAddress(c *gin.Context) string {
	return "/" + strings.TrimLeft(c.Request.URL.EscapedPath(), "/")
}

func (p *Pages) fail(c *gin.Context, err error) {
	status := statusOf(err)
	w := p.words(c)
	said, trouble := w.Sentence(headline(status)), p.tell(c, err)
	c.Header("Cache-Control", "private, no-store")
	a, broken := p.render(w, status, "error", errorPage{frame{Title: said, Here: ownAddress(c), Private: true}, status, said, trouble})
	if broken != nil {
		p.Log.ErrorContext(c.Request.Context(), "render the error page", "err", broken)
		c.String(status, "%s", trouble.Message)
		return
	}
	p.send(c, w, a, p.cartCount(c))
}
