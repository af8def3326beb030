package shop

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"hash/crc32"
	"io"
	"runtime"
	"strings"
	"testing"
)

// letters are n bytes that begin as a PDF does, without end and without memory.
type letters struct{ at int }

func (l *letters) Read(p []byte) (int, error) {
	for i := range p {
		if l.at < 5 {
			p[i] = "%PDF-"[l.at]
		} else {
			p[i] = byte(l.at>>16) ^ byte(l.at)
		}
		l.at++
	}
	return len(p), nil
}

// uploadOf is an upload of these bytes in parts of that size.
func uploadOf(tb testing.TB, name string, body io.Reader, size, part int64) Upload {
	tb.Helper()
	u := Upload{Name: name, ContentType: FileKindOf(name).ContentType, Size: size, PartSize: part}
	for number := 1; number <= u.Parts(); number++ {
		sum := sha256.New()
		if _, err := io.CopyN(sum, body, u.PartLength(number)); err != nil {
			tb.Fatal(err)
		}
		u.Checksums = append(u.Checksums, hex.EncodeToString(sum.Sum(nil)))
	}
	return u
}

func TestALargeUploadIsCheckedWithoutHoldingIt(t *testing.T) {
	const size = 200<<20 + 17
	u := uploadOf(t, "a.pdf", &letters{}, size, partSize(size))
	if u.Parts() != 26 || u.PartLength(26) != 17 {
		t.Fatalf("%d parts, the last of %d bytes", u.Parts(), u.PartLength(26))
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	file, why, err := u.read(io.LimitReader(&letters{}, size))
	runtime.ReadMemStats(&after)
	if err != nil || why != "" || file.Size != size {
		t.Fatalf("%+v, %q, %v", file, why, err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 4<<20 {
		t.Errorf("it took %d bytes of memory", used)
	}
}

func TestPartsFitIntoOneRequest(t *testing.T) {
	t.Parallel()
	for size, want := range map[int64]int64{1: 8 << 20, 1600 << 20: 8 << 20, 2 << 30: 11 << 20, LargestFile: 26 << 20} {
		u := Upload{Size: size, PartSize: partSize(size)}
		if u.PartSize != want || u.Parts() > mostParts {
			t.Errorf("%d bytes go in %d parts of %d bytes", size, u.Parts(), u.PartSize)
		}
	}
}

func TestWhatArrivesMustBeWhatWasSent(t *testing.T) {
	t.Parallel()
	body := "%PDF-1.7 one two three four five"
	for name, c := range map[string]struct {
		name, body string
		change     func(*Upload)
		why        UploadRefusal
		fails      bool
	}{
		"as sent":                 {"a.pdf", body, nil, "", false},
		"one part is another":     {"a.pdf", body, func(u *Upload) { u.Checksums[2] = u.Checksums[1] }, UploadDamaged, false},
		"the last byte is wrong":  {"a.pdf", body[:len(body)-1] + "!", nil, UploadDamaged, false},
		"a name with a wrong end": {"a.epub", body, nil, UploadWrongKind, false},
		"it breaks off":           {"a.pdf", body[:20], nil, "", true},
	} {
		u := uploadOf(t, c.name, strings.NewReader(body), int64(len(body)), 10)
		if c.change != nil {
			c.change(&u)
		}
		file, why, err := u.read(strings.NewReader(c.body))
		if why != c.why || (err != nil) != c.fails {
			t.Errorf("%s: %q, %v", name, why, err)
		}
		whole := sha256.Sum256([]byte(body))
		if c.why == "" && !c.fails && (file.SHA256 != hex.EncodeToString(whole[:]) || file.CRC32.Sum != crc32.ChecksumIEEE([]byte(body)) || file.Key != FileKey(file.SHA256)) {
			t.Errorf("%s: it is taken for %+v", name, file)
		}
	}
	if b := (&beginning{want: "%PDF-"}); func() bool { _, _ = io.Copy(b, bytes.NewReader([]byte("%P"))); return b.fits() }() {
		t.Error("two bytes are taken for a PDF")
	}
}
