package shop

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// UploadState says how far a file has come.
type UploadState string

// The states of an upload.
const (
	UploadOpen     UploadState = "open"     // the browser sends its parts
	UploadChecking UploadState = "checking" // all parts are there; the shop reads the file once
	UploadDone     UploadState = "done"     // the file is in the draft
	UploadRefused  UploadState = "refused"
	UploadEnded    UploadState = "ended" // given up by staff, or left for days
)

// UploadRefusal says why a file that arrived was not taken.
type UploadRefusal string

// The reasons.
const (
	UploadDamaged   UploadRefusal = "damaged"
	UploadLost      UploadRefusal = "lost"
	UploadWrongKind UploadRefusal = "wrong_kind"
)

// Sentence is the reason as staff read it.
func (r UploadRefusal) Sentence() Sentence {
	switch r {
	case UploadDamaged:
		return Say("What arrived is not the file that was sent: its checksum differs. Nothing was added; please upload it again.")
	case UploadLost:
		return Say("The file store does not have the parts any more. Nothing was added; please upload the file again.")
	case UploadWrongKind:
		return Say("The file does not begin as one of its kind does: its name may have the wrong ending. Nothing was added.")
	default:
		return Sentence{}
	}
}

// Upload is a file on its way from somebody's browser to the bucket, in parts.
type Upload struct {
	ID           string
	ProductID    string
	Slug         string // of the product
	StaffID      string
	Staff        string // name of who began it
	Name         string
	ContentType  string
	Size         int64    // bytes
	PartSize     int64    // bytes of every part but the last
	FirstSHA256  string   // of its beginning, UploadBeginning bytes, by which the same file is known again
	BucketUpload string   // as the bucket calls it
	Checksums    []string // the SHA-256 of each part, as the browser worked them out; none while it sends
	State        UploadState
	Refused      UploadRefusal
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// Parts is how many parts there are.
func (u Upload) Parts() int { return int((u.Size + u.PartSize - 1) / u.PartSize) }

// PartLength is how many bytes the part of that number has; parts are counted from 1.
func (u Upload) PartLength(number int) int64 {
	return min(u.PartSize, u.Size-int64(number-1)*u.PartSize)
}

// Key is where the bytes lie until they are checked.
func (u Upload) Key() string { return "uploads/" + u.ID }

// UploadBucket is what uploads need of the file store.
type UploadBucket interface {
	// BeginParts begins an object that will arrive in parts, and returns what the bucket calls that.
	BeginParts(ctx context.Context, key, contentType string) (upload string, err error)
	// SignPart returns an address to PUT one part of that many bytes to, and when it dies.
	SignPart(ctx context.Context, key, upload string, number int, size int64, ttl time.Duration) (url string, expires time.Time, err error)
	// Parts returns the sizes of the parts that have arrived, by number; ErrNoParts when the bucket knows of none
	// such, as after JoinParts or DropParts.
	Parts(ctx context.Context, key, upload string) (map[int]int64, error)
	// JoinParts makes the object of all parts that have arrived. ErrNoParts as above.
	JoinParts(ctx context.Context, key, upload string) error
	// DropParts gives an upload up. It is no error when there is none.
	DropParts(ctx context.Context, key, upload string) error
	// Copy stores the object of the first key under the file's key as well, without its bytes passing here.
	Copy(ctx context.Context, from string, to File) error
	// Delete removes an object. It is no error when there is none.
	Delete(ctx context.Context, key string) error
}

// ErrNoParts answers that the bucket does not know an upload.
var ErrNoParts = errors.New("the bucket does not know this upload")

// UploadStore is what the rules need of the database for uploads.
type UploadStore interface {
	// CreateUpload keeps a new upload. When one of the same file for the same product is open already, that one is
	// returned instead. An Error of kind NotFound where there is no such product, and ErrNotAHandbook for a bundle.
	CreateUpload(ctx context.Context, u Upload, act Act, now time.Time) (Upload, error)
	// Upload returns an upload; ErrUploadNotFound where there is none.
	Upload(ctx context.Context, id string) (Upload, error)
	// CloseUpload notes the checksums of the parts of an open upload and queues the job that checks it. One that is
	// not open any more is returned as it is.
	CloseUpload(ctx context.Context, id string, checksums []string, act Act, now time.Time) (Upload, error)
	// AcceptUpload puts the file of an upload that is being checked into its handbook's draft, in the place of one of
	// the same name, and queues the inspection of a PDF. One that is not being checked is left alone.
	AcceptUpload(ctx context.Context, id string, f File, now time.Time) error
	// RefuseUpload ends an upload that is being checked.
	RefuseUpload(ctx context.Context, id string, why UploadRefusal, now time.Time) error
	// EndUpload gives an open upload up. One that is not open is left alone.
	EndUpload(ctx context.Context, id string, act Act, now time.Time) error
	// AbandonedUploads returns uploads that are open or were refused and that nothing was heard of since the given time.
	AbandonedUploads(ctx context.Context, before time.Time, limit int) ([]Upload, error)
	// DropUpload ends an upload that is open or was refused.
	DropUpload(ctx context.Context, id string, now time.Time) error
}

// The bounds of an upload.
const (
	LargestFile     = 5 << 30 // bytes: what a bucket copies in one piece
	UploadBeginning = 8 << 20 // bytes
	PartsAtOnce     = 50      // addresses signed by one request

	smallestPart = 8 << 20 // bytes
	mostParts    = 200     // so that their checksums fit into one request to the API
	partLinkLife = 30 * time.Minute
	uploadsLast  = 3 * 24 * time.Hour // without a sign of life
	longestName  = 150                // bytes of a file's name
)

// The errors of uploads.
var (
	ErrUploadNotFound = NewError(NotFound, "upload_not_found", "There is no such upload. It may have been given up; choose the file again.")
	ErrUploadClosed   = NewError(Conflict, "upload_closed", "This upload takes no more parts. Choose the file again to send it anew.")
	ErrNotAHandbook   = NewError(Conflict, "not_a_handbook", "A bundle has no files of its own: they are those of its handbooks.")
)

// NewUpload is what somebody wants to send.
type NewUpload struct {
	Slug        string // of the product
	Name        string
	Size        int64
	FirstSHA256 string // of the first UploadBeginning bytes, or of the whole file if that is shorter
}

// partSize is how many bytes the parts of a file of that size have: a whole number of MiB.
func partSize(size int64) int64 {
	const unit = 1 << 20
	return max(smallestPart, (size/mostParts+unit-1)/unit*unit)
}

// BeginUpload begins to take a file, or goes on with the same file: then the upload that is open is returned. One whose
// parts the bucket has lost is ended first.
func (s *Shop) BeginUpload(ctx context.Context, by Actor, n NewUpload) (Upload, error) {
	if err := n.check(); err != nil {
		return Upload{}, err
	}
	u, resumed, err := s.beginUpload(ctx, by, n)
	if err != nil || !resumed {
		return u, err
	}
	if u, _, err = s.UploadedParts(ctx, u.ID); err != nil || u.State == UploadOpen {
		return u, err
	}
	u, _, err = s.beginUpload(ctx, by, n)
	return u, err
}

func (s *Shop) beginUpload(ctx context.Context, by Actor, n NewUpload) (u Upload, resumed bool, err error) {
	u = Upload{
		ID: NewID(), Slug: n.Slug, StaffID: by.StaffID, Staff: by.Name, Name: n.Name, ContentType: FileKindOf(n.Name).ContentType,
		Size: n.Size, PartSize: partSize(n.Size), FirstSHA256: n.FirstSHA256, State: UploadOpen, CreatedAt: s.now(), UpdatedAt: s.now(),
	}
	if u.BucketUpload, err = s.config.Bucket.BeginParts(ctx, u.Key(), u.ContentType); err != nil {
		return Upload{}, false, err
	}
	kept, err := s.config.Store.CreateUpload(ctx, u, Act{
		By: by, Verb: "upload.begin", Subject: Subject{Kind: "upload", ID: u.ID, Name: n.Slug},
		After: map[string]any{"name": n.Name, "size": n.Size},
	}, s.now())
	if err != nil || kept.ID != u.ID {
		err = errors.Join(err, s.config.Bucket.DropParts(context.WithoutCancel(ctx), u.Key(), u.BucketUpload))
	}
	return kept, kept.ID != u.ID, err
}

func (n NewUpload) check() error {
	wrong := invalidFields{}
	switch {
	case n.Name == "" || len(n.Name) > longestName || !utf8.ValidString(n.Name) || path.Base(n.Name) != n.Name ||
		strings.ContainsAny(n.Name, `\`) || strings.ContainsFunc(n.Name, unicode.IsControl) || strings.HasPrefix(n.Name, "."):
		wrong["name"] = Say("This cannot be a file's name. It should be like advisory-handbook.pdf.")
	case FileKindOf(n.Name).Ending == "":
		wrong["name"] = Say("This kind of file is not sold here. Known endings are %s.", FileEndings())
	}
	switch {
	case n.Size < 1:
		wrong["size"] = Say("The file is empty.")
	case n.Size > LargestFile:
		wrong["size"] = Say("The file is larger than 5 GB. Divide it into several.")
	}
	if !isSHA256(n.FirstSHA256) {
		wrong["first_sha256"] = Say("The checksum should be a SHA-256 of 64 small hexadecimal digits.")
	}
	return wrong.err()
}

func isSHA256(text string) bool {
	sum, err := hex.DecodeString(text)
	return err == nil && len(sum) == 32 && strings.ToLower(text) == text
}

// PartLink is where one part goes.
type PartLink struct {
	Number    int
	Size      int64
	URL       string
	ExpiresAt time.Time
}

// SignParts returns addresses to PUT parts of an open upload to: at most PartsAtOnce.
func (s *Shop) SignParts(ctx context.Context, _ Actor, id string, numbers []int) ([]PartLink, error) {
	u, err := s.openUpload(ctx, id)
	if err != nil {
		return nil, err
	}
	if len(numbers) == 0 || len(numbers) > PartsAtOnce {
		return nil, NewError(Invalid, "parts_at_once", "Ask for 1 to %d parts at once.", PartsAtOnce)
	}
	links := make([]PartLink, 0, len(numbers))
	for _, number := range numbers {
		if number < 1 || number > u.Parts() {
			return nil, NewError(Invalid, "no_such_part", "The upload has the parts 1 to %d.", u.Parts())
		}
		link := PartLink{Number: number, Size: u.PartLength(number)}
		link.URL, link.ExpiresAt, err = s.config.Bucket.SignPart(ctx, u.Key(), u.BucketUpload, number, link.Size, partLinkLife)
		if err != nil {
			return nil, err
		}
		links = append(links, link)
	}
	return links, nil
}

func (s *Shop) openUpload(ctx context.Context, id string) (Upload, error) {
	u, err := s.config.Store.Upload(ctx, id)
	if err == nil && u.State != UploadOpen {
		err = ErrUploadClosed
	}
	return u, err
}

// UploadedParts returns an upload and the numbers of the parts that have arrived whole, in order: the browser sends
// the others. Once the upload is closed there are none to send. One that the bucket does not know any more is ended.
func (s *Shop) UploadedParts(ctx context.Context, id string) (Upload, []int, error) {
	u, err := s.config.Store.Upload(ctx, id)
	if err != nil || u.State != UploadOpen {
		return u, nil, err
	}
	arrived, err := s.config.Bucket.Parts(ctx, u.Key(), u.BucketUpload)
	if errors.Is(err, ErrNoParts) {
		u.State = UploadEnded
		return u, nil, s.config.Store.DropUpload(ctx, id, s.now())
	}
	var whole []int
	for number, size := range arrived {
		if number >= 1 && number <= u.Parts() && size == u.PartLength(number) {
			whole = append(whole, number)
		}
	}
	slices.Sort(whole)
	return u, whole, err
}

// CompleteUpload says that every part was sent, and what its SHA-256 is. The file is checked by a job and stands in the
// draft after that. Said twice, it is done once.
func (s *Shop) CompleteUpload(ctx context.Context, by Actor, id string, checksums []string) (Upload, error) {
	u, whole, err := s.UploadedParts(ctx, id)
	if err != nil {
		return Upload{}, err
	}
	if u.State != UploadOpen {
		return u, nil
	}
	if len(checksums) != u.Parts() || slices.ContainsFunc(checksums, func(sum string) bool { return !isSHA256(sum) }) {
		return Upload{}, NewError(Invalid, "checksums_wrong", "The upload has %d parts, and each needs its SHA-256 of 64 small hexadecimal digits.", u.Parts())
	}
	if missing := u.Parts() - len(whole); missing > 0 {
		return Upload{}, NewError(Conflict, "parts_missing", "The file store does not have %d of the %d parts yet. Send them, then complete the upload.", missing, u.Parts())
	}
	u, err = s.config.Store.CloseUpload(ctx, id, checksums, Act{
		By: by, Verb: "upload.complete", Subject: Subject{Kind: "upload", ID: id, Name: u.Slug}, After: map[string]any{"name": u.Name},
	}, s.now())
	if err == nil {
		s.config.Wake()
	}
	return u, err
}

// AbortUpload gives an open upload up.
func (s *Shop) AbortUpload(ctx context.Context, by Actor, id string) error {
	u, err := s.config.Store.Upload(ctx, id)
	if err != nil || u.State != UploadOpen {
		return err
	}
	if err := s.config.Store.EndUpload(ctx, id, Act{
		By: by, Verb: "upload.abort", Subject: Subject{Kind: "upload", ID: id, Name: u.Slug}, Before: map[string]any{"name": u.Name},
	}, s.now()); err != nil {
		return err
	}
	return s.config.Bucket.DropParts(ctx, u.Key(), u.BucketUpload)
}

// DropAbandonedUploads gives up what nobody went on with for days, so that the bucket does not keep its parts.
func (s *Shop) DropAbandonedUploads(ctx context.Context) error {
	const atOnce = 100
	abandoned, err := s.config.Store.AbandonedUploads(ctx, s.now().Add(-uploadsLast), atOnce)
	if err != nil {
		return err
	}
	for _, u := range abandoned {
		if err := s.config.Bucket.DropParts(ctx, u.Key(), u.BucketUpload); err != nil {
			return fmt.Errorf("drop upload %s: %w", u.ID, err)
		}
		if err := s.config.Store.DropUpload(ctx, u.ID, s.now()); err != nil {
			return err
		}
	}
	return nil
}
