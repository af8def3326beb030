package api

import (
	"io"
	"net/http"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// StaffPeopleStore is what the API about the persons that the shop knows of reads.
type StaffPeopleStore interface{}

func (a *API) peopleRoutes() []StaffRoute {
	return []StaffRoute{
		{http.MethodGet, "/people/export", shop.ManagePeople, http.StatusOK, a.exportPerson},
		{http.MethodPost, "/people/erase", shop.ManagePeople, http.StatusOK, a.erasePerson},
	}
}

func (a *API) exportPerson(c *gin.Context) (any, error) {
	write, err := a.Shop.ExportPerson(c.Request.Context(), actor(c), c.Query("email"))
	if err != nil {
		return nil, err
	}
	c.Header("Content-Disposition", `attachment; filename="person.json"`)
	return stream(write), nil
}

// stream is a body that is written as it is read, instead of being put together first.
type stream func(io.Writer) error

// eraseRequest asks for a person to be erased.
type eraseRequest struct {
	Email   string `json:"email"`
	Confirm string `json:"confirm"`
}

// erased says what a person was erased from.
type erased struct {
	Orders int       `json:"orders"`
	Held   []holding `json:"held"`
}

type holding struct {
	What string `json:"what"`
	Rows int    `json:"rows"`
}

func (a *API) erasePerson(c *gin.Context) (any, error) {
	var r eraseRequest
	if err := decode(c, &r); err != nil {
		return nil, err
	}
	e, err := a.Shop.ErasePerson(c.Request.Context(), actor(c), r.Email, r.Confirm)
	if err != nil {
		return nil, err
	}
	return erased{e.Orders, each(e.Holdings, func(h shop.Holding) holding { return holding{h.What, h.Rows} })}, nil
}
