package shop

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestSlipsAreCounted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		typed, known string
		beginning    bool
		want         int
	}{
		{"advisry", "advisory", false, 1}, {"assesment", "assessment", false, 1}, {"internshp", "internship", false, 1},
		{"famliy", "family", false, 1}, {"afmily", "family", false, 1}, {"same", "same", false, 0}, {"xfamily", "family", false, 1},
		{"kitten", "sitting", false, 3}, {"évaluation", "evaluation", false, 1},
		{"assesm", "assessment", true, 1}, {"exhbi", "exhibition", true, 1}, {"advi", "advisory", true, 0},
	} {
		var slips Slips
		if got := slips.Between([]rune(c.typed), []rune(c.known), 3, c.beginning); got != c.want {
			t.Errorf("from %s to %s: %d, want %d", c.typed, c.known, got, c.want)
		}
	}
}

// One slip of the finger is at a distance of one, whatever the word.
func TestOneSlipIsOneStep(t *testing.T) {
	t.Parallel()
	var slips Slips
	rapid.Check(t, func(t *rapid.T) {
		known := []rune(rapid.StringMatching(`[a-zéñ]{2,20}`).Draw(t, "word"))
		typed := slip(t, known)
		if d := slips.Between(typed, known, 2, false); d > 1 || d == 0 && string(typed) != string(known) {
			t.Fatalf("%s is %d from %s", string(typed), d, string(known))
		}
	})
}

// slip leaves a letter of a word out, or swaps it with the next one.
func slip(t *rapid.T, word []rune) []rune {
	typed := slices.Clone(word)
	if rapid.Bool().Draw(t, "leave out") {
		i := rapid.IntRange(0, len(typed)-1).Draw(t, "letter")
		return slices.Delete(typed, i, i+1)
	}
	i := rapid.IntRange(0, len(typed)-2).Draw(t, "letter")
	typed[i], typed[i+1] = typed[i+1], typed[i]
	return typed
}
