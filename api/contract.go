package api

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"bookroom/gate"
	"bookroom/shop"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/gin-gonic/gin"
)

//go:embed openapi.yaml
var source []byte

// contract is openapi.yaml, read.
type contract struct {
	spec       *openapi3.T
	operations map[string]*routers.Route // by method and gin's path
	codes      map[string]bool           // of problems
}

// readContract returns the contract, which is read once and never changed. It panics when the embedded file
// is broken.
var readContract = sync.OnceValue(parseContract)

func parseContract() *contract {
	spec, err := openapi3.NewLoader().LoadFromData(source)
	if err != nil {
		panic(fmt.Errorf("openapi.yaml: %w", err))
	}
	k := &contract{spec: spec, operations: map[string]*routers.Route{}, codes: map[string]bool{}}
	for path, item := range spec.Paths.Map() {
		for method, operation := range item.Operations() {
			k.operations[method+" "+ginPath(path, item)] = &routers.Route{
				Spec: spec, Path: path, PathItem: item, Method: method, Operation: operation,
			}
		}
	}
	for _, code := range spec.Components.Schemas["ProblemCode"].Value.Enum {
		k.codes[fmt.Sprint(code)] = true
	}
	return k
}

// ginPath writes a path of the contract as gin does, below its server's address.
func ginPath(path string, item *openapi3.PathItem) string {
	base := root
	if len(item.Servers) > 0 {
		base = strings.TrimSuffix(item.Servers[0].URL, "/")
	}
	return base + strings.NewReplacer("{", ":", "}", "").Replace(path)
}

// check lets a request through to its handler if it fits the contract.
func (a *API) check(c *gin.Context) {
	if err := a.contract.check(c); err != nil {
		a.Fail(c, shop.AsError(err))
	}
}

// maxBody is how many bytes of JSON a request may bring, unless the contract says otherwise.
const maxBody = 16 << 10

// bodyLimit is how many bytes a request for that operation may bring.
func bodyLimit(operation *openapi3.Operation) int64 {
	if most, is := operation.Extensions["x-max-body"].(float64); is {
		return int64(most)
	}
	return maxBody
}

func (k *contract) check(c *gin.Context) error {
	route := k.route(c)
	params := map[string]string{}
	for _, p := range c.Params {
		params[p.Key] = p.Value
	}
	query, err := readQuery(c)
	if err != nil {
		return err
	}
	if route.Operation.RequestBody != nil {
		if err := readJSON(c, bodyLimit(route.Operation), route.Operation.RequestBody.Value.Required); err != nil {
			return err
		}
	}
	for name := range query {
		query[name] = notEmpty(query[name])
		if len(query[name]) == 0 {
			delete(query, name)
		}
	}
	return explain(openapi3filter.ValidateRequest(c.Request.Context(), &openapi3filter.RequestValidationInput{
		Request: c.Request, PathParams: params, QueryParams: query, Route: route,
		Options: &openapi3filter.Options{MultiError: true, SkipSettingDefaults: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}, // API.allow looks at tokens
	}))
}

// route is what the contract says of the request's address.
func (k *contract) route(c *gin.Context) *routers.Route {
	method := c.Request.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	return k.operations[method+" "+c.FullPath()]
}

// key is the same for all addresses that ask for the same: the path and, in a fixed order, those
// conditions that the contract knows and that are not empty. Of a condition that takes one value the first
// counts; the order of several does not.
func (k *contract) key(c *gin.Context) (string, error) {
	query, err := readQuery(c)
	if err != nil {
		return "", err
	}
	known := url.Values{}
	for _, p := range k.route(c).Operation.Parameters {
		name := p.Value.Name
		switch {
		case p.Value.In != openapi3.ParameterInQuery || len(notEmpty(query[name])) == 0:
		case p.Value.Schema.Value.Type.Is(openapi3.TypeArray):
			known[name] = slices.Compact(slices.Sorted(slices.Values(notEmpty(query[name]))))
		case query.Get(name) != "":
			known.Set(name, query.Get(name))
		}
	}
	return c.Request.URL.Path + "?" + known.Encode(), nil
}

func notEmpty(values []string) []string {
	return slices.DeleteFunc(slices.Clone(values), func(value string) bool { return value == "" })
}

func readQuery(c *gin.Context) (url.Values, error) {
	query, err := url.ParseQuery(c.Request.URL.RawQuery)
	if err != nil {
		return nil, errQuery.Because(err)
	}
	return query, nil
}

var (
	errQuery = shop.NewError(shop.Invalid, "invalid_input",
		"The part of the address after the question mark cannot be read. Nothing was changed.")
	errMediaType = shop.NewError(shop.Invalid, gate.CodeMediaType,
		"The body has to be JSON, declared by Content-Type: application/json. Nothing was changed.")
	errNotJSON = shop.NewError(shop.Invalid, "malformed_json",
		"The body is not one JSON value. Nothing was changed; please check its commas, quotes and brackets.")
	errTooLarge = shop.NewError(shop.TooLarge, "body_too_large",
		"The body has more bytes than are taken. Nothing was changed.")
)

// readJSON takes the whole body in and leaves it to be read again.
func readJSON(c *gin.Context, most int64, required bool) error {
	body, err := readBody(c, most)
	if err != nil {
		return err
	}
	c.Request.Body = io.NopCloser(bytes.NewReader(body))
	if len(body) == 0 && !required {
		return nil
	}
	if mediaType, _, err := mime.ParseMediaType(c.GetHeader("Content-Type")); err != nil || mediaType != "application/json" {
		return errMediaType.Because(err)
	}
	if !json.Valid(body) {
		return errNotJSON
	}
	return nil
}

func readBody(c *gin.Context, most int64) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(c.Writer, c.Request.Body, most))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, errTooLarge.Because(err)
	case err != nil:
		return nil, errNotJSON.Because(err)
	default:
		return body, nil
	}
}

// decode reads a body that fits the contract.
func decode(c *gin.Context, into any) error {
	err := json.NewDecoder(c.Request.Body).Decode(into)
	var wrong *json.UnmarshalTypeError // 1.0 is an integer to a schema and none to Go
	if errors.As(err, &wrong) {
		return invalid(map[string]string{wrong.Field: "This should be a plain whole number."})
	}
	if err != nil {
		return errNotJSON.Because(err)
	}
	return nil
}

// invalid says which fields are wrong, and nil where there are none.
func invalid(fields map[string]string) error {
	if len(fields) == 0 {
		return nil
	}
	e := shop.NewError(shop.Invalid, "invalid_input", "Something is missing or wrong in this request; see errors. Nothing was changed.")
	e.Fields = map[string]shop.Sentence{}
	for field, wrong := range fields {
		e.Fields[field] = shop.Sentence{Format: wrong}
	}
	return e
}

// explain turns what kin-openapi found into sentences about single fields; its own text repeats the
// schema and the value.
func explain(err error) error {
	if err == nil {
		return nil
	}
	fields := map[string]string{}
	explainEach(err, "body", nil, fields)
	return invalid(fields)
}

// explainEach walks down to what is wrong with a single field.
func explainEach(err error, field string, schema *openapi3.Schema, fields map[string]string) {
	switch e := err.(type) { //nolint:errorlint // each level of the tree is looked at, none is skipped
	case openapi3.MultiError:
		for _, one := range e {
			explainEach(one, field, schema, fields)
		}
	case *openapi3filter.RequestError:
		if e.Parameter != nil {
			field, schema = e.Parameter.Name, e.Parameter.Schema.Value
		}
		explainEach(e.Err, field, schema, fields)
	case *openapi3.SchemaError:
		// Which of a parameter's values it is does not matter; schema is that of a parameter.
		if path := e.JSONPointer(); len(path) > 0 && schema == nil {
			field = strings.Join(path, ".")
		}
		if name, ok := unknownField(e); ok {
			field = name
		}
		fields[field] = sentence(e)
	default:
		fields[field] = shouldBe(schema)
	}
}

// unknownField returns the name of a field that the schema does not have; kin-openapi gives it in the
// text of the error only.
func unknownField(e *openapi3.SchemaError) (string, bool) {
	quoted, ok := strings.CutPrefix(e.Reason, "property ")
	if !ok || e.SchemaField != "properties" {
		return "", false
	}
	quoted, err := strconv.QuotedPrefix(quoted)
	if err != nil {
		return "", false
	}
	name, err := strconv.Unquote(quoted)
	return name, err == nil
}

func sentence(e *openapi3.SchemaError) string {
	switch e.SchemaField {
	case "required":
		return "This is missing."
	case "properties":
		return "There is no such field."
	case "maxLength":
		return fmt.Sprintf("This is longer than %d characters.", *e.Schema.MaxLength)
	default:
		return shouldBe(e.Schema)
	}
}

func shouldBe(schema *openapi3.Schema) string {
	switch {
	case schema == nil:
		return "This is missing or cannot be read."
	case len(schema.Enum) > 0:
		return "This should be one of: " + strings.Join(each(schema.Enum, func(v any) string { return fmt.Sprint(v) }), ", ") + "."
	case schema.Min != nil && schema.Max != nil:
		return fmt.Sprintf("This should be a whole number from %.0f to %.0f.", *schema.Min, *schema.Max)
	case schema.Min != nil:
		return fmt.Sprintf("This should be a whole number of at least %.0f.", *schema.Min)
	case schema.Type.Is(openapi3.TypeString):
		return "This should be a text."
	default:
		return "This should be an object."
	}
}
