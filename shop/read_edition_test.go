package shop

import (
	"slices"
	"testing"
)

func TestSamplePagesAreFewOfTheWhole(t *testing.T) {
	t.Parallel()
	contents := []ContentEntry{{Title: "One", Page: 4, Level: 1}, {Title: "A part", Page: 5, Level: 2}}
	for name, c := range map[string]struct {
		chosen   []int
		contents []ContentEntry
		pages    int
		want     []int
	}{
		"chosen ones":                      {[]int{8, 3, 5, 6}, contents, 100, []int{3, 5, 6, 8}},
		"a third of them, the first named": {[]int{8, 3, 5, 6}, contents, 9, []int{3, 5, 8}},
		"a third, rounded up":              {[]int{8, 3, 5, 6}, contents, 10, []int{3, 5, 6, 8}},
		"those there are":                  {[]int{2, 2, 900, 0, -1, 7}, contents, 60, []int{2, 7}},
		"at most six":                      {[]int{1, 2, 3, 4, 5, 6, 7, 8}, contents, 100, []int{1, 2, 3, 4, 5, 6}},
		"contents and beginning":           {nil, contents, 100, []int{3, 4, 5, 6}},
		"few of a thin one":                {nil, contents, 6, []int{3, 4}},
		"without contents":                 {nil, nil, 100, []int{2, 3, 4, 5}},
		"text from the first page on":      {nil, []ContentEntry{{Title: "One", Page: 1, Level: 1}}, 9, []int{1, 2, 3}},
		"a leaflet":                        {nil, nil, 3, []int{2}},
		"two pages":                        {[]int{1}, nil, 2, nil},
		"none":                             {[]int{1}, nil, 0, nil},
	} {
		got := samplePages(EditionToRead{Edition: Edition{LookInside: c.chosen}, Contents: c.contents}, c.pages)
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestOpening(t *testing.T) {
	t.Parallel()
	contents := []ContentEntry{{Title: "The first week", Page: 3, Level: 1}, {Title: "Monday", Page: 3, Level: 2}}
	long := "A sentence of eighty bytes or more does not fit and is cut after the last whole word of it"
	for _, c := range []struct {
		page       int
		text, want string
	}{
		{3, "1 The first week\nMonday", "The first week"},
		{4, "4\n– – –\nWhat next?\nMore", "What next?"},
		{4, long, "A sentence of eighty bytes or more does not fit and is cut after the last whole…"},
		{4, "ééééééééééééééééééééééééééééééééééééééééééééééééééééé", "éééééééééééééééééééééééééééééééééééééééé…"},
		{4, "12\n34", ""},
		{4, "", ""},
	} {
		if got := opening(contents, c.page, c.text); got != c.want {
			t.Errorf("page %d, %q: %q, want %q", c.page, c.text, got, c.want)
		}
	}
}
