package staff

import (
	"net/http"

	"bookroom/gate"
	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// PeopleStore is what the pages about the persons that the shop knows of read.
type PeopleStore interface{}

func (d *Desk) peopleRoutes() []Route {
	return []Route{
		get("/people", shop.ManagePeople, d.people),
		d.post("/people", shop.ManagePeople, d.person), // a form, so that no address stands in an address
		d.post("/people/export", shop.ManagePeople, d.exportPerson),
		d.post("/people/erase", shop.ManagePeople, d.erasePerson),
	}
}

type peoplePage struct {
	frame
	Email    string // as it was typed, or as it is kept once somebody was found
	Asked    bool
	Holdings []shop.Holding
	Confirm  string // as it was typed
}

// people asks for an address.
func (d *Desk) people(c *gin.Context) {
	page := peoplePage{frame: d.frame(c, "People", "/people")}
	if c.Query("done") == "erased" {
		page.Done = "The person is erased. Their orders stay, without a name."
	}
	d.show(c, http.StatusOK, "people", page)
}

// person shows what is held of an address.
func (d *Desk) person(c *gin.Context) {
	page := peoplePage{frame: d.frame(c, "People", "/people"), Email: c.PostForm("email")}
	d.showPerson(c, page, nil)
}

// showPerson shows what is held of the page's address, and what went wrong before if anything did.
func (d *Desk) showPerson(c *gin.Context, page peoplePage, before error) {
	email, holdings, err := d.Shop.PersonHoldings(c.Request.Context(), page.Email)
	if err == nil {
		page.Email, page.Holdings, page.Asked = email, holdings, true
		err = before
	}
	status := http.StatusOK
	if err != nil {
		page.Trouble, status = d.tell(c, err), statusOf(err)
	}
	d.show(c, status, "people", page)
}

// exportPerson hands everything that is held of an address to whoever looks.
func (d *Desk) exportPerson(c *gin.Context) {
	write, err := d.Shop.ExportPerson(c.Request.Context(), actor(c), c.PostForm("email"))
	if err != nil {
		d.fail(c, err)
		return
	}
	c.Header("Content-Type", "application/json")
	c.Header("Content-Disposition", `attachment; filename="person.json"`)
	c.Status(http.StatusOK)
	if err := write(c.Writer); err != nil {
		gate.Report(c, d.Log, shop.AsError(err))
		panic(http.ErrAbortHandler) // so that nobody takes a part for the whole
	}
}

// erasePerson erases the person whose address was typed twice.
func (d *Desk) erasePerson(c *gin.Context) {
	page := peoplePage{frame: d.frame(c, "People", "/people"), Email: c.PostForm("email"), Confirm: c.PostForm("confirm")}
	if _, err := d.Shop.ErasePerson(c.Request.Context(), actor(c), page.Email, page.Confirm); err != nil {
		d.showPerson(c, page, err)
		return
	}
	seeOther(c, "/people?done=erased")
}
