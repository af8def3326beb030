package tour

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Titles of the sample that the tour takes in its hands.
const (
	Handbook   = "advisory-structure"
	Bundle     = "the-starter-set"
	Free       = "a-first-learning-plan"
	Spanish    = "la-familia-en-el-equipo"
	Suggesting = "school-culture" // suggests to pay more than its price
)

// Two titles of the tour's own, for what happens to no title of the sample.
const (
	repriced  = "field-notes"        // became dearer while it lay in a cart
	withdrawn = "the-old-field-book" // was taken off the shelf while it lay in a cart
)

// stock is what the tour looks at and never changes.
type stock struct {
	orders         map[State]Order
	repricedCart   string
	withdrawnCart  string
	withdrawnOrder Order
}

// State is one that an order's page can be in.
type State string

// The states of an order's page that differ to the eye.
const (
	Waiting     State = "waiting"
	Underway    State = "underway"
	Paid        State = "paid"
	PaidBundle  State = "paid bundle"
	FreeOfCost  State = "free"
	PartlyBack  State = "partly refunded"
	Refunded    State = "refunded"
	Disputed    State = "disputed"
	Lost        State = "lost"
	OutOfTime   State = "expired"
	DebitFailed State = "canceled"
)

// states says how an order comes into each state, and what the API calls it then.
var states = map[State]struct {
	titles []string
	way    func(o Order) error
	status string
}{
	Waiting:     {[]string{Handbook}, func(Order) error { return nil }, "pending"},
	Underway:    {[]string{Handbook}, Order.Debit, "pending"},
	Paid:        {[]string{Handbook, Spanish}, Order.Pay, "paid"},
	PaidBundle:  {[]string{Bundle}, Order.Pay, "paid"},
	FreeOfCost:  {[]string{Free}, func(Order) error { return nil }, "paid"},
	PartlyBack:  {[]string{Handbook, Spanish}, func(o Order) error { return o.payBack("500") }, "partially_refunded"},
	Refunded:    {[]string{Handbook}, func(o Order) error { return o.payBack("") }, "refunded"},
	Disputed:    {[]string{Handbook}, func(o Order) error { return o.dispute("") }, "disputed"},
	Lost:        {[]string{Handbook}, func(o Order) error { return o.dispute("lost") }, "lost"},
	OutOfTime:   {[]string{Handbook}, Order.expire, "expired"},
	DebitFailed: {[]string{Handbook}, Order.bounce, "canceled"},
}

// fill orders and imports everything that the pages need.
func (d *Demo) fill(dir string) error {
	d.stock.orders = map[State]Order{}
	for state := range states {
		o, err := d.OrderIn(state)
		if err != nil {
			return fmt.Errorf("order that is %s: %w", state, err)
		}
		d.stock.orders[state] = o
	}
	if err := d.fillCarts(filepath.Join(dir, "titles")); err != nil {
		return err
	}
	return d.awaitSamples()
}

// awaitSamples waits until the handbooks have been read, which the demo does in the background: their
// pages change by it.
func (d *Demo) awaitSamples() error {
	for _, slug := range []string{Handbook, Free, Spanish, Suggesting} {
		address := "/handbooks/" + slug
		for deadline := time.Now().Add(2 * patience); ; time.Sleep(100 * time.Millisecond) { // another process
			page, err := d.page(address)
			if err != nil {
				return err
			}
			if strings.Contains(page, address+"/pages/") {
				break
			}
			if time.Now().After(deadline) {
				return fmt.Errorf("%s shows no sample pages", address)
			}
		}
	}
	return nil
}

// page is the HTML of a page.
func (d *Demo) page(path string) (string, error) {
	reply, err := http.Get(d.URL + path)
	if err != nil {
		return "", err
	}
	defer reply.Body.Close()
	text, err := io.ReadAll(reply.Body)
	return string(text), err
}

// OrderIn makes an order and brings it into a state.
func (d *Demo) OrderIn(state State) (Order, error) {
	to := states[state]
	o, err := d.Order(d.Reader(), to.titles...)
	if err != nil {
		return o, err
	}
	if err := to.way(o); err != nil {
		return o, err
	}
	return o, o.await(to.status)
}

// payBack refunds a paid order: an amount of minor units, or all of it.
func (o Order) payBack(amount string) error {
	charge, err := o.paidCharge()
	if err != nil {
		return err
	}
	_, err = o.demo.control("/charges/"+charge+"/refund", url.Values{"amount": {amount}})
	return err
}

// dispute lets the card's holder ask for the money back, and decides about it unless outcome is empty.
func (o Order) dispute(outcome string) error {
	charge, err := o.paidCharge()
	if err != nil {
		return err
	}
	id, err := o.demo.control("/charges/"+charge+"/dispute", nil)
	if err != nil || outcome == "" {
		return err
	}
	_, err = o.demo.control("/disputes/"+id+"/close", url.Values{"outcome": {outcome}})
	return err
}

func (o Order) paidCharge() (string, error) {
	if err := o.Pay(); err != nil {
		return "", err
	}
	return o.charge()
}

func (o Order) expire() error {
	_, err := o.demo.control("/sessions/"+o.session()+"/expire", nil)
	return err
}

// bounce lets a bank refuse a debit that was under way.
func (o Order) bounce() error {
	if err := o.Debit(); err != nil {
		return err
	}
	_, err := o.demo.control("/sessions/"+o.session()+"/settle", url.Values{"outcome": {"fail"}})
	return err
}

// fillCarts makes carts whose titles change while they lie in them, and an order of a title that is sold
// no more.
func (d *Demo) fillCarts(dir string) (err error) {
	if err := d.shelve(dir, repriced, "Field Notes", "published", "12.00"); err != nil {
		return err
	}
	if err := d.shelve(dir, withdrawn, "The Old Field Book", "published", "9.00"); err != nil {
		return err
	}
	if err := d.importCatalog(dir); err != nil {
		return err
	}
	if d.stock.repricedCart, err = d.Cart(repriced, Handbook); err != nil {
		return err
	}
	if d.stock.withdrawnCart, err = d.Cart(withdrawn, Handbook); err != nil {
		return err
	}
	if d.stock.withdrawnOrder, err = d.Order(d.Reader(), withdrawn); err != nil {
		return err
	}
	if err := d.stock.withdrawnOrder.Pay(); err != nil {
		return err
	}
	if err := d.shelve(dir, repriced, "Field Notes", "published", "15.00"); err != nil {
		return err
	}
	if err := d.shelve(dir, withdrawn, "The Old Field Book", "archived", "9.00"); err != nil {
		return err
	}
	return d.importCatalog(dir)
}

// shelve writes a title of the tour's own into a folder of products.
func (d *Demo) shelve(dir, slug, title, status, price string) error {
	facts := fmt.Sprintf(`---
kind: handbook
status: %s
title: %s
summary: A page a week for what you saw, what you asked and what you will try.
language: en
authors: [Big Picture Learning]
distinguishers: [development]
licences:
  individual: %s usd
edition:
  number: 1
  date: 2026-01-12
---
Room to write for one school year.
`, status, title, price)
	text := "# The first week\n\nWrite down one thing that surprised you.\n\n# The second week\n\nWrite down one question that you still have.\n"
	if err := os.MkdirAll(filepath.Join(dir, slug), 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, slug, "product.md"), []byte(facts), 0o600); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, slug, "handbook.md"), []byte(text), 0o600)
}
