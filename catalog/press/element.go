package press

import "github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

// element is a part of the document as screen readers tell it: a heading, a paragraph, a cell. The parts
// stand in the order in which they are painted, so what comes first must be painted first.
type element struct {
	kind       string // a standard structure type of PDF
	name       string // of what can be pressed or filled in: a Link or a Form
	alt        string // told in place of a picture
	actual     string // the text that something drawn stands for
	attributes types.Dict

	parent *element
	placed bool
	parts  []part
}

// part of an element is another one, a piece of content on a page, or an annotation.
type part interface {
	write(d *document, of written) types.Object
}

// child makes a part of e. It takes its place among the parts once there is something of it on a page.
func (e *element) child(kind string) *element { return &element{kind: kind, parent: e} }

// with gives the element an attribute.
func (e *element) with(owner, attribute string, value types.Object) *element {
	e.attributes = types.Dict{"O": types.Name(owner), attribute: value}
	return e
}

// called names a Link or a Form.
func (e *element) called(name string) *element {
	e.name = name
	return e
}

// place puts the element behind the parts that its parent has already.
func (e *element) place() {
	if e.placed || e.parent == nil {
		return
	}
	e.placed = true
	e.parent.place()
	e.parent.parts = append(e.parent.parts, e)
}

// tagged makes lines the content of an element, and the links in them parts of that.
func tagged(lines []textLine, e *element) []textLine {
	var last run
	for _, line := range lines {
		for i := range line {
			r := &line[i]
			switch {
			case r.link == "":
				r.tag = e
			case r.link == last.link:
				r.tag = last.tag
			default:
				r.tag = e.child("Link")
			}
			if r.link != "" {
				r.tag.name += r.text
			}
			last = *r
		}
	}
	return lines
}
