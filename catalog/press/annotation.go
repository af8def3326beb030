package press

import "github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

// annotation is an area of a page to press or to fill in, from its upper left corner.
type annotation struct {
	page       int // counted from 0
	x, y, w, h float64
	element    *element
	use        use
	ref        types.IndirectRef // once it is written
}

// use is what an annotation is good for.
type use interface {
	describe(d *document, a *annotation) types.Dict
}

// continuedBy tells whether the next annotation is of the same link on the same line.
func (a *annotation) continuedBy(next *annotation) bool {
	return a.element == next.element && a.page == next.page && a.y == next.y
}

func (a *annotation) rect() types.Array {
	return types.Array{types.Float(a.x), types.Float(pageHeight - a.y - a.h), types.Float(a.x + a.w), types.Float(pageHeight - a.y)}
}

func (a *annotation) write(d *document, _ written) types.Object {
	return types.Dict{"Type": types.Name("OBJR"), "Pg": d.pages[a.page], "Obj": a.ref}
}

// webLink leads to an address.
type webLink string

func (l webLink) describe(_ *document, a *annotation) types.Dict {
	return linkTo(a, "A", types.Dict{"S": types.Name("URI"), "URI": types.NewHexLiteral([]byte(l))})
}

// pageLink leads to a page of the document, counted from 1.
type pageLink int

func (l pageLink) describe(d *document, a *annotation) types.Dict {
	return linkTo(a, "Dest", types.Array{d.pages[l-1], types.Name("XYZ"), types.Integer(0), types.Float(pageHeight), nil})
}

func linkTo(a *annotation, key string, target types.Object) types.Dict {
	return types.Dict{
		"Subtype":  types.Name("Link"),
		"Border":   types.NewIntegerArray(0, 0, 0),
		"Contents": textString(a.element.name),
		key:        target,
	}
}

// addAnnotations writes annotations onto their pages, where the reader goes through them in the order of
// the tags, and adds the parents of annotations to those of content.
func (d *document) addAnnotations(annotations []*annotation, parents types.Array) types.Array {
	const printed = 1 << 2 // seen on paper too
	for _, a := range annotations {
		dict := a.use.describe(d, a)
		dict["Type"] = types.Name("Annot")
		dict["Rect"] = a.rect()
		dict["P"] = d.pages[a.page]
		dict["F"] = types.Integer(printed)
		dict["StructParent"] = types.Integer(len(parents) / 2)
		parents = append(parents, dict["StructParent"], d.owners[a.element])
		d.set(a.ref, dict)

		page := d.dict(d.pages[a.page])
		page["Annots"] = append(page.ArrayEntry("Annots"), a.ref)
		page["Tabs"] = types.Name("S")
	}
	return parents
}
