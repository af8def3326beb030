package shop

import (
	"context"
	"errors"
	"time"
)

// Inspection is what was found in a PDF. It belongs to the file's bytes: the same file is looked into once.
type Inspection struct {
	Refused   PDFRefusal // why nobody should sell it; empty where nothing is wrong
	Skipped   bool       // it is too large to be looked into: of what follows nothing is known
	Pages     int
	Title     string // as the file itself says it
	Language  string // as the file itself says it, a BCP 47 tag; empty where it says none
	Tagged    bool   // its structure is marked: headings, lists, reading order
	Figures   int    // pictures within the marked structure
	Described int    // of the figures, those with a text instead
	Fonts     []Font
	Outline   []ContentEntry // its bookmarks
	// PageMarks hold a piece of the hash of each page's text, so that two editions can be compared page by page.
	PageMarks   []string
	InspectedAt time.Time
}

// Font is a typeface that a PDF uses.
type Font struct {
	Name     string
	Embedded bool // it travels with the file, so that the text looks the same everywhere
}

// PDFRefusal says why a PDF should not be sold.
type PDFRefusal string

// The reasons.
const (
	PDFEncrypted PDFRefusal = "encrypted"
	PDFBroken    PDFRefusal = "broken"
)

// The codes of the errors by which a PDFReader refuses a PDF.
const (
	CodePDFEncrypted = "pdf_encrypted"
	CodePDFBroken    = "pdf_unreadable"
)

// Sentence is the reason as staff read it.
func (r PDFRefusal) Sentence() Sentence {
	switch r {
	case PDFEncrypted:
		return Say("This PDF is protected by a password or by restrictions, so buyers could not open, print or have it read aloud. Save it without protection and upload it again.")
	case PDFBroken:
		return Say("This PDF cannot be read: it is broken, has no pages, or is none. Export it anew and upload it again.")
	default:
		return Sentence{}
	}
}

// Unembedded are the fonts that do not travel with the file.
func (i *Inspection) Unembedded() []string {
	var names []string
	for _, font := range i.Fonts {
		if !font.Embedded {
			names = append(names, font.Name)
		}
	}
	return names
}

// CardLine is one line of a PDF's accessibility card.
type CardLine struct {
	Good bool
	Text Sentence
}

// Card says what somebody who reads with a screen reader, or with large letters, can rely on in the PDF, and
// what is missing. It is empty where nothing is known.
func (i *Inspection) Card() []CardLine {
	if i == nil || i.Skipped || i.Refused != "" {
		return nil
	}
	card := []CardLine{i.structureLine()}
	if i.Tagged {
		card = append(card, i.figuresLine())
	}
	return append(card, i.languageLine(), i.outlineLine(), i.fontsLine())
}

func (i *Inspection) structureLine() CardLine {
	if i.Tagged {
		return CardLine{true, Say("The PDF is tagged: a screen reader finds its headings, lists and reading order.")}
	}
	return CardLine{false, Say("The PDF is not tagged: a screen reader gets its text without headings and may read it in another order.")}
}

func (i *Inspection) figuresLine() CardLine {
	switch {
	case i.Figures == 0:
		return CardLine{true, Say("It has no pictures that would need a description.")}
	case i.Described == i.Figures:
		return CardLine{true, Say("Its pictures are described in words: %d of %d.", i.Described, i.Figures)}
	default:
		return CardLine{false, Say("Some pictures have no description in words: %d of %d do.", i.Described, i.Figures)}
	}
}

func (i *Inspection) languageLine() CardLine {
	if i.Language != "" {
		return CardLine{true, Say("It names its language (%s), so that it is read aloud in the right voice.", i.Language)}
	}
	return CardLine{false, Say("It does not name its language, so a screen reader may choose the wrong voice.")}
}

func (i *Inspection) outlineLine() CardLine {
	if len(i.Outline) > 0 {
		return CardLine{true, Say("It has bookmarks to jump to its chapters: %d.", len(i.Outline))}
	}
	return CardLine{false, Say("It has no bookmarks to jump to its chapters.")}
}

func (i *Inspection) fontsLine() CardLine {
	if len(i.Unembedded()) == 0 {
		return CardLine{true, Say("All its typefaces travel with it, so that it looks the same everywhere.")}
	}
	return CardLine{false, Say("Some of its typefaces do not travel with it, so that it may look different elsewhere.")}
}

// InspectionStore is what the rules need of the database to look into PDFs.
type InspectionStore interface {
	// Inspection returns what is known of the PDF with that SHA-256; nil where it was not looked into yet.
	Inspection(ctx context.Context, sha256 string) (*Inspection, error)
	// SaveInspection notes what was found, in place of what was known.
	SaveInspection(ctx context.Context, sha256 string, i Inspection) error
	// FileToInspect returns a file of an edition or of a draft with that SHA-256; ErrFileNotFound where there is none.
	FileToInspect(ctx context.Context, sha256 string) (File, error)
}

// InspectFile does the work of a JobInspect: it looks into a PDF and notes what it found, also that the PDF should
// not be sold, and why. One that was looked into is not again, nor one that nobody needs any more.
func (s *Shop) InspectFile(ctx context.Context, j Job) error {
	known, err := s.config.Store.Inspection(ctx, j.Subject)
	if err != nil || known != nil {
		return err
	}
	file, err := s.config.Store.FileToInspect(ctx, j.Subject)
	if errors.Is(err, ErrFileNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	found, err := s.inspect(ctx, file)
	if err != nil {
		return err
	}
	return s.config.Store.SaveInspection(ctx, j.Subject, found)
}

func (s *Shop) inspect(ctx context.Context, file File) (Inspection, error) {
	if file.Size > largestPDF {
		return Inspection{Skipped: true, InspectedAt: s.now()}, nil
	}
	pdf, err := s.config.Bucket.Get(ctx, file)
	if err != nil {
		return Inspection{}, err
	}
	reading, err := s.config.PDFs.Read(ctx, pdf, func(int) []int { return nil })
	found := reading.Inspection
	if err != nil {
		found = Inspection{Refused: refusal(err)}
		if found.Refused == "" {
			return Inspection{}, err
		}
	}
	found.InspectedAt = s.now()
	return found, nil
}

// refusal is what an error says of the PDF itself; empty for any other trouble.
func refusal(err error) PDFRefusal {
	var known *Error
	switch {
	case !errors.As(err, &known):
		return ""
	case known.Code == CodePDFEncrypted:
		return PDFEncrypted
	case known.Code == CodePDFBroken:
		return PDFBroken
	default:
		return ""
	}
}
