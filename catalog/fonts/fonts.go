// Package fonts holds the typefaces of covers and handbooks, and says how wide a text is in them and
// which characters they lack. It must not know what is written or drawn with them.
//
// Both are under the SIL Open Font License, whose texts lie beside the files. Fraunces is fixed at
// optical size 36, weight 560, softness 70; all files carry the Latin and Latin Extended characters
// without layout tables.
package fonts

import (
	_ "embed"
	"fmt"
	"sync"
)

// The files stay strings: they can be shared by documents that are made at the same time.
var (
	//go:embed Fraunces-Soft-SemiBold.ttf
	frauncesSemiBold string
	//go:embed AtkinsonHyperlegibleNext-Regular.ttf
	atkinsonRegular string
	//go:embed AtkinsonHyperlegibleNext-Italic.ttf
	atkinsonItalic string
	//go:embed AtkinsonHyperlegibleNext-Bold.ttf
	atkinsonBold string
	//go:embed AtkinsonHyperlegibleNext-BoldItalic.ttf
	atkinsonBoldItalic string
)

// Title is the face of titles and headings.
func Title() *Face { return faces().title }

// Regular is the face of text.
func Regular() *Face { return faces().regular }

// Italic is the face of text that is emphasised.
func Italic() *Face { return faces().italic }

// Bold is the face of text that is stressed.
func Bold() *Face { return faces().bold }

// BoldItalic is the face of text that is both.
func BoldItalic() *Face { return faces().boldItalic }

// All returns every face.
func All() []*Face {
	return []*Face{Title(), Regular(), Italic(), Bold(), BoldItalic()}
}

type set struct{ title, regular, italic, bold, boldItalic *Face }

// faces reads the files once.
var faces = sync.OnceValue(func() set {
	return set{
		title:      mustRead("title", "", frauncesSemiBold),
		regular:    mustRead("text", "", atkinsonRegular),
		italic:     mustRead("text", "I", atkinsonItalic),
		bold:       mustRead("text", "B", atkinsonBold),
		boldItalic: mustRead("text", "BI", atkinsonBoldItalic),
	}
})

func mustRead(family, style, ttf string) *Face {
	advances, err := readAdvances(ttf)
	if err != nil {
		panic(fmt.Sprintf("fonts: embedded face %s%s: %v", family, style, err))
	}
	return &Face{Family: family, Style: style, ttf: ttf, advances: advances}
}

// Face is one style of a typeface. It is never changed after it was read.
type Face struct {
	Family string // "title" or "text"
	Style  string // "", "B", "I" or "BI"

	ttf      string
	advances map[rune]float64
}

// TTF returns a copy of the font file.
func (f *Face) TTF() []byte { return []byte(f.ttf) }

// Has reports whether the face can show r.
func (f *Face) Has(r rune) bool {
	_, ok := f.advances[r]
	return ok
}

// Width returns the width of a line of text, in the unit of size. Characters the face lacks count as one
// em, the most that the face a reader falls back to is likely to take.
func (f *Face) Width(text string, size float64) float64 {
	ems := 0.0
	for _, r := range text {
		advance, ok := f.advances[r]
		if !ok {
			advance = 1
		}
		ems += advance
	}
	return ems * size
}
