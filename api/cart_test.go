package api

import (
	"net/http"
	"strings"
	"testing"

	"bookroom/gate"
	"bookroom/shop"
)

func TestCartIsFilledAndEmptied(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	made := w.send(t, request{method: "POST", path: root + "/carts"})
	id := mustRead[cart](t, made).ID
	if made.status != http.StatusCreated || made.header.Get("Location") != root+"/carts/"+id || len(id) < 22 {
		t.Fatalf("status %d, Location %q, id %q", made.status, made.header.Get("Location"), id)
	}
	mustHold(t, made.body, []string{`"items":[]`, `"total":null`, `"code":"cart_empty"`}, nil)

	item := root + "/carts/" + id + "/items/" + w.variant(t, advisory, shop.Individual)
	two := must[cart](t, w, http.StatusOK, request{method: "PUT", path: item, body: `{"quantity": 2}`})
	if two.Total == nil || two.Total.Amount != 3800 || two.Items[0].Total.Amount != 3800 || two.Obstacle != nil {
		t.Errorf("two licences: %+v", two)
	}
	three := must[cart](t, w, http.StatusOK, request{method: "PUT", path: item, body: `{"quantity": 3}`})
	if len(three.Items) != 1 || three.Items[0].Quantity != 3 || three.Total.Amount != 5700 {
		t.Errorf("three licences: %+v", three)
	}
	seen := w.send(t, request{method: "GET", path: root + "/carts/" + id})
	if seen.header.Get("Cache-Control") != "no-store" || seen.header.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("headers %v", seen.header)
	}
	for range 2 { // the second time it is not there any more, which is no error
		if left := must[cart](t, w, http.StatusOK, request{method: "DELETE", path: item}); len(left.Items) != 0 {
			t.Errorf("items %+v", left.Items)
		}
	}
}

func TestCartTellsWhatStandsInTheWay(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	cartID := w.cart(t, advisory, outOfSale)
	w.mustStock(t, shop.Archived)
	a := w.send(t, request{method: "GET", path: root + "/carts/" + cartID})
	mustHold(t, a.body, []string{`"total":null`, `"code":"not_for_sale"`, `"unsold":"This title is not sold any more."`, `"unsold":null`}, nil)
}

func TestPricesOfACartAreThoseOfToday(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	cartID := w.cart(t, advisory)
	w.mustImport(t, handbook(advisory, shop.Money{Amount: 2400, Currency: "usd"}))
	if now := must[cart](t, w, http.StatusOK, request{method: "GET", path: root + "/carts/" + cartID}); now.Total.Amount != 2400 {
		t.Errorf("total %+v", now.Total)
	}
}

func TestCartRefuses(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	cartID := w.cart(t)
	item := root + "/carts/" + cartID + "/items/" + w.variant(t, advisory, shop.Individual)
	form := map[string]string{"Content-Type": "text/plain"}
	for _, test := range []struct {
		name   string
		in     request
		status int
		has    []string
	}{
		{"no quantity", request{method: "PUT", path: item, body: `{}`}, 400, []string{`"field":"quantity"`, "This is missing."}},
		{"none", request{method: "PUT", path: item, body: `{"quantity": 0}`}, 400, []string{"from 1 to 100"}},
		{"too many", request{method: "PUT", path: item, body: `{"quantity": 101}`}, 400, []string{"from 1 to 100"}},
		{"a fraction", request{method: "PUT", path: item, body: `{"quantity": 1.5}`}, 400, []string{`"field":"quantity"`, "whole number"}},
		{"a whole number with a point", request{method: "PUT", path: item, body: `{"quantity": 1.0}`}, 400, []string{`"field":"quantity"`, "whole number"}},
		{"a text", request{method: "PUT", path: item, body: `{"quantity": "1"}`}, 400, []string{`"field":"quantity"`, "whole number"}},
		{"null", request{method: "PUT", path: item, body: `{"quantity": null}`}, 400, []string{`"field":"quantity"`}},
		{"a price", request{method: "PUT", path: item, body: `{"quantity": 1, "price": 1}`}, 400, []string{`"field":"price"`, "There is no such field."}},
		{"a field in capitals", request{method: "PUT", path: item, body: `{"Quantity": 1}`}, 400, []string{`"field":"Quantity"`, `"field":"quantity"`}},
		{"a list", request{method: "PUT", path: item, body: `[1]`}, 400, []string{`"field":"body"`, "an object"}},
		{"two values", request{method: "PUT", path: item, body: `{"quantity": 1} 2`}, 400, []string{"malformed_json"}},
		{"half a value", request{method: "PUT", path: item, body: `{"quantity":`}, 400, []string{"malformed_json"}},
		{"no body", request{method: "PUT", path: item, header: map[string]string{"Content-Type": "application/json"}}, 400, []string{"malformed_json"}},
		{"another type", request{method: "PUT", path: item, body: `{"quantity": 1}`, header: form}, 415, []string{"unsupported_media_type"}},
		{"too much", request{method: "PUT", path: item, body: `{"quantity": 1` + strings.Repeat(" ", maxBody) + `}`}, 413, []string{"body_too_large"}},
		{"something in a new cart", request{method: "POST", path: root + "/carts", body: `{"items": []}`}, 400, []string{`"field":"items"`}},
		{"an unknown cart", request{method: "PUT", path: root + "/carts/none/items/any", body: `{"quantity": 1}`}, 404, []string{"cart_not_found"}},
		{"an unknown licence", request{method: "PUT", path: root + "/carts/" + cartID + "/items/any", body: `{"quantity": 1}`}, 404, []string{"variant_not_found"}},
		{"POST on an item", request{method: "POST", path: item}, 405, []string{"method_not_allowed"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := w.send(t, test.in)
			if a.status != test.status {
				t.Errorf("status %d, want %d", a.status, test.status)
			}
			mustHold(t, a.body, test.has, []string{"Schema", "kin", "json:", draft})
			if a.status == http.StatusMethodNotAllowed && !strings.Contains(a.header.Get("Allow"), "PUT") {
				t.Errorf("Allow is %q", a.header.Get("Allow"))
			}
		})
	}
}

func TestEmptyObjectMakesACart(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	must[cart](t, w, http.StatusCreated, request{method: "POST", path: root + "/carts", body: `{}`})
	must[cart](t, w, http.StatusCreated, request{
		method: "POST", path: root + "/carts", body: `{}`, header: map[string]string{"Content-Type": "application/json; charset=utf-8"},
	})
}
