package web

import (
	"net/http"
	"strconv"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// libraryOrders is how many orders stand on one page of a library.
const libraryOrders = 10

// askPage asks for the e-mail address, and says what comes next once it was given.
type askPage struct {
	frame
	Email   string // as it was typed
	Asked   bool
	Trouble *trouble
}

// Wrong says what is wrong with the address; empty when nothing is.
func (page askPage) Wrong() string {
	if page.Trouble == nil {
		return ""
	}
	return page.Trouble.Fields["email"]
}

type libraryPage struct {
	frame
	Email      string
	Orders     []libraryOrder
	Total      int // orders
	Page       int
	Newer      int // page before; 0 where there is none
	Older      int // page after; 0 where there is none
	Everything archiveBox
	Trouble    *trouble
}

// libraryOrder is one order as the library shows it.
type libraryOrder struct {
	Order  shop.Order
	Token  string
	State  orderState
	Titles []ownedTitle
}

// library shows the orders of whoever is signed in, and asks everybody else for their address.
func (p *Pages) library(c *gin.Context) { p.showLibrary(c, nil) }

func (p *Pages) showLibrary(c *gin.Context, cause error) {
	withinSite(c)
	ctx, owner, err := p.session(c)
	switch {
	case err != nil:
		p.fail(c, err)
		return
	case owner == "":
		p.ask(c, http.StatusOK, askPage{})
		return
	}
	if err := p.stayIn(c, ctx); err != nil {
		p.fail(c, err)
		return
	}
	page, err := p.libraryOf(c, owner)
	if err != nil {
		p.fail(c, err)
		return
	}
	status := http.StatusOK
	if cause != nil {
		status, page.Trouble = statusOf(cause), p.tell(c, cause)
	}
	p.show(c, status, "library", page)
}

// libraryOf reads one page of the library of an address.
func (p *Pages) libraryOf(c *gin.Context, owner string) (libraryPage, error) {
	number, err := strconv.Atoi(c.Query("page"))
	if err != nil || number < 1 {
		number = 1
	}
	page := libraryPage{
		frame: frame{Title: p.words(c).Say("Your library"), Here: "/library", Current: "library", Private: true}, Email: owner, Page: number, Newer: number - 1,
	}
	read, err := p.Store.LibraryOrders(c.Request.Context(), shop.LibraryQuery{Email: owner, Page: number, Limit: libraryOrders})
	if err != nil {
		return page, err
	}
	files, err := p.Store.LibraryFiles(c.Request.Context(), owner)
	if err != nil {
		return page, err
	}
	byOrder := map[string][]shop.OwnedFile{}
	for _, file := range files {
		byOrder[file.OrderID] = append(byOrder[file.OrderID], file)
	}
	for _, o := range read.Orders {
		token, err := p.Shop.OrderToken(o)
		if err != nil {
			return page, err
		}
		titles := groupByTitle(o, token, byOrder[o.ID])
		if err := p.addBought(c, o, titles); err != nil {
			return page, err
		}
		page.Orders = append(page.Orders, libraryOrder{Order: o, Token: token, State: stateOf(p.words(c), o), Titles: titles})
	}
	page.Total = read.Total
	if number*libraryOrders < read.Total {
		page.Older = number + 1
	}
	page.Everything = archiveBox{Action: "/library/archive", Offer: shop.OfferArchive(files)}
	return page, nil
}

// ask shows the form.
func (p *Pages) ask(c *gin.Context, status int, page askPage) {
	page.frame = frame{Title: p.words(c).Say("Your library"), Here: "/library", Current: "library", Private: true}
	p.show(c, status, "library_ask", page)
}

// requestLibrary has the link mailed. Its answer is the same for every address, whether we know it or not.
func (p *Pages) requestLibrary(c *gin.Context) {
	withinSite(c)
	email := c.PostForm("email")
	if err := p.Shop.RequestLibraryLink(c.Request.Context(), email, p.words(c).Language); err != nil {
		p.ask(c, statusOf(err), askPage{Email: email, Trouble: p.tell(c, err)})
		return
	}
	p.ask(c, http.StatusOK, askPage{Email: email, Asked: true})
}

type enterPage struct {
	frame
	Token string
	Email string
}

// libraryLink asks for a press of the button: those who only follow links, as mail scanners do, use none up.
func (p *Pages) libraryLink(c *gin.Context) {
	withinSite(c)
	email, err := p.Shop.LibraryLink(c.Request.Context(), c.Param("token"))
	if err != nil {
		p.deadLink(c, err)
		return
	}
	p.show(c, http.StatusOK, "library_enter", enterPage{
		frame: frame{Title: p.words(c).Say("Open your library"), Here: c.Request.URL.Path, Current: "library", Private: true}, Token: c.Param("token"), Email: email,
	})
}

// enterLibrary uses the link up and opens the library in this browser.
func (p *Pages) enterLibrary(c *gin.Context) {
	withinSite(c)
	email, err := p.Shop.EnterLibrary(c.Request.Context(), c.Param("token"))
	if err != nil {
		p.deadLink(c, err)
		return
	}
	if err := p.signIn(c, email); err != nil {
		p.fail(c, err)
		return
	}
	c.Header("Cache-Control", "private, no-store")
	seeOther(c, "/library")
}

// deadLink says why a link opens nothing, above the form for a new one. Whoever is signed in needs none.
func (p *Pages) deadLink(c *gin.Context, cause error) {
	_, owner, err := p.session(c)
	if err == nil && owner != "" && shop.IsKind(cause, shop.Gone) {
		seeOther(c, "/library")
		return
	}
	if !shop.IsKind(cause, shop.Gone) && !shop.IsKind(cause, shop.NotFound) {
		p.fail(c, cause)
		return
	}
	p.ask(c, statusOf(cause), askPage{Trouble: p.tell(c, cause)})
}

// leaveLibrary signs out. Nothing of the orders stays in the browser, which others may use.
func (p *Pages) leaveLibrary(c *gin.Context) {
	if err := p.signOut(c); err != nil {
		p.fail(c, err)
		return
	}
	p.forget(c, orderCookie)
	p.forget(c, browserCookie)
	c.Header("Cache-Control", "private, no-store")
	seeOther(c, "/library")
}

// toLibrary answers whoever asks for the address of one of the library's forms.
func toLibrary(c *gin.Context) { seeOther(c, "/library") }
