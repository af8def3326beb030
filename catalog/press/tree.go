package press

import "github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

// written is an element in the file. Its page is that of its first content.
type written struct{ ref, page types.IndirectRef }

// addTree writes the tree of tags, and returns its root, to which the parents of all content belong.
func (d *document) addTree(root *element) types.Dict {
	tree := types.Dict{"Type": types.Name("StructTreeRoot")}
	ref := d.add(tree)
	tree["K"] = root.write(d, written{ref: ref})
	d.dict(d.catalog)["StructTreeRoot"] = ref
	return tree
}

func (e *element) write(d *document, of written) types.Object {
	dict := types.Dict{"Type": types.Name("StructElem"), "S": types.Name(e.kind), "P": of.ref}
	self := written{ref: d.add(dict)}
	d.owners[e] = self.ref
	if page, found := e.firstPage(); found {
		self.page = d.pages[page]
		dict["Pg"] = self.page
	}
	if e.attributes != nil {
		dict["A"] = e.attributes
	}
	if e.alt != "" {
		dict["Alt"] = textString(e.alt)
	}
	if e.actual != "" {
		dict["ActualText"] = textString(e.actual)
	}
	kids := types.Array{}
	for _, p := range e.parts {
		kids = append(kids, p.write(d, self))
	}
	if len(kids) > 0 {
		dict["K"] = kids
	}
	return self.ref
}

func (e *element) firstPage() (page int, found bool) {
	for _, p := range e.parts {
		if c, ok := p.(content); ok {
			return c.page, true
		}
	}
	return 0, false
}

// content is a piece of content of a page.
type content struct {
	page   int // counted from 0
	number int // on the page, from 0
}

func (c content) write(d *document, of written) types.Object {
	if d.pages[c.page] == of.page {
		return types.Integer(c.number)
	}
	return types.Dict{"Type": types.Name("MCR"), "Pg": d.pages[c.page], "MCID": types.Integer(c.number)}
}

// tagPages gives each page its place among the parents, which it returns: numbers and what they stand
// for, in turn.
func (d *document) tagPages(contents [][]*element) types.Array {
	var parents types.Array
	for i, elements := range contents {
		owners := make(types.Array, len(elements))
		for j, e := range elements {
			owners[j] = d.owners[e]
		}
		d.dict(d.pages[i])["StructParents"] = types.Integer(i)
		parents = append(parents, types.Integer(i), d.add(owners))
	}
	return parents
}
