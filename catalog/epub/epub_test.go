package epub_test

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"io"
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"
	"time"

	"bookroom/catalog/epub"
	"bookroom/catalog/press"
)

const markdown = `# One & only

A [link](https://example.org/?a=1&b=2), *words* and "quotes".

## Two <b>

- [ ] a box
- [x] another

| a | b |
|---|---|
| c |   |

> ## Three

# Four

___
`

func book(tb testing.TB) press.Book {
	tb.Helper()
	text, problems := press.Read([]byte(strings.Replace(markdown, "<b>", "&lt;b&gt;", 1)))
	if len(problems) > 0 {
		tb.Fatal(problems)
	}
	return press.Book{
		Title: "Q&A <now>", Subtitle: "And its subtitle", Summary: `What "it" is.`, Authors: []string{"Somebody", "B & C"},
		Keywords: []string{"one", "x < y"}, Language: "es-MX", Theme: "advisory", Edition: 3,
		Date: time.Date(2026, 9, 1, 22, 0, 0, 0, time.FixedZone("", -7*3600)), Text: text,
	}
}

// MustWrite returns the bytes of an EPUB.
func MustWrite(tb testing.TB, slug string, b press.Book) []byte {
	tb.Helper()
	var out bytes.Buffer
	if err := epub.Write(&out, slug, b); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

// archive is an EPUB that was unpacked.
type archive struct {
	names []string
	files map[string][]byte
}

// MustOpen unpacks an EPUB.
func MustOpen(tb testing.TB, book []byte) archive {
	tb.Helper()
	packed, err := zip.NewReader(bytes.NewReader(book), int64(len(book)))
	if err != nil {
		tb.Fatal(err)
	}
	a := archive{files: map[string][]byte{}}
	for _, f := range packed.File {
		content, err := f.Open()
		if err != nil {
			tb.Fatal(err)
		}
		a.names = append(a.names, f.Name)
		if a.files[f.Name], err = io.ReadAll(content); err != nil {
			tb.Fatalf("%s: %v", f.Name, err)
		}
	}
	return a
}

// node is an element of an XML document.
type node struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Text     string     `xml:",chardata"`
	Children []node     `xml:",any"`
}

// MustParse reads an XML document.
func MustParse(tb testing.TB, name string, document []byte) node {
	tb.Helper()
	var root node
	decoder := xml.NewDecoder(bytes.NewReader(document))
	if err := decoder.Decode(&root); err != nil {
		tb.Fatalf("%s is not well-formed: %v\n%s", name, err, document)
	}
	if _, err := decoder.Token(); err != nil && !errors.Is(err, io.EOF) {
		tb.Fatalf("%s goes on after its end: %v", name, err)
	}
	return root
}

func (n node) attr(name string) string {
	for _, a := range n.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// all returns the elements of that name, "" for any, in their order.
func (n node) all(name string) []node {
	var found []node
	if name == "" || n.XMLName.Local == name {
		found = append(found, n)
	}
	for _, child := range n.Children {
		found = append(found, child.all(name)...)
	}
	return found
}

func TestItBeginsWithItsMediaType(t *testing.T) {
	t.Parallel()
	content := MustWrite(t, "one", book(t))
	// The local header of a ZIP entry is 30 bytes, the name and the extra field; a method of 0 is stored.
	nameLength, extraLength := binary.LittleEndian.Uint16(content[26:]), binary.LittleEndian.Uint16(content[28:])
	if method := binary.LittleEndian.Uint16(content[8:]); nameLength != 8 || extraLength != 0 || method != 0 {
		t.Errorf("a name of %d bytes, %d more, method %d", nameLength, extraLength, method)
	}
	if got := string(content[30:58]); got != "mimetypeapplication/epub+zip" {
		t.Errorf("it begins with %q", got)
	}
}

func TestTheManifestListsAllFilesAndNoOthers(t *testing.T) {
	t.Parallel()
	a := MustOpen(t, MustWrite(t, "one", book(t)))
	if a.names[0] != "mimetype" || a.names[1] != "META-INF/container.xml" {
		t.Fatalf("files %v", a.names)
	}
	container := MustParse(t, "container.xml", a.files["META-INF/container.xml"])
	opf := container.all("rootfile")[0].attr("full-path")
	pack := MustParse(t, opf, a.files[opf])

	listed := []string{"mimetype", "META-INF/container.xml", opf}
	ids := map[string]string{}
	for _, item := range pack.all("item") {
		listed = append(listed, path.Join(path.Dir(opf), item.attr("href")))
		ids[item.attr("id")] = item.attr("media-type")
	}
	if !slices.Equal(slices.Sorted(slices.Values(listed)), slices.Sorted(slices.Values(a.names))) {
		t.Errorf("listed %v\npacked %v", listed, a.names)
	}
	if len(ids) != len(pack.all("item")) {
		t.Error("an id is given twice")
	}
	spine := pack.all("itemref")
	if len(spine) != 5 { // cover, title, contents, two chapters
		t.Errorf("%d pages are read", len(spine))
	}
	for _, ref := range spine {
		if ids[ref.attr("idref")] != "application/xhtml+xml" {
			t.Errorf("%s is read and is %q", ref.attr("idref"), ids[ref.attr("idref")])
		}
	}
	for property, want := range map[string]string{"nav": "nav.xhtml", "cover-image": "cover.png"} {
		i := slices.IndexFunc(pack.all("item"), func(n node) bool { return n.attr("properties") == property })
		if i < 0 || pack.all("item")[i].attr("href") != want {
			t.Errorf("no %s is named", property)
		}
	}
}

func TestFactsOfTheBook(t *testing.T) {
	t.Parallel()
	a := MustOpen(t, MustWrite(t, "one", book(t)))
	pack := MustParse(t, "content.opf", a.files["EPUB/content.opf"])
	facts := map[string][]string{}
	for _, n := range pack.all("metadata")[0].Children {
		name := n.XMLName.Local
		if name == "meta" {
			name = n.attr("property")
		}
		facts[name] = append(facts[name], n.Text)
	}
	for name, want := range map[string][]string{
		"title":                       {"Q&A <now>", "And its subtitle"},
		"language":                    {"es-MX"},
		"creator":                     {"Somebody", "B & C"},
		"description":                 {`What "it" is.`},
		"subject":                     {"one", "x < y"},
		"dcterms:modified":            {"2026-09-02T05:00:00Z"},
		"schema:accessMode":           {"textual"},
		"schema:accessModeSufficient": {"textual"},
		"schema:accessibilityHazard":  {"none"},
	} {
		if !slices.Equal(facts[name], want) {
			t.Errorf("%s is %q, want %q", name, facts[name], want)
		}
	}
	if len(facts["schema:accessibilityFeature"]) < 3 || len(facts["schema:accessibilitySummary"]) != 1 {
		t.Errorf("accessibility: %q, %q", facts["schema:accessibilityFeature"], facts["schema:accessibilitySummary"])
	}
	identifier := pack.all("identifier")[0]
	if identifier.attr("id") != pack.attr("unique-identifier") || !strings.HasPrefix(identifier.Text, "urn:uuid:") {
		t.Errorf("identifier %q with id %q", identifier.Text, identifier.attr("id"))
	}
}

func TestPagesAreWholeAndLeadNowhereElse(t *testing.T) {
	t.Parallel()
	a := MustOpen(t, MustWrite(t, "one", book(t)))
	anchors := map[string]bool{} // "chapter-1.xhtml#s1", and each file by itself
	pages := map[string]node{}
	for name, content := range a.files {
		anchors[path.Base(name)] = true
		if path.Ext(name) != ".xhtml" && path.Ext(name) != ".svg" {
			continue
		}
		page := MustParse(t, name, content)
		pages[path.Base(name)] = page
		for _, n := range page.all("") {
			if id := n.attr("id"); id != "" {
				if anchors[path.Base(name)+"#"+id] {
					t.Errorf("%s has the id %q twice", name, id)
				}
				anchors[path.Base(name)+"#"+id] = true
			}
		}
	}
	for name, page := range pages {
		if path.Ext(name) == ".xhtml" && (page.attr("lang") != "es-MX" || page.all("title")[0].Text == "") {
			t.Errorf("%s has language %q and title %q", name, page.attr("lang"), page.all("title")[0].Text)
		}
		for _, n := range page.all("") {
			checkAddresses(t, name, n, anchors)
		}
	}
	if style := a.files["EPUB/style.css"]; bytes.Contains(style, []byte("//")) || bytes.Contains(style, []byte("@import")) {
		t.Error("the style sheet may load something from elsewhere")
	}
}

// checkAddresses lets only links lead out of the book, and all others to what is in it.
func checkAddresses(t *testing.T, page string, n node, anchors map[string]bool) {
	t.Helper()
	if n.XMLName.Local == "img" && !slices.ContainsFunc(n.Attrs, func(a xml.Attr) bool { return a.Name.Local == "alt" }) {
		t.Errorf("%s: %s has no alt", page, n.attr("src"))
	}
	for _, name := range []string{"href", "src"} {
		address := n.attr(name)
		if address == "" {
			continue
		}
		u, err := url.Parse(address)
		switch {
		case err != nil:
			t.Errorf("%s leads to %q", page, address)
		case u.IsAbs() && n.XMLName.Local != "a":
			t.Errorf("%s loads %q", page, address)
		case !u.IsAbs() && !anchors[address]:
			t.Errorf("%s leads to %q, which is not in the book", page, address)
		}
	}
}

func TestTheContentsLeadToChaptersAndSections(t *testing.T) {
	t.Parallel()
	a := MustOpen(t, MustWrite(t, "one", book(t)))
	nav := MustParse(t, "nav.xhtml", a.files["EPUB/nav.xhtml"]).all("nav")
	if len(nav) != 2 || nav[0].attr("type") != "toc" || nav[1].attr("type") != "landmarks" {
		t.Fatalf("%d nav elements", len(nav))
	}
	var got []string
	for _, link := range nav[0].all("a") {
		got = append(got, link.attr("href")+" "+link.Text)
	}
	want := []string{"chapter-1.xhtml One & only", "chapter-1.xhtml#s1 Two <b>", "chapter-1.xhtml#s2 Three", "chapter-2.xhtml Four"}
	if !slices.Equal(got, want) {
		t.Errorf("the contents are %q, want %q", got, want)
	}
}

func TestTheSameBookGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	first := MustWrite(t, "one", book(t))
	if !bytes.Equal(first, MustWrite(t, "one", book(t))) {
		t.Error("the bytes differ")
	}
	identifierOf := func(content []byte) string {
		return MustParse(t, "content.opf", MustOpen(t, content).files["EPUB/content.opf"]).all("identifier")[0].Text
	}
	second := book(t)
	second.Edition++
	ids := []string{identifierOf(first), identifierOf(MustWrite(t, "one", second)), identifierOf(MustWrite(t, "two", book(t)))}
	if ids[0] == ids[1] || ids[0] == ids[2] || ids[1] == ids[2] {
		t.Errorf("other books have the same identifier: %v", ids)
	}
}
