package press

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"bookroom/catalog/fonts"
)

// formFont is the name under which fields know their typeface, which is embedded whole: nobody knows
// what will be written.
const formFont = "Text"

// writing is the use of a field for words in this size, on as many lines as there is room for.
type writing struct{ size float64 }

func (u writing) describe(d *document, a *annotation) types.Dict {
	const severalLines = 1 << 12
	dict := field(a, "Tx")
	dict["DA"] = u.style()
	if a.h >= 2*u.size*1.2 {
		dict["Ff"] = types.Integer(severalLines)
	}
	dict["AP"] = types.Dict{"N": d.add(appearance(a, "/Tx BMC EMC"))}
	return dict
}

func (u writing) style() types.StringLiteral {
	c := ink()
	share := func(part uint8) float64 { return float64(part) / 255 }
	return types.StringLiteral(fmt.Sprintf("/%s %.1f Tf %.3f %.3f %.3f rg", formFont, u.size, share(c.R), share(c.G), share(c.B)))
}

// ticking is the use of a box to tick.
type ticking struct{}

func (ticking) describe(d *document, a *annotation) types.Dict {
	dict := field(a, "Btn")
	dict["V"], dict["AS"] = types.Name("Off"), types.Name("Off")
	dict["AP"] = types.Dict{"N": types.Dict{
		"Yes": d.add(appearance(a, tick(a.w))),
		"Off": d.add(appearance(a, "")),
	}}
	return dict
}

// tick draws a tick into a square.
func tick(side float64) string {
	return fmt.Sprintf("1.4 w 1 J 1 j %.2f %.2f m %.2f %.2f l %.2f %.2f l S", side*.22, side*.52, side*.42, side*.28, side*.8, side*.78)
}

func field(a *annotation, kind string) types.Dict {
	return types.Dict{"Subtype": types.Name("Widget"), "FT": types.Name(kind), "TU": textString(a.element.name)}
}

// appearance is what a field shows.
func appearance(a *annotation, drawing string) types.StreamDict {
	return types.StreamDict{Raw: []byte(drawing), Dict: types.Dict{
		"Type":      types.Name("XObject"),
		"Subtype":   types.Name("Form"),
		"BBox":      types.Array{types.Integer(0), types.Integer(0), types.Float(a.w), types.Float(a.h)},
		"Resources": types.Dict{},
	}}
}

// addForm makes the fields among the annotations a form. Readers draw what is written with its typeface,
// and need no order to do so (NeedAppearances): what the empty fields show is in the file.
func (d *document) addForm(annotations []*annotation) error {
	var fields types.Array
	for _, a := range annotations {
		if dict := d.dict(a.ref); dict["FT"] != nil {
			fields = append(fields, a.ref)
			dict["T"] = textString("field-" + strconv.Itoa(len(fields)))
		}
	}
	if fields == nil {
		return nil
	}
	font, err := d.addFormFont()
	if err != nil {
		return err
	}
	d.dict(d.catalog)["AcroForm"] = types.Dict{
		"Fields": fields,
		"DR":     types.Dict{"Font": types.Dict{formFont: font}},
		"DA":     writing{textSize}.style(),
	}
	return nil
}

// addFormFont writes the face of text, whole, for the characters of Windows' Western European character
// set: readers of PDF write no others into a field.
func (d *document) addFormFont() (types.IndirectRef, error) {
	const name = types.Name("AtkinsonHyperlegibleNext-Regular")
	const notSymbols = 1 << 5
	face := fonts.Regular()
	descriptor := d.descriptor("utf8" + face.Family + face.Style) // fpdf's name for its part of the face
	if descriptor == nil {
		return types.IndirectRef{}, errors.New("the face of text was not embedded")
	}
	descriptor["FontName"] = name
	descriptor["Flags"] = types.Integer(notSymbols)
	descriptor["FontFile2"] = d.add(types.StreamDict{Raw: deflate(face.TTF()), Dict: types.Dict{
		"Length1": types.Integer(len(face.TTF())),
		"Filter":  types.Name("FlateDecode"),
	}})

	const first, last = 32, 255
	var widths types.Array
	for code := first; code <= last; code++ {
		widths = append(widths, types.Integer(face.Width(string(winAnsi(code)), 1000)+0.5))
	}
	return d.add(types.Dict{
		"Type":           types.Name("Font"),
		"Subtype":        types.Name("TrueType"),
		"BaseFont":       name,
		"Encoding":       types.Name("WinAnsiEncoding"),
		"FirstChar":      types.Integer(first),
		"LastChar":       types.Integer(last),
		"Widths":         widths,
		"FontDescriptor": d.add(descriptor),
	}), nil
}

// descriptor returns a copy of the facts about a typeface, or nil.
func (d *document) descriptor(fontName string) types.Dict {
	for _, o := range d.objects {
		if dict, ok := o.(types.Dict); ok && dict["Type"] == types.Name("FontDescriptor") && dict["FontName"] == types.Name(fontName) {
			return dict.Clone().(types.Dict)
		}
	}
	return nil
}

// winAnsi is the character of a code in PDF's WinAnsiEncoding.
func winAnsi(code int) rune {
	const from = 0x80 // where it differs from Unicode
	differing := []rune("€•‚ƒ„…†‡ˆ‰Š‹Œ•Ž••‘’“”•–—˜™š›œ•žŸ")
	if code < from || code >= from+len(differing) {
		return rune(code)
	}
	return differing[code-from]
}
