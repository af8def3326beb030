package store

import "sync"

// sharedRead lets those who ask for the same number at the same time share one read. Each gets a read
// that began after it had asked, so nobody is told what was true before.
type sharedRead struct {
	mu      sync.Mutex
	waiting *sharedAnswer // of the read that has not begun yet; nil when nobody waits
	turn    sync.Mutex    // held by the read that is under way
}

type sharedAnswer struct {
	done  chan struct{}
	value int64
	err   error
}

func (s *sharedRead) read(look func() (int64, error)) (int64, error) {
	s.mu.Lock()
	a := s.waiting
	first := a == nil
	if first {
		a = &sharedAnswer{done: make(chan struct{})}
		s.waiting = a
	}
	s.mu.Unlock()
	if first {
		s.turn.Lock()
		s.mu.Lock()
		s.waiting = nil // who asks from now on waits for the next one
		s.mu.Unlock()
		a.value, a.err = look()
		s.turn.Unlock()
		close(a.done)
	}
	<-a.done
	return a.value, a.err
}
