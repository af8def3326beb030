package leaf

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/klippa-app/go-pdfium/enums"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/responses"

	"bookroom/shop"
)

// The bounds of what is looked at in one PDF. What lies beyond them is left out: such a PDF is a strange one.
const (
	maxOutline  = 2000    // bookmarks
	maxElements = 100_000 // of the marked structure
	maxObjects  = 100_000 // on all pages
	maxDepth    = 32      // of anything that lies in another
	longestName = 200     // bytes of a title, a font's name, a bookmark
)

// inspect finds out what the PDF says of itself, and how well it is made to be read by anybody. Texts are those of its
// pages.
func (d document) inspect(texts []string) (shop.Inspection, error) {
	found := shop.Inspection{Pages: len(texts), Language: short(d.language())}
	security, err := d.machine.FPDF_GetSecurityHandlerRevision(&requests.FPDF_GetSecurityHandlerRevision{Document: d.ref})
	if err != nil {
		return found, fmt.Errorf("ask how it is protected: %w", err)
	}
	if security.SecurityHandlerRevision != -1 {
		found.Refused = shop.PDFEncrypted
	}
	title, err := d.machine.FPDF_GetMetaText(&requests.FPDF_GetMetaText{Document: d.ref, Tag: "Title"})
	if err == nil { // it says so too where there is none
		found.Title = short(title.Value)
	}
	tagged, err := d.machine.FPDFCatalog_IsTagged(&requests.FPDFCatalog_IsTagged{Document: d.ref})
	if err != nil {
		return found, fmt.Errorf("ask whether it is tagged: %w", err)
	}
	found.Tagged = tagged.IsTagged
	if found.Outline, err = d.outline(); err != nil {
		return found, fmt.Errorf("read the bookmarks: %w", err)
	}
	looked := look{document: d, embedded: map[string]bool{}}
	for page, text := range texts {
		sum := sha256.Sum256([]byte(text))
		found.PageMarks = append(found.PageMarks, hex.EncodeToString(sum[:6]))
		if err := looked.at(page+1, found.Tagged); err != nil {
			return found, fmt.Errorf("look into page %d: %w", page+1, err)
		}
	}
	found.Figures, found.Described, found.Fonts = looked.figures, looked.described, looked.fonts
	return found, nil
}

// language is what the PDF says that it is written in; PDFium answers with an error where it says nothing.
func (d document) language() string {
	answer, err := d.machine.FPDFCatalog_GetLanguage(&requests.FPDFCatalog_GetLanguage{Document: d.ref})
	if err != nil {
		return ""
	}
	return answer.Language
}

// short makes a text of the PDF fit to be kept.
func short(text string) string {
	text = strings.Join(strings.Fields(tidy(text)), " ")
	if len(text) > longestName {
		text = strings.ToValidUTF8(text[:longestName], "")
	}
	return text
}

// outline returns the bookmarks as a table of contents of two levels.
func (d document) outline() ([]shop.ContentEntry, error) {
	budget := maxOutline
	if sane, err := d.bounded(nil, 0, &budget); err != nil || !sane {
		return nil, err
	}
	answer, err := d.machine.GetBookmarks(&requests.GetBookmarks{Document: d.ref})
	if err != nil {
		return nil, err
	}
	return entries(nil, answer.Bookmarks, 1), nil
}

// bounded walks the bookmarks within bounds, since GetBookmarks would follow those that lie in themselves for ever.
func (d document) bounded(parent *references.FPDF_BOOKMARK, depth int, budget *int) (bool, error) {
	first, err := d.machine.FPDFBookmark_GetFirstChild(&requests.FPDFBookmark_GetFirstChild{Document: d.ref, Bookmark: parent})
	if err != nil {
		return false, err
	}
	for at := first.Bookmark; at != nil; {
		if *budget--; *budget < 0 || depth > maxDepth {
			return false, nil
		}
		if sane, err := d.bounded(at, depth+1, budget); err != nil || !sane {
			return false, err
		}
		next, err := d.machine.FPDFBookmark_GetNextSibling(&requests.FPDFBookmark_GetNextSibling{Document: d.ref, Bookmark: *at})
		if err != nil {
			return false, err
		}
		at = next.Bookmark
	}
	return true, nil
}

const deepestLevel = 2 // of a table of contents

func entries(list []shop.ContentEntry, bookmarks []responses.GetBookmarksBookmark, level int) []shop.ContentEntry {
	for _, b := range bookmarks {
		if title := short(b.Title); title != "" && b.DestInfo != nil {
			list = append(list, shop.ContentEntry{Title: title, Page: b.DestInfo.PageIndex + 1, Level: level})
		}
		if level < deepestLevel {
			list = entries(list, b.Children, level+1)
		}
	}
	return list
}

// look counts what is found on the pages.
type look struct {
	document
	elements, objects  int
	figures, described int
	fonts              []shop.Font
	embedded           map[string]bool // what is known of a font, by name
}

func (l *look) at(page int, tagged bool) error {
	if tagged {
		if err := l.atStructure(page); err != nil {
			return err
		}
	}
	count, err := l.machine.FPDFPage_CountObjects(&requests.FPDFPage_CountObjects{Page: l.page(page)})
	if err != nil {
		return err
	}
	for i := range count.Count {
		object, err := l.machine.FPDFPage_GetObject(&requests.FPDFPage_GetObject{Page: l.page(page), Index: i})
		if err != nil {
			return err
		}
		if err := l.atObject(object.PageObject, 0); err != nil {
			return err
		}
	}
	return nil
}

// atStructure counts the figures of a page. A page without marked structure has none.
func (l *look) atStructure(page int) error {
	tree, err := l.machine.FPDF_StructTree_GetForPage(&requests.FPDF_StructTree_GetForPage{Page: l.page(page)})
	if err != nil {
		return nil //nolint:nilerr // that is how PDFium says that there is none
	}
	count, err := l.machine.FPDF_StructTree_CountChildren(&requests.FPDF_StructTree_CountChildren{StructTree: tree.StructTree})
	if err != nil {
		return err
	}
	for i := range count.Count {
		child, err := l.machine.FPDF_StructTree_GetChildAtIndex(&requests.FPDF_StructTree_GetChildAtIndex{StructTree: tree.StructTree, Index: i})
		if err != nil {
			continue // one that is of no use
		}
		l.atElement(child.StructElement, 0)
	}
	_, err = l.machine.FPDF_StructTree_Close(&requests.FPDF_StructTree_Close{StructTree: tree.StructTree})
	return err
}

// atElement counts the figures in an element of the structure. Of what PDFium cannot say there is nothing to count.
func (l *look) atElement(element references.FPDF_STRUCTELEMENT, depth int) {
	if l.elements++; l.elements > maxElements || depth > maxDepth {
		return
	}
	kind, err := l.machine.FPDF_StructElement_GetType(&requests.FPDF_StructElement_GetType{StructElement: element})
	if err == nil && kind.Type == "Figure" {
		l.figures++
		if l.isDescribed(element) {
			l.described++
		}
		return // what a figure is made of has no need of words of its own
	}
	count, err := l.machine.FPDF_StructElement_CountChildren(&requests.FPDF_StructElement_CountChildren{StructElement: element})
	if err != nil {
		return
	}
	for i := range count.Count {
		child, err := l.machine.FPDF_StructElement_GetChildAtIndex(&requests.FPDF_StructElement_GetChildAtIndex{StructElement: element, Index: i})
		if err == nil { // text and pictures themselves are no elements
			l.atElement(child.StructElement, depth+1)
		}
	}
}

func (l *look) isDescribed(figure references.FPDF_STRUCTELEMENT) bool {
	alternative, err := l.machine.FPDF_StructElement_GetAltText(&requests.FPDF_StructElement_GetAltText{StructElement: figure})
	if err == nil && strings.TrimSpace(alternative.AltText) != "" {
		return true
	}
	actual, err := l.machine.FPDF_StructElement_GetActualText(&requests.FPDF_StructElement_GetActualText{StructElement: figure})
	return err == nil && strings.TrimSpace(actual.Actualtext) != ""
}

// atObject notes the font of a text, also where it lies in a form.
func (l *look) atObject(object references.FPDF_PAGEOBJECT, depth int) error {
	if l.objects++; l.objects > maxObjects || depth > maxDepth {
		return nil
	}
	kind, err := l.machine.FPDFPageObj_GetType(&requests.FPDFPageObj_GetType{PageObject: object})
	if err != nil {
		return err
	}
	switch kind.Type {
	case enums.FPDF_PAGEOBJ_TEXT:
		return l.atText(object)
	case enums.FPDF_PAGEOBJ_FORM:
		return l.atForm(object, depth)
	default:
		return nil
	}
}

func (l *look) atForm(form references.FPDF_PAGEOBJECT, depth int) error {
	count, err := l.machine.FPDFFormObj_CountObjects(&requests.FPDFFormObj_CountObjects{PageObject: form})
	if err != nil {
		return err
	}
	for i := range count.Count {
		object, err := l.machine.FPDFFormObj_GetObject(&requests.FPDFFormObj_GetObject{PageObject: form, Index: uint64(i)}) //nolint:gosec // it is a count
		if err != nil {
			return err
		}
		if err := l.atObject(object.PageObject, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (l *look) atText(text references.FPDF_PAGEOBJECT) error {
	font, err := l.machine.FPDFTextObj_GetFont(&requests.FPDFTextObj_GetFont{PageObject: text})
	if err != nil {
		return err
	}
	answer, err := l.machine.FPDFFont_GetBaseFontName(&requests.FPDFFont_GetBaseFontName{Font: font.Font})
	if err != nil {
		return nil //nolint:nilerr // a font without a name, as those that are drawn in the PDF itself, which are embedded
	}
	name := short(answer.BaseFontName)
	if _, known := l.embedded[name]; known {
		return nil
	}
	embedded, err := l.machine.FPDFFont_GetIsEmbedded(&requests.FPDFFont_GetIsEmbedded{Font: font.Font})
	if err != nil {
		return err
	}
	l.embedded[name] = embedded.IsEmbedded
	l.fonts = append(l.fonts, shop.Font{Name: withoutSubset(name), Embedded: embedded.IsEmbedded})
	return nil
}

// withoutSubset takes away the mark of a font of which only some letters are embedded: "ABCDEF+Fraunces".
func withoutSubset(name string) string {
	const mark = 6
	if len(name) > mark && name[mark] == '+' && strings.ToUpper(name[:mark]) == name[:mark] {
		return name[mark+1:]
	}
	return name
}
