package reports

import (
	"bytes"
	"fmt"
	"image"
	_ "image/jpeg" // what a logo can be
	"image/png"
	"strings"
	"time"
	"unicode"

	"bookroom/catalog/fonts"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/draw"
	"golang.org/x/text/unicode/norm"
)

// The paper's measures, in points.
const (
	pageWidth  = 612
	pageHeight = 792
	side       = 54
	right      = pageWidth - side
	bottom     = pageHeight - 72 // where text ends and the foot begins
)

// paper is a PDF that is written from top to bottom. The same text at the same time gives the same bytes.
type paper struct {
	pdf   *fpdf.Fpdf
	added map[*fonts.Face]bool
	y     float64 // where the next line stands
	codes bool    // a character was given by its number
}

// style is how a text looks.
type style struct {
	size float64
	bold bool
	soft bool
}

func newPaper(title, author, language string, at time.Time) *paper {
	pdf := fpdf.New("P", "pt", "Letter", "")
	pdf.SetCatalogSort(true)
	pdf.SetCreationDate(at.UTC())
	pdf.SetModificationDate(at.UTC())
	pdf.SetTitle(title, true)
	pdf.SetAuthor(author, true)
	pdf.SetCreator("Bookroom", true)
	pdf.SetLang(language)
	pdf.SetAutoPageBreak(false, 0)
	pdf.AddPage()
	return &paper{pdf: pdf, added: map[*fonts.Face]bool{}, y: side}
}

// faces are those that a style is written in: the second where the first lacks a character.
func (s style) faces() [2]*fonts.Face {
	if s.bold {
		return [2]*fonts.Face{fonts.Bold(), fonts.WideBold()}
	}
	return [2]*fonts.Face{fonts.Regular(), fonts.Wide()}
}

// printable is the text in characters that the faces have. What they lack is given by its number, so that it is
// not lost; the paper says so.
func (p *paper) printable(text string, s style) string {
	var b strings.Builder
	faces := s.faces()
	for _, r := range norm.NFC.String(text) {
		switch {
		case faces[0].Has(r), faces[1].Has(r):
			b.WriteRune(r)
		case unicode.IsSpace(r):
			b.WriteByte(' ')
		default:
			fmt.Fprintf(&b, "[U+%04X]", r)
			p.codes = true
		}
	}
	return b.String()
}

// run is a piece of text in one face.
type run struct {
	face *fonts.Face
	text string
}

// runs splits printable text by the faces that it takes.
func (s style) runs(text string) []run {
	var runs []run
	faces := s.faces()
	for _, r := range text {
		face := faces[0]
		if !face.Has(r) {
			face = faces[1]
		}
		if n := len(runs); n > 0 && runs[n-1].face == face {
			runs[n-1].text += string(r)
			continue
		}
		runs = append(runs, run{face, string(r)})
	}
	return runs
}

func (s style) width(text string) float64 {
	var sum float64
	for _, r := range s.runs(text) {
		sum += r.face.Width(r.text, s.size)
	}
	return sum
}

// put writes printable text with its left end at x.
func (p *paper) put(x, y float64, s style, text string) {
	grey := 20
	if s.soft {
		grey = 90
	}
	p.pdf.SetTextColor(grey, grey, grey)
	for _, r := range s.runs(text) {
		if !p.added[r.face] {
			p.pdf.AddUTF8FontFromBytes(r.face.Family, r.face.Style, r.face.TTF())
			p.added[r.face] = true
		}
		p.pdf.SetFont(r.face.Family, r.face.Style, s.size)
		p.pdf.Text(x, y, r.text)
		x += r.face.Width(r.text, s.size)
	}
}

// write puts a line of any text with its left end at x, and lineAt with its right end there.
func (p *paper) write(x, y float64, s style, text string) { p.put(x, y, s, p.printable(text, s)) }

func (p *paper) writeTo(x, y float64, s style, text string) {
	text = p.printable(text, s)
	p.put(x-s.width(text), y, s, text)
}

// wrap breaks a text into lines of at most that width; a word that is longer is broken, too.
func (p *paper) wrap(text string, width float64, s style) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(p.printable(text, s)) {
		if joined := strings.TrimSpace(line + " " + word); s.width(joined) <= width {
			line = joined
			continue
		}
		if line != "" {
			lines = append(lines, line)
		}
		line = ""
		for _, r := range word {
			if line != "" && s.width(line+string(r)) > width {
				lines, line = append(lines, line), ""
			}
			line += string(r)
		}
	}
	return append(lines, line)
}

// block writes lines of text below each other from the y on, each wrapped, and returns where it ends.
func (p *paper) block(x, y, width float64, s style, texts ...string) float64 {
	for _, text := range texts {
		if text == "" {
			continue
		}
		for _, line := range p.wrap(text, width, s) {
			p.put(x, y, s, line)
			y += leading(s)
		}
	}
	return y
}

// leading is how far the lines of a style are apart.
func leading(s style) float64 { return s.size * 1.4 }

// room begins a new page when so much does not fit on this one, and reports whether it did.
func (p *paper) room(height float64) bool {
	if p.y+height <= bottom {
		return false
	}
	p.pdf.AddPage()
	p.y = side + 12
	return true
}

// rule draws a line across the page.
func (p *paper) rule(y float64) {
	p.pdf.SetDrawColor(190, 190, 190)
	p.pdf.SetLineWidth(0.6)
	p.pdf.Line(side, y, right, y)
}

// The room for a logo, in points.
const (
	logoWidth  = 150
	logoHeight = 48
)

// logo draws a PNG or JPEG into its place at the top left and returns where it ends. One that cannot be read is left
// out: the settings refuse it where it comes in.
func (p *paper) logo(picture []byte) float64 {
	config, _, err := image.DecodeConfig(bytes.NewReader(picture))
	if err != nil || config.Width < 1 || config.Height < 1 || config.Width*config.Height > maxLogo {
		return side
	}
	decoded, _, err := image.Decode(bytes.NewReader(picture))
	if err != nil {
		return side
	}
	// Written anew, since fpdf does not take every kind of PNG.
	plain := image.NewNRGBA(image.Rect(0, 0, config.Width, config.Height))
	draw.Copy(plain, image.Point{}, decoded, decoded.Bounds(), draw.Src, nil)
	var file bytes.Buffer
	if err := png.Encode(&file, plain); err != nil {
		return side
	}
	scale := min(logoWidth/float64(config.Width), logoHeight/float64(config.Height))
	options := fpdf.ImageOptions{ImageType: "PNG"}
	p.pdf.RegisterImageOptionsReader("logo", options, &file)
	height := scale * float64(config.Height)
	p.pdf.ImageOptions("logo", side, side-10, scale*float64(config.Width), height, false, options, 0, "")
	return side - 10 + height + 18
}

// maxLogo bounds the pixels of a logo.
const maxLogo = 4_000_000
