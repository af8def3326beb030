package main

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"

	"golang.org/x/image/draw"
	"golang.org/x/image/font"
	"golang.org/x/image/font/basicfont"
	"golang.org/x/image/math/fixed"
)

// The measures of a sheet, in pixels.
const (
	tileWidth = 320
	tileMost  = 1400 // of a longer page its beginning is shown
	columns   = 6
	gap       = 16
	caption   = 20
	sheetMost = 1900 // a sheet is finished when its shortest column is as high
)

// sheet is one picture of many pages, which are hung where there is most room.
type sheet struct {
	canvas *image.RGBA
	ends   [columns]int
}

func newSheet() *sheet {
	s := &sheet{canvas: image.NewRGBA(image.Rect(0, 0, columns*(tileWidth+gap)+gap, sheetMost+tileMost+gap+caption))}
	draw.Draw(s.canvas, s.canvas.Bounds(), image.NewUniform(color.Gray{0x80}), image.Point{}, draw.Src)
	return s
}

// shortest is the column that ends first.
func (s *sheet) shortest() int {
	first := 0
	for i, end := range s.ends {
		if end < s.ends[first] {
			first = i
		}
	}
	return first
}

func (s *sheet) full() bool { return s.ends[s.shortest()] >= sheetMost }

// hang puts a picture with its name into the shortest column.
func (s *sheet) hang(name string, picture image.Image) {
	column := s.shortest()
	x, y := gap+column*(tileWidth+gap), s.ends[column]+caption
	pen := font.Drawer{Dst: s.canvas, Src: image.White, Face: basicfont.Face7x13, Dot: fixed.P(x, y-5)}
	pen.DrawString(name)
	size := picture.Bounds().Size()
	height := size.Y * tileWidth / size.X
	source := picture.Bounds()
	if height > tileMost {
		height = tileMost
		source.Max.Y = source.Min.Y + tileMost*size.X/tileWidth
	}
	draw.BiLinear.Scale(s.canvas, image.Rect(x, y, x+tileWidth, y+height), picture, source, draw.Src, nil)
	s.ends[column] = y + height + gap
}

// save writes the sheet as far as it is used.
func (s *sheet) save(file string) error {
	lowest := 0
	for _, end := range s.ends {
		lowest = max(lowest, end)
	}
	return writePNG(file, s.canvas.SubImage(image.Rect(0, 0, s.canvas.Bounds().Dx(), lowest)))
}

// drawSheets puts pictures of the folder together, as many sheets as it takes, and returns their files.
func drawSheets(dir, name string, shots []shot) (files []string, err error) {
	finish := func(s *sheet) error {
		file := fmt.Sprintf("sheet-%s-%d.png", name, len(files)+1)
		files = append(files, file)
		return s.save(filepath.Join(dir, file))
	}
	s := newSheet()
	for i, one := range shots {
		picture, err := readPNG(filepath.Join(dir, one.File))
		if err != nil {
			return files, err
		}
		s.hang(one.Page, picture)
		if !s.full() && i < len(shots)-1 {
			continue
		}
		if err := finish(s); err != nil {
			return files, err
		}
		s = newSheet()
	}
	return files, nil
}

func readPNG(file string) (image.Image, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it was only read
	return png.Decode(f)
}

func writePNG(file string, picture image.Image) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	if err := png.Encode(f, picture); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}
