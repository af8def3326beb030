package shop

import (
	"slices"
	"strconv"
	"strings"
)

// ReadFacts returns the product with what was typed for its facts, by their keys; a fact that is not among them stays as
// it is. The second result says what could not be read at all, by the fact's key. Whether the rest makes a product
// is for the verbs to say.
func (p EditedProduct) ReadFacts(typed map[string]string) (EditedProduct, map[string]Sentence) {
	r := factReader{texts: map[string]string{}, wrong: map[string]Sentence{}}
	for _, fact := range p.Facts() {
		r.texts[fact.Key] = fact.Text
		if text, given := typed[fact.Key]; given {
			r.texts[fact.Key] = strings.ReplaceAll(text, "\r\n", "\n")
		}
	}
	p.Slug = r.line(FactSlug)
	p.Title, p.Subtitle, p.Summary = r.line(FactTitle), r.line(FactSubtitle), r.line(FactSummary)
	p.Description = strings.TrimSpace(r.texts[FactDescription])
	p.Authors, p.Tags, p.Accessibility = r.list(FactAuthors), r.list(FactTags), r.list(FactAccessibility)
	p.Distinguishers, p.Goals = r.list(FactDistinguishers), r.list(FactGoals)
	p.Language = r.line(FactLanguage)
	if p.Kind == Handbook {
		p.Pages, p.Contents = r.number(FactPages), r.contents()
	} else {
		r.none(FactPages)
		r.none(FactContents)
	}
	p.Variants, p.Withdrawn = r.licences(p)
	return p, r.wrong
}

// factReader reads texts; each method notes what is wrong and goes on.
type factReader struct {
	texts map[string]string
	wrong map[string]Sentence
}

func (r *factReader) line(key string) string { return oneLine(r.texts[key]) }

func (r *factReader) list(key string) []string {
	var list []string
	for line := range strings.Lines(r.texts[key]) {
		if line = oneLine(line); line != "" {
			list = append(list, line)
		}
	}
	return list
}

func (r *factReader) none(key string) {
	if r.line(key) != "" {
		r.wrong[key] = Say("A bundle has none of its own.")
	}
}

func (r *factReader) number(key string) int {
	text := r.line(key)
	if text == "" {
		return 0
	}
	number, err := strconv.Atoi(text)
	if err != nil || number < 0 {
		r.wrong[key] = Say("Type a whole number, such as 64.")
	}
	return number
}

func (r *factReader) contents() []ContentEntry {
	var contents []ContentEntry
	for line := range strings.Lines(r.texts[FactContents]) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		entry := ContentEntry{Title: oneLine(line), Level: 1 + indent(line)/2}
		if bar := strings.LastIndex(line, "|"); bar >= 0 {
			page, err := strconv.Atoi(strings.TrimSpace("0" + oneLine(line[bar+1:])))
			if err != nil {
				r.wrong[FactContents] = Say("What stands behind “|” is a page, a whole number: “%s”.", oneLine(line))
			}
			entry.Title, entry.Page = oneLine(line[:bar]), page
		}
		contents = append(contents, entry)
	}
	return contents
}

// indent is how many spaces a line begins with; a tab counts as two.
func indent(line string) int {
	spaces := 0
	for _, c := range line {
		switch c {
		case ' ':
			spaces++
		case '\t':
			spaces += 2
		default:
			return spaces
		}
	}
	return spaces
}

// licences reads both licences. One without a price, SKU and sale is none; one that there was is withdrawn instead.
func (r *factReader) licences(p EditedProduct) (onSale, withdrawn []Variant) {
	currency := strings.ToLower(r.line(FactCurrency))
	if !isCurrency(currency) {
		r.wrong[FactCurrency] = Say("Type a currency's code of three letters, such as usd.")
		currency = defaultCurrency
	}
	for _, kind := range []VariantKind{Individual, SchoolLicence} {
		before, _ := p.Licence(kind)
		licence := Variant{ID: before.ID, Kind: kind, SKU: r.line(string(kind) + factSKU), Price: Money{before.Price.Amount, currency}}
		priced := r.amount(string(kind)+factPrice, currency, &licence.Price)
		r.amount(string(kind)+factSuggested, currency, &licence.Suggested)
		sold := r.yesOrNo(string(kind) + factOnSale)
		switch {
		case sold && !priced && r.wrong[string(kind)+factPrice].Format == "":
			r.wrong[string(kind)+factPrice] = Say("A licence on sale needs a price; 0 is free.")
		case sold:
			onSale = append(onSale, licence)
		case priced || before.ID != "":
			withdrawn = append(withdrawn, licence)
		}
	}
	byPrice := func(a, b Variant) int { return int(a.Price.Amount - b.Price.Amount) }
	slices.SortStableFunc(onSale, byPrice)
	slices.SortStableFunc(withdrawn, byPrice)
	return onSale, withdrawn
}

// amount reads an amount and reports whether there is one.
func (r *factReader) amount(key, currency string, to *Money) bool {
	text := r.line(key)
	if text == "" {
		return false
	}
	amount, err := ReadAmount(text, currency)
	if err != nil {
		r.wrong[key] = AsError(err).Message
		return false
	}
	*to = amount
	return true
}

func (r *factReader) yesOrNo(key string) bool {
	switch strings.ToLower(r.line(key)) {
	case "yes", "true", "on", "1":
		return true
	case "no", "false", "0", "":
		return false
	default:
		r.wrong[key] = Say("Type yes or no.")
		return false
	}
}
