// Package words is the shop's catalogue of sentences: what it says in English, and how that reads in its
// other languages, with numbers, prices, dates and plurals as people write them there. It must not know
// where a sentence is shown or sent.
//
// English sentences are their own keys, so that a template or an error reads as what it says. Every other
// language has a folder with a YAML file for each part of the shop:
//
//	"Your shopping cart is empty": "Su carrito está vacío"
//	"%d titles":
//	  one: "%d título"
//	  other: "%d títulos"
//
// The folder en holds those sentences only that read otherwise for one than for many. The plural follows
// the first argument; "of: 2" says that it follows the second one.
package words

import (
	"embed"
	"fmt"
	"html"
	"html/template"
	"io/fs"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/go-playground/locales"
	"github.com/go-playground/locales/en_US"
	"github.com/go-playground/locales/es_US"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
	"golang.org/x/text/message"
	"golang.org/x/text/message/catalog"

	"bookroom/shop"
)

//go:embed en es
var files embed.FS

// Words say things in one language. They are safe for concurrent use.
type Words struct {
	Language shop.Language
	printer  *message.Printer
	locale   locales.Translator
	names    display.Namer // of languages
}

// Catalogue has the Words of every language of the shop.
type Catalogue struct {
	words   map[shop.Language]*Words
	matcher language.Matcher
}

// Load returns the catalogue, which is read once. It panics when an embedded file is broken.
func Load() *Catalogue { return load() }

var load = sync.OnceValue(read)

func read() *Catalogue {
	sentences := catalog.NewBuilder(catalog.Fallback(language.English))
	c := &Catalogue{words: map[shop.Language]*Words{}}
	var tags []language.Tag
	for _, l := range shop.Languages() {
		tag := language.MustParse(string(l))
		tags = append(tags, tag)
		if err := readSentences(files, l, func(key string, s sentence) error { return s.set(sentences, tag, key) }); err != nil {
			panic(err) // embedded: it is whole or the program was built wrongly
		}
	}
	// Schools of the network are in the United States, so that is how numbers and dates are written.
	places := map[shop.Language]locales.Translator{shop.English: en_US.New(), shop.Spanish: es_US.New()}
	for i, l := range shop.Languages() {
		place := language.MustParse(strings.ReplaceAll(places[l].Locale(), "_", "-"))
		c.words[l] = &Words{
			Language: l, locale: places[l], names: display.Languages(tags[i]),
			printer: message.NewPrinter(place, message.Catalog(sentences)),
		}
	}
	c.matcher = language.NewMatcher(tags)
	return c
}

// In returns the Words of a language, and the English ones where the shop does not speak it.
func (c *Catalogue) In(l shop.Language) *Words { return c.words[l.Known()] }

// Choose picks the language that suits an Accept-Language header best; English where none does.
func (c *Catalogue) Choose(accept string) shop.Language {
	_, at := language.MatchStrings(c.matcher, accept)
	return shop.Languages()[at]
}

// Say puts a sentence into the language. Whole numbers are written as people there write them; of the
// other arguments, Money becomes a price and a Sentence is said in the language, too.
func (w *Words) Say(format string, args ...any) string {
	if len(args) == 0 {
		return w.printer.Sprintf(format)
	}
	said := make([]any, len(args))
	for i, arg := range args {
		switch arg := arg.(type) {
		case shop.Money:
			said[i] = w.Money(arg)
		case shop.Sentence:
			said[i] = w.Sentence(arg)
		default:
			said[i] = arg
		}
	}
	return w.printer.Sprintf(format, said...)
}

// Sentence is Say for a shop.Sentence; empty for the empty one.
func (w *Words) Sentence(s shop.Sentence) string {
	if s.Format == "" {
		return ""
	}
	return w.Say(s.Format, s.Args...)
}

// HTML is Say for a sentence that holds HTML of our own. What goes into it is escaped.
func (w *Words) HTML(format string, args ...any) template.HTML {
	safe := make([]any, len(args))
	for i, arg := range args {
		switch arg := arg.(type) {
		case int, int64:
			safe[i] = arg
		case template.HTML:
			safe[i] = string(arg)
		default:
			safe[i] = html.EscapeString(w.Say("%v", arg))
		}
	}
	return template.HTML(w.Say(format, safe...)) // #nosec G203 -- the sentences are ours, what goes into them is escaped
}

// Number writes a whole number.
func (w *Words) Number(n int64) string { return w.printer.Sprintf("%d", n) }

// Money writes an amount exactly: "$38.00", "-$1,295.00".
func (w *Words) Money(m shop.Money) string {
	text := m.String()
	start := strings.IndexFunc(text, unicode.IsDigit)
	length := strings.IndexFunc(text[start:], func(r rune) bool { return !unicode.IsDigit(r) })
	if length < 0 {
		length = len(text) - start
	}
	whole, err := strconv.ParseInt(text[start:start+length], 10, 64)
	if err != nil {
		return text // more than any order comes to
	}
	return text[:start] + w.Number(whole) + text[start+length:]
}

// Price writes what something costs on the shelf: "$38", "$38.50", "Free".
func (w *Words) Price(m shop.Money) string {
	if m.IsZero() {
		return w.Say("Free")
	}
	if shop.MinorDigits(m.Currency) == 2 && m.Amount%100 == 0 {
		return strings.Replace(w.Money(m), ".00", "", 1)
	}
	return w.Money(m)
}

// Day writes the day of a time, in UTC: "November 22, 2026".
func (w *Words) Day(t time.Time) string { return w.locale.FmtDateLong(t.UTC()) }

// Month writes the month of a time, in UTC: "November 2026".
func (w *Words) Month(t time.Time) string {
	t = t.UTC()
	return w.Say("%[1]s %[2]s", w.locale.MonthWide(t.Month()), t.Format("2006")) // the month and its year
}

// List joins words as in a sentence: "A, B and C".
func (w *Words) List(items []string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	last := len(items) - 1
	return w.Say("%s and %s", strings.Join(items[:last], ", "), items[last])
}

// Tongue is a language's name in this one: "Spanish" for es.
func (w *Words) Tongue(tag string) string {
	parsed, err := language.Parse(tag)
	if err != nil {
		return tag
	}
	return w.names.Name(parsed)
}

// Size writes a file's size as people know it, in decimal units.
func (w *Words) Size(bytes int64) string {
	switch {
	case bytes < 1000:
		return w.Say("%d bytes", bytes)
	case bytes < 999_500:
		return w.Say("%d KB", (bytes+500)/1000)
	case bytes < 999_950_000:
		return w.Say("%.1f MB", float64(bytes)/1e6)
	default:
		return w.Say("%.1f GB", float64(bytes)/1e9)
	}
}

// readSentences hands every sentence of a language to add.
func readSentences(files fs.FS, l shop.Language, add func(key string, s sentence) error) error {
	parts, err := fs.Glob(files, string(l)+"/*.yaml")
	if err != nil {
		return fmt.Errorf("list the sentences of %s: %w", l, err)
	}
	for _, part := range parts {
		text, err := fs.ReadFile(files, part)
		if err != nil {
			return fmt.Errorf("read %s: %w", part, err)
		}
		if err := readPart(text, add); err != nil {
			return fmt.Errorf("%s: %w", part, err)
		}
	}
	return nil
}
