package store

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"bookroom/shop"

	"pgregory.net/rapid"
)

// A word that was folded stays as it is, however often it is folded again: index and query agree.
func TestFoldingIsIdempotent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		once := foldedWords(rapid.String().Draw(t, "text"))
		if twice := foldedWords(strings.Join(once, " ")); !slices.Equal(once, twice) {
			t.Fatalf("%q, folded again %q", once, twice)
		}
	})
}

func TestWordsStandInTheirText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"Die Größe, o\u0308ffentlich": {"Größe", "o\u0308ffentlich"},
		"a mentor’s day":              {"mentor’s"},
		"'quoted'":                    {"quoted"},
		"½ cup":                       {"½", "½"},
		"ＷＩＤＥ":                        {"ＷＩＤＥ"},
		"broken \xff\xfebytes":        {"broken", "bytes"},
	} {
		var got []string
		for _, w := range textWords(text) {
			got = append(got, text[w.start:w.end])
		}
		for _, word := range want {
			if !slices.Contains(got, word) {
				t.Errorf("%q holds %q, want %q", text, got, want)
			}
		}
	}
}

func TestSingularAndPluralHaveOneStem(t *testing.T) {
	t.Parallel()
	for _, same := range [][]string{
		{"exhibition", "exhibitions"}, {"family", "families"}, {"jury", "juries"}, {"play", "plays"}, {"day", "days"}, {"advisory", "advisories"}, {"class", "classes"}, {"box", "boxes"},
		{"coach", "coaches"}, {"note", "notes"}, {"practice", "practices"}, {"essay", "essays"}, {"plan", "plans", "planes"},
		{"familia", "familias"}, {"evaluacion", "evaluaciones"}, {"tutoria", "tutorias"}, {"taller", "talleres"}, {"leccion", "lecciones"},
	} {
		for _, word := range same {
			if stem(word) != stem(same[0]) {
				t.Errorf("%s has the stem %s, %s has %s", word, stem(word), same[0], stem(same[0]))
			}
		}
	}
	for _, apart := range [][2]string{{"not", "note"}, {"on", "one"}, {"class", "clas"}, {"campus", "camp"}, {"analysis", "analyse"}, {"college", "collage"}} {
		if stem(apart[0]) == stem(apart[1]) {
			t.Errorf("%s and %s have one stem", apart[0], apart[1])
		}
	}
}

// Marks lie within their text, in order, between whole characters, and the pieces are the text.
func TestMarksLieWithinTheText(t *testing.T) {
	t.Parallel()
	letters := rapid.StringOf(rapid.RuneFrom([]rune("abé ñ'’-½ﬁß\u0301漢🙂")))
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(letters, rapid.String()).Draw(t, "text")
		words := foldedWords(letters.Draw(t, "words"))
		m := newMarker([]term{{words: []wanted{{forms: words, beginning: "a"}}, phrases: []phrase{{"a", "b"}, {"b", "a", "b"}}}})
		end := 0
		for _, r := range m.ranges(text) {
			if r.Start < end || r.End <= r.Start || r.End > len(text) || !utf8.RuneStart(text[r.Start]) || r.End < len(text) && !utf8.RuneStart(text[r.End]) {
				t.Fatalf("%v after %d in %q", r, end, text)
			}
			end = r.End
		}
		var whole strings.Builder
		for _, piece := range shop.Pieces(text, m.ranges(text)) {
			whole.WriteString(piece.Text)
		}
		if whole.String() != text {
			t.Fatalf("the pieces of %q are %q", text, whole.String())
		}
	})
}

func TestInflectionsAreTheWordsOfAStem(t *testing.T) {
	t.Parallel()
	for _, same := range [][]string{{"internship", "internships"}, {"family", "families"}, {"plan", "planes"}, {"class", "classes"}, {"box", "boxes"}, {"lti"}} {
		for _, word := range same {
			forms := inflections(word)
			for _, other := range same {
				if !slices.Contains(forms, other) {
					t.Errorf("%s has the forms %q, without %s", word, forms, other)
				}
			}
		}
	}
}
