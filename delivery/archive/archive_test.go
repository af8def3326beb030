package archive_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"testing"
	"testing/iotest"
	"time"

	"bookroom/delivery/archive"
)

// file is one of an archive with those bytes.
func file(name string, content []byte) archive.File {
	return archive.File{
		Name: name, Size: int64(len(content)), CRC32: crc32.ChecksumIEEE(content), SHA256: fmt.Sprint(crc32.ChecksumIEEE(content)),
		Modified: time.Date(2026, 9, 1, 10, 20, 30, 0, time.UTC),
		Open:     func(offset int64) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content[offset:])), nil },
	}
}

func sample() (names []string, contents [][]byte, a *archive.Archive) {
	names = []string{"Guía de asesoría/handbook.pdf", "Guía de asesoría/empty.txt", "Mentors/worksheets.docx"}
	contents = [][]byte{bytes.Repeat([]byte("advisory "), 1000), {}, []byte("one more")}
	var files []archive.File
	for i, name := range names {
		files = append(files, file(name, contents[i]))
	}
	return names, contents, archive.New(files)
}

func TestAnArchiveIsAZip(t *testing.T) {
	t.Parallel()
	names, contents, a := sample()
	whole, err := io.ReadAll(a.NewReader())
	if err != nil || int64(len(whole)) != a.Size() {
		t.Fatalf("%d bytes of %d: %v", len(whole), a.Size(), err)
	}
	opened, err := zip.NewReader(bytes.NewReader(whole), int64(len(whole)))
	if err != nil || len(opened.File) != len(names) {
		t.Fatalf("opened: %v", err)
	}
	for i, entry := range opened.File {
		body, err := entry.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(body) // checks the CRC-32
		if err != nil || entry.Name != names[i] || !bytes.Equal(content, contents[i]) || entry.Method != zip.Store || entry.NonUTF8 {
			t.Errorf("%s: %d bytes, %+v, %v", entry.Name, len(content), entry.FileHeader, err)
		}
		if !entry.Modified.Equal(time.Date(2026, 9, 1, 10, 20, 30, 0, time.UTC)) || entry.Mode() != 0o644 {
			t.Errorf("%s is of %s, %s", entry.Name, entry.Modified, entry.Mode())
		}
	}
	if err := iotest.TestReader(a.NewReader(), whole); err != nil {
		t.Error(err)
	}
	if path := os.Getenv("ARCHIVE_OUT"); path != "" { // to look at it by other programs
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Error(err)
		}
	}
}

func TestReadingGoesOnAnywhere(t *testing.T) {
	t.Parallel()
	_, _, a := sample()
	whole, err := io.ReadAll(a.NewReader())
	if err != nil {
		t.Fatal(err)
	}
	for range 200 {
		from := rand.Int64N(a.Size())
		r := a.NewReader()
		if _, err := io.CopyN(io.Discard, r, rand.Int64N(a.Size())); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Seek(from, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		rest, err := io.ReadAll(r)
		if err != nil || !bytes.Equal(rest, whole[from:]) {
			t.Fatalf("from %d: %d bytes, %v", from, len(rest), err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := a.NewReader().Seek(-1, io.SeekStart); err == nil {
		t.Error("went before the beginning")
	}
}

func TestTheETagFollowsTheBytes(t *testing.T) {
	t.Parallel()
	one, same := archive.New([]archive.File{file("a/b", []byte("x"))}), archive.New([]archive.File{file("a/b", []byte("x"))})
	if one.ETag() != same.ETag() {
		t.Error("the same archive has two ETags")
	}
	for what, other := range map[string]archive.File{"name": file("a/c", []byte("x")), "bytes": file("a/b", []byte("y"))} {
		if archive.New([]archive.File{other}).ETag() == one.ETag() {
			t.Errorf("another %s has the same ETag", what)
		}
	}
}

func TestWhatCannotBeRead(t *testing.T) {
	t.Parallel()
	down := errors.New("the bucket is down")
	closed, short := file("closed", []byte("abc")), file("short", []byte("abc"))
	closed.Open = func(int64) (io.ReadCloser, error) { return nil, down }
	short.Open = func(int64) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader([]byte("a"))), nil }
	for want, f := range map[error]archive.File{down: closed, io.ErrUnexpectedEOF: short} {
		r := archive.New([]archive.File{f}).NewReader()
		if _, err := io.Copy(io.Discard, r); !errors.Is(err, want) {
			t.Errorf("%s: %v", f.Name, err)
		}
		if _, err := r.Read(make([]byte, 1)); !errors.Is(err, want) {
			t.Errorf("%s, again: %v", f.Name, err)
		}
		if err := r.Close(); !errors.Is(err, want) {
			t.Errorf("%s, closed: %v", f.Name, err)
		}
	}
}

// zeros are the bytes of files that no disk of a test holds.
type zeros struct{ left int64 }

func (z *zeros) Read(to []byte) (int, error) {
	n := int(min(int64(len(to)), z.left))
	if n == 0 {
		return 0, io.EOF
	}
	clear(to[:n])
	z.left -= int64(n)
	return n, nil
}

// More than 4 GiB need other fields, in front of a file and behind one; of its bytes none are kept.
func TestALargeArchive(t *testing.T) {
	t.Parallel()
	huge := func(name string, size int64) archive.File {
		return archive.File{Name: name, Size: size, Open: func(offset int64) (io.ReadCloser, error) {
			return io.NopCloser(&zeros{size - offset}), nil
		}}
	}
	const gib = 1 << 30
	a := archive.New([]archive.File{huge("a/huge", 5*gib), huge("a/large", 3*gib), file("b/small", []byte("at the very end"))})
	opened, err := zip.NewReader(at{a}, a.Size())
	if err != nil {
		t.Fatal(err)
	}
	if opened.File[0].UncompressedSize64 != 5*gib || opened.File[1].UncompressedSize64 != 3*gib {
		t.Errorf("sizes %d and %d", opened.File[0].UncompressedSize64, opened.File[1].UncompressedSize64)
	}
	last, err := opened.File[2].Open()
	if err != nil {
		t.Fatal(err)
	}
	if content, err := io.ReadAll(last); err != nil || string(content) != "at the very end" {
		t.Errorf("the file behind 8 GiB: %q, %v", content, err)
	}

	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r := a.NewReader()
	if n, err := io.CopyN(io.Discard, r, gib/4); err != nil || n != gib/4 {
		t.Fatalf("%d bytes: %v", n, err)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 16<<20 { // other tests run beside this one
		t.Errorf("reading 256 MiB took %d bytes of memory", used)
	}
}

func TestMoreFilesThanAnOldZipHolds(t *testing.T) {
	t.Parallel()
	files := make([]archive.File, 1<<16+1)
	for i := range files {
		files[i] = file(fmt.Sprintf("folder/%d", i), nil)
	}
	a := archive.New(files)
	opened, err := zip.NewReader(at{a}, a.Size())
	if err != nil || len(opened.File) != len(files) {
		t.Errorf("opened: %v", err)
	}
}

// at reads an archive as package zip does.
type at struct{ *archive.Archive }

func (a at) ReadAt(to []byte, offset int64) (int, error) {
	r := a.NewReader()
	if _, err := r.Seek(offset, io.SeekStart); err != nil {
		return 0, err
	}
	n, err := io.ReadFull(r, to)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	return n, err
}
