package leaf

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"slices"

	"bookroom/shop"
)

// A page of text and drawings has few colours: as a PNG of at most 32 of them it is a third of its JPEG,
// and sharper. A page with photographs becomes a JPEG.
const (
	maxColours  = 32
	apart       = 30   // how far colours of the palette are from each other at least, in steps of 256
	tolerance   = 40   // how far a pixel may be from its colour in the palette
	misfits     = 0.01 // the share of pixels that may be further
	jpegQuality = 72
)

// encode takes the smaller of the forms that do the picture justice.
func encode(page int, rendered image.Image) (shop.Picture, error) {
	drawn := image.NewRGBA(rendered.Bounds())
	draw.Draw(drawn, drawn.Rect, rendered, drawn.Rect.Min, draw.Src)
	size := drawn.Rect.Size()
	picture := shop.Picture{Page: page, Width: size.X, Height: size.Y}
	var out bytes.Buffer
	if few, ok := fewColours(drawn); ok {
		picture.ContentType = "image/png"
		if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, few); err != nil {
			return shop.Picture{}, fmt.Errorf("encode PNG: %w", err)
		}
	} else {
		picture.ContentType = "image/jpeg"
		if err := jpeg.Encode(&out, drawn, &jpeg.Options{Quality: jpegQuality}); err != nil {
			return shop.Picture{}, fmt.Errorf("encode JPEG: %w", err)
		}
	}
	picture.Image = out.Bytes()
	return picture, nil
}

// shade is a colour of 4 bits for each of red, green and blue.
type shade uint16

const shades = 1 << 12

func shadeOf(r, g, b uint8) shade { return shade(r>>4)<<8 | shade(g>>4)<<4 | shade(b>>4) }

// rgb spreads the shade over the whole range, so that black is black and white is white.
func (s shade) rgb() color.RGBA {
	return color.RGBA{R: uint8(s>>8&0xF) * 17, G: uint8(s>>4&0xF) * 17, B: uint8(s&0xF) * 17, A: 255}
}

// fewColours draws the picture in the colours that it has most of, if they do it justice.
func fewColours(drawn *image.RGBA) (*image.Paletted, bool) {
	var count [shades]int
	pixels := drawn.Pix
	for i := 0; i+3 < len(pixels); i += 4 {
		count[shadeOf(pixels[i], pixels[i+1], pixels[i+2])]++
	}
	palette := choose(&count)
	var nearest [shades]uint8
	unfit := 0
	for s := range shade(shades) {
		if count[s] == 0 {
			continue
		}
		index, distance := nearestIn(palette, s.rgb())
		nearest[s] = uint8(index)
		if distance > tolerance*tolerance {
			unfit += count[s]
		}
	}
	if float64(unfit) > misfits*float64(len(pixels)/4) {
		return nil, false
	}
	few := image.NewPaletted(drawn.Bounds(), palette)
	for i := range few.Pix {
		few.Pix[i] = nearest[shadeOf(pixels[4*i], pixels[4*i+1], pixels[4*i+2])]
	}
	return few, true
}

// choose returns the commonest shades that are not too much alike.
func choose(count *[shades]int) color.Palette {
	var used []shade
	for s := range shade(shades) {
		if count[s] > 0 {
			used = append(used, s)
		}
	}
	slices.SortStableFunc(used, func(a, b shade) int { return cmp.Compare(count[b], count[a]) })
	var palette color.Palette
	for _, s := range used {
		if len(palette) == maxColours {
			break
		}
		if _, distance := nearestIn(palette, s.rgb()); distance > apart*apart {
			palette = append(palette, s.rgb())
		}
	}
	return palette
}

// nearestIn returns which colour of the palette is nearest, and the square of how far it is.
func nearestIn(palette color.Palette, c color.RGBA) (index, distance int) {
	distance = 3 * 256 * 256
	for i, p := range palette {
		known := color.RGBAModel.Convert(p).(color.RGBA) //nolint:errcheck // that is what the model makes
		r, g, b := int(known.R)-int(c.R), int(known.G)-int(c.G), int(known.B)-int(c.B)
		if d := r*r + g*g + b*b; d < distance {
			index, distance = i, d
		}
	}
	return index, distance
}
