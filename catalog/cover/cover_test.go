package cover_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/color"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"

	"bookroom/catalog/cover"
	"bookroom/catalog/fonts"
	"bookroom/shop"
)

func keys() []string {
	keys := []string{"bundle", "goals", "unknown"}
	for _, d := range shop.Distinguishers() {
		keys = append(keys, d.Key)
	}
	return keys
}

// MustParse reads SVG and returns the text in it.
func MustParse(tb testing.TB, svg []byte) string {
	tb.Helper()
	var text strings.Builder
	decoder := xml.NewDecoder(bytes.NewReader(svg))
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			return text.String()
		}
		if err != nil {
			tb.Fatalf("not well-formed: %v\n%s", err, svg)
		}
		if data, ok := token.(xml.CharData); ok {
			text.Write(data)
		}
	}
}

func TestEveryCoverIsWellFormed(t *testing.T) {
	t.Parallel()
	for _, key := range keys() {
		var svg bytes.Buffer
		c := cover.Cover{Title: `Q&A <"now">`, Subtitle: "It's ]]> \x00 time", Theme: key, Edition: 7}
		if err := c.WriteSVG(&svg); err != nil {
			t.Fatal(err)
		}
		text := MustParse(t, svg.Bytes())
		if !strings.Contains(text, `Q&A <"now">`) || !strings.Contains(text, "Edition 7") {
			t.Errorf("%s: the words of the cover are %q", key, text)
		}
	}
}

func TestMotifHasNoWords(t *testing.T) {
	t.Parallel()
	for _, key := range keys() {
		var svg bytes.Buffer
		if err := cover.WriteMotifSVG(&svg, key); err != nil {
			t.Fatal(err)
		}
		if text := MustParse(t, svg.Bytes()); text != "" {
			t.Errorf("%s says %q", key, text)
		}
	}
}

func TestEveryDistinguisherLooksItsOwn(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, key := range keys() {
		var svg bytes.Buffer
		if err := cover.WriteMotifSVG(&svg, key); err != nil {
			t.Fatal(err)
		}
		if other, same := seen[svg.String()]; same && key != "unknown" && other != "unknown" {
			t.Errorf("%s looks like %s", key, other)
		}
		seen[svg.String()] = key
	}
}

// recorder is a pen that keeps the words.
type recorder struct{ texts []cover.Text }

func (r *recorder) Rect(_, _, _, _ float64, _ color.NRGBA) {}
func (r *recorder) Circle(_, _, _ float64, _ color.NRGBA)  {}
func (r *recorder) Path(cover.Path, color.NRGBA)           {}
func (r *recorder) Text(t cover.Text)                      { r.texts = append(r.texts, t) }

func FuzzWordsStayOnTheCover(f *testing.F) {
	for _, title := range []string{"Leadership", "Parent/Family Engagement", "", " ", "/", "a/ /b", strings.Repeat("Donaudampfschiff", 9), strings.Repeat("many words ", 30)} {
		f.Add(title, title)
	}
	f.Fuzz(func(t *testing.T, title, subtitle string) {
		if len(title) > 400 || len(subtitle) > 400 {
			t.Skip("longer than any title")
		}
		var pen recorder
		cover.Cover{Title: title, Subtitle: subtitle, Theme: "lti", Edition: 1}.Draw(&pen)
		for _, text := range pen.texts {
			face := fonts.Regular()
			if text.Title {
				face = fonts.Title()
			}
			if right := text.X + face.Width(text.Text, text.Size); !text.End && right > cover.Width-23.9 {
				t.Errorf("%q ends at %.1f", text.Text, right)
			}
			if math.IsNaN(text.Size) || math.IsInf(text.Size, 0) || text.Y > cover.Height-cover.MotifSize {
				t.Errorf("%q stands at %.1f in size %.1f", text.Text, text.Y, text.Size)
			}
		}
	})
}

func TestTitleIsBrokenWell(t *testing.T) {
	t.Parallel()
	for title, want := range map[string]string{
		"Leadership":                 "36: Leadership",
		"Learning in the Real World": "33: Learning in | the Real World",
		"Parent/Family Engagement":   "36: Parent/Family | Engagement",
		"Professional Development":   "36: Professional | Development",
	} {
		var pen recorder
		cover.Cover{Title: title, Theme: "lti"}.Draw(&pen)
		var lines []string
		size := 0.0
		for _, text := range pen.texts {
			if text.Title {
				lines, size = append(lines, text.Text), text.Size
			}
		}
		if got := strconv.Itoa(int(size)) + ": " + strings.Join(lines, " | "); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestWordsCanBeRead(t *testing.T) {
	t.Parallel()
	const enough = 4.5 // WCAG 2.2, 1.4.3
	paper := color.NRGBA{R: 0xFB, G: 0xF8, B: 0xF3, A: 255}
	for _, key := range keys() {
		theme := cover.ThemeOf(key)
		if r := contrast(theme.OnGround, theme.Ground); r < enough {
			t.Errorf("%s: text on its ground has %.2f:1", key, r)
		}
		if r := contrast(theme.OnPaper, paper); r < enough {
			t.Errorf("%s: text on paper has %.2f:1", key, r)
		}
	}
}

func contrast(a, b color.NRGBA) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(c color.NRGBA) float64 {
	linear := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.04045 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}
