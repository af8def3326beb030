package browsertest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"bookroom/web/browsertest/tour"

	"github.com/chromedp/chromedp"
)

// house is the program that all tests of the package share, and the browser to look at it with.
var house struct {
	demo    *tour.Demo
	browser context.Context
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
	dir, err := os.MkdirTemp("", "bookroom-browser-")
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	browser, stop, err := tour.Launch(context.Background())
	if err != nil {
		return 1, err
	}
	defer stop()
	demo, err := tour.Start(dir)
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, demo.Stop()) }()
	house.demo, house.browser = demo, browser
	return m.Run(), nil
}

// browser is one person's, whose mistakes end the test.
type browser struct {
	tb testing.TB
	*tour.Visitor
}

// scripts says whether a browser runs JavaScript.
type scripts bool

// patience is enough for one purchase on a busy machine.
const patience = time.Minute

// MustBrowse opens a browser that gives up after that time.
func MustBrowse(tb testing.TB, run scripts, patience time.Duration) browser {
	tb.Helper()
	return MustLook(tb, tour.Look{NoScript: !bool(run)}, patience)
}

// MustLook opens a browser that looks in a certain way, and gives up after that time.
func MustLook(tb testing.TB, look tour.Look, patience time.Duration) browser {
	tb.Helper()
	visitor, stop, err := house.demo.Visitor(house.browser, look)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(stop)
	var cancel context.CancelFunc
	visitor.Ctx, cancel = context.WithTimeout(visitor.Ctx, patience)
	tb.Cleanup(cancel)
	return browser{tb, visitor}
}

func (b browser) must(err error) {
	b.tb.Helper()
	if err != nil {
		b.tb.Fatal(err)
	}
}

func (b browser) do(steps ...chromedp.Action[chromedp.Void]) {
	b.tb.Helper()
	b.must(b.Do(steps...))
}

// eval asks the page itself. Promises are waited for.
func (b browser) eval(script string) string {
	b.tb.Helper()
	text, err := b.Eval(script)
	b.must(err)
	return text
}

// Open goes to an address of the shop.
func (b browser) Open(path string) {
	b.tb.Helper()
	b.must(b.Visitor.Open(path))
}

// Press presses a link or a button that leads to another page.
func (b browser) Press(selector string) {
	b.tb.Helper()
	b.must(b.Visitor.Press(selector))
}

// Type fills in a field.
func (b browser) Type(selector, text string) {
	b.tb.Helper()
	b.do(chromedp.SendKeys(chromedp.CSS(selector), text))
}

// Await waits until something is true on the page, through loading another one.
func (b browser) Await(condition string) {
	b.tb.Helper()
	for b.Ctx.Err() == nil {
		// A page that goes away while it is asked does not answer.
		if holds, err := b.Eval(condition); err == nil && holds == "true" {
			return
		}
		time.Sleep(20 * time.Millisecond) // another process
	}
	b.tb.Fatalf("%s does not become true on %s", condition, b.Path())
}

// Text is what stands in an element.
func (b browser) Text(selector string) string {
	b.tb.Helper()
	text, err := chromedp.Run(b.Ctx, chromedp.TextContent(chromedp.CSS(selector)))
	b.must(err)
	return strings.TrimSpace(text)
}

// Path is where the browser is, without the shop's own address.
func (b browser) Path() string {
	b.tb.Helper()
	address, err := chromedp.Run(b.Ctx, chromedp.Location())
	b.must(err)
	return strings.TrimPrefix(address, house.demo.URL)
}

// Expect holds a text of the page against what should stand in it.
func (b browser) Expect(selector, part string) {
	b.tb.Helper()
	if text := b.Text(selector); !strings.Contains(text, part) {
		b.tb.Fatalf("%s on %s says %q, want %q", selector, b.Path(), text, part)
	}
}

// MustOrder orders a handbook through the API.
func MustOrder(tb testing.TB) tour.Order {
	tb.Helper()
	order, err := house.demo.Order("ana@school.example", tour.Handbook)
	if err != nil {
		tb.Fatal(err)
	}
	return order
}
