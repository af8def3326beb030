package shop

import (
	"slices"
	"strconv"
	"strings"
)

// The facts that staff write of a product, by the names of their fields in forms, tables and the audit trail.
const (
	FactSlug           = "slug"
	FactTitle          = "title"
	FactSubtitle       = "subtitle"
	FactSummary        = "summary"
	FactDescription    = "description"
	FactAuthors        = "authors"
	FactLanguage       = "language"
	FactTags           = "tags"
	FactDistinguishers = "distinguishers"
	FactGoals          = "goals"
	FactAccessibility  = "accessibility"
	FactPages          = "pages"
	FactContents       = "contents"
	FactCurrency       = "currency"
)

// The facts of a licence stand behind its kind: individual_price.
const (
	factOnSale    = "_on_sale"
	factPrice     = "_price"
	factSuggested = "_suggested"
	factSKU       = "_sku"
)

// Fact is one of them as text. A list has a line for each of its entries; a line of the contents is a title, "|" and
// a page, with two spaces before it for each level below a chapter.
type Fact struct {
	Key  string
	Name string // for people
	Text string
}

// Facts returns all facts of a product, always in the same order. A bundle has neither pages nor contents.
func (p *EditedProduct) Facts() []Fact {
	facts := []Fact{
		{FactSlug, "Address", p.Slug},
		{FactTitle, "Title", p.Title},
		{FactSubtitle, "Subtitle", p.Subtitle},
		{FactSummary, "Summary", p.Summary},
		{FactDescription, "Description", p.Description},
		{FactAuthors, "Authors", lines(p.Authors)},
		{FactLanguage, "Language", p.Language},
		{FactTags, "Tags", lines(p.Tags)},
		{FactDistinguishers, "Distinguishers", lines(p.Distinguishers)},
		{FactGoals, "Learning goals", lines(p.Goals)},
		{FactAccessibility, "Accessibility", lines(p.Accessibility)},
		{FactPages, "Pages", ""},
		{FactContents, "Contents", ""},
		{FactCurrency, "Currency", p.currency()},
	}
	if p.Kind == Handbook {
		for i := range facts {
			switch facts[i].Key {
			case FactPages:
				facts[i].Text = pageText(p.Pages)
			case FactContents:
				facts[i].Text = contentsText(p.Contents)
			}
		}
	}
	for _, kind := range []VariantKind{Individual, SchoolLicence} {
		facts = append(facts, p.licenceFacts(kind)...)
	}
	return facts
}

func (p *EditedProduct) licenceFacts(kind VariantKind) []Fact {
	licence, onSale := p.Licence(kind)
	key, name := string(kind), kind.Name()
	facts := []Fact{
		{key + factOnSale, name + " on sale", "no"},
		{key + factPrice, name + " price", ""},
		{key + factSuggested, name + " suggested amount", ""},
		{key + factSKU, name + " SKU", licence.SKU},
	}
	if onSale {
		facts[0].Text = "yes"
	}
	if licence.Price.Currency != "" {
		facts[1].Text = licence.Price.Decimal()
	}
	if licence.TakesMore() {
		facts[2].Text = licence.Suggested.Decimal()
	}
	return facts
}

// defaultCurrency is that of a product without a price.
const defaultCurrency = "usd"

func (p *EditedProduct) currency() string {
	for _, v := range slices.Concat(p.Variants, p.Withdrawn) {
		return v.Price.Currency
	}
	return defaultCurrency
}

func lines(list []string) string { return strings.Join(list, "\n") }

func pageText(page int) string {
	if page == 0 {
		return ""
	}
	return strconv.Itoa(page)
}

func contentsText(contents []ContentEntry) string {
	var b strings.Builder
	for i, entry := range contents {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(strings.Repeat("  ", max(entry.Level-1, 0)) + entry.Title)
		if page := pageText(entry.Page); page != "" || strings.Contains(entry.Title, "|") {
			b.WriteString(strings.TrimRight(" | "+page, " "))
		}
	}
	return b.String()
}

// Difference is a fact that two versions of a product do not agree in.
type Difference struct {
	Key, Name     string
	Before, After string
}

// Differences lists the facts in which two versions differ, in the order of Facts.
func Differences(before, after EditedProduct) []Difference {
	old := before.Facts()
	var differ []Difference
	for i, fact := range after.Facts() {
		if old[i].Text != fact.Text {
			differ = append(differ, Difference{fact.Key, fact.Name, old[i].Text, fact.Text})
		}
	}
	return differ
}

// changes are the differences as the audit trail keeps them.
func changes(before, after EditedProduct) (was, is map[string]any) {
	was, is = map[string]any{}, map[string]any{}
	for _, d := range Differences(before, after) {
		was[d.Key], is[d.Key] = d.Before, d.After
	}
	return was, is
}
