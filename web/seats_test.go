package web

import (
	"fmt"
	"testing"
)

// One link takes no more than its share of what is streamed at once, and all together no more than there is.
func TestSeatsForArchives(t *testing.T) {
	t.Parallel()
	s := seats{taken: map[string]int{}}
	for range ofOneAtOnce {
		if !s.take("one") {
			t.Fatal("no seat for one link")
		}
	}
	if s.take("one") {
		t.Error("one link takes more than its share")
	}
	s.free("one")
	for i := range archivesAtOnce - ofOneAtOnce + 1 {
		if !s.take(fmt.Sprint("other ", i)) {
			t.Fatalf("no seat after %d", i)
		}
	}
	if s.take("late") {
		t.Error("more are streamed than there are seats")
	}
	s.free("one")
	if !s.take("late") {
		t.Error("a seat that was given back is lost")
	}
}
