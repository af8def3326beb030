package cover

import (
	"bytes"
	"fmt"
	"image/color"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// WriteSVG writes the cover as an SVG image. Its type is live: a page that shows it brings the fonts
// "Fraunces" and "Atkinson Hyperlegible Next" or sees their fallbacks.
func (c Cover) WriteSVG(w io.Writer) error {
	label := c.words().Say("Cover: %s", c.Title)
	if c.Edition > 0 {
		label = c.words().Say("Cover: %s, edition %d", c.Title, c.Edition)
	}
	var pen svgPen
	fmt.Fprintf(&pen.buf, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" role="img" aria-label="%s">`, Width, Height, escape(label))
	c.Draw(&pen)
	return pen.close(w)
}

// WriteMotifSVG writes the picture of a theme on its ground, without any type, as an ornament that
// screen readers pass over.
func WriteMotifSVG(w io.Writer, key string) error {
	var pen svgPen
	fmt.Fprintf(&pen.buf, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %[1]g %[1]g" aria-hidden="true" focusable="false">`, MotifSize)
	pen.Rect(0, 0, MotifSize, MotifSize, ThemeOf(key).Ground)
	Motif(&pen, key, 0, 0)
	return pen.close(w)
}

type svgPen struct{ buf bytes.Buffer }

func (p *svgPen) close(w io.Writer) error {
	p.buf.WriteString("</svg>")
	_, err := p.buf.WriteTo(w)
	return err
}

func (p *svgPen) Rect(x, y, w, h float64, fill color.NRGBA) {
	fmt.Fprintf(&p.buf, `<rect x="%s" y="%s" width="%s" height="%s"%s/>`, short(x), short(y), short(w), short(h), paint(fill))
}

func (p *svgPen) Circle(x, y, r float64, fill color.NRGBA) {
	fmt.Fprintf(&p.buf, `<circle cx="%s" cy="%s" r="%s"%s/>`, short(x), short(y), short(r), paint(fill))
}

func (p *svgPen) Path(path Path, fill color.NRGBA) {
	p.buf.WriteString(`<path d="`)
	for _, s := range path {
		switch s.Kind {
		case Move:
			fmt.Fprintf(&p.buf, "M%s %s", short(s.ToX), short(s.ToY))
		case Line:
			fmt.Fprintf(&p.buf, "L%s %s", short(s.ToX), short(s.ToY))
		case Curve:
			fmt.Fprintf(&p.buf, "C%s %s %s %s %s %s", short(s.X1), short(s.Y1), short(s.X2), short(s.Y2), short(s.ToX), short(s.ToY))
		}
	}
	fmt.Fprintf(&p.buf, `Z"%s/>`, paint(fill))
}

func (p *svgPen) Text(t Text) {
	anchor, family := "", `font-family="'Atkinson Hyperlegible Next',sans-serif"`
	if t.End {
		anchor = ` text-anchor="end"`
	}
	if t.Title {
		family = `font-family="Fraunces,Georgia,serif" font-weight="560"`
	}
	fmt.Fprintf(&p.buf, `<text x="%s" y="%s" font-size="%s"%s %s%s>%s</text>`,
		short(t.X), short(t.Y), short(t.Size), anchor, family, paint(t.Fill), escape(t.Text))
}

func paint(c color.NRGBA) string {
	fill := fmt.Sprintf(` fill="#%02X%02X%02X"`, c.R, c.G, c.B)
	if c.A == 255 {
		return fill
	}
	return fill + ` fill-opacity="` + short(float64(c.A)/255) + `"`
}

// short prints a number with at most two decimals.
func short(v float64) string {
	text := strings.TrimRight(strconv.FormatFloat(v, 'f', 2, 64), "0")
	if text = strings.TrimSuffix(text, "."); text == "-0" {
		return "0"
	}
	return text
}

// escape makes any text safe between tags and in quotes; characters that XML forbids are replaced.
func escape(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0xFFFE || r == 0xFFFF {
			return utf8.RuneError
		}
		return r
	}, text)
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(text)
}
