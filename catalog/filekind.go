package catalog

import (
	"io"
	"io/fs"
	"path"

	"bookroom/shop"
)

// fits reports whether the file begins as its kind does. A file that cannot be read does not.
func fits(k shop.FileKind, folder fs.FS, name string) bool {
	file, err := folder.Open(name)
	if err != nil {
		return false
	}
	defer func() { _ = file.Close() }() // it was only read
	begin := make([]byte, len(k.Begin))
	_, err = io.ReadFull(file, begin)
	return err == nil && string(begin) == k.Begin
}

// unfit says what keeps a file from being sold; "" where nothing does.
func unfit(folder fs.FS, name string) string {
	kind := shop.FileKindOf(name)
	if kind.Ending == "" {
		return "is of an unknown kind; known are " + shop.FileEndings()
	}
	if wrong := missingOrEmpty(folder, name); wrong != "" {
		return wrong
	}
	if !fits(kind, folder, path.Clean(name)) {
		return "does not begin as a " + kind.Ending + " file does"
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
