package delivery_test

import (
	"encoding/binary"
	"testing"
	"time"
)

func BenchmarkPresign(b *testing.B) {
	p, file := MustOpen(b, nil), fileOf(nil)
	for b.Loop() {
		if _, _, err := p.Presign(b.Context(), file, time.Minute); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkPut stores files of 1 MiB, each of them new.
func BenchmarkPut(b *testing.B) {
	p := MustOpen(b, nil)
	body := make([]byte, 1<<20)
	b.SetBytes(int64(len(body)))
	for n := uint64(0); b.Loop(); n++ {
		binary.BigEndian.PutUint64(body, n)
		p.MustPut(b, body)
	}
}
