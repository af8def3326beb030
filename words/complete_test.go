package words

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/template/parse"

	"bookroom/shop"
)

// spoken are the folders in which sentences for visitors stand.
var spoken = []string{"shop", "store", "web", "mail", "gate", "payments", "delivery", "words", "cmd/bookroom", "catalog", "reports"}

func TestEveryLanguageHasEverySentence(t *testing.T) {
	t.Parallel()
	said := map[string]string{}
	for _, folder := range spoken {
		collect(t, filepath.Join("..", folder), said)
	}
	for _, facet := range slices.Concat(shop.Distinguishers(), shop.Goals(), shop.Kinds(), shop.Formats(), shop.Prices()) {
		said[facet.Name] = "shop/product.go"
	}
	for _, licence := range []shop.VariantKind{shop.Individual, shop.SchoolLicence} {
		said[licence.Name()] = "shop/product.go"
	}
	if len(said) < 100 {
		t.Fatalf("only %d sentences were found: the search is broken", len(said))
	}
	for _, l := range shop.Languages()[1:] {
		known := MustRead(t, l)
		for key, where := range said {
			if _, ok := known[key]; !ok {
				t.Errorf("%s: %q is not in %s", where, key, l)
			}
		}
		for key := range known {
			if _, ok := said[key]; !ok {
				t.Errorf("%s has %q, which nobody says", l, key)
			}
		}
	}
}

func TestTranslationsTakeWhatTheSentenceTakes(t *testing.T) {
	t.Parallel()
	for _, l := range shop.Languages() {
		for key, s := range MustRead(t, l) {
			for _, form := range forms(s) {
				if got, want := verbs(form), verbs(key); !slices.Equal(got, want) {
					t.Errorf("%s: %q takes %v, not %v", l, form, got, want)
				}
			}
		}
	}
}

// forms are all ways in which the sentence can read.
func forms(s sentence) []string {
	if s.Text != "" {
		return []string{s.Text}
	}
	return []string{s.One, s.Other}
}

// MustRead returns the sentences of a language.
func MustRead(tb testing.TB, l shop.Language) map[string]sentence {
	tb.Helper()
	all := map[string]sentence{}
	err := readSentences(files, l, func(key string, s sentence) error {
		if _, twice := all[key]; twice {
			tb.Errorf("%s has %q twice", l, key)
		}
		all[key] = s
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return all
}

var verb = regexp.MustCompile(`%(\[\d+\])?[\d.+ #-]*[a-z]`)

// verbs lists what a format takes, in no order; a plain verb counts by its place.
func verbs(format string) []string {
	var found []string
	for i, v := range verb.FindAllString(strings.ReplaceAll(format, "%%", ""), -1) {
		if !strings.Contains(v, "[") {
			v = "%[" + strconv.Itoa(i+1) + "]" + v[1:]
		}
		found = append(found, v)
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// collect finds the sentences that a folder says: in its templates, and in its code.
func collect(tb testing.TB, folder string, said map[string]string) {
	tb.Helper()
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != folder && slices.Contains([]string{"stripetest", "mailtest", "s3test", "storetest", "browsertest", "testdata"}, d.Name()):
			return fs.SkipDir
		case d.IsDir(), strings.HasSuffix(path, "_test.go"):
			return nil
		case strings.HasSuffix(path, ".go"):
			return inCode(path, said)
		case strings.Contains(path, "templates") && strings.Contains(".html.txt", filepath.Ext(path)), strings.Contains(path, "epub/pages"):
			return inTemplate(path, said)
		default:
			return nil
		}
	})
	if err != nil {
		tb.Fatal(err)
	}
}

// sayers are the functions that take a sentence, by where among their arguments it stands.
var sayers = map[string]int{"NewError": 2, "Say": 0, "HTML": 0}

func inCode(path string, said map[string]string) error {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		return err
	}
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		name := ""
		switch f := call.Fun.(type) {
		case *ast.Ident:
			name = f.Name
		case *ast.SelectorExpr:
			name = f.Sel.Name
		}
		if at, ok := sayers[name]; ok && at < len(call.Args) {
			if text, ok := literal(call.Args[at]); ok && text != "%v" {
				said[text] = path
			}
		}
		return true
	})
	return nil
}

// literal is the text of a string that is written out, in one piece or in several.
func literal(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil
	case *ast.BinaryExpr:
		left, ok := literal(e.X)
		right, also := literal(e.Y)
		return left + right, ok && also
	default:
		return "", false
	}
}

func inTemplate(path string, said map[string]string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	tree := parse.New(path)
	tree.Mode = parse.SkipFuncCheck
	trees := map[string]*parse.Tree{}
	if _, err := tree.Parse(string(text), "", "", trees); err != nil {
		return err
	}
	for _, t := range trees {
		if t.Root != nil {
			inNode(t.Root, path, said)
		}
	}
	return nil
}

func inNode(n parse.Node, path string, said map[string]string) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, inner := range n.Nodes {
			inNode(inner, path, said)
		}
	case *parse.ActionNode:
		inNode(n.Pipe, path, said)
	case *parse.IfNode:
		inBranch(n.BranchNode, path, said)
	case *parse.RangeNode:
		inBranch(n.BranchNode, path, said)
	case *parse.WithNode:
		inBranch(n.BranchNode, path, said)
	case *parse.TemplateNode:
		inNode(n.Pipe, path, said)
	case *parse.PipeNode:
		if n == nil {
			return
		}
		for _, command := range n.Cmds {
			inCommand(command, path, said)
		}
	}
}

func inBranch(b parse.BranchNode, path string, said map[string]string) {
	inNode(b.Pipe, path, said)
	inNode(b.List, path, said)
	inNode(b.ElseList, path, said)
}

// says reports whether a template calls a function with a sentence: t, h, or Say of Words.
func says(f parse.Node) bool {
	switch f := f.(type) {
	case *parse.IdentifierNode:
		return f.Ident == "t" || f.Ident == "h"
	case *parse.FieldNode:
		return f.Ident[len(f.Ident)-1] == "Say"
	default:
		return false
	}
}

func inCommand(c *parse.CommandNode, path string, said map[string]string) {
	if len(c.Args) > 1 && says(c.Args[0]) {
		if text, ok := c.Args[1].(*parse.StringNode); ok {
			said[text.Text] = path
		}
	}
	for _, arg := range c.Args {
		inNode(arg, path, said)
	}
}
