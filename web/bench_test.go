package web_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// BenchmarkProductPage is a kept page as a visitor without a cart gets it; the floor is a text that needs
// no database.
func BenchmarkProductPage(b *testing.B) {
	p := MustOpen(b)
	for name, path := range map[string]string{"page": "/handbooks/advisory", "floor": "/robots.txt"} {
		b.Run(name, func(b *testing.B) {
			request := httptest.NewRequestWithContext(b.Context(), http.MethodGet, path, nil)
			request.Header.Set("Accept-Encoding", "gzip")
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					p.handler.ServeHTTP(httptest.NewRecorder(), request)
				}
			})
		})
	}
}
