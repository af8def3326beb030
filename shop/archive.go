package shop

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"time"
)

// ArchiveStore keeps what archives are made of.
type ArchiveStore interface {
	// OwnedFiles lists what an order gives the right to, LibraryFiles what all orders of an address do,
	// newest order first; whatever the rights' state.
	OwnedFiles(ctx context.Context, orderID string) ([]OwnedFile, error)
	LibraryFiles(ctx context.Context, email string) ([]OwnedFile, error)
	// ArchivedFiles lists what went out as the archive of that id, in its order, with the present state of
	// the rights; nothing where there is no such archive.
	ArchivedFiles(ctx context.Context, archiveID string) ([]OwnedFile, error)
	// UnmeasuredFiles returns some files whose CRC32 is not known, after the one with that id.
	UnmeasuredFiles(ctx context.Context, after string, limit int) ([]File, error)
	// NoteCRC32 notes the checksum of all files with those bytes.
	NoteCRC32(ctx context.Context, sha256 string, sum uint32) error
}

// ArchiveFile is a file as it lies in an archive.
type ArchiveFile struct {
	File
	Folder   string // the title of its handbook
	Modified time.Time
}

// Archive is a ZIP that can be read from any place on. Its Body holds no bytes itself: they come from the
// bucket as they are read. Close returns what broke reading off.
type Archive struct {
	Body io.ReadSeekCloser
	ETag string // a strong validator: the same for the same bytes
}

// The errors of an archive.
var (
	ErrArchiveNotReady = NewError(Conflict, "archive_not_ready",
		"None of these files can lie in a ZIP yet. Please download each file by itself.")
	ErrArchiveEmpty = NewError(Conflict, "archive_empty",
		"There is nothing here that can be downloaded at the moment. Each title says why.")
	ErrArchiveExpired = NewError(Gone, "archive_expired",
		"This link to an archive has expired. Go back to your order or your library and press the button again; a download that stopped goes on where it was.")
)

// ArchiveOffer says what one archive of several files would be.
type ArchiveOffer struct {
	Files   []OwnedFile // that it holds, each once
	LeftOut []string    // titles that cannot be downloaded now, and files that can but are not measured
	Bytes   int64
}

// OfferArchive looks at files that somebody has a right to. The same file under several rights counts
// once, under the best of them. A file whose checksum is not known, since it waits to be measured or is
// missing or damaged, is left out.
func OfferArchive(owned []OwnedFile) ArchiveOffer {
	var offer ArchiveOffer
	has := map[string]bool{}
	leaveOut := func(name string) {
		if !slices.Contains(offer.LeftOut, name) {
			offer.LeftOut = append(offer.LeftOut, name)
		}
	}
	for _, f := range owned {
		if f.State != Active || has[f.ID] {
			continue
		}
		has[f.ID] = true
		if !f.CRC32.Known {
			leaveOut(f.Name)
			continue
		}
		offer.Files = append(offer.Files, f)
		offer.Bytes += f.Size
	}
	for _, f := range owned {
		if !has[f.ID] {
			leaveOut(f.ProductTitle)
		}
	}
	return offer
}

// IssueArchive makes a link to one archive of all that an order gives the right to now.
func (s *Shop) IssueArchive(ctx context.Context, token string, by Client) (Link, error) {
	o, err := s.OrderByToken(ctx, token)
	if err != nil {
		return Link{}, err
	}
	if err := s.mayDownload(ctx, o, by); err != nil {
		return Link{}, err
	}
	files, err := s.config.Store.OwnedFiles(ctx, o.ID)
	if err != nil {
		return Link{}, err
	}
	return s.issueArchive(ctx, files, o, by)
}

// IssueLibraryArchive makes a link to one archive of all that the orders of an address give the right to
// now. The caller has seen to it that the client may open the library of that address.
func (s *Shop) IssueLibraryArchive(ctx context.Context, email string, by Client) (Link, error) {
	files, err := s.config.Store.LibraryFiles(ctx, email)
	if err != nil {
		return Link{}, err
	}
	return s.issueArchive(ctx, files, Order{}, by)
}

// issueArchive asks the bucket for every file, leaves out those that it lost, checks and counts every right and records every file's
// download in one transaction, and signs the link. The order is the one whose archive it is, if it is of one.
func (s *Shop) issueArchive(ctx context.Context, owned []OwnedFile, o Order, by Client) (Link, error) {
	offer := OfferArchive(owned)
	switch {
	case len(offer.Files) > 0:
	case slices.ContainsFunc(owned, func(f OwnedFile) bool { return f.State == Active }):
		return Link{}, ErrArchiveNotReady
	default:
		return Link{}, ErrArchiveEmpty
	}
	files, err := s.present(ctx, offer.Files)
	if err != nil {
		return Link{}, err
	}
	settings, err := s.Settings(ctx)
	if err != nil {
		return Link{}, err
	}
	now := s.now()
	id, expires := NewID(), now.Add(s.linkLifeOf(o, settings, offer.Bytes))
	downloads := make([]Download, len(files))
	for i, f := range files {
		downloads[i] = Download{
			ID: NewID(), EntitlementID: f.EntitlementID, OrderID: f.OrderID, FileID: f.ID, EditionID: f.EditionID,
			IssuedAt: now, ExpiresAt: expires, IP: truncateIP(by.IP), Agent: truncate(by.Agent, 200), ArchiveID: id,
		}
	}
	if err := s.config.Store.RecordDownload(ctx, downloads...); err != nil {
		return Link{}, err
	}
	token, err := s.archiveLinks().token(id, int(expires.Unix()))
	if err != nil {
		return Link{}, err
	}
	return Link{URL: s.config.URL + "/archives/" + token, ExpiresAt: expires, Filename: ArchiveName}, nil
}

// present returns those files that the bucket has: one that it lost keeps nobody from the others. It is an error when
// it has none of them, or does not answer.
func (s *Shop) present(ctx context.Context, files []OwnedFile) (present []OwnedFile, err error) {
	var lost error
	for _, f := range files {
		err := s.config.Bucket.Exists(ctx, f.File)
		switch {
		case err == nil:
			present = append(present, f)
		case IsKind(err, Unavailable):
			return nil, err
		default:
			lost = err
			s.config.Log.ErrorContext(ctx, "a file is left out of an archive", "file", f.ID, "err", err)
		}
	}
	if len(present) == 0 {
		return nil, lost
	}
	return present, nil
}

// ArchiveName is what an archive is saved as.
const ArchiveName = "Bookroom handbooks.zip"

// archiveLinks sign an archive's id and, as the version, when the link dies.
func (s *Shop) archiveLinks() links { return links{s.config.Secret, "archive link"} }

// OpenArchive returns the archive of a link, as long as that lives and every right in it can be used. ctx
// is that of the reading, too. The caller closes the archive's body.
func (s *Shop) OpenArchive(ctx context.Context, token string) (Archive, error) {
	id, expires, err := s.archiveLinks().read(token)
	if err != nil || !s.now().Before(time.Unix(int64(expires), 0)) {
		return Archive{}, ErrArchiveExpired
	}
	owned, err := s.config.Store.ArchivedFiles(ctx, id)
	if err != nil {
		return Archive{}, err
	}
	if len(owned) == 0 {
		return Archive{}, ErrArchiveExpired
	}
	files := make([]ArchiveFile, len(owned))
	for i, f := range owned {
		if err := f.State.usable(); err != nil {
			return Archive{}, err
		}
		files[i] = ArchiveFile{File: f.File, Folder: f.ProductTitle, Modified: f.EditionDate}
	}
	return s.config.Bucket.Zip(ctx, files), nil
}

// measureBatch is how many files are looked up at once to be measured.
const measureBatch = 100

// MeasureFiles works out the checksums of files that were there before the shop kept them, so that they
// can lie in archives. A file that is missing or damaged is passed over until the next time; its error is
// returned at the end, with how many were measured. An error of kind Unavailable ends the work at once.
func (s *Shop) MeasureFiles(ctx context.Context) (measured int, err error) {
	var failures []error
	for after := ""; ctx.Err() == nil; {
		files, err := s.config.Store.UnmeasuredFiles(ctx, after, measureBatch)
		if err != nil {
			return measured, fmt.Errorf("find files without a checksum: %w", err)
		}
		if len(files) == 0 {
			break
		}
		for _, f := range files {
			after = f.ID
			err := s.measureStored(ctx, f)
			if IsKind(err, Unavailable) {
				return measured, fmt.Errorf("measure %s: %w", f.Key, err)
			}
			if err != nil {
				failures = append(failures, fmt.Errorf("measure %s: %w", f.Key, err))
				continue
			}
			measured++
		}
	}
	return measured, errors.Join(failures...)
}

// measureStored reads a file in the bucket and notes its checksum, if it is the file that was stored.
func (s *Shop) measureStored(ctx context.Context, f File) error {
	body, err := s.config.Bucket.Open(ctx, f, 0)
	if err != nil {
		return err
	}
	sum, identity := crc32.NewIEEE(), sha256.New()
	_, err = io.Copy(io.MultiWriter(sum, identity), body)
	if err := errors.Join(err, body.Close()); err != nil {
		return err
	}
	if hex.EncodeToString(identity.Sum(nil)) != f.SHA256 {
		return errors.New("the object's bytes are not those that were stored")
	}
	return s.config.Store.NoteCRC32(ctx, f.SHA256, sum.Sum32())
}
