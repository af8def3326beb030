package web

import (
	"strings"

	"bookroom/shop"
)

// thing is a part of the JSON-LD in which pages tell search engines what they are about
// (https://schema.org).
type thing map[string]any

const schemaContext = "https://schema.org"

// aboutTheShop is the home page's.
func (p *Pages) aboutTheShop() thing {
	return thing{
		"@context": schemaContext, "@type": "WebSite", "name": p.shopName(), "url": p.Shop.URL() + "/",
		"publisher": publisher(),
		"potentialAction": thing{
			"@type": "SearchAction", "target": p.Shop.URL() + "/handbooks?q={words}", "query-input": "required name=words",
		},
	}
}

func publisher() thing {
	return thing{"@type": "Organization", "name": "Big Picture Learning", "url": "https://www.bigpicture.org/"}
}

// aboutTheProduct is a product page's: a book with what its licences cost.
func (p *Pages) aboutTheProduct(product shop.Product) thing {
	address := p.Shop.URL() + "/handbooks/" + product.Slug
	about := thing{
		"@context": schemaContext, "@type": []string{"Product", "Book"}, "@id": address, "url": address,
		"name": product.Title, "description": product.Summary, "image": p.Shop.URL() + cardAddress(product.Slug),
		"bookFormat": "https://schema.org/EBook", "publisher": publisher(), "brand": publisher(),
		"inLanguage": product.Language, "datePublished": product.PublishedAt.UTC().Format("2006-01-02"),
	}
	if product.Subtitle != "" {
		about["alternativeHeadline"] = product.Subtitle
	}
	if len(product.Authors) > 0 {
		about["author"] = authors(product.Authors)
	}
	if product.Pages > 0 {
		about["numberOfPages"] = product.Pages
	}
	if edition := product.Edition(); edition != nil {
		about["bookEdition"] = edition.Number
	}
	if len(product.Accessibility) > 0 {
		about["accessibilitySummary"] = product.Accessibility
	}
	var parts []thing
	for _, part := range product.Parts {
		parts = append(parts, thing{"@type": "Book", "name": part.Title, "url": p.Shop.URL() + "/handbooks/" + part.Slug})
	}
	if len(parts) > 0 {
		about["hasPart"] = parts
	}
	var offers []thing
	for _, variant := range product.Variants {
		offers = append(offers, thing{
			"@type": "Offer", "name": variant.Kind.Name(), "sku": variant.SKU, "url": address, "price": variant.Price.Decimal(),
			"priceCurrency": strings.ToUpper(variant.Price.Currency), "availability": "https://schema.org/InStock",
		})
	}
	if len(offers) > 0 {
		about["offers"] = offers
	}
	return about
}

// authors are people or, where the author is the publisher, the organisation.
func authors(names []string) []thing {
	var all []thing
	for _, name := range names {
		if name == publisher()["name"] {
			all = append(all, publisher())
			continue
		}
		all = append(all, thing{"@type": "Person", "name": name})
	}
	return all
}
