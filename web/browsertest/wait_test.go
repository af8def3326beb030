package browsertest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// pending is an order that is not paid yet, made as a program makes one.
type pending struct {
	OrderURL   string `json:"order_url"`
	PaymentURL string `json:"payment_url"`
}

func (o pending) path() string { return strings.TrimPrefix(o.OrderURL, house.url) }

// MustOrder orders a handbook through the API.
func MustOrder(tb testing.TB) pending {
	tb.Helper()
	return MustOrderBy(tb, "ana@school.example", "advisory-structure")
}

// MustOrderBy orders titles in somebody's name.
func MustOrderBy(tb testing.TB, email string, slugs ...string) pending {
	tb.Helper()
	var cart struct{ ID string }
	call(tb, http.MethodPost, "/carts", nil, &cart)
	for _, slug := range slugs {
		var product struct {
			Variants []struct{ ID string }
		}
		call(tb, http.MethodGet, "/products/"+slug, nil, &product)
		call(tb, http.MethodPut, "/carts/"+cart.ID+"/items/"+product.Variants[0].ID, map[string]any{"quantity": 1}, nil)
	}
	var order pending
	call(tb, http.MethodPost, "/carts/"+cart.ID+"/checkout", map[string]any{"email": email, "name": "Ana Núñez"}, &order)
	return order
}

func call(tb testing.TB, method, path string, body, answer any) {
	tb.Helper()
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			tb.Fatal(err)
		}
	}
	request, err := http.NewRequestWithContext(tb.Context(), method, house.url+"/api/v1"+path, bytes.NewReader(text))
	if err != nil {
		tb.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		tb.Fatal(err)
	}
	defer reply.Body.Close()
	if reply.StatusCode >= 300 {
		tb.Fatalf("%s %s answered %s", method, path, reply.Status)
	}
	if answer == nil {
		return
	}
	if err := json.NewDecoder(reply.Body).Decode(answer); err != nil {
		tb.Fatal(err)
	}
}

// MustPay pays the order on another device.
func (o pending) MustPay(tb testing.TB) {
	tb.Helper()
	o.mustSend(tb, url.Values{"card": {goodCard}, "exp": {"12/34"}, "cvc": {"123"}})
}

// MustDebit lets a bank pay the order, which takes it days.
func (o pending) MustDebit(tb testing.TB) {
	tb.Helper()
	o.mustSend(tb, url.Values{"method": {"us_bank_account"}})
}

func (o pending) mustSend(tb testing.TB, form url.Values) {
	tb.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	reply, err := client.PostForm(o.PaymentURL, form)
	if err != nil {
		tb.Fatal(err)
	}
	defer reply.Body.Close()
	if reply.StatusCode != http.StatusSeeOther {
		tb.Fatalf("paying answered %s", reply.Status)
	}
}

// The page of an order that waits for its payment updates by itself: in place with JavaScript, by
// loading anew without.
func TestAPageThatWaitsUpdatesByItself(t *testing.T) {
	t.Parallel()
	for name, run := range map[string]scripts{"with JavaScript": true, "without JavaScript": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := MustBrowse(t, run, patience)
			order := MustOrder(t)
			b.Open(order.path())
			b.Expect("h1", "We are confirming your payment")
			b.eval(`window.stays = "the same page", ""`)
			order.MustPay(t)
			b.do(chromedp.WaitVisible(chromedp.CSS(".file button")))
			b.Expect("h1", "Your handbooks are ready")
			if !run {
				return
			}
			if b.eval(`window.stays ?? ""`) == "" {
				t.Error("the page was loaded anew")
			}
			b.Expect("#news", "Your handbooks are ready")
			b.Download()
		})
	}
}

func TestAPageThatWaitsSaysThatABankPaymentIsUnderWay(t *testing.T) {
	t.Parallel()
	b := MustBrowse(t, true, patience)
	order := MustOrder(t)
	b.Open(order.path())
	b.Expect("h1", "We are confirming your payment")
	order.MustDebit(t)
	b.do(chromedp.WaitVisible(chromedp.CSS("[data-state=underway]")))
	b.Expect("h1", "Your bank is sending the money")
	b.Expect("#news", "Your bank is sending the money")
}
