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
	Words   stateWords
	Titles  []ownedTitle
	CanPay  bool // the payment page is still open
	Trouble *trouble
}

// A browser asks again after so many seconds while an order waits: for a card, and for a bank that takes days.
const (
	reloadForCard = 5
	reloadForBank = 60
)

// ownedTitle is one product's files under one line of the order.
type ownedTitle struct {
	Product shop.Product // as far as its cover needs it
	Line    shop.OrderLine
	Edition int
	State   shop.EntitlementState
	Files   []shop.OwnedFile
}

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

// Underway reports whether the money is on its way from a bank, so that nobody should pay again.
func (page orderPage) Underway() bool { return underway(page.Order) }

func underway(o shop.Order) bool {
	return o.Status == shop.Pending && o.SessionState == shop.SessionProcessing
}

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
	titles, err := p.ownedTitles(c, o)
	if err != nil {
		p.fail(c, err)
		return
	}
	page := orderPage{
		frame: frame{Title: p.words(c).Say("Order %s", o.Number), Here: c.Request.URL.Path, Private: true}, Token: c.Param("token"), Order: o,
		Words: wordsFor(o), Titles: titles, Trouble: p.tell(c, cause),
		CanPay: p.canPay(o),
	}
	switch {
	case underway(o):
		page.Reload = reloadForBank
	case o.Status == shop.Pending && o.PaymentURL != "":
		page.Reload = reloadForCard
	}
	c.Header("Referrer-Policy", "no-referrer")
	c.Header("X-Robots-Tag", "noindex")
	p.show(c, status, "order", page)
}

func (p *Pages) canPay(o shop.Order) bool {
	usable := o.SessionState == shop.SessionOpen || o.SessionState == shop.SessionNone
	return o.Status == shop.Pending && usable && o.PaymentURL != "" && p.Now().Before(o.ExpiresAt)
}

// ownedTitles groups an order's files by line and title, in the order in which they come.
func (p *Pages) ownedTitles(c *gin.Context, o shop.Order) ([]ownedTitle, error) {
	if len(o.Entitlements) == 0 {
		return nil, nil // not paid: browsers ask for this page again and again
	}
	files, err := p.Store.OwnedFiles(c.Request.Context(), o.ID)
	if err != nil {
		return nil, err
	}
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
		titles = append(titles, ownedTitle{
			Product: ownedProduct(file), Line: lines[file.LineID], Edition: file.EditionNumber, State: file.State, Files: []shop.OwnedFile{file},
		})
	}
	return titles, nil
}

// ownedProduct is as much of a file's handbook as its cover needs.
func ownedProduct(file shop.OwnedFile) shop.Product {
	return shop.Product{
		ID: file.ProductID, Slug: file.ProductSlug, Kind: file.ProductKind, Title: file.ProductTitle, Subtitle: file.ProductSubtitle,
		Distinguishers: file.ProductDistinguishers, Editions: []shop.Edition{{Number: file.EditionNumber}},
	}
}

// stateWords say what an order's state means for its owner.
type stateWords struct {
	Tone  string // good, warn or bad
	Name  string
	Title string
	Text  string
}

func wordsFor(o shop.Order) stateWords {
	refunded := o.Money(o.RefundedAmount()).String()
	if o.TitlesAreFree() && (o.Status == shop.Refunded || o.Status == shop.Disputed || o.Status == shop.Lost) {
		return stateWords{"warn", "Gift taken back", "Your gift does not reach us, and your handbooks stay yours.",
			"The titles of this order cost nothing, so you keep them whatever becomes of what you gave beside them."}
	}
	switch o.Status {
	case shop.Paid:
		words := stateWords{"good", "Paid", "Thank you. Your handbooks are ready.",
			"This page is yours: the link never expires, and new editions appear here. We send it, with the receipt, to " + o.Email + "."}
		if o.Due() == 0 {
			words.Name = "Free of charge"
		}
		return words
	case shop.PartiallyRefunded:
		return stateWords{"warn", "Partly refunded", "Part of this order was refunded.",
			refunded + " went back to the card or account that you paid with; banks take 5 to 10 days to show it. Titles that were refunded cannot be downloaded any more; the others stay yours."}
	case shop.Refunded:
		return stateWords{"warn", "Refunded", "This order was refunded.",
			refunded + " went back to the card or account that you paid with; banks take 5 to 10 days to show it. Its titles cannot be downloaded any more."}
	case shop.Disputed:
		return stateWords{"warn", "Payment disputed", "Your downloads are paused.",
			"The bank of the card asked for the money back, and has not decided yet. If that was a mistake, tell your bank, or write to us: your downloads come back by themselves when the dispute is withdrawn or decided for us."}
	case shop.Lost:
		return stateWords{"bad", "Payment taken back", "The payment of this order was taken back.",
			"The bank decided for the holder of the card, and the money went back. You owe us nothing, and the titles of this order cannot be downloaded any more."}
	case shop.Expired:
		return stateWords{"bad", "Not paid", "This order was not paid in time.",
			"Nothing was charged, and the order is closed. Your cart is kept, so that you can order again."}
	case shop.Canceled:
		return stateWords{"bad", "Not paid", "This order was closed without being paid.",
			"Nothing was charged: the payment did not go through, or you ordered again in another window. Your cart is kept, so that you can order again."}
	case shop.Review:
		return stateWords{"warn", "Being checked", "We are checking your payment.",
			"Money came in, but not the amount of this order, so nothing is unlocked yet. A person looks at it and writes to " + o.Email + ". Please do not pay again."}
	default:
		return wordsForPending(o)
	}
}

func wordsForPending(o shop.Order) stateWords {
	switch {
	case underway(o):
		return stateWords{"warn", "Bank payment under way", "Your bank is sending the money.",
			"This takes up to a few working days; you get a mail when it is there. Please do not pay again."}
	case o.PaymentURL == "":
		return stateWords{"warn", "Not paid", "This order is not paid yet.",
			"Its payment could not be started, and nothing was charged. Your cart is kept: go there and try again."}
	default:
		return stateWords{"warn", "Waiting for payment", "We are confirming your payment.",
			"This takes a few seconds as a rule, and the page updates by itself. You may close it: as soon as the payment is confirmed, we send the link to your downloads to " + o.Email + "."}
	}
}
