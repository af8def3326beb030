package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"bookroom/payments/stripetest"
)

// buyer uses the shop through its API, as a program would. Every call can be repeated until it works,
// since the shop may be killed under it.
type buyer struct {
	shop  string // base address
	email string
	from  string // the address that the proxy in front of the shop saw
	token string // of the back office; empty for a buyer
	http  *http.Client
}

var buyers atomic.Uint32

func newBuyer(shop, email string) *buyer {
	n := buyers.Add(1)
	from := netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)})
	return &buyer{shop: shop, email: email, from: from.String(), http: &http.Client{
		Timeout:       20 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// The parts of the API's answers that a buyer looks at.
type (
	productJSON struct {
		Slug     string
		Variants []struct {
			ID    string
			Kind  string
			Price struct{ Amount int64 }
		}
	}
	cartJSON  struct{ ID string }
	fileJSON  struct{ ID, Name, SHA256 string }
	orderJSON struct {
		Number string
		Status string
		Items  []struct{ Files []fileJSON }
	}
	checkoutJSON struct {
		Order      orderJSON
		OrderToken string `json:"order_token"`
		OrderURL   string `json:"order_url"`
		PaymentURL string `json:"payment_url"`
	}
	linkJSON struct{ URL string }
)

// statusError is an answer that was not the one hoped for.
type statusError struct {
	status int
	body   string
}

func (e *statusError) Error() string { return fmt.Sprintf("status %d: %.300s", e.status, e.body) }

// call sends a request and reads the answer into out, which may be nil.
func (b *buyer) call(method, path, key string, in, out any) error {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	r, err := http.NewRequest(method, b.shop+"/api/v1"+path, body)
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Forwarded-For", b.from)
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	if b.token != "" {
		r.Header.Set("Authorization", "Bearer "+b.token)
	}
	answer, err := b.http.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode >= 300 {
		return &statusError{answer.StatusCode, string(raw)}
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(raw, out)
}

func (b *buyer) product(slug string) (p productJSON, err error) {
	return p, b.call("GET", "/products/"+slug, "", nil, &p)
}

func (b *buyer) fillCart(variants ...string) (cart string, err error) {
	var c cartJSON
	if err := b.call("POST", "/carts", "", nil, &c); err != nil {
		return "", err
	}
	for _, v := range variants {
		if err := b.call("PUT", "/carts/"+c.ID+"/items/"+v, "", map[string]int{"quantity": 1}, nil); err != nil {
			return "", err
		}
	}
	return c.ID, nil
}

func (b *buyer) checkout(cart, key string) (c checkoutJSON, err error) {
	return c, b.call("POST", "/carts/"+cart+"/checkout", key, map[string]string{"email": b.email, "name": "A Reader"}, &c)
}

// pay fills in the form of the payment page.
func (b *buyer) pay(page string) error {
	answer, err := b.http.PostForm(page, url.Values{"card": {stripetest.CardSuccess}, "exp": {"12/40"}, "cvc": {"123"}})
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusSeeOther {
		raw, _ := io.ReadAll(answer.Body)
		return &statusError{answer.StatusCode, string(raw)}
	}
	return nil
}

func (b *buyer) order(token string) (o orderJSON, err error) {
	return o, b.call("GET", "/orders/"+token, "", nil, &o)
}

// download fetches a file by its link and checks it against its hash.
func (b *buyer) download(token string, f fileJSON) error {
	var link linkJSON
	if err := b.call("POST", "/orders/"+token+"/downloads", "", map[string]string{"file_id": f.ID}, &link); err != nil {
		return err
	}
	answer, err := b.http.Get(link.URL)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	h := sha256.New()
	if _, err := io.Copy(h, answer.Body); err != nil {
		return err
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != f.SHA256 {
		return fmt.Errorf("%s has the hash %s, want %s (status %d)", f.Name, got, f.SHA256, answer.StatusCode)
	}
	if !strings.Contains(answer.Header.Get("Content-Disposition"), "attachment") {
		return fmt.Errorf("%s is not saved but shown", f.Name)
	}
	return nil
}
