package shop

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The bounds of what a product is told by.
const (
	maxFactLine    = 300    // characters of a line, such as a title
	maxSummary     = 1000   // characters
	maxFactText    = 50_000 // bytes of any fact
	maxFactEntries = 500    // of a list
	maxPages       = 100_000
	maxLevel       = 6 // of the contents
)

var (
	slugPattern     = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	languagePattern = regexp.MustCompile(`^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$`)
)

// IsReservedSlug reports whether no product can have that slug: the search inside the handbooks stands among their
// addresses, and the form for a new product among those of the back office.
func IsReservedSlug(slug string) bool { return slug == "inside" || slug == "new" }

// IsSlug reports whether a text can be the last part of a product's address: small letters, digits, single hyphens.
func IsSlug(text string) bool { return slugPattern.MatchString(text) }

// IsLanguageTag reports whether a text is a language's tag, such as en or es-MX.
func IsLanguageTag(text string) bool { return languagePattern.MatchString(text) }

// IsFacet reports whether there is such a key.
func IsFacet(facets []Facet, key string) bool {
	return slices.ContainsFunc(facets, func(f Facet) bool { return f.Key == key })
}

func isCurrency(code string) bool {
	return len(code) == 3 && strings.Trim(code, "abcdefghijklmnopqrstuvwxyz") == ""
}

// check refuses what cannot be a product in any state.
func (p *EditedProduct) check() error {
	wrong := map[string]Sentence{}
	for _, fact := range p.Facts() {
		checkText(fact, wrong)
	}
	p.checkFacts(wrong)
	currency := p.currency()
	for _, v := range slices.Concat(p.Variants, p.Withdrawn) {
		v.check(currency, wrong)
	}
	if len(wrong) == 0 {
		return nil
	}
	return invalidProduct(wrong)
}

// invalidProduct says what is wrong with the facts of a product, by their keys.
func invalidProduct(wrong map[string]Sentence) *Error {
	e := NewError(Invalid, "invalid_product", "Please look at the marked fields. Nothing was saved.")
	e.Fields = wrong
	return e
}

// WrongFacts is the error of facts that could not be read; nil where none is wrong.
func WrongFacts(wrong map[string]Sentence) error {
	if len(wrong) == 0 {
		return nil
	}
	return invalidProduct(wrong)
}

// checkText keeps out what the database or a page could not hold.
func checkText(fact Fact, wrong map[string]Sentence) {
	isControl := func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }
	longest := maxFactLine
	switch fact.Key {
	case FactSummary:
		longest = maxSummary
	case FactDescription:
		longest = maxFactText
	}
	switch {
	case !utf8.ValidString(fact.Text) || strings.ContainsFunc(fact.Text, isControl):
		wrong[fact.Key] = Say("This holds characters that are no text. Type it anew, or paste it as plain text.")
	case len(fact.Text) > maxFactText || strings.Count(fact.Text, "\n") >= maxFactEntries && fact.Key != FactDescription:
		wrong[fact.Key] = Say("This is too long.")
	default:
		for line := range strings.Lines(fact.Text) {
			if utf8.RuneCountInString(line) > longest {
				wrong[fact.Key] = Say("This is too long: a line has at most %d characters.", longest)
			}
		}
	}
}

func (p *EditedProduct) checkFacts(wrong map[string]Sentence) {
	switch {
	case !IsSlug(p.Slug):
		wrong[FactSlug] = Say("An address has small letters, digits and single hyphens, such as advisory-structure.")
	case IsReservedSlug(p.Slug):
		wrong[FactSlug] = Say("This address is the shop’s own. Please choose another one.")
	}
	if p.Title == "" {
		wrong[FactTitle] = Say("A product needs a title.")
	}
	if p.Kind != Handbook && p.Kind != Bundle {
		wrong["kind"] = Say("A product is a handbook or a bundle.")
	}
	if !IsLanguageTag(p.Language) {
		wrong[FactLanguage] = Say("Type a language's tag, such as en or es-MX.")
	}
	if p.Pages < 0 || p.Pages > maxPages {
		wrong[FactPages] = Say("Type a whole number, such as 64.")
	}
	for _, entry := range p.Contents {
		if entry.Title == "" || entry.Page < 0 || entry.Page > maxPages || entry.Level < 1 || entry.Level > maxLevel {
			wrong[FactContents] = Say("Each line needs a title; its page is a whole number, and it stands at most %d levels below a chapter.", maxLevel-1)
		}
	}
	for key, list := range map[string][]string{
		FactAuthors: p.Authors, FactTags: p.Tags, FactAccessibility: p.Accessibility, FactDistinguishers: p.Distinguishers, FactGoals: p.Goals,
	} {
		if text, twice := repeated(list); twice {
			wrong[key] = Say("“%s” is there twice.", text)
		}
	}
	for key, facets := range map[string][]Facet{FactDistinguishers: Distinguishers(), FactGoals: Goals()} {
		chosen := p.Goals
		if key == FactDistinguishers {
			chosen = p.Distinguishers
		}
		for _, facet := range chosen {
			if !IsFacet(facets, facet) {
				wrong[key] = Say("“%s” is not one of them.", facet)
			}
		}
	}
}

// repeated returns an entry that a list has twice.
func repeated(list []string) (text string, twice bool) {
	for i, text := range list {
		if slices.Contains(list[:i], text) {
			return text, true
		}
	}
	return "", false
}

// check notes what is wrong with a licence of a product that is sold in that currency.
func (v Variant) check(currency string, wrong map[string]Sentence) {
	key := string(v.Kind)
	if v.Kind != Individual && v.Kind != SchoolLicence {
		wrong["licences"] = Say("A licence is individual or school.")
		return
	}
	switch {
	case !isCurrency(v.Price.Currency) || v.Price.Currency != currency:
		wrong[FactCurrency] = Say("All licences of a product have one currency, such as usd.")
	case v.Price.Amount < 0 || v.Price.Amount > MaxAmount:
		wrong[key+factPrice] = Say("A price is from 0 to %s.", Money{MaxAmount, currency})
	}
	switch err := v.CheckSuggested(); {
	case v.Suggested == Money{}:
	case err != nil:
		wrong[key+factSuggested] = AsError(err).Message
	}
}

// CheckSuggested refuses an amount that is suggested to those who can pay more and that nobody could pay, or that is
// not more than the price.
func (v Variant) CheckSuggested() error {
	switch {
	case v.Suggested.Currency != v.Price.Currency:
		return NewError(Invalid, "invalid_suggestion", "The suggested amount is in another currency than the price.")
	case !v.TakesMore():
		return NewError(Invalid, "invalid_suggestion", "The suggested amount is not more than the price.")
	case v.CheckAmount(v.Suggested.Amount) != nil:
		return NewError(Invalid, "invalid_suggestion", "The suggested amount is less than can be charged, or too far above the price.")
	default:
		return nil
	}
}
