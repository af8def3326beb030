package web

import (
	"net/http"
	"slices"
	"time"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

type orderPage struct {
	frame
	Token   string
	Order   shop.Order
	State   orderState
	Titles  []ownedTitle
	Archive archiveBox
	CanPay  bool       // the payment page is still open
	Cart    string     // address that leads back to the order's cart
	Papers  *paperwork // nil before the order is paid
	Trouble *trouble
}

// A browser asks again after so many seconds while an order waits: for a card, and for a bank that takes days.
const (
	reloadForCard = 5
	reloadForBank = 60
)

// ownedTitle is one product's files under one line of an order.
type ownedTitle struct {
	Token   string       // of the order
	Product shop.Product // as far as its cover needs it
	Line    shop.OrderLine
	Edition int
	Newer   bool // the edition came out after the sale
	State   shop.EntitlementState
	Files   []shop.OwnedFile
	Bought  []shop.OwnedFile // those of the edition that was sold, where the page offers a newer one
}

// ownedFiles is a list of files under an order.
type ownedFiles struct {
	Token string // of the order
	Files []shop.OwnedFile
}

// ID tells the title from every other one on a page.
func (t ownedTitle) ID() string { return t.Line.ID + "-" + t.Product.ID }

// InBundle reports whether the title came as part of a bundle.
func (t ownedTitle) InBundle() bool { return t.Line.ProductID != t.Product.ID }

// Step is how far the buyer has come; 0 where there is no next step.
func (page orderPage) Step() int {
	switch page.Order.Status {
	case shop.Pending:
		return 2
	case shop.Paid:
		return 3
	default:
		return 0
	}
}

// Underway reports whether the order's money is on its way from a bank.
func (page orderPage) Underway() bool { return page.Order.Underway() }

// Downloads reports whether anything on the page can be downloaded.
func (page orderPage) Downloads() bool {
	return slices.ContainsFunc(page.Titles, func(t ownedTitle) bool { return t.State == shop.Active })
}

// Refunded is how much went back.
func (page orderPage) Refunded() shop.Money { return page.Order.Money(page.Order.RefundedAmount()) }

// Money prints an amount of the order.
func (page orderPage) Money(amount int64) shop.Money { return page.Order.Money(amount) }

// Net is what a line cost before tax and without gift.
func (page orderPage) Net(line shop.OrderLine) shop.Money {
	return page.Order.Money(int64(line.Quantity)*line.Price() - line.Discount)
}

// Support is what the lines hold above their prices.
func (page orderPage) Support() shop.Money { return page.Order.Money(page.Order.Support()) }

// Minus is the discount as the receipt subtracts it.
func (page orderPage) Minus() int64 { return -page.Order.Discount }

// Date is the day that stands on the receipt.
func (page orderPage) Date() time.Time {
	if page.Order.PaidAt.IsZero() {
		return page.Order.PlacedAt
	}
	return page.Order.PaidAt
}

// Wrong says what is wrong with a field of the invoice; empty when nothing is.
func (page orderPage) Wrong(field string) string {
	if page.Trouble == nil {
		return ""
	}
	return page.Trouble.Fields[field]
}

// toOrder answers whoever asks for the address of one of the order's forms.
func toOrder(c *gin.Context) { seeOther(c, "/orders/"+c.Param("token")) }

// order is the thank-you page, the download page and the receipt in one.
func (p *Pages) order(c *gin.Context) {
	o, err := p.Shop.RefreshOrder(c.Request.Context(), c.Param("token"))
	if err != nil {
		p.fail(c, err)
		return
	}
	p.showOrder(c, http.StatusOK, o, nil)
}

func (p *Pages) showOrder(c *gin.Context, status int, o shop.Order, cause error) {
	p.showOrderWith(c, status, o, cause, nil)
}

// showOrderWith is showOrder with what was typed into the form of the invoice, where that has to be mended.
func (p *Pages) showOrderWith(c *gin.Context, status int, o shop.Order, cause error, typed *shop.Billing) {
	secret(c)
	by, err := p.client(c)
	if err != nil {
		p.fail(c, err)
		return
	}
	known, err := p.Shop.Knows(c.Request.Context(), o, by)
	switch {
	case err != nil:
		p.fail(c, err)
		return
	case !known:
		p.showClosed(c, status, o, false)
		return
	}
	files, err := p.ownedFiles(c, o)
	if err != nil {
		p.fail(c, err)
		return
	}
	papers, err := p.paperworkOf(c, o, typed)
	if err != nil {
		p.fail(c, err)
		return
	}
	w, token := p.words(c), c.Param("token")
	titles := groupByTitle(o, token, files)
	if err := p.addBought(c, o, titles); err != nil {
		p.fail(c, err)
		return
	}
	page := orderPage{
		Papers: papers,
		frame:  frame{Title: w.Say("Order %s", o.Number), Here: "/orders/" + token, Private: true}, Token: token, Order: o,
		State: stateOf(w, o), Titles: titles, Trouble: p.tell(c, cause), CanPay: o.CanBePaid(p.Now()), Cart: p.Shop.CartCopyURL(o.CartID),
		Archive: archiveBox{Action: "/orders/" + token + "/archive", Offer: shop.OfferArchive(files)},
	}
	switch {
	case o.Underway():
		page.Reload = reloadForBank
	case o.Status == shop.Pending && o.PaymentURL != "":
		page.Reload = reloadForCard
	}
	p.show(c, status, "order", page)
}

// ownedFiles are an order's files in the order in which they are listed.
func (p *Pages) ownedFiles(c *gin.Context, o shop.Order) ([]shop.OwnedFile, error) {
	if len(o.Entitlements) == 0 {
		return nil, nil // not paid: browsers ask for this page again and again
	}
	return p.Store.OwnedFiles(c.Request.Context(), o.ID)
}

// addBought adds the files of the editions that were sold to titles that have newer ones.
func (p *Pages) addBought(c *gin.Context, o shop.Order, titles []ownedTitle) error {
	if !slices.ContainsFunc(titles, func(t ownedTitle) bool { return t.Newer }) {
		return nil
	}
	bought, err := p.Store.BoughtFiles(c.Request.Context(), o.ID)
	for _, file := range bought {
		for i := range titles {
			if titles[i].Line.ID == file.LineID && titles[i].Product.ID == file.ProductID {
				titles[i].Bought = append(titles[i].Bought, file)
			}
		}
	}
	return err
}

// groupByTitle groups an order's files by line and title, in the order in which they come.
func groupByTitle(o shop.Order, token string, files []shop.OwnedFile) []ownedTitle {
	lines := map[string]shop.OrderLine{}
	for _, line := range o.Lines {
		lines[line.ID] = line
	}
	var titles []ownedTitle
	for _, file := range files {
		if n := len(titles); n > 0 && titles[n-1].Line.ID == file.LineID && titles[n-1].Product.ID == file.ProductID {
			titles[n-1].Files = append(titles[n-1].Files, file)
			continue
		}
		line := lines[file.LineID]
		titles = append(titles, ownedTitle{
			Token: token, Product: ownedProduct(file), Line: line, Edition: file.EditionNumber, Newer: o.IsNewer(line, file),
			State: file.State, Files: []shop.OwnedFile{file},
		})
	}
	return titles
}

// ownedProduct is as much of a file's handbook as its cover needs.
func ownedProduct(file shop.OwnedFile) shop.Product {
	return shop.Product{
		ID: file.ProductID, Slug: file.ProductSlug, Kind: file.ProductKind, Title: file.ProductTitle, Subtitle: file.ProductSubtitle,
		Language:       file.ProductLanguage,
		Distinguishers: file.ProductDistinguishers, Editions: []shop.Edition{{Number: file.EditionNumber}},
	}
}
