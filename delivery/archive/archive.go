// Package archive lays out a ZIP of files whose sizes and checksums are known, without reading them. The
// files are stored, not packed, so every byte of the archive has its place before the first one is sent:
// a broken transfer can go on where it stopped. Only headers are held in memory.
//
// It knows nothing of where the files' bytes lie or of who may have them.
package archive

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"time"
)

// File is one file of an archive.
type File struct {
	Name     string // with its folder, parted by slashes; UTF-8, other than that of every other file
	Size     int64  // bytes
	CRC32    uint32 // IEEE
	SHA256   string // tells these bytes from others
	Modified time.Time
	// Open returns the bytes from the offset to the end.
	Open func(offset int64) (io.ReadCloser, error)
}

// Archive is the layout of a ZIP. It is never changed.
type Archive struct {
	parts []part
	size  int64
	etag  string
}

// part is a stretch of the archive: bytes that are known, or those of a file.
type part struct {
	start, size int64
	known       []byte
	file        *File
}

// New lays the files out in their order.
func New(files []File) *Archive {
	a := &Archive{}
	identity := sha256.New()
	var directory bytes.Buffer
	for i := range files {
		f := &files[i]
		fmt.Fprintf(identity, "%q %s\n", f.Name, f.SHA256)
		directory.Write(f.directoryEntry(a.size))
		a.add(part{known: f.localHeader()})
		a.add(part{file: f})
	}
	start := a.size
	a.add(part{known: directory.Bytes()})
	a.add(part{known: end(len(files), start, int64(directory.Len()))})
	for _, p := range a.parts {
		identity.Write(p.known)
	}
	a.etag = `"` + hex.EncodeToString(identity.Sum(nil)[:16]) + `"`
	return a
}

func (a *Archive) add(p part) {
	if p.file != nil {
		p.size = p.file.Size
	} else {
		p.size = int64(len(p.known))
	}
	p.start = a.size
	a.size += p.size
	a.parts = append(a.parts, p)
}

// Size is that of the whole archive in bytes.
func (a *Archive) Size() int64 { return a.size }

// ETag is a strong validator: it is the same for the same bytes and no others.
func (a *Archive) ETag() string { return a.etag }
