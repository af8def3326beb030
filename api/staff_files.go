package api

import (
	"context"
	"net/http"
	"time"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// StaffFileStore is what the API about uploads, drafts of editions and the mails about them reads.
type StaffFileStore interface {
	// EditionDraft returns the draft of a handbook's next edition.
	EditionDraft(ctx context.Context, slug string) (shop.EditionDraft, error)
	// Notice returns what there is to tell of a handbook's newest edition.
	Notice(ctx context.Context, slug string) (shop.Notice, error)
}

func (a *API) fileRoutes() []StaffRoute {
	return []StaffRoute{
		{http.MethodPost, "/products/:slug/uploads", shop.EditCatalog, http.StatusCreated, a.beginUpload},
		{http.MethodGet, "/uploads/:upload", shop.EditCatalog, http.StatusOK, a.getUpload},
		{http.MethodPost, "/uploads/:upload/parts", shop.EditCatalog, http.StatusOK, a.signParts},
		{http.MethodPost, "/uploads/:upload/complete", shop.EditCatalog, http.StatusOK, a.completeUpload},
		{http.MethodDelete, "/uploads/:upload", shop.EditCatalog, http.StatusOK, a.abortUpload},
		{http.MethodGet, "/products/:slug/edition", shop.SeeCatalog, http.StatusOK, a.getDraft},
		{http.MethodPut, "/products/:slug/edition", shop.EditCatalog, http.StatusOK, a.putDraft},
		{http.MethodPost, "/products/:slug/edition/publish", shop.EditCatalog, http.StatusCreated, a.publishDraft},
		{http.MethodGet, "/products/:slug/notice", shop.SeeCatalog, http.StatusOK, a.getNotice},
		{http.MethodPost, "/products/:slug/notice", shop.EditCatalog, http.StatusOK, a.turnNotice},
	}
}

type uploadRequest struct {
	Name        string `json:"name"`
	Size        int64  `json:"size"`
	FirstSHA256 string `json:"first_sha256"`
}

type upload struct {
	ID        string           `json:"id"`
	Product   string           `json:"product"`
	Name      string           `json:"name"`
	Size      int64            `json:"size"`
	PartSize  int64            `json:"part_size"`
	Parts     int              `json:"parts"`
	Arrived   []int            `json:"arrived"`
	State     shop.UploadState `json:"state"`
	Problem   *string          `json:"problem"`
	CreatedAt time.Time        `json:"created_at"`
}

type partsRequest struct {
	Numbers []int `json:"numbers"`
}

type partLinks struct {
	Parts []partLink `json:"parts"`
}

type partLink struct {
	Number    int       `json:"number"`
	Size      int64     `json:"size"`
	URL       string    `json:"url"`
	ExpiresAt time.Time `json:"expires_at"`
}

type completeRequest struct {
	Checksums []string `json:"checksums"`
}

func uploadOf(u shop.Upload, arrived []int) upload {
	return upload{
		ID: u.ID, Product: u.Slug, Name: u.Name, Size: u.Size, PartSize: u.PartSize, Parts: u.Parts(), Arrived: each(arrived, same), State: u.State,
		Problem: optional(u.Refused.Sentence().String()), CreatedAt: u.CreatedAt,
	}
}

func (a *API) beginUpload(c *gin.Context) (any, error) {
	var in uploadRequest
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	u, err := a.Shop.BeginUpload(c.Request.Context(), actor(c), shop.NewUpload{Slug: c.Param("slug"), Name: in.Name, Size: in.Size, FirstSHA256: in.FirstSHA256})
	if err != nil {
		return nil, err
	}
	return a.readUpload(c, u.ID)
}

func (a *API) getUpload(c *gin.Context) (any, error) { return a.readUpload(c, c.Param("upload")) }

func (a *API) readUpload(c *gin.Context, id string) (any, error) {
	u, arrived, err := a.Shop.UploadedParts(c.Request.Context(), id)
	if err != nil {
		return nil, err
	}
	return uploadOf(u, arrived), nil
}

func (a *API) signParts(c *gin.Context) (any, error) {
	var in partsRequest
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	links, err := a.Shop.SignParts(c.Request.Context(), actor(c), c.Param("upload"), in.Numbers)
	if err != nil {
		return nil, err
	}
	return partLinks{each(links, func(l shop.PartLink) partLink { return partLink(l) })}, nil
}

func (a *API) completeUpload(c *gin.Context) (any, error) {
	var in completeRequest
	if err := decode(c, &in); err != nil {
		return nil, err
	}
	u, err := a.Shop.CompleteUpload(c.Request.Context(), actor(c), c.Param("upload"), in.Checksums)
	if err != nil {
		return nil, err
	}
	return uploadOf(u, nil), nil
}

func (a *API) abortUpload(c *gin.Context) (any, error) {
	if err := a.Shop.AbortUpload(c.Request.Context(), actor(c), c.Param("upload")); err != nil {
		return nil, err
	}
	return a.readUpload(c, c.Param("upload"))
}
