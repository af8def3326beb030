package tour

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"golang.org/x/sync/errgroup"
)

// step is one thing that somebody does on the way to a page.
type step func(v *Visitor) error

func way(steps ...step) []step { return steps }

func open(address string) step { return func(v *Visitor) error { return v.Open(address) } }

// press presses what leads to another page, click what changes this one.
func press(selector string) step { return func(v *Visitor) error { return v.Press(selector) } }
func click(selector string) step {
	return func(v *Visitor) error { return v.Do(chromedp.Click(chromedp.CSS(selector))) }
}

func write(selector, text string) step {
	return func(v *Visitor) error { return v.Do(chromedp.SendKeys(chromedp.CSS(selector), text)) }
}

func clear(selector string) step {
	return func(v *Visitor) error { return v.Do(chromedp.Clear(chromedp.CSS(selector))) }
}

// fill fills in the checkout form.
func fill(v *Visitor) error {
	if err := write("#email", v.Demo.Reader())(v); err != nil {
		return err
	}
	return write("#name", "Ana Núñez")(v)
}

// misstate sends a form with a value that the browser itself would refuse.
func misstate(field, value string) step {
	return func(v *Visitor) error {
		return v.Follow(run(fmt.Sprintf(`{
			const field = document.querySelector('main [name=%s]');
			field.value = %q;
			field.form.noValidate = true;
			field.form.requestSubmit();
		}`, field, value)))
	}
}

func openOrder(state State) step {
	return func(v *Visitor) error { return v.Open(v.Demo.stock.orders[state].Path()) }
}

func openOrderOfWithdrawn(v *Visitor) error { return v.Open(v.Demo.stock.withdrawnOrder.Path()) }
func openWithdrawn(v *Visitor) error        { return v.openCart(v.Demo.stock.withdrawnCart) }
func openRepriced(v *Visitor) error         { return v.openCart(v.Demo.stock.repricedCart) }

// openShared opens the link to a copy of a cart, as on another device.
func openShared(v *Visitor) error {
	if err := v.openCart(v.Demo.stock.repricedCart); err != nil {
		return err
	}
	link, err := chromedp.Run(v.Ctx, chromedp.Evaluate[string](`document.querySelector('#address').value`))
	if err != nil {
		return err
	}
	if err := v.Forget(); err != nil {
		return err
	}
	return v.Open(link)
}

// openCart opens a cart as the browser that filled it.
func (v *Visitor) openCart(id string) error {
	if _, err := chromedp.Call(v.Ctx, network.SetCookie, network.SetCookieParams{Name: "cart", Value: id, URL: v.Demo.URL}); err != nil {
		return err
	}
	return v.Open("/cart")
}

// openGift opens a paid order with a donation beside the title.
func openGift(v *Visitor) error {
	cart, err := v.Demo.Cart(Handbook)
	if err != nil {
		return err
	}
	if err := v.Demo.call(http.MethodPut, "/carts/"+cart+"/donation", map[string]any{"amount": 1000}, nil); err != nil {
		return err
	}
	o, err := v.Demo.Checkout(v.Demo.Reader(), cart)
	if err != nil {
		return err
	}
	if err := o.Pay(); err != nil {
		return err
	}
	if err := o.await("paid"); err != nil {
		return err
	}
	return v.Open(o.Path())
}

// Owner makes up a reader who has bought two handbooks, and then a bundle.
func (d *Demo) Owner() (email string, err error) {
	email = d.Reader()
	for _, titles := range [][]string{{Handbook, Spanish}, {Bundle}} {
		o, err := d.Order(email, titles...)
		if err != nil {
			return "", err
		}
		if err := o.Pay(); err != nil {
			return "", err
		}
		if err := o.await("paid"); err != nil {
			return "", err
		}
	}
	return email, nil
}

// becomeReader is to have bought something under an address of one's own.
func becomeReader(v *Visitor) (err error) {
	v.reader, err = v.Demo.Owner()
	return err
}

func writeReader(v *Visitor) error { return write(`main [type=email]`, v.reader)(v) }

// openMailed opens the link to a part of the shop that was mailed to the reader.
func openMailed(part string) step {
	return func(v *Visitor) error {
		link, err := v.Demo.MailedLink(v.reader, part)
		if err != nil {
			return err
		}
		return v.Open(link)
	}
}

// MailedLink waits for a mail to an address with a link to a part of the shop, and returns the link.
func (d *Demo) MailedLink(to, part string) (string, error) {
	link := regexp.MustCompile(regexp.QuoteMeta(d.URL+part) + `[^\s"<>]+`)
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) { // another process
		texts, err := d.mails(to)
		if err != nil {
			return "", err
		}
		for _, text := range texts {
			if found := link.FindString(text); found != "" {
				return found, nil
			}
		}
	}
	return "", fmt.Errorf("no mail to %s has a link to %s", to, part)
}

// Mail waits for a mail to an address that says something, and returns its text.
func (d *Demo) Mail(to, words string) (string, error) {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) { // another process
		texts, err := d.mails(to)
		if err != nil {
			return "", err
		}
		for _, text := range texts {
			if strings.Contains(text, words) {
				return text, nil
			}
		}
	}
	return "", fmt.Errorf("no mail to %s says %q", to, words)
}

// mails are the texts of what was sent to an address, as the demo's inbox keeps them.
func (d *Demo) mails(to string) ([]string, error) {
	reply, err := http.Get(d.URL + "/inbox/messages.json")
	if err != nil {
		return nil, err
	}
	defer reply.Body.Close()
	var messages []struct{ To, Text string }
	if err := json.NewDecoder(reply.Body).Decode(&messages); err != nil {
		return nil, err
	}
	var texts []string
	for _, message := range messages {
		if strings.Contains(message.To, to) {
			texts = append(texts, message.Text)
		}
	}
	return texts, nil
}

// flood asks for one order's file so often that the shop wants a pause, and then once more in the tab.
func flood(v *Visitor) error {
	const path, most, atOnce = "/orders/nobody/files/none", 20_000, 8
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: atOnce, DisableCompression: true}}
	defer client.CloseIdleConnections()
	var asked atomic.Int32
	var all errgroup.Group
	for range atOnce {
		all.Go(func() error {
			for asked.Add(1) < most {
				reply, err := client.PostForm(v.Demo.URL+path, nil)
				if err != nil {
					return err
				}
				_, err = io.Copy(io.Discard, reply.Body) // so that the connection is used again
				if err := errors.Join(err, reply.Body.Close()); err != nil {
					return err
				}
				if reply.StatusCode == http.StatusTooManyRequests {
					return nil
				}
			}
			return fmt.Errorf("%d requests were answered without a pause", most)
		})
	}
	if err := all.Wait(); err != nil {
		return err
	}
	if err := v.Open("/help"); err != nil {
		return err
	}
	return v.Follow(run(fmt.Sprintf(`{
		const form = document.createElement('form');
		form.method = 'post';
		form.action = %q;
		document.body.append(form);
		form.submit();
	}`, path)))
}

// run lets the page do something that leads to another one.
func run(script string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := chromedp.Evaluate[any](script)(ctx, target)
		return err
	})
}
