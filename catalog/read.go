package catalog

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"

	"bookroom/catalog/press"
	"bookroom/shop"
)

const (
	productFile  = "product.md"
	handbookFile = "handbook.md"
)

// Read reads and checks all products of a catalog: handbooks first, then bundles, each by slug. Where
// anything is wrong it returns no entry and all Problems.
func Read(catalog fs.FS) ([]Entry, error) {
	folders, err := fs.ReadDir(catalog, ".")
	if err != nil {
		return nil, fmt.Errorf("read catalog: %w", err)
	}
	var (
		entries  []*productReader
		problems Problems
	)
	for _, folder := range folders {
		if !folder.IsDir() || strings.HasPrefix(folder.Name(), ".") {
			continue
		}
		r, err := readProduct(catalog, folder.Name())
		if err != nil {
			return nil, err
		}
		entries = append(entries, r)
	}
	if len(entries) == 0 {
		return nil, Problems{{File: ".", Message: "the catalog has no folders; make one for each product, with a product.md in it"}}
	}

	checkIncludes(entries)
	for _, r := range entries {
		problems = append(problems, r.sorted()...)
	}
	if len(problems) > 0 {
		return nil, problems
	}
	return inOrder(entries), nil
}

// productReader reads one folder and collects what is wrong with it.
type productReader struct {
	entry        Entry
	slug         string
	problems     Problems
	includeLines []int // of each slug in entry.Includes
	formatsLine  int
	earlier      []earlierEdition
}

// problem notes what is wrong in a file of the folder.
func (r *productReader) problem(file string, line int, format string, args ...any) {
	r.problems = append(r.problems, Problem{path.Join(r.slug, file), line, fmt.Sprintf(format, args...)})
}

func (r *productReader) sorted() Problems {
	sort.SliceStable(r.problems, func(i, j int) bool {
		a, b := r.problems[i], r.problems[j]
		if a.File != b.File {
			return a.File > b.File // product.md before handbook.md
		}
		return a.Line < b.Line
	})
	return r.problems
}

// readProduct returns an error only where the disk fails.
func readProduct(catalog fs.FS, slug string) (*productReader, error) {
	folder, err := fs.Sub(catalog, slug)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", slug, err)
	}
	r := &productReader{slug: slug, entry: Entry{folder: folder, Product: shop.Product{Slug: slug}}}
	if !shop.IsSlug(slug) {
		r.problem("", 0, "the folder's name must be of small letters, digits and single hyphens")
	}
	if shop.IsReservedSlug(slug) {
		r.problem("", 0, "the folder's name is an address of the shop's own; choose another")
	}
	source, found, err := r.readText(productFile)
	if err != nil || !found {
		return r, err
	}
	if !r.readFacts(source) {
		return r, nil
	}
	return r, r.readFiles()
}

// readText returns a text file of the folder with its lines ending in "\n".
func (r *productReader) readText(name string) (text []byte, found bool, err error) {
	text, err = fs.ReadFile(r.entry.folder, name)
	if errors.Is(err, fs.ErrNotExist) {
		if name == productFile {
			r.problem(name, 0, "the file is missing")
		}
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("read %s: %w", path.Join(r.slug, name), err)
	}
	if at := invalidUTF8(text); at >= 0 {
		r.problem(name, 1+bytes.Count(text[:at], []byte("\n")), "the line is not UTF-8 text")
		return nil, false, nil
	}
	text = bytes.TrimPrefix(text, []byte("\uFEFF"))
	return bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), true, nil
}

// invalidUTF8 returns where a text stops being UTF-8, or -1.
func invalidUTF8(text []byte) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size <= 1 {
			return i
		}
		i += size
	}
	return -1
}

// readFiles checks the handbook's text and the further files against what lies in the folder.
func (r *productReader) readFiles() error {
	p := &r.entry.Product
	text, found, err := r.readText(handbookFile)
	if err != nil {
		return err
	}
	switch {
	case found && p.Kind == shop.Bundle:
		r.problem(handbookFile, 0, "a bundle has no text of its own")
	case found:
		var problems []press.Problem
		r.entry.text, problems = press.Read(text)
		for _, problem := range problems {
			r.problem(handbookFile, problem.Line, "%s", problem.Message)
		}
	case r.formatsLine > 0 && p.Kind == shop.Handbook:
		r.problem(productFile, r.formatsLine, "formats need a %s to be made of", handbookFile)
	case p.Kind == shop.Handbook && p.Edition() != nil && len(p.Edition().Files) == 0:
		r.problem(handbookFile, 0, "the file is missing, and product.md names no files in its place")
	case p.Kind == shop.Handbook && r.entry.fillable:
		r.problem(productFile, 0, "fillable is for a handbook with "+handbookFile)
	}
	if err := r.readArchive(); err != nil {
		return err
	}
	return r.checkUnused()
}

// checkUnused finds files that nobody would miss until a buyer does: mistyped names.
func (r *productReader) checkUnused() error {
	lying, err := fs.ReadDir(r.entry.folder, ".")
	if err != nil {
		return fmt.Errorf("read %s: %w", r.slug, err)
	}
	used := []string{productFile, handbookFile}
	if edition := r.entry.Product.Edition(); edition != nil {
		for _, f := range edition.Files {
			used = append(used, f.Name)
		}
	}
	if archive := r.entry.archive; archive != nil {
		used = append(used, archive.folder)
	}
	for _, f := range lying {
		if !strings.HasPrefix(f.Name(), ".") && !slices.Contains(used, f.Name()) {
			r.problem(f.Name(), 0, `the file is not used; name it under "files" or take it away`)
		}
	}
	return nil
}

// checkIncludes checks that bundles are made of handbooks of the catalog that can be sold with them.
func checkIncludes(entries []*productReader) {
	bySlug := map[string]shop.Product{}
	for _, r := range entries {
		bySlug[r.slug] = r.entry.Product
	}
	for _, r := range entries {
		for i, slug := range r.entry.Includes {
			part, found := bySlug[slug]
			line := r.includeLines[i]
			switch {
			case !found:
				r.problem(productFile, line, "includes %q, which is not in the catalog", slug)
			case part.Kind == shop.Bundle:
				r.problem(productFile, line, "includes %q, which is a bundle itself", slug)
			case r.entry.Product.Status == shop.Published && part.Status == shop.Draft:
				r.problem(productFile, line, "is published and includes %q, which is a draft", slug)
			}
		}
	}
}

func inOrder(read []*productReader) []Entry {
	var handbooks, bundles []Entry
	for _, r := range read {
		if r.entry.Product.Kind == shop.Bundle {
			bundles = append(bundles, r.entry)
		} else {
			handbooks = append(handbooks, r.entry)
		}
	}
	return append(handbooks, bundles...)
}
