package cover

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"

	"bookroom/catalog/fonts"
)

// The size of a social card in pixels: what the networks crop least.
const (
	CardWidth  = 1200
	CardHeight = 630
)

// WriteCardPNG writes the picture that stands beside a link to the product in messages and networks: its
// words on the left, its motif on the right. Characters that the typefaces lack are left out.
func (c Cover) WriteCardPNG(w io.Writer) error {
	pen, err := newPixelPen(CardWidth, CardHeight, CardHeight/MotifSize)
	if err != nil {
		return err
	}
	defer pen.close()
	c.drawCard(pen)
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(w, pen.picture); err != nil {
		return fmt.Errorf("write a social card: %w", err)
	}
	return nil
}

// drawCard draws in units of which the card is 300 high.
func (c Cover) drawCard(pen Pen) {
	const width = CardWidth * MotifSize / CardHeight
	const edge, column = 26.0, width - MotifSize - 2*26.0
	theme := ThemeOf(c.Theme)
	pen.Rect(0, 0, width, MotifSize, theme.Ground)
	c.drawMotif(pen, width-MotifSize, 0)
	pen.Text(Text{X: edge, Y: 38, Text: imprint, Size: 11, Fill: theme.OnGround})
	pen.Rect(edge, 48, column, 0.75, theme.OnGround)

	size, lines := wrapTitle(c.Title, column)
	leading := size * 1.05
	y := 62 + size
	for i, line := range lines {
		pen.Text(Text{X: edge - 1, Y: y + float64(i)*leading, Text: line, Size: size, Title: true, Fill: theme.OnGround})
	}
	y += float64(len(lines)-1)*leading + 24
	if c.Subtitle != "" && y < MotifSize-50 {
		pen.Text(Text{X: edge, Y: y, Text: c.Subtitle, Size: subtitleSize(c.Subtitle, column), Fill: theme.OnGround})
	}
	pen.Text(Text{X: edge - 0.5, Y: MotifSize - 26, Text: "Bookroom", Size: 16, Title: true, Fill: theme.OnGround})
}

// pixelPen draws units as so many pixels each.
type pixelPen struct {
	picture     *image.NRGBA
	scale       float64
	title, text *opentype.Font
	faces       []font.Face
}

func newPixelPen(width, height int, scale float64) (*pixelPen, error) {
	title, err := opentype.Parse(fonts.Title().TTF())
	if err != nil {
		return nil, fmt.Errorf("read the typeface of titles: %w", err)
	}
	text, err := opentype.Parse(fonts.Regular().TTF())
	if err != nil {
		return nil, fmt.Errorf("read the typeface of text: %w", err)
	}
	return &pixelPen{picture: image.NewNRGBA(image.Rect(0, 0, width, height)), scale: scale, title: title, text: text}, nil
}

func (p *pixelPen) close() {
	for _, face := range p.faces {
		_ = face.Close() // it holds memory only
	}
}

func (p *pixelPen) Rect(x, y, w, h float64, fill color.NRGBA) {
	p.Path(from(x, y).line(x+w, y).line(x+w, y+h).line(x, y+h), fill)
}

func (p *pixelPen) Circle(x, y, r float64, fill color.NRGBA) {
	p.Path(from(x-r, y).arc(r, true, x+r, y).arc(r, true, x-r, y), fill)
}

// Path looks only at the pixels that the path may touch: a cover has many small figures.
func (p *pixelPen) Path(path Path, fill color.NRGBA) {
	touched := p.around(path).Intersect(p.picture.Bounds())
	if touched.Empty() {
		return
	}
	shape := vector.NewRasterizer(touched.Dx(), touched.Dy())
	at := func(x, y float64) (float32, float32) {
		return float32(x*p.scale - float64(touched.Min.X)), float32(y*p.scale - float64(touched.Min.Y))
	}
	for _, s := range path {
		x, y := at(s.ToX, s.ToY)
		switch s.Kind {
		case Move:
			shape.MoveTo(x, y)
		case Line:
			shape.LineTo(x, y)
		case Curve:
			x1, y1 := at(s.X1, s.Y1)
			x2, y2 := at(s.X2, s.Y2)
			shape.CubeTo(x1, y1, x2, y2, x, y)
		}
	}
	shape.ClosePath()
	shape.Draw(p.picture, touched, image.NewUniform(fill), image.Point{})
}

// around is the pixels that hold a path: a curve stays among its points.
func (p *pixelPen) around(path Path) image.Rectangle {
	var all image.Rectangle
	include := func(x, y float64) {
		x, y = math.Floor(x*p.scale), math.Floor(y*p.scale)
		all = all.Union(image.Rect(int(x), int(y), int(x)+1, int(y)+1))
	}
	for _, s := range path {
		include(s.ToX, s.ToY)
		if s.Kind == Curve {
			include(s.X1, s.Y1)
			include(s.X2, s.Y2)
		}
	}
	return all
}

func (p *pixelPen) Text(t Text) {
	typeface, measure := p.text, fonts.Regular()
	if t.Title {
		typeface, measure = p.title, fonts.Title()
	}
	face, err := opentype.NewFace(typeface, &opentype.FaceOptions{Size: t.Size * p.scale, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		return // the size of a line is never out of range
	}
	p.faces = append(p.faces, face)
	x := t.X
	if t.End {
		x -= measure.Width(t.Text, t.Size)
	}
	drawer := font.Drawer{Dst: p.picture, Src: image.NewUniform(t.Fill), Face: face, Dot: fixed.Point26_6{X: fixed.Int26_6(x * p.scale * 64), Y: fixed.Int26_6(t.Y * p.scale * 64)}}
	for _, r := range t.Text {
		if measure.Has(r) {
			drawer.DrawString(string(r))
		}
	}
}
