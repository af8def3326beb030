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
	Buyer   buyer
	Priced  shop.Priced
	Trouble *trouble
	Retry   bool // Stripe did not answer: pressing again goes on with the same order
}

// Total is what is to be paid before tax.
func (page checkoutPage) Total() shop.Money { return page.money(page.Priced.Total) }

// Line is what one line comes to.
func (page checkoutPage) Line(line shop.OrderLine) shop.Money { return page.money(line.Total) }

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
	p.show(c, http.StatusOK, "checkout", checkoutPage{frame: p.checkoutFrame(c), Buyer: buyer{Key: shop.NewSecret()}, Priced: priced})
}

func (p *Pages) checkoutFrame(c *gin.Context) frame {
	return frame{Title: p.words(c).Say("Checkout"), Here: "/checkout", Current: "cart", Private: true}
}

// checkout makes the order and leads to the payment page, or to the order when there is nothing to pay.
func (p *Pages) checkout(c *gin.Context) {
	by := buyer{
		Email: c.PostForm("email"), Name: c.PostForm("name"), Organisation: c.PostForm("organisation"),
		PONumber: c.PostForm("po_number"), Key: c.PostForm("key"),
	}
	done, err := p.placeOrder(c, by)
	switch {
	case err != nil:
		p.checkoutAgain(c, by, err)
	case done.PaymentURL != "":
		seeOther(c, done.PaymentURL)
	default:
		seeOther(c, "/orders/"+done.Token)
	}
}

func (p *Pages) placeOrder(c *gin.Context, by buyer) (shop.CheckedOut, error) {
	total, err := strconv.ParseInt(c.PostForm("expected_total"), 10, 64)
	if err != nil {
		return shop.CheckedOut{}, errFormBroken.Because(err)
	}
	request := shop.CheckoutRequest{
		CartID: cartID(c), Email: by.Email, Name: by.Name, Organisation: by.Organisation, PONumber: by.PONumber,
		IdempotencyKey: by.Key, ExpectedTotal: &total, Language: p.words(c).Language,
	}
	done, err := p.Shop.Checkout(c.Request.Context(), request)
	if shop.AsError(err) != nil && shop.AsError(err).Code == "idempotency_key_reused" {
		// The buyer went back and corrected the form: a new press, not a repeated one.
		request.IdempotencyKey = shop.NewSecret()
		return p.Shop.Checkout(c.Request.Context(), request)
	}
	return done, err
}

// checkoutAgain shows the form as it was sent, with what went wrong and today's total.
func (p *Pages) checkoutAgain(c *gin.Context, by buyer, cause error) {
	status := statusOf(cause)
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
	page := checkoutPage{frame: p.checkoutFrame(c), Buyer: by, Priced: priced, Trouble: trouble, Retry: shop.IsKind(cause, shop.Unavailable)}
	page.Title = "Please check: " + page.Title
	p.show(c, status, "checkout", page)
}
