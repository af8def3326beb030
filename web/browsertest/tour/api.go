package tour

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// The simulator's cards, which are Stripe's own test cards.
const (
	GoodCard     = "4242424242424242"
	DeclinedCard = "4000000000000002"
	SecureCard   = "4000000000003220" // asks for 3-D Secure
)

// The simulator takes any key of this form.
const stripeKey = "sk_test_tour"

// patience is how long the demo may take to do what it does in the background.
const patience = time.Minute

// Order is one that was made as a program makes one.
type Order struct {
	Token      string `json:"order_token"`
	OrderURL   string `json:"order_url"`
	PaymentURL string `json:"payment_url"`
	CartID     string `json:"-"`

	demo *Demo
}

// Path is where the order's page is.
func (o Order) Path() string { return strings.TrimPrefix(o.OrderURL, o.demo.URL) }

// session names the payment at Stripe.
func (o Order) session() string { return o.PaymentURL[strings.LastIndex(o.PaymentURL, "/")+1:] }

// Cart puts one licence of each title into a new cart, the first licence that it has.
func (d *Demo) Cart(slugs ...string) (id string, err error) {
	var cart struct{ ID string }
	if err := d.call(http.MethodPost, "/carts", nil, &cart); err != nil {
		return "", err
	}
	for _, slug := range slugs {
		var product struct {
			Variants []struct{ ID string }
		}
		if err := d.call(http.MethodGet, "/products/"+slug, nil, &product); err != nil {
			return "", err
		}
		if len(product.Variants) == 0 {
			return "", fmt.Errorf("%s is not on sale", slug)
		}
		if err := d.call(http.MethodPut, "/carts/"+cart.ID+"/items/"+product.Variants[0].ID, map[string]any{"quantity": 1}, nil); err != nil {
			return "", err
		}
	}
	return cart.ID, nil
}

// Order orders titles, one licence each.
func (d *Demo) Order(email string, slugs ...string) (Order, error) {
	cart, err := d.Cart(slugs...)
	if err != nil {
		return Order{}, err
	}
	return d.Checkout(email, cart)
}

// Checkout orders what is in a cart.
func (d *Demo) Checkout(email, cart string) (Order, error) {
	o := Order{demo: d, CartID: cart}
	err := d.call(http.MethodPost, "/carts/"+cart+"/checkout", map[string]any{"email": email, "name": "Ana Núñez", "organisation": "The Met"}, &o)
	return o, err
}

// Pay pays by card, on another device.
func (o Order) Pay() error {
	return o.send(url.Values{"card": {GoodCard}, "exp": {"12/34"}, "cvc": {"123"}})
}

// Debit lets a bank pay, which takes it days.
func (o Order) Debit() error {
	return o.send(url.Values{"method": {"us_bank_account"}})
}

func (o Order) send(form url.Values) error {
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	reply, err := client.PostForm(o.PaymentURL, form)
	if err != nil {
		return err
	}
	defer reply.Body.Close()
	if reply.StatusCode != http.StatusSeeOther {
		return fmt.Errorf("paying answered %s", reply.Status)
	}
	return nil
}

// control plays Stripe's dashboard, the bank or the clock, and returns the id of what was made.
func (d *Demo) control(path string, form url.Values) (id string, err error) {
	reply, err := http.PostForm(d.URL+"/_stripe"+path, form)
	if err != nil {
		return "", err
	}
	defer reply.Body.Close()
	if reply.StatusCode == http.StatusNoContent {
		return "", nil
	}
	var made struct{ ID string }
	err = read(reply, &made)
	return made.ID, err
}

// charge is the id of the payment at Stripe.
func (o Order) charge() (string, error) {
	request, err := http.NewRequest(http.MethodGet, o.demo.URL+"/v1/checkout/sessions/"+o.session()+"?expand[]=payment_intent", nil)
	if err != nil {
		return "", err
	}
	request.SetBasicAuth(stripeKey, "")
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer reply.Body.Close()
	var session struct {
		PaymentIntent struct {
			LatestCharge string `json:"latest_charge"`
		} `json:"payment_intent"`
	}
	err = read(reply, &session)
	return session.PaymentIntent.LatestCharge, err
}

// await waits until the shop has heard of what happened to the order.
func (o Order) await(status string) error {
	var order struct{ Status string }
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) { // another process
		if err := o.demo.call(http.MethodGet, "/orders/"+o.Token, nil, &order); err != nil {
			return err
		}
		if order.Status == status {
			return nil
		}
	}
	return fmt.Errorf("the order is %s, it should have become %s", order.Status, status)
}

func (d *Demo) call(method, path string, body, answer any) error {
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			return err
		}
	}
	request, err := http.NewRequest(method, d.URL+"/api/v1"+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer reply.Body.Close()
	return read(reply, answer)
}

// read takes a JSON answer apart; answer may be nil.
func read(reply *http.Response, answer any) error {
	if reply.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("%s %s answered %s", reply.Request.Method, reply.Request.URL.Path, reply.Status)
	}
	if answer == nil {
		return nil
	}
	return json.NewDecoder(reply.Body).Decode(answer)
}
