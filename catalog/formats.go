package catalog

import (
	"slices"

	"bookroom/shop"

	"gopkg.in/yaml.v3"
)

// The formats that a handbook's text can be had in. The PDF is always made: the number of pages and
// the contents come from it.
const (
	formatPDF  = "pdf"
	formatEPUB = "epub"
)

func (f *factReader) formats(n *yaml.Node) {
	formats := f.list("formats", "format", n, func(name string, item *yaml.Node) string {
		return f.oneOf(name, item, formatPDF, formatEPUB)
	})
	if n.Kind == yaml.SequenceNode && !slices.Contains(formats, formatPDF) {
		f.wrong(n, "formats must name pdf, from which the contents and the number of pages come")
	}
	f.formatsLine = n.Line + linesBefore
	f.entry.epub = slices.Contains(formats, formatEPUB)
}

func (f *factReader) archive(n *yaml.Node) {
	folder := f.text("archive", n)
	if folder == "" {
		return
	}
	if !shop.IsSlug(folder) {
		f.wrong(n, "archive %q is not a folder's name of small letters, digits and single hyphens", folder)
		return
	}
	f.entry.archive = &archive{folder: folder, line: n.Line + linesBefore}
}

// checkMadeNames keeps files from taking the name of one that is made.
func (f *factReader) checkMadeNames() {
	made := map[string]bool{epubName(f.slug): f.entry.epub}
	if f.entry.archive != nil {
		made[archiveName(f.slug, f.entry.archive.folder)] = true
	}
	edition := f.entry.Product.Edition()
	if edition == nil {
		return
	}
	for _, file := range edition.Files {
		if made[file.Name] {
			f.problem(productFile, f.seen["files"], "file %q is the catalog's own", file.Name)
		}
	}
}
