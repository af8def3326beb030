package shop

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"
)

// EditionDraft is the next edition of a handbook while it is being made. Where nobody began one it is what the newest
// edition has, with Version 0.
type EditionDraft struct {
	ProductID  string
	Slug       string
	Title      string
	Status     ProductStatus
	Number     int   // of the edition that it becomes
	Version    int64 // grows when staff change it
	Notes      string
	LookInside []int
	Files      []DraftFile
	UpdatedAt  time.Time
	Published  *Edition // the newest one; nil where there is none
	Uploads    []Upload // newest first: those under way, and refused ones of the last days
}

// DraftFile is a file of a draft.
type DraftFile struct {
	File
	Inspection *Inspection // of a PDF, once it was looked into
}

// PDF returns the draft's first PDF, which is the handbook itself, or nil where there is none.
func (d *EditionDraft) PDF() *DraftFile {
	for i := range d.Files {
		if d.Files[i].ContentType == TypePDF {
			return &d.Files[i]
		}
	}
	return nil
}

// Unchanged reports whether a file is in the newest edition just as it is here.
func (d *EditionDraft) Unchanged(f DraftFile) bool {
	return d.Published != nil && slices.ContainsFunc(d.Published.Files, func(p File) bool { return p.Name == f.Name && p.SHA256 == f.SHA256 })
}

// Fingerprint stands for all that a publication would publish. Who publishes names the one that they looked at.
func (d *EditionDraft) Fingerprint() string {
	h := sha256.New()
	fmt.Fprintln(h, d.ProductID, d.Number, d.Version)
	for _, f := range d.Files {
		fmt.Fprintf(h, "%s %s %q\n", f.ID, f.SHA256, f.Name)
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// Changes compares the pages of the draft with those of the newest edition.
func (d *EditionDraft) Changes() PageChanges {
	if d.Published == nil || d.PDF() == nil {
		return PageChanges{}
	}
	return ComparePages(d.Published.Inspection, d.PDF().Inspection)
}

// Obstacles are what keeps the draft from being published, in sentences for staff; none when it can be.
func (d *EditionDraft) Obstacles() []Sentence {
	var list []Sentence
	if len(d.Files) == 0 {
		list = append(list, Say("The edition has no files yet. Upload the handbook as a PDF."))
	} else if d.PDF() == nil {
		list = append(list, Say("The edition has no PDF. Buyers look and search inside the PDF, so it needs one."))
	}
	for _, f := range d.Files {
		switch {
		case f.ContentType != TypePDF:
		case f.Inspection == nil:
			list = append(list, Say("%s is still being looked into. That takes about a minute.", f.Name))
		case f.Inspection.Refused != "":
			list = append(list, Say("%s cannot be sold as it is. %s", f.Name, f.Inspection.Refused.Sentence()))
		}
	}
	if d.Published != nil && !slices.ContainsFunc(d.Files, func(f DraftFile) bool { return !d.Unchanged(f) }) && len(d.Files) == len(d.Published.Files) {
		list = append(list, Say("All files are those of edition %d. Upload what has changed.", d.Published.Number))
	}
	if d.Number > 1 && strings.TrimSpace(d.Notes) == "" {
		list = append(list, Say("Say what changed: owners read it in their mail and on the handbook's page."))
	}
	return list
}

// DraftChange is what staff change of a draft. Files that it does not name stay as they are, behind the others.
type DraftChange struct {
	Version    int64 // of the draft that they looked at
	Notes      string
	LookInside []int
	Order      []string // ids of files, the first one first
	Remove     []string // ids of files
}

// EditionPublication is the wish to publish a draft.
type EditionPublication struct {
	EditionID    string
	Fingerprint  string // of the draft that was looked at
	TakeContents bool   // the number of pages and the contents of the product become those of the PDF
}

// ErrDraftChanged answers who acts on a draft that is not the one they looked at any more.
var ErrDraftChanged = NewError(Conflict, "draft_changed",
	"Somebody changed or published this draft meanwhile. Nothing of yours was lost: compare with what is there now, then do it again.")

// EditionStore is what the rules need of the database to make and publish editions.
type EditionStore interface {
	// EditionDraft returns the draft of a handbook's next edition; an Error of kind NotFound where there is no such
	// product, and ErrNotAHandbook for a bundle.
	EditionDraft(ctx context.Context, slug string) (EditionDraft, error)
	// SaveDraft changes a draft of that version, or begins one where the version is 0; ErrDraftChanged otherwise.
	SaveDraft(ctx context.Context, slug string, change DraftChange, act Act, now time.Time) (EditionDraft, error)
	// PublishEdition makes the draft with that fingerprint the newest edition, in one transaction with the jobs that
	// follow, and ends the draft; ErrDraftChanged when there is no such draft any more.
	PublishEdition(ctx context.Context, slug string, p EditionPublication, act Act, now time.Time) (Edition, error)
}

// longestNotes bounds what is said of an edition, in bytes.
const longestNotes = 4000

// SaveDraft changes the draft of a handbook's next edition.
func (s *Shop) SaveDraft(ctx context.Context, by Actor, slug string, change DraftChange) (EditionDraft, error) {
	change.Notes = strings.TrimSpace(strings.ReplaceAll(change.Notes, "\r\n", "\n"))
	wrong := invalidFields{}
	if len(change.Notes) > longestNotes {
		wrong["notes"] = Say("This is too long: at most %d characters.", longestNotes)
	}
	if len(change.LookInside) > MaxSamples {
		wrong["look_inside"] = Say("Choose at most %d pages.", MaxSamples)
	}
	if slices.ContainsFunc(change.LookInside, func(page int) bool { return page < 1 }) {
		wrong["look_inside"] = Say("Pages are counted from 1.")
	}
	if err := wrong.err(); err != nil {
		return EditionDraft{}, err
	}
	before, err := s.config.Store.EditionDraft(ctx, slug)
	if err != nil {
		return EditionDraft{}, err
	}
	return s.config.Store.SaveDraft(ctx, slug, change, Act{
		By: by, Verb: "edition_draft.save", Subject: Subject{Kind: "product", ID: before.ProductID, Name: slug},
		Before: map[string]any{"notes": before.Notes, "look_inside": before.LookInside, "files": before.fileNames()},
		After:  map[string]any{"notes": change.Notes, "look_inside": change.LookInside, "order": change.Order, "removed": change.Remove},
	}, s.now())
}

func (d *EditionDraft) fileNames() []string {
	names := make([]string, len(d.Files))
	for i, f := range d.Files {
		names[i] = f.Name
	}
	return names
}

// PublishEdition makes a handbook's draft its newest edition: those who own the handbook have it from then on. It is an
// Error of kind Conflict while something keeps the draft from being published.
func (s *Shop) PublishEdition(ctx context.Context, by Actor, slug string, p EditionPublication) (Edition, error) {
	draft, err := s.config.Store.EditionDraft(ctx, slug)
	if err != nil {
		return Edition{}, err
	}
	if draft.Fingerprint() != p.Fingerprint {
		return Edition{}, ErrDraftChanged
	}
	if obstacles := draft.Obstacles(); len(obstacles) > 0 {
		return Edition{}, NewError(Conflict, "draft_not_ready", "The edition cannot be published yet. %s", obstacles[0])
	}
	p.EditionID = NewID()
	act := Act{
		By: by, Verb: "edition.publish", Subject: Subject{Kind: "edition", ID: p.EditionID, Name: slug},
		After: map[string]any{"number": draft.Number, "notes": draft.Notes, "files": draft.fileNames(), "take_contents": p.TakeContents},
	}
	if draft.Published != nil {
		act.Before = map[string]any{"number": draft.Published.Number}
	}
	edition, err := s.config.Store.PublishEdition(ctx, slug, p, act, s.now())
	if err == nil {
		s.config.Wake()
	}
	return edition, err
}
