package cover_test

import (
	"bytes"
	"strings"
	"testing"

	"bookroom/catalog/cover"
)

func TestImageBringsItsTypefaces(t *testing.T) {
	t.Parallel()
	var svg bytes.Buffer
	c := cover.Cover{Title: "Advisory", Subtitle: "Every day", Theme: "advisory", Edition: 7}
	if err := c.WriteImageSVG(&svg); err != nil {
		t.Fatal(err)
	}
	if text := MustParse(t, svg.Bytes()); !strings.Contains(text, "Advisory") {
		t.Errorf("the words of the cover are %q", text)
	}
	for _, family := range []string{"Fraunces", "Atkinson Hyperlegible Next"} {
		if !strings.Contains(svg.String(), `@font-face{font-family:"`+family+`"`) {
			t.Errorf("%s is not inside", family)
		}
	}
	if got := strings.Count(svg.String(), "src:url(data:font/ttf;base64,"); got != 2 {
		t.Errorf("%d typefaces are inside", got)
	}
}
