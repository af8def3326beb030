package web

import (
	"fmt"
	"html/template"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"bookroom/shop"

	tags "golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// funcs are the words of the templates.
func (p *Pages) funcs() template.FuncMap {
	return template.FuncMap{
		"asset":         func(name string) (string, error) { return p.assets.address(name) },
		"cartSlot":      func() template.HTML { return cartSlot },
		"cover":         p.drawCover,
		"motif":         p.drawMotif,
		"support":       func() string { return p.SupportEmail },
		"price":         price,
		"day":           day,
		"month":         func(t time.Time) string { return t.UTC().Format("January 2006") },
		"size":          size,
		"count":         count,
		"number":        number,
		"edition":       func(product shop.Product) *shop.Edition { return product.Edition() },
		"from":          func(product shop.Product) shop.Money { return product.From() },
		"formats":       formats,
		"extension":     fileKind,
		"distinguisher": func(key string) string { return shop.FacetName(shop.Distinguishers(), key) },
		"goal":          func(key string) string { return shop.FacetName(shop.Goals(), key) },
		"list":          list,
		"language":      language,
		"partProduct":   partProduct,
		"markdown":      markdown,
		"maxQuantity":   func() int { return shop.MaxQuantity },
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

// price prints what something costs on the shelf: "$38", "$38.50", "Free".
func price(m shop.Money) string {
	if m.IsZero() {
		return "Free"
	}
	if shop.MinorDigits(m.Currency) == 2 && m.Amount%100 == 0 {
		return strings.Replace(m.String(), ".00", "", 1)
	}
	return m.String()
}

func day(t time.Time) string { return t.UTC().Format("January 2, 2006") }

// size prints a file's size as people know it, in decimal units.
func size(bytes int64) string {
	switch {
	case bytes < 1000:
		return fmt.Sprintf("%d bytes", bytes)
	case bytes < 999_500:
		return fmt.Sprintf("%d KB", (bytes+500)/1000)
	case bytes < 999_950_000:
		return fmt.Sprintf("%.1f MB", float64(bytes)/1e6)
	default:
		return fmt.Sprintf("%.1f GB", float64(bytes)/1e9)
	}
}

// count prints a number with its noun: "1 title", "2 titles".
func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return number(int64(n)) + " " + noun
}

// number prints a whole number with a comma before each three digits.
func number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// fileKind is the file's kind as its name tells: "PDF".
func fileKind(name string) string { return strings.ToUpper(strings.TrimPrefix(path.Ext(name), ".")) }

// formats says what a buyer gets: "PDF, EPUB" or, for a bundle, "4 handbooks".
func formats(p shop.Product) string {
	if p.Kind == shop.Bundle {
		if len(p.Parts) == 0 {
			return "Bundle"
		}
		return count(len(p.Parts), "handbook")
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

// list joins words as in a sentence: "A, B and C".
func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// language is the English name of a language: "Spanish" for es.
func language(tag string) string {
	parsed, err := tags.Parse(tag)
	if err != nil {
		return tag
	}
	return display.English.Tags().Name(parsed)
}

// partProduct is as much of a bundle's handbook as its cover needs.
func partProduct(part shop.Part) shop.Product {
	return shop.Product{
		ID: part.ProductID, Slug: part.Slug, Kind: shop.Handbook, Status: part.Status, Title: part.Title, Subtitle: part.Subtitle,
		Distinguishers: part.Distinguishers, Editions: []shop.Edition{{Number: part.Edition}},
	}
}
