package shop

import (
	"path"
	"strings"
)

// FileKind is a kind of file that an edition may have.
type FileKind struct {
	Ending      string // of its name, as ".pdf"
	ContentType string
	Begin       string // what its bytes begin with, where that is always the same
}

// TypePDF is the content type of a PDF.
const TypePDF = "application/pdf"

// FileKinds are the kinds of file that an edition may have.
func FileKinds() []FileKind {
	return []FileKind{
		{".pdf", TypePDF, "%PDF-"},
		{".epub", "application/epub+zip", "PK"},
		{".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "PK"},
		{".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "PK"},
		{".pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation", "PK"},
		{".odt", "application/vnd.oasis.opendocument.text", "PK"},
		{".rtf", "application/rtf", "{\\rtf"},
		{".txt", "text/plain; charset=utf-8", ""},
		{".csv", "text/csv; charset=utf-8", ""},
		{".zip", "application/zip", "PK"},
		{".mp3", "audio/mpeg", ""},
		{".mp4", "video/mp4", ""},
	}
}

// FileKindOf returns the zero FileKind for a name whose kind is not known.
func FileKindOf(name string) FileKind {
	for _, kind := range FileKinds() {
		if strings.EqualFold(path.Ext(name), kind.Ending) {
			return kind
		}
	}
	return FileKind{}
}

// FileEndings lists the endings of all kinds, as ".pdf, .epub".
func FileEndings() string {
	var endings []string
	for _, kind := range FileKinds() {
		endings = append(endings, kind.Ending)
	}
	return strings.Join(endings, ", ")
}
