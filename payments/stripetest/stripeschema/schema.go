// Package stripeschema holds traffic with Stripe against Stripe's own OpenAPI
// schema of API version 2023-10-16. It is for tests only: the schema weighs
// five megabytes and never goes into the program.
package stripeschema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"github.com/stripe/stripe-mock/embedded"
)

// Check wraps a server of Stripe's API. A request under /v1/ that Stripe would
// not understand, or an answer that Stripe would not give, fails the test; both
// still pass through. A request that is wrong on purpose is fine as long as the
// server refuses it.
func Check(tb testing.TB, server http.Handler) http.Handler {
	tb.Helper()
	stripe, err := load()
	if err != nil {
		tb.Fatalf("Stripe's schema: %v", err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/v1/") {
			server.ServeHTTP(w, r)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			tb.Errorf("%s %s: reading the request: %v", r.Method, r.URL.Path, err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		answer := httptest.NewRecorder()
		server.ServeHTTP(answer, r)
		if err := stripe.check(r, body, answer); err != nil {
			tb.Errorf("%s %s does not fit Stripe's schema: %v", r.Method, r.URL, err)
		}
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.Code)
		if _, err := w.Write(answer.Body.Bytes()); err != nil {
			tb.Logf("%s %s: the client went away: %v", r.Method, r.URL.Path, err)
		}
	})
}

// CheckEvent fails the test if an event, as it came to a webhook, or the object
// in it does not fit Stripe's schema.
func CheckEvent(tb testing.TB, payload []byte) {
	tb.Helper()
	stripe, err := load()
	if err != nil {
		tb.Fatalf("Stripe's schema: %v", err)
	}
	if err := stripe.checkEvent(payload); err != nil {
		tb.Errorf("an event does not fit Stripe's schema: %v\n%s", err, payload)
	}
}

// Params returns the names of the top-level parameters that Stripe knows for a
// request, such as POST /v1/refunds.
func Params(tb testing.TB, method, path string) []string {
	tb.Helper()
	stripe, err := load()
	if err != nil {
		tb.Fatalf("Stripe's schema: %v", err)
	}
	item := stripe.doc.Paths.Value(path)
	if item == nil || item.GetOperation(method) == nil {
		tb.Fatalf("Stripe has no %s %s", method, path)
	}
	var names []string
	for name := range bodySchema(item.GetOperation(method)).Properties {
		names = append(names, name)
	}
	return names
}

// schema is Stripe's.
type schema struct {
	doc    *openapi3.T
	router routers.Router
}

// load reads the schema once for all tests of a process.
var load = sync.OnceValues(func() (*schema, error) {
	doc, err := openapi3.NewLoader().LoadFromData(embedded.OpenAPISpec)
	if err != nil {
		return nil, err
	}
	doc.Servers = nil // the tests' servers are elsewhere
	seen := map[*openapi3.Schema]bool{}
	for _, component := range doc.Components.Schemas {
		forbidOthers(component, seen)
	}
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			forbidOthers(openapi3.NewSchemaRef("", bodySchema(op)), seen)
		}
	}
	router, err := gorillamux.NewRouter(doc)
	return &schema{doc: doc, router: router}, err
})

// forbidOthers makes a field or a parameter that Stripe does not have a
// mistake: the schema leaves it open, for versions to come.
func forbidOthers(part *openapi3.SchemaRef, seen map[*openapi3.Schema]bool) {
	if part == nil || seen[part.Value] {
		return
	}
	schema := part.Value
	seen[schema] = true
	others := schema.AdditionalProperties
	if len(schema.Properties) > 0 && others.Schema == nil && others.Has == nil {
		schema.AdditionalProperties.Has = new(bool)
	}
	for _, property := range schema.Properties {
		forbidOthers(property, seen)
	}
	for _, option := range schema.AnyOf {
		forbidOthers(option, seen)
	}
	forbidOthers(schema.Items, seen)
}

func (s *schema) check(r *http.Request, body []byte, answer *httptest.ResponseRecorder) error {
	route, _, err := s.router.FindRoute(r)
	if err != nil {
		if answer.Code == http.StatusNotFound {
			return nil
		}
		return err
	}
	if answer.Code == http.StatusOK {
		if err := checkRequest(route.Operation, r.URL.Query(), body); err != nil {
			return fmt.Errorf("request: %w", err)
		}
	}
	if err := checkAnswer(route.Operation, answer); err != nil {
		return fmt.Errorf("answer %d: %w\n%s", answer.Code, err, answer.Body)
	}
	return nil
}

func checkRequest(op *openapi3.Operation, query url.Values, body []byte) error {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return err
	}
	if err := checkForm(bodySchema(op), form); err != nil {
		return fmt.Errorf("body: %w", err)
	}
	return checkForm(querySchema(op), query)
}

func bodySchema(op *openapi3.Operation) *openapi3.Schema {
	if op.RequestBody != nil {
		if form := op.RequestBody.Value.Content["application/x-www-form-urlencoded"]; form != nil {
			return form.Schema.Value
		}
	}
	return openapi3.NewObjectSchema().WithoutAdditionalProperties()
}

// querySchema is the schema of an object that has the parameters of the query.
func querySchema(op *openapi3.Operation) *openapi3.Schema {
	query := openapi3.NewObjectSchema().WithoutAdditionalProperties()
	for _, parameter := range op.Parameters {
		if parameter.Value.In == openapi3.ParameterInQuery {
			query.WithPropertyRef(parameter.Value.Name, parameter.Value.Schema)
		}
	}
	return query
}

func checkForm(schema *openapi3.Schema, form url.Values) error {
	tree, err := parse(form)
	if err != nil {
		return err
	}
	return schema.VisitJSON(typed(tree, schema), openapi3.VisitAsRequest())
}

func checkAnswer(op *openapi3.Operation, answer *httptest.ResponseRecorder) error {
	response := op.Responses.Status(answer.Code)
	if response == nil {
		response = op.Responses.Default()
	}
	var value any
	if err := json.Unmarshal(answer.Body.Bytes(), &value); err != nil {
		return err
	}
	return response.Value.Content["application/json"].Schema.Value.VisitJSON(value, openapi3.VisitAsResponse())
}

func (s *schema) checkEvent(payload []byte) error {
	var event any
	if err := json.Unmarshal(payload, &event); err != nil {
		return err
	}
	if err := s.doc.Components.Schemas["event"].Value.VisitJSON(event, openapi3.VisitAsResponse()); err != nil {
		return err
	}
	var about struct {
		Data struct {
			Object map[string]any `json:"object"`
		} `json:"data"`
	}
	if err := json.Unmarshal(payload, &about); err != nil {
		return err
	}
	kind := fmt.Sprint(about.Data.Object["object"])
	component := s.doc.Components.Schemas[kind]
	if component == nil {
		return fmt.Errorf("the event is about a %s, which Stripe does not know", kind)
	}
	return component.Value.VisitJSON(about.Data.Object, openapi3.VisitAsResponse())
}
