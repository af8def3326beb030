package shop_test

import (
	"context"
	"testing"

	"bookroom/shop"
)

// The words of a buyer go into a mail to whatever address was typed, so they must not become links there.
func TestNamesThatMailProgramsWouldMakeLinksOf(t *testing.T) {
	t.Parallel()
	for name, fine := range map[string]bool{
		"Ana Núñez": true, "St. Mary's School": true, "St.Mary's": true, "Dr. A. B. Smith": true, "J.R. Smith": true, "School No.7": true,
		"Jane Doe, M.Ed.": true, "U.S.A.": true, "Ph.D.": true, "P.S. 118": true, "The Met, Inc.": true,
		"evil.example": false, "Win at evil.example now": false, "(evil.example)": false, "EVIL.EXAMPLE": false, "a.b/c": false, "t.co/x": false,
		"www.evil": false, "https://evil": false, "ana@evil.example": false, "a.evil.example.": false,
	} {
		for _, r := range []shop.CheckoutRequest{{Email: "ana@school.example", Name: name}, {Email: "ana@school.example", Name: "Ana", Organisation: name}} {
			_, err := shop.New(shop.Config{Store: noCarts{}}).Checkout(t.Context(), r)
			if refused := shop.IsKind(err, shop.Invalid); refused == fine {
				t.Errorf("%q: %v", name, err)
			}
		}
	}
}

// noCarts is a store without carts.
type noCarts struct{ shop.Store }

func (noCarts) Cart(context.Context, string) (shop.Cart, error) {
	return shop.Cart{}, shop.ErrCartNotFound
}
