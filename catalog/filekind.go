package catalog

import (
	"path"
	"strings"
)

// fileKinds are the kinds of file that an edition may have, by the ending of their names.
func fileKinds() []fileKind {
	return []fileKind{
		{".pdf", "application/pdf"},
		{".epub", "application/epub+zip"},
		{".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
		{".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
		{".pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"},
		{".odt", "application/vnd.oasis.opendocument.text"},
		{".rtf", "application/rtf"},
		{".txt", "text/plain; charset=utf-8"},
		{".csv", "text/csv; charset=utf-8"},
		{".zip", "application/zip"},
		{".mp3", "audio/mpeg"},
		{".mp4", "video/mp4"},
	}
}

type fileKind struct{ ending, contentType string }

// contentType returns "" for a kind that is not known.
func contentType(name string) string {
	for _, kind := range fileKinds() {
		if strings.EqualFold(path.Ext(name), kind.ending) {
			return kind.contentType
		}
	}
	return ""
}

func fileEndings() string {
	var endings []string
	for _, kind := range fileKinds() {
		endings = append(endings, kind.ending)
	}
	return strings.Join(endings, ", ")
}
