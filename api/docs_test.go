package api

import (
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"bookroom/gate"
)

func TestDocumentation(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.Limits{})
	page := w.send(t, request{method: "GET", path: docsPath})
	if page.status != http.StatusOK || page.header.Get("Content-Type") != "text/html; charset=utf-8" || page.header.Get("ETag") == "" {
		t.Errorf("%d %v", page.status, page.header)
	}
	// Nothing comes from elsewhere, nothing stands inline: the security policy would refuse it.
	mustHold(t, page.body, []string{"BOOKROOM=" + w.url, `href="/api/docs.css"`, `<link rel="icon"`}, []string{"<script", "style=", "<style", "onclick", "ZgotmplZ", "&lt;p&gt;"})
	for _, route := range w.api.contract.operations {
		mustHold(t, page.body, []string{`id="` + route.Operation.OperationID + `"`, route.Path}, nil)
	}
	for code := range w.api.contract.codes {
		mustHold(t, page.body, []string{`id="` + code + `"`}, nil)
	}
	for part := range strings.SplitSeq(page.body, `href="#`) {
		target, _, _ := strings.Cut(part, `"`)
		if !strings.HasPrefix(part, "<!doctype") && !strings.Contains(page.body, `id="`+target+`"`) {
			t.Errorf("a link to %q leads nowhere", target)
		}
	}
	css := w.send(t, request{method: "GET", path: docsPath + ".css"})
	if css.header.Get("Content-Type") != "text/css; charset=utf-8" || strings.Contains(css.body, "url(") {
		t.Errorf("%v", css.header)
	}
	contract := w.send(t, request{method: "GET", path: root + "/openapi.yaml"})
	if contract.body != string(source) || contract.header.Get("Content-Type") != "application/yaml" {
		t.Errorf("%d bytes of %s", len(contract.body), contract.header.Get("Content-Type"))
	}
}

// The shell lines of the page are run as they stand, from top to bottom.
func TestShellLinesOfTheDocumentationRun(t *testing.T) {
	t.Parallel()
	w := mustWorld(t, gate.DefaultLimits())
	lines := []string{"set -e -o pipefail", "BOOKROOM=" + w.url}
	for _, tag := range w.api.contract.spec.Tags {
		for _, o := range w.api.contract.tagged(tag.Name) {
			lines = append(lines, o.Curl)
		}
	}
	dir := t.TempDir()
	shell := exec.CommandContext(t.Context(), "bash", "-c", strings.Join(lines, "\n")+"\ncat *.pdf")
	shell.Dir = dir
	out, err := shell.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if !strings.HasSuffix(string(out), "%PDF of "+notes) {
		t.Errorf("the last line did not download the file: %s", out)
	}
}
