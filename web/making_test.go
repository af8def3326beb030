package web_test

import (
	"context"
	"io"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"bookroom/shop"
	"bookroom/web"
)

// arrivals lets a drawing wait until so many requests have looked for what is kept.
type arrivals struct {
	web.Store
	wanted int32
	seen   atomic.Int32
	all    chan struct{}
}

func (a *arrivals) CatalogVersion(ctx context.Context) (int64, error) {
	if a.seen.Add(1) == a.wanted {
		close(a.all)
	}
	return a.Store.CatalogVersion(ctx)
}

func getAll(t *testing.T, p *place, addresses ...string) {
	t.Helper()
	var all sync.WaitGroup
	for _, address := range addresses {
		v := p.Visit(t)
		all.Go(func() {
			if got := v.Get(address, "Accept-Language", []string{"en", "es"}[len(address)%2]); got.status != http.StatusOK {
				t.Errorf("%s answered %d", address, got.status)
			}
		})
	}
	all.Wait()
}

// A card takes a tenth of a second and many megabytes to draw.
func TestOneCardIsDrawnForAllWhoAskAtOnce(t *testing.T) {
	t.Parallel()
	const visitors = 12
	var drawn atomic.Int32
	p := MustOpen(t, func(o *web.Options) {
		a := &arrivals{Store: o.Store, wanted: visitors, all: make(chan struct{})}
		o.Store = a
		o.Card = func(w io.Writer, _ shop.Product) error {
			drawn.Add(1)
			<-a.all
			_, err := w.Write([]byte("a picture"))
			return err
		}
	})
	addresses := make([]string, visitors)
	for i := range addresses {
		addresses[i] = "/cards/advisory.png"
	}
	getAll(t, p, addresses...)
	if n := drawn.Load(); n != 1 {
		t.Errorf("drawn %d times", n)
	}
	p.Visit(t).Get("/cards/advisory.png", "Accept-Language", "es").Expect(t, http.StatusOK)
	if n := drawn.Load(); n != 1 {
		t.Error("drawn anew for another language")
	}
}

func TestFewCardsAreDrawnAtOnce(t *testing.T) {
	t.Parallel()
	var drawing, most atomic.Int32
	p := MustOpen(t, func(o *web.Options) {
		a := &arrivals{Store: o.Store, wanted: 6, all: make(chan struct{})}
		o.Store = a
		o.Card = func(w io.Writer, _ shop.Product) error {
			now := drawing.Add(1)
			defer drawing.Add(-1)
			<-a.all
			for range 1000 {
				runtime.Gosched()
				now = max(now, drawing.Load())
			}
			for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
			}
			_, err := w.Write([]byte("a picture"))
			return err
		}
	})
	getAll(t, p, "/card.png", "/cards/advisory.png", "/cards/mentors.png", "/cards/first-plan.png", "/cards/old-ways.png", "/cards/the-set.png")
	if n := most.Load(); n < 1 || n > 2 {
		t.Errorf("%d at once", n)
	}
}

// Whoever has something in the cart gets the same bytes, and bytes that are packed are not packed again.
func TestAPictureIsGivenAsItIs(t *testing.T) {
	t.Parallel()
	p := MustOpen(t)
	v := p.Visit(t)
	v.MustAdd("advisory", shop.Individual)
	for _, address := range []string{"/cards/advisory.png", "/covers/advisory.svg", "/sitemap.xml"} {
		empty, full := p.Visit(t).Get(address, "Accept-Encoding", "br, gzip"), v.Get(address, "Accept-Encoding", "br, gzip")
		packed := address != "/cards/advisory.png"
		if got := full.header.Get("Content-Encoding"); (got == "br") != packed || got != empty.header.Get("Content-Encoding") {
			t.Errorf("%s: packed by %q with something in the cart, by %q without", address, got, empty.header.Get("Content-Encoding"))
		}
		if full.header.Get("ETag") == "" || full.body != empty.body {
			t.Errorf("%s differs with something in the cart", address)
		}
	}
}
