package press_test

import (
	"bytes"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pdfcpu/pdfcpu/pkg/api"
	"github.com/pdfcpu/pdfcpu/pkg/pdfcpu/types"

	"bookroom/catalog/press"
)

// everything is a text with all that can be printed.
const everything = `# One & *only*

Words in **bold**, and [a *link* far away](https://example.org/a).

## Lists

- a dot
  1. a number

     with more
  2. another
- [ ] to tick
-

> Set off
>
> - inside

### Tables

| Day | Plan | Done |
|---|---|---|
| Monday | Meet |  |
| Tuesday |  | x |

| | a |
|---|---|
| b | c |

Write:

___

# Two

#### Deep
`

func TestTagsTellTheTextInOrder(t *testing.T) {
	t.Parallel()
	r := MustReadBack(t, MustPrint(t, book(MustRead(t, everything))))
	const want = `Document
  Figure "Big Picture LearningEdition 1A BookAnd its subtitle"
  Sect
    H1 "Contents"
    TOC
      TOCI
        Lbl "1 "
        Reference
          Link "One & only 3" +
        TOC
          TOCI
            Reference
              Link "Lists 3" +
      TOCI
        Lbl "2 "
        Reference
          Link "Two 4" +
    P "What it is. Edition 1, September 1, 2026. Somebody."
  Sect
    H1 "One & only"
      Lbl "1 "
    P "Words in bold, and ."
      Link "a link far away" +
    Sect
      H2 "Lists"
      L Square
        LI
          Lbl "• "
          LBody
            P "a dot"
            L Decimal
              LI
                Lbl "1. "
                LBody
                  P "a number"
                  P "with more"
              LI
                Lbl "2. "
                LBody
                  P "another"
        LI
          Lbl
          LBody
            P "to tick"
        LI
          Lbl "• "
          LBody
      BlockQuote
        P "Set off"
        L Disc
          LI
            Lbl "• "
            LBody
              P "inside"
      H3 "Tables"
      Table
        TR
          TH Column "Day"
          TH Column "Plan"
          TH Column "Done"
        TR
          TH Row "Monday"
          TD "Meet"
          TD
        TR
          TH Row "Tuesday"
          TD
          TD "x"
      Table
        TR
          TH Column
          TH Column "a"
        TR
          TH Row "b"
          TD "c"
      P "Write:"
  Sect
    H1 "Two"
      Lbl "2 "
    H2 "Deep"
`
	if got := r.root.outline(0); got != want {
		t.Errorf("the tags tell\n%s\nwant\n%s", got, want)
	}
}

func TestPicturesAreToldInWords(t *testing.T) {
	t.Parallel()
	r := MustReadBack(t, MustPrint(t, book(MustRead(t, everything))))
	var told []string
	r.root.each(func(p *part) {
		for _, key := range []string{"Alt", "ActualText"} {
			if p.facts[key] != nil {
				told = append(told, p.kind+": "+r.text(t, p.facts[key]))
			}
		}
	})
	if want := []string{"Figure: Cover: A Book. And its subtitle. Edition 1. Big Picture Learning", "Lbl: ☐ "}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

func TestTheDocumentSaysWhatItIs(t *testing.T) {
	t.Parallel()
	b := book(MustRead(t, everything))
	b.Title, b.Language = "Questions & <Answers>", "es-MX"
	pdf := MustPrint(t, b)
	r := MustReadBack(t, pdf)
	if marked := r.dict(t, r.catalog["MarkInfo"]).BooleanEntry("Marked"); marked == nil || !*marked {
		t.Error("it is not marked as tagged")
	}
	if shown := r.dict(t, r.catalog["ViewerPreferences"]).BooleanEntry("DisplayDocTitle"); shown == nil || !*shown {
		t.Error("its title is not shown")
	}
	if lang := r.text(t, r.catalog["Lang"]); lang != "es-MX" {
		t.Errorf("its language is %q", lang)
	}
	metadata, _, err := r.ctx.DereferenceStreamDict(r.catalog["Metadata"])
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<pdfuaid:part>1</pdfuaid:part>", ">Questions &amp; &lt;Answers&gt;<", "<rdf:li>es-MX</rdf:li>"} {
		if !strings.Contains(string(metadata.Raw), want) {
			t.Errorf("%s is not in its metadata\n%s", want, metadata.Raw)
		}
	}
	bookmarks, err := api.Bookmarks(bytes.NewReader(pdf), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(bookmarks) != 4 || bookmarks[0].Title != b.Title || bookmarks[3].Title != "Two" || bookmarks[2].Kids[0].Title != "Lists" {
		t.Errorf("its bookmarks are %v", bookmarks)
	}
}

func TestAllThatIsPaintedIsTaggedOrDecoration(t *testing.T) {
	t.Parallel()
	for name, markdown := range texts() {
		for _, fillable := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, fillable %t", name, fillable), func(t *testing.T) {
				t.Parallel()
				b := book(MustRead(t, markdown))
				b.Fillable = fillable
				r := MustReadBack(t, MustPrint(t, b))
				if len(r.untagged) > 0 {
					t.Errorf("painted outside: %q", r.untagged)
				}
				checkParents(t, r)
				checkHeadings(t, r)
				checkKinds(t, r)
			})
		}
	}
}

// checkParents compares what each part says to own with what each page and each annotation says who owns it.
func checkParents(t *testing.T, r *reading) {
	t.Helper()
	parents := map[int]types.Object{}
	nums := r.dict(t, r.dict(t, r.catalog["StructTreeRoot"])["ParentTree"]).ArrayEntry("Nums")
	for i := 0; i < len(nums); i += 2 {
		parents[nums[i].(types.Integer).Value()] = nums[i+1]
	}
	pieces := 0
	for ref, p := range r.parts {
		for _, o := range p.owned {
			pieces++
			list, err := r.ctx.DereferenceArray(parents[*r.dict(t, o.page).IntEntry("StructParents")])
			if err != nil || o.number >= len(list) || list[o.number] != ref {
				t.Errorf("%s %v owns content %d of %v, whose parents are %v (%v)", p.kind, ref, o.number, o.page, list, err)
			}
		}
		for _, note := range p.notes {
			a := r.annotations[note]
			if a == nil || parents[*a.IntEntry("StructParent")] != ref {
				t.Errorf("%s %v owns %v, which says %v", p.kind, ref, note, a)
			}
			delete(r.annotations, note)
		}
	}
	painted := 0
	for i, words := range r.words {
		painted += len(words)
		if page := r.dict(t, r.pages[i]); page["Annots"] != nil && *page.NameEntry("Tabs") != "S" {
			t.Errorf("page %d is not gone through in the order of its tags", i+1)
		}
	}
	if pieces != painted {
		t.Errorf("the parts own %d pieces of content, %d are on the pages", pieces, painted)
	}
	if len(r.annotations) > 0 {
		t.Errorf("nobody owns %v", slices.Collect(maps.Keys(r.annotations)))
	}
}

func checkHeadings(t *testing.T, r *reading) {
	t.Helper()
	level := byte('0')
	r.root.each(func(p *part) {
		if len(p.kind) != 2 || p.kind[0] != 'H' || p.kind[1] < '1' || p.kind[1] > '6' {
			return
		}
		if p.kind[1] > level+1 {
			t.Errorf("%s %q comes after H%c", p.kind, p.told(), level)
		}
		level = p.kind[1]
	})
}

// checkKinds checks what has to be in parts of some kinds.
func checkKinds(t *testing.T, r *reading) {
	t.Helper()
	r.root.each(func(p *part) {
		attributes := p.facts.DictEntry("A")
		switch p.kind {
		case "TH":
			if scope := attributes.NameEntry("Scope"); scope == nil {
				t.Errorf("the header %q does not say what it heads", p.told())
			}
		case "L":
			if numbering := attributes.NameEntry("ListNumbering"); numbering == nil {
				t.Errorf("the list %q does not say what stands before its items", p.told())
			}
		case "Link", "Form":
			if len(p.notes) == 0 {
				t.Errorf("%s %q has no annotation", p.kind, p.told())
			}
		case "Figure":
			if p.facts["Alt"] == nil {
				t.Error("the figure is not told in words")
			}
		case "P":
			if len(p.inside) == 0 {
				t.Error("a paragraph is empty")
			}
		}
	})
}

func TestAParagraphOverTwoPagesIsOne(t *testing.T) {
	t.Parallel()
	long := strings.TrimSpace(strings.Repeat("A sentence that takes a part of a line. ", 150))
	r := MustReadBack(t, MustPrint(t, book(MustRead(t, "# One\n\n"+long))))
	r.root.each(func(p *part) {
		if p.kind != "P" || !strings.HasPrefix(p.told(), "A sentence") {
			return
		}
		if p.told() != long {
			t.Errorf("it is told as %q", p.told())
		}
		var pages []int
		for _, o := range p.owned {
			pages = append(pages, slices.Index(r.pages, o.page)+1)
		}
		if !slices.Equal(pages, []int{3, 4}) {
			t.Errorf("its content is on pages %v", pages)
		}
	})
}

func TestAWordOverLinesIsOne(t *testing.T) {
	t.Parallel()
	word := strings.Repeat("donaudampfschiff", 10)
	r := MustReadBack(t, MustPrint(t, book(MustRead(t, "# One\n\n"+word+" goes  \non."))))
	if told := r.root.told(); !strings.Contains(told, word+" goes on.") {
		t.Errorf("it is told as %q", told)
	}
}

func TestATableOverPagesHasOneHeader(t *testing.T) {
	t.Parallel()
	r := MustReadBack(t, MustPrint(t, book(MustRead(t, "# A\n\n| a | b |\n|---|---|\n"+strings.Repeat("| c | d |\n", 100)))))
	var tables []string
	r.root.each(func(p *part) {
		if p.kind == "Table" {
			tables = append(tables, p.told())
		}
	})
	if want := "ab" + strings.Repeat("cd", 100); len(r.pages) < 5 || !slices.Equal(tables, []string{want}) {
		t.Errorf("on %d pages it is told as %q", len(r.pages), tables)
	}
}

func TestALinkOverLinesIsOne(t *testing.T) {
	t.Parallel()
	words := strings.TrimSpace(strings.Repeat("far away ", 20))
	r := MustReadBack(t, MustPrint(t, book(MustRead(t, "# A\n\nSee ["+words+"](https://example.org/b) and [more](https://example.org/c)."))))
	type link struct {
		words string
		areas int
		leads string
	}
	var links []link
	r.root.each(func(p *part) {
		if p.kind != "Link" {
			return
		}
		action := r.annotations[p.notes[0]].DictEntry("A")
		if action == nil {
			return // leads to a page
		}
		for _, note := range p.notes {
			if contents := r.text(t, r.annotations[note]["Contents"]); contents != p.told() {
				t.Errorf("the area of %q is called %q", p.told(), contents)
			}
		}
		links = append(links, link{p.told(), len(p.notes), r.text(t, action["URI"])})
	})
	want := []link{{words, 3, "https://example.org/b"}, {"more", 1, "https://example.org/c"}}
	if !reflect.DeepEqual(links, want) {
		t.Errorf("got %v, want %v", links, want)
	}
}

func TestContentsLeadToTheirPages(t *testing.T) {
	t.Parallel()
	r := MustReadBack(t, MustPrint(t, book(MustRead(t, everything))))
	leads := map[string]int{}
	for _, a := range r.annotations {
		if dest := a.ArrayEntry("Dest"); dest != nil {
			leads[r.text(t, a["Contents"])] = slices.Index(r.pages, dest[0].(types.IndirectRef)) + 1
		}
	}
	if want := map[string]int{"One & only 3": 3, "Lists 3": 3, "Two 4": 4}; !maps.Equal(leads, want) {
		t.Errorf("they lead to %v, want %v", leads, want)
	}
}

func BenchmarkPrint(b *testing.B) {
	text, problems := press.Read([]byte(strings.Repeat(everything, 20)))
	if len(problems) > 0 {
		b.Fatal(problems)
	}
	for b.Loop() {
		var pdf bytes.Buffer
		if _, err := press.Print(&pdf, book(text)); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(pdf.Len()), "bytes")
	}
}
