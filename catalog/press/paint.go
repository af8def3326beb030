package press

import (
	"image/color"
	"io"
	"strconv"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"bookroom/catalog/cover"
	"bookroom/catalog/fonts"
)

// sheet is the document being painted, and what its tags are made of.
type sheet struct {
	pdf         *fpdf.Fpdf
	root        *element
	contents    [][]*element // of each page, whose each piece of content is, by its number
	annotations []*annotation

	open  bool     // a piece of content, or decoration, was begun
	owner *element // whose; nil for decoration
}

// paint writes the pages. The elements of their marks are parts of root.
func paint(w io.Writer, b Book, root *element, pages []page) error {
	s := &sheet{pdf: newDocument(b), root: root}
	s.cover(b)
	for i, p := range pages {
		s.page(b, i+2, p)
	}
	return s.finish(w)
}

func newDocument(b Book) *fpdf.Fpdf {
	pdf := fpdf.New("P", "pt", "Letter", "")
	pdf.SetCatalogSort(true) // the same bytes each time
	pdf.SetCreationDate(b.Date.UTC().Truncate(24 * time.Hour))
	pdf.SetModificationDate(b.Date.UTC().Truncate(24 * time.Hour))
	pdf.SetTitle(b.Title, true)
	pdf.SetAuthor(strings.Join(b.Authors, ", "), true)
	pdf.SetSubject(b.Summary, true)
	pdf.SetKeywords(strings.Join(b.Keywords, ", "), true)
	pdf.SetCreator("Bookroom", true)
	pdf.SetLang(b.Language)
	pdf.SetXmpMetadata(metadata(b))
	pdf.SetDisplayMode("fullpage", "single")
	pdf.SetAutoPageBreak(false, 0)
	for _, face := range fonts.All() {
		pdf.AddUTF8FontFromBytes(face.Family, face.Style, face.TTF())
	}
	return pdf
}

// cover paints the first page: the cover, and to its left a spine, because a cover is narrower than a
// letter page and is never cut.
func (s *sheet) cover(b Book) {
	const scale = pageHeight / cover.Height
	const spine = pageWidth - cover.Width*scale
	theme := cover.ThemeOf(b.Theme)
	s.addPage()
	s.bookmark(b.Title, 0, 0)
	s.tag(nil)
	s.box(0, 0, pageWidth, pageHeight, theme.Ground)
	s.tag(coverElement(s.root, b))
	cover.Cover{Title: b.Title, Subtitle: b.Subtitle, Theme: b.Theme, Edition: b.Edition, Language: b.Language}.Draw(&coverPen{s, spine, 0, scale})
	s.tag(nil)
	s.box(0, 0, spine, pageHeight, mix(color.NRGBA{A: 255}, theme.Ground, 0.1))

	s.pdf.TransformBegin()
	s.pdf.TransformRotate(-90, spine/2, 0)
	s.text(textAt(spine/2+54, 6, shorten(b.Title, fonts.Title(), pageHeight-260, 20), fonts.Title(), 20, theme.OnGround), 0, 0)
	s.text(textAt(spine/2+pageHeight-42-fonts.Regular().Width(imprint, 11), 4, imprint, fonts.Regular(), 11, theme.OnGround), 0, 0)
	s.pdf.TransformEnd()
	s.endPage()
}

// coverElement tells what stands on the cover.
func coverElement(root *element, b Book) *element {
	says := []string{b.Words().Say("Cover: %s", b.Title)}
	if b.Subtitle != "" {
		says = append(says, b.Subtitle)
	}
	if b.Edition > 0 {
		says = append(says, b.Words().Say("Edition %d", b.Edition))
	}
	figure := root.child("Figure").with("Layout", "BBox", types.NewNumberArray(0, 0, pageWidth, pageHeight))
	figure.alt = strings.Join(append(says, imprint), ". ")
	return figure
}

const imprint = "Big Picture Learning"

func (s *sheet) page(b Book, number int, p page) {
	s.addPage()
	for _, placed := range p.strips {
		y := pageTop + placed.y
		if h := placed.heading; h != nil {
			s.bookmark(h.title, h.level-1, y)
		}
		for _, m := range placed.allMarks() {
			m.draw(s, columnLeft, y)
		}
	}
	s.tagFooter()
	s.footer(b.Title, number)
	s.endPage()
}

func (s *sheet) footer(title string, number int) {
	const baseline, size = 758, 8.5
	page := strconv.Itoa(number)
	s.text(textAt(columnLeft, baseline, shorten(title, fonts.Regular(), column-40, size), fonts.Regular(), size, soft()), 0, 0)
	s.text(textAt(columnRight-fonts.Bold().Width(page, size), baseline, page, fonts.Bold(), size, soft()), 0, 0)
}

// bookmark adds a line to the reader's list of places.
func (s *sheet) bookmark(title string, level int, y float64) {
	s.pdf.SetFont("text", "", textSize) // else the title is not taken as Unicode
	s.pdf.Bookmark(title, level, y)
}

func (s *sheet) text(t textMark, x, y float64) {
	s.alpha(t.fill)
	s.pdf.SetFont(t.face.Family, t.face.Style, t.size)
	s.pdf.SetTextColor(int(t.fill.R), int(t.fill.G), int(t.fill.B))
	s.pdf.Text(x+t.x, y+t.baseline, t.text)
}

func (s *sheet) box(x, y, w, h float64, fill color.NRGBA) {
	s.fill(fill)
	s.pdf.Rect(x, y, w, h, "F")
}

func (s *sheet) fill(c color.NRGBA) {
	s.alpha(c)
	s.pdf.SetFillColor(int(c.R), int(c.G), int(c.B))
}

// alpha sets how much of what is beneath shows through, where that changes.
func (s *sheet) alpha(c color.NRGBA) {
	alpha := float64(c.A) / 255
	if now, _ := s.pdf.GetAlpha(); now != alpha {
		s.pdf.SetAlpha(alpha, "Normal")
	}
}

func (t textMark) draw(s *sheet, x, y float64) {
	s.tag(t.tag)
	s.text(t, x, y)
	if t.link == "" {
		return
	}
	width := t.face.Width(strings.TrimSuffix(t.text, " "), t.size)
	s.box(x+t.x, y+t.baseline+1.6, width, 0.5, t.fill)
	if t.tag != nil {
		s.annotate(t.tag, x+t.x, y+t.baseline-t.size, width, t.size*1.3, webLink(t.link))
	}
}

func (b boxMark) draw(s *sheet, x, y float64) {
	s.tag(b.tag)
	s.box(x+b.x, y+b.y, b.w, b.h, b.fill)
}

func (m motifMark) draw(s *sheet, x, y float64) {
	s.tag(nil)
	x, y = x+m.x, y+m.y
	s.box(x, y, m.size, m.size, cover.ThemeOf(m.theme).Ground)
	s.pdf.ClipRect(x, y, m.size, m.size, false)
	cover.Motif(&coverPen{s, x, y, m.size / cover.MotifSize}, m.theme, 0, 0)
	s.pdf.ClipEnd()
}

func (u useMark) draw(s *sheet, x, y float64) { s.annotate(u.tag, x+u.x, y+u.y, u.w, u.h, u.use) }

func (p placeMark) draw(*sheet, float64, float64) { p.tag.place() }

// coverPen draws the shapes of covers onto the sheet, moved and scaled.
type coverPen struct {
	sheet       *sheet
	x, y, scale float64
}

func (p *coverPen) Rect(x, y, w, h float64, fill color.NRGBA) {
	p.sheet.box(p.x+x*p.scale, p.y+y*p.scale, w*p.scale, h*p.scale, fill)
}

func (p *coverPen) Circle(x, y, r float64, fill color.NRGBA) {
	p.sheet.fill(fill)
	p.sheet.pdf.Circle(p.x+x*p.scale, p.y+y*p.scale, r*p.scale, "F")
}

func (p *coverPen) Path(path cover.Path, fill color.NRGBA) {
	p.sheet.fill(fill)
	pdf := p.sheet.pdf
	at := func(x, y float64) (float64, float64) { return p.x + x*p.scale, p.y + y*p.scale }
	for _, s := range path {
		x, y := at(s.ToX, s.ToY)
		switch s.Kind {
		case cover.Move:
			pdf.MoveTo(x, y)
		case cover.Line:
			pdf.LineTo(x, y)
		case cover.Curve:
			x1, y1 := at(s.X1, s.Y1)
			x2, y2 := at(s.X2, s.Y2)
			pdf.CurveBezierCubicTo(x1, y1, x2, y2, x, y)
		}
	}
	pdf.ClosePath()
	pdf.DrawPath("F")
}

func (p *coverPen) Text(t cover.Text) {
	face := fonts.Regular()
	if t.Title {
		face = fonts.Title()
	}
	size, x := t.Size*p.scale, p.x+t.X*p.scale
	if t.End {
		x -= face.Width(t.Text, size)
	}
	p.sheet.text(textAt(x, p.y+t.Y*p.scale, t.Text, face, size, t.Fill), 0, 0)
}
