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
	Trouble *trouble
	// Wrong is the variant whose quantity cannot be, with what was typed.
	Wrong, Typed string
}

// Total is what the sold titles come to before tax.
func (page cartPage) Total() shop.Money {
	return shop.Money{Amount: page.Priced.Total, Currency: page.Priced.Currency}
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

func (p *Pages) cart(c *gin.Context) { p.showCart(c, http.StatusOK, cartPage{}) }

// showCart fills the page with the cart as it is now.
func (p *Pages) showCart(c *gin.Context, status int, page cartPage) {
	cart, err := p.browsersCart(c)
	if err != nil {
		p.fail(c, err)
		return
	}
	page.frame = frame{Title: p.words(c).Say("Your cart"), Here: "/cart", Current: "cart", Private: true}
	page.Cart = cart
	var sold shop.Cart
	for _, item := range cart.Items {
		if item.Unsold() != "" {
			page.Unsold = true
			continue
		}
		sold.Items = append(sold.Items, item)
		if item.Variant.ID == c.Query("added") {
			page.Added = item.Product.Title
		}
	}
	if len(sold.Items) > 0 {
		if page.Priced, err = shop.Price(sold); err != nil && page.Trouble == nil {
			page.Trouble = p.tell(c, err)
		}
	}
	p.show(c, status, "cart", page)
}

func toCart(c *gin.Context) { seeOther(c, "/cart") }

// returnToCart is the way back from the payment page. Whoever knows a cart's id can change it, and the
// address may come from anybody: so a browser with something in a cart of its own keeps that one, and any
// other gets a copy under an id that nobody else knows.
func (p *Pages) returnToCart(c *gin.Context) {
	id := c.Param("id")
	if id == cartID(c) {
		seeOther(c, "/cart")
		return
	}
	own, err := p.browsersCart(c)
	if err == nil && len(own.Items) == 0 {
		err = p.copyCart(c, id)
	}
	if err != nil {
		p.fail(c, err)
		return
	}
	seeOther(c, "/cart")
}

// copyCart gives the browser a new cart with what is still sold of that one.
func (p *Pages) copyCart(c *gin.Context, id string) error {
	ctx := c.Request.Context()
	from, err := p.Store.Cart(ctx, id)
	if err != nil {
		return err
	}
	to, err := p.Store.CreateCart(ctx)
	if err != nil {
		return err
	}
	for _, item := range from.Items {
		_, err := p.Store.SetCartItem(ctx, to.ID, item.Variant.ID, item.Quantity)
		if err != nil && !errors.Is(err, shop.ErrVariantNotFound) {
			return err
		}
	}
	p.rememberCart(c, to.ID)
	return nil
}

// addToCart puts a licence into the browser's cart, which is made with the first one.
func (p *Pages) addToCart(c *gin.Context) {
	ctx, variant := c.Request.Context(), c.PostForm("variant")
	quantity, err := readQuantity(c.DefaultPostForm("quantity", "1"))
	if err != nil {
		p.fail(c, err)
		return
	}
	id := cartID(c)
	if id != "" {
		_, err = p.Store.AddCartItem(ctx, id, variant, quantity)
	}
	if id == "" || errors.Is(err, shop.ErrCartNotFound) {
		id, err = p.startCart(c, variant, quantity)
	}
	if err != nil {
		p.showCart(c, statusOf(err), cartPage{Trouble: p.tell(c, err)})
		return
	}
	p.rememberCart(c, id)
	seeOther(c, "/cart?added="+url.QueryEscape(variant))
}

func (p *Pages) startCart(c *gin.Context, variant string, quantity int) (id string, err error) {
	cart, err := p.Store.CreateCart(c.Request.Context())
	if err != nil {
		return "", err
	}
	_, err = p.Store.AddCartItem(c.Request.Context(), cart.ID, variant, quantity)
	return cart.ID, err
}

func (p *Pages) changeQuantity(c *gin.Context) {
	variant, typed := c.Param("variant"), strings.TrimSpace(c.PostForm("quantity"))
	quantity, err := readQuantity(typed)
	if err == nil {
		_, err = p.Store.SetCartItem(c.Request.Context(), cartID(c), variant, quantity)
	}
	if err != nil {
		p.showCart(c, statusOf(err), cartPage{Trouble: p.tell(c, err), Wrong: variant, Typed: typed})
		return
	}
	seeOther(c, "/cart")
}

func (p *Pages) removeFromCart(c *gin.Context) {
	if _, err := p.Store.RemoveCartItem(c.Request.Context(), cartID(c), c.Param("variant")); err != nil {
		p.showCart(c, statusOf(err), cartPage{Trouble: p.tell(c, err)})
		return
	}
	seeOther(c, "/cart")
}

// readQuantity reads a quantity as a person types it.
func readQuantity(text string) (int, error) {
	quantity, err := strconv.Atoi(text)
	if err != nil {
		quantity = 0 // no number: refused in the same words as one that is out of range
	}
	return quantity, shop.CheckQuantity(quantity)
}
