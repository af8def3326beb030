package results_test

import (
	"os"
	"path/filepath"
	"testing"

	"bookroom/bench/results"
)

func TestEachProgramKeepsItsPart(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "RESULTS.md")
	for _, step := range []struct{ part, want string }{
		{"# Speed\n\none\n\n## SQLite\n\n1\n", "# Speed\n\none\n\n## SQLite\n\n1\n"},
		{"# Audits\n\ntwo\n", "# Speed\n\none\n\n## SQLite\n\n1\n\n# Audits\n\ntwo\n"},
		{"# Speed\n\nthree\n", "# Speed\n\nthree\n\n# Audits\n\ntwo\n"},
		{"# Audits\n\nfour\n", "# Speed\n\nthree\n\n# Audits\n\nfour\n"},
	} {
		if err := results.Write(file, step.part); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != step.want {
			t.Errorf("after %q the file holds %q, want %q", step.part, got, step.want)
		}
	}
}
