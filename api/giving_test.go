package api

import (
	"net/http"
	"testing"

	"bookroom/gate"
	"bookroom/shop"
)

// open is a handbook at 19 dollars that suggests 25.
func open() shop.CatalogEntry {
	entry := handbook("open-price", shop.Money{Amount: 1900, Currency: "usd"})
	entry.Product.Variants[0].Suggested = shop.Money{Amount: 2500, Currency: "usd"}
	return entry
}

func TestGiftsFromTheCartToTheRefund(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	w.mustImport(t, open())
	mustHold(t, w.send(t, request{method: "GET", path: root + "/products/open-price"}).body, []string{`"suggested":{"amount":2500,"currency":"usd"}`}, nil)
	cartID := w.cart(t)
	item := root + "/carts/" + cartID + "/items/" + w.variant(t, "open-price", shop.Individual)
	donation := root + "/carts/" + cartID + "/donation"

	given := must[cart](t, w, http.StatusOK, request{method: "PUT", path: item, body: `{"quantity": 2, "amount": 2400}`})
	if i := given.Items[0]; i.UnitPrice.Amount != 2400 || i.Support.Amount != 500 || i.Total.Amount != 4800 || i.PriceSeen != nil {
		t.Errorf("item %+v", i)
	}
	given = must[cart](t, w, http.StatusOK, request{method: "PUT", path: donation, body: `{"amount": 1000}`})
	if given.Donation == nil || given.Donation.Amount != 1000 || given.Total.Amount != 5800 {
		t.Errorf("with a donation: %+v of %+v", given.Donation, given.Total)
	}
	done := must[checkedOut](t, w, http.StatusCreated, checkout(cartID, "k", buyer))
	w.pay(t, *done.PaymentURL)
	w.settle(t)
	paid := w.read(t, done.OrderToken)
	if paid.Status != shop.Paid || paid.Donation.Amount != 1000 || paid.Subtotal.Amount != 5800 || paid.Total.Amount != 5800 ||
		paid.Items[0].UnitPrice.Amount != 2400 || paid.Items[0].Support.Amount != 500 || paid.Items[0].Total.Amount != 4800 {
		t.Errorf("paid: %+v", paid)
	}
	if left := must[cart](t, w, http.StatusOK, request{method: "GET", path: root + "/carts/" + cartID}); len(left.Items) != 0 || left.Donation != nil {
		t.Errorf("the cart still holds %+v and %+v", left.Items, left.Donation)
	}
	w.refund(t, 2000) // all that was given
	if after := w.read(t, done.OrderToken); after.Status != shop.PartiallyRefunded || after.Items[0].Access != "active" {
		t.Errorf("after the gifts went back: %s, access %s", after.Status, after.Items[0].Access)
	}
	w.refund(t, 0)
	if after := w.read(t, done.OrderToken); after.Status != shop.Refunded || after.Items[0].Access != "revoked" {
		t.Errorf("after all went back: %s, access %s", after.Status, after.Items[0].Access)
	}
}

func TestTheCartSaysThatAPriceHasChanged(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	cartID := w.cart(t, advisory)
	w.mustImport(t, handbook(advisory, shop.Money{Amount: 2400, Currency: "usd"}))
	now := must[cart](t, w, http.StatusOK, request{method: "GET", path: root + "/carts/" + cartID})
	if seen := now.Items[0].PriceSeen; seen == nil || *seen != (money{1900, "usd"}) {
		t.Errorf("the price was %+v", seen)
	}
	w.put(t, cartID, advisory, 1)
	now = must[cart](t, w, http.StatusOK, request{method: "GET", path: root + "/carts/" + cartID})
	if now.Items[0].PriceSeen != nil {
		t.Errorf("it is told again: %+v", now.Items[0].PriceSeen)
	}
}

func TestGiftsAreRefused(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	w.mustImport(t, open())
	empty, full := w.cart(t), w.cart(t, "open-price")
	item := func(slug, body string) request {
		return request{method: "PUT", path: root + "/carts/" + full + "/items/" + w.variant(t, slug, shop.Individual), body: body}
	}
	give := func(cartID, body string) request {
		return request{method: "PUT", path: root + "/carts/" + cartID + "/donation", body: body}
	}
	for name, c := range map[string]struct {
		in     request
		status int
		has    string
	}{
		"less than the price":    {item("open-price", `{"quantity": 1, "amount": 1899}`), 400, "at least $19.00"},
		"too much":               {item("open-price", `{"quantity": 1, "amount": 1001901}`), 400, "at most $10000.00"},
		"more than a fixed one":  {item(advisory, `{"quantity": 1, "amount": 2000}`), 400, "fixed price"},
		"a negative amount":      {item("open-price", `{"quantity": 1, "amount": -1}`), 400, `"field":"amount"`},
		"a fraction":             {item("open-price", `{"quantity": 1, "amount": 20.5}`), 400, `"field":"amount"`},
		"a donation of a cent":   {give(full, `{"amount": 1}`), 400, `"field":"amount"`},
		"a donation of too much": {give(full, `{"amount": 1000001}`), 400, `"field":"amount"`},
		"no donation":            {give(full, `{}`), 400, `"field":"amount"`},
		"a donation alone":       {give(empty, `{"amount": 500}`), 400, "donation_alone"},
		"a donation to nobody's": {give("none", `{"amount": 500}`), 404, "cart_not_found"},
	} {
		a := w.send(t, c.in)
		if a.status != c.status {
			t.Errorf("%s: status %d", name, a.status)
		}
		mustHold(t, a.body, []string{c.has}, nil)
	}
	for range 2 { // nothing to take away is no error
		must[cart](t, w, http.StatusOK, request{method: "DELETE", path: root + "/carts/" + full + "/donation"})
	}
}
