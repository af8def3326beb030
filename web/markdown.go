package web

import (
	"bytes"
	"fmt"
	"html/template"

	"github.com/microcosm-cc/bluemonday"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// markdown turns a description into HTML that is safe in a page. Its headings start below that of the section it stands in.
func markdown(source string) (template.HTML, error) {
	reader := goldmark.New(
		goldmark.WithExtensions(extension.Table, extension.Typographer),
		goldmark.WithParserOptions(parser.WithASTTransformers(util.Prioritized(inSection{}, 100))),
	)
	var rough bytes.Buffer
	if err := reader.Convert([]byte(source), &rough); err != nil {
		return "", fmt.Errorf("read Markdown: %w", err)
	}
	return template.HTML(allowed().SanitizeBytes(rough.Bytes())), nil // #nosec G203 -- sanitised on this line
}

// allowed is what a description may hold: words and links, nothing that is fetched from elsewhere.
func allowed() *bluemonday.Policy {
	policy := bluemonday.NewPolicy()
	policy.AllowElements("p", "br", "hr", "h3", "h4", "h5", "h6", "ul", "li", "strong", "em", "blockquote", "code", "pre",
		"table", "thead", "tbody", "tr", "th", "td")
	policy.AllowAttrs("start").Matching(bluemonday.Integer).OnElements("ol")
	policy.AllowElements("ol")
	policy.AllowAttrs("href").OnElements("a")
	policy.AllowURLSchemes("https", "mailto")
	policy.AllowRelativeURLs(true)
	policy.RequireParseableURLs(true)
	policy.RequireNoFollowOnFullyQualifiedLinks(true)
	return policy
}

// inSection lowers the headings so that the highest of them is an h3.
type inSection struct{}

func (inSection) Transform(document *ast.Document, _ text.Reader, _ parser.Context) {
	highest := 6
	eachHeading(document, func(h *ast.Heading) { highest = min(highest, h.Level) })
	eachHeading(document, func(h *ast.Heading) { h.Level = min(6, h.Level-highest+3) })
}

func eachHeading(document *ast.Document, do func(*ast.Heading)) {
	for node := document.FirstChild(); node != nil; node = node.NextSibling() {
		if heading, ok := node.(*ast.Heading); ok {
			do(heading)
		}
	}
}
