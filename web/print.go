package web

import (
	"context"
	"html/template"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"bookroom/shop"
	"bookroom/words"
)

// funcs are the words of the templates of one language.
func (p *Pages) funcs(w *words.Words) template.FuncMap {
	return template.FuncMap{
		"t":             w.Say,
		"h":             w.HTML,
		"say":           w.Sentence,
		"lang":          func() shop.Language { return w.Language },
		"languages":     p.languages,
		"canonical":     p.canonical,
		"site":          p.Shop.URL,
		"price":         w.Price,
		"money":         w.Money,
		"day":           w.Day,
		"month":         w.Month,
		"number":        w.Number,
		"size":          w.Size,
		"list":          w.List,
		"tongue":        func(tag string) string { return capital(w.Tongue(tag)) },
		"formats":       func(product shop.Product) string { return formats(w, product) },
		"distinguisher": func(key string) string { return w.Say(shop.FacetName(shop.Distinguishers(), key)) },
		"goal":          func(key string) string { return w.Say(shop.FacetName(shop.Goals(), key)) },

		"licence":    func(kind shop.VariantKind) string { return w.Say(kind.Name()) },
		"tongueOf":   func(product shop.Product) template.HTMLAttr { return tongueOf(w, product) },
		"editionDay": func(edition shop.Edition) string { return editionDay(w, edition) },

		"asset":       func(name string) (string, error) { return p.assets.address(name) },
		"cartSlot":    func() template.HTML { return cartSlot },
		"cover":       p.drawCover,
		"motif":       p.drawMotif,
		"support":     p.supportEmail,
		"shopName":    p.shopName,
		"edition":     func(product shop.Product) *shop.Edition { return product.Edition() },
		"card":        card,
		"sentence":    w.Sentence,
		"filesOf":     func(token string, files []shop.OwnedFile) ownedFiles { return ownedFiles{token, files} },
		"from":        func(product shop.Product) shop.Money { return product.From() },
		"news":        news,
		"pieces":      shop.Pieces,
		"long":        func(title string) bool { return utf8.RuneCountInString(title) > longTitle },
		"extension":   fileKind,
		"partProduct": partProduct,
		"markdown":    markdown,
		"maxQuantity": func() int { return shop.MaxQuantity },
	}
}

func (p *Pages) drawCover(product shop.Product) (template.HTML, error) {
	var drawing strings.Builder
	err := p.Cover(&drawing, product)
	return template.HTML(drawing.String()), err // #nosec G203 -- drawn by us, texts in it are escaped
}

func (p *Pages) drawMotif(key string) (template.HTML, error) {
	var drawing strings.Builder
	err := p.Motif(&drawing, key)
	return template.HTML(drawing.String()), err // #nosec G203 -- drawn by us
}

// longTitle is how many signs a headline has room for at its full size.
const longTitle = 34

// tongueOf marks texts of a product that is in another language than the page around it.
func tongueOf(w *words.Words, p shop.Product) template.HTMLAttr {
	base, _, _ := strings.Cut(p.Language, "-")
	if base == "" || base == string(w.Language) {
		return ""
	}
	return template.HTMLAttr(` lang="` + template.HTMLEscapeString(p.Language) + `"`) // #nosec G203 -- escaped
}

// editionDay is the edition with its month: "Edition 5, November 2026".
func editionDay(w *words.Words, e shop.Edition) string {
	if e.Number == 1 {
		return w.Say("First edition, %s", w.Month(e.PublishedAt))
	}
	return w.Say("Edition %d, %s", e.Number, w.Month(e.PublishedAt))
}

// news is what changed with the newest edition; empty for a first one.
func news(p shop.Product) string {
	if edition := p.Edition(); edition != nil && edition.Number > 1 {
		return edition.Notes
	}
	return ""
}

// fileKind is the file's kind as its name tells: "PDF".
func fileKind(name string) string { return strings.ToUpper(strings.TrimPrefix(path.Ext(name), ".")) }

// formats says what a buyer gets: "PDF, EPUB" or, for a bundle, "4 handbooks".
func formats(w *words.Words, p shop.Product) string {
	if p.Kind == shop.Bundle {
		if len(p.Parts) == 0 {
			return w.Say("Bundle")
		}
		return w.Say("%d handbooks", len(p.Parts))
	}
	edition := p.Edition()
	if edition == nil {
		return ""
	}
	var kinds []string
	for _, file := range edition.Files {
		if kind := fileKind(file.Name); kind != "" && !slices.Contains(kinds, kind) {
			kinds = append(kinds, kind)
		}
	}
	return strings.Join(kinds, ", ")
}

// partProduct is as much of a bundle's handbook as its cover needs.
func partProduct(part shop.Part) shop.Product {
	return shop.Product{
		ID: part.ProductID, Slug: part.Slug, Kind: shop.Handbook, Status: part.Status, Title: part.Title, Subtitle: part.Subtitle,
		Distinguishers: part.Distinguishers, Editions: []shop.Edition{{Number: part.Edition}},
	}
}

// supportEmail and shopName are what staff have set, or what was known last: pages about trouble need them most
// when the database does not answer.
func (p *Pages) supportEmail() string {
	return p.Shop.KnownSettings(context.Background()).SupportEmail
}

func (p *Pages) shopName() string { return p.Shop.KnownSettings(context.Background()).ShopName }
