package press_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"
)

const form = `# A

Your name?

___

___

What you need:

- [ ] time
- [ ] room for *you*
-

| | Mon | Tue |
|---|---|---|
| Morning | | free |
| | and more | |
`

// fields are the fields of the form in the order of their list.
func (r *reading) fields(t *testing.T) []types.Dict {
	t.Helper()
	var fields []types.Dict
	for _, f := range r.dict(t, r.catalog["AcroForm"]).ArrayEntry("Fields") {
		fields = append(fields, r.dict(t, f))
	}
	return fields
}

func MustFillable(tb testing.TB, markdown string) *reading {
	tb.Helper()
	b := book(MustRead(tb, markdown))
	b.Fillable = true
	return MustReadBack(tb, MustPrint(tb, b))
}

func TestPlacesToWriteOnBecomeFields(t *testing.T) {
	t.Parallel()
	r := MustFillable(t, form)
	var got []string
	for _, f := range r.fields(t) {
		kind := *f.NameEntry("FT")
		if lines := f.IntEntry("Ff"); lines != nil && *lines == 1<<12 {
			kind += " of several lines"
		}
		got = append(got, r.text(t, f["T"])+" "+kind+" "+r.text(t, f["TU"]))
	}
	want := []string{
		"field-1 Tx Your name?",
		"field-2 Tx Your name? (2)",
		"field-3 Btn time",
		"field-4 Btn room for you",
		"field-5 Tx What you need:",
		"field-6 Tx of several lines Morning: Mon",
		"field-7 Tx of several lines What you need: (2)",
		"field-8 Tx of several lines Tue (2)",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestWithoutFillableThereIsNoField(t *testing.T) {
	t.Parallel()
	r := MustReadBack(t, MustPrint(t, book(MustRead(t, form))))
	if r.catalog["AcroForm"] != nil {
		t.Error("there is a form")
	}
}

func TestFieldsAreTaggedInTheOrderOfTheText(t *testing.T) {
	t.Parallel()
	r := MustFillable(t, form)
	var names, want []string
	r.root.each(func(p *part) {
		if p.kind == "Form" {
			names = append(names, r.text(t, r.annotations[p.notes[0]]["T"]))
		}
	})
	for _, f := range r.fields(t) {
		want = append(want, r.text(t, f["T"]))
	}
	if len(names) == 0 || !slices.Equal(names, want) {
		t.Errorf("tagged are %v, the form has %v", names, want)
	}
}

func TestFieldsLieOnThePlaces(t *testing.T) {
	t.Parallel()
	r := MustFillable(t, "# A\n\nYour name?\n\n___\n\n- [ ] yes\n\n| a | b |\n|---|---|\n| c | |\n")
	var places []box
	for _, f := range r.fields(t) {
		rect := f.ArrayEntry("Rect")
		at := func(i int) float64 { return math.Round(rect[i].(types.Float).Value()*100) / 100 }
		places = append(places, box{at(0), at(1), at(2), at(3)})
	}
	if len(places) != 3 {
		t.Fatalf("the fields lie on %v", places)
	}
	painted := r.boxes[2]
	line, tick, cell := places[0], places[1], places[2]
	if !slices.ContainsFunc(painted, func(b box) bool { return b.left == line.left && b.right == line.right && b.top == line.bottom }) {
		t.Errorf("under the field %v there is no line in %v", line, painted)
	}
	if !slices.Contains(painted, tick) {
		t.Errorf("around the field %v there is no box in %v", tick, painted)
	}
	for _, b := range painted {
		if b.left < cell.right && cell.left < b.right && b.bottom < cell.top && cell.bottom < b.top {
			t.Errorf("the field %v lies over %v", cell, b)
		}
	}
}

func TestFieldsShowWhatIsDoneWithoutHelp(t *testing.T) {
	t.Parallel()
	r := MustFillable(t, form)
	fonts := r.dict(t, r.catalog["AcroForm"]).DictEntry("DR").DictEntry("Font")
	font := r.dict(t, fonts["Text"])
	descriptor := r.dict(t, font["FontDescriptor"])
	if font["Encoding"] != types.Name("WinAnsiEncoding") || len(font.ArrayEntry("Widths")) != 224 || descriptor["FontFile2"] == nil {
		t.Errorf("the typeface is %v, %v", font, descriptor)
	}
	for _, f := range r.fields(t) {
		shown := f.DictEntry("AP").DictEntry("N")
		if *f.NameEntry("FT") == "Btn" && (shown["Yes"] == nil || shown["Off"] == nil || *f.NameEntry("AS") != "Off") {
			t.Errorf("%s shows %v", r.text(t, f["T"]), shown)
		}
		if *f.NameEntry("FT") == "Tx" && !strings.HasPrefix(f.StringLiteralEntry("DA").Value(), "/Text ") {
			t.Errorf("%s is written in %v", r.text(t, f["T"]), f["DA"])
		}
	}
}
