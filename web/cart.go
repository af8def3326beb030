package web

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"bookroom/shop"

	"github.com/gin-gonic/gin"
)

type cartPage struct {
	frame
	Cart    shop.Cart
	Priced  shop.Priced // of what is sold
	Unsold  bool        // something in the cart has to be taken out first
	Added   string      // the title that was just put in
	Alike   int         // how many licences of it hold a gift by now, the same each; zero for one alone
	Link    string      // what became of a cart that was opened by link: "copied" or "kept"; empty otherwise
	Latest  latest
	Presets []shop.Money // donations that are offered
	Address string       // by which the cart can be copied to another device
	Trouble *trouble
	Typed   typed
}

// typed is what was wrong in a form of the cart, so that it comes back as it was.
type typed struct {
	Variant          string // whose form it was; empty for the donation
	Field            string // that is wrong: "quantity", "amount" or "donation"
	Quantity, Amount string
}

// latest is what the cart says of the order that was placed from it in this browser.
type latest struct {
	Order shop.Order
	Token string
}

// Paid reports whether the order was paid and the cart left alone since.
func (l latest) Paid() bool { return l.Order.Status == shop.Paid }

// Underway reports whether the order's money is on its way from a bank.
func (l latest) Underway() bool { return l.Order.Underway() }

// Unpaid reports whether the buyer came back from a payment page that can still be used.
func (l latest) Unpaid() bool { return l.Order.PageIsOpen() }

// Total is what the sold titles and the donation come to before tax.
func (page cartPage) Total() shop.Money { return page.money(page.Priced.Total) }

// Support is what the titles hold above their prices.
func (page cartPage) Support() shop.Money { return page.money(page.Priced.Support()) }

// Titles is what the titles cost without gifts.
func (page cartPage) Titles() shop.Money {
	return page.money(page.Priced.Subtotal - page.Priced.Support() - page.Priced.Donation)
}

func (page cartPage) money(amount int64) shop.Money {
	return shop.Money{Amount: amount, Currency: page.Priced.Currency}
}

// Wrong reports whether that field of a title's form is what is wrong.
func (page cartPage) Wrong(variant, field string) bool {
	return page.Trouble != nil && page.Typed.Variant == variant && page.Typed.Field == field
}

// Quantity is the number in a title's form: as it was typed, where that could not be.
func (page cartPage) Quantity(item shop.CartItem) string {
	if page.Typed.Variant == item.Variant.ID {
		return page.Typed.Quantity
	}
	return strconv.Itoa(item.Quantity)
}

// Amount is the amount in a title's form, likewise.
func (page cartPage) Amount(item shop.CartItem) string {
	if page.Typed.Variant == item.Variant.ID {
		return page.Typed.Amount
	}
	return item.Unit().Decimal()
}

// browsersCart reads the cart of this browser. A browser without one, or whose cart was cleared away,
// has an empty cart.
func (p *Pages) browsersCart(c *gin.Context) (shop.Cart, error) {
	id := cartID(c)
	if id == "" {
		return shop.Cart{}, nil
	}
	cart, err := p.Store.Cart(c.Request.Context(), id)
	if errors.Is(err, shop.ErrCartNotFound) {
		return shop.Cart{}, nil
	}
	return cart, err
}

func (p *Pages) cart(c *gin.Context) { p.showCart(c, http.StatusOK, cartPage{Link: c.Query("link")}) }

// showCart fills the page with the cart as it is now.
func (p *Pages) showCart(c *gin.Context, status int, page cartPage) {
	cart, err := p.browsersCart(c)
	if err != nil {
		p.fail(c, err)
		return
	}
	page.frame = frame{Title: p.words(c).Say("Your cart"), Here: "/cart", Current: "cart", Private: true}
	page.Cart, page.Address = cart, p.Shop.CartCopyURL(cart.ID)
	page.Latest.Order, page.Latest.Token = p.latestOrder(c)
	if cart.UpdatedAt.After(page.Latest.Order.UpdatedAt) && !page.Latest.Unpaid() {
		page.Latest = latest{} // something else is being bought by now
	}
	sold := shop.Cart{Donation: cart.Donation}
	for _, item := range cart.Items {
		if !item.Sold() {
			page.Unsold = true
			continue
		}
		sold.Items = append(sold.Items, item)
		if item.Variant.ID == c.Query("added") {
			page.Added = item.Product.Title
			if item.Quantity > 1 && item.Support().Amount > 0 {
				page.Alike = item.Quantity
			}
		}
	}
	if len(sold.Items) > 0 {
		if page.Priced, err = shop.Price(sold); err != nil && page.Trouble == nil {
			page.Trouble = p.tell(c, err)
		}
	}
	for _, amount := range shop.GiftPresets() {
		page.Presets = append(page.Presets, shop.Money{Amount: amount, Currency: cart.Currency()})
	}
	p.show(c, status, "cart", page)
}

func toCart(c *gin.Context) { seeOther(c, "/cart") }

type cartCopyPage struct {
	frame
	Token    string
	Licences int
}

// cartLink is the way back from the payment page, and the way to another device. The address may come from
// anybody: a browser with something in a cart of its own keeps that one, and any other is asked first.
func (p *Pages) cartLink(c *gin.Context) {
	withinSite(c)
	id, ok := p.linkedCart(c)
	if !ok {
		return
	}
	cart, err := p.Store.Cart(c.Request.Context(), id)
	if err != nil {
		p.fail(c, err)
		return
	}
	page := cartCopyPage{frame: frame{Title: p.words(c).Say("Copy this cart?"), Here: c.Request.URL.Path, Current: "cart", Private: true}, Token: c.Param("token")}
	for _, item := range cart.Items {
		page.Licences += item.Quantity
	}
	p.show(c, http.StatusOK, "cart_copy", page)
}

// takeCart gives this browser a copy, under an id that nobody else knows.
func (p *Pages) takeCart(c *gin.Context) {
	id, ok := p.linkedCart(c)
	if !ok {
		return
	}
	copied, err := p.Store.CopyCart(c.Request.Context(), id)
	if err != nil {
		p.fail(c, err)
		return
	}
	p.rememberCart(c, copied.ID)
	seeOther(c, "/cart?link=copied")
}

// linkedCart is the id of the cart that a link is for. Where there is nothing to copy the request is
// answered: the cart is this browser's own, or the browser has something in another one, or there is none.
func (p *Pages) linkedCart(c *gin.Context) (id string, ok bool) {
	id, err := p.Shop.CartToCopy(c.Param("token"))
	if err != nil {
		p.fail(c, err)
		return "", false
	}
	if id == cartID(c) {
		seeOther(c, "/cart")
		return "", false
	}
	own, err := p.browsersCart(c)
	if err != nil {
		p.fail(c, err)
		return "", false
	}
	if len(own.Items) > 0 {
		seeOther(c, "/cart?link=kept")
		return "", false
	}
	return id, true
}

// addToCart puts a licence into the browser's cart, which is made with the first one.
func (p *Pages) addToCart(c *gin.Context) {
	choice := shop.CartChoice{VariantID: c.PostForm("variant")}
	var err error
	if choice.Quantity, err = readQuantity(c.DefaultPostForm("quantity", "1")); err != nil {
		p.fail(c, err)
		return
	}
	if typed := strings.TrimSpace(c.PostForm("amount-" + choice.VariantID)); typed != "" {
		product, err := p.Store.Product(c.Request.Context(), c.PostForm("product"))
		if err != nil {
			p.fail(c, err)
			return
		}
		shown := c.PostForm("price-" + choice.VariantID)
		if choice.Amount, err = readAmount(typed, shown, product.Variant(choice.VariantID)); err != nil {
			p.productAgain(c, product, err, choice.VariantID, typed)
			return
		}
	}
	id, err := p.putIntoCart(c, choice)
	if err != nil {
		p.showCart(c, statusOf(err), cartPage{Trouble: p.tell(c, err)})
		return
	}
	p.rememberCart(c, id)
	seeOther(c, "/cart?added="+url.QueryEscape(choice.VariantID))
}

// putIntoCart returns the id of the cart that has it now.
func (p *Pages) putIntoCart(c *gin.Context, choice shop.CartChoice) (string, error) {
	ctx := c.Request.Context()
	if id := cartID(c); id != "" {
		_, err := p.Store.AddCartItem(ctx, id, choice)
		if !errors.Is(err, shop.ErrCartNotFound) {
			return id, err
		}
	}
	cart, err := p.Store.CreateCart(ctx)
	if err != nil {
		return "", err
	}
	_, err = p.Store.AddCartItem(ctx, cart.ID, choice)
	return cart.ID, err
}

// changeItem takes the number of a licence, and what is to be paid for each where that is open.
func (p *Pages) changeItem(c *gin.Context) {
	as := typed{
		Variant: c.Param("variant"), Field: "quantity",
		Quantity: strings.TrimSpace(c.PostForm("quantity")), Amount: strings.TrimSpace(c.PostForm("amount")),
	}
	choice := shop.CartChoice{VariantID: as.Variant}
	var err error
	if choice.Quantity, err = readQuantity(as.Quantity); err == nil && as.Amount != "" {
		as.Field = "amount"
		choice.Amount, err = p.readItemAmount(c, as)
	}
	if err == nil {
		_, err = p.Store.SetCartItem(c.Request.Context(), cartID(c), choice)
	}
	if err != nil {
		p.showCart(c, statusOf(err), cartPage{Trouble: p.tell(c, err), Typed: as})
		return
	}
	seeOther(c, "/cart")
}

// readItemAmount reads the amount for a licence that is in the cart.
func (p *Pages) readItemAmount(c *gin.Context, as typed) (*int64, error) {
	cart, err := p.browsersCart(c)
	if err != nil {
		return nil, err
	}
	for _, item := range cart.Items {
		if item.Variant.ID == as.Variant {
			return readAmount(as.Amount, c.PostForm("price"), item.Variant)
		}
	}
	return nil, shop.ErrVariantNotFound
}

func (p *Pages) removeFromCart(c *gin.Context) {
	if _, err := p.Store.RemoveCartItem(c.Request.Context(), cartID(c), c.Param("variant")); err != nil {
		p.showCart(c, statusOf(err), cartPage{Trouble: p.tell(c, err)})
		return
	}
	seeOther(c, "/cart")
}

// giveDonation puts a donation into the cart, in the currency of its titles.
func (p *Pages) giveDonation(c *gin.Context) {
	as := typed{Field: "donation", Amount: strings.TrimSpace(c.PostForm("amount"))}
	if err := p.donate(c, as.Amount); err != nil {
		p.showCart(c, statusOf(err), cartPage{Trouble: p.tell(c, err), Typed: as})
		return
	}
	seeOther(c, "/cart#gift")
}

func (p *Pages) donate(c *gin.Context, text string) error {
	cart, err := p.browsersCart(c)
	if err != nil {
		return err
	}
	currency := cart.Currency()
	if currency == "" {
		return shop.ErrDonationAlone
	}
	donation, err := shop.ReadAmount(text, currency)
	if err != nil {
		return err
	}
	if err := cart.CheckDonation(donation.Amount); err != nil {
		return err
	}
	_, err = p.Store.SetDonation(c.Request.Context(), cart.ID, donation.Amount)
	return err
}

func (p *Pages) removeDonation(c *gin.Context) {
	if _, err := p.Store.SetDonation(c.Request.Context(), cartID(c), 0); err != nil {
		p.showCart(c, statusOf(err), cartPage{Trouble: p.tell(c, err)})
		return
	}
	seeOther(c, "/cart#gift")
}

// readQuantity reads a quantity as a person types it.
func readQuantity(text string) (int, error) {
	quantity, err := strconv.Atoi(text)
	if err != nil {
		quantity = 0 // no number: refused in the same words as one that is out of range
	}
	return quantity, shop.CheckQuantity(quantity)
}

// readAmount reads what a person types as the amount for one licence; nil when it is the price, today's or
// the one that the form was shown with: then nobody has chosen it.
func readAmount(text, shown string, variant shop.Variant) (*int64, error) {
	amount, err := shop.ReadAmount(text, variant.Price.Currency)
	if err != nil {
		return nil, err
	}
	if amount == variant.Price || amount.Decimal() == shown {
		return nil, nil
	}
	return &amount.Amount, variant.CheckAmount(amount.Amount)
}
