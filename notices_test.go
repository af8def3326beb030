package bookroom_test

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestTheNoticesNameEveryModuleInTheBinary(t *testing.T) {
	t.Parallel()
	notices, err := os.ReadFile("THIRD_PARTY_NOTICES.md")
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for line := range strings.Lines(string(notices)) {
		if cells := strings.Split(line, " | "); strings.HasPrefix(line, "| ") && len(cells) == 4 {
			said = append(said, strings.TrimPrefix(cells[0], "| ")+" "+cells[1])
		}
	}
	const format = `{{with .Module}}{{if not .Main}}{{.Path}} {{.Version}}{{end}}{{end}}`
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", format, "./cmd/bookroom").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	modules := slices.Compact(slices.Sorted(slices.Values(strings.Fields(strings.ReplaceAll(string(out), " ", "@")))))
	if len(modules) < 50 {
		t.Fatalf("go list knows only %d modules", len(modules))
	}
	for i, module := range modules {
		modules[i] = strings.Replace(module, "@", " ", 1)
		if !slices.Contains(said, modules[i]) {
			t.Errorf("%s is in the binary and not in the notices", modules[i])
		}
	}
	for _, module := range said {
		isModule := strings.Contains(module, "/") && !strings.HasPrefix(module, "[") // others are links
		if isModule && !slices.Contains(modules, module) {
			t.Errorf("%s is in the notices and not in the binary", module)
		}
	}
}
