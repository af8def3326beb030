package cover_test

import (
	"bytes"
	"image/png"
	"testing"

	"bookroom/catalog/cover"
)

func TestACardIsAPictureOfItsProduct(t *testing.T) {
	t.Parallel()
	seen := map[string]string{}
	for _, c := range []cover.Cover{
		{Title: "Advisory Structure", Subtitle: "The heart of the school day", Theme: "advisory"},
		{Title: "Advisory Structure", Subtitle: "The heart of the school day", Theme: "lti"},
		{Title: "A title in a script that no typeface of ours has: 李小龍", Theme: "lti"},
	} {
		var card bytes.Buffer
		if err := c.WriteCardPNG(&card); err != nil {
			t.Fatalf("%s: %v", c.Title, err)
		}
		if other, same := seen[card.String()]; same {
			t.Errorf("%s (%s) looks as %s", c.Title, c.Theme, other)
		}
		seen[card.String()] = c.Title
		picture, err := png.Decode(bytes.NewReader(card.Bytes()))
		if err != nil {
			t.Fatalf("%s: %v", c.Title, err)
		}
		if size := picture.Bounds().Size(); size.X != cover.CardWidth || size.Y != cover.CardHeight {
			t.Errorf("%s is %v large", c.Title, size)
		}
		ground, _, _, _ := picture.At(3, 3).RGBA()
		if want, _, _, _ := cover.ThemeOf(c.Theme).Ground.RGBA(); ground != want {
			t.Errorf("%s has no ground of its own", c.Title)
		}
		if card.Len() > 120_000 {
			t.Errorf("%s weighs %d bytes", c.Title, card.Len())
		}
	}
}
