package catalog

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"bookroom/catalog/press"
)

// archive is a sub-folder of a product that its buyers get as one ZIP file.
type archive struct {
	folder string
	line   int // of product.md
	files  []archived
}

// archived is a file of an archive; one in Markdown is printed.
type archived struct {
	source string
	text   *press.Text // nil for what is packed as it is
}

// name is what the file is called in the archive.
func (a archived) name() string {
	if a.text == nil {
		return a.source
	}
	return strings.TrimSuffix(a.source, path.Ext(a.source)) + ".pdf"
}

// An archive is made in memory, and people open it on phones.
const maxArchive = 32 << 20

var archivedName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9 ._-]*$`)

// readArchive checks the files of the archive that product.md names, if it names one.
func (r *productReader) readArchive() error {
	a := r.entry.archive
	if a == nil {
		return nil
	}
	if !isFolder(r.entry.folder, a.folder) {
		r.problem(productFile, a.line, "archive %q is missing; make a folder of that name", a.folder)
		return nil
	}
	lying, err := fs.ReadDir(r.entry.folder, a.folder)
	if err != nil {
		return fmt.Errorf("read %s: %w", path.Join(r.slug, a.folder), err)
	}
	lying = slices.DeleteFunc(lying, func(f fs.DirEntry) bool { return strings.HasPrefix(f.Name(), ".") })
	if len(lying) == 0 {
		r.problem(productFile, a.line, "archive %q has no files", a.folder)
	}
	for _, f := range lying {
		if err := r.readArchived(f.Name()); err != nil {
			return err
		}
	}
	return r.checkArchive()
}

func isFolder(in fs.FS, name string) bool {
	info, err := fs.Stat(in, name)
	return err == nil && info.IsDir()
}

// readArchived checks one file and adds it to the archive.
func (r *productReader) readArchived(name string) error {
	a := r.entry.archive
	file := path.Join(a.folder, name)
	isText := path.Ext(name) == ".md"
	wrong := ""
	switch {
	case !archivedName.MatchString(name):
		wrong = `must be named with the letters A to Z, digits, spaces, ".", "-" and "_" only`
	case isText:
		wrong = missingOrEmpty(r.entry.folder, file)
	default:
		wrong = unfit(r.entry.folder, file)
	}
	switch {
	case wrong != "":
		r.problem(productFile, a.line, "archive file %q %s", file, wrong)
	case isText:
		return r.readSheet(name)
	default:
		a.files = append(a.files, archived{source: name})
	}
	return nil
}

// readSheet reads a file in Markdown and adds it to the archive.
func (r *productReader) readSheet(name string) error {
	a := r.entry.archive
	file := path.Join(a.folder, name)
	markdown, found, err := r.readText(file)
	if err != nil || !found {
		return err
	}
	text, problems := press.Read(markdown)
	for _, problem := range problems {
		r.problem(file, problem.Line, "%s", problem.Message)
	}
	if text != nil {
		a.files = append(a.files, archived{name, text})
	}
	return nil
}

// checkArchive checks the files of the archive beside each other.
func (r *productReader) checkArchive() error {
	a := r.entry.archive
	size := int64(0)
	seen := map[string]bool{}
	for _, f := range a.files {
		info, err := fs.Stat(r.entry.folder, path.Join(a.folder, f.source))
		if err != nil {
			return fmt.Errorf("look at %s: %w", path.Join(r.slug, a.folder, f.source), err)
		}
		size += info.Size()
		if folded := strings.ToLower(f.name()); seen[folded] {
			r.problem(productFile, a.line, "archive %q would hold two files named %q", a.folder, f.name())
		} else {
			seen[folded] = true
		}
	}
	if size > maxArchive {
		r.problem(productFile, a.line, "archive %q holds more than %d MB", a.folder, maxArchive>>20)
	}
	return nil
}

func archiveName(slug, folder string) string { return slug + "-" + folder + ".zip" }

// packArchive prints the archive's texts and packs all its files, dated by the edition so that the bytes
// stay the same.
func (e Entry) packArchive() ([]byte, error) {
	var packed bytes.Buffer
	z := zip.NewWriter(&packed)
	for _, f := range e.archive.files {
		header := &zip.FileHeader{Name: f.name(), Method: zip.Deflate, Modified: e.Product.Edition().PublishedAt.UTC().Truncate(24 * time.Hour)}
		content, err := z.CreateHeader(header)
		if err == nil {
			err = e.writeArchived(content, f)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path.Join(e.archive.folder, f.source), err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("end the archive: %w", err)
	}
	return packed.Bytes(), nil
}

func (e Entry) writeArchived(w io.Writer, f archived) error {
	if f.text == nil {
		content, err := e.folder.Open(path.Join(e.archive.folder, f.source))
		if err != nil {
			return err
		}
		defer func() { _ = content.Close() }() // it was only read
		_, err = io.Copy(w, content)
		return err
	}
	sheet := e.book()
	sheet.Title, sheet.Subtitle, sheet.Summary, sheet.Text = f.text.Title(), "", "", f.text
	sheet.Fillable = true
	return press.PrintSheet(w, sheet)
}
