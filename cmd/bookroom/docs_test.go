package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"bookroom/payments"
)

// top is the repository.
const top = "../.."

// The documents name each setting where these find it.
var (
	tableRow    = regexp.MustCompile("(?m)^\\| (`[A-Z][^|]*) \\|[^|]*\\|([^|]*)\\|") // settings, their form, their default
	settingName = regexp.MustCompile("[A-Z][A-Z0-9_]+")
	envLine     = regexp.MustCompile(`(?m)^#?([A-Z][A-Z0-9_]+)='(.*)'$`) // setting, value
	composeName = regexp.MustCompile(`\$\{([A-Z][A-Z0-9_]*)`)            // as compose.yaml asks for it
	eventItem   = regexp.MustCompile("(?m)^  - `([a-z_.]+)`$")
	linkTarget  = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	headingLine = regexp.MustCompile(`(?m)^#+ (.+)$`)
	noAnchor    = regexp.MustCompile(`[^\p{L}\p{N} _-]`) // what a heading's anchor leaves out
)

// settingDefaults returns the settings of `bookroom serve` with their defaults.
func settingDefaults() map[string]string {
	defaults := map[string]string{}
	for field := range reflect.TypeFor[settings]().Fields() {
		defaults[field.Tag.Get("env")] = field.Tag.Get("default")
	}
	return defaults
}

func TestTheReadmeListsEverySetting(t *testing.T) {
	t.Parallel()
	listed := map[string]string{}
	for _, row := range tableRow.FindAllStringSubmatch(mustRead(t, "README.md"), -1) {
		for _, setting := range settingName.FindAllString(row[1], -1) {
			listed[setting] = row[2]
		}
	}
	for setting, standard := range settingDefaults() {
		said, ok := listed[setting]
		if !ok {
			t.Errorf("%s is not in the README's table", setting)
		}
		if standard != "" && !strings.Contains(said, "`"+standard+"`") {
			t.Errorf("the README gives %s the default %s, want `%s`", setting, said, standard)
		}
		delete(listed, setting)
	}
	for setting := range listed {
		if !strings.HasPrefix(setting, "AWS_") {
			t.Errorf("the README lists %s, which is no setting", setting)
		}
	}
}

func TestTheExampleListsEverySetting(t *testing.T) {
	t.Parallel()
	listed := map[string]string{}
	for _, line := range envLine.FindAllStringSubmatch(mustRead(t, "deploy/.env.example"), -1) {
		listed[line[1]] = line[2]
	}
	known := settingDefaults()
	for _, asked := range composeName.FindAllStringSubmatch(mustRead(t, "deploy/compose.yaml"), -1) {
		known[asked[1]] = ""
	}
	for setting, standard := range known {
		value, ok := listed[setting]
		switch {
		case !ok:
			t.Errorf("%s is not in deploy/.env.example", setting)
		case standard != "" && value != standard:
			t.Errorf("deploy/.env.example gives %s the value %s, want its default %s", setting, value, standard)
		}
	}
	for setting := range listed {
		if _, ok := known[setting]; !ok && !strings.HasPrefix(setting, "AWS_") {
			t.Errorf("deploy/.env.example lists %s, which nobody reads", setting)
		}
	}
}

func TestTheGuideListsEveryEvent(t *testing.T) {
	t.Parallel()
	var listed []string
	for _, item := range eventItem.FindAllStringSubmatch(mustRead(t, "docs/GO-LIVE.md"), -1) {
		listed = append(listed, item[1])
	}
	if want := payments.EventTypes(); !slices.Equal(listed, want) {
		t.Errorf("the guide lists %v, want %v", listed, want)
	}
}

func TestLinksOfTheDocumentsLeadSomewhere(t *testing.T) {
	t.Parallel()
	documents, err := fs.Glob(os.DirFS(top), "docs/*.md")
	if err != nil || len(documents) == 0 {
		t.Fatalf("no documents: %v", err)
	}
	for _, document := range append(documents, "README.md") {
		for _, found := range linkTarget.FindAllStringSubmatch(mustRead(t, document), -1) {
			if strings.Contains(found[1], "://") {
				continue
			}
			path, anchor, _ := strings.Cut(found[1], "#")
			target := document
			if path != "" {
				target = filepath.Join(filepath.Dir(document), path)
			}
			if _, err := os.Stat(filepath.Join(top, target)); err != nil {
				t.Errorf("%s links to %s: %v", document, found[1], err)
				continue
			}
			if anchor != "" && !slices.Contains(anchors(mustRead(t, target)), anchor) {
				t.Errorf("%s links to %s, which has no such heading", document, found[1])
			}
		}
	}
}

// anchors are the headings of a document as links name them.
func anchors(document string) []string {
	var all []string
	for _, line := range headingLine.FindAllStringSubmatch(document, -1) {
		words := noAnchor.ReplaceAllString(strings.ToLower(line[1]), "")
		all = append(all, strings.ReplaceAll(words, " ", "-"))
	}
	return all
}

func mustRead(tb testing.TB, path string) string {
	tb.Helper()
	text, err := os.ReadFile(filepath.Join(top, path))
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}
