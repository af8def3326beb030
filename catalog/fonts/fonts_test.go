package fonts_test

import (
	"math"
	"testing"

	"bookroom/catalog/fonts"
)

func TestEveryFaceShowsWhatHandbooksAreWrittenWith(t *testing.T) {
	t.Parallel()
	const text = "ABCXYZ abcxyz 0123456789 .,:;!?¿¡'\"‘’“”«»–—…•()[]/&%$€#@+=*§© áéíóúüñçàèìòùâêîôûäößåæøœłşğžčřőű\u00a0"
	for _, face := range fonts.All() {
		for _, r := range text {
			if !face.Has(r) {
				t.Errorf("%s%s lacks %q", face.Family, face.Style, r)
			}
		}
		if face.Has('中') {
			t.Errorf("%s%s claims to have a character that it lacks", face.Family, face.Style)
		}
	}
}

// The advances are those that the font's own tables give at 1000 units to the em.
func TestWidth(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want float64
	}{{"", 0}, {"A", 0.730}, {"Advisory", 0.730 + 0.606 + 0.554 + 0.308 + 0.477 + 0.582 + 0.462 + 0.560}, {"中", 1}} {
		if got := fonts.Title().Width(c.text, 10); math.Abs(got-10*c.want) > 0.06 {
			t.Errorf("%q is %.3f wide, want %.3f", c.text, got, 10*c.want)
		}
	}
}

func TestTTFIsACopy(t *testing.T) {
	t.Parallel()
	clear(fonts.Regular().TTF())
	if ttf := fonts.Regular().TTF(); ttf[1] != 1 {
		t.Error("whoever changes the bytes changes the font")
	}
}
