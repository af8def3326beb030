package press

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

// document is a painted PDF that gets what fpdf cannot write: tags, links and fields that belong to
// them. All objects of the file are in it, by their numbers; number 0 is not used.
type document struct {
	objects       []types.Object
	catalog, info types.IndirectRef
	pages         []types.IndirectRef
	owners        map[*element]types.IndirectRef // of what was written
}

// finish writes the painted sheet with its tags.
func (s *sheet) finish(w io.Writer) error {
	var painted bytes.Buffer
	if err := s.pdf.Output(&painted); err != nil {
		return err
	}
	d, err := open(painted.Bytes())
	if err != nil {
		return fmt.Errorf("read what was painted: %w", err)
	}
	if len(d.pages) != len(s.contents) {
		return fmt.Errorf("%d pages were painted, %d came out", len(s.contents), len(d.pages))
	}
	for _, a := range s.annotations {
		a.ref = d.add(nil) // tags and annotations refer to each other
	}
	tree := d.addTree(s.root)
	parents := d.addAnnotations(s.annotations, d.tagPages(s.contents))
	tree["ParentTree"] = d.add(types.Dict{"Nums": parents})
	tree["ParentTreeNextKey"] = types.Integer(len(parents) / 2)

	catalog := d.dict(d.catalog)
	catalog["MarkInfo"] = types.Dict{"Marked": types.Boolean(true)}
	catalog["ViewerPreferences"] = types.Dict{"DisplayDocTitle": types.Boolean(true)}
	if bookmarks := catalog.IndirectRefEntry("Outlines"); bookmarks != nil {
		d.countBookmarks(*bookmarks)
	}
	delete(catalog, "Names") // fpdf lists attached files where there are none
	if err := d.addForm(s.annotations); err != nil {
		return err
	}
	return d.write(w)
}

func open(pdf []byte) (*document, error) {
	// A configuration of our own: that of pdfcpu would lie in the home folder.
	ctx, err := api.ReadContext(bytes.NewReader(pdf), &model.Configuration{
		Reader15: true, ValidationMode: model.ValidationStrict, Limits: model.DefaultResourceLimits(), Offline: true,
	})
	if err != nil {
		return nil, err
	}
	if ctx.Root == nil || ctx.Info == nil {
		return nil, errors.New("the trailer lacks the catalog or the facts of the document")
	}
	d := &document{catalog: *ctx.Root, info: *ctx.Info, owners: map[*element]types.IndirectRef{}}
	for i, number := range slices.Sorted(maps.Keys(ctx.Table)) {
		if i != number {
			return nil, fmt.Errorf("object %d is missing", i)
		}
		d.objects = append(d.objects, ctx.Table[number].Object)
	}
	tree := d.dict(d.catalog).IndirectRefEntry("Pages")
	if tree == nil {
		return nil, errors.New("the catalog lacks its pages")
	}
	for _, page := range d.dict(*tree).ArrayEntry("Kids") {
		ref, ok := page.(types.IndirectRef)
		if !ok || d.dict(ref) == nil {
			return nil, fmt.Errorf("%v is not a page", page)
		}
		d.pages = append(d.pages, ref)
	}
	return d, nil
}

func (d *document) add(o types.Object) types.IndirectRef {
	d.objects = append(d.objects, o)
	return *types.NewIndirectRef(len(d.objects)-1, 0)
}

func (d *document) set(ref types.IndirectRef, o types.Object) {
	d.objects[ref.ObjectNumber.Value()] = o
}

// dict returns nil where the object is none.
func (d *document) dict(ref types.IndirectRef) types.Dict {
	dict, _ := d.objects[ref.ObjectNumber.Value()].(types.Dict)
	return dict
}

// countBookmarks says how many are below each, all of them to be seen; fpdf says none.
func (d *document) countBookmarks(parent types.IndirectRef) int {
	dict, count := d.dict(parent), 0
	for next := dict.IndirectRefEntry("First"); next != nil; next = d.dict(*next).IndirectRefEntry("Next") {
		count += 1 + d.countBookmarks(*next)
	}
	delete(dict, "Count")
	if count > 0 {
		dict["Count"] = types.Integer(count)
	}
	return count
}

// textString is a string of any characters, as PDF has them.
func textString(s string) types.HexLiteral {
	return types.NewHexLiteral([]byte(types.EncodeUTF16String(s)))
}
