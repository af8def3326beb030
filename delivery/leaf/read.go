package leaf

import (
	"context"
	"errors"
	"fmt"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/enums"
	pdfiumerrors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"

	"bookroom/shop"
)

// read reads one PDF in a machine of its own, so that nothing of it is left for the next.
func (e *engine) read(pdf []byte, pictured func(pages int) []int) (shop.Reading, error) {
	machine, err := e.GetInstanceWithContext(context.Background()) // it is free: one PDF at a time
	if err != nil {
		return shop.Reading{}, fmt.Errorf("start PDFium: %w", err)
	}
	defer func() { _ = machine.Close() }() // it complains of what was broken off; the memory is given back all the same
	opened, err := machine.OpenDocument(&requests.OpenDocument{File: &pdf})
	switch {
	case errors.Is(err, pdfiumerrors.ErrPassword), errors.Is(err, pdfiumerrors.ErrSecurity):
		return shop.Reading{}, encrypted(err)
	case err != nil:
		return shop.Reading{}, unreadable(err)
	}
	d := document{machine, opened.Document}
	reading, err := d.read(pictured)
	if err != nil {
		return shop.Reading{}, unreadable(err)
	}
	return reading, nil
}

// document is an open PDF.
type document struct {
	machine pdfium.Pdfium
	ref     references.FPDF_DOCUMENT
}

func (d document) read(pictured func(pages int) []int) (shop.Reading, error) {
	count, err := d.machine.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: d.ref})
	switch {
	case err != nil:
		return shop.Reading{}, fmt.Errorf("count the pages: %w", err)
	case count.PageCount < 1:
		return shop.Reading{}, errNoPages
	case count.PageCount > maxPages:
		return shop.Reading{}, fmt.Errorf("it has %d pages", count.PageCount)
	}
	var reading shop.Reading
	for page := 1; page <= count.PageCount; page++ {
		text, err := d.machine.GetPageText(&requests.GetPageText{Page: d.page(page)})
		if err != nil {
			return shop.Reading{}, fmt.Errorf("read page %d: %w", page, err)
		}
		reading.Texts = append(reading.Texts, tidy(text.Text))
	}
	dropRunning(reading.Texts)
	for _, page := range pictured(count.PageCount) {
		picture, err := d.picture(page)
		if err != nil {
			return shop.Reading{}, fmt.Errorf("draw page %d: %w", page, err)
		}
		reading.Pictures = append(reading.Pictures, picture)
	}
	reading.Inspection, err = d.inspect(reading.Texts)
	return reading, err
}

// The size of a picture in pixels: sharp at 360 CSS pixels, readable when it is opened by itself.
const (
	pictureWidth  = 900
	pictureHeight = 1800 // at most: a longer page gets narrower
)

func (d document) picture(page int) (shop.Picture, error) {
	drawn, err := d.machine.RenderPageInPixels(&requests.RenderPageInPixels{
		Page: d.page(page), Document: &d.ref, Width: pictureWidth, Height: pictureHeight,
		RenderForm: true, RenderFlags: enums.FPDF_RENDER_FLAG_ANNOT,
	})
	if err != nil {
		return shop.Picture{}, err
	}
	defer drawn.Cleanup()
	return encode(page, drawn.Result.RenderedImage)
}

// page names a page, counted from 1.
func (d document) page(number int) requests.Page {
	return requests.Page{ByIndex: &requests.PageByIndex{Document: d.ref, Index: number - 1}}
}
