// Package leaf reads PDFs: the text of every page, pictures of some pages, and how well it is made to be read by anybody.
//
// It runs PDFium as WebAssembly within this process, so a broken or hostile PDF can reach neither files
// nor network, and its memory and time are bounded. The package knows nothing of products, nor where a
// PDF comes from or what becomes of what was read.
package leaf

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"bookroom/shop"
)

// The bounds of one PDF.
const (
	maxBytes  = 64 << 20
	maxPages  = 2000
	maxMemory = 256 << 20        // bytes that PDFium may take, the PDF itself included
	patience  = 20 * time.Second // for one PDF; a handbook of 100 pages takes about one second
)

// rest is how long PDFium is kept ready for the next PDF. Making it ready takes about three seconds of
// work, unless it is kept compiled, and 200 MB of memory.
const rest = 30 * time.Second

// wasmPage is WebAssembly's unit of memory, in bytes.
const wasmPage = 64 << 10

var _ shop.PDFReader = (*Reader)(nil)

// Reader reads PDFs, one at a time. It is safe for concurrent use. Nothing is made ready before the first
// PDF, and everything is given back when none came for a while.
type Reader struct {
	compiled string        // folder
	turn     chan struct{} // who holds its one token reads

	mu     sync.Mutex
	engine *engine // nil while resting
	tired  *time.Timer
}

// New returns a Reader. It costs nothing until it is used. PDFium is kept compiled in the folder of that name, which is
// made; without a name, or where that fails, it is compiled anew each time.
func New(compiled string) *Reader { return &Reader{compiled: compiled, turn: make(chan struct{}, 1)} }

// engine is PDFium made ready.
type engine struct {
	pdfium.Pool
	cache wazero.CompilationCache
	stop  context.CancelFunc // breaks off what it does; it is of no use afterwards
}

// Read returns the text of each page and pictures of those that pictured names, given their number, and what was found
// in the PDF otherwise. It is an Error of kind Invalid for a PDF that cannot be read or goes beyond the bounds, and of kind
// Unavailable when it takes too long, which on a busy machine may pass.
func (r *Reader) Read(ctx context.Context, pdf []byte, pictured func(pages int) []int) (shop.Reading, error) {
	if len(pdf) > maxBytes {
		return shop.Reading{}, unreadable(fmt.Errorf("it is %d bytes", len(pdf)))
	}
	select {
	case r.turn <- struct{}{}:
	case <-ctx.Done():
		return shop.Reading{}, tooSlow(ctx.Err())
	}
	defer func() { <-r.turn }()
	e, err := r.wake()
	if err != nil {
		return shop.Reading{}, fmt.Errorf("start PDFium: %w", err)
	}
	defer r.tire()

	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	unwatch := context.AfterFunc(ctx, e.stop)
	reading, err := e.read(pdf, pictured)
	if unwatch() {
		return reading, err
	}
	r.close() // the engine was stopped
	return shop.Reading{}, tooSlow(ctx.Err())
}

// wake returns the engine, made ready if it is not.
func (r *Reader) wake() (*engine, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.tired != nil {
		r.tired.Stop()
	}
	if r.engine != nil {
		return r.engine, nil
	}
	cache := r.cache()
	ctx, stop := context.WithCancel(context.Background())
	pool, err := webassembly.Init(webassembly.Config{
		Context: ctx, MaxIdle: 1, MaxTotal: 1,
		FSConfig: wazero.NewFSConfig(), // no files; the default is all of them
		RuntimeConfig: wazero.NewRuntimeConfig().
			WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling).
			WithMemoryLimitPages(maxMemory / wasmPage).
			WithCompilationCache(cache).
			WithCloseOnContextDone(true),
		Stdout: io.Discard, Stderr: io.Discard,
	})
	if err != nil {
		stop()
		return nil, errors.Join(err, cache.Close(context.Background()))
	}
	r.engine = &engine{pool, cache, stop}
	return r.engine, nil
}

// cache is where PDFium is kept compiled.
func (r *Reader) cache() wazero.CompilationCache {
	if r.compiled != "" {
		if kept, err := wazero.NewCompilationCacheWithDir(r.compiled); err == nil {
			return kept
		}
	}
	return wazero.NewCompilationCache()
}

// tire lets the engine go when nobody wakes it for a while.
func (r *Reader) tire() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tired = time.AfterFunc(rest, func() {
		select {
		case r.turn <- struct{}{}: // nobody reads
			r.close()
			<-r.turn
		default:
		}
	})
}

// close gives back what the engine holds. Only who has the turn may call it.
func (r *Reader) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.engine == nil {
		return
	}
	// It complains of what was broken off; the memory is given back all the same.
	_ = r.engine.Close()
	r.engine.stop()
	_ = r.engine.cache.Close(context.Background())
	r.engine = nil
}

func unreadable(cause error) error {
	return shop.NewError(shop.Invalid, shop.CodePDFBroken,
		"This PDF cannot be read, so nobody can look or search inside it. It is sold as it is; please open it and see that it is whole.").
		Because(cause)
}

func encrypted(cause error) error {
	return shop.NewError(shop.Invalid, shop.CodePDFEncrypted,
		"This PDF is protected by a password, so nobody can look or search inside it. It is sold as it is; please replace it by one without.").
		Because(cause)
}

func tooSlow(cause error) error {
	return shop.NewError(shop.Unavailable, "pdf_slow", "Reading this PDF took too long. It is tried again later.").Because(cause)
}

var errNoPages = errors.New("it has no pages")
