package api

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"bookroom/gate"
)

func TestTheCatalogIsPackedForThoseWhoUnderstandIt(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	get := func(header ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodGet, "/api/v1/products", nil)
		for i := 0; i < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		recorder := httptest.NewRecorder()
		w.engine.ServeHTTP(recorder, r)
		return recorder
	}
	plain, packed := get(), get("Accept-Encoding", "br, gzip")
	if plain.Header().Get("Content-Encoding") != "" || packed.Header().Get("Content-Encoding") != "gzip" {
		t.Fatalf("encodings %q and %q", plain.Header().Get("Content-Encoding"), packed.Header().Get("Content-Encoding"))
	}
	unpacker, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := io.ReadAll(unpacker)
	if err != nil || string(unpacked) != plain.Body.String() {
		t.Errorf("unpacked: %d bytes of %d (%v)", len(unpacked), plain.Body.Len(), err)
	}
	if plain.Header().Get("ETag") == packed.Header().Get("ETag") || plain.Header().Get("Vary") != "Accept-Encoding" {
		t.Errorf("tags %q and %q, Vary %q", plain.Header().Get("ETag"), packed.Header().Get("ETag"), plain.Header().Get("Vary"))
	}
	for _, tag := range []string{plain.Header().Get("ETag"), packed.Header().Get("ETag")} {
		if again := get("If-None-Match", tag, "Accept-Encoding", "gzip"); again.Code != http.StatusNotModified || again.Body.Len() != 0 {
			t.Errorf("asked with %s: %d", tag, again.Code)
		}
	}
}
