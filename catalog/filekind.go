package catalog

import (
	"io"
	"io/fs"
	"path"
	"strings"
)

// fileKinds are the kinds of file that an edition may have, by the ending of their names.
func fileKinds() []fileKind {
	return []fileKind{
		{".pdf", "application/pdf", "%PDF-"},
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

// fileKind is a kind of file and what its bytes begin with, where that is always the same.
type fileKind struct{ ending, contentType, begin string }

// kindOf returns the zero kind for a name whose kind is not known.
func kindOf(name string) fileKind {
	for _, kind := range fileKinds() {
		if strings.EqualFold(path.Ext(name), kind.ending) {
			return kind
		}
	}
	return fileKind{}
}

// fits reports whether the file begins as its kind does. A file that cannot be read does not.
func (k fileKind) fits(folder fs.FS, name string) bool {
	file, err := folder.Open(name)
	if err != nil {
		return false
	}
	defer func() { _ = file.Close() }() // it was only read
	begin := make([]byte, len(k.begin))
	_, err = io.ReadFull(file, begin)
	return err == nil && string(begin) == k.begin
}

// unfit says what keeps a file from being sold; "" where nothing does.
func unfit(folder fs.FS, name string) string {
	kind := kindOf(name)
	if kind.ending == "" {
		return "is of an unknown kind; known are " + fileEndings()
	}
	if wrong := missingOrEmpty(folder, name); wrong != "" {
		return wrong
	}
	if !kind.fits(folder, path.Clean(name)) {
		return "does not begin as a " + kind.ending + " file does"
	}
	return ""
}

func missingOrEmpty(folder fs.FS, name string) string {
	info, err := fs.Stat(folder, path.Clean(name))
	switch {
	case err != nil || !info.Mode().IsRegular():
		return "is missing"
	case info.Size() == 0:
		return "is empty"
	default:
		return ""
	}
}

func fileEndings() string {
	var endings []string
	for _, kind := range fileKinds() {
		endings = append(endings, kind.ending)
	}
	return strings.Join(endings, ", ")
}
