package press_test

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/model"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"bookroom/catalog/press"
)

// MustPrint prints a book and checks that the PDF follows the standard to the letter.
func MustPrint(tb testing.TB, b press.Book) []byte {
	tb.Helper()
	var pdf bytes.Buffer
	if _, err := press.Print(&pdf, b); err != nil {
		tb.Fatal(err)
	}
	strict := model.NewDefaultConfiguration()
	strict.ValidationMode = model.ValidationStrict
	if err := api.Validate(bytes.NewReader(pdf.Bytes()), strict); err != nil {
		tb.Fatal(err)
	}
	return pdf.Bytes()
}

// reading is a PDF as a screen reader gets it.
type reading struct {
	ctx         *model.Context
	catalog     types.Dict
	pages       []types.IndirectRef
	words       []map[int]string // of each page, by the number of the tagged content
	boxes       [][]box          // of each page
	untagged    []string         // what is painted outside of tags and decoration
	root        *part
	parts       map[types.IndirectRef]*part
	annotations map[types.IndirectRef]types.Dict
}

// box is a filled rectangle, in points from the lower left corner of the page.
type box struct{ left, bottom, right, top float64 }

// part is an element of the tree of tags.
type part struct {
	kind   string
	facts  types.Dict
	within []*part
	owned  []owned             // its tagged content
	notes  []types.IndirectRef // its annotations
	inside []any               // words and parts in the order in which they are told
}

type owned struct {
	page   types.IndirectRef
	number int
}

func MustReadBack(tb testing.TB, pdf []byte) *reading {
	tb.Helper()
	ctx, err := api.ReadContext(bytes.NewReader(pdf), model.NewDefaultConfiguration())
	if err != nil {
		tb.Fatal(err)
	}
	r := &reading{ctx: ctx, parts: map[types.IndirectRef]*part{}, annotations: map[types.IndirectRef]types.Dict{}}
	r.catalog = r.dict(tb, *ctx.Root)
	for _, kid := range r.dict(tb, r.catalog["Pages"]).ArrayEntry("Kids") {
		page := r.dict(tb, kid)
		r.pages = append(r.pages, kid.(types.IndirectRef))
		r.readContent(tb, page)
		for _, a := range page.ArrayEntry("Annots") {
			r.annotations[a.(types.IndirectRef)] = r.dict(tb, a)
		}
	}
	tree := r.dict(tb, r.catalog["StructTreeRoot"])
	r.root = r.readPart(tb, tree["K"].(types.IndirectRef), *r.catalog.IndirectRefEntry("StructTreeRoot"))
	return r
}

func (r *reading) dict(tb testing.TB, o types.Object) types.Dict {
	tb.Helper()
	d, err := r.ctx.DereferenceDict(o)
	if err != nil || d == nil {
		tb.Fatalf("%v is no dictionary: %v", o, err)
	}
	return d
}

func (r *reading) text(tb testing.TB, o types.Object) string {
	tb.Helper()
	text, err := r.ctx.DereferenceStringOrHexLiteral(o, model.V10, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

// readContent walks through what paints a page.
func (r *reading) readContent(tb testing.TB, page types.Dict) {
	tb.Helper()
	stream, _, err := r.ctx.DereferenceStreamDict(page["Contents"])
	if err != nil {
		tb.Fatal(err)
	}
	if err := stream.Decode(); err != nil {
		tb.Fatal(err)
	}
	r.boxes = append(r.boxes, nil)
	const outside, decoration = -2, -1
	words, open := map[int]string{}, outside
	var operands []string
	for _, token := range tokens(stream.Content) {
		switch token {
		case "BDC", "BMC":
			if open != outside {
				tb.Errorf("page %d: content begins within content %d", len(r.pages), open)
			}
			open = decoration
			if operands[0] != "/Artifact" {
				open = number(tb, operands)
				if _, twice := words[open]; twice {
					tb.Errorf("page %d: content %d begins twice", len(r.pages), open)
				}
				words[open] = ""
			}
		case "re":
			r.boxes[len(r.boxes)-1] = append(r.boxes[len(r.boxes)-1], boxOf(tb, operands))
		case "EMC":
			open = outside
		case "Tj":
			if open >= 0 {
				words[open] += operands[0]
			}
			fallthrough
		case "f", "f*", "S", "s", "B", "b", "sh", "Do", "TJ", "'", `"`:
			if open == outside {
				r.untagged = append(r.untagged, fmt.Sprintf("page %d: %v %s", len(r.pages), operands, token))
			}
		default:
			if !operator(token) {
				operands = append(operands, strings.TrimPrefix(token, "("))
				continue
			}
		}
		operands = nil
	}
	if open != outside {
		tb.Errorf("page %d ends within content", len(r.pages))
	}
	r.words = append(r.words, words)
}

// boxOf reads the operands of a rectangle: its upper left corner, width, and height downwards.
func boxOf(tb testing.TB, operands []string) box {
	tb.Helper()
	var x, y, w, h float64
	if _, err := fmt.Sscan(strings.Join(operands, " "), &x, &y, &w, &h); err != nil {
		tb.Fatalf("%v: %v", operands, err)
	}
	hundredths := func(v float64) float64 { return math.Round(v*100) / 100 }
	return box{x, hundredths(y + h), hundredths(x + w), y}
}

// number returns the number in "/P <</MCID 3>>".
func number(tb testing.TB, operands []string) int {
	tb.Helper()
	var n int
	if _, err := fmt.Sscanf(operands[1], "<</MCID %d>>", &n); err != nil {
		tb.Fatalf("%v: %v", operands, err)
	}
	return n
}

func operator(token string) bool {
	return !strings.ContainsAny(token[:1], "(/<[+-.0123456789")
}

// tokens cuts a content stream. Strings come as the characters that they stand for, after "(".
func tokens(content []byte) []string {
	var all []string
	content = append(content, ' ')
	for content = bytes.TrimLeft(content, " \n\r"); len(content) > 0; content = bytes.TrimLeft(content, " \n\r") {
		var token string
		switch content[0] {
		case '(':
			token, content = cutString(content)
		case '<':
			token, content = cut(content, bytes.Index(content, []byte(">>"))+2)
		default:
			token, content = cut(content, bytes.IndexAny(content, " \n\r("))
		}
		all = append(all, token)
	}
	return all
}

func cut(content []byte, end int) (token string, rest []byte) {
	return string(content[:end]), content[end:]
}

// cutString takes off a string of UTF-16 with backslashes before some of its bytes.
func cutString(content []byte) (token string, rest []byte) {
	var text []byte
	end := 1
	for ; content[end] != ')'; end++ {
		c := content[end]
		if c == '\\' {
			end++
			if c = content[end]; c == 'r' {
				c = '\r'
			}
		}
		text = append(text, c)
	}
	return "(" + decodeUTF16(text), content[end+1:]
}

func decodeUTF16(text []byte) string {
	var s strings.Builder
	for i := 0; i+1 < len(text); i += 2 {
		s.WriteRune(rune(text[i])<<8 | rune(text[i+1]))
	}
	return s.String()
}

func (r *reading) readPart(tb testing.TB, ref, parent types.IndirectRef) *part {
	tb.Helper()
	facts := r.dict(tb, ref)
	if facts["P"] != parent {
		tb.Errorf("%v stands in %v and says %v", ref, parent, facts["P"])
	}
	p := &part{kind: *facts.NameEntry("S"), facts: facts}
	r.parts[ref] = p
	content := func(page types.IndirectRef, number int) {
		words, found := r.words[slices.Index(r.pages, page)][number]
		if !found {
			tb.Errorf("%s: content %d of %v is not on the page", p.kind, number, page)
		}
		p.owned = append(p.owned, owned{page, number})
		p.inside = append(p.inside, words)
	}
	for _, kid := range facts.ArrayEntry("K") {
		switch kid := kid.(type) {
		case types.Integer:
			content(*facts.IndirectRefEntry("Pg"), kid.Value())
		case types.Dict:
			if kid["MCID"] != nil {
				content(*kid.IndirectRefEntry("Pg"), *kid.IntEntry("MCID"))
				continue
			}
			p.notes = append(p.notes, *kid.IndirectRefEntry("Obj"))
		case types.IndirectRef:
			child := r.readPart(tb, kid, ref)
			p.within = append(p.within, child)
			p.inside = append(p.inside, child)
		}
	}
	return p
}

// each calls visit for a part and all within, in the order in which they are told.
func (p *part) each(visit func(*part)) {
	visit(p)
	for _, child := range p.within {
		child.each(visit)
	}
}

// told is all words of a part in the order in which they are told.
func (p *part) told() string {
	var s strings.Builder
	for _, in := range p.inside {
		switch in := in.(type) {
		case string:
			s.WriteString(in)
		case *part:
			s.WriteString(in.told())
		}
	}
	return s.String()
}

// outline writes the tree with a line for each part, words included.
func (p *part) outline(depth int) string {
	line := strings.Repeat("  ", depth) + p.kind
	if a := p.facts.DictEntry("A"); a != nil {
		for _, key := range slices.Sorted(maps.Keys(a)) {
			if name, ok := a[key].(types.Name); ok && key != "O" {
				line += " " + name.Value()
			}
		}
	}
	words, below := "", ""
	for _, in := range p.inside {
		switch in := in.(type) {
		case string:
			words += in
		case *part:
			below += in.outline(depth + 1)
		}
	}
	if words != "" {
		line += fmt.Sprintf(" %q", words)
	}
	return line + strings.Repeat(" +", len(p.notes)) + "\n" + below
}
