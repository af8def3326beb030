package tour

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
)

// Elsewhere is a name of this machine that browsers do not trust as they trust localhost.
const Elsewhere = "bookroom.test"

// Launch starts Chromium; it ends with ctx, or by stop. Tabs are opened in the context that it returns.
func Launch(ctx context.Context) (browser context.Context, stop func(), err error) {
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		return nil, nil, fmt.Errorf("a browser is needed: `make needs` installs Chromium (%w)", err)
	}
	allocator, stopAllocator := chromedp.NewExecAllocator(ctx,
		append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU,
			chromedp.Flag("host-resolver-rules", "MAP "+Elsewhere+" 127.0.0.1"), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true))...)
	browser, closeBrowser := chromedp.NewContext(allocator)
	stop = func() { closeBrowser(); stopAllocator() }
	if err := chromedp.Do(browser); err != nil {
		stop()
		return nil, nil, fmt.Errorf("start Chromium: %w", err)
	}
	return browser, stop, nil
}

// Look is how somebody looks at the shop. The zero values are the browser's own.
type Look struct {
	Width    int64
	Scheme   string // light or dark
	Language string
	Still    bool // motion is not wanted
	NoScript bool
}

// String names the look, fit for a file.
func (l Look) String() string { return fmt.Sprintf("%d-%s-%s", l.Width, l.Scheme, l.Language) }

const (
	desk  = 1280 // pixels wide
	tall  = 900
	phone = 700 // and narrower
)

// Visitor is one person with a browser: it shares no cookies with another.
type Visitor struct {
	Demo *Demo
	Ctx  context.Context
	Look Look
	// Status is that of the last answer that a page came with.
	Status int
	reader string
}

// Visitor opens a tab for one; stop closes it.
func (d *Demo) Visitor(browser context.Context, look Look) (v *Visitor, stop func(), err error) {
	ctx, stop := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	v = &Visitor{Demo: d, Ctx: ctx, Look: look}
	if look.Width == 0 {
		v.Look.Width = desk
	}
	if err := v.adjust(); err != nil {
		stop()
		return nil, nil, err
	}
	return v, stop, nil
}

func (v *Visitor) adjust() error {
	if err := v.Resize(v.Look.Width); err != nil {
		return err
	}
	if err := v.Recolour(v.Look.Scheme); err != nil {
		return err
	}
	if v.Look.Language != "" {
		if _, err := chromedp.Call(v.Ctx, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{
			Headers: network.Headers{"Accept-Language": v.Look.Language},
		}); err != nil {
			return err
		}
	}
	_, err := chromedp.Call(v.Ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: v.Look.NoScript})
	return err
}

// Resize makes the window so many pixels wide.
func (v *Visitor) Resize(width int64) error { return v.Do(chromedp.EmulateViewport(width, tall)) }

// Recolour wants light or dark.
func (v *Visitor) Recolour(scheme string) error {
	motion := ""
	if v.Look.Still {
		motion = "reduce"
	}
	_, err := chromedp.Call(v.Ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: motion},
	}})
	return err
}

// Forget begins anew, as somebody who was never here.
func (v *Visitor) Forget() error {
	v.Status, v.reader = 0, ""
	_, err := chromedp.CallBrowser(v.Ctx, storage.ClearCookies, storage.ClearCookiesParams{BrowserContextID: chromedp.FromContext(v.Ctx).BrowserContextID})
	return err
}

// Do runs steps of chromedp.
func (v *Visitor) Do(steps ...chromedp.Action[chromedp.Void]) error {
	return chromedp.Do(v.Ctx, steps...)
}

// Open goes to an address of the shop, or to a whole one.
func (v *Visitor) Open(address string) error {
	if strings.HasPrefix(address, "/") {
		address = v.Demo.URL + address
	}
	return v.Follow(chromedp.Navigate(address))
}

// Press presses a link or a button that leads to another page, in the middle of the window, where nothing
// that sticks to its edges is in the way.
func (v *Visitor) Press(selector string) error {
	if err := v.Do(chromedp.WaitVisible(chromedp.CSS(selector))); err != nil {
		return err
	}
	if _, err := v.Eval(fmt.Sprintf("document.querySelector(%q).scrollIntoView({block: 'center'})", selector)); err != nil {
		return err
	}
	return v.Follow(chromedp.Click(chromedp.CSS(selector)))
}

// Follow does what leads to another page, and waits for it.
func (v *Visitor) Follow(step chromedp.Action[chromedp.Void]) error {
	answer, err := chromedp.RunResponse(v.Ctx, step)
	if err != nil {
		return err
	}
	if answer == nil {
		return errors.New("the address changed, and no other page came")
	}
	v.Status = int(answer.Status)
	return nil
}

// Eval asks the page itself. Promises are waited for; what is null is empty.
func (v *Visitor) Eval(script string) (string, error) {
	value, err := chromedp.Run(v.Ctx, chromedp.Evaluate[any](script, chromedp.EvalAwaitPromise))
	if err != nil || value == nil {
		return "", err
	}
	return fmt.Sprint(value), nil
}
