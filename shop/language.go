package shop

import (
	"fmt"
	"strings"
)

// Language is one that the shop speaks with people, as a BCP 47 tag.
type Language string

// The languages of the shop.
const (
	English Language = "en"
	Spanish Language = "es"
)

// Languages are those of the shop, the one that it falls back on first.
func Languages() []Language { return []Language{English, Spanish} }

// Known returns the language without its region if the shop speaks it, and English otherwise.
func (l Language) Known() Language {
	base, _, _ := strings.Cut(string(l), "-")
	for _, known := range Languages() {
		if Language(base) == known {
			return known
		}
	}
	return English
}

// Sentence is something said to people, not yet in anybody's language: an English format as of
// fmt.Sprintf, which package words finds the other languages by, and what goes into it. Among that may be
// Money, and Sentences of their own.
type Sentence struct {
	Format string
	Args   []any
}

// Say returns the sentence of that format.
func Say(format string, args ...any) Sentence { return Sentence{Format: format, Args: args} }

// String is the sentence in English.
func (s Sentence) String() string {
	if len(s.Args) == 0 {
		return s.Format
	}
	return fmt.Sprintf(s.Format, s.Args...)
}
