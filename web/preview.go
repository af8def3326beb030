package web

import (
	"context"
	"net/http"

	"bookroom/shop"
)

// Preview is the page of a product as buyers would see it, whatever its state and whether or not it was saved. It is
// sanitised as any page of the shop is.
func (p *Pages) Preview(ctx context.Context, product shop.Product) ([]byte, error) {
	page, err := p.productPage(ctx, previewed(product))
	if err != nil {
		return nil, err
	}
	page.Preview, page.Private, page.About = true, true, nil
	a, err := p.render(p.catalogue.In(shop.English), http.StatusOK, "product", page)
	if err != nil {
		return nil, err
	}
	return a.body(""), nil
}

// previewed is the product without what the shop does not show, and with ids for licences that have none yet.
func previewed(product shop.Product) shop.Product {
	var parts []shop.Part
	for _, part := range product.Parts {
		if part.Status != shop.Draft {
			parts = append(parts, part)
		}
	}
	licences := make([]shop.Variant, len(product.Variants))
	for i, v := range product.Variants {
		if v.ID == "" {
			v.ID = string(v.Kind)
		}
		licences[i] = v
	}
	product.Parts, product.Variants = parts, licences
	return product
}
