package press

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extensionast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// Text is the text of a handbook that was read and can be printed.
type Text struct{ blocks []block }

// Problem is something in a text that cannot be printed.
type Problem struct {
	Line    int // counted from 1
	Message string
}

// Read reads the Markdown of a handbook. "# " starts a chapter, on a new page unless little of the present one is used, "## " a section; both stand
// in the contents. "### " heads a passage. Printed are paragraphs, emphasis, links, lists, lists of boxes
// to tick ("- [ ] "), tables, quotes (as set-off passages), and "___" as a line to write on. An empty cell
// of a table is left as room to write. Anything else (pictures, HTML, code blocks), and characters that
// the typefaces lack, are problems; the text is nil when there are any.
func Read(markdown []byte) (*Text, []Problem) {
	r := reader{source: markdown}
	blocks := r.blocks(parse(markdown))
	r.checkChapters(blocks)
	if len(r.problems) > 0 {
		return nil, r.problems
	}
	return &Text{blocks: blocks}, nil
}

func parse(markdown []byte) ast.Node {
	typographer := extension.NewTypographer(extension.WithTypographicSubstitutions(extension.TypographicSubstitutions{
		extension.LeftSingleQuote: []byte("‘"), extension.RightSingleQuote: []byte("’"), extension.Apostrophe: []byte("’"),
		extension.LeftDoubleQuote: []byte("“"), extension.RightDoubleQuote: []byte("”"),
		extension.EnDash: []byte("–"), extension.EmDash: []byte("—"), extension.Ellipsis: []byte("…"),
		extension.LeftAngleQuote: []byte("«"), extension.RightAngleQuote: []byte("»"),
	}))
	markdownParser := goldmark.New(goldmark.WithExtensions(extension.Table, extension.TaskList, typographer)).Parser()
	return markdownParser.Parse(text.NewReader(markdown), parser.WithContext(parser.NewContext()))
}

type reader struct {
	source   []byte
	problems []Problem
}

// problem notes what is wrong, once for a line.
func (r *reader) problem(line int, format string, args ...any) {
	p := Problem{line, fmt.Sprintf(format, args...)}
	if !slices.Contains(r.problems, p) {
		r.problems = append(r.problems, p)
	}
}

func (r *reader) checkChapters(blocks []block) {
	if len(blocks) == 0 {
		r.problem(1, `the handbook is empty; start a chapter with "# Title"`)
		return
	}
	if h, ok := blocks[0].(heading); !ok || h.level != 1 {
		r.problem(blocks[0].line(), `text stands before the first chapter; start one with "# Title"`)
	}
}

func (r *reader) blocks(parent ast.Node) []block {
	var blocks []block
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		if b := r.block(n); b != nil {
			blocks = append(blocks, b)
		}
	}
	return blocks
}

// block returns nil for what cannot be printed, after noting the problem.
func (r *reader) block(n ast.Node) block {
	start := at(r.lineOf(n))
	switch n := n.(type) {
	case *ast.Heading:
		spans := r.spans(n)
		if plain(spans) == "" {
			r.problem(int(start), "the heading is empty")
		}
		return heading{start, n.Level, spans}
	case *ast.Paragraph, *ast.TextBlock:
		return paragraph{start, r.spans(n)}
	case *ast.List:
		return r.list(start, n)
	case *extensionast.Table:
		return r.table(start, n)
	case *ast.Blockquote:
		return quote{start, r.blocks(n)}
	case *ast.ThematicBreak:
		return blank{start}
	case *ast.HTMLBlock:
		r.problem(int(start), "HTML cannot be printed")
	case *ast.CodeBlock, *ast.FencedCodeBlock:
		r.problem(int(start), "a code block cannot be printed")
	case *ast.LinkReferenceDefinition:
	default:
		r.problem(int(start), "%s cannot be printed", n.Kind())
	}
	return nil
}

func (r *reader) list(start at, n *ast.List) block {
	l := list{at: start}
	if n.IsOrdered() {
		l.first = max(n.Start, 1)
	}
	for child := n.FirstChild(); child != nil; child = child.NextSibling() {
		l.items = append(l.items, item{blocks: r.blocks(child), task: isTask(child)})
	}
	return l
}

func isTask(listItem ast.Node) bool {
	first := listItem.FirstChild()
	if first == nil || first.FirstChild() == nil {
		return false
	}
	_, ok := first.FirstChild().(*extensionast.TaskCheckBox)
	return ok
}

func (r *reader) table(start at, n *extensionast.Table) block {
	t := table{at: start}
	for row := n.FirstChild(); row != nil; row = row.NextSibling() {
		var cells []cell
		for c := row.FirstChild(); c != nil; c = c.NextSibling() {
			cells = append(cells, cell{r.spans(c)})
		}
		if row.Kind() == extensionast.KindTableHeader {
			t.header = cells
		} else {
			t.rows = append(t.rows, cells)
		}
	}
	return t
}

func (r *reader) spans(parent ast.Node) []span {
	var spans []span
	r.collect(parent, span{}, &spans)
	return spans
}

// collect appends what stands inside a node; style is what is around it.
func (r *reader) collect(parent ast.Node, style span, spans *[]span) {
	add := func(n ast.Node, text string) {
		if c, missing := Missing(strings.TrimSuffix(text, "\n")); missing {
			r.problem(r.lineOf(n), "%s", missingMessage(c))
		}
		s := style
		s.text = text
		*spans = append(*spans, s)
	}
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Text:
			add(n, unescape(n.Segment.Value(r.source)))
			if n.HardLineBreak() {
				add(n, "\n")
			} else if n.SoftLineBreak() {
				add(n, " ")
			}
		case *ast.String:
			add(n, string(n.Value))
		case *ast.Emphasis:
			inner := style
			inner.bold = style.bold || n.Level == 2
			inner.italic = style.italic || n.Level == 1
			r.collect(n, inner, spans)
		case *ast.Link:
			inner := style
			inner.link = string(n.Destination)
			r.collect(n, inner, spans)
		case *ast.AutoLink:
			inner := style
			inner.text, inner.link = string(n.Label(r.source)), string(n.URL(r.source))
			if n.AutoLinkType == ast.AutoLinkEmail {
				inner.link = "mailto:" + inner.link
			}
			*spans = append(*spans, inner)
		case *ast.CodeSpan:
			r.collect(n, style, spans)
		case *extensionast.TaskCheckBox:
		case *ast.Image:
			r.problem(r.lineOf(n), "a picture cannot be printed")
		case *ast.RawHTML:
			r.problem(r.lineOf(n), "HTML cannot be printed")
		default:
			r.problem(r.lineOf(n), "%s cannot be printed", n.Kind())
		}
	}
}

// unescape turns Markdown's backslashes and entities into what they stand for.
func unescape(markdown []byte) string {
	return string(util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(markdown))))
}

// lineOf returns the line on which a node starts, or that of what it stands in where it does not know.
func (r *reader) lineOf(n ast.Node) int {
	for n.Pos() < 0 && n.Parent() != nil {
		n = n.Parent()
	}
	return 1 + bytes.Count(r.source[:max(n.Pos(), 0)], []byte("\n"))
}

func plain(spans []span) string {
	var b strings.Builder
	for _, s := range spans {
		b.WriteString(strings.ReplaceAll(s.text, "\n", " "))
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
