package press

import "fmt"

// addPage starts a page on which nothing is tagged yet.
func (s *sheet) addPage() {
	s.pdf.AddPage()
	s.contents = append(s.contents, nil)
}

// endPage ends what was begun last on a page.
func (s *sheet) endPage() {
	if s.open {
		s.pdf.RawWriteStr("EMC")
	}
	s.open, s.owner = false, nil
}

// tag makes what is painted next content of an element, or decoration where that is nil.
func (s *sheet) tag(e *element) {
	switch {
	case s.open && s.owner == e:
	case e == nil:
		s.begin(nil, "/Artifact BMC")
	default:
		page := len(s.contents) - 1
		piece := content{page: page, number: len(s.contents[page])}
		s.contents[page] = append(s.contents[page], e)
		e.place()
		e.parts = append(e.parts, piece)
		s.begin(e, fmt.Sprintf("/%s <</MCID %d>> BDC", e.kind, piece.number))
	}
}

// tagFooter makes what is painted next the footer of the page.
func (s *sheet) tagFooter() { s.begin(nil, "/Artifact <</Type /Pagination /Subtype /Footer>> BDC") }

func (s *sheet) begin(owner *element, operator string) {
	s.endPage()
	s.pdf.RawWriteStr(operator)
	s.open, s.owner = true, owner
}

// annotate makes an area of the page something to press or to fill in; e is its Link or Form.
func (s *sheet) annotate(e *element, x, y, w, h float64, use use) {
	page := len(s.contents) - 1
	a := &annotation{page: page, x: x, y: y, w: w, h: h, element: e, use: use}
	if last := len(s.annotations) - 1; last >= 0 && s.annotations[last].continuedBy(a) {
		s.annotations[last].w = x + w - s.annotations[last].x
		return
	}
	s.annotations = append(s.annotations, a)
	e.place()
	e.parts = append(e.parts, a)
}
