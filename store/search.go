package store

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"gorm.io/gorm"

	"bookroom/shop"
)

// A search is cut to this many words of this many letters.
const (
	maxWords      = 16
	maxWordLength = 64
	maxQuery      = 1000 // bytes that are looked at
)

// words are what somebody looks for, folded. The last one may be the beginning of a word.
type words struct {
	asked bool // something was typed, even if no word is in it
	list  []string
}

func (w words) empty() bool { return len(w.list) == 0 }

func queryWords(q string) words {
	if len(q) > maxQuery {
		q = q[:maxQuery]
	}
	list := foldedWords(q)
	return words{asked: strings.TrimSpace(q) != "", list: list[:min(len(list), maxWords)]}
}

// letters that have no accent to be taken off.
var letters = strings.NewReplacer("ß", "ss", "æ", "ae", "œ", "oe", "ø", "o", "ł", "l", "đ", "d", "ð", "d", "þ", "th", "ı", "i",
	"'", "", "’", "")

// foldedWords splits a text into its words, without accents, capitals and apostrophes. Both databases
// store and look for these words, so both find the same.
func foldedWords(text string) []string {
	var plain strings.Builder
	for _, r := range norm.NFKD.String(strings.ToValidUTF8(text, " ")) {
		if !unicode.Is(unicode.Mn, r) {
			plain.WriteRune(unicode.ToLower(r))
		}
	}
	list := strings.FieldsFunc(letters.Replace(plain.String()), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r)
	})
	for i, word := range list {
		if runes := []rune(word); len(runes) > maxWordLength {
			list[i] = string(runes[:maxWordLength])
		}
	}
	return list
}

// titleKey is what titles are sorted by.
func titleKey(title string) string { return strings.Join(foldedWords(title), " ") }

// searchFields are the words of a product by how much they count: title, tags, summary, contents.
type searchFields [4][]string

func newSearchFields(p *shop.Product) searchFields {
	tags := append([]string{}, p.Tags...)
	for _, key := range p.Distinguishers {
		tags = append(tags, shop.FacetName(shop.Distinguishers(), key))
	}
	for _, key := range p.Goals {
		tags = append(tags, shop.FacetName(shop.Goals(), key))
	}
	var contents []string
	for _, entry := range p.Contents {
		contents = append(contents, entry.Title)
	}
	return searchFields{
		foldedWords(p.Title),
		foldedWords(strings.Join(tags, " ")),
		foldedWords(p.Subtitle + " " + p.Summary),
		foldedWords(strings.Join(contents, " ")),
	}
}

// index makes a product's words findable.
func (s *Store) index(tx *gorm.DB, productID string, fields searchFields) error {
	if err := tx.Exec("DELETE FROM product_search WHERE product_id = ?", productID).Error; err != nil {
		return fmt.Errorf("forget the words of a product: %w", err)
	}
	var insert *gorm.DB
	if s.dialect == PostgreSQL {
		insert = tx.Exec("INSERT INTO product_search (product_id, document) VALUES (?, ?::text::tsvector)", productID, fields.vector())
	} else {
		insert = tx.Exec("INSERT INTO product_search (product_id, title, tags, summary, contents) VALUES (?, ?, ?, ?, ?)", productID,
			strings.Join(fields[0], " "), strings.Join(fields[1], " "), strings.Join(fields[2], " "), strings.Join(fields[3], " "))
	}
	if insert.Error != nil {
		return fmt.Errorf("store the words of a product: %w", insert.Error)
	}
	return nil
}

// weights are PostgreSQL's names for the four fields.
const weights = "ABCD"

// vector writes the words as a tsvector. They hold letters and digits only, so quotes are safe.
func (f searchFields) vector() string {
	var b strings.Builder
	for i, field := range f {
		for _, word := range field {
			fmt.Fprintf(&b, "'%s':%d%c ", word, i+1, weights[i])
		}
	}
	return b.String()
}

// found selects product_id and tier of the products that have all the words. The tier is how far one
// has to look to have found them all: 1 in the title alone, 2 with the tags, 3 with the summary, 4 with
// the contents.
func (s *Store) found(tx *gorm.DB, w words) *gorm.DB {
	tx = tx.Session(&gorm.Session{NewDB: true})
	if s.dialect == PostgreSQL {
		return tx.Raw(`SELECT product_id, CASE WHEN document @@ ?::text::tsquery THEN 1 WHEN document @@ ?::text::tsquery THEN 2
			WHEN document @@ ?::text::tsquery THEN 3 ELSE 4 END AS tier
			FROM product_search WHERE document @@ ?::text::tsquery`, w.tsquery(1), w.tsquery(2), w.tsquery(3), w.tsquery(4))
	}
	return tx.Raw(`SELECT product_id, MIN(tier) AS tier FROM (
			SELECT product_id, 1 AS tier FROM product_search WHERE product_search MATCH ?
			UNION ALL SELECT product_id, 2 FROM product_search WHERE product_search MATCH ?
			UNION ALL SELECT product_id, 3 FROM product_search WHERE product_search MATCH ?
			UNION ALL SELECT product_id, 4 FROM product_search WHERE product_search MATCH ?
		) GROUP BY product_id`, w.fts(1), w.fts(2), w.fts(3), w.fts(4))
}

// tsquery asks PostgreSQL for all words within the first fields.
func (w words) tsquery(fields int) string {
	terms := make([]string, len(w.list))
	for i, word := range w.list {
		beginning := ""
		if i == len(w.list)-1 {
			beginning = "*"
		}
		terms[i] = "'" + word + "':" + beginning + weights[:fields]
	}
	return strings.Join(terms, " & ")
}

// fts asks SQLite's FTS5 for all words within the first fields.
func (w words) fts(fields int) string {
	columns := []string{"title", "tags", "summary", "contents"}[:fields]
	terms := make([]string, len(w.list))
	for i, word := range w.list {
		terms[i] = `"` + word + `"`
	}
	return "{" + strings.Join(columns, " ") + "} : (" + strings.Join(terms, " AND ") + "*)"
}
