package api

import (
	"time"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

type editionDraft struct {
	Product     string      `json:"product"`
	Number      int         `json:"number"`
	Version     int64       `json:"version"`
	Notes       string      `json:"notes"`
	LookInside  []int       `json:"look_inside"`
	Files       []draftFile `json:"files"`
	Changed     []int       `json:"changed_pages"`
	Obstacles   []string    `json:"obstacles"`
	Fingerprint string      `json:"fingerprint"`
	Uploads     []upload    `json:"uploads"`
}

type draftFile struct {
	ID          string      `json:"id"`
	Name        string      `json:"name"`
	ContentType string      `json:"content_type"`
	Size        int64       `json:"size"`
	SHA256      string      `json:"sha256"`
	Unchanged   bool        `json:"unchanged"`
	Inspection  *inspection `json:"inspection"`
}

// inspection is what was found in a PDF.
type inspection struct {
	Refused     *string        `json:"refused"`
	Skipped     bool           `json:"skipped"`
	Pages       int            `json:"pages"`
	Title       string         `json:"title"`
	Language    string         `json:"language"`
	Tagged      bool           `json:"tagged"`
	Figures     int            `json:"figures"`
	Described   int            `json:"described"`
	Unembedded  []string       `json:"fonts_not_embedded"`
	Contents    []contentEntry `json:"contents"`
	InspectedAt time.Time      `json:"inspected_at"`
}

type draftRequest struct {
	Version    int64    `json:"version"`
	Notes      string   `json:"notes"`
	LookInside []int    `json:"look_inside"`
	Order      []string `json:"order"`
	Remove     []string `json:"remove"`
}

type publishRequest struct {
	Fingerprint  string `json:"fingerprint"`
	TakeContents bool   `json:"take_contents"`
}

type publishedEdition struct {
	ID          string    `json:"id"`
	Number      int       `json:"number"`
	Notes       string    `json:"notes"`
	Files       []string  `json:"files"`
	PublishedAt time.Time `json:"published_at"`
}

func draftOf(d *shop.EditionDraft) editionDraft {
	return editionDraft{
		Product: d.Slug, Number: d.Number, Version: d.Version, Notes: d.Notes, LookInside: each(d.LookInside, same),
		Files:     each(d.Files, func(f shop.DraftFile) draftFile { return draftFileOf(d, f) }),
		Changed:   each(d.Changes().Changed, same),
		Obstacles: each(d.Obstacles(), shop.Sentence.String), Fingerprint: d.Fingerprint(),
		Uploads: each(d.Uploads, func(u shop.Upload) upload { return uploadOf(u, nil) }),
	}
}

func draftFileOf(d *shop.EditionDraft, f shop.DraftFile) draftFile {
	return draftFile{
		ID: f.ID, Name: f.Name, ContentType: f.ContentType, Size: f.Size, SHA256: f.SHA256, Unchanged: d.Unchanged(f),
		Inspection: inspectionOf(f.Inspection),
	}
}

func inspectionOf(i *shop.Inspection) *inspection {
	if i == nil {
		return nil
	}
	return &inspection{
		Refused: optional(i.Refused.Sentence().String()), Skipped: i.Skipped, Pages: i.Pages, Title: i.Title, Language: i.Language, Tagged: i.Tagged,
		Figures: i.Figures, Described: i.Described, Unembedded: each(i.Unembedded(), same),
		Contents:    each(i.Outline, func(e shop.ContentEntry) contentEntry { return contentEntry(e) }),
		InspectedAt: i.InspectedAt,
	}
}

func (a *API) getDraft(c *gin.Context) (any, error) {
	d, err := a.Store.EditionDraft(c.Request.Context(), c.Param("slug"))
	if err != nil {
		return nil, err
	}
	return draftOf(&d), nil
}

func (a *API) putDraft(c *gin.Context) (any, error) {
	var in draftRequest
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	_, err := a.Shop.SaveDraft(c.Request.Context(), actor(c), c.Param("slug"), shop.DraftChange{
		Version: in.Version, Notes: in.Notes, LookInside: in.LookInside, Order: in.Order, Remove: in.Remove,
	})
	if err != nil {
		return nil, err
	}
	return a.getDraft(c)
}

func (a *API) publishDraft(c *gin.Context) (any, error) {
	var in publishRequest
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	e, err := a.Shop.PublishEdition(c.Request.Context(), actor(c), c.Param("slug"), shop.EditionPublication{
		Fingerprint: in.Fingerprint, TakeContents: in.TakeContents,
	})
	if err != nil {
		return nil, err
	}
	return publishedEdition{e.ID, e.Number, e.Notes, each(e.Files, func(f shop.File) string { return f.Name }), e.PublishedAt}, nil
}

// notice is how far the mails about an edition have come.
type notice struct {
	Product string           `json:"product"`
	Number  int              `json:"number"`
	Notes   string           `json:"notes"`
	Changed []int            `json:"changed_pages"`
	State   shop.NoticeState `json:"state"`
	Owners  int              `json:"owners"`
	Waiting int              `json:"waiting"`
	Queued  int              `json:"queued"`
	Sent    int              `json:"sent"`
	LeftOut int              `json:"left_out"`
	Failed  int              `json:"failed"`
}

type noticeRequest struct {
	Action string `json:"action"`
}

func (a *API) getNotice(c *gin.Context) (any, error) {
	n, err := a.Store.Notice(c.Request.Context(), c.Param("slug"))
	if err != nil {
		return nil, err
	}
	p := n.Progress
	state := n.State
	if state == "" {
		state = "none"
	}
	return notice{
		n.Slug, n.Edition.Number, n.Edition.Notes, each(n.Changes.Changed, same), state, n.Owners, p.Waiting, p.Queued, p.Sent, p.LeftOut, p.Failed,
	}, nil
}

// turnNotice starts, pauses or resumes the mails; the contract lets no other action through.
func (a *API) turnNotice(c *gin.Context) (any, error) {
	var in noticeRequest
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	turn := a.Shop.StartNotice
	switch in.Action {
	case "pause":
		turn = a.Shop.PauseNotice
	case "resume":
		turn = a.Shop.ResumeNotice
	}
	if err := turn(c.Request.Context(), actor(c), c.Param("slug")); err != nil {
		return nil, err
	}
	return a.getNotice(c)
}
