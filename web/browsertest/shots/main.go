// Command shots takes a picture of every page of the shop in every state, on a phone and on a desk, light
// and dark, in English, and once each in Spanish; and puts them together on sheets that can be looked at.
// It fails where a page is missing.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"sync"

	"bookroom/web/browsertest/tour"

	"github.com/chromedp/chromedp"
)

// looks are the ways in which the pages are looked at.
func looks() []tour.Look {
	return []tour.Look{
		{Width: 390, Scheme: "light", Language: "en", Still: true},
		{Width: 390, Scheme: "dark", Language: "en", Still: true},
		{Width: 1280, Scheme: "light", Language: "en", Still: true},
		{Width: 1280, Scheme: "dark", Language: "en", Still: true},
		{Width: 390, Scheme: "dark", Language: "es", Still: true},
		{Width: 1280, Scheme: "light", Language: "es", Still: true},
	}
}

// tabs is how many pages are looked at at the same time.
const tabs = 2

// shot is a picture in the folder.
type shot struct {
	Page string
	File string
}

// series is all that was seen in one look.
type series struct {
	Look   tour.Look
	Shots  []shot
	Sheets []string // their files
	err    error
}

func main() {
	out := flag.String("out", "shots", "folder for the pictures; what is in it is replaced")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *out); err != nil {
		log.Fatalf("shots: %v", err)
	}
	fmt.Println(filepath.Join(*out, "index.html"))
}

func run(ctx context.Context, out string) (err error) {
	if err := os.RemoveAll(out); err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o750); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "bookroom-shots-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	browser, stop, err := tour.Launch(ctx)
	if err != nil {
		return err
	}
	defer stop()
	demo, err := tour.Start(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, demo.Stop()) }()

	all := make([]series, len(looks()))
	var wait sync.WaitGroup
	free := make(chan struct{}, tabs)
	for i, look := range looks() {
		wait.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			all[i] = take(browser, demo, look, out)
		})
	}
	wait.Wait()
	for _, s := range all {
		err = errors.Join(err, s.err)
	}
	return errors.Join(err, writeIndex(out, all))
}

// take looks at every page in one way.
func take(browser context.Context, demo *tour.Demo, look tour.Look, out string) series {
	s := series{Look: look}
	visitor, stop, err := demo.Visitor(browser, look)
	if err != nil {
		return series{Look: look, err: err}
	}
	defer stop()
	for _, page := range tour.Pages() {
		file := page.Name + "-" + look.String() + ".png"
		err := photograph(visitor, page, filepath.Join(out, file))
		switch {
		case errors.Is(err, tour.ErrAbsent):
		case err != nil:
			s.err = errors.Join(s.err, fmt.Errorf("%s: %w", look, err))
		default:
			s.Shots = append(s.Shots, shot{page.Name, file})
		}
	}
	s.Sheets, err = drawSheets(out, look.String(), s.Shots)
	s.err = errors.Join(s.err, err)
	return s
}

// loaded waits for the fonts, and for pictures that are fetched only when somebody comes near them.
const loaded = `Promise.all([document.fonts.ready, ...[...document.images].map((image) => {
	image.loading = "eager";
	return image.decode();
})]).then(() => "")`

// photograph takes a picture of a whole page, down to its end.
func photograph(visitor *tour.Visitor, page tour.Page, file string) error {
	if err := visitor.Visit(page); err != nil {
		return err
	}
	if _, err := visitor.Eval(loaded); err != nil {
		return fmt.Errorf("%s: %w", page.Name, err)
	}
	picture, err := chromedp.Run(visitor.Ctx, chromedp.FullScreenshot(100))
	if err != nil {
		return fmt.Errorf("%s: %w", page.Name, err)
	}
	return os.WriteFile(file, picture, 0o600)
}
