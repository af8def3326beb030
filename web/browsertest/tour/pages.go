package tour

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Page is a page of the shop in one of its states, and the way there.
type Page struct {
	Name   string
	way    []step
	status int  // of the answer, where it is not 200
	phone  bool // the state exists on narrow screens only
}

// Reached by these, whatever a page looks like.
const (
	add      = `form[action="/cart/items"] button`
	checkout = `a[href="/checkout"]`
	send     = `form[action="/checkout"] button:not([name])`
	amount   = `form[action="/cart/items"] input[name^=amount]`
	back     = `a[href*="/cart/"]` // on the payment page
	donate   = `form[action="/cart/donation"]:has(#donation) button`
	ask      = `main form:has([type=email]) button`
)

// Pages are all pages in all states.
func Pages() []Page {
	return []Page{
		{Name: "home", way: way(open("/"))},
		{Name: "catalog", way: way(open("/handbooks"))},
		{Name: "catalog-filtered", way: way(open("/handbooks?q=student&goal=communication&sort=title"))},
		{Name: "catalog-filters-open", way: way(open("/handbooks"), click(`button[popovertarget=facets]:not(#facets *)`)), phone: true},
		{Name: "catalog-of-a-subject", way: way(open("/handbooks?distinguisher=organization"))},
		{Name: "search-mistyped", way: way(open("/handbooks?q=advisry"))},
		{Name: "search-nothing-found", way: way(open("/handbooks?q=zzzz"))},
		{Name: "inside", way: way(open("/handbooks/inside"))},
		{Name: "inside-found", way: way(open("/handbooks/inside?q=exhibition"))},
		{Name: "inside-nothing-found", way: way(open("/handbooks/inside?q=zzzz"))},
		{Name: "product", way: way(open("/handbooks/" + Handbook))},
		{Name: "product-bundle", way: way(open("/handbooks/" + Bundle))},
		{Name: "product-free", way: way(open("/handbooks/" + Free))},
		{Name: "product-in-spanish", way: way(open("/handbooks/" + Spanish))},
		{Name: "product-with-suggestion", way: way(open("/handbooks/" + Suggesting))},
		{Name: "product-with-mistaken-amount", way: way(open("/handbooks/"+Suggesting), write(amount, "x"), press(add)), status: http.StatusUnprocessableEntity},
		{Name: "product-archived", way: way(open("/handbooks/" + withdrawn)), status: http.StatusGone},

		{Name: "cart-empty", way: way(open("/cart"))},
		{Name: "cart", way: way(open("/handbooks/"+Handbook), press(add))},
		{Name: "cart-of-several", way: way(open("/handbooks/"+Spanish), press(add), open("/handbooks/"+Bundle), press(add), open("/handbooks/"+Free), press(add), open("/cart"))},
		{Name: "cart-with-mistake", way: way(open("/handbooks/"+Handbook), press(add), misstate("quantity", "5000")), status: http.StatusUnprocessableEntity},
		{Name: "cart-with-archived-title", way: way(openWithdrawn)},
		{Name: "cart-with-changed-price", way: way(openRepriced)},
		{Name: "cart-of-another-device", way: way(openShared)},
		{Name: "cart-with-donation", way: way(open("/handbooks/"+Handbook), press(add), write("#donation", "10"), press(donate))},
		{Name: "cart-with-support", way: way(open("/handbooks/"+Suggesting), clear(amount), write(amount, "36"), press(add))},
		{Name: "cart-after-payment-was-left", way: way(open("/handbooks/"+Handbook), press(add), press(checkout), fill, press(send), press(back), open("/cart"))},
		{Name: "cart-with-donation-mistaken", way: way(open("/handbooks/"+Handbook), press(add), write("#donation", "0.01"), press(donate)), status: http.StatusUnprocessableEntity},
		{Name: "checkout", way: way(open("/handbooks/"+Handbook), press(add), press(checkout))},
		{Name: "checkout-of-nothing-to-pay", way: way(open("/handbooks/"+Free), press(add), press(checkout))},
		{Name: "checkout-with-mistakes", way: way(open("/handbooks/"+Handbook), press(add), press(checkout), write("#email", "not an address"), press(send)), status: http.StatusUnprocessableEntity},
		{Name: "checkout-empty-form", way: way(open("/handbooks/"+Handbook), press(add), press(checkout), press(send)), status: http.StatusUnprocessableEntity},

		{Name: "checkout-with-mistyped-address", way: way(open("/handbooks/"+Handbook), press(add), press(checkout), write("#email", "ana@gmial.com"), write("#name", "Ana"), press(send)), status: http.StatusUnprocessableEntity},

		{Name: "order-waiting", way: way(openOrder(Waiting))},
		{Name: "order-bank-under-way", way: way(openOrder(Underway))},
		{Name: "order-paid", way: way(openOrder(Paid))},
		{Name: "order-paid-bundle", way: way(openOrder(PaidBundle))},
		{Name: "order-free", way: way(openOrder(FreeOfCost))},
		{Name: "order-with-donation", way: way(openGift)},
		{Name: "order-partly-refunded", way: way(openOrder(PartlyBack))},
		{Name: "order-refunded", way: way(openOrder(Refunded))},
		{Name: "order-disputed", way: way(openOrder(Disputed))},
		{Name: "order-lost", way: way(openOrder(Lost))},
		{Name: "order-expired", way: way(openOrder(OutOfTime))},
		{Name: "order-debit-failed", way: way(openOrder(DebitFailed))},
		{Name: "order-of-archived-title", way: way(openOrderOfWithdrawn)},

		{Name: "library-ask", way: way(open("/library"))},
		{Name: "library-ask-with-mistake", way: way(open("/library"), misstate("email", "not an address")), status: http.StatusUnprocessableEntity},
		{Name: "library-asked", way: way(becomeReader, open("/library"), writeReader, press(ask))},
		{Name: "library-enter", way: way(becomeReader, open("/library"), writeReader, press(ask), openMailed("/library/enter/"))},
		{Name: "library-link-unknown", way: way(open("/library/enter/nothing")), status: http.StatusNotFound},
		{Name: "library", way: way(becomeReader, open("/library"), writeReader, press(ask), openMailed("/library/enter/"), press(`main form[method=post] button`))},

		{Name: "about", way: way(open("/about"))},
		{Name: "help", way: way(open("/help"))},
		{Name: "terms", way: way(open("/terms"))},
		{Name: "privacy", way: way(open("/privacy"))},
		{Name: "not-found", way: way(open("/nowhere")), status: http.StatusNotFound},
		{Name: "too-many-requests", way: way(flood), status: http.StatusTooManyRequests},
	}
}

// ErrAbsent is of a state that a look does not have.
var ErrAbsent = errors.New("this look does not have the page")

// visitTime is how long the way to a page may be; what is missing on a page is waited for as long.
const visitTime = 30 * time.Second

// Visit goes to a page as somebody who was never in the shop. It is ErrAbsent where the state does not
// exist in the tab's look.
func (v *Visitor) Visit(p Page) error {
	if p.phone && v.Look.Width > phone {
		return ErrAbsent
	}
	if err := v.Forget(); err != nil {
		return err
	}
	hurried := *v
	var stop context.CancelFunc
	hurried.Ctx, stop = context.WithTimeout(v.Ctx, visitTime)
	defer stop()
	for i, step := range p.way {
		if err := step(&hurried); err != nil {
			return fmt.Errorf("%s, step %d: %w", p.Name, i+1, err)
		}
		if i < len(p.way)-1 && hurried.Status >= http.StatusBadRequest {
			return fmt.Errorf("%s, step %d: the page came with %d", p.Name, i+1, hurried.Status)
		}
	}
	v.Status = hurried.Status
	want := p.status
	if want == 0 {
		want = http.StatusOK
	}
	if v.Status != want {
		return fmt.Errorf("%s: the page came with %d, it should with %d", p.Name, v.Status, want)
	}
	return nil
}
