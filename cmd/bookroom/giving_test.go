package main

import (
	"testing"

	"bookroom/shop"
	"bookroom/store/storetest"
)

// mustGive is a sale of a handbook for 8 dollars more than its 28, and of a free one, with a donation of 25.
func mustGive(t *testing.T, w *world, a *app) *sale {
	t.Helper()
	b := newBuyer(w.settings.URL, "reader@school.example")
	var variants []string
	for _, slug := range []string{"school-culture", "a-first-learning-plan"} {
		p, err := b.product(slug)
		if err != nil {
			t.Fatal(err)
		}
		variants = append(variants, p.Variants[0].ID)
	}
	cart, err := b.fillCart(variants...)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.call("PUT", "/carts/"+cart+"/items/"+variants[0], "", map[string]int{"quantity": 1, "amount": 3600}, nil); err != nil {
		t.Fatal(err)
	}
	if err := b.call("PUT", "/carts/"+cart+"/donation", "", map[string]int{"amount": 2500}, nil); err != nil {
		t.Fatal(err)
	}
	done, err := b.checkout(cart, "")
	if err != nil {
		t.Fatal(err)
	}
	return &sale{buyer: b, t: t, w: w, app: a, token: done.OrderToken, page: done.PaymentURL}
}

func TestGiftsComeAndGoWithoutTheTitles(t *testing.T) {
	t.Parallel()
	storetest.EachEmpty(t, func(t *testing.T, database string) {
		w := mustWorld(t, database)
		s := mustGive(t, w, w.mustOpen(t))
		s.mustPay()
		s.settle()
		s.expect(shop.Paid, shop.Active, shop.Active)
		o := s.stored()
		if o.Total != 6100 || o.Donation != 2500 || o.Support() != 800 || o.Payments[0].Amount != 6100 {
			t.Errorf("paid %d of %d, of which %d support and %d donation", o.Payments[0].Amount, o.Total, o.Support(), o.Donation)
		}
		refund := func(amount int64) {
			t.Helper()
			_, err := w.stripe.Refund(s.charge(), amount)
			s.must(err)
			s.settle()
		}
		refund(2500)
		s.expect(shop.PartiallyRefunded, shop.Active, shop.Active)
		refund(800)
		s.expect(shop.PartiallyRefunded, shop.Active, shop.Active)
		if o := s.stored(); o.Attention != "" {
			t.Errorf("a refund of gifts asks for a person: %s", o.Attention)
		}
		refund(2800)
		s.expect(shop.Refunded, shop.Revoked, shop.Revoked)
	})
}
