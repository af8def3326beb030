package api

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/yuin/goldmark"
)

const docsPath = "/api/docs"

//go:embed docs.html
var docsHTML string

//go:embed docs.css
var style []byte

// docsPage is the contract as the template shows it.
type docsPage struct {
	*openapi3.Info
	Shop     string // the shop's address, for the curl lines
	Sections []section
	Problems []problemRow
	Schemas  []schemaRef
}

// section is a tag with its operations.
type section struct {
	*openapi3.Tag
	Operations []operation
}

type operation struct {
	*openapi3.Operation
	Method  string
	Path    string
	Params  openapi3.Parameters
	Answers []answer
	Curl    string
}

type answer struct {
	Status string
	*openapi3.Response
	Body *openapi3.SchemaRef // nil where there is none
}

// Succeeds reports whether this is the answer to a request that went well.
func (a answer) Succeeds() bool { return strings.HasPrefix(a.Status, "2") }

type problemRow struct{ Code, Status, Meaning string }

type schemaRef struct {
	Name string
	*openapi3.SchemaRef
}

// page renders the documentation. It panics when the template is broken.
func (k *contract) page(shopURL string) []byte {
	page := docsPage{Info: k.spec.Info, Shop: shopURL}
	for _, tag := range k.spec.Tags {
		page.Sections = append(page.Sections, section{Tag: tag, Operations: k.tagged(tag.Name)})
	}
	page.Problems = problemRows(k.spec.Tags.Get("Problems").Description)
	for _, name := range slices.Sorted(maps.Keys(k.spec.Components.Schemas)) {
		page.Schemas = append(page.Schemas, schemaRef{Name: name, SchemaRef: k.spec.Components.Schemas[name]})
	}
	functions := template.FuncMap{
		"markdown": markdown, "fields": fields, "required": slices.Contains[[]string], "name": schemaName,
		"bounds": bounds, "example": example, "request": requestBody, "lower": strings.ToLower,
	}
	var b bytes.Buffer
	if err := template.Must(template.New("docs").Funcs(functions).Parse(docsHTML)).Execute(&b, page); err != nil {
		panic(fmt.Errorf("documentation of the API: %w", err))
	}
	return b.Bytes()
}

// tagged returns the operations of a tag in the order in which openapi.yaml has them.
func (k *contract) tagged(tag string) []operation {
	var found []operation
	for at, route := range k.operations {
		if !slices.Contains(route.Operation.Tags, tag) {
			continue
		}
		_, path, _ := strings.Cut(at, " ")
		base := strings.TrimSuffix(path, ginPath(route.Path, &openapi3.PathItem{})[len(root):])
		found = append(found, operation{
			Operation: route.Operation, Method: route.Method, Path: base + route.Path, Curl: curl(route.Operation),
			Params: slices.Concat(route.PathItem.Parameters, route.Operation.Parameters), Answers: answers(route.Operation),
		})
	}
	slices.SortFunc(found, func(a, b operation) int { return position(a) - position(b) })
	return found
}

func position(o operation) int {
	return bytes.Index(source, []byte("operationId: "+o.OperationID+"\n"))
}

func answers(o *openapi3.Operation) []answer {
	var all []answer
	for status, response := range o.Responses.Map() {
		one := answer{Status: status, Response: response.Value}
		for _, body := range response.Value.Content {
			one.Body = body.Schema
		}
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b answer) int { return strings.Compare(a.Status, b.Status) })
	return all
}

// curl returns the sample of an operation, under the extension that documentation tools agree on.
func curl(o *openapi3.Operation) string {
	var samples []struct{ Source string }
	encoded, err := json.Marshal(o.Extensions["x-codeSamples"])
	if err == nil {
		err = json.Unmarshal(encoded, &samples)
	}
	if err != nil || len(samples) == 0 {
		return ""
	}
	return samples[0].Source
}

// problemRows reads the table of codes.
func problemRows(description string) []problemRow {
	var rows []problemRow
	for line := range strings.Lines(description) {
		if cells := strings.Split(line, "|"); len(cells) == 5 && strings.HasPrefix(cells[1], " `") {
			rows = append(rows, problemRow{
				Code: strings.Trim(cells[1], " `"), Status: strings.TrimSpace(cells[2]), Meaning: strings.TrimSpace(cells[3]),
			})
		}
	}
	return rows
}

// markdown renders a text of the contract, up to its table where it has one.
func markdown(text string) (template.HTML, error) {
	text, _, _ = strings.Cut(text, "\n|")
	var b bytes.Buffer
	if err := goldmark.Convert([]byte(text), &b); err != nil {
		return "", fmt.Errorf("read Markdown: %w", err)
	}
	return template.HTML(b.String()), nil // #nosec G203 -- the text is embedded in the binary
}

func requestBody(o operation) *openapi3.SchemaRef {
	if o.RequestBody == nil {
		return nil
	}
	if json := o.RequestBody.Value.Content["application/json"]; json != nil {
		return json.Schema
	}
	return nil // what others send, as they sign it
}

// field is a property of an object.
type field struct {
	Name     string
	Required bool
	*openapi3.SchemaRef
}

// fields returns the properties of an object: the required ones in the order in which the contract
// names them, then the others.
func fields(s *openapi3.Schema) []field {
	var all []field
	for _, part := range s.AllOf {
		all = append(all, fields(part.Value)...)
	}
	names := slices.Clone(s.Required)
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range names {
		all = append(all, field{Name: name, Required: slices.Contains(s.Required, name), SchemaRef: s.Properties[name]})
	}
	return all
}

// schemaName is the name of the schema that a reference leads to, directly or as the only part of
// another; empty for a schema without a name.
func schemaName(s *openapi3.SchemaRef) string {
	if s.Ref == "" && len(s.Value.AllOf) == 1 {
		s = s.Value.AllOf[0]
	}
	return strings.TrimPrefix(s.Ref, "#/components/schemas/")
}

// bounds says what a value may be, beside its type.
func bounds(s *openapi3.Schema) string {
	switch {
	case len(s.Enum) > 0:
		return strings.Join(each(s.Enum, func(v any) string { return fmt.Sprint(v) }), ", ")
	case s.Min != nil && s.Max != nil:
		return fmt.Sprintf("%.0f to %.0f", *s.Min, *s.Max)
	case s.MaxLength != nil:
		return fmt.Sprintf("at most %d characters", *s.MaxLength)
	default:
		return s.Format
	}
}

// example writes a value that fits the schema as indented JSON.
func example(s *openapi3.SchemaRef) (string, error) {
	compact, err := exampleOf(s.Value)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, compact, "", "  "); err != nil {
		return "", fmt.Errorf("example of %s: %w", s.Ref, err)
	}
	return b.String(), nil
}

func exampleOf(s *openapi3.Schema) ([]byte, error) {
	switch {
	case s.Example != nil || s.Nullable:
		return encode(s.Example)
	case s.Type.Is(openapi3.TypeArray):
		item, err := exampleOf(s.Items.Value)
		return slices.Concat([]byte("["), item, []byte("]")), err
	case len(fields(s)) == 0:
		return []byte("{}"), nil
	}
	var members [][]byte
	for _, f := range fields(s) {
		name, err := encode(f.Name)
		if err != nil {
			return nil, err
		}
		value, err := exampleOf(f.Value)
		if err != nil {
			return nil, err
		}
		members = append(members, slices.Concat(name, []byte(":"), value))
	}
	return slices.Concat([]byte("{"), bytes.Join(members, []byte(",")), []byte("}")), nil
}

// Title is what the status is called.
func (a answer) Title() string {
	var status int
	if _, err := fmt.Sscan(a.Status, &status); err != nil {
		return ""
	}
	return http.StatusText(status)
}
