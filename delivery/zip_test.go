package delivery_test

import (
	"archive/zip"
	"bytes"
	"hash/crc32"
	"io"
	"net/http"
	"runtime"
	"slices"
	"testing"

	"bookroom/shop"
)

func TestOpeningAFileInTheMidst(t *testing.T) {
	t.Parallel()
	p := MustOpen(t, nil)
	body := bytes.Repeat([]byte("advisory "), 500)
	file := p.MustPut(t, body)
	for _, offset := range []int64{0, 1, 4000} {
		opened, err := p.Open(t.Context(), file, offset)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(opened)
		if err != nil || !bytes.Equal(got, body[offset:]) {
			t.Errorf("from %d: %d bytes, %v", offset, len(got), err)
		}
		if err := opened.Close(); err != nil {
			t.Error(err)
		}
	}
	lost, short := file, file
	lost.Key, short.Size = "files/lost", file.Size+1
	for _, f := range []shop.File{lost, short} {
		_, err := p.Open(t.Context(), f, 0)
		wantError(t, err, shop.Internal, "file_missing")
	}
	p.server.SetDown(true)
	_, err := p.Open(t.Context(), file, 0)
	wantError(t, err, shop.Unavailable, "files_unavailable")
}

// archived is the file as it lies in an archive.
func archived(f shop.File, folder, name string, sum uint32) shop.ArchiveFile {
	f.Name, f.CRC32 = name, shop.CRC32{Sum: sum, Known: true}
	return shop.ArchiveFile{File: f, Folder: folder}
}

func TestNamesInAnArchive(t *testing.T) {
	t.Parallel()
	p := MustOpen(t, nil)
	body := []byte("one page")
	file, sum := p.MustPut(t, body), crc32.ChecksumIEEE(body)
	laid := p.Zip(t.Context(), []shop.ArchiveFile{
		archived(file, "Mentors & Interns", "guide.pdf", sum), archived(file, "Mentors & Interns", "Guide.PDF", sum),
		archived(file, `../What? "Why": a/b`, `..\evil|*.pdf`, sum), archived(file, "Guía", "", sum),
	})
	whole, err := io.ReadAll(laid.Body)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := zip.NewReader(bytes.NewReader(whole), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range opened.File {
		names = append(names, entry.Name)
	}
	want := []string{"Mentors & Interns/guide.pdf", "Mentors & Interns/Guide (2).PDF", "-What- -Why-- a-b/-evil--.pdf", "Guía/download"}
	if !slices.Equal(names, want) {
		t.Errorf("names %q, want %q", names, want)
	}
}

// An archive's bytes come from the bucket as they are read, and each file by one request. The test is not
// parallel: it looks at the memory of the whole process.
func TestAnArchiveIsNotHeldInMemory(t *testing.T) {
	p := MustOpen(t, nil)
	const size = 64 << 20
	body := make([]byte, size)
	file, sum := p.MustPut(t, body), crc32.ChecksumIEEE(body)
	asked := p.asked.of(http.MethodGet)
	laid := p.Zip(t.Context(), []shop.ArchiveFile{archived(file, "a", "one", sum), archived(file, "b", "two", sum)})
	if n := p.asked.of(http.MethodGet) - asked; n != 0 {
		t.Errorf("laying it out took %d requests", n)
	}
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	most := uint64(0)
	for buffer := make([]byte, 1<<20); ; {
		_, err := io.ReadFull(laid.Body, buffer)
		runtime.ReadMemStats(&now)
		most = max(most, now.HeapInuse)
		if err != nil {
			break
		}
	}
	if err := laid.Body.Close(); err != nil {
		t.Fatal(err)
	}
	if most > before.HeapInuse+32<<20 {
		t.Errorf("reading 128 MiB held %d MiB", (most-before.HeapInuse)>>20)
	}
	if n := p.asked.of(http.MethodGet) - asked; n != 2 {
		t.Errorf("reading it took %d requests, want 2", n)
	}
}
