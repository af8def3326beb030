package web

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// archiveBox offers everything on a page as one ZIP.
type archiveBox struct {
	Action string // where the form goes
	Offer  shop.ArchiveOffer
}

// orderArchive issues a link to one archive of an order's files and sends the browser there.
func (p *Pages) orderArchive(c *gin.Context) {
	by, err := p.client(c)
	if err != nil {
		p.fail(c, err)
		return
	}
	link, err := p.Shop.IssueArchive(c.Request.Context(), c.Param("token"), by)
	p.toFiles(c, link, err)
}

// libraryArchive does the same for all orders of the library that is open in this browser.
func (p *Pages) libraryArchive(c *gin.Context) {
	withinSite(c)
	_, owner, err := p.session(c)
	if err != nil {
		p.fail(c, err)
		return
	}
	if owner == "" {
		seeOther(c, "/library")
		return
	}
	by, err := p.client(c)
	if err != nil {
		p.fail(c, err)
		return
	}
	link, err := p.Shop.IssueLibraryArchive(c.Request.Context(), owner, by)
	if err != nil {
		p.showLibrary(c, err)
		return
	}
	c.Header("Cache-Control", "private, no-store")
	seeOther(c, link.URL)
}

// archivesAtOnce bounds the archives that are streamed at one time, each of which holds a connection to the bucket;
// ofOneAtOnce those of one link, which a program may fetch in parts.
const (
	archivesAtOnce = 64
	ofOneAtOnce    = 4
)

// seats counts the archives that are streamed now, in all and by their links.
type seats struct {
	mu    sync.Mutex
	taken map[string]int
	all   int
}

// take takes a seat, if there is one left.
func (s *seats) take(link string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == archivesAtOnce || s.taken[link] == ofOneAtOnce {
		return false
	}
	s.all++
	s.taken[link]++
	return true
}

func (s *seats) free(link string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all--
	if s.taken[link]--; s.taken[link] == 0 {
		delete(s.taken, link)
	}
}

var errArchivesBusy = shop.NewError(shop.Unavailable, "archives_busy",
	"Many people are fetching archives at this moment. Nothing was used up; please try again in a minute, or take the files one by one.")

// archive streams a ZIP. Whoever was cut off goes on where they were, by Range and If-Range. Several ranges
// in one request, each of which the bucket would be asked for, are answered with the whole (RFC 9110, 14.2).
func (p *Pages) archive(c *gin.Context) {
	secret(c)
	if !p.archives.take(c.Param("token")) {
		c.Header("Retry-After", "60")
		p.fail(c, errArchivesBusy)
		return
	}
	defer p.archives.free(c.Param("token"))
	found, err := p.Shop.OpenArchive(c.Request.Context(), c.Param("token"))
	if err != nil {
		p.fail(c, err)
		return
	}
	defer func() {
		if err := found.Body.Close(); err != nil && c.Request.Context().Err() == nil {
			p.Log.WarnContext(c.Request.Context(), "an archive was broken off", "err", err)
		}
	}()
	if strings.Contains(c.GetHeader("Range"), ",") {
		c.Request.Header.Del("Range")
	}
	h := c.Writer.Header()
	h.Set("Cache-Control", "private, no-store")
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", `attachment; filename="`+shop.ArchiveName+`"`)
	h.Set("ETag", found.ETag)
	http.ServeContent(patient(c), c.Request, "", time.Time{}, found.Body)
}

// stall is how long a client may take no bytes of an archive before it is let go, and longest how long one that takes
// few may stay: it goes on by Range.
const (
	stall   = 2 * time.Minute
	longest = 6 * time.Hour
)

// patient is the answer's writer, with time for as long as bytes go through, however many there are. A
// server that limits no answers needs none put off.
func patient(c *gin.Context) http.ResponseWriter {
	server, ok := c.Request.Context().Value(http.ServerContextKey).(*http.Server)
	if !ok || server.WriteTimeout == 0 {
		return c.Writer
	}
	return patientWriter{c.Writer, http.NewResponseController(c.Writer), time.Now().Add(longest)}
}

type patientWriter struct {
	http.ResponseWriter
	line *http.ResponseController
	end  time.Time
}

func (w patientWriter) Write(bytes []byte) (int, error) {
	until := time.Now().Add(stall)
	if until.After(w.end) {
		until = w.end
	}
	if err := w.line.SetWriteDeadline(until); err != nil {
		return 0, err
	}
	return w.ResponseWriter.Write(bytes)
}
