// Package cover draws the covers of handbooks and bundles from their words alone: a colour and a motif
// for each distinguisher, and a title set in type. It draws onto a Pen and must not know what paper
// that pen writes on: this package brings one for SVG, package press one for PDF.
//
// The sheet is 300 by 450 units (6 by 9 inches) on a grid of 10 by 15 modules: five rows for the type,
// ten for the motif, a square that bleeds on three sides.
package cover

import (
	"image/color"

	"bookroom/shop"
	"bookroom/words"
)

// The sheet, in units.
const (
	Width  = 300.0
	Height = 450.0

	margin   = 24.0
	motifTop = Height - Width
)

const imprint = "Big Picture Learning"

// Cover is what stands on a cover.
type Cover struct {
	Title    string
	Subtitle string
	// Theme is the key of a distinguisher, "bundle" or "goals"; any other is drawn as "goals".
	Theme   string
	Edition int // left out where it is 0
	// Shelf are the distinguishers whose spines stand on the cover of a bundle; all where it is empty.
	Shelf    []string
	Language string // of the words around the title, BCP 47
}

// Pen draws filled figures, each on top of those before. Angles and the y axis are as in SVG.
type Pen interface {
	Rect(x, y, w, h float64, fill color.NRGBA)
	Circle(x, y, r float64, fill color.NRGBA)
	Path(p Path, fill color.NRGBA)
	Text(t Text)
}

// Text is one line of type on its baseline.
type Text struct {
	X, Y  float64
	Text  string
	Size  float64
	Title bool // in the typeface of titles; else in that of text
	End   bool // X is where the line ends; else where it starts
	Fill  color.NRGBA
}

// Draw draws the whole sheet.
func (c Cover) Draw(pen Pen) {
	theme := ThemeOf(c.Theme)
	pen.Rect(0, 0, Width, Height, theme.Ground)
	c.drawMotif(pen, 0, motifTop)
	c.drawImprint(pen, theme)
	c.drawTitle(pen, theme)
	drawFold(pen)
}

func (c Cover) drawMotif(pen Pen, x, y float64) {
	if c.Theme == "bundle" {
		sketch{pen, x, y}.shelf(c.Shelf)
		return
	}
	Motif(pen, c.Theme, x, y)
}

func (c Cover) drawImprint(pen Pen, theme Theme) {
	const baseline, size = 30, 10.5
	pen.Text(Text{X: margin, Y: baseline, Text: imprint, Size: size, Fill: theme.OnGround})
	if c.Edition > 0 {
		pen.Text(Text{X: Width - margin, Y: baseline, Text: c.words().Say("Edition %d", c.Edition), Size: size, End: true, Fill: theme.OnGround})
	}
	pen.Rect(margin, 38, Width-2*margin, 0.75, theme.OnGround)
}

func (c Cover) words() *words.Words { return words.Load().In(shop.Language(c.Language)) }

func (c Cover) drawTitle(pen Pen, theme Theme) {
	size, lines := wrapTitle(c.Title, Width-2*margin)
	leading := size * 1.05
	y := 42 + size
	for i, line := range lines {
		// The round letters of a title look aligned with the text when they start a little before it.
		pen.Text(Text{X: margin - 1, Y: y + float64(i)*leading, Text: line, Size: size, Title: true, Fill: theme.OnGround})
	}
	y += float64(len(lines)-1) * leading

	lastBaselineForSubtitle := motifTop - 25
	if c.Subtitle == "" || y >= lastBaselineForSubtitle {
		return
	}
	pen.Text(Text{X: margin, Y: y + 21, Text: c.Subtitle, Size: subtitleSize(c.Subtitle, Width-2*margin), Fill: theme.OnGround})
}

// drawFold draws the crease along which a cover opens: a dark line and a bright one.
func drawFold(pen Pen) {
	pen.Rect(8.75, 0, 1.5, Height, color.NRGBA{A: 36})
	pen.Rect(10.5, 0, 1, Height, color.NRGBA{R: 255, G: 255, B: 255, A: 31})
}
