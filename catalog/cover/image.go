package cover

import (
	"encoding/base64"
	"fmt"
	"io"

	"bookroom/catalog/fonts"
)

// WriteImageSVG writes the cover as WriteSVG does, with its typefaces inside: a picture that stands by
// itself, where no page brings them.
func (c Cover) WriteImageSVG(w io.Writer) error {
	const titleWeight = 600 // the nearest that SVG 1.1 knows
	style := "<style>" +
		embedded("Fraunces", titleWeight, fonts.Title()) +
		embedded("Atkinson Hyperlegible Next", 400, fonts.Regular()) +
		"</style>"
	return c.writeSVG(w, style, titleWeight)
}

func embedded(family string, weight int, face *fonts.Face) string {
	return fmt.Sprintf(`@font-face{font-family:"%s";font-weight:%d;src:url(data:font/ttf;base64,%s)}`,
		family, weight, base64.StdEncoding.EncodeToString(face.TTF()))
}
