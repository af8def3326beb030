package shop

import (
	"slices"
	"strings"
	"testing"
)

func marks(text string) *Inspection { return &Inspection{PageMarks: strings.Fields(text)} }

func TestPagesThatChanged(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		older, newer string
		changed      string
		removed      int
	}{
		"none":                    {"a b c", "a b c", "", 0},
		"one":                     {"a b c", "a x c", "2", 0},
		"one put in at the start": {"a b c", "x a b c", "1", 0},
		"one taken out":           {"a b c d", "a c d", "", 1},
		"one moved":               {"a b c d", "b c d a", "4", 0},
		"runs":                    {"a b c d e f", "a x y z e w", "2–4, 6", 0},
		"all":                     {"a b", "x y z", "1–3", 0},
	} {
		got := ComparePages(marks(c.older), marks(c.newer))
		if !got.Known || got.Pages() != c.changed || got.Removed != c.removed || got.None() != (c.changed == "" && c.removed == 0) {
			t.Errorf("%s: %q, %d removed", name, got.Pages(), got.Removed)
		}
	}
	if got := ComparePages(nil, marks("a")); got.Known || got.None() {
		t.Errorf("without the older one: %+v", got)
	}
}

func TestReadPages(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]int{
		"": nil, "3": {3}, "3, 5-7": {3, 5, 6, 7}, "7 3;3": {7, 3}, "5–6": {5, 6},
	} {
		if got, ok := ReadPages(text); !ok || !slices.Equal(got, want) {
			t.Errorf("%q: %v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"x", "0", "-1", "3-", "7-3", "1-1000"} {
		if got, ok := ReadPages(text); ok {
			t.Errorf("%q: %v", text, got)
		}
	}
}
