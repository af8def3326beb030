package staff

import (
	"context"
	"net/http"
	"slices"
	"strconv"

	"bookroom/gate"
	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// FileStore is what the pages about uploads, drafts of editions and the mails about them read.
type FileStore interface {
	// EditionDraft returns the draft of a handbook's next edition.
	EditionDraft(ctx context.Context, slug string) (shop.EditionDraft, error)
	// Notice returns what there is to tell of a handbook's newest edition.
	Notice(ctx context.Context, slug string) (shop.Notice, error)
}

func (d *Desk) fileRoutes() []Route {
	return []Route{
		get("/products/:slug/edition", shop.SeeCatalog, d.edition),
		d.post("/products/:slug/edition", shop.EditCatalog, d.saveEdition),
		d.post("/products/:slug/edition/publish", shop.EditCatalog, d.publishEdition),
		d.post("/products/:slug/uploads", shop.EditCatalog, d.beginUpload),
		get("/uploads/:upload", shop.EditCatalog, d.upload),
		d.post("/uploads/:upload/parts", shop.EditCatalog, d.signParts),
		d.post("/uploads/:upload/complete", shop.EditCatalog, d.completeUpload),
		d.post("/uploads/:upload/abort", shop.EditCatalog, d.abortUpload),
		get("/products/:slug/notice", shop.SeeCatalog, d.notice),
		d.post("/products/:slug/notice/test", shop.EditCatalog, d.testNotice),
		d.post("/products/:slug/notice/start", shop.EditCatalog, d.turnNotice(d.Shop.StartNotice)),
		d.post("/products/:slug/notice/pause", shop.EditCatalog, d.turnNotice(d.Shop.PauseNotice)),
		d.post("/products/:slug/notice/resume", shop.EditCatalog, d.turnNotice(d.Shop.ResumeNotice)),
	}
}

type editionPage struct {
	frame
	Draft   *shop.EditionDraft
	Notes   string // as typed, or as saved
	Look    string
	Theirs  bool // somebody else changed the draft since the form was shown
	Changes shop.PageChanges
}

// Accept is what the field for files lets one choose.
func (page editionPage) Accept() string { return shop.FileEndings() }

// Busy reports whether something is being worked on that the page will show when it is loaded again.
func (page editionPage) Busy() bool {
	return slices.ContainsFunc(page.Draft.Uploads, func(u shop.Upload) bool { return u.State == shop.UploadChecking }) ||
		slices.ContainsFunc(page.Draft.Files, func(f shop.DraftFile) bool { return f.ContentType == shop.TypePDF && f.Inspection == nil })
}

// Beginning is of how many bytes of a file the checksum is by which it is known again.
func (page editionPage) Beginning() int64 { return shop.UploadBeginning }

// Place is the number of the file of that index.
func (page editionPage) Place(index int) int { return index + 1 }

// PublishedNumber is the edition that buyers have now; 0 where there is none.
func (page editionPage) PublishedNumber() int {
	if page.Draft.Published == nil {
		return 0
	}
	return page.Draft.Published.Number
}

// saidDone is what a page says after a form was sent, by what stands in its address.
func saidDone(c *gin.Context) string {
	switch c.Query("done") {
	case "saved":
		return "Saved. Nothing is published yet."
	case "given-up":
		return "The upload was given up."
	case "published":
		return "The edition is published: everybody who owns the handbook has it now."
	case "test":
		return "The test mail was sent."
	default:
		return ""
	}
}

// edition shows the draft of a handbook's next edition.
func (d *Desk) edition(c *gin.Context) {
	draft, err := d.Store.EditionDraft(c.Request.Context(), c.Param("slug"))
	if err != nil {
		d.fail(c, err)
		return
	}
	d.showEdition(c, http.StatusOK, editionPage{
		frame: d.frame(c, "Next edition of "+draft.Title, "/products"), Draft: &draft, Notes: draft.Notes,
		Look: shop.PageChanges{Changed: draft.LookInside}.Pages(),
	})
}

func (d *Desk) showEdition(c *gin.Context, status int, page editionPage) {
	page.Done, page.Changes = saidDone(c), page.Draft.Changes()
	gate.AllowSending(c, d.Bucket)
	d.show(c, status, "edition", page)
}

// saveEdition keeps what changed, the pages to show, and the order of the files.
func (d *Desk) saveEdition(c *gin.Context) {
	slug := c.Param("slug")
	version, err := strconv.ParseInt(c.PostForm("version"), 10, 64)
	if err != nil {
		version = -1 // of no draft
	}
	pages, ok := shop.ReadPages(c.PostForm("look_inside"))
	if !ok {
		pages = []int{0} // which the shop refuses, beside the field
	}
	_, err = d.Shop.SaveDraft(c.Request.Context(), actor(c), slug, shop.DraftChange{
		Version: version, Notes: c.PostForm("notes"), LookInside: pages, Order: placedFiles(c), Remove: c.PostFormArray("remove"),
	})
	if err == nil {
		seeOther(c, "/products/"+slug+"/edition?done=saved")
		return
	}
	draft, readErr := d.Store.EditionDraft(c.Request.Context(), slug)
	if readErr != nil {
		d.fail(c, readErr)
		return
	}
	page := editionPage{
		frame: d.frame(c, "Next edition of "+draft.Title, "/products"), Draft: &draft, Notes: c.PostForm("notes"), Look: c.PostForm("look_inside"),
		Theirs: draft.Version != version,
	}
	page.Trouble = d.tell(c, err)
	d.showEdition(c, statusOf(err), page)
}

// placedFiles are the ids of the files in the order of the numbers that were typed beside them.
func placedFiles(c *gin.Context) []string {
	ids, places := c.PostFormArray("file"), c.PostFormArray("place")
	if len(ids) != len(places) {
		return nil
	}
	type placed struct {
		id    string
		place int
	}
	list := make([]placed, len(ids))
	for i := range ids {
		place, err := strconv.Atoi(places[i])
		if err != nil {
			place = i + 1
		}
		list[i] = placed{ids[i], place}
	}
	slices.SortStableFunc(list, func(a, b placed) int { return a.place - b.place })
	for i := range list {
		ids[i] = list[i].id
	}
	return ids
}

func (d *Desk) publishEdition(c *gin.Context) {
	slug := c.Param("slug")
	edition, err := d.Shop.PublishEdition(c.Request.Context(), actor(c), slug, shop.EditionPublication{
		Fingerprint: c.PostForm("fingerprint"), TakeContents: c.PostForm("take_contents") != "",
	})
	if err != nil {
		d.failEdition(c, slug, err)
		return
	}
	if edition.Number == 1 {
		seeOther(c, "/products/"+slug+"/edition?done=published")
		return
	}
	seeOther(c, "/products/"+slug+"/notice?done=published")
}

// failEdition shows the draft as it is, with what is wrong.
func (d *Desk) failEdition(c *gin.Context, slug string, cause error) {
	draft, err := d.Store.EditionDraft(c.Request.Context(), slug)
	if err != nil {
		d.fail(c, cause)
		return
	}
	page := editionPage{
		frame: d.frame(c, "Next edition of "+draft.Title, "/products"), Draft: &draft, Notes: draft.Notes,
		Look: shop.PageChanges{Changed: draft.LookInside}.Pages(),
	}
	page.Trouble = d.tell(c, cause)
	d.showEdition(c, statusOf(cause), page)
}
