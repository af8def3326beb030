package web

import (
	"net/http"
	"strconv"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

// buyer is what the checkout form asks, as it was typed, and what the page sends along unseen.
type buyer struct {
	Email, Name, Organisation, PONumber string
	// Key is the same for each press of the button on one page, so that two presses make one order.
	Key string
}

type checkoutPage struct {
	frame
	Buyer    buyer
	Hint     string // the address that was probably meant by a mistyped one; empty when nothing looks mistyped
	Priced   shop.Priced
	Repriced []shop.CartItem // whose price is another one than the buyer has seen
	Trouble  *trouble
	Retry    bool // Stripe did not answer: pressing again goes on with the same order
}

// Total is what is to be paid before tax.
func (page checkoutPage) Total() shop.Money { return page.money(page.Priced.Total) }

// Price is what the licences of one line cost without gift.
func (page checkoutPage) Price(line shop.OrderLine) shop.Money {
	return page.money(int64(line.Quantity) * line.Price())
}

// Support is what the titles hold above their prices.
func (page checkoutPage) Support() shop.Money { return page.money(page.Priced.Support()) }

// Donation is what is given beside the titles.
func (page checkoutPage) Donation() shop.Money { return page.money(page.Priced.Donation) }

// Wrong says what is wrong with a field; empty when nothing is.
func (page checkoutPage) Wrong(field string) string {
	if page.Trouble == nil {
		return ""
	}
	return page.Trouble.Fields[field]
}

func (page checkoutPage) money(amount int64) shop.Money {
	return shop.Money{Amount: amount, Currency: page.Priced.Currency}
}

// checkoutForm asks who buys. A cart that cannot be bought as it is says why on its own page.
func (p *Pages) checkoutForm(c *gin.Context) {
	cart, err := p.browsersCart(c)
	if err != nil {
		p.fail(c, err)
		return
	}
	priced, err := shop.Price(cart)
	if err != nil {
		seeOther(c, "/cart")
		return
	}
	p.show(c, http.StatusOK, "checkout", p.checkoutPage(c, p.lastTyped(c), cart, priced))
}

// lastTyped is what was filled in for an order of this browser's cart that was not paid, under a new key.
func (p *Pages) lastTyped(c *gin.Context) buyer {
	by := buyer{Key: shop.NewSecret()}
	if o, _ := p.latestOrder(c); o.ID != "" && !o.IsPaid() {
		by.Email, by.Name, by.Organisation, by.PONumber = o.Email, o.Name, o.Organisation, o.PONumber
	}
	return by
}

func (p *Pages) checkoutPage(c *gin.Context, by buyer, cart shop.Cart, priced shop.Priced) checkoutPage {
	page := checkoutPage{
		frame: frame{Title: p.words(c).Say("Checkout"), Here: "/checkout", Current: "cart", Private: true}, Buyer: by, Priced: priced,
	}
	for _, item := range cart.Items {
		if item.Repriced() {
			page.Repriced = append(page.Repriced, item)
		}
	}
	return page
}

// checkout makes the order and leads to the payment page, or to the order when there is nothing to pay.
func (p *Pages) checkout(c *gin.Context) {
	by := buyer{
		Email: c.PostForm("email"), Name: c.PostForm("name"), Organisation: c.PostForm("organisation"),
		PONumber: c.PostForm("po_number"), Key: c.PostForm("key"),
	}
	hint := shop.SuggestEmail(by.Email)
	switch {
	case c.PostForm("take") != "":
		by.Email, hint = c.PostForm("take"), ""
	case hint != "" && c.PostForm("sure") != by.Email:
		p.checkoutAgain(c, by, hint, nil) // asked once; whoever goes on as it is, is right
		return
	}
	done, err := p.placeOrder(c, by)
	if err != nil {
		p.checkoutAgain(c, by, hint, err)
		return
	}
	p.rememberOrder(c, done.Token)
	if done.PaymentURL != "" {
		seeOther(c, done.PaymentURL)
		return
	}
	seeOther(c, "/orders/"+done.Token)
}

func (p *Pages) placeOrder(c *gin.Context, from buyer) (shop.CheckedOut, error) {
	total, err := strconv.ParseInt(c.PostForm("expected_total"), 10, 64)
	if err != nil {
		return shop.CheckedOut{}, errFormBroken.Because(err)
	}
	by, err := p.homeClient(c)
	if err != nil {
		return shop.CheckedOut{}, err
	}
	request := shop.CheckoutRequest{
		CartID: cartID(c), Email: from.Email, Name: from.Name, Organisation: from.Organisation, PONumber: from.PONumber,
		IdempotencyKey: from.Key, ExpectedTotal: &total, Language: p.words(c).Language, By: by,
	}
	_, request.Latest = p.latestOrder(c)
	done, err := p.Shop.Checkout(c.Request.Context(), request)
	if shop.AsError(err) != nil && shop.AsError(err).Code == "idempotency_key_reused" {
		// The buyer went back and corrected the form: a new press, not a repeated one.
		request.IdempotencyKey = shop.NewSecret()
		return p.Shop.Checkout(c.Request.Context(), request)
	}
	return done, err
}

// checkoutAgain shows the form as it was sent, with what went wrong or looks wrong, and today's total.
func (p *Pages) checkoutAgain(c *gin.Context, by buyer, hint string, cause error) {
	status := http.StatusUnprocessableEntity
	if cause != nil {
		status = statusOf(cause)
	}
	trouble := p.tell(c, cause)
	cart, err := p.browsersCart(c)
	if err != nil {
		p.fail(c, err)
		return
	}
	priced, err := shop.Price(cart)
	if err != nil {
		p.showCart(c, status, cartPage{Trouble: trouble})
		return
	}
	if shop.IsKind(cause, shop.Conflict) {
		by.Key = shop.NewSecret()
	}
	page := p.checkoutPage(c, by, cart, priced)
	page.Title = p.words(c).Say("Please check: %s", page.Title)
	page.Hint, page.Trouble, page.Retry = hint, trouble, shop.IsKind(cause, shop.Unavailable)
	p.show(c, status, "checkout", page)
}
