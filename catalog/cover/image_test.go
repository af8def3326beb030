package cover_test

import (
	"bytes"
	"image/png"
	"testing"

	"bookroom/catalog/cover"
)

func TestAnImageIsTheCoverInPixels(t *testing.T) {
	t.Parallel()
	c := cover.Cover{Title: "Advisory", Subtitle: "Every day", Theme: "advisory", Edition: 7}
	var first, second, other bytes.Buffer
	for _, out := range []*bytes.Buffer{&first, &second} {
		if err := c.WriteImagePNG(out); err != nil {
			t.Fatal(err)
		}
	}
	c.Edition++
	if err := c.WriteImagePNG(&other); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("the same cover gives other bytes")
	}
	if bytes.Equal(first.Bytes(), other.Bytes()) {
		t.Error("another edition looks the same")
	}
	picture, err := png.Decode(&first)
	if err != nil {
		t.Fatal(err)
	}
	if size := picture.Bounds().Size(); size.X != cover.ImageWidth || size.Y != cover.ImageHeight {
		t.Errorf("it is %v large", size)
	}
	if second.Len() > 120_000 {
		t.Errorf("it weighs %d bytes", second.Len())
	}
}
