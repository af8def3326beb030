package press

import "image/color"

func ink() color.NRGBA         { return color.NRGBA{R: 0x1E, G: 0x1B, B: 0x18, A: 255} }
func soft() color.NRGBA        { return color.NRGBA{R: 0x5C, G: 0x53, B: 0x4A, A: 255} }
func hairline() color.NRGBA    { return color.NRGBA{R: 0xD9, G: 0xCF, B: 0xBF, A: 255} }
func writingLine() color.NRGBA { return color.NRGBA{R: 0x8A, G: 0x7D, B: 0x6E, A: 255} }
func paper() color.NRGBA       { return color.NRGBA{R: 0xFF, G: 0xFF, B: 0xFF, A: 255} }

// mix puts so much of one colour into another.
func mix(some, into color.NRGBA, share float64) color.NRGBA {
	blend := func(a, b uint8) uint8 { return uint8(float64(a)*share + float64(b)*(1-share) + 0.5) }
	return color.NRGBA{R: blend(some.R, into.R), G: blend(some.G, into.G), B: blend(some.B, into.B), A: 255}
}
