package main

import (
	"context"
	"testing"
	"time"

	"bookroom/shop"
	"bookroom/store/storetest"
)

// stuck is a reader that no PDF gets through before the test ends.
type stuck struct{ began, end chan struct{} }

func (r stuck) Read(ctx context.Context, _ []byte, _ func(int) []int) (shop.Reading, error) {
	select {
	case r.began <- struct{}{}:
	default:
	}
	select {
	case <-ctx.Done():
		return shop.Reading{}, ctx.Err()
	case <-r.end:
		return shop.Reading{}, nil
	}
}

func TestNoMailWaitsForPDFsToBeRead(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, storetest.EmptySQLite(t))
	reader := stuck{make(chan struct{}, 1), make(chan struct{})}
	a, err := openApp(t.Context(), w.settings, w.delivery(), reader, w.now, quiet())
	if err != nil {
		t.Fatal(err)
	}
	defer closeStore(a.store)
	mustStock(t, a)
	storetest.MustProducts(t, a.store)
	order := storetest.MustPaidOrder(t, a.store, storetest.Both)
	w.wait(time.Hour) // everything is due
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		a.work(ctx)
	}()
	defer func() {
		stop()
		close(reader.end)
		<-ended
	}()
	<-reader.began
	if err := a.shop.RequestLibraryLink(ctx, order.Email, shop.English); err != nil {
		t.Fatal(err)
	}
	patient, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if _, err := w.inbox.WaitFor(patient, 1); err != nil {
		t.Error(err)
	}
}
