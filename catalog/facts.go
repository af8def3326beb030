package catalog

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"bookroom/catalog/press"
	"bookroom/shop"
)

// linesBefore is what the front matter's opening "---" takes.
const linesBefore = 1

// readFacts reads product.md: the facts, and the description beneath. It tells whether it could.
func (r *productReader) readFacts(source []byte) bool {
	facts, description, ok := cutFrontMatter(source)
	if !ok {
		r.problem(productFile, 1, `the facts must stand at the top, between two lines of "---"`)
		return false
	}
	var document yaml.Node
	if err := yaml.Unmarshal(facts, &document); err != nil {
		line, message := yamlProblem(err)
		r.problem(productFile, line+linesBefore, "%s", message)
		return false
	}
	if len(document.Content) == 0 || document.Content[0].Kind != yaml.MappingNode {
		r.problem(productFile, 1, `the facts must be lines such as "title: …"`)
		return false
	}
	if r.entry.Product.Description = strings.TrimSpace(string(description)); r.entry.Product.Description == "" {
		r.problem(productFile, 0, "the description is missing; write it below the facts")
	}
	f := factReader{productReader: r, seen: map[string]int{}}
	f.each(document.Content[0], f.product)
	f.checkWhole()
	return true
}

func cutFrontMatter(source []byte) (facts, body []byte, ok bool) {
	rest, ok := bytes.CutPrefix(source, []byte("---\n"))
	if !ok {
		return nil, nil, false
	}
	if body, ok = bytes.CutPrefix(rest, []byte("---\n")); ok {
		return nil, body, true
	}
	facts, body, ok = bytes.Cut(append(rest, '\n'), []byte("\n---\n"))
	return facts, body, ok
}

var yamlLine = regexp.MustCompile(`^yaml: line (\d+): (.*)`)

// yamlProblem takes the line number out of the parser's message, or line 1 where it has none. Where the
// parser did not find something it counts lines from 0, else from 1.
func yamlProblem(err error) (line int, message string) {
	parts := yamlLine.FindStringSubmatch(err.Error())
	if parts == nil {
		return 1, strings.TrimPrefix(err.Error(), "yaml: ")
	}
	message = parts[2]
	line, err = strconv.Atoi(parts[1])
	if err != nil {
		return 1, message
	}
	if strings.HasPrefix(message, "did not find expected") {
		line++
	}
	return line, message
}

// factReader reads facts one by one; each method notes what is wrong and goes on.
type factReader struct {
	*productReader
	seen map[string]int // the line of each fact of the product
}

func (f *factReader) wrong(n *yaml.Node, format string, args ...any) {
	f.problem(productFile, n.Line+linesBefore, format, args...)
}

// each calls read for every fact of a mapping, once by name.
func (f *factReader) each(mapping *yaml.Node, read func(key, value *yaml.Node)) {
	seen := map[string]bool{}
	for i := 0; i < len(mapping.Content); i += 2 {
		key, value := mapping.Content[i], mapping.Content[i+1]
		if seen[key.Value] {
			f.wrong(key, "%s is given twice", key.Value)
			continue
		}
		seen[key.Value] = true
		read(key, value)
	}
}

func (f *factReader) product(name, value *yaml.Node) {
	key := name.Value
	f.seen[key] = name.Line + linesBefore
	p := &f.entry.Product
	switch key {
	case "kind":
		p.Kind = shop.ProductKind(f.oneOf(key, value, string(shop.Handbook), string(shop.Bundle)))
	case "status":
		p.Status = shop.ProductStatus(f.oneOf(key, value, string(shop.Draft), string(shop.Published), string(shop.Archived)))
	case "title":
		p.Title = f.printable(key, value)
	case "subtitle":
		p.Subtitle = f.printable(key, value)
	case "summary":
		p.Summary = f.printable(key, value)
	case "language":
		p.Language = f.language(value)
	case "authors":
		p.Authors = f.list(key, "author", value, f.printable)
	case "distinguishers":
		p.Distinguishers = f.list(key, "distinguisher", value, f.keyOf(shop.Distinguishers()))
	case "goals":
		p.Goals = f.list(key, "goal", value, f.keyOf(shop.Goals()))
	case "tags":
		p.Tags = f.list(key, "tag", value, f.text)
	case "accessibility":
		p.Accessibility = f.list(key, "accessibility fact", value, f.text)
	case "licences":
		f.licences(value)
	case "edition":
		f.edition(value)
	case "files":
		f.list(key, "file", value, f.file)
	case "fillable":
		f.entry.fillable = f.yesOrNo(key, value)
	case "look_inside":
		f.lookInside(value)
	case "pages":
		p.Pages = f.number(key, value)
	case "formats":
		f.formats(value)
	case "archive":
		f.archive(value)
	case "earlier_editions":
		f.earlierEditions(value)
	case "includes":
		f.list(key, "included", value, f.include)
	default:
		f.wrong(name, "%s is not a fact that a product has", key)
	}
}

// text reads one line of text; "" where there is none.
func (f *factReader) text(name string, n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode || strings.TrimSpace(n.Value) == "" {
		f.wrong(n, "%s must be a text", name)
		return ""
	}
	return strings.Join(strings.Fields(n.Value), " ")
}

// printable reads a text that stands in the PDF.
func (f *factReader) printable(name string, n *yaml.Node) string {
	text := f.text(name, n)
	if c, missing := press.Missing(text); missing {
		f.wrong(n, "%s cannot be printed: the handbook's typefaces have no character %q (U+%04X)", name, c, c)
	}
	return text
}

func (f *factReader) oneOf(name string, n *yaml.Node, allowed ...string) string {
	text := f.text(name, n)
	if text != "" && !slices.Contains(allowed, text) {
		last := len(allowed) - 1
		f.wrong(n, "%s %q is not %s or %s", name, text, strings.Join(allowed[:last], ", "), allowed[last])
	}
	return text
}

func (f *factReader) keyOf(facets []shop.Facet) func(string, *yaml.Node) string {
	return func(name string, n *yaml.Node) string {
		text := f.text(name, n)
		if text != "" && !shop.IsFacet(facets, text) {
			var keys []string
			for _, facet := range facets {
				keys = append(keys, facet.Key)
			}
			f.wrong(n, "%s %q is not one of %s", name, text, strings.Join(keys, ", "))
		}
		return text
	}
}

// list reads each item of a list; none may be given twice.
func (f *factReader) list(name, itemName string, n *yaml.Node, read func(string, *yaml.Node) string) []string {
	if n.Kind != yaml.SequenceNode {
		f.wrong(n, "%s must be a list such as [first, second]", name)
		return nil
	}
	var texts []string
	for _, item := range n.Content {
		text := read(itemName, item)
		if text != "" && slices.Contains(texts, text) {
			f.wrong(item, "%s %q is given twice", itemName, text)
		}
		texts = append(texts, text)
	}
	return texts
}

func (f *factReader) number(name string, n *yaml.Node) int {
	number, err := strconv.Atoi(n.Value)
	if n.Kind != yaml.ScalarNode || err != nil || number < 1 {
		f.wrong(n, "%s %q is not a whole number from 1 on", name, n.Value)
		return 0
	}
	return number
}

func (f *factReader) yesOrNo(name string, n *yaml.Node) bool {
	if n.Value != "true" && n.Value != "false" {
		f.wrong(n, "%s %q is not true or false", name, n.Value)
	}
	return n.Value == "true"
}

func (f *factReader) language(n *yaml.Node) string {
	text := f.text("language", n)
	if text != "" && !shop.IsLanguageTag(text) {
		f.wrong(n, "language %q is not a tag such as en or es-MX", text)
	}
	return text
}

func (f *factReader) licences(n *yaml.Node) {
	if n.Kind != yaml.MappingNode || len(n.Content) == 0 {
		f.wrong(n, `licences must be lines such as "individual: 38.00 usd"`)
		return
	}
	p := &f.entry.Product
	f.each(n, func(key, value *yaml.Node) {
		kind := shop.VariantKind(key.Value)
		if kind != shop.Individual && kind != shop.SchoolLicence {
			f.wrong(key, "licence %q is not individual or school", key.Value)
			return
		}
		licence := shop.Variant{Kind: kind, SKU: p.Slug + "-" + key.Value}
		if !f.terms(value, &licence) {
			return
		}
		if len(p.Variants) > 0 && p.Variants[0].Price.Currency != licence.Price.Currency {
			f.wrong(value, "price %q is in another currency than the licence before", licence.Price.Decimal()+" "+licence.Price.Currency)
		}
		p.Variants = append(p.Variants, licence)
	})
	slices.SortStableFunc(p.Variants, func(a, b shop.Variant) int {
		if a.Price.Amount != b.Price.Amount {
			return int(a.Price.Amount - b.Price.Amount)
		}
		return strings.Compare(string(a.Kind), string(b.Kind))
	})
}

// terms reads what a licence costs: a price, or a price with the amount that is suggested to those who can
// pay more. It is false where there is no price.
func (f *factReader) terms(n *yaml.Node, licence *shop.Variant) bool {
	if n.Kind != yaml.MappingNode {
		return f.amount("price", n, &licence.Price)
	}
	var suggested *yaml.Node
	priced, named := false, false
	f.each(n, func(key, value *yaml.Node) {
		switch key.Value {
		case "price":
			named, priced = true, f.amount("price", value, &licence.Price)
		case "suggested":
			suggested = value
		default:
			f.wrong(key, "a licence has price and suggested, not %s", key.Value)
		}
	})
	if !named {
		f.wrong(n, "price is missing")
	}
	if !priced || suggested == nil || !f.amount("suggested", suggested, &licence.Suggested) {
		return priced
	}
	if err := licence.CheckSuggested(); err != nil {
		f.wrong(suggested, "suggested %q: %s", suggested.Value, shop.AsError(err).Message)
	}
	return priced
}

func (f *factReader) amount(name string, n *yaml.Node, to *shop.Money) bool {
	amount, err := shop.ParseMoney(n.Value)
	if err != nil {
		f.wrong(n, "%s %v", name, err)
		return false
	}
	*to = amount
	return true
}

func (f *factReader) edition(n *yaml.Node) {
	f.editionFacts("edition", n, f.newEdition())
}

func (f *factReader) editionFacts(name string, n *yaml.Node, e *shop.Edition) {
	if n.Kind != yaml.MappingNode {
		f.wrong(n, "%s must have a number and a date", name)
		return
	}
	given := map[string]bool{}
	f.each(n, func(key, value *yaml.Node) {
		given[key.Value] = true
		switch key.Value {
		case "number":
			e.Number = f.number(name+" number", value)
		case "date":
			e.PublishedAt = f.date(name, value)
		case "notes":
			e.Notes = f.text(name+" notes", value)
		default:
			f.wrong(key, "%s has number, date and notes, not %s", name, key.Value)
		}
	})
	for _, key := range []string{"number", "date"} {
		if !given[key] {
			f.wrong(n, "%s %s is missing", name, key)
		}
	}
}

// newEdition returns the product's newest edition, which files may have begun.
func (f *factReader) newEdition() *shop.Edition {
	p := &f.entry.Product
	if len(p.Editions) == 0 {
		p.Editions = []shop.Edition{{}}
	}
	return &p.Editions[0]
}

func (f *factReader) date(name string, n *yaml.Node) time.Time {
	date, err := time.Parse(time.DateOnly, n.Value)
	if err != nil {
		f.wrong(n, "%s date %q is not a day such as 2026-09-01", name, n.Value)
	}
	return date
}

func (f *factReader) file(name string, n *yaml.Node) string {
	text := f.text(name, n)
	if text == "" {
		return ""
	}
	switch {
	case strings.ContainsAny(text, `/\`):
		f.wrong(n, "file %q must lie in the product's own folder", text)
	case text == productFile || text == handbookFile || text == pdfName(f.slug):
		f.wrong(n, "file %q is the catalog's own", text)
	default:
		if wrong := unfit(f.entry.folder, text); wrong != "" {
			f.wrong(n, "file %q %s", text, wrong)
		}
	}
	e := f.newEdition()
	e.Files = append(e.Files, shop.File{Name: text})
	return text
}

// lookInside reads the pages that are shown as samples.
func (f *factReader) lookInside(n *yaml.Node) {
	var pages []int
	f.list("look_inside", "page", n, func(name string, item *yaml.Node) string {
		pages = append(pages, f.number(name, item))
		return item.Value
	})
	if len(pages) > shop.MaxSamples {
		f.wrong(n, "look_inside names %d pages; at most %d are shown", len(pages), shop.MaxSamples)
	}
	f.newEdition().LookInside = pages
}

func (f *factReader) include(name string, n *yaml.Node) string {
	text := f.text(name, n)
	if text != "" {
		f.entry.Includes = append(f.entry.Includes, text)
		f.includeLines = append(f.includeLines, n.Line+linesBefore)
	}
	return text
}

// checkWhole checks what needs more than one fact.
func (f *factReader) checkWhole() {
	required := []string{"kind", "status", "title", "summary", "language", "authors", "licences"}
	p := f.entry.Product
	var unfit []string
	switch p.Kind {
	case shop.Bundle:
		required = append(required, "includes")
		unfit = []string{"archive", "earlier_editions", "edition", "files", "fillable", "formats", "look_inside", "pages"}
	case shop.Handbook:
		if p.Status != shop.Draft {
			required = append(required, "edition")
		}
		unfit = []string{"includes"}
	}
	for _, key := range required {
		if f.seen[key] == 0 {
			f.problem(productFile, 0, "%s is missing", key)
		}
	}
	for _, key := range unfit {
		if line := f.seen[key]; line != 0 {
			f.problem(productFile, line, "%s is not for a %s", key, p.Kind)
		}
	}
	for _, key := range []string{"files", "archive", "earlier_editions", "look_inside"} {
		if line := f.seen[key]; line != 0 && f.seen["edition"] == 0 && p.Status == shop.Draft {
			f.problem(productFile, line, "%s must have an edition to belong to", key)
		}
	}
	f.checkMadeNames()
	f.checkEarlierEditions()
	if line := f.seen["includes"]; line != 0 && len(f.entry.Includes) == 0 {
		f.problem(productFile, line, "includes names no handbook")
	}
}
