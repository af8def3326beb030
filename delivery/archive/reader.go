package archive

import (
	"errors"
	"fmt"
	"io"
	"sort"
)

// Reader reads an archive from any place on. It opens one file at a time, when its bytes are asked for.
type Reader struct {
	archive *Archive
	at      int64
	open    io.ReadCloser // the file at which reading stands; nil before it was opened
	err     error         // what broke reading off
}

// NewReader returns a reader at the archive's beginning.
func (a *Archive) NewReader() *Reader { return &Reader{archive: a} }

// Read reads on. An error ends reading for good.
func (r *Reader) Read(to []byte) (int, error) {
	if r.err != nil {
		return 0, r.err
	}
	if r.at >= r.archive.size {
		return 0, io.EOF
	}
	n, err := r.read(to)
	r.at += int64(n)
	if err != nil {
		r.err = err
	}
	return n, err
}

// read reads from the part at which the reader stands.
func (r *Reader) read(to []byte) (int, error) {
	parts := r.archive.parts
	p := parts[sort.Search(len(parts), func(i int) bool { return parts[i].start+parts[i].size > r.at })]
	offset := r.at - p.start
	if p.file == nil {
		return copy(to, p.known[offset:]), nil
	}
	if r.open == nil {
		var err error
		if r.open, err = p.file.Open(offset); err != nil {
			return 0, fmt.Errorf("open %s: %w", p.file.Name, err)
		}
	}
	left := p.size - offset
	n, err := r.open.Read(to[:min(int64(len(to)), left)])
	switch {
	case int64(n) == left:
		return n, r.leave()
	case errors.Is(err, io.EOF):
		return n, fmt.Errorf("read %s: %w", p.file.Name, io.ErrUnexpectedEOF)
	case err != nil:
		return n, fmt.Errorf("read %s: %w", p.file.Name, err)
	default:
		return n, nil
	}
}

// Seek goes to another place.
func (r *Reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		offset += r.archive.size
	}
	if offset < 0 {
		return 0, errors.New("seek: before the beginning of the archive")
	}
	if offset == r.at {
		return offset, nil
	}
	r.at = offset
	return offset, r.leave()
}

// leave closes the file at which reading stands.
func (r *Reader) leave() error {
	if r.open == nil {
		return nil
	}
	open := r.open
	r.open = nil
	if err := open.Close(); err != nil {
		return fmt.Errorf("close a file of the archive: %w", err)
	}
	return nil
}

// Close lets go of what is open. It returns what broke reading off, if anything did.
func (r *Reader) Close() error { return errors.Join(r.err, r.leave()) }
