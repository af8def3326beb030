package browsertest

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// elsewhere is a name of this machine that browsers do not trust as they trust localhost.
const elsewhere = "bookroom.test"

// house is the program that all tests of the package share, and the browser to look at it with.
var house struct {
	url       string
	allocator context.Context
}

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		return 1, fmt.Errorf("the browser tests need Chromium: run `make test`, which installs it (%w)", err)
	}
	dir, err := os.MkdirTemp("", "bookroom-browser-")
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	stop, err := startDemo(dir)
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, stop()) }()

	allocator, cancel := chromedp.NewExecAllocator(context.Background(),
		append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU,
			chromedp.Flag("host-resolver-rules", "MAP "+elsewhere+" 127.0.0.1"), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))...)
	defer cancel()
	browser, closeBrowser := chromedp.NewContext(allocator)
	defer closeBrowser()
	if err := chromedp.Do(browser); err != nil {
		return 1, fmt.Errorf("start Chromium: %w", err)
	}
	house.allocator = browser
	return m.Run(), nil
}

// startDemo builds the program and starts it on a free port; stop ends it as Ctrl+C does.
func startDemo(dir string) (stop func() error, err error) {
	program := filepath.Join(dir, "bookroom")
	if out, err := exec.Command("go", "build", "-o", program, "bookroom/cmd/bookroom").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the program: %w\n%s", err, out)
	}
	demo := exec.Command(program, "demo", "--listen", "127.0.0.1:0", "--data", filepath.Join(dir, "data"))
	demo.Stderr = os.Stderr
	out, err := demo.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := demo.Start(); err != nil {
		return nil, err
	}
	stop = func() error { return errors.Join(demo.Process.Signal(os.Interrupt), demo.Wait()) }
	said := bufio.NewScanner(out)
	for said.Scan() && !strings.Contains(said.Text(), "Bookroom is open") {
	}
	go func() { _, _ = io.Copy(io.Discard, out) }() // the rest of what it says must not block it
	text, err := os.ReadFile(filepath.Join(dir, "data", "demo.json"))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the demo did not start: %w", err), stop())
	}
	var addresses struct{ URL string }
	if err := json.Unmarshal(text, &addresses); err != nil {
		return nil, errors.Join(err, stop())
	}
	house.url = addresses.URL
	return stop, nil
}

// browser is one person's: it shares no cookies with another.
type browser struct {
	tb  testing.TB
	ctx context.Context
}

// scripts says whether a browser runs JavaScript.
type scripts bool

// patience is enough for one purchase on a busy machine.
const patience = time.Minute

// MustBrowse opens a browser that gives up after that time.
func MustBrowse(tb testing.TB, run scripts, patience time.Duration) browser {
	tb.Helper()
	ctx, cancel := chromedp.NewContext(house.allocator, chromedp.WithNewBrowserContext())
	tb.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, patience)
	tb.Cleanup(cancel)
	b := browser{tb, ctx}
	b.do(chromedp.EmulateViewport(1280, 900))
	if !run {
		_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		b.must(err)
	}
	return b
}

func (b browser) must(err error) {
	b.tb.Helper()
	if err != nil {
		b.tb.Fatal(err)
	}
}

func (b browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.tb.Helper()
	b.must(chromedp.Do(b.ctx, steps...))
}

// eval asks the page itself. Promises are waited for.
func (b browser) eval(script string) string {
	b.tb.Helper()
	text, err := chromedp.Run(b.ctx, chromedp.Evaluate[any](script, chromedp.EvalAwaitPromise))
	b.must(err)
	if text == nil {
		return ""
	}
	return fmt.Sprint(text)
}

// Open goes to an address of the shop and returns the status of the answer.
func (b browser) Open(path string) int {
	b.tb.Helper()
	if strings.HasPrefix(path, "/") {
		path = house.url + path
	}
	answer, err := chromedp.RunResponse(b.ctx, chromedp.Navigate(path))
	b.must(err)
	return int(answer.Status)
}

// Press presses a link or a button that leads to another page.
func (b browser) Press(selector string) {
	b.tb.Helper()
	_, err := chromedp.RunResponse(b.ctx, chromedp.Click(chromedp.CSS(selector)))
	b.must(err)
}

// Type fills in a field.
func (b browser) Type(selector, text string) {
	b.tb.Helper()
	b.do(chromedp.SendKeys(chromedp.CSS(selector), text))
}

// Text is what stands in an element.
func (b browser) Text(selector string) string {
	b.tb.Helper()
	text, err := chromedp.Run(b.ctx, chromedp.TextContent(chromedp.CSS(selector)))
	b.must(err)
	return strings.TrimSpace(text)
}

// Path is where the browser is, without the shop's own address.
func (b browser) Path() string {
	b.tb.Helper()
	address, err := chromedp.Run(b.ctx, chromedp.Location())
	b.must(err)
	return strings.TrimPrefix(address, house.url)
}

// Expect holds a text of the page against what should stand in it.
func (b browser) Expect(selector, part string) {
	b.tb.Helper()
	if text := b.Text(selector); !strings.Contains(text, part) {
		b.tb.Fatalf("%s on %s says %q, want %q", selector, b.Path(), text, part)
	}
}
