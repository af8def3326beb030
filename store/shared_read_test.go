package store

import (
	"sync"
	"sync/atomic"
	"testing"
)

func TestASharedReadBeginsAfterEachHasAsked(t *testing.T) {
	t.Parallel()
	var (
		s     sharedRead
		truth atomic.Int64
		looks atomic.Int64
		all   sync.WaitGroup
	)
	for range 8 {
		all.Go(func() {
			for range 2000 {
				known := truth.Add(1) // a change that this asker has made
				got, err := s.read(func() (int64, error) {
					looks.Add(1)
					return truth.Load(), nil
				})
				if err != nil || got < known {
					t.Errorf("told %d after writing %d (%v)", got, known, err)
					return
				}
			}
		})
	}
	all.Wait()
	if n := looks.Load(); n == 0 || n > 16000 {
		t.Errorf("%d looks for 16000 questions", n)
	}
}
