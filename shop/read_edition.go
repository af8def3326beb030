package shop

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// PDFReader is what the rules need of a reader of PDFs.
type PDFReader interface {
	// Read returns the text of every page and pictures of those that pictured names, given how many pages
	// there are, and what it found in the PDF otherwise. An Error of kind Invalid says that no retry can help; its
	// code is CodePDFEncrypted or CodePDFBroken.
	Read(ctx context.Context, pdf []byte, pictured func(pages int) []int) (Reading, error)
}

// Reading is what was read in a PDF.
type Reading struct {
	Texts      []string // of each page, in their order; lines without spaces at their ends
	Pictures   []Picture
	Inspection Inspection
}

// Picture is a page as it looks.
type Picture struct {
	Page          int // counted from 1
	Width, Height int // pixels
	ContentType   string
	Image         []byte
}

// EditionToRead is an edition with its files, and its handbook's table of contents.
type EditionToRead struct {
	Edition
	Slug     string
	Contents []ContentEntry
}

// EditionPages is what is kept of a handbook's PDF.
type EditionPages struct {
	Texts      []string // of each page, in their order
	Samples    []SamplePicture
	Inspection *Inspection // nil where there is no PDF
}

// SamplePicture is a sample page with its picture.
type SamplePicture struct {
	SamplePage
	Image []byte
}

// ErrEditionReplaced answers that an edition is not the newest of its handbook.
var ErrEditionReplaced = NewError(Gone, "edition_replaced", "There is a newer edition of this handbook.")

// ErrSampleNotFound answers that a page is none of a handbook's samples.
var ErrSampleNotFound = NewError(NotFound, "sample_not_found",
	"This sample page is not shown any more. The handbook's own page shows those there are.")

// largestPDF bounds what is read into memory, in bytes.
const largestPDF = 64 << 20

// ReadEdition does the work of a JobReadEdition: it reads the PDF of an edition and keeps the text of its
// pages, to be searched, and its sample pages. A handbook whose PDF cannot be read is sold as before: the
// error is for the log and for staff.
func (s *Shop) ReadEdition(ctx context.Context, j Job) error {
	edition, err := s.config.Store.EditionToRead(ctx, j.Subject)
	if errors.Is(err, ErrEditionReplaced) {
		return nil // the newer one has a job of its own
	}
	if err != nil {
		return err
	}
	pages, err := s.readPDF(ctx, edition)
	if err != nil {
		return fmt.Errorf("read edition %d of %s: %w", edition.Number, edition.Slug, err)
	}
	return s.config.Store.SavePages(ctx, edition.Edition, pages, s.now())
}

func (s *Shop) readPDF(ctx context.Context, e EditionToRead) (EditionPages, error) {
	file := e.PDF()
	if file == nil {
		return EditionPages{}, nil
	}
	if file.Size > largestPDF {
		return EditionPages{}, NewError(Invalid, "pdf_too_large", "The PDF is too large to look and search inside it. It is sold as it is.")
	}
	pdf, err := s.config.Bucket.Get(ctx, *file)
	if err != nil {
		return EditionPages{}, err
	}
	reading, err := s.config.PDFs.Read(ctx, pdf, func(pages int) []int { return samplePages(e, pages) })
	if err != nil {
		return EditionPages{}, err
	}
	reading.Inspection.InspectedAt = s.now()
	pages := EditionPages{Texts: reading.Texts, Inspection: &reading.Inspection}
	for _, p := range reading.Pictures {
		sum := sha256.Sum256(p.Image)
		pages.Samples = append(pages.Samples, SamplePicture{Image: p.Image, SamplePage: SamplePage{
			Page: p.Page, Width: p.Width, Height: p.Height, ContentType: p.ContentType, SHA256: hex.EncodeToString(sum[:]),
			Opening: opening(e.Contents, p.Page, reading.Texts[p.Page-1]),
		}})
	}
	return pages, nil
}

// How much of a handbook is shown.
const (
	MaxSamples     = 6 // chosen ones
	defaultSamples = 4 // when nobody chose
	shownShare     = 3 // one page of so many, rounded up
	fewestPages    = 3 // of which any is shown
)

// samplePages returns which of so many pages are shown: the chosen ones, or the contents and the first pages
// of the text; never more than a third of the whole. Those named first have precedence.
func samplePages(e EditionToRead, pages int) []int {
	if pages < fewestPages {
		return nil
	}
	wanted, most := e.LookInside, MaxSamples
	if len(wanted) == 0 {
		wanted, most = firstPages(e.Contents), defaultSamples
	}
	most = min(most, (pages+shownShare-1)/shownShare)
	var shown []int
	for _, page := range wanted {
		if page >= 1 && page <= pages && len(shown) < most && !slices.Contains(shown, page) {
			shown = append(shown, page)
		}
	}
	slices.Sort(shown)
	return shown
}

// firstPages are the contents, which stand before the first chapter, and those that follow; without a table
// of contents, those behind the cover.
func firstPages(contents []ContentEntry) []int {
	first := 2
	if len(contents) > 0 {
		first = max(1, contents[0].Page-1)
	}
	return []int{first, first + 1, first + 2, first + 3}
}

// longestOpening bounds what a page is called by, in bytes.
const longestOpening = 80

// opening is what a page is called by: the first heading on it, or its first words.
func opening(contents []ContentEntry, page int, text string) string {
	for _, entry := range contents {
		if entry.Page == page {
			return entry.Title
		}
	}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); strings.IndexFunc(line, unicode.IsLetter) >= 0 {
			return firstWords(line, longestOpening)
		}
	}
	return ""
}

// firstWords cuts a line after the last word that ends within so many bytes; a longer word is cut.
func firstWords(line string, longest int) string {
	if len(line) <= longest {
		return line
	}
	end := strings.LastIndexByte(line[:longest+1], ' ')
	if end <= 0 {
		for end = longest; !utf8.RuneStart(line[end]); {
			end--
		}
	}
	return line[:end] + "…"
}
