package cover

import (
	"fmt"
	"image/png"
	"io"
)

// The size of a cover's picture in pixels: sharp on a shelf of books, and when it fills a tablet.
const (
	ImageWidth  = 900
	ImageHeight = ImageWidth * Height / Width
)

// WriteImagePNG writes the cover as a picture, for shelves of books that show no SVG. Characters that the
// typefaces lack are left out.
func (c Cover) WriteImagePNG(w io.Writer) error {
	pen, err := newPixelPen(ImageWidth, ImageHeight, ImageWidth/Width)
	if err != nil {
		return err
	}
	defer pen.close()
	c.Draw(pen)
	if err := png.Encode(w, pen.picture); err != nil {
		return fmt.Errorf("write the picture of a cover: %w", err)
	}
	return nil
}
