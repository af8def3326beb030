package store

import (
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"
)

// A search is cut to so much.
const (
	maxWords = 16
	maxQuery = 1000 // bytes that are looked at
)

// search is what somebody looks for, in words that the shop has.
type search struct {
	text  string // as it was typed
	words []asked
	terms []term
}

// asked is one word as it was typed, and the words that it is read as: itself; those that were probably
// meant, the best first; or none where it means nothing to the shop.
type asked struct {
	word
	readings []string
}

func (a asked) unknown() bool   { return len(a.readings) == 0 }
func (a asked) corrected() bool { return !a.unknown() && a.readings[0] != a.folded }

func (s *search) unknown() bool   { return slices.ContainsFunc(s.words, asked.unknown) }
func (s *search) corrected() bool { return slices.ContainsFunc(s.words, asked.corrected) }

// term is a part of a search: all of its words, wherever they are, or one of the phrases.
type term struct {
	words   []wanted
	phrases []phrase
}

// wanted is one word: in one of its forms, or as a word that begins so, or as one of the phrases.
type wanted struct {
	forms     []string
	beginning string
	phrases   []phrase
}

func (w wanted) nowhere() bool { return len(w.forms) == 0 && w.beginning == "" && len(w.phrases) == 0 }

func (t term) nowhere() bool {
	return len(t.phrases) == 0 && slices.ContainsFunc(t.words, wanted.nowhere)
}

// nowhere reports that no product can have what is looked for.
func (s *search) nowhere() bool {
	return len(s.terms) == 0 || slices.ContainsFunc(s.terms, term.nowhere)
}

// search reads what was typed. A word that the shop does not have is read as the nearest ones that it has.
func (v *vocabulary) search(text string) search {
	s := search{text: text[:min(len(text), maxQuery)]}
	for _, w := range typedWords(text) {
		s.words = append(s.words, asked{w, []string{w.folded}})
	}
	v.correct(s.words)
	for rest := s.words; len(rest) > 0; {
		n, phrases := v.longestPhrase(rest)
		t := term{phrases: phrases}
		for i, w := range rest[:n] {
			t.words = append(t.words, v.wanted(w, i == len(rest)-1))
		}
		s.terms = append(s.terms, t)
		rest = rest[n:]
	}
	return s
}

// typedWords are the words of what was typed, as far as they are looked at.
func typedWords(text string) []word {
	typed := textWords(text[:min(len(text), maxQuery)])
	return typed[:min(len(typed), maxWords)]
}

// correct reads the words that mean nothing to the shop as the nearest ones that do. A word that means
// something together with the next ones is left as it is.
func (v *vocabulary) correct(words []asked) {
	for i := 0; i < len(words); {
		n, together := v.longestPhrase(words[i:])
		w, last := &words[i], i == len(words)-1
		if len(together) == 0 && !v.has(w.folded, last) {
			w.readings = v.nearest(w.folded, last)
		}
		i += n
	}
}

// has reports whether a word, or one of which this is the beginning, means anything in the shop.
func (v *vocabulary) has(folded string, beginning bool) bool {
	return v.inside[folded] || len(v.forms[stem(folded)]) > 0 || len(v.sameAs(phrase{folded})) > 0 ||
		beginning && (v.begins(folded) || len(v.sameAsBegun(folded)) > 0)
}

// longestPhrase returns how many of the next words belong together, and what else stands for them.
func (v *vocabulary) longestPhrase(words []asked) (n int, same []phrase) {
	var p phrase
	for _, w := range words {
		if w.unknown() {
			break
		}
		p = append(p, w.readings[0])
	}
	for n := min(len(p), v.longest); n > 1; n-- {
		if same := v.sameAs(p[:n]); len(same) > 0 {
			return n, same
		}
	}
	return 1, nil
}

func (v *vocabulary) wanted(w asked, last bool) wanted {
	var found wanted
	for _, reading := range w.readings {
		found.forms = append(found.forms, v.formsOf(reading)...)
		found.phrases = append(found.phrases, v.sameAs(phrase{reading})...)
	}
	if !last {
		return found
	}
	if v.begins(w.folded) || v.inside[w.folded] {
		found.beginning = w.folded
	} else if found.nowhere() {
		found.phrases = v.sameAsBegun(w.folded)
	}
	return found
}

// correctedText is what was typed with its mistakes corrected; empty where there were none.
func (s *search) correctedText(v *vocabulary) string {
	if !s.corrected() {
		return ""
	}
	return s.rewritten(v, func(w asked) string { return s.text[w.start:w.end] })
}

// titleKey is the key of the title that is just what is looked for.
func (s *search) titleKey() string {
	words := make([]string, len(s.words))
	for i := range s.words {
		words[i] = s.words[i].folded
		if s.words[i].corrected() {
			words[i] = s.words[i].readings[0]
		}
	}
	return strings.Join(words, " ")
}

// rewritten is what was typed with its mistakes corrected, and with something else for unknown words.
func (s *search) rewritten(v *vocabulary, unknown func(asked) string) string {
	var b strings.Builder
	done := 0
	for _, w := range s.words {
		b.WriteString(s.text[done:w.start])
		switch {
		case w.unknown():
			b.WriteString(unknown(w))
		case w.corrected():
			b.WriteString(v.shown(w.readings[0]))
		default:
			b.WriteString(s.text[w.start:w.end])
		}
		done = w.end
	}
	b.WriteString(s.text[done:])
	return strings.Join(strings.Fields(strings.ToValidUTF8(b.String(), "")), " ")
}

// found returns the products that have what is looked for, drafts too, by their ids with their tiers. The
// tier is how far one has to look to have found it all: 1 in the title alone, 2 with tags and authors, 3
// with the summary, 4 with the contents.
func (s *Store) found(tx *gorm.DB, looked *search) (map[string]int, error) {
	if looked.nowhere() {
		return nil, nil
	}
	query := `SELECT product_id, MIN(tier) AS number FROM (
			SELECT product_id, 1 AS tier FROM product_search WHERE product_search MATCH ?
			UNION ALL SELECT product_id, 2 FROM product_search WHERE product_search MATCH ?
			UNION ALL SELECT product_id, 3 FROM product_search WHERE product_search MATCH ?
			UNION ALL SELECT product_id, 4 FROM product_search WHERE product_search MATCH ?
		) GROUP BY product_id`
	if s.dialect == PostgreSQL {
		query = `SELECT product_id, CASE WHEN document @@ ?::text::tsquery THEN 1 WHEN document @@ ?::text::tsquery THEN 2
			WHEN document @@ ?::text::tsquery THEN 3 ELSE 4 END AS number
			FROM product_search WHERE document @@ ?::text::tsquery`
	}
	match := func(fields int) string { return s.match(looked.terms, fields) }
	return numbers(tx.Raw(query, match(1), match(2), match(3), match(4)))
}

// numbers reads rows of product_id and number.
func numbers(q *gorm.DB) (map[string]int, error) {
	var rows []struct {
		ProductID string
		Number    int
	}
	if err := q.Scan(&rows).Error; err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	found := make(map[string]int, len(rows))
	for _, row := range rows {
		found[row.ProductID] = row.Number
	}
	return found, nil
}

// match asks for all the terms within the first fields of products, in the words of the database.
func (s *Store) match(terms []term, fields int) string {
	if s.dialect == PostgreSQL {
		return s.matcher(weights[:fields]).all(terms)
	}
	return "{" + strings.Join(ftsColumns()[:fields], " ") + "} : (" + s.matcher("").all(terms) + ")"
}

// matcher asks for words that have one of PostgreSQL's weights; pages have the last one.
func (s *Store) matcher(weights string) matcher {
	if s.dialect == PostgreSQL {
		return matcher{and: " & ", or: " | ", phrase: func(p phrase, beginning string) string {
			words := make([]string, len(p))
			for i := range p {
				words[i] = fmt.Sprintf("'%s':%s%s", p[i], beginning, weights)
			}
			return "(" + strings.Join(words, " <-> ") + ")"
		}}
	}
	return matcher{and: " AND ", or: " OR ", phrase: func(p phrase, beginning string) string {
		return `"` + strings.Join(p, " ") + `"` + beginning
	}}
}

func ftsColumns() []string { return []string{"title", "tags", "summary", "contents"} }

// matcher writes terms down in a database's language. Words hold letters and digits only, so quotes are safe.
type matcher struct {
	and, or string
	phrase  func(p phrase, beginning string) string // beginning is * where words may go on
}

func (m matcher) all(terms []term) string {
	texts := make([]string, len(terms))
	for i := range terms {
		texts[i] = m.term(terms[i])
	}
	return strings.Join(texts, m.and)
}

func (m matcher) term(t term) string {
	ways := m.phrases(t.phrases)
	if !slices.ContainsFunc(t.words, wanted.nowhere) {
		words := make([]string, len(t.words))
		for i := range t.words {
			words[i] = m.wanted(t.words[i])
		}
		ways = append(ways, "("+strings.Join(words, m.and)+")")
	}
	return m.any(ways)
}

func (m matcher) wanted(w wanted) string {
	ways := m.phrases(w.phrases)
	for _, form := range w.forms {
		ways = append(ways, m.phrase(phrase{form}, ""))
	}
	if w.beginning != "" {
		ways = append(ways, m.phrase(phrase{w.beginning}, "*"))
	}
	return m.any(ways)
}

func (m matcher) phrases(list []phrase) []string {
	var ways []string
	for _, p := range list {
		ways = append(ways, m.phrase(p, ""))
	}
	return ways
}

func (m matcher) any(ways []string) string {
	slices.Sort(ways)
	return "(" + strings.Join(slices.Compact(ways), m.or) + ")"
}
