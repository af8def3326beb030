// Package bookroom_test holds the house to its plan: which room may import what.
package bookroom_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// rooms says what each folder may import beside the standard library; docs/ARCHITECTURE.md says why. A
// name without a dot is one of our own rooms. A longer path has its own rules.
var rooms = map[string][]string{
	"shop":                             {"github.com/google/uuid"},
	"migrations":                       {},
	"store":                            {"shop", "migrations", "gorm.io", "github.com/glebarez", "github.com/jackc", "github.com/pressly/goose", "golang.org/x/text"},
	"store/storetest":                  {"shop", "store", "migrations", "github.com/jackc"},
	"store/storetest/pgcluster":        {"github.com/jackc"},
	"payments":                         {"shop", "words", "github.com/stripe/stripe-go"},
	"payments/stripetest":              {"github.com/stripe/stripe-go"},
	"payments/stripetest/stripeschema": {"github.com/stripe/stripe-mock", "github.com/getkin/kin-openapi"},
	"delivery":                         {"shop", "delivery/archive", "github.com/aws"},
	"delivery/archive":                 {},
	"delivery/leaf":                    {"shop", "github.com/klippa-app/go-pdfium", "github.com/tetratelabs/wazero", "golang.org/x/text"},
	"delivery/s3test":                  {"github.com/rclone/gofakes3"},
	"mail":                             {"shop", "words", "github.com/wneessen/go-mail"},
	"mail/ses":                         {"shop"},
	"mail/ses/sestest":                 {},
	"mail/mailtest":                    {"github.com/emersion"},
	"jobs":                             {"shop"},
	"jobs/jobstest":                    {"shop", "jobs"},
	"catalog":                          {"shop", "catalog/epub", "catalog/press", "gopkg.in/yaml.v3"},
	"catalog/cover":                    {"shop", "words", "catalog/fonts", "golang.org/x/image"},
	"catalog/epub":                     {"catalog/cover", "catalog/fonts", "catalog/press", "github.com/google/uuid"},
	"catalog/fonts":                    {"golang.org/x/image"},
	"catalog/sheet":                    {"shop"},
	"catalog/press":                    {"shop", "words", "catalog/cover", "catalog/fonts", "github.com/yuin/goldmark", "codeberg.org/go-pdf/fpdf", "github.com/pdfcpu"},
	"signin":                           {"shop", "github.com/alexedwards/argon2id", "github.com/go-webauthn"},
	"words":                            {"shop", "gopkg.in/yaml.v3", "github.com/go-playground/locales", "golang.org/x/text"},
	"reports":                          {"shop", "words", "catalog/fonts", "codeberg.org/go-pdf/fpdf", "golang.org/x/image", "golang.org/x/text"},
	"gate":                             {"shop", "github.com/gin-gonic/gin", "github.com/ulule/limiter", "github.com/andybalholm/brotli"},
	"api":                              {"shop", "gate", "catalog/sheet", "github.com/gin-gonic/gin", "github.com/getkin/kin-openapi", "github.com/yuin/goldmark"},
	"web":                              {"shop", "gate", "words", "reports", "github.com/gin-gonic/gin", "github.com/yuin/goldmark", "github.com/microcosm-cc/bluemonday", "github.com/alexedwards/scs", "github.com/gorilla/feeds", "golang.org/x/sync"},
	"web/staff":                        {"shop", "gate", "words", "reports", "catalog/sheet", "github.com/gin-gonic/gin", "github.com/boombuler/barcode"},
	"web/browsertest":                  {},
	"web/browsertest/tour":             {"github.com/chromedp", "golang.org/x/sync"},
	"web/browsertest/shots":            {"web/browsertest/tour", "github.com/chromedp", "golang.org/x/image"},
	"bench/seed":                       {"github.com/jackc", "github.com/glebarez"},
	"bench":                            {"bench/results", "bench/seed", "payments/stripetest", "delivery/s3test", "mail/mailtest", "github.com/gin-gonic/gin", "github.com/stripe/stripe-go", "github.com/jackc", "github.com/glebarez"},
	"bench/results":                    {},
	"bench/lighthouse":                 {"bench/results", "web/browsertest/tour"},
}

type pkg struct {
	ImportPath string
	Imports    []string
}

func TestEveryRoomKeepsToItsImports(t *testing.T) {
	t.Parallel()
	for _, p := range list(t) {
		room := strings.TrimPrefix(p.ImportPath, "bookroom/")
		if strings.HasPrefix(room, "cmd/") || p.ImportPath == "bookroom" {
			continue
		}
		allowed, known := rooms[room]
		if !known {
			t.Errorf("%s is in no room: give it one in docs/ARCHITECTURE.md and here, or put it where it belongs", room)
		}
		for _, path := range p.Imports {
			if !isStandard(path) && !isAllowed(path, allowed) {
				t.Errorf("%s must not import %s", room, path)
			}
		}
		for _, a := range allowed {
			if !slices.ContainsFunc(p.Imports, func(path string) bool { return isAllowed(path, []string{a}) }) {
				t.Errorf("%s may import %s and does not: take it out here and in docs/ARCHITECTURE.md", room, a)
			}
		}
	}
}

func TestNobodyImportsAProgram(t *testing.T) {
	t.Parallel()
	for _, p := range list(t) {
		if strings.HasPrefix(p.ImportPath, "bookroom/bench") {
			continue // its programs share a file of results
		}
		for _, path := range p.Imports {
			if strings.HasPrefix(path, "bookroom/cmd/") || strings.HasPrefix(path, "bookroom/bench") {
				t.Errorf("%s imports %s", p.ImportPath, path)
			}
		}
	}
}

func isStandard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return first != "bookroom" && !strings.Contains(first, ".")
}

func isAllowed(path string, allowed []string) bool {
	if own, ours := strings.CutPrefix(path, "bookroom/"); ours {
		return slices.Contains(allowed, own)
	}
	for _, a := range allowed {
		if path == a || strings.HasPrefix(path, a+"/") {
			return true
		}
	}
	return false
}

// list asks the go command for our packages; their tests may import what they like.
func list(tb testing.TB) []pkg {
	tb.Helper()
	out, err := exec.CommandContext(tb.Context(), "go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		tb.Fatalf("go list: %v", err)
	}
	var all []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			tb.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < 10 {
		tb.Fatalf("go list knows only %d packages", len(all))
	}
	return all
}
