package shop

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
)

// CheckUpload does the work of a JobCheckUpload: it has the bucket make one object of the parts, reads that once, and
// compares each part with the checksum that the browser worked out. What is right is copied to where files lie and put
// into the draft; what is not is refused. It can be broken off anywhere and begun again.
func (s *Shop) CheckUpload(ctx context.Context, j Job) error {
	u, err := s.config.Store.Upload(ctx, j.Subject)
	if err != nil {
		return err
	}
	if u.State == UploadChecking {
		if err := s.checkUpload(ctx, u); err != nil {
			return fmt.Errorf("check upload %s: %w", u.ID, err)
		}
	}
	return s.config.Bucket.Delete(ctx, u.Key())
}

func (s *Shop) checkUpload(ctx context.Context, u Upload) error {
	err := s.config.Bucket.JoinParts(ctx, u.Key(), u.BucketUpload)
	if err != nil && !errors.Is(err, ErrNoParts) { // they may be joined already
		return err
	}
	body, err := s.config.Bucket.Open(ctx, File{Key: u.Key(), Size: u.Size}, 0)
	if IsKind(err, Internal) { // the bucket answered: there is none, or one of another size
		return s.config.Store.RefuseUpload(ctx, u.ID, UploadLost, s.now())
	}
	if err != nil {
		return err
	}
	file, why, err := u.read(body)
	if err := errors.Join(err, body.Close()); err != nil {
		return err
	}
	if why != "" {
		return s.config.Store.RefuseUpload(ctx, u.ID, why, s.now())
	}
	if err := s.config.Bucket.Copy(ctx, u.Key(), file); err != nil {
		return err
	}
	if err := s.config.Store.AcceptUpload(ctx, u.ID, file, s.now()); err != nil {
		return err
	}
	s.config.Wake()
	return nil
}

// read reads the whole file once and works out what it is; why says what is wrong with it. It holds no more than a
// small piece of it at a time.
func (u Upload) read(body io.Reader) (file File, why UploadRefusal, err error) {
	whole, sum := sha256.New(), crc32.NewIEEE()
	begin := &beginning{want: FileKindOf(u.Name).Begin}
	all := io.TeeReader(body, io.MultiWriter(whole, sum, begin))
	for number := 1; number <= u.Parts(); number++ {
		part := sha256.New()
		if _, err := io.CopyN(part, all, u.PartLength(number)); err != nil {
			return File{}, "", fmt.Errorf("read part %d: %w", number, err)
		}
		if hex.EncodeToString(part.Sum(nil)) != u.Checksums[number-1] {
			return File{}, UploadDamaged, nil
		}
	}
	if !begin.fits() {
		return File{}, UploadWrongKind, nil
	}
	file = File{
		ID: NewID(), Name: u.Name, ContentType: u.ContentType, Size: u.Size, SHA256: hex.EncodeToString(whole.Sum(nil)),
		CRC32: CRC32{Sum: sum.Sum32(), Known: true},
	}
	file.Key = FileKey(file.SHA256)
	return file, "", nil
}

// beginning keeps the first bytes of what is written to it, as many as are wanted.
type beginning struct {
	want string
	have []byte
}

func (b *beginning) Write(p []byte) (int, error) {
	b.have = append(b.have, p[:min(len(p), len(b.want)-len(b.have))]...)
	return len(p), nil
}

func (b *beginning) fits() bool { return string(b.have) == b.want }
