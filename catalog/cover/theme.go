package cover

import "image/color"

// Theme is the set of colours of one distinguisher.
type Theme struct {
	Ground   color.NRGBA   // of the whole sheet
	OnGround color.NRGBA   // text on it, 4.5:1 or better
	OnPaper  color.NRGBA   // text in the theme's colour on white or cream paper, 4.5:1 or better
	Shapes   []color.NRGBA // of the motif
}

// ThemeOf returns the colours that belong to a key, or those of "goals" where it is unknown.
func ThemeOf(key string) Theme {
	switch key {
	case "lti":
		return themed(0xC2401F, 0xFFF6EA, 0xA93618, 0xFBE0BF, 0x6A160F, 0xF6AE2D)
	case "personal":
		return themed(0xF1B833, 0x2B1A05, 0x7C5000, 0xD9921A, 0x8F2D14, 0xFFF3D2)
	case "assessment":
		return themed(0x17573F, 0xF3F7E6, 0x17573F, 0x2E7A55, 0x5FA36B, 0xA6CB83, 0xDDE7A6, 0xF6C445)
	case "organization":
		return themed(0x2C4A80, 0xF4F5FB, 0x2C4A80, 0x8FB1E3, 0xF4E7CF, 0xE2683C, 0x1B2F58)
	case "advisory":
		return themed(0x5A2450, 0xFDF0F5, 0x6F2D63, 0xE79AB0, 0x8A3F76, 0xF7C94B)
	case "culture":
		return themed(0xF3C9B5, 0x3A140E, 0x9C3023, 0xC2452F, 0xFBEEDF, 0x51203A)
	case "leadership":
		return themed(0x1A2740, 0xF7F1E3, 0x2B4063, 0x2F4A73, 0x5C7FA8, 0xA9C1D3, 0xF2B544)
	case "family":
		return themed(0xA8D0DC, 0x10303C, 0x1F5A78, 0x1F5A78, 0xF7EBD6, 0xE8704F, 0xF5BE4A)
	case "college":
		return themed(0x56601F, 0xF9F6DF, 0x56601F, 0xEBE1AE, 0x8C9437, 0x39420F, 0xEE8B3A)
	case "development":
		return themed(0xCDBCE4, 0x2A1648, 0x5B3A94, 0x5B3A94, 0x2F7A5E, 0xF7EFDC, 0xE0784A)
	case "bundle":
		return themed(0xEBDFC8, 0x2A2119, 0x2A2119, 0x2A2522)
	default:
		return themed(0x2A2522, 0xFBF3E4, 0x2A2522, 0xE4572E, 0xF2B63A, 0x6DB193, 0x7FA6DA, 0xD88BAA)
	}
}

func themed(ground, onGround, onPaper uint32, shapes ...uint32) Theme {
	t := Theme{Ground: rgb(ground), OnGround: rgb(onGround), OnPaper: rgb(onPaper)}
	for _, s := range shapes {
		t.Shapes = append(t.Shapes, rgb(s))
	}
	return t
}

func rgb(hex uint32) color.NRGBA {
	return color.NRGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 255}
}
