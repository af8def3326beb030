package s3test

import (
	"crypto/md5" //nolint:gosec // S3's ETag is one; nothing is secured by it
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"net/http"
	"os"
	"time"
)

// record describes an object. In the object's file it stands behind the bytes, followed by its own
// length: one rename puts bytes and description in place together.
type record struct {
	Key      string            `json:"key"`
	Size     int64             `json:"size"`
	MD5      []byte            `json:"md5"`
	Metadata map[string]string `json:"metadata"` // headers to answer with
}

// lengthSize is the bytes at a file's end that hold the length of its record.
const lengthSize = 8

// ETag is the MD5 of the bytes, quoted, also where they came in parts.
func (r record) ETag() string { return quoted(r.MD5) }

func quoted(sum []byte) string { return `"` + hex.EncodeToString(sum) + `"` }

func newMD5() hash.Hash { return md5.New() } //nolint:gosec // as above

// LastModified is zero if it is not known.
func (r record) LastModified() time.Time {
	t, err := http.ParseTime(r.Metadata["Last-Modified"])
	if err != nil {
		return time.Time{}
	}
	return t
}

// writeObject fills f with what fill writes and its record, down to the disk.
func writeObject(f *os.File, key string, metadata map[string]string, fill func(io.Writer) error) (record, error) {
	sum := newMD5()
	if err := fill(io.MultiWriter(f, sum)); err != nil {
		return record{}, err
	}
	size, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		return record{}, err
	}
	rec := record{Key: key, Size: size, MD5: sum.Sum(nil), Metadata: metadata}
	tail, err := json.Marshal(rec)
	if err != nil {
		return record{}, fmt.Errorf("describe object: %w", err)
	}
	tail = binary.BigEndian.AppendUint64(tail, uint64(len(tail)))
	if _, err := f.Write(tail); err != nil {
		return record{}, err
	}
	return rec, f.Sync()
}

// readRecord returns the record at the end of an object's file.
func readRecord(f *os.File) (record, error) {
	info, err := f.Stat()
	if err != nil {
		return record{}, err
	}
	var length [lengthSize]byte
	if _, err := f.ReadAt(length[:], info.Size()-lengthSize); err != nil {
		return record{}, fmt.Errorf("read object's description: %w", err)
	}
	start := info.Size() - lengthSize - int64(binary.BigEndian.Uint64(length[:]))
	var rec record
	if err := json.NewDecoder(io.NewSectionReader(f, start, info.Size()-start)).Decode(&rec); err != nil {
		return record{}, fmt.Errorf("read object's description: %w", err)
	}
	return rec, nil
}
