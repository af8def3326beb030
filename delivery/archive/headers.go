package archive

import (
	"encoding/binary"
	"math"
	"time"
)

// Numbers of PKWARE's APPNOTE, which is what a ZIP is.
const (
	localSignature     = 0x04034b50
	directorySignature = 0x02014b50
	endSignature       = 0x06054b50
	end64Signature     = 0x06064b50
	locator64Signature = 0x07064b50

	versionPlain = 20
	versionZip64 = 45
	madeByUnix   = 3 << 8
	fileMode     = 0o100644 << 16
	utf8Names    = 1 << 11
	zip64Extra   = 1
)

// What is too large for a field of 32 or 16 bits stands in a field of 64, and these in its place.
const (
	see64    = math.MaxUint32
	see64Few = math.MaxUint16
)

// little writes numbers as a ZIP has them.
type little []byte

func (b *little) put16(n uint16) { *b = binary.LittleEndian.AppendUint16(*b, n) }
func (b *little) put32(n uint32) { *b = binary.LittleEndian.AppendUint32(*b, n) }
func (b *little) put64(n uint64) { *b = binary.LittleEndian.AppendUint64(*b, n) }

// short is n, or what says that it stands in 64 bits elsewhere.
func short(n int64) uint32 { return uint32(min(n, see64)) } //nolint:gosec // bounded

func (f *File) large() bool { return f.Size >= see64 }

// localHeader stands before the file's bytes.
func (f *File) localHeader() []byte {
	var b, extra little
	version := uint16(versionPlain)
	if f.large() {
		version = versionZip64
		extra.put16(zip64Extra)
		extra.put16(16)
		extra.put64(uint64(f.Size)) //nolint:gosec // a size
		extra.put64(uint64(f.Size)) //nolint:gosec // a size
	}
	b.put32(localSignature)
	b.put16(version)
	f.putFacts(&b, len(extra))
	b = append(b, f.Name...)
	return append(b, extra...)
}

// directoryEntry names the file in the list at the archive's end.
func (f *File) directoryEntry(offset int64) []byte {
	var b, large, extra little
	if f.large() {
		large.put64(uint64(f.Size)) //nolint:gosec // a size
		large.put64(uint64(f.Size)) //nolint:gosec // a size
	}
	if offset >= see64 {
		large.put64(uint64(offset)) //nolint:gosec // a place in the archive
	}
	version := uint16(versionPlain)
	if len(large) > 0 {
		version = versionZip64
		extra.put16(zip64Extra)
		extra.put16(uint16(len(large))) //nolint:gosec // 8 to 24
		extra = append(extra, large...)
	}
	b.put32(directorySignature)
	b.put16(madeByUnix | version)
	b.put16(version)
	f.putFacts(&b, len(extra))
	b.put16(0) // comment
	b.put16(0) // disk
	b.put16(0) // internal attributes
	b.put32(fileMode)
	b.put32(short(offset))
	b = append(b, f.Name...)
	return append(b, extra...)
}

// putFacts writes what both headers say in the same words.
func (f *File) putFacts(b *little, extra int) {
	date, clock := dosTime(f.Modified)
	b.put16(utf8Names)
	b.put16(0) // stored
	b.put16(clock)
	b.put16(date)
	b.put32(f.CRC32)
	b.put32(short(f.Size))
	b.put32(short(f.Size))
	b.put16(uint16(len(f.Name))) //nolint:gosec // names of files are shorter than 64 KiB
	b.put16(uint16(extra))       //nolint:gosec // 0 to 28
}

// end closes the archive: it says where the list of files is.
func end(count int, start, size int64) []byte {
	var b little
	if count >= see64Few || start >= see64 || size >= see64 {
		b.put32(end64Signature)
		b.put64(44) // bytes that follow in this record
		b.put16(madeByUnix | versionZip64)
		b.put16(versionZip64)
		b.put32(0) // this disk
		b.put32(0) // the disk of the list
		b.put64(uint64(count))
		b.put64(uint64(count))
		b.put64(uint64(size))  //nolint:gosec // a size
		b.put64(uint64(start)) //nolint:gosec // a place in the archive
		b.put32(locator64Signature)
		b.put32(0)                    // the disk of the record above
		b.put64(uint64(start + size)) //nolint:gosec // a place in the archive
		b.put32(1)                    // disks
	}
	few := uint16(min(count, see64Few)) //nolint:gosec // bounded
	b.put32(endSignature)
	b.put16(0) // this disk
	b.put16(0) // the disk of the list
	b.put16(few)
	b.put16(few)
	b.put32(short(size))
	b.put32(short(start))
	b.put16(0) // comment
	return b
}

// dosTime is a time as ZIPs have it: without a zone, in steps of two seconds, from 1980 on.
func dosTime(t time.Time) (date, clock uint16) {
	t = t.UTC()
	if t.Year() < 1980 || t.Year() > 2107 {
		t = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	date = uint16(t.Day() + int(t.Month())<<5 + (t.Year()-1980)<<9) //nolint:gosec // bounded
	clock = uint16(t.Second()/2 + t.Minute()<<5 + t.Hour()<<11)     //nolint:gosec // bounded
	return date, clock
}
